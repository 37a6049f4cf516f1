<?php
/**
 * The last look before an order is placed: the price shown is the price charged.
 *
 * @package PanStore
 */

/**
 * Fetches prices once more before anything is paid, in the classic checkout and in the Store API.
 */
final class PanStore_Checkout {

	/**
	 * What the buyer pays.
	 *
	 * @var PanStore_Contract
	 */
	private $contract;

	/**
	 * Lines and what was shown of them.
	 *
	 * @var PanStore_Cart
	 */
	private $cart;

	/**
	 * Works with the request's contract and cart.
	 *
	 * @param PanStore_Contract $contract What the buyer pays.
	 * @param PanStore_Cart     $cart     Lines and what was shown.
	 */
	public function __construct( PanStore_Contract $contract, PanStore_Cart $cart ) {
		$this->contract = $contract;
		$this->cart     = $cart;
	}

	/**
	 * Hooks in.
	 */
	public function hook() {
		add_action( 'woocommerce_check_cart_items', array( $this, 'tell_withheld' ) );
		add_action( 'woocommerce_after_checkout_validation', array( $this, 'confirm_classic' ), 10, 2 );
		add_action( 'woocommerce_store_api_cart_errors', array( $this, 'confirm_store_api' ), 10, 2 );
	}

	/**
	 * Says in the cart and at the checkout which lines are not for sale to the buyer; this blocks both.
	 */
	public function tell_withheld() {
		if ( 0 === $this->contract->account() || ! WC()->cart ) {
			return;
		}
		foreach ( WC()->cart->get_cart() as $line ) {
			if ( $this->cart->is_withheld( $line ) ) {
				$text = self::withheld( array( $line['data']->get_name() ) );
				if ( ! wc_has_notice( $text, 'error' ) ) {
					wc_add_notice( $text, 'error' );
				}
			}
		}
	}

	/**
	 * Before the classic checkout places an order.
	 *
	 * @param array    $data   Of the form.
	 * @param WP_Error $errors To which an error is added.
	 */
	public function confirm_classic( $data, $errors ) {
		$this->confirm( WC()->cart, $errors );
	}

	/**
	 * Before the Store API places an order; other calls only show the cart.
	 *
	 * @param WP_Error $errors To which an error is added.
	 * @param WC_Cart  $cart   The cart.
	 */
	public function confirm_store_api( $errors, $cart ) {
		if ( PanStore_Request::is_placing() ) {
			$this->confirm( $cart, $errors );
		}
	}

	/**
	 * Fetches prices anew and refuses others than the buyer was shown.
	 *
	 * @param WC_Cart  $cart   The cart.
	 * @param WP_Error $errors To which an error is added.
	 */
	private function confirm( $cart, $errors ) {
		if ( 0 === $this->contract->account() || ! $cart ) {
			return;
		}
		$shown   = WC()->session ? WC()->session->get( PanStore_Cart::SHOWN ) : null;
		$shown   = is_array( $shown ) ? $shown : array();
		$charged = $this->cart->prices( $cart );
		$this->contract->forget();
		// Adds up anew, so that the order can only be placed at the prices that hold now.
		$cart->calculate_totals();
		$now   = $this->cart->prices( $cart );
		$lines = array();
		foreach ( $cart->get_cart() as $key => $line ) {
			$place   = PanStore_Cart::shown_key( (string) $key, $line );
			$lines[] = array(
				'name'     => $line['data']->get_name(),
				'withheld' => $this->cart->is_withheld( $line ),
				'now'      => $now[ $place ],
				'charged'  => $charged[ $place ],
				'shown'    => isset( $shown[ $place ] ) ? $shown[ $place ] : null,
			);
		}
		$found = PanStore_Offers::differences( $lines );
		if ( $found['withheld'] ) {
			$errors->add( 'panstore_withheld', self::withheld( $found['withheld'] ) );
		}
		if ( $found['changed'] ) {
			WC()->session->set( PanStore_Cart::SHOWN, $now );
			$errors->add( 'panstore_price_changed', self::changed( $found['changed'] ) );
		}
	}

	/**
	 * For the buyer.
	 *
	 * @param string[] $names Of goods.
	 */
	private static function withheld( array $names ): string {
		/* translators: %s: names of goods. */
		$text = __( 'There is no price for you at present for %s. Nothing was ordered; please take it out of the cart or ask us.', 'panstore' );
		return esc_html( sprintf( $text, implode( ', ', $names ) ) );
	}

	/**
	 * For the buyer.
	 *
	 * @param string[] $names Of goods.
	 */
	private static function changed( array $names ): string {
		/* translators: %s: names of goods. */
		$text = __( 'Your price of %s has just changed. Nothing was ordered; please look at the prices again and confirm your order.', 'panstore' );
		return esc_html( sprintf( $text, implode( ', ', $names ) ) );
	}
}
