<?php
/**
 * The buyer's own prices wherever WooCommerce asks a product for its price.
 *
 * @package PanStore
 */

/**
 * Hooks of the catalogue; for guests each of them returns at once.
 *
 * The getters of a product are asked by pages, search, widgets, blocks and the Store API alike.
 */
final class PanStore_Storefront {

	// After plugins that change prices for everybody.
	const LATE = 10000;

	/**
	 * What the buyer pays.
	 *
	 * @var PanStore_Contract
	 */
	private $contract;

	/**
	 * Works with the request's contract.
	 *
	 * @param PanStore_Contract $contract What the buyer pays.
	 */
	public function __construct( PanStore_Contract $contract ) {
		$this->contract = $contract;
	}

	/**
	 * Hooks in.
	 */
	public function hook() {
		foreach ( array( 'woocommerce_product_get_', 'woocommerce_product_variation_get_', 'woocommerce_variation_prices_' ) as $start ) {
			add_filter( $start . 'price', array( $this, 'price' ), self::LATE, 2 );
			add_filter( $start . 'regular_price', array( $this, 'regular_price' ), self::LATE, 2 );
			add_filter( $start . 'sale_price', array( $this, 'sale_price' ), self::LATE, 2 );
		}
		add_filter( 'woocommerce_get_variation_prices_hash', array( $this, 'hash' ), self::LATE, 2 );
		add_filter( 'woocommerce_product_is_on_sale', array( $this, 'on_sale' ), self::LATE, 2 );
		add_filter( 'woocommerce_is_purchasable', array( $this, 'purchasable' ), self::LATE, 2 );
		add_filter( 'woocommerce_variation_is_purchasable', array( $this, 'purchasable' ), self::LATE, 2 );
		add_filter( 'the_posts', array( $this, 'want_posts' ) );
		add_action( 'template_redirect', array( $this, 'keep_out_of_caches' ), 0 );
		add_filter( 'rest_post_dispatch', array( $this, 'keep_answer_out_of_caches' ) );
		add_filter( 'nocache_headers', array( $this, 'keep_stricter' ) );
	}

	/**
	 * What the buyer pays; of a product with variations the least that one of them costs him.
	 *
	 * @param mixed      $price   The shop's own.
	 * @param WC_Product $product Whose.
	 */
	public function price( $price, $product ) {
		if ( is_object( $product ) && method_exists( $product, 'get_variation_prices' ) && '' !== $this->key( $product ) ) {
			$prices = $product->get_variation_prices();
			return empty( $prices['price'] ) ? '' : (string) min( $prices['price'] );
		}
		return $this->regular_price( $price, $product );
	}

	/**
	 * What is agreed, or nothing where it is withheld.
	 *
	 * @param mixed      $price   The shop's own.
	 * @param WC_Product $product Whose.
	 */
	public function regular_price( $price, $product ) {
		$offer = $this->offer( $product );
		if ( null === $offer || PanStore_Offer::USUAL === $offer->state ) {
			return $price;
		}
		if ( PanStore_Offer::AGREED === $offer->state ) {
			return $offer->amount;
		}
		// A line without a price would cost nothing if some other plugin let it pass; it is blocked by name.
		return PanStore_Cart::knows( $product ) ? $price : '';
	}

	/**
	 * An agreed price is no sale, and where none is shown there is none.
	 *
	 * @param mixed      $price   The shop's own.
	 * @param WC_Product $product Whose.
	 */
	public function sale_price( $price, $product ) {
		$offer = $this->offer( $product );
		return null === $offer || PanStore_Offer::USUAL === $offer->state ? $price : '';
	}

	/**
	 * An agreed price is no sale.
	 *
	 * @param bool       $on_sale As the shop has it.
	 * @param WC_Product $product Which.
	 */
	public function on_sale( $on_sale, $product ) {
		$offer = $this->offer( $product );
		return null === $offer || PanStore_Offer::USUAL === $offer->state ? $on_sale : false;
	}

