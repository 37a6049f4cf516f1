<?php
/**
 * Calls about pictures of products.
 *
 * @package PanStore
 */

/**
 * WooCommerce's own API takes pictures by address only, and does not say what is in them.
 */
final class PanStore_Rest_Images {

	/**
	 * Which pictures each of the named products shows; absent where there is no such product.
	 *
	 * @param WP_REST_Request $request With `ids`.
	 * @throws PanStore_Refusal If it cannot be read.
	 */
	public static function listed( $request ): array {
		$query = $request->get_query_params();
		$ids   = PanStore_Fields::ids( isset( $query['ids'] ) ? $query['ids'] : '' );
		$items = array();
		_prime_post_caches( $ids, false, true );
		foreach ( array_keys( PanStore_Goods::parents( $ids ) ) as $product ) {
			$images = array();
			foreach ( PanStore_Images::of( $product ) as $digest => $id ) {
				$images[] = array(
					'digest' => $digest,
					'name'   => PanStore_Images::name( $id ),
				);
			}
			$items[] = array(
				'product' => $product,
				'images'  => $images,
			);
		}
		return array( 'items' => $items );
	}

	/**
	 * One picture as the shop stores it.
	 *
	 * @param WP_REST_Request $request With `product` and `digest`.
	 * @throws PanStore_Refusal If the product has no such picture.
	 */
	public static function content( $request ): array {
		$query   = $request->get_query_params();
		$product = PanStore_Fields::id( $query, 'product' );
		$digest  = PanStore_Fields::text( $query, 'digest', 64 );
		$present = PanStore_Images::of( $product );
		$content = isset( $present[ $digest ] ) ? PanStore_Images::content( $present[ $digest ] ) : null;
		if ( null === $content ) {
			$short = substr( $digest, 0, 12 );
			throw new PanStore_Refusal( 'panstore_image_invalid_id', "Product $product has no picture $short... (any more).", 'digest', 404 );
		}
		return array(
			'digest' => $digest,
			'name'   => PanStore_Images::name( $present[ $digest ] ),
			'base64' => base64_encode( $content ),
		);
	}

	/**
	 * Gives a product a picture, after those it has; once per digest.
	 *
	 * @param WP_REST_Request $request With `product`, `digest`, `name` and `base64`.
	 * @throws PanStore_Refusal If it is not taken.
	 */
	public static function add( $request ): array {
		$body    = PanStore_Fields::mapping( $request->get_json_params() );
		$product = self::product( $body );
		$digest  = PanStore_Fields::text( $body, 'digest', 64 );
		if ( ! preg_match( PanStore_Images::FORM, $digest ) ) {
			throw new PanStore_Refusal( 'invalid', '\'digest\' must be a SHA-256 in hex.', 'digest' );
		}
		$name    = PanStore_Fields::text( $body, 'name', 255, false );
		$content = isset( $body['base64'] ) && is_string( $body['base64'] ) ? base64_decode( $body['base64'], true ) : false;
		if ( false === $content ) {
			throw new PanStore_Refusal( 'invalid', 'The picture must be base64 in \'base64\'.', 'base64' );
		}
		return array(
			'digest' => $digest,
			'added'  => PanStore_Images::add( $product, $digest, $name, $content ),
		);
	}

	/**
	 * Shows exactly the named pictures of up to 500 products; each product whole or not at all.
	 *
	 * @param WP_REST_Request $request With `items`.
	 * @throws PanStore_Refusal If the whole call is refused.
	 */
	public static function arrange( $request ): array {
		$outcomes = array();
		foreach ( PanStore_Fields::batch( $request->get_json_params(), 'items' ) as $item ) {
			$shown = is_array( $item ) && isset( $item['product'] ) && is_scalar( $item['product'] ) ? $item['product'] : null;
			try {
				$item    = PanStore_Fields::mapping( $item );
				$product = self::product( $item );
				$digests = array();
				foreach ( PanStore_Fields::batch( $item, 'images' ) as $digest ) {
					$digests[] = PanStore_Fields::text( array( 'images' => $digest ), 'images', 64 );
				}
				PanStore_Images::arrange( $product, $digests );
				$outcomes[] = PanStore_Rest_Prices::outcome( 'product', $product, null );
			} catch ( PanStore_Refusal $error ) {
				$outcomes[] = PanStore_Rest_Prices::outcome( 'product', $shown, $error );
			}
		}
		return array( 'items' => $outcomes );
	}

	/**
	 * A product that has pictures of its own.
	 *
	 * @param array $item With `product`.
	 * @throws PanStore_Refusal If there is none.
	 */
	private static function product( array $item ): int {
		$product = PanStore_Fields::id( $item, 'product' );
		if ( 'product' !== get_post_type( $product ) ) {
			throw new PanStore_Refusal( 'unknown_product', "Product $product does not exist in the shop, or is a variation of another; it was left out.", 'product' );
		}
		return $product;
	}
}
