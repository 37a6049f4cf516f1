<?php
/**
 * Reading the fields of a call: each gives a checked value or says what is wrong with it.
 *
 * @package PanStore
 */

/**
 * Pure; every method throws a PanStore_Refusal.
 */
final class PanStore_Fields {

	const LARGEST_BATCH     = 500;
	const LONGEST_AGREEMENT = 200;
	const LONGEST_TITLE     = 255;

	/**
	 * The list of items of a bulk call.
	 *
	 * @param mixed  $body Whole JSON body, or an item with a list in it.
	 * @param string $name Where the list stands.
	 * @throws PanStore_Refusal If there is none, or it is longer than 500.
	 */
	public static function batch( $body, string $name ): array {
		$items = is_array( $body ) && isset( $body[ $name ] ) ? $body[ $name ] : null;
		if ( ! is_array( $items ) || array_values( $items ) !== $items ) {
			throw new PanStore_Refusal( 'invalid', "A list is expected in '$name'.", $name );
		}
		$count = count( $items );
		if ( $count > self::LARGEST_BATCH ) {
			$most = self::LARGEST_BATCH;
			throw new PanStore_Refusal( 'batch_too_large', "$count items in one call; at most $most are taken.", $name, 413 );
		}
		return $items;
	}

	/**
	 * One item, which must be an object.
	 *
	 * @param mixed $item As decoded from JSON.
	 * @throws PanStore_Refusal If it is not.
	 */
	public static function mapping( $item ): array {
		if ( ! is_array( $item ) || array() === $item || array_values( $item ) === $item ) {
			throw new PanStore_Refusal( 'invalid', 'Each item must be a JSON object.' );
		}
		return $item;
	}

	/**
	 * An id, as JSON number or string.
	 *
	 * @param array  $item The object.
	 * @param string $name Of the field.
	 * @throws PanStore_Refusal If it is no whole number from 1 on.
	 */
	public static function id( array $item, string $name ): int {
		$value = isset( $item[ $name ] ) ? $item[ $name ] : null;
		$text  = is_int( $value ) || is_string( $value ) ? (string) $value : '';
		if ( ! preg_match( '/^[0-9]{1,18}$/D', $text ) || (int) $text < 1 ) {
			throw new PanStore_Refusal( 'invalid', "'$name' must be a whole number from 1 on.", $name );
		}
		return (int) $text;
	}

	/**
	 * A string, trimmed.
	 *
	 * @param array  $item     The object.
	 * @param string $name     Of the field.
	 * @param int    $longest  Most characters.
	 * @param bool   $required Whether it must be there and not empty.
	 * @throws PanStore_Refusal If it is missing though required, no string, or too long.
	 */
	public static function text( array $item, string $name, int $longest, bool $required = true ): string {
		$value = isset( $item[ $name ] ) ? $item[ $name ] : null;
		if ( null === $value && ! $required ) {
			return '';
		}
		if ( ! is_string( $value ) || ( $required && '' === trim( $value ) ) ) {
			throw new PanStore_Refusal( 'invalid', "'$name' must be a non-empty string.", $name );
		}
		$value = trim( $value );
		// Characters, without the mbstring extension; JSON has already refused what is not UTF-8.
		if ( preg_match_all( '/./us', $value ) > $longest ) {
			throw new PanStore_Refusal( 'too_long', "'$name' is longer than $longest characters.", $name );
		}
		return $value;
	}

	/**
	 * A decimal number written as a string; also a JSON integer.
	 *
	 * @param array  $item The object.
	 * @param string $name Of the field.
	 * @throws PanStore_Refusal If it is none.
	 */
	public static function decimal( array $item, string $name ): string {
		$number = PanStore_Decimal::read( isset( $item[ $name ] ) ? $item[ $name ] : null );
		if ( null === $number ) {
			throw new PanStore_Refusal( 'invalid', "'$name' must be a decimal number written as a string.", $name );
		}
		return $number;
	}

	/**
	 * True or false; false where it is missing.
	 *
	 * @param array  $item The object.
	 * @param string $name Of the field.
	 * @throws PanStore_Refusal If it is something else.
	 */
	public static function flag( array $item, string $name ): bool {
		$value = isset( $item[ $name ] ) ? $item[ $name ] : false;
		if ( ! is_bool( $value ) ) {
			throw new PanStore_Refusal( 'invalid', "'$name' must be true or false.", $name );
		}
		return $value;
	}

	/**
	 * Numbers from 1 on in a comma list; others are left out.
	 *
	 * @param mixed $text As in the query.
	 * @return int[]
	 * @throws PanStore_Refusal If there are more than 500.
	 */
	public static function ids( $text ): array {
		$ids = array();
		foreach ( explode( ',', is_string( $text ) ? $text : '' ) as $one ) {
			if ( preg_match( '/^[0-9]{1,18}$/D', $one ) && (int) $one > 0 ) {
				$ids[ (int) $one ] = true;
			}
		}
		if ( count( $ids ) > self::LARGEST_BATCH ) {
			throw new PanStore_Refusal( 'batch_too_large', 'At most 500 ids are taken.', '', 413 );
		}
		return array_keys( $ids );
	}

	/**
	 * A moment with its zone as UTC with microseconds; null where it is missing.
	 *
	 * @param array  $item The object.
	 * @param string $name Of the field.
	 * @throws PanStore_Refusal If it is no time of ISO 8601 with a zone.
	 */
	public static function moment( array $item, string $name ): ?string {
		if ( ! isset( $item[ $name ] ) ) {
			return null;
		}
		$text = self::text( $item, $name, 40 );
		$form = '/^[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}(:[0-9]{2}(\.[0-9]{1,6})?)?(Z|[+-][0-9]{2}:[0-9]{2})$/D';
		try {
			$moment = preg_match( $form, $text ) ? new DateTimeImmutable( $text ) : null;
		} catch ( Exception $error ) {
			$moment = null;
		}
		if ( null === $moment ) {
			throw new PanStore_Refusal( 'invalid', "'$name' is '$text', which is no time of ISO 8601 with its zone.", $name );
		}
		return $moment->setTimezone( new DateTimeZone( 'UTC' ) )->format( 'Y-m-d\TH:i:s.u\Z' );
	}
}
