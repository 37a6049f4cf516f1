<?php
/**
 * How a price is written on a page.
 *
 * @package PanStore
 */

/**
 * The agreed price with the usual one beside it, or that there is none; and where a page cache is,
 * the place that the buyer's own price is put into after the page has loaded.
 */
final class PanStore_Price_Html {

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
		add_filter( 'woocommerce_get_price_html', array( $this, 'html' ), PanStore_Storefront::LATE, 2 );
	}

	/**
	 * The price as a page shows it.
	 *
	 * @param string     $html    As WooCommerce writes it from the prices it was told.
	 * @param WC_Product $product Whose.
	 */
	public function html( $html, $product ) {
		$written = $this->written( (string) $html, $product );
		if ( is_admin() || '' !== PanStore_Request::route() || ! PanStore_Page_Cache::is_late() ) {
			return $written;
		}
		return '<span class="panstore-price" data-panstore-product="' . esc_attr( (string) $product->get_id() ) . '">' . $written . '</span>';
	}

	/**
	 * The same without the place for a later one.
	 *
	 * @param string     $html    As WooCommerce writes it.
	 * @param WC_Product $product Whose.
	 */
	private function written( string $html, $product ): string {
		if ( 0 === $this->contract->account() ) {
			return $html;
		}
		$offer = $this->contract->offer( (int) $product->get_id() );
		if ( null === $offer || PanStore_Offer::USUAL === $offer->state ) {
			return $html;
		}
		if ( PanStore_Offer::WITHHELD === $offer->state ) {
			return '<span class="panstore-withheld">' . esc_html__( 'No price for you at present; please ask us.', 'panstore' ) . '</span>';
		}
		$usual = $product->get_price( 'edit' );
		if ( 'yes' !== PanStore_Settings::all()['show_usual'] || '' === (string) $usual || PanStore_Decimal::read( (string) $usual ) === PanStore_Decimal::read( (string) $offer->amount ) ) {
			return $html;
		}
		$shown = wc_price( wc_get_price_to_display( $product, array( 'price' => $usual ) ) );
		/* translators: %s: a price, such as 10.00 EUR. */
		$text = sprintf( __( 'usual price %s', 'panstore' ), $shown );
		return $html . ' <small class="panstore-usual">' . wp_kses_post( $text ) . '</small>';
	}
}
