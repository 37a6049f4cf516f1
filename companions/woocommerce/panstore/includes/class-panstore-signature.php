<?php
/**
 * Signatures as Standard Webhooks 1.0 describes them: HMAC-SHA256 over `id.timestamp.content`.
 *
 * @package PanStore
 */

/**
 * Pure.
 */
final class PanStore_Signature {

	const TOLERANCE_S = 300;
	const PREFIX      = 'whsec_';

	/**
	 * Key bytes of a secret, or null if it is not `whsec_` and base64.
	 *
	 * @param string $secret As a person entered it.
	 */
	public static function key( string $secret ): ?string {
		if ( 0 !== strpos( $secret, self::PREFIX ) ) {
			return null;
		}
		$key = base64_decode( substr( $secret, strlen( self::PREFIX ) ), true );
		return false === $key || '' === $key ? null : $key;
	}

	/**
	 * A new secret of 24 random bytes.
	 */
	public static function fresh_secret(): string {
		return self::PREFIX . base64_encode( random_bytes( 24 ) );
	}

	/**
	 * A new id of a message.
	 *
	 * @param string $kind What it is, such as `msg`.
	 */
	public static function fresh_id( string $kind ): string {
		return $kind . '_' . bin2hex( random_bytes( 16 ) );
	}

	/**
	 * Headers of a message.
	 *
	 * @param string $secret  `whsec_...`.
	 * @param string $id      Unique id of the message.
	 * @param int    $stamp   Seconds since 1970.
	 * @param string $content Exactly the bytes that are signed.
	 */
	public static function headers( string $secret, string $id, int $stamp, string $content ): array {
		return array(
			'content-type'      => 'application/json',
			'webhook-id'        => $id,
			'webhook-timestamp' => (string) $stamp,
			'webhook-signature' => self::made( (string) self::key( $secret ), $id, (string) $stamp, $content ),
		);
	}

	/**
	 * What is wrong with a signature: a stable word, or an empty text if nothing is.
	 *
	 * @param string $secret  `whsec_...`.
	 * @param array  $headers With the three headers in lower case; an absent one is an empty text.
	 * @param string $content Exactly the bytes that were signed.
	 * @param int    $now     Seconds since 1970.
	 */
	public static function fault( string $secret, array $headers, string $content, int $now ): string {
		$key = self::key( $secret );
		if ( null === $key ) {
			return 'secret_missing';
		}
		$id    = (string) $headers['webhook-id'];
		$stamp = (string) $headers['webhook-timestamp'];
		if ( '' === $id && '' === $stamp ) {
			return 'signature_missing';
		}
		if ( ! preg_match( '/^[\x21-\x7e]{1,200}$/D', $id ) || ! preg_match( '/^[0-9]{1,11}$/D', $stamp ) ) {
			return 'signature_wrong';
		}
		$made  = self::made( $key, $id, $stamp, $content );
		$right = false;
		foreach ( explode( ' ', (string) $headers['webhook-signature'] ) as $given ) {
			$right = hash_equals( $made, $given ) || $right;
		}
		if ( ! $right ) {
			return 'signature_wrong';
		}
		return abs( $now - (int) $stamp ) > self::TOLERANCE_S ? 'too_old' : '';
	}

	/**
	 * What is signed of a call to this shop: method, route, query and body.
	 *
	 * @param string $method Such as `PUT`.
	 * @param string $route  Such as `/panstore/v1/ping`, whatever the address it was reached by.
	 * @param array  $query  Decoded parameters, all text.
	 * @param string $body   Raw.
	 */
	public static function call( string $method, string $route, array $query, string $body ): string {
		ksort( $query, SORT_STRING );
		$pairs = array();
		foreach ( $query as $name => $value ) {
			$pairs[] = rawurlencode( (string) $name ) . '=' . rawurlencode( is_string( $value ) ? $value : (string) json_encode( $value ) );
		}
		return $method . ' ' . $route . ( $pairs ? '?' . implode( '&', $pairs ) : '' ) . "\n" . $body;
	}

	/**
	 * The signature.
	 *
	 * @param string $key     Bytes.
	 * @param string $id      Of the message.
	 * @param string $stamp   Seconds since 1970.
	 * @param string $content What is signed.
	 */
	private static function made( string $key, string $id, string $stamp, string $content ): string {
		return 'v1,' . base64_encode( hash_hmac( 'sha256', "$id.$stamp.$content", $key, true ) );
	}
}
