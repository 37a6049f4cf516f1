/**
 * Puts a logged-in buyer's own prices into a page that a cache may have kept.
 *
 * The page says where prices stand; who asks is said by the session's cookie. Pages of guests ask nothing.
 */
( function () {
	'use strict';
	const where = window.panstoreLatePrices;
	if ( ! where || document.cookie.split( '; ' ).indexOf( where.cookie + '=1' ) < 0 ) {
		return;
	}
	const MOST = 100;
	const known = {};
	let nonce = null;
	let waiting = null;

	/** Places whose price has not been looked after yet. */
	function places() {
		return document.querySelectorAll( '.panstore-price[data-panstore-product]:not([data-panstore-done])' );
	}

	/** Writes what is known; what is not stays as everybody sees it. */
	function write() {
		places().forEach( function ( place ) {
			const id = place.getAttribute( 'data-panstore-product' );
			if ( id in known ) {
				place.setAttribute( 'data-panstore-done', '' );
				if ( known[ id ] !== null ) {
					place.innerHTML = known[ id ];
				}
			}
		} );
	}

	/** Ids that nobody has asked for yet, as many as one question takes. */
	function unknown() {
		const ids = new Set();
		places().forEach( function ( place ) {
			const id = place.getAttribute( 'data-panstore-product' );
			if ( ! ( id in known ) && ids.size < MOST ) {
				ids.add( id );
			}
		} );
		return Array.from( ids );
	}

	function told( reply ) {
		if ( ! reply.ok ) {
			throw new Error( 'HTTP ' + reply.status );
		}
		return reply;
	}

	async function ask( ids ) {
		const same = { credentials: 'same-origin', cache: 'no-store' };
		if ( nonce === null ) {
			nonce = await told( await fetch( where.nonce, same ) ).text();
		}
		const url = new URL( where.prices );
		url.searchParams.set( 'products', ids.join( ',' ) );
		const reply = await fetch( url, Object.assign( { headers: { 'X-WP-Nonce': nonce } }, same ) );
		const prices = ( await told( reply ).json() ).prices;
		ids.forEach( function ( id ) {
			known[ id ] = id in prices ? prices[ id ] : null;
		} );
	}

	async function look() {
		write();
		const ids = unknown();
		if ( ids.length ) {
			try {
				await ask( ids );
			} catch ( error ) {
				// The shop's own prices stay; the cart and the checkout know the buyer's.
				ids.forEach( function ( id ) {
					known[ id ] = null;
				} );
			}
			await look();
		}
	}

	/** Once for many changes of the page: forms of variations and lists that load by and by. */
	function soon() {
		if ( waiting === null && places().length ) {
			waiting = look().finally( function () {
				waiting = null;
			} );
		}
	}

	soon();
	new MutationObserver( soon ).observe( document.documentElement, { childList: true, subtree: true } );
} )();
