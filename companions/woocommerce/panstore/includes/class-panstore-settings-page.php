<?php
/**
 * The page of the back office, under WooCommerce.
 *
 * @package PanStore
 */

/**
 * Settings, the secret, and what stands in the way of a live connection.
 */
final class PanStore_Settings_Page {

	const PAGE       = 'panstore';
	const CAPABILITY = 'manage_woocommerce';
	const NEW_SECRET = 'panstore_new_secret';
	// Overdue by more than this, scheduled work sleeps.
	const SLEEPS_S = 900;

	/**
	 * Hooks in.
	 */
	public function hook() {
		add_action( 'admin_menu', array( $this, 'add_page' ), 99 );
		add_action( 'admin_init', array( $this, 'register' ) );
		add_filter( 'option_page_capability_' . self::PAGE, array( $this, 'capability' ) );
		add_action( 'admin_post_' . self::NEW_SECRET, array( $this, 'make_secret' ) );
	}

	/**
	 * Who may change settings.
	 */
	public function capability(): string {
		return self::CAPABILITY;
	}

	/**
	 * Under WooCommerce.
	 */
	public function add_page() {
		add_submenu_page( 'woocommerce', 'PanStore', 'PanStore', self::CAPABILITY, self::PAGE, array( $this, 'show' ) );
	}

	/**
	 * One option, cleaned before it is kept.
	 */
	public function register() {
		register_setting(
			self::PAGE,
			PanStore_Settings::OPTION,
			array(
				'type'              => 'array',
				'sanitize_callback' => array( 'PanStore_Settings', 'sound' ),
				'default'           => array(),
			)
		);
	}

	/**
	 * A new secret in place of the old one.
	 */
	public function make_secret() {
		if ( ! current_user_can( self::CAPABILITY ) ) {
			wp_die( esc_html__( 'You may not do this.', 'panstore' ), '', array( 'response' => 403 ) );
		}
		check_admin_referer( self::NEW_SECRET );
		update_option( PanStore_Settings::SECRET, PanStore_Signature::fresh_secret(), false );
		wp_safe_redirect( admin_url( 'admin.php?page=' . self::PAGE ) );
		exit;
	}

	/**
	 * The page.
	 */
	public function show() {
		if ( ! current_user_can( self::CAPABILITY ) ) {
			return;
		}
		echo '<div class="wrap"><h1>PanStore</h1>';
		foreach ( self::problems() as $problem ) {
			echo '<div class="notice notice-warning inline"><p>' . esc_html( $problem ) . '</p></div>';
		}
		echo '<form method="post" action="' . esc_url( admin_url( 'options.php' ) ) . '">';
		settings_fields( self::PAGE );
		echo '<table class="form-table" role="presentation">';
		$all = PanStore_Settings::all();
		$this->choice( 'source', __( 'Contract prices', 'panstore' ), self::sources(), $all );
		$this->address( 'price_url', __( 'Address of PanStore\'s prices', 'panstore' ), 'https://panstore.example.com/prices/shop', $all );
		$this->choice( 'down', __( 'When a price is not known', 'panstore' ), self::downs(), $all );
		$this->choice( 'show_usual', __( 'Show the usual price beside an agreed one', 'panstore' ), self::yes_no(), $all );
		$this->choice( 'late', __( 'Put own prices into pages after they have loaded', 'panstore' ), self::lates(), $all );
		$this->address( 'hook_url', __( 'Address for notices of changes', 'panstore' ), 'https://panstore.example.com/hooks/shop', $all );
		echo '</table>';
		submit_button();
		echo '</form>';
		$this->show_secret();
		echo '</div>';
	}

	/**
	 * What keeps PanStore from working at once, in words.
	 *
	 * @return string[]
	 */
	public static function problems(): array {
		$problems = array();
		$all      = PanStore_Settings::all();
		$cron     = PanStore_Ping::cron();
		$cache    = PanStore_Page_Cache::found();
		if ( null === PanStore_Signature::key( PanStore_Settings::secret() ) ) {
			$problems[] = __( 'There is no usable secret, so nothing can be signed or believed. Make a new one below.', 'panstore' );
		}
		if ( PanStore_Settings::ASK === $all['source'] && '' === $all['price_url'] ) {
			$problems[] = __( 'PanStore shall be asked for prices, but its address is empty: nobody has an own price.', 'panstore' );
		}
		if ( max( (int) $cron['event_overdue_s'], (int) $cron['action_overdue_s'] ) > self::SLEEPS_S ) {
			$problems[] = __( 'Scheduled work of this shop is late, webhooks of WooCommerce among it. Have the server call wp-cron.php every minute.', 'panstore' );
		}
		if ( '' !== $cache && 'never' === $all['late'] ) {
			/* translators: %s: name of a page cache. */
			$problems[] = sprintf( __( 'A page cache is at work (%s), and own prices are written into pages. See to it that it keeps no page of somebody who is logged in.', 'panstore' ), $cache );
		}
		return $problems;
	}

