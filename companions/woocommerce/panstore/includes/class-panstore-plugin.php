<?php
/**
 * The one place that knows all parts.
 *
 * @package PanStore
 */

defined( 'ABSPATH' ) || exit;

/**
 * Loads the parts, makes them known to each other and hooks them into WordPress.
 */
final class PanStore_Plugin {

	const FILES = array(
		'decimal',
		'refusal',
		'fields',
		'offer',
		'quote',
		'offers',
		'signature',
		'settings',
		'schema',
		'messages',
		'price-table',
		'buyer-table',
		'stored-source',
		'answer',
		'memory',
		'asked-source',
		'page-cache',
		'request',
		'contract',
		'goods',
		'storefront',
		'price-html',
		'cart',
		'checkout',
		'late-prices',
		'kick',
		'ping',
		'rest-prices',
		'rest-buyers',
		'documents',
		'images',
		'rest-images',
		'rest',
		'settings-page',
	);

	const CLEAN = 'panstore_clean';

	/**
	 * The plugin, once a request.
	 *
	 * @var PanStore_Plugin|null
	 */
	private static $instance = null;

	/**
	 * What the logged-in buyer pays.
	 *
	 * @var PanStore_Contract
	 */
	public $contract;

	/**
	 * Notices to PanStore.
	 *
	 * @var PanStore_Kick
	 */
	public $kick;

	/**
	 * Loads every class; none of them does anything by being loaded.
	 */
	public static function load() {
		foreach ( self::FILES as $file ) {
			require_once __DIR__ . "/class-panstore-$file.php";
		}
	}

	/**
	 * The plugin of this request.
	 */
	public static function instance(): PanStore_Plugin {
		if ( null === self::$instance ) {
			self::$instance = new self();
		}
		return self::$instance;
	}

	/**
	 * Puts the parts together.
	 */
	private function __construct() {
		$this->contract = new PanStore_Contract();
		$this->kick     = new PanStore_Kick();
	}

	/**
	 * Hooks everything in.
	 */
	public function hook() {
		add_action( 'init', array( $this, 'translate' ) );
		add_action( 'plugins_loaded', array( 'PanStore_Schema', 'upgrade' ) );
		add_action( 'before_woocommerce_init', array( $this, 'declare_features' ) );
		add_action( self::CLEAN, array( 'PanStore_Messages', 'clean' ) );
		add_action( 'rest_api_init', array( new PanStore_Rest(), 'register' ) );
		( new PanStore_Buyer_Table() )->hook();
		( new PanStore_Price_Table() )->hook();
		$this->kick->hook();
		( new PanStore_Settings_Page() )->hook();
		( new PanStore_Documents() )->hook();
		if ( PanStore_Settings::OFF === PanStore_Settings::source() ) {
			return;
		}
		( new PanStore_Storefront( $this->contract ) )->hook();
		( new PanStore_Price_Html( $this->contract ) )->hook();
		$cart = new PanStore_Cart( $this->contract );
		$cart->hook();
		( new PanStore_Checkout( $this->contract, $cart ) )->hook();
		( new PanStore_Late_Prices( $this->contract ) )->hook();
	}

	/**
	 * Slovene, where the site speaks it.
	 */
	public function translate() {
		load_plugin_textdomain( 'panstore', false, dirname( plugin_basename( PANSTORE_FILE ) ) . '/languages' );
	}

	/**
	 * Orders are only touched through WooCommerce's own objects, and the block cart is looked after.
	 */
	public function declare_features() {
		$features = 'Automattic\WooCommerce\Utilities\FeaturesUtil';
		if ( class_exists( $features ) ) {
			$features::declare_compatibility( 'custom_order_tables', PANSTORE_FILE, true );
			$features::declare_compatibility( 'cart_checkout_blocks', PANSTORE_FILE, true );
		}
	}

	/**
	 * Makes tables, a secret and the daily cleaning.
	 */
	public static function activate() {
		PanStore_Schema::upgrade();
		PanStore_Settings::ensure();
		if ( ! wp_next_scheduled( self::CLEAN ) ) {
			wp_schedule_event( time() + HOUR_IN_SECONDS, 'daily', self::CLEAN );
		}
	}

	/**
	 * Stops the daily cleaning; what is kept stays until the plugin is deleted.
	 */
	public static function deactivate() {
		wp_clear_scheduled_hook( self::CLEAN );
	}
}
