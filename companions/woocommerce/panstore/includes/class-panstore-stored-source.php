<?php
/**
 * Buyers' own prices from the tables that PanStore keeps filled; nobody is asked.
 *
 * @package PanStore
 */

/**
 * Two queries a page, however many products.
 */
final class PanStore_Stored_Source {

	/**
	 * Rows of the agreement by product, null where nothing is kept.
	 *
	 * @var array<string, array>
	 */
	private $rows = array();

	/**
	 * At what accounts buy, null where they have no agreement.
	 *
	 * @var array<int, array|null>
	 */
	private $buyers = array();

	/**
	 * Forgets what it has read.
	 */
	public function forget() {
		$this->rows   = array();
		$this->buyers = array();
	}

	/**
	 * What an account pays.
	 *
	 * @param int      $account Id.
	 * @param string[] $wishes  As `PanStore_Quote::wish` makes them.
	 */
	public function quote( int $account, array $wishes ): PanStore_Quote {
		if ( ! PanStore_Buyer_Table::is_flagged( $account ) ) {
			return new PanStore_Quote( false );
		}
		if ( ! array_key_exists( $account, $this->buyers ) ) {
			$found = PanStore_Buyer_Table::find( array( $account ) );
			if ( null === $found ) {
				return $this->unreadable( $wishes );
			}
			$this->buyers[ $account ] = isset( $found[ $account ] ) ? $found[ $account ] : null;
		}
		$buyer = $this->buyers[ $account ];
		if ( null === $buyer ) {
			return new PanStore_Quote( false );
		}
		$rows = $this->rows( PanStore_Price_Table::key( $buyer['agreement'] ), $wishes );
		if ( null === $rows ) {
			return $this->unreadable( $wishes );
		}
		$offers  = array();
		$certain = true;
		$shop    = PanStore_Settings::shown();
		foreach ( $wishes as $wish ) {
			list( $product, $quantity ) = PanStore_Quote::parts( $wish );
			$offers[ $wish ]            = PanStore_Offers::of_tiers( $rows[ $product ], $quantity, time(), $shop );
			$certain                    = $certain && $offers[ $wish ]->certain;
		}
		return new PanStore_Quote( true, $offers, $buyer['title'], $buyer['agreement'], $certain );
	}

	/**
	 * Rows by product, read where they are not known yet; null if they cannot be.
	 *
	 * @param string   $key    Of the agreement.
	 * @param string[] $wishes What is asked for.
	 */
	private function rows( string $key, array $wishes ): ?array {
		$known   = isset( $this->rows[ $key ] ) ? $this->rows[ $key ] : array();
		$missing = array();
		foreach ( $wishes as $wish ) {
			$product = PanStore_Quote::parts( $wish )[0];
			if ( ! array_key_exists( $product, $known ) ) {
				$missing[ $product ] = null;
			}
		}
		if ( $missing ) {
			$found = PanStore_Price_Table::find( $key, array_keys( $missing ) );
			if ( null === $found ) {
				return null;
			}
			$known = $known + $found + $missing;
		}
		$this->rows[ $key ] = $known;
		return $known;
	}

	/**
	 * Nobody knows whether this buyer has an agreement: nothing is sold at a guessed price.
	 *
	 * @param string[] $wishes What is asked for.
	 */
	private function unreadable( array $wishes ): PanStore_Quote {
		$offers = array();
		foreach ( $wishes as $wish ) {
			$offers[ $wish ] = new PanStore_Offer( PanStore_Offer::WITHHELD, null, null, false );
		}
		return new PanStore_Quote( true, $offers, '', '', false );
	}
}
