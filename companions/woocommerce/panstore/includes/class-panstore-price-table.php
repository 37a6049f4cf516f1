<?php
/**
 * What PanStore has the shop keep of products under agreements.
 *
 * @package PanStore
 */

/**
 * The table of prices: one row for each agreement and product, only where a price is not the shop's own.
 */
final class PanStore_Price_Table {

	const ROWS = 100;

	/**
	 * Forgets products that are deleted.
	 */
	public function hook() {
		add_action( 'deleted_post', array( $this, 'forget' ), 10, 2 );
	}

	/**
	 * By what an agreement is found.
	 *
	 * @param string $agreement Its name in the ERP.
	 */
	public static function key( string $agreement ): string {
		return hash( 'sha256', $agreement );
	}

	/**
	 * What is kept of products under an agreement, absent where nothing is.
	 *
	 * @param string $key      Of the agreement.
	 * @param int[]  $products Ids.
	 * @return array<int, array>|null Rows with `currency`, `includes_tax` and `tiers`; null if the table cannot be read.
	 */
	public static function find( string $key, array $products ): ?array {
		global $wpdb;
		$table = PanStore_Schema::table( 'prices' );
		$found = array();
		foreach ( array_chunk( $products, self::ROWS * 10 ) as $some ) {
			$places = implode( ',', array_fill( 0, count( $some ), '%d' ) );
			// phpcs:ignore WordPress.DB
			$rows = $wpdb->get_results( $wpdb->prepare( "SELECT product, currency, includes_tax, tiers FROM $table WHERE agreement_key = %s AND product IN ($places) ORDER BY product", array_merge( array( $key ), $some ) ) );
			if ( '' !== $wpdb->last_error ) {
				return null;
			}
			foreach ( $rows as $row ) {
				$found[ (int) $row->product ] = array(
					'currency'     => $row->currency,
					'includes_tax' => (bool) (int) $row->includes_tax,
					'tiers'        => json_decode( $row->tiers, true ),
				);
			}
		}
		return $found;
	}

	/**
	 * Replaces what is kept of products, all of it or nothing; what stands there already is not written.
	 *
	 * @param string $agreement Its name in the ERP.
	 * @param array  $wanted    Rows by product; one without tiers is forgotten.
	 * @throws PanStore_Refusal If the database does not take it; nothing was changed.
	 */
	public static function replace( string $agreement, array $wanted ) {
		$key  = self::key( $agreement );
		$kept = self::find( $key, array_keys( $wanted ) );
		if ( null === $kept ) {
			throw self::failed();
		}
		// In one order, so that two calls cannot wait for each other.
		ksort( $wanted );
		$changed = array();
		$gone    = array();
		foreach ( $wanted as $product => $row ) {
			if ( ! $row['tiers'] ) {
				if ( isset( $kept[ $product ] ) ) {
					$gone[] = $product;
				}
			} elseif ( ! isset( $kept[ $product ] ) || $kept[ $product ] !== $row ) {
				$changed[ $product ] = $row;
			}
		}
		if ( $changed || $gone ) {
			self::in_transaction(
				static function () use ( $key, $agreement, $changed, $gone ) {
					return self::insert( $key, $agreement, $changed ) && self::delete( $key, $gone );
				}
			);
		}
	}

	/**
	 * Forgets all prices of an agreement.
	 *
	 * @param string $agreement Its name in the ERP.
	 * @return int How many products had some.
	 * @throws PanStore_Refusal If the database does not take it.
	 */
	public static function drop( string $agreement ): int {
		global $wpdb;
		$gone = $wpdb->delete( PanStore_Schema::table( 'prices' ), array( 'agreement_key' => self::key( $agreement ) ) ); // phpcs:ignore WordPress.DB
		if ( false === $gone ) {
			throw self::failed();
		}
		return (int) $gone;
	}

