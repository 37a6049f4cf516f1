<?php
/**
 * Answer for one buyer.
 *
 * @package PanStore
 */

/**
 * A value.
 */
final class PanStore_Quote {

	/**
	 * Whether he buys under an agreement; if not, the shop's own prices hold.
	 *
	 * @var bool
	 */
	public $contract;

	/**
	 * Offers by `PanStore_Quote::wish`.
	 *
	 * @var PanStore_Offer[]
	 */
	public $offers;

	/**
	 * Of the agreement, for the buyer to read.
	 *
	 * @var string
	 */
	public $title;

	/**
	 * Which agreement, or, where PanStore is asked, the mark it gives it.
	 *
	 * @var string
	 */
	public $agreement;

	/**
	 * False if some of it is only what was last known.
	 *
	 * @var bool
	 */
	public $certain;

	/**
	 * Makes one.
	 *
	 * @param bool             $contract  Whether there is an agreement.
	 * @param PanStore_Offer[] $offers    By wish.
	 * @param string           $title     For the buyer to read.
	 * @param string           $agreement Which one.
	 * @param bool             $certain   Whether all of it is known to be true now.
	 */
	public function __construct( bool $contract, array $offers = array(), string $title = '', string $agreement = '', bool $certain = true ) {
		$this->contract  = $contract;
		$this->offers    = $offers;
		$this->title     = $title;
		$this->agreement = $agreement;
		$this->certain   = $certain;
	}

	/**
	 * Key of what a price is asked for.
	 *
	 * @param int    $product  Id of what can be bought.
	 * @param string $quantity As `PanStore_Decimal::read` gives it, more than zero.
	 */
	public static function wish( int $product, string $quantity ): string {
		return "$product:$quantity";
	}

	/**
	 * The product and quantity of a wish.
	 *
	 * @param string $wish As `wish` makes it.
	 * @return array{0: int, 1: string}
	 */
	public static function parts( string $wish ): array {
		list( $product, $quantity ) = explode( ':', $wish, 2 );
		return array( (int) $product, $quantity );
	}
}
