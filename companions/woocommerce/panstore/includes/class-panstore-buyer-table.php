<?php
/**
 * Under which agreement accounts buy.
 *
 * @package PanStore
 */

/**
 * The table of buyers, with a flag at the account itself: WordPress reads what stands at an account
 * in any case, so whoever has no agreement costs no query.
 */
final class PanStore_Buyer_Table {

	/**
	 * Forgets accounts that are deleted.
	 */
	public function hook() {
		add_action( 'deleted_user', array( $this, 'forget' ) );
	}

	/**
	 * Whether there may be something to find of an account.
	 *
	 * @param int $account Id.
	 */
	public static function is_flagged( int $account ): bool {
		return '1' === get_user_option( PanStore_Schema::FLAG, $account );
	}

	/**
	 * Under which agreements accounts buy, absent without one.
	 *
	 * @param int[] $accounts Ids.
	 * @return array<int, array>|null With `agreement` and `title`; null if the table cannot be read.
	 */
	public static function find( array $accounts ): ?array {
		global $wpdb;
		if ( ! $accounts ) {
			return array();
		}
		$table  = PanStore_Schema::table( 'buyers' );
		$places = implode( ',', array_fill( 0, count( $accounts ), '%d' ) );
		// phpcs:ignore WordPress.DB
		$rows = $wpdb->get_results( $wpdb->prepare( "SELECT account, agreement, title FROM $table WHERE account IN ($places) ORDER BY account", $accounts ) );
		if ( '' !== $wpdb->last_error ) {
			return null;
		}
		$found = array();
		foreach ( $rows as $row ) {
			$found[ (int) $row->account ] = array(
				'agreement' => $row->agreement,
				'title'     => $row->title,
			);
		}
		return $found;
	}

	/**
	 * Says of accounts under which agreement they buy, all of it or nothing.
	 *
	 * @param array $wanted By account, with `agreement` (null: at the shop's own prices) and `title`.
	 * @throws PanStore_Refusal If the database does not take it; nothing was changed.
	 */
	public static function replace( array $wanted ) {
		$kept = self::find( array_keys( $wanted ) );
		if ( null === $kept ) {
			throw PanStore_Price_Table::failed();
		}
		ksort( $wanted );
		$changed = array();
		$gone    = array();
		foreach ( $wanted as $account => $row ) {
			if ( null === $row['agreement'] ) {
				if ( isset( $kept[ $account ] ) ) {
					$gone[] = $account;
				}
			} elseif ( ! isset( $kept[ $account ] ) || $kept[ $account ] !== $row ) {
				$changed[ $account ] = $row;
			}
		}
		if ( $changed || $gone ) {
			PanStore_Price_Table::in_transaction(
				static function () use ( $changed, $gone ) {
					return self::insert( $changed ) && self::delete( $gone );
				}
			);
		}
		self::flag( $wanted );
	}

	/**
	 * Forgets an account that was deleted.
	 *
	 * @param int $account Id.
	 */
	public function forget( $account ) {
		self::delete( array( (int) $account ) );
	}

	/**
	 * Flags the accounts; whatever stood there before, since a repeated call must mend it.
	 *
	 * @param array $wanted By account.
	 */
	private static function flag( array $wanted ) {
		foreach ( $wanted as $account => $row ) {
			if ( null === $row['agreement'] ) {
				delete_user_option( $account, PanStore_Schema::FLAG );
			} else {
				update_user_option( $account, PanStore_Schema::FLAG, '1' );
			}
		}
	}

	/**
	 * Writes rows.
	 *
	 * @param array $rows By account.
	 */
	private static function insert( array $rows ): bool {
		global $wpdb;
		if ( ! $rows ) {
			return true;
		}
		$table  = PanStore_Schema::table( 'buyers' );
		$values = array();
		foreach ( $rows as $account => $row ) {
			array_push( $values, $account, PanStore_Price_Table::key( $row['agreement'] ), $row['agreement'], $row['title'] );
		}
		$places = implode( ',', array_fill( 0, count( $rows ), '(%d,%s,%s,%s)' ) );
		// phpcs:ignore WordPress.DB
		return false !== $wpdb->query( $wpdb->prepare( "INSERT INTO $table (account, agreement_key, agreement, title) VALUES $places ON DUPLICATE KEY UPDATE agreement_key = VALUES(agreement_key), agreement = VALUES(agreement), title = VALUES(title)", $values ) );
	}

	/**
	 * Forgets rows.
	 *
	 * @param int[] $accounts Ids.
	 */
	private static function delete( array $accounts ): bool {
		global $wpdb;
		if ( ! $accounts ) {
			return true;
		}
		$table  = PanStore_Schema::table( 'buyers' );
		$places = implode( ',', array_fill( 0, count( $accounts ), '%d' ) );
		// phpcs:ignore WordPress.DB
		return false !== $wpdb->query( $wpdb->prepare( "DELETE FROM $table WHERE account IN ($places)", $accounts ) );
	}
}
