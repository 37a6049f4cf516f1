<?php
/**
 * Tells PanStore at once that something has changed, without waiting for WordPress's cron.
 *
 * @package PanStore
 */

/**
 * A notice only says where to look. It may be lost (receiver down, process killed), is never
 * repeated, and never delays a buyer: what a request has changed is gathered and sent at its end.
 */
final class PanStore_Kick {

	const ORDER        = 'order.changed';
	const PRODUCT      = 'product.changed';
	// Put into the trash, taken out of it, or deleted.
	const ORDER_GONE   = 'order.deleted';
	const PRODUCT_GONE = 'product.deleted';

	const TIMEOUT_S = 1;
	// A receiver that does not answer is left alone for this long.
	const PAUSE_S  = 30;
	const MOST_IDS = 500;

	// Hooks that give an id, and of what.
	const HOOKS = array(
		'woocommerce_new_order'                => self::ORDER,
		'woocommerce_update_order'             => self::ORDER,
		'woocommerce_order_status_changed'     => self::ORDER,
		'woocommerce_order_refunded'           => self::ORDER,
		'woocommerce_trash_order'              => self::ORDER_GONE,
		'woocommerce_untrash_order'            => self::ORDER_GONE,
		'woocommerce_delete_order'             => self::ORDER_GONE,
		'woocommerce_new_product'              => self::PRODUCT,
		'woocommerce_update_product'           => self::PRODUCT,
		'woocommerce_trash_product'            => self::PRODUCT,
		'woocommerce_delete_product'           => self::PRODUCT_GONE,
		'woocommerce_new_product_variation'    => self::PRODUCT,
		'woocommerce_update_product_variation' => self::PRODUCT,
		'woocommerce_trash_product_variation'  => self::PRODUCT,
		'woocommerce_delete_product_variation' => self::PRODUCT_GONE,
		'woocommerce_updated_product_stock'    => self::PRODUCT,
		'woocommerce_updated_product_price'    => self::PRODUCT,
	);

	const STOCK_HOOKS = array( 'woocommerce_product_set_stock', 'woocommerce_variation_set_stock' );

	// Hooks of WordPress itself, for what people do in lists of posts.
	const POST_HOOKS = array( 'trashed_post', 'untrashed_post', 'deleted_post' );

	const PRODUCTS = array( 'product', 'product_variation' );

	const DRAFTS = array( 'checkout-draft', 'auto-draft' );

	/**
	 * What has changed in this request, by kind.
	 *
	 * @var array<string, array<int, true>>
	 */
	private $changed = array();

	/**
	 * Hooks in.
	 */
	public function hook() {
		foreach ( self::HOOKS as $hook => $kind ) {
			add_action(
				$hook,
				function ( $id, $what = null ) use ( $kind ) {
					if ( ! self::is_draft( $what ) ) {
						$this->note( $kind, $id );
					}
				},
				10,
				2
			);
		}
		foreach ( self::STOCK_HOOKS as $hook ) {
			add_action( $hook, array( $this, 'note_stock' ) );
		}
		foreach ( self::POST_HOOKS as $hook ) {
			add_action( $hook, array( $this, 'note_post' ), 10, 2 );
		}
		add_action( 'shutdown', array( $this, 'send' ), PHP_INT_MAX );
	}

	/**
	 * Notes that a record has changed.
	 *
	 * @param string $kind What became of it.
	 * @param mixed  $id   Of the record.
	 */
	public function note( string $kind, $id ) {
		if ( is_numeric( $id ) && (int) $id > 0 ) {
			$this->changed[ $kind ][ (int) $id ] = true;
		}
	}

	/**
	 * Notes a product whose stock has changed.
	 *
	 * @param WC_Product $product Which.
	 */
	public function note_stock( $product ) {
		$this->note( self::PRODUCT, $product->get_id() );
	}

	/**
	 * Notes a post that was put into the trash, taken out of it or deleted.
	 *
	 * @param int   $id   Of the post.
	 * @param mixed $post What it was, where it is gone.
	 */
	public function note_post( $id, $post = null ) {
		$type = is_object( $post ) ? $post->post_type : get_post_type( $id );
		if ( 'shop_order' === $type ) {
			$this->note( self::ORDER_GONE, $id );
		} elseif ( in_array( $type, self::PRODUCTS, true ) ) {
			$this->note( 'deleted_post' === current_action() ? self::PRODUCT_GONE : self::PRODUCT, $id );
		}
	}

	/**
	 * The notices, gathered into as few messages as possible, each record once.
	 *
	 * @return array[] With `type` and `ids`.
	 */
	public function messages(): array {
		$messages = array();
		foreach ( $this->changed as $kind => $ids ) {
			ksort( $ids );
			foreach ( array_chunk( array_keys( $ids ), self::MOST_IDS ) as $some ) {
				$messages[] = array(
					'type' => $kind,
					'ids'  => $some,
				);
			}
		}
		return $messages;
	}

	/**
	 * Sends what was noted, after the buyer has his page where the server can do that.
	 */
	public function send() {
		$messages      = $this->messages();
		$this->changed = array();
		$url           = PanStore_Settings::all()['hook_url'];
		if ( ! $messages || '' === $url ) {
			return;
		}
		$secret = PanStore_Settings::secret();
		if ( null === PanStore_Signature::key( $secret ) || get_transient( PanStore_Schema::REST . 'kick' ) ) {
			return;
		}
		if ( function_exists( 'fastcgi_finish_request' ) ) {
			fastcgi_finish_request();
		}
		foreach ( $messages as $message ) {
			$body  = (string) wp_json_encode( $message );
			$began = microtime( true );
			$reply = wp_remote_post(
				$url,
				array(
					'blocking'    => false,
					'timeout'     => self::TIMEOUT_S,
					'redirection' => 0,
					'headers'     => PanStore_Signature::headers( $secret, PanStore_Signature::fresh_id( 'msg' ), time(), $body ),
					'body'        => $body,
				)
			);
			if ( is_wp_error( $reply ) || microtime( true ) - $began >= 0.9 * self::TIMEOUT_S ) {
				set_transient( PanStore_Schema::REST . 'kick', 1, self::PAUSE_S );
				return;
			}
		}
	}

	/**
	 * Whether it is a cart that is no order yet.
	 *
	 * @param mixed $what What the hook gave beside the id.
	 */
	private static function is_draft( $what ): bool {
		return is_object( $what ) && method_exists( $what, 'get_status' ) && in_array( $what->get_status(), self::DRAFTS, true );
	}
}
