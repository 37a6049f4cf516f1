<?php
/**
 * Who is there, in which version, with which settings that matter to PanStore.
 *
 * @package PanStore
 */

/**
 * Facts about the shop; also the cheapest way to test the secret.
 */
final class PanStore_Ping {

	/**
	 * All of them.
	 */
	public static function facts(): array {
		$shop = PanStore_Settings::shop();
		$all  = PanStore_Settings::all();
		return array(
			'shop'               => html_entity_decode( (string) get_bloginfo( 'name' ), ENT_QUOTES, 'UTF-8' ),
			'companion'          => PANSTORE_VERSION,
			'wordpress'          => (string) get_bloginfo( 'version' ),
			'woocommerce'        => defined( 'WC_VERSION' ) ? (string) WC_VERSION : null,
			'php'                => PHP_VERSION,
			'currency'           => $shop['currency'],
			'prices_include_tax' => $shop['includes_tax'],
			'price_digits'       => $shop['places'],
			'contract_source'    => $all['source'],
			'price_url'          => $all['price_url'],
			'hook_url'           => $all['hook_url'],
			'pictures'           => defined( 'WC_VERSION' ),
			'document_links'     => defined( 'WC_VERSION' ),
			'page_cache'         => PanStore_Page_Cache::found(),
			'late_prices'        => PanStore_Page_Cache::is_late(),
			'cron'               => self::cron(),
			'time'               => gmdate( 'Y-m-d\TH:i:s\Z' ),
		);
	}

	/**
	 * Whether scheduled work is being done, webhooks among it.
	 *
	 * @return array With `wp_cron_disabled`, and how many seconds the oldest event of WordPress and
	 *               the oldest action of WooCommerce are overdue; null: none is, or there is no such list.
	 */
	public static function cron(): array {
		$due = null;
		foreach ( array_keys( (array) _get_cron_array() ) as $stamp ) {
			$late = time() - (int) $stamp;
			if ( $late > 0 && ( null === $due || $late > $due ) ) {
				$due = $late;
			}
		}
		return array(
			'wp_cron_disabled' => defined( 'DISABLE_WP_CRON' ) && DISABLE_WP_CRON,
			'event_overdue_s'  => $due,
			'action_overdue_s' => self::action_overdue(),
		);
	}

	/**
	 * How many seconds the oldest waiting action is overdue; WooCommerce sends its webhooks as such.
	 */
	private static function action_overdue(): ?int {
		global $wpdb;
		$table = $wpdb->prefix . 'actionscheduler_actions';
		// phpcs:disable WordPress.DB
		if ( $table !== $wpdb->get_var( $wpdb->prepare( 'SHOW TABLES LIKE %s', $wpdb->esc_like( $table ) ) ) ) {
			return null;
		}
		$oldest = $wpdb->get_var( $wpdb->prepare( "SELECT MIN(scheduled_date_gmt) FROM $table WHERE status = 'pending' AND scheduled_date_gmt > '0000-00-00 00:00:00' AND scheduled_date_gmt <= %s", gmdate( 'Y-m-d H:i:s' ) ) );
		// phpcs:enable
		$stamp = null === $oldest ? false : strtotime( $oldest . ' UTC' );
		return false === $stamp ? null : max( 0, time() - $stamp );
	}
}
