<?php
/**
 * What one request knows of its buyer's own prices.
 *
 * @package PanStore
 */

/**
 * Prices are fetched in batches: a page says first what it is going to show, and the first price that
 * is needed fetches all of it. What was answered is kept for the request and by account, so that a
 * log-in or log-out half-way can never show one buyer the prices of another.
 */
final class PanStore_Contract {

	/**
	 * What will be needed.
	 *
	 * @var array<string, true>
	 */
	private $wanted = array();

	/**
	 * Offers by account and wish.
	 *
	 * @var array<int, array<string, PanStore_Offer>>
	 */
	private $offers = array();

	/**
	 * The last answer of each account, without its offers.
	 *
	 * @var array<int, PanStore_Quote>
	 */
	private $quotes = array();

	/**
	 * Where prices come from.
	 *
	 * @var PanStore_Stored_Source|PanStore_Asked_Source|null
	 */
	private $source = null;

	/**
	 * Who is logged in and may see his own prices in this answer, 0 for nobody.
	 */
	public function account(): int {
		// Core knows nobody yet while plugins load.
		if ( ! did_action( 'init' ) ) {
			return 0;
		}
		$account = get_current_user_id();
		return 0 !== $account && PanStore_Request::is_buyers() ? $account : 0;
	}

	/**
	 * Says what will be needed; it is fetched together with the next price.
	 *
	 * @param int[]  $products Ids of what can be bought.
	 * @param string $quantity As `PanStore_Decimal::read` gives it.
	 */
	public function want( array $products, string $quantity = '1' ) {
		foreach ( $products as $product ) {
			$this->wanted[ PanStore_Quote::wish( (int) $product, $quantity ) ] = true;
		}
	}

	/**
	 * What the buyer pays for each of so many; null: as everybody.
	 *
	 * @param int    $product  Id of what can be bought.
	 * @param string $quantity As `PanStore_Decimal::read` gives it.
	 */
	public function offer( int $product, string $quantity = '1' ): ?PanStore_Offer {
		$account = $this->account();
		if ( 0 === $account || 0 === $product ) {
			return null;
		}
		$wish = PanStore_Quote::wish( $product, $quantity );
		if ( ! $this->knows( $account, $wish ) ) {
			$this->wanted[ $wish ] = true;
			$this->fetch( $account );
		}
		return isset( $this->offers[ $account ][ $wish ] ) ? $this->offers[ $account ][ $wish ] : null;
	}

	/**
	 * Under what the buyer buys, as far as anything was fetched yet; null: under nothing.
	 */
	public function quote(): ?PanStore_Quote {
		$account = $this->account();
		return isset( $this->quotes[ $account ] ) && $this->quotes[ $account ]->contract ? $this->quotes[ $account ] : null;
	}

	/**
	 * Forgets everything, so that it is fetched anew.
	 */
	public function forget() {
		$this->offers = array();
		$this->quotes = array();
		$this->source()->forget();
	}

	/**
	 * Whether the price needs no question.
	 *
	 * @param int    $account Id.
	 * @param string $wish    What is asked for.
	 */
	private function knows( int $account, string $wish ): bool {
		$nobody = isset( $this->quotes[ $account ] ) && ! $this->quotes[ $account ]->contract;
		return $nobody || isset( $this->offers[ $account ][ $wish ] );
	}

	/**
	 * Fetches all that is wanted and not known, at once.
	 *
	 * @param int $account Id.
	 */
	private function fetch( int $account ) {
		$wishes = array();
		foreach ( array_keys( $this->wanted ) as $wish ) {
			if ( ! $this->knows( $account, $wish ) ) {
				$wishes[] = $wish;
			}
		}
		$this->wanted = array();
		$quote        = $this->source()->quote( $account, $wishes );
		if ( ! $quote->contract ) {
			// Unlinked between two questions of one request: nothing of the agreement holds.
			$this->offers[ $account ] = array();
		} else {
			$known                    = isset( $this->offers[ $account ] ) ? $this->offers[ $account ] : array();
			$this->offers[ $account ] = $quote->offers + $known;
		}
		$this->quotes[ $account ] = $quote;
	}

	/**
	 * Tables of the shop, or PanStore.
	 *
	 * @return PanStore_Stored_Source|PanStore_Asked_Source
	 */
	private function source() {
		if ( null === $this->source ) {
			$this->source = PanStore_Settings::ASK === PanStore_Settings::source() ? new PanStore_Asked_Source() : new PanStore_Stored_Source();
		}
		return $this->source;
	}
}
