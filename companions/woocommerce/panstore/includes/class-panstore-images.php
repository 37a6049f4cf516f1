<?php
/**
 * Pictures of products, each known by the content it was first given with.
 *
 * @package PanStore
 */

/**
 * The digest stands beside the picture in the media library, with the file it was made of: a file
 * that is put in its place is another picture. Nothing is ever deleted from the library.
 */
final class PanStore_Images {

	const LARGEST = 10485760;
	const DIGEST  = '_panstore_digest';
	const FORM    = '/^[0-9a-f]{64}$/D';
	const ENDINGS = array(
		IMAGETYPE_PNG  => 'png',
		IMAGETYPE_JPEG => 'jpg',
		IMAGETYPE_GIF  => 'gif',
		IMAGETYPE_WEBP => 'webp',
	);

	/**
	 * A product's pictures in the order shown, the main one first; a file that is lost is left out.
	 *
	 * @param int $product Id.
	 * @return array<string, int> Digest -> id in the media library.
	 */
	public static function of( int $product ): array {
		$gallery = (string) get_post_meta( $product, '_product_image_gallery', true );
		$ids     = array_merge( array( get_post_meta( $product, '_thumbnail_id', true ) ), explode( ',', $gallery ) );
		$found   = array();
		foreach ( array_unique( array_filter( array_map( 'intval', $ids ) ) ) as $id ) {
			$digest = self::digest( $id );
			if ( null !== $digest && ! isset( $found[ $digest ] ) ) {
				$found[ $digest ] = $id;
			}
		}
		return $found;
	}

	/**
	 * File name of a picture, without its folders.
	 *
	 * @param int $id In the media library.
	 */
	public static function name( int $id ): string {
		return basename( (string) self::file( $id ) );
	}

	/**
	 * A picture as it is stored, null if its file is lost.
	 *
	 * @param int $id In the media library.
	 */
	public static function content( int $id ): ?string {
		$file    = self::file( $id );
		$content = null !== $file && is_readable( $file ) ? file_get_contents( $file ) : false; // phpcs:ignore WordPress.WP.AlternativeFunctions
		return false === $content ? null : $content;
	}

	/**
	 * Gives a product a picture, after those it has; once per digest.
	 *
	 * @param int    $product Id.
	 * @param string $digest  By which it is known.
	 * @param string $name    File name, for people.
	 * @param string $content Of the picture.
	 * @return bool Whether it had it not yet.
	 * @throws PanStore_Refusal If it is no picture, too large, or cannot be stored.
	 */
	public static function add( int $product, string $digest, string $name, string $content ): bool {
		$present = self::of( $product );
		if ( isset( $present[ $digest ] ) ) {
			return false;
		}
		$ending   = self::checked( $content );
		$existing = self::in_library( $digest );
		$id       = null === $existing ? self::store( $product, $digest, $name, $ending, $content ) : $existing;
		self::show( $product, array_merge( array_values( $present ), array( $id ) ) );
		return true;
	}

	/**
	 * Shows exactly these pictures in this order; the others stay in the media library.
	 *
	 * @param int      $product Id.
	 * @param string[] $digests In order.
	 * @throws PanStore_Refusal If one was never added.
	 */
	public static function arrange( int $product, array $digests ) {
		$present = self::of( $product );
		$wanted  = array_values( array_unique( $digests ) );
		$missing = array_diff( $wanted, array_keys( $present ) );
		if ( $missing ) {
			$first = substr( (string) reset( $missing ), 0, 12 );
			throw new PanStore_Refusal( 'unknown_image', "Product $product has no picture $first...; add it first.", 'images' );
		}
		if ( array_keys( $present ) !== $wanted ) {
			$ids = array();
			foreach ( $wanted as $digest ) {
				$ids[] = $present[ $digest ];
			}
			self::show( $product, $ids );
		}
	}

	/**
	 * By what a picture is known, null if its file is lost.
	 *
	 * @param int $id In the media library.
	 */
	private static function digest( int $id ): ?string {
		$file = (string) get_post_meta( $id, '_wp_attached_file', true );
		$kept = explode( ' ', (string) get_post_meta( $id, self::DIGEST, true ), 2 );
		if ( 2 === count( $kept ) && $kept[1] === $file ) {
			return $kept[0];
		}
		$content = self::content( $id );
		if ( null === $content ) {
			return null;
		}
		$digest = hash( 'sha256', $content );
		update_post_meta( $id, self::DIGEST, wp_slash( "$digest $file" ) );
		return $digest;
	}

