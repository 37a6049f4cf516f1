<?php
/**
 * Tables of the plugin and how they come and go; none of WooCommerce's is altered.
 *
 * @package PanStore
 */

/**
 * Names, versions and upgrades of the tables. Stands alone, because uninstalling loads nothing else.
 */
final class PanStore_Schema {

	const VERSION = 1;
	const OPTION  = 'panstore_schema';
	const FLAG    = 'panstore_contract';
	const MEMORY  = 'panstore_known_';
	const REST    = 'panstore_rest_';

	/**
	 * Name of a table.
	 *
	 * @param string $name One of `prices`, `buyers`, `messages`.
	 */
	public static function table( string $name ): string {
		global $wpdb;
		return $wpdb->prefix . 'panstore_' . $name;
	}

	/**
	 * Brings the tables to the version of this code; does nothing where they are there already.
	 */
	public static function upgrade() {
		if ( (int) get_option( self::OPTION, 0 ) === self::VERSION ) {
			return;
		}
		require_once ABSPATH . 'wp-admin/includes/upgrade.php';
		foreach ( self::statements() as $statement ) {
			dbDelta( $statement );
		}
		update_option( self::OPTION, self::VERSION );
	}

	/**
	 * The tables as `dbDelta` wants them.
	 *
	 * Agreements are found by the hash of their name: a collation takes `List č` and `list c` for
	 * one, and one agreement would be shown the prices of another.
	 *
	 * @return string[]
	 */
	private static function statements(): array {
		global $wpdb;
		$end      = 'ENGINE=InnoDB ' . $wpdb->get_charset_collate();
		$prices   = self::table( 'prices' );
		$buyers   = self::table( 'buyers' );
		$messages = self::table( 'messages' );
		return array(
			"CREATE TABLE $prices (
				agreement_key char(64) NOT NULL,
				product bigint(20) unsigned NOT NULL,
				agreement varchar(200) NOT NULL,
				currency char(3) NOT NULL,
				includes_tax tinyint(1) NOT NULL,
				tiers longtext NOT NULL,
				PRIMARY KEY  (agreement_key,product),
				KEY product (product)
			) $end;",
			"CREATE TABLE $buyers (
				account bigint(20) unsigned NOT NULL,
				agreement_key char(64) NOT NULL,
				agreement varchar(200) NOT NULL,
				title varchar(255) NOT NULL,
				PRIMARY KEY  (account),
				KEY agreement_key (agreement_key)
			) $end;",
			"CREATE TABLE $messages (
				message_key char(64) NOT NULL,
				expires bigint(20) unsigned NOT NULL,
				PRIMARY KEY  (message_key),
				KEY expires (expires)
			) $end;",
		);
	}

	/**
	 * Takes away all that the plugin has made in this site, or in every site of a network.
	 */
	public static function remove_everything() {
		if ( ! is_multisite() ) {
			self::remove_here();
			return;
		}
		foreach ( get_sites(
			array(
				'fields' => 'ids',
				'number' => 0,
			)
		) as $site ) {
			switch_to_blog( $site );
			self::remove_here();
			restore_current_blog();
		}
	}

	/**
	 * The same in this site.
	 */
	private static function remove_here() {
		global $wpdb;
		// phpcs:disable WordPress.DB.DirectDatabaseQuery, WordPress.DB.PreparedSQL.InterpolatedNotPrepared
		foreach ( array( 'prices', 'buyers', 'messages' ) as $name ) {
			$wpdb->query( 'DROP TABLE IF EXISTS ' . self::table( $name ) );
		}
		foreach ( array( self::OPTION, 'panstore_settings', 'panstore_secret' ) as $option ) {
			delete_option( $option );
		}
		foreach ( array( self::MEMORY, self::REST ) as $start ) {
			$like = $wpdb->esc_like( $start ) . '%';
			foreach ( array( '_transient_', '_transient_timeout_' ) as $kind ) {
				$name = $wpdb->esc_like( $kind ) . $like;
				$wpdb->query( $wpdb->prepare( "DELETE FROM $wpdb->options WHERE option_name LIKE %s", $name ) );
			}
		}
		delete_metadata( 'user', 0, $wpdb->get_blog_prefix() . self::FLAG, '', true );
		delete_metadata( 'post', 0, '_panstore_digest', '', true );
		wp_clear_scheduled_hook( 'panstore_clean' );
		wp_cache_flush();
		// phpcs:enable
	}
}