	/**
	 * Agreements of which prices or buyers are kept.
	 *
	 * @return string[]
	 * @throws PanStore_Refusal If the tables cannot be read.
	 */
	public static function agreements(): array {
		global $wpdb;
		$prices = PanStore_Schema::table( 'prices' );
		$buyers = PanStore_Schema::table( 'buyers' );
		// By key, because a collation would take two names for one.
		// phpcs:ignore WordPress.DB
		$names = $wpdb->get_col( "SELECT MAX(agreement) FROM (SELECT agreement_key, agreement FROM $prices UNION ALL SELECT agreement_key, agreement FROM $buyers) AS kept GROUP BY agreement_key" );
		if ( '' !== $wpdb->last_error ) {
			throw self::failed();
		}
		sort( $names, SORT_STRING );
		return $names;
	}

	/**
	 * Forgets a product that was deleted.
	 *
	 * @param int     $id   Of the post.
	 * @param WP_Post $post What it was.
	 */
	public function forget( $id, $post ) {
		global $wpdb;
		if ( in_array( $post->post_type, array( 'product', 'product_variation' ), true ) ) {
			$wpdb->delete( PanStore_Schema::table( 'prices' ), array( 'product' => (int) $id ) ); // phpcs:ignore WordPress.DB
		}
	}

	/**
	 * All of it or nothing.
	 *
	 * @param callable $work Says whether it was done.
	 * @throws PanStore_Refusal If it was not; nothing was changed.
	 */
	public static function in_transaction( callable $work ) {
		global $wpdb;
		// phpcs:disable WordPress.DB.DirectDatabaseQuery
		if ( false !== $wpdb->query( 'START TRANSACTION' ) ) {
			if ( $work() && false !== $wpdb->query( 'COMMIT' ) ) {
				return;
			}
			$wpdb->query( 'ROLLBACK' );
		}
		// phpcs:enable
		throw self::failed();
	}

	/**
	 * The database did not do it.
	 */
	public static function failed(): PanStore_Refusal {
		$message = 'The shop\'s database did not take it, and nothing was changed. Deactivate and activate the plugin PanStore to make its tables anew, or see the log of the database.';
		return new PanStore_Refusal( 'database', $message, '', 503 );
	}

	/**
	 * Writes rows.
	 *
	 * @param string $key       Of the agreement.
	 * @param string $agreement Its name.
	 * @param array  $rows      By product.
	 */
	private static function insert( string $key, string $agreement, array $rows ): bool {
		global $wpdb;
		$table = PanStore_Schema::table( 'prices' );
		foreach ( array_chunk( $rows, self::ROWS, true ) as $some ) {
			$values = array();
			foreach ( $some as $product => $row ) {
				array_push( $values, $key, $product, $agreement, $row['currency'], (int) $row['includes_tax'], (string) wp_json_encode( $row['tiers'] ) );
			}
			$places = implode( ',', array_fill( 0, count( $some ), '(%s,%d,%s,%s,%d,%s)' ) );
			// phpcs:ignore WordPress.DB
			if ( false === $wpdb->query( $wpdb->prepare( "INSERT INTO $table (agreement_key, product, agreement, currency, includes_tax, tiers) VALUES $places ON DUPLICATE KEY UPDATE currency = VALUES(currency), includes_tax = VALUES(includes_tax), tiers = VALUES(tiers)", $values ) ) ) {
				return false;
			}
		}
		return true;
	}

	/**
	 * Forgets rows.
	 *
	 * @param string $key      Of the agreement.
	 * @param int[]  $products Ids.
	 */
	private static function delete( string $key, array $products ): bool {
		global $wpdb;
		if ( ! $products ) {
			return true;
		}
		$table  = PanStore_Schema::table( 'prices' );
		$places = implode( ',', array_fill( 0, count( $products ), '%d' ) );
		// phpcs:ignore WordPress.DB
		return false !== $wpdb->query( $wpdb->prepare( "DELETE FROM $table WHERE agreement_key = %s AND product IN ($places)", array_merge( array( $key ), $products ) ) );
	}
}
