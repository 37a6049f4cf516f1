<?php
/**
 * PanStore's answer to a question for prices, as values.
 *
 * @package PanStore
 */

/**
 * Pure.
 */
final class PanStore_Answer {

	const LONGEST_TITLE = 255;
	const LONGEST_MARK  = 64;
	const NOT_KNOWN     = 'contract.not_known';

	/**
	 * The question for one account.
	 *
	 * @param int      $account  Id of who is logged in.
	 * @param string[] $wishes   As `PanStore_Quote::wish` makes them.
	 * @param string   $currency In which the shop sells.
	 * @param string   $opened   When the account was registered (GMT, as WordPress keeps it); empty
	 *                           where nobody knows. An account that is younger than the approval of
	 *                           its number is somebody else's, in a shop put back to a backup.
	 */
	public static function question( int $account, array $wishes, string $currency, string $opened = '' ): array {
		$lines = array();
		foreach ( $wishes as $wish ) {
			list( $product, $quantity ) = PanStore_Quote::parts( $wish );
			$lines[]                    = array(
				'product'  => (string) $product,
				'quantity' => $quantity,
			);
		}
		$question = array(
			'account'  => (string) $account,
			'currency' => $currency,
			'lines'    => $lines,
		);
		if ( preg_match( '/^[1-9]\d{3}-\d{2}-\d{2} \d{2}:\d{2}:\d{2}$/', $opened ) ) {
			$question['opened_at'] = str_replace( ' ', 'T', $opened ) . '+00:00';
		}
		return $question;
	}

	/**
	 * The answer, or null if it is none to this question.
	 *
	 * @param string   $content As it came.
	 * @param int      $account Id that was asked for.
	 * @param string[] $wishes  That were asked for, in order.
	 * @param array    $shop    With `currency`, `includes_tax` and `places`.
	 */
	public static function read( string $content, int $account, array $wishes, array $shop ): ?PanStore_Quote {
		$answer = json_decode( $content, true );
		if ( ! is_array( $answer ) || ! isset( $answer['contract'] ) || ! is_bool( $answer['contract'] ) ) {
			return null;
		}
		$certain = isset( $answer['certain'] ) ? $answer['certain'] : true;
		$whose   = isset( $answer['account'] ) && '' !== $answer['account'] ? $answer['account'] : (string) $account;
		if ( ! is_bool( $certain ) || (string) $account !== $whose ) {
			return null;
		}
		if ( ! $answer['contract'] ) {
			return new PanStore_Quote( false, array(), '', '', $certain );
		}
		$lines = isset( $answer['lines'] ) ? $answer['lines'] : array();
		if ( ! is_array( $lines ) || count( $lines ) !== count( $wishes ) || array_values( $lines ) !== $lines ) {
			return null;
		}
		$offers = array();
		foreach ( $wishes as $place => $wish ) {
			$offer = self::offer( $lines[ $place ], $wish, $shop );
			if ( null === $offer ) {
				return null;
			}
			$offers[ $wish ] = $offer;
		}
		$title = self::short( $answer, 'title', self::LONGEST_TITLE );
		$mark  = self::short( $answer, 'mark', self::LONGEST_MARK );
		return new PanStore_Quote( true, $offers, $title, $mark, $certain );
	}

	/**
	 * One line, or null if it is about something else.
	 *
	 * @param mixed  $line As decoded.
	 * @param string $wish What was asked for.
	 * @param array  $shop With `currency`, `includes_tax` and `places`.
	 */
	private static function offer( $line, string $wish, array $shop ): ?PanStore_Offer {
		list( $product, $quantity ) = PanStore_Quote::parts( $wish );
		if ( ! is_array( $line ) || ! isset( $line['product'], $line['quantity'], $line['offer']['state'] ) ) {
			return null;
		}
		if ( (string) $product !== $line['product'] || PanStore_Decimal::read( $line['quantity'] ) !== $quantity ) {
			return null;
		}
		$offer = $line['offer'];
		if ( ! in_array( $offer['state'], PanStore_Offer::STATES, true ) ) {
			return null;
		}
		$until = null;
		if ( isset( $offer['valid_until'] ) ) {
			try {
				$until = strtotime( PanStore_Fields::moment( $offer, 'valid_until' ) );
			} catch ( PanStore_Refusal $error ) {
				return null;
			}
		}
		// What nobody knows at present has no date either.
		$certain = ! isset( $offer['as_of'] ) && ( ! isset( $offer['code'] ) || self::NOT_KNOWN !== $offer['code'] );
		if ( PanStore_Offer::AGREED !== $offer['state'] ) {
			return new PanStore_Offer( $offer['state'], null, $until, $certain );
		}
		$amount = self::amount( $offer, $shop );
		$state  = null === $amount ? PanStore_Offer::WITHHELD : PanStore_Offer::AGREED;
		return new PanStore_Offer( $state, $amount, $until, $certain );
	}

	/**
	 * The amount if this shop can charge it: in its currency and terms, more than zero, with its places.
	 *
	 * @param array $offer As decoded.
	 * @param array $shop  With `currency`, `includes_tax` and `places`.
	 */
	private static function amount( array $offer, array $shop ): ?string {
		$gross  = isset( $offer['includes_tax'] ) ? $offer['includes_tax'] : false;
		$amount = isset( $offer['amount'] ) && is_string( $offer['amount'] ) ? PanStore_Decimal::read( $offer['amount'] ) : null;
		$right  = null !== $amount
			&& $gross === $shop['includes_tax']
			&& isset( $offer['currency'] ) && $offer['currency'] === $shop['currency']
			&& PanStore_Decimal::is_positive( $amount )
			&& PanStore_Decimal::places( $amount ) <= $shop['places'];
		return $right ? PanStore_Decimal::with_places( $amount, $shop['places'] ) : null;
	}

	/**
	 * A text of the answer, cut where it is too long.
	 *
	 * @param array  $answer  As decoded.
	 * @param string $name    Of the field.
	 * @param int    $longest Most bytes; a cut character at the end is left out.
	 */
	private static function short( array $answer, string $name, int $longest ): string {
		$text = isset( $answer[ $name ] ) && is_string( $answer[ $name ] ) ? $answer[ $name ] : '';
		$text = substr( $text, 0, $longest );
		while ( '' !== $text && ! preg_match( '//u', $text ) ) {
			$text = substr( $text, 0, -1 );
		}
		return $text;
	}
}
