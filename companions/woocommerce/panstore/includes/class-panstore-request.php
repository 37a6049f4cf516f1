<?php
/**
 * What kind of request this is.
 *
 * @package PanStore
 */

/**
 * Says where a buyer's own prices belong, and where they must not be.
 */
final class PanStore_Request {

	const LATE = '/panstore/v1/my-prices';

	// Calls of the classic cart and checkout whose answer shows the cart.
	const SHOWING = array( 'update_order_review', 'get_refreshed_fragments', 'get_cart_totals', 'update_shipping_method', 'apply_coupon', 'remove_coupon', 'add_to_cart', 'remove_from_cart' );

	/**
	 * Whether somebody looks at the shop, and his own prices may be in the answer.
	 *
	 * The back office, scheduled work and programs that use the shop's API see the shop's own
	 * prices: what PanStore reads there must not depend on whose key it has. Where a page cache
	 * is, no page that it could keep has anybody's own prices.
	 */
	public static function is_buyers(): bool {
		if ( wp_doing_cron() || ( defined( 'WP_CLI' ) && WP_CLI ) || ( is_admin() && ! wp_doing_ajax() ) ) {
			return false;
		}
		if ( is_admin() && current_user_can( 'edit_shop_orders' ) ) {
			// Calls of the back office: staff may be putting goods into somebody else's order.
			return false;
		}
		$route = self::route();
		if ( '' !== $route ) {
			return 0 === strpos( $route, '/wc/store' ) || self::LATE === $route;
		}
		return ! self::is_cacheable() || ! PanStore_Page_Cache::is_late();
	}

	/**
	 * The route of the API, empty where it is something else.
	 */
	public static function route(): string {
		if ( ! defined( 'REST_REQUEST' ) || ! REST_REQUEST ) {
			return '';
		}
		$route = isset( $GLOBALS['wp']->query_vars['rest_route'] ) ? $GLOBALS['wp']->query_vars['rest_route'] : '/';
		return is_string( $route ) ? untrailingslashit( $route ) . ( '/' === $route ? '/' : '' ) : '/';
	}

	/**
	 * Whether the order is being placed just now, so that nobody is shown anything before.
	 */
	public static function is_placing(): bool {
		// phpcs:ignore WordPress.Security.NonceVerification
		if ( 'checkout' === self::call() || isset( $_POST['woocommerce_checkout_place_order'] ) ) {
			return true;
		}
		return self::is_write() && 1 === preg_match( '#^/wc/store(/v[0-9]+)?/checkout#', self::route() );
	}

	/**
	 * Whether the answer shows the cart to the buyer.
	 */
	public static function shows_cart(): bool {
		if ( self::is_placing() ) {
			return false;
		}
		if ( '' !== self::route() ) {
			return 1 === preg_match( '#^/wc/store(/v[0-9]+)?/(cart|checkout|batch)#', self::route() );
		}
		$call = self::call();
		return '' === $call ? self::is_page_of_buyer() : in_array( $call, self::SHOWING, true );
	}

	/**
	 * Name of a call that WooCommerce's own scripts make, empty where it is none.
	 */
	private static function call(): string {
		// phpcs:ignore WordPress.Security.NonceVerification
		return isset( $_GET['wc-ajax'] ) ? sanitize_key( wp_unslash( $_GET['wc-ajax'] ) ) : '';
	}

	/**
	 * Whether a page cache could keep the answer.
	 */
	private static function is_cacheable(): bool {
		return ! self::is_write() && ! wp_doing_ajax() && '' === self::call() && ! self::is_page_of_buyer();
	}

	/**
	 * Whether it is the cart, the checkout or the account: pages that no cache keeps.
	 */
	private static function is_page_of_buyer(): bool {
		// Before the query nobody knows which page it is.
		return 0 < did_action( 'wp' ) && function_exists( 'is_cart' ) && ( is_cart() || is_checkout() || is_account_page() );
	}

	/**
	 * Whether it is anything but GET or HEAD.
	 */
	private static function is_write(): bool {
		$method = isset( $_SERVER['REQUEST_METHOD'] ) ? sanitize_key( wp_unslash( $_SERVER['REQUEST_METHOD'] ) ) : 'get';
		return ! in_array( $method, array( 'get', 'head' ), true );
	}
}
