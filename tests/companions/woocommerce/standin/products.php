<?php
/**
 * Products: posts with their price as metadata, and the filters of their getters.
 */

class WC_Product {

	public $post;

	public function __construct( $post ) {
		$this->post = $post;
	}

	public function get_id() {
		return $this->post->ID;
	}

	public function get_parent_id() {
		return $this->post->post_parent;
	}

	public function get_name() {
		return $this->post->post_title;
	}

	public function get_children() {
		return array_map(
			'intval',
			get_posts(
				array(
					'post_type'   => 'product_variation',
					'post_parent' => $this->get_id(),
					'fields'      => 'ids',
					'numberposts' => -1,
					'orderby'     => 'ID',
					'order'       => 'ASC',
				)
			)
		);
	}

	protected function prefix() {
		return 'product_variation' === $this->post->post_type ? 'woocommerce_product_variation_get_' : 'woocommerce_product_get_';
	}

	protected function prop( $name, $context ) {
		$value = (string) get_post_meta( $this->get_id(), '_' . $name, true );
		return 'view' === $context ? apply_filters( $this->prefix() . $name, $value, $this ) : $value;
	}

	public function get_price( $context = 'view' ) {
		return $this->prop( 'price', $context );
	}

	public function get_regular_price( $context = 'view' ) {
		return $this->prop( 'regular_price', $context );
	}

	public function get_sale_price( $context = 'view' ) {
		return $this->prop( 'sale_price', $context );
	}

	public function set_image_id( $id ) {
		update_post_meta( $this->get_id(), '_thumbnail_id', $id );
	}

	public function set_gallery_image_ids( $ids ) {
		update_post_meta( $this->get_id(), '_product_image_gallery', implode( ',', $ids ) );
	}

	public function save() {
		do_action( 'woocommerce_update_product', $this->get_id(), $this );
	}

	public function is_on_sale() {
		$on_sale = '' !== $this->get_sale_price() && $this->get_sale_price() === $this->get_price();
		return apply_filters( 'woocommerce_product_is_on_sale', $on_sale, $this );
	}

	public function is_purchasable() {
		$can = 'publish' === get_post_status( $this->get_id() ) && '' !== $this->get_price();
		$can = apply_filters( 'woocommerce_is_purchasable', $can, $this );
		return 'product_variation' === $this->post->post_type ? apply_filters( 'woocommerce_variation_is_purchasable', $can, $this ) : $can;
	}

	public function get_price_html() {
		$price = $this->get_price();
		$html  = '' === $price ? '' : wc_price( $price );
		return apply_filters( 'woocommerce_get_price_html', $html, $this );
	}
}

class WC_Product_Variable extends WC_Product {

	/**
	 * Prices of variations as WooCommerce keeps them: in one transient of the product, by a hash.
	 */
	public function get_variation_prices() {
		$hash = md5( wp_json_encode( apply_filters( 'woocommerce_get_variation_prices_hash', array( false ), $this, false ) ) );
		$kept = (array) json_decode( (string) get_transient( 'wc_var_prices_' . $this->get_id() ), true );
		if ( empty( $kept[ $hash ] ) ) {
			$prices = array();
			foreach ( $this->get_children() as $id ) {
				$variation = wc_get_product( $id );
				$price     = apply_filters( 'woocommerce_variation_prices_price', $variation->get_price( 'edit' ), $variation, $this );
				if ( '' !== $price ) {
					$prices[ $id ] = $price;
				}
			}
			$kept[ $hash ] = array( 'price' => $prices );
			set_transient( 'wc_var_prices_' . $this->get_id(), wp_json_encode( $kept ), DAY_IN_SECONDS );
		}
		return $kept[ $hash ];
	}
}

function wc_get_product( $id ) {
	$post = get_post( $id );
	if ( ! $post || ! in_array( $post->post_type, array( 'product', 'product_variation' ), true ) ) {
		return false;
	}
	$product = new WC_Product( $post );
	return $product->get_children() ? new WC_Product_Variable( $post ) : $product;
}
