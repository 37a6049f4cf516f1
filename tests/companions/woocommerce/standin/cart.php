<?php
/**
 * Cart, session, notices, and the two checkouts as far as their hooks go.
 */

class Standin_Session {

	public $values = array();

	public function get( $name, $default = null ) {
		return isset( $this->values[ $name ] ) ? $this->values[ $name ] : $default;
	}

	public function set( $name, $value ) {
		$this->values[ $name ] = $value;
	}
}

class Standin_Item {

	public $meta = array();

	public function add_meta_data( $name, $value, $unique = false ) {
		$this->meta[ $name ] = $value;
	}
}

class WC_Cart {

	public $lines = array();
	public $total = null;

	public function get_cart() {
		return $this->lines;
	}

	/**
	 * Lines as they come back from a session: with what may not be bought taken out.
	 */
	public function load( array $wanted ) {
		$this->lines = array();
		WC()->session->set( 'cart', array_map( 'standin_session_line', $wanted ) );
		do_action( 'woocommerce_load_cart_from_session' );
		foreach ( $wanted as $key => $line ) {
			$product = wc_get_product( $line['product'] );
			// Older versions give three arguments, newer ones also the product.
			if ( apply_filters( 'woocommerce_cart_item_is_purchasable', $product->is_purchasable(), $key, standin_session_line( $line ) ) ) {
				$this->lines[ $key ] = array(
					'key'      => $key,
					'quantity' => $line['quantity'],
					'data'     => $product,
				);
			}
		}
		$this->calculate_totals();
	}

	public function calculate_totals() {
		do_action( 'woocommerce_before_calculate_totals', $this );
		$this->total = 0;
		foreach ( $this->lines as $line ) {
			$this->total += (float) $line['data']->get_price() * $line['quantity'];
		}
		do_action( 'woocommerce_after_calculate_totals', $this );
	}

	/**
	 * The last steps of the classic checkout: errors, or the metadata of the order's lines.
	 */
	public function check_out() {
		standin_notices( array() );
		do_action( 'woocommerce_check_cart_items' );
		$errors = new WP_Error();
		do_action( 'woocommerce_after_checkout_validation', array(), $errors );
		$errors = array_merge( standin_notices(), $errors->get_error_messages() );
		return $errors ? array( 'errors' => $errors ) : array( 'lines' => $this->order_lines() );
	}

	private function order_lines() {
		$lines = array();
		foreach ( $this->lines as $key => $line ) {
			$item = new Standin_Item();
			do_action( 'woocommerce_checkout_create_order_line_item', $item, $key, $line, null );
			$lines[ $key ] = array( 'price' => $line['data']->get_price() ) + $item->meta;
		}
		return $lines;
	}
}

function standin_session_line( $line ) {
	$parent = (int) get_post( $line['product'] )->post_parent;
	return array(
		'product_id'   => $parent ? $parent : $line['product'],
		'variation_id' => $parent ? $line['product'] : 0,
		'quantity'     => $line['quantity'],
	);
}

function standin_notices( $set = null ) {
	static $notices = array();
	if ( null !== $set ) {
		$notices = $set;
	}
	return $notices;
}

function wc_add_notice( $text, $kind ) {
	standin_notices( array_merge( standin_notices(), array( $text ) ) );
}

function wc_has_notice( $text, $kind ) {
	return in_array( $text, standin_notices(), true );
}

function WC() {
	static $wc = null;
	if ( null === $wc ) {
		$wc = (object) array(
			'cart'    => new WC_Cart(),
			'session' => new Standin_Session(),
		);
	}
	return $wc;
}
