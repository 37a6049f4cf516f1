<?php
/**
 * The cart: each line by its quantity.
 *
 * @package PanStore
 */

/**
 * Notes which product objects are lines of the cart and with which quantity; the getters do the rest,
 * for the page of the cart, the checkout and the Store API alike.
 */
final class PanStore_Cart {

	const SHOWN = 'panstore_shown';

	/**
	 * Quantity of each line's product object, as text.
	 *
	 * @var SplObjectStorage|null
	 */
	private static $lines = null;

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
		add_action( 'woocommerce_load_cart_from_session', array( $this, 'want_session' ) );
		add_action( 'woocommerce_before_calculate_totals', array( $this, 'note_lines' ), 1 );
		add_action( 'woocommerce_after_calculate_totals', array( $this, 'note_shown' ), PHP_INT_MAX );
		add_filter( 'woocommerce_cart_item_is_purchasable', array( $this, 'keep_withheld' ), PanStore_Storefront::LATE, 3 );
		add_filter( 'woocommerce_cart_hash', array( $this, 'hash' ) );
		add_action( 'woocommerce_checkout_create_order_line_item', array( $this, 'note_on_order' ), 10, 3 );
	}

	/**
	 * Whether a product object is a line of the cart.
	 *
	 * @param object $product A WC_Product.
	 */
	public static function knows( $product ): bool {
		return null !== self::$lines && isset( self::$lines[ $product ] );
	}

	/**
	 * For how many of it a price is asked: the line's, else one.
	 *
	 * @param object $product A WC_Product.
	 */
	public static function quantity( $product ): string {
		return self::knows( $product ) ? self::$lines[ $product ] : '1';
	}

	/**
	 * Says early what the cart holds; each line is looked at by itself when it comes back.
	 */
	public function want_session() {
		if ( 0 === $this->contract->account() || ! WC()->session ) {
			return;
		}
		foreach ( (array) WC()->session->get( 'cart', array() ) as $line ) {
			list( $id, $quantity ) = self::named( (array) $line );
			if ( 0 !== $id ) {
				$this->contract->want( array( $id ) );
				$this->contract->want( array( $id ), $quantity );
			}
		}
	}

	/**
	 * Notes the lines before they are added up.
	 *
	 * @param WC_Cart $cart The cart.
	 */
	public function note_lines( $cart ) {
		if ( 0 === $this->contract->account() ) {
			return;
		}
		self::$lines = new SplObjectStorage();
		foreach ( $cart->get_cart() as $line ) {
			$quantity                     = PanStore_Decimal::of_quantity( $line['quantity'] );
			$quantity                     = PanStore_Decimal::is_positive( $quantity ) ? $quantity : '1';
			self::$lines[ $line['data'] ] = $quantity;
			$this->contract->want( array( (int) $line['data']->get_id() ), $quantity );
		}
	}

	/**
	 * Remembers in the session at what the buyer was shown his cart.
	 *
	 * For everybody who is logged in: a price may change by a link that is made or taken away.
	 *
	 * @param WC_Cart $cart The cart.
	 */
	public function note_shown( $cart ) {
		if ( 0 === $this->contract->account() || ! PanStore_Request::shows_cart() || ! WC()->session ) {
			return;
		}
		$shown = $this->prices( $cart );
		if ( WC()->session->get( self::SHOWN ) !== $shown ) {
			WC()->session->set( self::SHOWN, $shown );
		}
	}

	/**
	 * What each line costs a piece now, by line and quantity.
	 *
	 * @param WC_Cart $cart The cart.
	 * @return array<string, string>
	 */
	public function prices( $cart ): array {
		$prices = array();
		foreach ( $cart->get_cart() as $key => $line ) {
			$prices[ self::shown_key( (string) $key, $line ) ] = wc_format_decimal( $line['data']->get_price(), '' );
		}
		return $prices;
	}

	/**
	 * By what a shown price is found again.
	 *
	 * @param string $key  Of the line.
	 * @param array  $line Of the cart.
	 */
	public static function shown_key( string $key, array $line ): string {
		return $key . ':' . PanStore_Decimal::of_quantity( $line['quantity'] );
	}

	/**
	 * Whether a line of the cart is not for sale to the buyer.
	 *
	 * @param array $line Of the cart.
	 */
	public function is_withheld( array $line ): bool {
		$quantity = PanStore_Decimal::of_quantity( $line['quantity'] );
		$offer    = $this->contract->offer( (int) $line['data']->get_id(), $quantity );
		return null !== $offer && PanStore_Offer::WITHHELD === $offer->state;
	}

	/**
	 * A line that is withheld stays in the cart, where it is told; WooCommerce would take it out.
	 *
	 * @param bool   $purchasable As the shop has it.
	 * @param string $key         Of the line.
	 * @param array  $line        As the session has it, without the product.
	 */
	public function keep_withheld( $purchasable, $key, $line ) {
		list( $id, $quantity ) = self::named( (array) $line );
		foreach ( array( $quantity, '1' ) as $many ) {
			$offer = $this->contract->offer( $id, $many );
			if ( null !== $offer && PanStore_Offer::WITHHELD === $offer->state ) {
				return true;
			}
		}
		return $purchasable;
	}

	/**
	 * Fragments that a browser keeps are another buyer's, or older than the agreement, under another hash.
	 *
	 * @param string $hash As the shop has it.
	 */
	public function hash( $hash ) {
		$quote = $this->contract->quote();
		return null === $quote || '' === $hash ? $hash : md5( $hash . $quote->agreement );
	}

	/**
	 * Leaves at the order's line under which agreement it was sold, and for how much a piece.
	 *
	 * @param WC_Order_Item_Product $item Line of the order.
	 * @param string                $key  Of the cart's line.
	 * @param array                 $line Of the cart.
	 */
	public function note_on_order( $item, $key, $line ) {
		$offer = $this->contract->offer( (int) $line['data']->get_id(), PanStore_Decimal::of_quantity( $line['quantity'] ) );
		$quote = $this->contract->quote();
		if ( null !== $quote && null !== $offer && PanStore_Offer::AGREED === $offer->state ) {
			$item->add_meta_data( '_panstore_agreement', '' === $quote->title ? $quote->agreement : $quote->title, true );
			$item->add_meta_data( '_panstore_price', $offer->amount, true );
		}
	}

	/**
	 * What a line of the session is of, and how many.
	 *
	 * @param array $line As the session has it, without the product.
	 * @return array{0: int, 1: string} The id is 0 where it does not say.
	 */
	private static function named( array $line ): array {
		$id       = empty( $line['variation_id'] ) ? ( isset( $line['product_id'] ) ? $line['product_id'] : 0 ) : $line['variation_id'];
		$quantity = PanStore_Decimal::of_quantity( isset( $line['quantity'] ) ? $line['quantity'] : 1 );
		return array( (int) $id, PanStore_Decimal::is_positive( $quantity ) ? $quantity : '1' );
	}
}
