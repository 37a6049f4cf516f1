<?php
/**
 * A piece of the Store API: what a buyer's browser is told of products and of a cart, and the order.
 *
 * The cart's lines come with the call; the session is kept by account in an option.
 */

add_action(
	'rest_api_init',
	static function () {
		$route = static function ( $path, $method, $handler ) {
			register_rest_route(
				'wc/store/v1',
				$path,
				array(
					'methods'             => $method,
					'callback'            => $handler,
					'permission_callback' => '__return_true',
				)
			);
		};
		$route( '/products', 'GET', 'standin_products' );
		$route( '/cart', 'POST', 'standin_cart' );
		$route( '/checkout', 'POST', 'standin_checkout' );
		register_rest_route(
			'wc/v3',
			'/products',
			array(
				'methods'             => 'GET',
				'callback'            => 'standin_products',
				'permission_callback' => '__return_true',
			)
		);
	}
);

function standin_products( $request ) {
	$told = array();
	foreach ( explode( ',', $request->get_param( 'include' ) ) as $id ) {
		$product     = wc_get_product( (int) $id );
		$told[ $id ] = array(
			'price'          => $product->get_price(),
			'regular_price'  => $product->get_regular_price(),
			'sale_price'     => $product->get_sale_price(),
			'on_sale'        => $product->is_on_sale(),
			'is_purchasable' => $product->is_purchasable(),
			'price_html'     => $product->get_price_html(),
			'variations'     => (object) ( $product->get_children() ? $product->get_variation_prices()['price'] : array() ),
		);
	}
	return $told;
}

function standin_load( $request ) {
	$name                  = 'standin_session_' . get_current_user_id();
	WC()->session->values = get_option( $name, array() );
	WC()->cart->load( $request->get_json_params() );
	add_action(
		'shutdown',
		static function () use ( $name ) {
			update_option( $name, WC()->session->values );
		}
	);
}

function standin_cart( $request ) {
	standin_load( $request );
	$errors = standin_errors();
	$lines  = array();
	foreach ( WC()->cart->get_cart() as $key => $line ) {
		$lines[ $key ] = $line['data']->get_price();
	}
	return array(
		'lines'  => $lines,
		'total'  => WC()->cart->total,
		'errors' => $errors,
	);
}

function standin_checkout( $request ) {
	standin_load( $request );
	$errors = standin_errors();
	return array(
		'errors' => $errors,
		'total'  => WC()->cart->total,
	);
}

function standin_errors() {
	$errors = new WP_Error();
	foreach ( WC()->cart->get_cart() as $line ) {
		if ( ! $line['data']->is_purchasable() ) {
			$errors->add( 'not_purchasable', $line['data']->get_name() );
		}
	}
	do_action( 'woocommerce_store_api_cart_errors', $errors, WC()->cart );
	return $errors->get_error_codes();
}

/**
 * The settings that a program reads with WooCommerce's key; the key itself is not looked at here.
 */
add_action(
	'rest_api_init',
	static function () {
		$named = static function ( $names ) {
			return static function () use ( $names ) {
				$told = array();
				foreach ( $names as $name ) {
					$told[] = array(
						'id'    => $name,
						'value' => (string) get_option( $name, '' ),
					);
				}
				return $told;
			};
		};
		$answers = array(
			'/settings/general' => $named( array( 'woocommerce_default_country', 'woocommerce_currency', 'woocommerce_calc_taxes', 'woocommerce_price_num_decimals' ) ),
			'/settings/tax'     => $named( array( 'woocommerce_prices_include_tax' ) ),
			'/taxes/classes'    => static function () {
				return array( array( 'slug' => 'standard' ) );
			},
			'/taxes'            => static function () {
				return array(
					array(
						'id'       => 1,
						'country'  => 'SI',
						'rate'     => '22.0000',
						'class'    => 'standard',
						'priority' => 1,
					),
				);
			},
		);
		foreach ( $answers as $path => $handler ) {
			register_rest_route(
				'wc/v3',
				$path,
				array(
					'methods'             => 'GET',
					'callback'            => $handler,
					'permission_callback' => '__return_true',
				)
			);
		}
	}
);
