<?php
/**
 * Calls about buyers' own prices that the shop keeps.
 *
 * @package PanStore
 */

/**
 * What is sold to an agreement at which quantity.
 */
final class PanStore_Rest_Prices {

	/**
	 * Replaces what is kept of up to 500 products under one agreement, in one transaction.
	 *
	 * A product without tiers is forgotten. What the shop cannot charge is refused per item; the
	 * others go through, and what stands there already is not written.
	 *
	 * @param WP_REST_Request $request With `agreement` and `items`.
	 * @throws PanStore_Refusal If the whole call is refused.
	 */
	public static function write( $request ): array {
		self::only_stored();
		$body      = PanStore_Fields::mapping( $request->get_json_params() );
		$agreement = PanStore_Fields::text( $body, 'agreement', PanStore_Fields::LONGEST_AGREEMENT );
		$items     = PanStore_Fields::batch( $body, 'items' );
		$parents   = PanStore_Goods::parents( self::named( $items, 'product' ) );
		$shop      = PanStore_Settings::shop();
		$outcomes  = array();
		$wanted    = array();
		foreach ( $items as $item ) {
			$shown = is_array( $item ) && isset( $item['product'] ) && is_scalar( $item['product'] ) ? $item['product'] : null;
			try {
				$item               = PanStore_Fields::mapping( $item );
				$product            = PanStore_Fields::id( $item, 'product' );
				$wanted[ $product ] = self::row( $item, $product, $parents, $shop );
				$outcomes[]         = self::outcome( 'product', $product, null );
			} catch ( PanStore_Refusal $error ) {
				$outcomes[] = self::outcome( 'product', $shown, $error );
			}
		}
		PanStore_Price_Table::replace( $agreement, $wanted );
		return array( 'items' => $outcomes );
	}

	/**
	 * What is kept of the named products under one agreement; absent where nothing is.
	 *
	 * @param WP_REST_Request $request With `agreement` and `products`.
	 * @throws PanStore_Refusal If it cannot be read.
	 */
	public static function read( $request ): array {
		$query     = $request->get_query_params();
		$agreement = PanStore_Fields::text( $query, 'agreement', PanStore_Fields::LONGEST_AGREEMENT );
		$products  = PanStore_Fields::ids( isset( $query['products'] ) ? $query['products'] : '' );
		$kept      = $products ? PanStore_Price_Table::find( PanStore_Price_Table::key( $agreement ), $products ) : array();
		if ( null === $kept ) {
			throw PanStore_Price_Table::failed();
		}
		$items = array();
		foreach ( $kept as $product => $row ) {
			$items[] = array( 'product' => $product ) + $row;
		}
		return array( 'items' => $items );
	}

	/**
	 * Forgets all prices of an agreement; who buys under it is untouched.
	 *
	 * @param WP_REST_Request $request With `agreement`.
	 * @throws PanStore_Refusal If it cannot be done.
	 */
	public static function drop( $request ): array {
		$agreement = PanStore_Fields::text( $request->get_query_params(), 'agreement', PanStore_Fields::LONGEST_AGREEMENT );
		return array( 'deleted' => PanStore_Price_Table::drop( $agreement ) );
	}

	/**
	 * Agreements of which prices or buyers are kept.
	 *
	 * @throws PanStore_Refusal If it cannot be read.
	 */
	public static function agreements(): array {
		return array( 'agreements' => PanStore_Price_Table::agreements() );
	}

	/**
	 * Refuses to keep what the shop would never look at.
	 *
	 * @throws PanStore_Refusal If the shop keeps no prices.
	 */
	public static function only_stored() {
		if ( PanStore_Settings::STORED !== PanStore_Settings::source() ) {
			$message = 'This shop is not set to keep its buyers\' prices; choose "kept in the shop" in WooCommerce, PanStore, to have it keep them.';
			throw new PanStore_Refusal( 'asks_for_prices', $message, '', 409 );
		}
	}

	/**
	 * Ids that the items name, as far as they are ids.
	 *
	 * @param array  $items As decoded.
	 * @param string $name  Of the field.
	 * @return int[]
	 */
	public static function named( array $items, string $name ): array {
		$ids = array();
		foreach ( $items as $item ) {
			try {
				$ids[ PanStore_Fields::id( PanStore_Fields::mapping( $item ), $name ) ] = true;
			} catch ( PanStore_Refusal $error ) {
				continue;
			}
		}
		return array_keys( $ids );
	}

