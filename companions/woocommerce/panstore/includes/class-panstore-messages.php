<?php
/**
 * Which signed calls have been taken already.
 *
 * @package PanStore
 */

/**
 * A table of ids; two processes cannot both take the same one.
 */
final class PanStore_Messages {

	/**
	 * Takes a message, once.
	 *
	 * @param string $id  Its id.
	 * @param int    $now Seconds since 1970.
	 * @return bool|null Whether it is the first time; null if that cannot be said.
	 */
	public static function take( string $id, int $now ): ?bool {
		global $wpdb;
		$table   = PanStore_Schema::table( 'messages' );
		$expires = $now + 2 * PanStore_Signature::TOLERANCE_S;
		// phpcs:ignore WordPress.DB
		$added = $wpdb->query( $wpdb->prepare( "INSERT IGNORE INTO $table (message_key, expires) VALUES (%s, %d)", hash( 'sha256', $id ), $expires ) );
		return false === $added ? null : 1 === (int) $added;
	}

	/**
	 * Forgets those that are too old to be sent again.
	 */
	public static function clean() {
		global $wpdb;
		$table = PanStore_Schema::table( 'messages' );
		// phpcs:ignore WordPress.DB
		$wpdb->query( $wpdb->prepare( "DELETE FROM $table WHERE expires < %d", time() ) );
	}
}
