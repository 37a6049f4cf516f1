<?php
/**
 * What one buyer is shown and charged for a piece.
 *
 * @package PanStore
 */

/**
 * A value; `agreed`: the amount, `usual`: the shop's own price, `withheld`: not for sale to him.
 */
final class PanStore_Offer {

	const AGREED   = 'agreed';
	const USUAL    = 'usual';
	const WITHHELD = 'withheld';
	const STATES   = array( self::AGREED, self::USUAL, self::WITHHELD );

	/**
	 * One of the three.
	 *
	 * @var string
	 */
	public $state;

	/**
	 * In the shop's currency, net or gross as the shop keeps prices; null unless agreed.
	 *
	 * @var string|null
	 */
	public $amount;

	/**
	 * Seconds since 1970 from which on it must be asked again; null: until told otherwise.
	 *
	 * @var int|null
	 */
	public $until;

	/**
	 * False where it is only what was last known, or nobody knows.
	 *
	 * @var bool
	 */
	public $certain;

	/**
	 * Makes one.
	 *
	 * @param string      $state   One of the three.
	 * @param string|null $amount  More than zero; only where agreed.
	 * @param int|null    $until   Seconds since 1970.
	 * @param bool        $certain Whether it is known to be true now.
	 */
	public function __construct( string $state, ?string $amount = null, ?int $until = null, bool $certain = true ) {
		$this->state   = $state;
		$this->amount  = $amount;
		$this->until   = $until;
		$this->certain = $certain;
	}

	/**
	 * Two offers with the same text have the same price.
	 */
	public function price(): string {
		return $this->state . ':' . $this->amount;
	}
}
