<?php
/**
 * Which price holds: tiers by quantity, what is over, what the shop cannot charge.
 *
 * @package PanStore
 */

/**
 * Pure: no database, no clock, nothing of WordPress.
 */
final class PanStore_Offers {

	/**
	 * The offer for a quantity from what is kept of a product under an agreement.
	 *
	 * The last tier that starts at or below the quantity counts. Below the first one, and where
	 * nothing is kept, the shop's own price holds. A tier that is over by its own date is an
	 * unanswered question: nobody knows what holds.
	 *
	 * @param array|null $row      With `currency`, `includes_tax` and `tiers`; null: nothing is kept.
	 * @param string     $quantity As `PanStore_Decimal::read` gives it.
	 * @param int        $now      Seconds since 1970.
	 * @param array      $shop     With `currency`, `includes_tax` and `down`, the setting for the unknown.
	 */
	public static function of_tiers( ?array $row, string $quantity, int $now, array $shop ): PanStore_Offer {
		$tier = null === $row ? null : self::reached( $row['tiers'], $quantity );
		if ( null === $tier ) {
			return new PanStore_Offer( PanStore_Offer::USUAL );
		}
		$until = isset( $tier['until'] ) ? ( new DateTimeImmutable( $tier['until'] ) )->getTimestamp() : null;
		if ( null !== $until && $until <= $now ) {
			return self::unknown( $shop['down'] );
		}
		if ( PanStore_Offer::AGREED !== $tier['state'] ) {
			return new PanStore_Offer( $tier['state'], null, $until );
		}
		if ( $row['currency'] !== $shop['currency'] || $row['includes_tax'] !== $shop['includes_tax'] ) {
			// Nothing is converted, and an amount in other terms is another amount.
			return new PanStore_Offer( PanStore_Offer::WITHHELD, null, $until );
		}
		return new PanStore_Offer( PanStore_Offer::AGREED, $tier['amount'], $until );
	}

	/**
	 * What is shown where nobody knows.
	 *
	 * @param string $down The setting: `usual`, or no price.
	 */
	public static function unknown( string $down ): PanStore_Offer {
		$state = 'usual' === $down ? PanStore_Offer::USUAL : PanStore_Offer::WITHHELD;
		return new PanStore_Offer( $state, null, null, false );
	}

	/**
	 * One key for all that a set of products costs a buyer; empty where all cost what they always do.
	 *
	 * A cache under it holds the same prices for whoever may read it, and is never out of date.
	 *
	 * @param PanStore_Offer[] $offers By product.
	 */
	public static function key( array $offers ): string {
		$parts = array();
		foreach ( $offers as $product => $offer ) {
			if ( PanStore_Offer::USUAL !== $offer->state ) {
				$parts[] = $product . '=' . $offer->price();
			}
		}
		sort( $parts );
		return $parts ? hash( 'sha256', implode( ',', $parts ) ) : '';
	}

	/**
	 * Names whose price is not what the buyer was shown, or not for sale to him.
	 *
	 * @param array $lines Each with `name`, `withheld`, and the prices `now`, `charged` and `shown` (null: not shown).
	 * @return array{changed: string[], withheld: string[]}
	 */
	public static function differences( array $lines ): array {
		$found = array(
			'changed'  => array(),
			'withheld' => array(),
		);
		foreach ( $lines as $line ) {
			if ( $line['withheld'] ) {
				$found['withheld'][] = $line['name'];
			} elseif ( $line['now'] !== $line['charged'] || ( null !== $line['shown'] && $line['shown'] !== $line['now'] ) ) {
				$found['changed'][] = $line['name'];
			}
		}
		return $found;
	}

	/**
	 * The last tier that starts at or below the quantity.
	 *
	 * @param array  $tiers    Ascending by `least`.
	 * @param string $quantity As `PanStore_Decimal::read` gives it.
	 */
	private static function reached( array $tiers, string $quantity ): ?array {
		$found = null;
		foreach ( $tiers as $tier ) {
			if ( PanStore_Decimal::compare( $tier['least'], $quantity ) <= 0 ) {
				$found = $tier;
			}
		}
		return $found;
	}
}
