<?php
/**
 * What is kept of PanStore's answers for the time when it does not answer.
 *
 * @package PanStore
 */

/**
 * Pure: what an account is remembered to pay, as an array that a transient holds.
 *
 * `mark` and `title` of the agreement, and `offers` by wish with `state`, `amount`, `until` and
 * `known`, seconds since 1970. What was kept under another mark is somebody else's price.
 */
final class PanStore_Memory {

	const LAST_KNOWN_S    = 86400;
	const CONFIRM_AFTER_S = 21600;
	const MOST_OFFERS     = 2000;

	/**
	 * What is remembered after an answer about an agreement.
	 *
	 * @param array|null     $kept  What was remembered before.
	 * @param PanStore_Quote $quote With a contract.
	 * @param int            $now   Seconds since 1970.
	 * @return array The same array where nothing is new, so that a page costs no write.
	 */
	public static function after( ?array $kept, PanStore_Quote $quote, int $now ): array {
		$same   = null !== $kept && self::is_same( $kept['mark'], $quote->agreement );
		$offers = $same ? $kept['offers'] : array();
		foreach ( $quote->offers as $wish => $offer ) {
			// What PanStore itself only remembers must not look fresh again.
			if ( ! $offer->certain ) {
				continue;
			}
			$known = isset( $offers[ $wish ] ) ? $offers[ $wish ] : null;
			$equal = null !== $known && array( $known['state'], $known['amount'], $known['until'] ) === array( $offer->state, $offer->amount, $offer->until );
			if ( $equal && $now - $known['known'] < self::CONFIRM_AFTER_S ) {
				continue;
			}
			if ( null !== $known && ! $equal ) {
				$offers = self::without_other_quantities( $offers, $wish, $quote->offers );
			}
			$offers[ $wish ] = array(
				'state'  => $offer->state,
				'amount' => $offer->amount,
				'until'  => $offer->until,
				'known'  => $now,
			);
		}
		$unsaid = $same && '.' === substr( $quote->agreement, -1 );
		return array(
			'contract' => true,
			'mark'     => $unsaid ? $kept['mark'] : $quote->agreement,
			'title'    => '' === $quote->title && $same ? $kept['title'] : $quote->title,
			'offers'   => self::fresh( $offers, $now ),
		);
	}

	/**
	 * What holds while PanStore does not answer.
	 *
	 * An account that was never told to buy under an agreement sees the shop's prices.
	 *
	 * @param array|null $kept   What is remembered.
	 * @param string[]   $wishes As `PanStore_Quote::wish` makes them.
	 * @param string     $down   The setting: `last_known`, `usual` or `withhold`.
	 * @param int        $now    Seconds since 1970.
	 */
	public static function recalled( ?array $kept, array $wishes, string $down, int $now ): PanStore_Quote {
		if ( null === $kept || ! $kept['contract'] ) {
			return new PanStore_Quote( false, array(), '', '', false );
		}
		$fresh  = self::fresh( $kept['offers'], $now );
		$offers = array();
		foreach ( $wishes as $wish ) {
			$known = 'last_known' === $down && isset( $fresh[ $wish ] ) ? $fresh[ $wish ] : null;
			if ( null === $known || ( null !== $known['until'] && $known['until'] <= $now ) ) {
				$offers[ $wish ] = PanStore_Offers::unknown( $down );
			} else {
				$offers[ $wish ] = new PanStore_Offer( $known['state'], $known['amount'], $known['until'], false );
			}
		}
		return new PanStore_Quote( true, $offers, $kept['title'], $kept['mark'], false );
	}

	/**
	 * Whether two marks are of one party and agreement, as far as both say.
	 *
	 * @param string $kept The one remembered.
	 * @param string $told The one told.
	 */
	private static function is_same( string $kept, string $told ): bool {
		$one   = explode( '.', $kept . '.', 3 );
		$other = explode( '.', $told . '.', 3 );
		return $one[0] === $other[0] && ( '' === $one[1] || '' === $other[1] || $one[1] === $other[1] );
	}

	/**
	 * A product whose price has changed: what was said for other quantities is older than that.
	 *
	 * @param array            $offers Remembered.
	 * @param string           $wish   Whose price has changed.
	 * @param PanStore_Offer[] $said   Just told.
	 */
	private static function without_other_quantities( array $offers, string $wish, array $said ): array {
		$product = PanStore_Quote::parts( $wish )[0];
		foreach ( array_keys( $offers ) as $other ) {
			if ( PanStore_Quote::parts( $other )[0] === $product && ! isset( $said[ $other ] ) ) {
				unset( $offers[ $other ] );
			}
		}
		return $offers;
	}

	/**
	 * The newest of those that are not too old.
	 *
	 * @param array $offers Remembered.
	 * @param int   $now    Seconds since 1970.
	 */
	private static function fresh( array $offers, int $now ): array {
		$fresh = array_filter(
			$offers,
			static function ( $offer ) use ( $now ) {
				return $now - $offer['known'] < self::LAST_KNOWN_S;
			}
		);
		return array_slice( $fresh, -self::MOST_OFFERS, null, true );
	}
}
