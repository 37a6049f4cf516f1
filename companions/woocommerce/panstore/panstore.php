<?php
/**
 * Plugin Name:       PanStore
 * Description:       Contract prices for logged-in buyers of a WooCommerce shop, kept by PanStore or asked of it, and notices to PanStore at the moment something changes.
 * Version:           0.1.0
 * Requires at least: 6.0
 * Requires PHP:      7.4
 * Requires Plugins:  woocommerce
 * Author:            PanStore
 * License:           GPL-2.0-or-later
 * License URI:       https://www.gnu.org/licenses/gpl-2.0.html
 * Text Domain:       panstore
 * Domain Path:       /languages
 *
 * @package PanStore
 */

defined( 'ABSPATH' ) || exit;

define( 'PANSTORE_VERSION', '0.1.0' );
define( 'PANSTORE_FILE', __FILE__ );

require_once __DIR__ . '/includes/class-panstore-plugin.php';

PanStore_Plugin::load();

register_activation_hook( __FILE__, array( 'PanStore_Plugin', 'activate' ) );
register_deactivation_hook( __FILE__, array( 'PanStore_Plugin', 'deactivate' ) );

PanStore_Plugin::instance()->hook();