	/**
	 * Where prices come from.
	 *
	 * @return array<string, string>
	 */
	private static function sources(): array {
		return array(
			PanStore_Settings::STORED => __( 'kept in the shop; PanStore writes them', 'panstore' ),
			PanStore_Settings::ASK    => __( 'asked of PanStore, once a page', 'panstore' ),
			PanStore_Settings::OFF    => __( 'none', 'panstore' ),
		);
	}

	/**
	 * What is shown where nobody knows.
	 *
	 * @return array<string, string>
	 */
	private static function downs(): array {
		return array(
			'withhold'   => __( 'show no price and do not sell', 'panstore' ),
			'usual'      => __( 'show the usual price', 'panstore' ),
			'last_known' => __( 'show what was last known, at most a day old; else no price', 'panstore' ),
		);
	}

	/**
	 * Yes or no.
	 *
	 * @return array<string, string>
	 */
	private static function yes_no(): array {
		return array(
			'yes' => __( 'yes', 'panstore' ),
			'no'  => __( 'no', 'panstore' ),
		);
	}

	/**
	 * When prices come late.
	 *
	 * @return array<string, string>
	 */
	private static function lates(): array {
		return array(
			'auto'   => __( 'where a page cache is found', 'panstore' ),
			'always' => __( 'always', 'panstore' ),
			'never'  => __( 'never', 'panstore' ),
		);
	}

	/**
	 * A row with a list to choose from.
	 *
	 * @param string   $name    Of the setting.
	 * @param string   $label   For people.
	 * @param string[] $choices Value -> for people.
	 * @param string[] $all     Settings.
	 */
	private function choice( string $name, string $label, array $choices, array $all ) {
		$this->begin( $name, $label );
		echo '<select name="' . esc_attr( $this->field( $name ) ) . '" id="panstore-' . esc_attr( $name ) . '">';
		foreach ( $choices as $value => $text ) {
			echo '<option value="' . esc_attr( $value ) . '" ' . selected( $all[ $name ], $value, false ) . '>' . esc_html( $text ) . '</option>';
		}
		echo '</select></td></tr>';
	}

	/**
	 * A row with an address.
	 *
	 * @param string   $name    Of the setting.
	 * @param string   $label   For people.
	 * @param string   $example Shown while it is empty.
	 * @param string[] $all     Settings.
	 */
	private function address( string $name, string $label, string $example, array $all ) {
		$this->begin( $name, $label );
		echo '<input type="url" class="regular-text code" name="' . esc_attr( $this->field( $name ) ) . '" id="panstore-' . esc_attr( $name ) . '" value="' . esc_attr( $all[ $name ] ) . '" placeholder="' . esc_attr( $example ) . '"></td></tr>';
	}

	/**
	 * The left half of a row.
	 *
	 * @param string $name  Of the setting.
	 * @param string $label For people.
	 */
	private function begin( string $name, string $label ) {
		echo '<tr><th scope="row"><label for="panstore-' . esc_attr( $name ) . '">' . esc_html( $label ) . '</label></th><td>';
	}

	/**
	 * Name of a field of the form.
	 *
	 * @param string $name Of the setting.
	 */
	private function field( string $name ): string {
		return PanStore_Settings::OPTION . '[' . $name . ']';
	}

	/**
	 * The secret, to be copied, and a button for another one.
	 */
	private function show_secret() {
		echo '<h2>' . esc_html__( 'Secret', 'panstore' ) . '</h2>';
		if ( defined( 'PANSTORE_SECRET' ) ) {
			echo '<p>' . esc_html__( 'It stands in wp-config.php as PANSTORE_SECRET.', 'panstore' ) . '</p>';
			return;
		}
		echo '<p>' . esc_html__( 'Enter it in PanStore as "companion_secret". Whoever has it can write prices here.', 'panstore' ) . '</p>';
		echo '<p><input type="text" readonly class="regular-text code" value="' . esc_attr( PanStore_Settings::secret() ) . '"></p>';
		echo '<form method="post" action="' . esc_url( admin_url( 'admin-post.php' ) ) . '">';
		echo '<input type="hidden" name="action" value="' . esc_attr( self::NEW_SECRET ) . '">';
		wp_nonce_field( self::NEW_SECRET );
		submit_button( __( 'Make a new secret', 'panstore' ), 'secondary' );
		echo '</form>';
	}
}
