<?php
/**
 * A buyer's own prices after the page has loaded, where pages are kept by a cache.
 *
 * @package PanStore
 */

/**
 * The page itself has the shop's prices, whoever it is made for. A small script asks for the buyer's
 * own; who he is says his session and nothing else.
 */
final class PanStore_Late_Prices {

	// Says to the script that it is worth asking; nothing is given for it.
	const COOKIE = 'panstore_buyer';
	const MOST   = 100;

	/**
	 * What the buyer pays.
	 *
	 * @var PanStore_Contract
	 */
	private $contract;

	/**
	 * Works with the request's contract.
	 *
	 * @param PanStore_Contract $contract What the buyer pays.
	 */
	public function __construct( PanStore_Contract $contract ) {
		$this->contract = $contract;
	}

	/**
	 * Hooks in.
	 */
	public function hook() {
		add_action( 'rest_api_init', array( $this, 'register' ) );
		add_action( 'wp_enqueue_scripts', array( $this, 'add_script' ) );
		add_action( 'wp_login', array( $this, 'mark_login' ), 10, 2 );
		add_action( 'wp_logout', array( $this, 'unmark' ) );
		add_action( 'template_redirect', array( $this, 'mark_again' ) );
	}

	/**
	 * The route of the script.
	 */
	public function register() {
		register_rest_route(
			'panstore/v1',
			'/my-prices',
			array(
				'methods'             => 'GET',
				'callback'            => array( $this, 'answer' ),
				// With a session's cookie and nonce; WordPress takes anybody else for a guest.
				'permission_callback' => 'is_user_logged_in',
			)
		);
	}

	/**
	 * How the buyer's own price of each product is written, null where it is the shop's.
	 *
	 * @param WP_REST_Request $request With `products`.
	 */
	public function answer( $request ) {
		try {
			$ids = array_slice( PanStore_Fields::ids( $request->get_param( 'products' ) ), 0, self::MOST );
		} catch ( PanStore_Refusal $error ) {
			return new WP_Error( $error->word, $error->getMessage(), array( 'status' => $error->status ) );
		}
		$prices = array();
		$this->contract->want( $ids );
		foreach ( $ids as $id ) {
			$product = wc_get_product( $id );
			if ( $product && self::is_public( $product ) ) {
				$prices[ $id ] = $this->is_own( $product ) ? $product->get_price_html() : null;
			}
		}
		$response = new WP_REST_Response( array( 'prices' => (object) $prices ) );
		PanStore_Rest::keep_out_of_caches( $response );
		return $response;
	}

	/**
	 * The script, on every page that may have been kept.
	 */
	public function add_script() {
		if ( ! PanStore_Page_Cache::is_late() ) {
			return;
		}
		wp_enqueue_script( 'panstore-late-prices', plugins_url( 'assets/late-prices.js', PANSTORE_FILE ), array(), PANSTORE_VERSION, true );
		// The same for everybody, since a cache keeps it: no nonce, no account.
		$where = array(
			'cookie' => self::COOKIE,
			'nonce'  => admin_url( 'admin-ajax.php?action=rest-nonce' ),
			'prices' => rest_url( 'panstore/v1/my-prices' ),
		);
		wp_add_inline_script( 'panstore-late-prices', 'window.panstoreLatePrices = ' . wp_json_encode( $where ) . ';', 'before' );
	}

	/**
	 * Somebody has logged in.
	 *
	 * @param string  $name Of the account.
	 * @param WP_User $user Who.
	 */
	public function mark_login( $name, $user ) {
		$this->mark( (int) $user->ID );
	}

	/**
	 * He may have been given an agreement since he logged in.
	 */
	public function mark_again() {
		if ( is_user_logged_in() && ! isset( $_COOKIE[ self::COOKIE ] ) ) {
			$this->mark( get_current_user_id() );
		}
	}

	/**
	 * Somebody has logged out.
	 */
	public function unmark() {
		$this->cookie( '', time() - YEAR_IN_SECONDS );
	}

	/**
	 * Has the script ask for an account that may have an agreement.
	 *
	 * @param int $account Id.
	 */
	private function mark( int $account ) {
		$asks = PanStore_Settings::ASK === PanStore_Settings::source();
		if ( PanStore_Page_Cache::is_late() && ( $asks || PanStore_Buyer_Table::is_flagged( $account ) ) ) {
			$this->cookie( '1', 0 );
		}
	}

	/**
	 * Sets the cookie.
	 *
	 * @param string $value   Of it.
	 * @param int    $expires Seconds since 1970; 0: with the browser.
	 */
	private function cookie( string $value, int $expires ) {
		if ( ! headers_sent() ) {
			setcookie(
				self::COOKIE,
				$value,
				array(
					'expires'  => $expires,
					'path'     => COOKIEPATH ? COOKIEPATH : '/',
					'domain'   => COOKIE_DOMAIN ? COOKIE_DOMAIN : '',
					'secure'   => is_ssl(),
					'samesite' => 'Lax',
				)
			);
		}
	}

	/**
	 * Whether anybody may look at it.
	 *
	 * @param WC_Product $product Which.
	 */
	private static function is_public( $product ): bool {
		$parent = (int) $product->get_parent_id();
		return 'publish' === get_post_status( $product->get_id() ) && ( 0 === $parent || 'publish' === get_post_status( $parent ) );
	}

	/**
	 * Whether the buyer pays anything else than everybody for it or for one of its variations.
	 *
	 * @param WC_Product $product Which.
	 */
	private function is_own( $product ): bool {
		$ids = array_merge( array( $product->get_id() ), $product->get_children() );
		$this->contract->want( $ids );
		foreach ( $ids as $id ) {
			$offer = $this->contract->offer( (int) $id );
			if ( null !== $offer && PanStore_Offer::USUAL !== $offer->state ) {
				return true;
			}
		}
		return false;
	}
}
