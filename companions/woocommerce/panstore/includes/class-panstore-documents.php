<?php
/**
 * The buyer's documents in his order.
 *
 * @package PanStore
 */

/**
 * Links to invoices, credit notes and delivery notes, as PanStore told them to the order.
 */
final class PanStore_Documents {

	const META = '_panstore_documents';

	/**
	 * Hooks in.
	 */
	public function hook() {
		add_action( 'woocommerce_order_details_after_order_table', array( $this, 'show' ) );
	}

	/**
	 * The documents of one order, under its table.
	 *
	 * @param WC_Order $order Whose page is shown to who may see it.
	 */
	public function show( $order ) {
		$documents = self::listed( $order->get_meta( self::META ) );
		if ( array() === $documents ) {
			return;
		}
		echo '<section class="panstore-documents"><h2>' . esc_html__( 'Documents', 'panstore' ) . '</h2><ul>';
		foreach ( $documents as $document ) {
			printf(
				'<li><a href="%1$s" rel="nofollow noopener" target="_blank">%2$s</a></li>',
				esc_url( $document['url'] ),
				esc_html( self::title( $document ) )
			);
		}
		echo '</ul></section>';
	}

	/**
	 * What is kept, as far as it can be shown; the one told last of several of one number.
	 *
	 * @param mixed $kept JSON: a list of objects with `kind`, `number` and `url`.
	 * @return array[]
	 */
	public static function listed( $kept ): array {
		$found   = is_string( $kept ) ? json_decode( $kept, true ) : null;
		$listed  = array();
		$entries = is_array( $found ) ? $found : array();
		foreach ( $entries as $entry ) {
			$fields = is_array( $entry ) ? $entry : array();
			foreach ( array( 'kind', 'number', 'url' ) as $name ) {
				if ( ! isset( $fields[ $name ] ) || ! is_string( $fields[ $name ] ) || '' === $fields[ $name ] ) {
					continue 2;
				}
			}
			if ( 1 === preg_match( '#^https?://#i', $fields['url'] ) ) {
				$listed[ $fields['kind'] . '/' . $fields['number'] ] = array(
					'kind'   => $fields['kind'],
					'number' => $fields['number'],
					'url'    => $fields['url'],
				);
			}
		}
		return array_values( $listed );
	}

	/**
	 * What a document is called in front of the buyer.
	 *
	 * @param array $document With `kind` and `number`.
	 */
	private static function title( array $document ): string {
		switch ( $document['kind'] ) {
			case 'invoice':
				/* translators: %s: number */
				$words = __( 'Invoice %s', 'panstore' );
				break;
			case 'credit_note':
				/* translators: %s: number */
				$words = __( 'Credit note %s', 'panstore' );
				break;
			case 'delivery_note':
				/* translators: %s: number */
				$words = __( 'Delivery note %s', 'panstore' );
				break;
			default:
				$words = '%s';
		}
		return sprintf( $words, $document['number'] );
	}
}
