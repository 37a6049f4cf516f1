<?php
/**
 * Decimal numbers as text; money never goes through a float here.
 *
 * @package PanStore
 */

/**
 * Pure: reads and compares decimals of at most 15 digits before and 10 behind the point.
 */
final class PanStore_Decimal {

	const FORM = '/^-?[0-9]{1,15}(\.[0-9]{1,10})?$/D';

	/**
	 * The number without needless zeros, or null if it is none.
	 *
	 * @param mixed $value A string, or an integer.
	 */
	public static function read( $value ): ?string {
		if ( is_int( $value ) ) {
			$value = (string) $value;
		}
		if ( ! is_string( $value ) || ! preg_match( self::FORM, $value ) ) {
			return null;
		}
		$negative              = '-' === $value[0];
		list( $whole, $parts ) = self::split( ltrim( $value, '-' ) );
		$plain                 = '' === $parts ? $whole : "$whole.$parts";
		return $negative && '0' !== $plain ? "-$plain" : $plain;
	}

	/**
	 * A quantity as shops hold it, which may be a float with some plugins, to six places.
	 *
	 * @param int|float|string $number Zero or more.
	 */
	public static function of_quantity( $number ): string {
		$text = is_float( $number ) ? sprintf( '%.6F', $number ) : (string) $number;
		$read = self::read( $text );
		return null === $read ? '0' : $read;
	}

	/**
	 * Below zero, zero or above it, as the first is less than, equal to or more than the second.
	 *
	 * @param string $one As `read` gives it, zero or more.
	 * @param string $other As `read` gives it, zero or more.
	 */
	public static function compare( string $one, string $other ): int {
		list( $whole, $parts )             = self::split( $one );
		list( $other_whole, $other_parts ) = self::split( $other );
		$length                            = max( strlen( $parts ), strlen( $other_parts ) );
		$first                             = str_pad( $whole, 15, '0', STR_PAD_LEFT ) . str_pad( $parts, $length, '0' );
		$second                            = str_pad( $other_whole, 15, '0', STR_PAD_LEFT ) . str_pad( $other_parts, $length, '0' );
		return strcmp( $first, $second ) <=> 0;
	}

	/**
	 * Whether it is more than zero.
	 *
	 * @param string $number As `read` gives it.
	 */
	public static function is_positive( string $number ): bool {
		return '-' !== $number[0] && '0' !== $number;
	}

	/**
	 * How many digits stand behind the point.
	 *
	 * @param string $number As `read` gives it.
	 */
	public static function places( string $number ): int {
		return strlen( self::split( $number )[1] );
	}

	/**
	 * The number with at least so many digits behind the point, as shops write prices.
	 *
	 * @param string $number As `read` gives it.
	 * @param int    $places Zero or more.
	 */
	public static function with_places( string $number, int $places ): string {
		list( $whole, $parts ) = self::split( $number );
		$parts                 = str_pad( $parts, $places, '0' );
		return '' === $parts ? $whole : "$whole.$parts";
	}

	/**
	 * Digits before and behind the point, without needless zeros.
	 *
	 * @param string $number Without a sign.
	 */
	private static function split( string $number ): array {
		$both  = explode( '.', $number, 2 );
		$whole = ltrim( $both[0], '0' );
		return array( '' === $whole ? '0' : $whole, isset( $both[1] ) ? rtrim( $both[1], '0' ) : '' );
	}
}
