<?php
/**
 * Which products there are, and which of them can be bought.
 *
 * @package PanStore
 */

/**
 * Reads posts directly: a batch of 500 products is two queries, not 500 objects.
 */
final class PanStore_Goods {

	/**
	 * Whether each of the products that exist only holds variations.
	 *
	 * @param int[] $ids Of products or variations.
	 * @return array<int, bool>
	 */
	public static function parents( array $ids ): array {
		global $wpdb;
		if ( ! $ids ) {
			return array();
		}
		$places = implode( ',', array_fill( 0, count( $ids ), '%d' ) );
		// phpcs:disable WordPress.DB
		$found = $wpdb->get_col( $wpdb->prepare( "SELECT ID FROM $wpdb->posts WHERE ID IN ($places) AND post_type IN ('product', 'product_variation') AND post_status <> 'trash'", $ids ) );
		$above = $wpdb->get_col( $wpdb->prepare( "SELECT DISTINCT post_parent FROM $wpdb->posts WHERE post_parent IN ($places) AND post_type = 'product_variation'", $ids ) );
		// phpcs:enable
		$parents = array();
		foreach ( $found as $id ) {
			$parents[ (int) $id ] = in_array( $id, $above, true );
		}
		return $parents;
	}

	/**
	 * Which of the accounts exist.
	 *
	 * @param int[] $ids Of users.
	 * @return array<int, true>
	 */
	public static function accounts( array $ids ): array {
		global $wpdb;
		if ( ! $ids ) {
			return array();
		}
		$places = implode( ',', array_fill( 0, count( $ids ), '%d' ) );
		// phpcs:ignore WordPress.DB
		$found = $wpdb->get_col( $wpdb->prepare( "SELECT ID FROM $wpdb->users WHERE ID IN ($places)", $ids ) );
		return array_fill_keys( array_map( 'intval', $found ), true );
	}
}
