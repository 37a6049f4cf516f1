<?php
/**
 * What the shop's people have set.
 *
 * @package PanStore
 */

/**
 * Reads the settings; each has a value, and what cannot be meant becomes the default.
 */
final class PanStore_Settings {

	const OPTION = 'panstore_settings';
	const SECRET = 'panstore_secret';

	const OFF    = 'off';
	const STORED = 'stored';
	const ASK    = 'ask';

	const DEFAULTS = array(
		'source'     => self::STORED,
		'price_url'  => '',
		'down'       => 'withhold',
		'hook_url'   => '',
		'show_usual' => 'yes',
		'late'       => 'auto',
	);

	const CHOICES = array(
		'source'     => array( self::STORED, self::ASK, self::OFF ),
		'down'       => array( 'withhold', 'usual', 'last_known' ),
		'show_usual' => array( 'yes', 'no' ),
		'late'       => array( 'auto', 'always', 'never' ),
	);

	/**
	 * What was stored when it was last asked for, and the same made sound.
	 *
	 * @var array
	 */
	private static $last = array( null, null );

	/**
	 * All settings, sound.
	 *
	 * @return array<string, string>
	 */
	public static function all(): array {
		$stored = get_option( self::OPTION, array() );
		// Every price of a page asks.
		if ( null === self::$last[1] || self::$last[0] !== $stored ) {
			self::$last = array( $stored, self::sound( $stored ) );
		}
		return self::$last[1];
	}

	/**
	 * A sound value for each setting.
	 *
	 * @param mixed $given As stored, or as a form sent it.
	 * @return array<string, string>
	 */
	public static function sound( $given ): array {
		$given = is_array( $given ) ? $given : array();
		$sound = array();
		foreach ( self::DEFAULTS as $name => $default ) {
			$value          = isset( $given[ $name ] ) && is_string( $given[ $name ] ) ? trim( $given[ $name ] ) : $default;
			$sound[ $name ] = isset( self::CHOICES[ $name ] )
				? ( in_array( $value, self::CHOICES[ $name ], true ) ? $value : $default )
				: esc_url_raw( $value, array( 'http', 'https' ) );
		}
		return $sound;
	}

	/**
	 * Where contract prices come from: `stored`, `ask` or `off`.
	 */
	public static function source(): string {
		return self::all()['source'];
	}

	/**
	 * The secret shared with PanStore, empty if there is none.
	 */
	public static function secret(): string {
		if ( defined( 'PANSTORE_SECRET' ) && is_string( PANSTORE_SECRET ) ) {
			return PANSTORE_SECRET;
		}
		$secret = get_option( self::SECRET, '' );
		return is_string( $secret ) ? $secret : '';
	}

	/**
	 * Makes a secret if there is none yet, and settings: one that is missing costs each page a query.
	 */
	public static function ensure() {
		add_option( self::OPTION, self::DEFAULTS );
		if ( '' === self::secret() ) {
			update_option( self::SECRET, PanStore_Signature::fresh_secret(), false );
		}
	}

	/**
	 * In what the shop sells and whether its prices are gross; what a price must fit.
	 *
	 * @return array{currency: string, includes_tax: bool, places: int, down: string}
	 */
	public static function shop(): array {
		return array(
			'currency'     => (string) get_option( 'woocommerce_currency', '' ),
			// Where no taxes are calculated the buyer pays what is stored, whatever is set.
			'includes_tax' => 'yes' !== get_option( 'woocommerce_calc_taxes', 'no' ) || 'yes' === get_option( 'woocommerce_prices_include_tax', 'no' ),
			'places'       => max( 0, (int) get_option( 'woocommerce_price_num_decimals', 2 ) ),
			'down'         => self::all()['down'],
		);
	}

	/**
	 * The same as this page shows it: a plugin may show prices in another currency, and nothing is converted.
	 *
	 * @return array{currency: string, includes_tax: bool, places: int, down: string}
	 */
	public static function shown(): array {
		$shop = self::shop();
		if ( function_exists( 'get_woocommerce_currency' ) ) {
			$shop['currency'] = (string) get_woocommerce_currency();
		}
		return $shop;
	}
}
