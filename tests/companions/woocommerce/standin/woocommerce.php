<?php
/**
 * Plugin Name: Stand-in for WooCommerce
 * Description: Plays the few classes, functions and hooks of WooCommerce that the plugin PanStore calls, for its tests. Sells nothing.
 *
 * Written after what WooCommerce 10 does: which getter calls which filter, in which order a cart asks
 * its products for prices, and which hooks a checkout passes.
 */

define( 'WC_VERSION', '10.5.0-standin' );

require_once __DIR__ . '/products.php';
require_once __DIR__ . '/cart.php';
require_once __DIR__ . '/api.php';

function get_woocommerce_currency() {
	return apply_filters( 'woocommerce_currency', get_option( 'woocommerce_currency', 'EUR' ) );
}

function wc_get_price_decimals() {
	return (int) get_option( 'woocommerce_price_num_decimals', 2 );
}

function wc_format_decimal( $number, $places = false ) {
	$text = is_float( $number ) ? rtrim( rtrim( sprintf( '%.6F', $number ), '0' ), '.' ) : (string) $number;
	return $text;
}

function wc_price( $price ) {
	return '<span class="amount">' . number_format( (float) $price, wc_get_price_decimals() ) . '&nbsp;' . get_woocommerce_currency() . '</span>';
}

function wc_get_price_to_display( $product, $given = array() ) {
	return isset( $given['price'] ) ? $given['price'] : $product->get_price();
}

function is_cart() {
	return 'cart' === get_query_var( 'pagename' );
}

function is_checkout() {
	return 'checkout' === get_query_var( 'pagename' );
}

function is_account_page() {
	return false;
}

add_action(
	'init',
	static function () {
		register_post_type( 'product', array( 'public' => true ) );
		register_post_type( 'product_variation', array( 'public' => false ) );
		do_action( 'before_woocommerce_init' );
	},
	5
);
