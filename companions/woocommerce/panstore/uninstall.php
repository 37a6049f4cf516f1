<?php
/**
 * Takes away everything the plugin has made: tables, settings, what it remembers, its schedule.
 *
 * @package PanStore
 */

defined( 'WP_UNINSTALL_PLUGIN' ) || exit;

require_once __DIR__ . '/includes/class-panstore-schema.php';

PanStore_Schema::remove_everything();