	/**
	 * What became of one item.
	 *
	 * @param string                $name  What it is about.
	 * @param mixed                 $id    Of it.
	 * @param PanStore_Refusal|null $error Why it was refused.
	 */
	public static function outcome( string $name, $id, ?PanStore_Refusal $error ): array {
		return array(
			$name     => $id,
			'outcome' => null === $error ? 'done' : 'refused',
			'error'   => null === $error ? null : $error->body(),
		);
	}

	/**
	 * What shall be kept of one product.
	 *
	 * @param array $item    As decoded.
	 * @param int   $product Its id.
	 * @param array $parents Whether each that exists only holds variations.
	 * @param array $shop    With `currency`, `includes_tax` and `places`.
	 * @throws PanStore_Refusal If the shop cannot keep it.
	 */
	private static function row( array $item, int $product, array $parents, array $shop ): array {
		if ( ! isset( $parents[ $product ] ) ) {
			throw new PanStore_Refusal( 'unknown_product', "Product $product does not exist in the shop; it was left out.", 'product', 404 );
		}
		if ( $parents[ $product ] ) {
			throw new PanStore_Refusal( 'only_variations', "Product $product only holds variations; prices are kept of those.", 'product' );
		}
		$currency = PanStore_Fields::text( $item, 'currency', 3 );
		if ( $currency !== $shop['currency'] ) {
			throw new PanStore_Refusal( 'currency', "The shop sells in {$shop['currency']}; $currency is not converted.", 'currency' );
		}
		if ( PanStore_Fields::flag( $item, 'includes_tax' ) !== $shop['includes_tax'] ) {
			$words = $shop['includes_tax'] ? 'gross prices; a net' : 'net prices; a gross';
			throw new PanStore_Refusal( $shop['includes_tax'] ? 'net' : 'gross', "The shop stores $words one is not converted.", 'includes_tax' );
		}
		$tiers = array();
		foreach ( PanStore_Fields::batch( $item, 'tiers' ) as $tier ) {
			$tier = self::tier( PanStore_Fields::mapping( $tier ), $shop['places'] );
			if ( $tiers && PanStore_Decimal::compare( $tiers[ count( $tiers ) - 1 ]['least'], $tier['least'] ) >= 0 ) {
				throw new PanStore_Refusal( 'not_ascending', 'Each tier must start above the one before it.', 'tiers' );
			}
			$tiers[] = $tier;
		}
		return array(
			'currency'     => $currency,
			'includes_tax' => $shop['includes_tax'],
			'tiers'        => $tiers,
		);
	}

	/**
	 * One tier.
	 *
	 * @param array $tier   As decoded.
	 * @param int   $places Digits behind the point in the shop's prices.
	 * @throws PanStore_Refusal If the shop cannot keep it.
	 */
	private static function tier( array $tier, int $places ): array {
		$least = PanStore_Fields::decimal( $tier, 'least' );
		if ( ! PanStore_Decimal::is_positive( $least ) ) {
			throw new PanStore_Refusal( 'not_positive', "A tier cannot start at $least.", 'least' );
		}
		$state = PanStore_Fields::text( $tier, 'state', 10 );
		if ( ! in_array( $state, PanStore_Offer::STATES, true ) ) {
			throw new PanStore_Refusal( 'invalid', '\'state\' must be one of ' . implode( ', ', PanStore_Offer::STATES ) . '.', 'state' );
		}
		if ( PanStore_Offer::AGREED !== $state && isset( $tier['amount'] ) ) {
			throw new PanStore_Refusal( 'invalid', "A tier that is $state has no amount.", 'amount' );
		}
		return array(
			'least'  => $least,
			'state'  => $state,
			'amount' => PanStore_Offer::AGREED === $state ? self::amount( $tier, $places ) : null,
			'until'  => PanStore_Fields::moment( $tier, 'until' ),
		);
	}

	/**
	 * The amount of a tier, as the shop writes prices.
	 *
	 * @param array $tier   As decoded.
	 * @param int   $places Digits behind the point in the shop's prices.
	 * @throws PanStore_Refusal If nobody can be charged it.
	 */
	private static function amount( array $tier, int $places ): string {
		$amount = PanStore_Fields::decimal( $tier, 'amount' );
		if ( ! PanStore_Decimal::is_positive( $amount ) ) {
			throw new PanStore_Refusal( 'not_positive', "A price of $amount is not kept; nobody gets goods for it.", 'amount' );
		}
		if ( PanStore_Decimal::places( $amount ) > $places ) {
			throw new PanStore_Refusal( 'too_precise', "The shop's prices have $places digits behind the point; $amount has more and is not rounded.", 'amount' );
		}
		return PanStore_Decimal::with_places( $amount, $places );
	}
}