	/**
	 * What is withheld cannot be bought.
	 *
	 * @param bool       $purchasable As the shop has it.
	 * @param WC_Product $product     Which.
	 */
	public function purchasable( $purchasable, $product ) {
		$offer = $this->offer( $product );
		return null !== $offer && PanStore_Offer::WITHHELD === $offer->state ? false : $purchasable;
	}

	/**
	 * Under what the prices of a product's variations are kept: by what they cost this buyer.
	 *
	 * @param array      $hash    As the shop has it.
	 * @param WC_Product $product That holds variations.
	 */
	public function hash( $hash, $product ) {
		$key = $this->key( $product );
		if ( '' !== $key ) {
			$hash   = (array) $hash;
			$hash[] = 'panstore:' . $key;
		}
		return $hash;
	}

	/**
	 * Says early which products a page is going to show.
	 *
	 * @param WP_Post[] $posts Of a query.
	 */
	public function want_posts( $posts ) {
		if ( is_array( $posts ) && $posts && 0 !== $this->contract->account() ) {
			$products = array();
			foreach ( $posts as $post ) {
				if ( isset( $post->post_type ) && in_array( $post->post_type, array( 'product', 'product_variation' ), true ) ) {
					$products[] = $post->ID;
				}
			}
			$this->contract->want( $products );
		}
		return $posts;
	}

	/**
	 * A page that may hold a buyer's own prices is nobody else's.
	 */
	public function keep_out_of_caches() {
		if ( ! $this->is_personal() ) {
			return;
		}
		foreach ( array( 'DONOTCACHEPAGE', 'DONOTCACHEOBJECT', 'DONOTCACHEDB' ) as $word ) {
			if ( ! defined( $word ) ) {
				define( $word, true );
			}
		}
		if ( ! headers_sent() ) {
			header( 'Cache-Control: private, no-store' );
			header( 'Vary: Cookie', false );
		}
	}

	/**
	 * The same for an answer of the Store API.
	 *
	 * @param WP_REST_Response $response The answer.
	 */
	public function keep_answer_out_of_caches( $response ) {
		if ( $response instanceof WP_REST_Response && $this->is_personal() ) {
			$response->header( 'Cache-Control', 'private, no-store' );
			$response->header( 'Vary', 'Cookie', false );
		}
		return $response;
	}

	/**
	 * What WordPress says to caches of whoever is logged in; older ones allow to keep it.
	 *
	 * @param array $headers By name.
	 */
	public function keep_stricter( $headers ) {
		if ( is_array( $headers ) && did_action( 'init' ) && $this->is_personal() ) {
			$headers['Cache-Control'] = 'private, no-store';
		}
		return $headers;
	}

	/**
	 * Whether the buyer has an agreement, or may have one as far as the shop knows.
	 */
	private function is_personal(): bool {
		$account = $this->contract->account();
		return 0 !== $account && ( PanStore_Settings::ASK === PanStore_Settings::source() || PanStore_Buyer_Table::is_flagged( $account ) );
	}

	/**
	 * What the buyer pays for each, by the quantity of the line where the product is one of the cart.
	 *
	 * @param mixed $product A WC_Product.
	 */
	private function offer( $product ): ?PanStore_Offer {
		if ( ! is_object( $product ) || 0 === $this->contract->account() ) {
			return null;
		}
		return $this->contract->offer( (int) $product->get_id(), PanStore_Cart::quantity( $product ) );
	}

	/**
	 * One key for all that the variations cost this buyer; empty where that is what they always cost.
	 *
	 * @param WC_Product $product That holds variations.
	 */
	private function key( $product ): string {
		if ( 0 === $this->contract->account() ) {
			return '';
		}
		$children = $product->get_children();
		$this->contract->want( $children );
		$offers = array();
		foreach ( $children as $child ) {
			$offer = $this->contract->offer( (int) $child );
			if ( null !== $offer ) {
				$offers[ (int) $child ] = $offer;
			}
		}
		return PanStore_Offers::key( $offers );
	}
}