	/**
	 * The file that was given; WordPress shows a smaller copy of large ones.
	 *
	 * @param int $id In the media library.
	 */
	private static function file( int $id ): ?string {
		$file = wp_get_original_image_path( $id );
		$file = $file ? $file : get_attached_file( $id );
		return $file ? $file : null;
	}

	/**
	 * A picture of this digest that is in the media library already.
	 *
	 * @param string $digest By which it is known.
	 */
	private static function in_library( string $digest ): ?int {
		$found = get_posts(
			array(
				'post_type'   => 'attachment',
				'post_status' => 'inherit',
				'fields'      => 'ids',
				'numberposts' => 5,
				'meta_query'  => array( // phpcs:ignore WordPress.DB.SlowDBQuery
					array(
						'key'     => self::DIGEST,
						'value'   => "^$digest ",
						'compare' => 'REGEXP',
					),
				),
			)
		);
		foreach ( $found as $id ) {
			if ( self::digest( (int) $id ) === $digest && null !== self::content( (int) $id ) ) {
				return (int) $id;
			}
		}
		return null;
	}

	/**
	 * What kind of picture it is, as the ending of its file.
	 *
	 * @param string $content Of it.
	 * @throws PanStore_Refusal If it is none that pages show, or too large.
	 */
	private static function checked( string $content ): string {
		if ( strlen( $content ) > self::LARGEST ) {
			throw new PanStore_Refusal( 'too_large', 'The picture has more than 10 MB.', 'base64' );
		}
		$found = '' === $content ? false : @getimagesizefromstring( $content ); // phpcs:ignore WordPress.PHP.NoSilencedErrors
		if ( ! $found || ! isset( self::ENDINGS[ $found[2] ] ) ) {
			throw new PanStore_Refusal( 'not_an_image', 'The content is no picture that the shop\'s pages show (PNG, JPEG, GIF, WebP).', 'base64' );
		}
		return self::ENDINGS[ $found[2] ];
	}

	/**
	 * Puts a picture into the media library.
	 *
	 * @param int    $product Id of the product it belongs to.
	 * @param string $digest  By which it is known.
	 * @param string $name    File name, for people.
	 * @param string $ending  Of the file.
	 * @param string $content Of the picture.
	 * @throws PanStore_Refusal If it cannot be stored.
	 */
	private static function store( int $product, string $digest, string $name, string $ending, string $content ): int {
		require_once ABSPATH . 'wp-admin/includes/image.php';
		$title  = sanitize_file_name( pathinfo( $name, PATHINFO_FILENAME ) );
		$title  = '' === $title ? substr( $digest, 0, 12 ) : substr( $title, 0, 60 );
		$stored = wp_upload_bits( "$title.$ending", null, $content );
		if ( ! empty( $stored['error'] ) ) {
			$message = 'The shop could not store the picture (' . wp_strip_all_tags( (string) $stored['error'] ) . '); nothing was changed.';
			throw new PanStore_Refusal( 'not_stored', $message, 'base64', 503 );
		}
		$id = wp_insert_attachment(
			array(
				'post_mime_type' => wp_check_filetype( $stored['file'] )['type'],
				'post_title'     => $title,
				'post_status'    => 'inherit',
			),
			$stored['file'],
			$product
		);
		if ( ! $id || is_wp_error( $id ) ) {
			throw PanStore_Price_Table::failed();
		}
		wp_update_attachment_metadata( $id, wp_generate_attachment_metadata( $id, $stored['file'] ) );
		$file = (string) get_post_meta( $id, '_wp_attached_file', true );
		update_post_meta( $id, self::DIGEST, wp_slash( "$digest $file" ) );
		return (int) $id;
	}

	/**
	 * Has WooCommerce show these pictures, so that its own hooks and caches know.
	 *
	 * @param int   $product Id.
	 * @param int[] $ids     In the media library.
	 */
	private static function show( int $product, array $ids ) {
		$shown = wc_get_product( $product );
		$shown->set_image_id( $ids ? $ids[0] : '' );
		$shown->set_gallery_image_ids( array_slice( $ids, 1 ) );
		$shown->save();
	}
}
