<?php
/**
 * Whether whole pages of the shop are kept and given to others.
 *
 * @package PanStore
 */

/**
 * Looks for page caches by what they leave in every request.
 */
final class PanStore_Page_Cache {

	// Constant -> name for people.
	const CONSTANTS = array(
		'WP_ROCKET_VERSION'            => 'WP Rocket',
		'LSCWP_V'                      => 'LiteSpeed Cache',
		'W3TC'                         => 'W3 Total Cache',
		'WPCACHEHOME'                  => 'WP Super Cache',
		'WPFC_MAIN_PATH'               => 'WP Fastest Cache',
		'CACHE_ENABLER_VERSION'        => 'Cache Enabler',
		'BREEZE_VERSION'               => 'Breeze',
		'NITROPACK_VERSION'            => 'NitroPack',
		'WPO_VERSION'                  => 'WP-Optimize',
		'SiteGround_Optimizer\VERSION' => 'SiteGround Optimizer',
		'KINSTAMU_VERSION'             => 'Kinsta',
		'WPHB_VERSION'                 => 'Hummingbird',
		'SWCFPC_PLUGIN_PATH'           => 'Super Page Cache for Cloudflare',
		'WPE_APIKEY'                   => 'WP Engine',
		'ATOMIC_SITE_ID'               => 'WordPress.com',
	);

	// What proxies in front of the shop add to a request.
	const HEADERS = array(
		'HTTP_X_VARNISH' => 'Varnish',
	);

	/**
	 * Name of the first one found, empty if there is none.
	 */
	public static function found(): string {
		foreach ( self::CONSTANTS as $constant => $name ) {
			if ( defined( $constant ) ) {
				return $name;
			}
		}
		foreach ( self::HEADERS as $header => $name ) {
			if ( isset( $_SERVER[ $header ] ) ) {
				return $name;
			}
		}
		return defined( 'WP_CACHE' ) && WP_CACHE ? 'WP_CACHE' : '';
	}

	/**
	 * Whether prices come after the page has loaded.
	 */
	public static function is_late(): bool {
		$late = PanStore_Settings::all()['late'];
		return 'always' === $late || ( 'auto' === $late && '' !== self::found() );
	}
}
