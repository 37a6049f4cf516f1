<?php
/**
 * A page of the shop with the price of each product in it.
 */
?><!DOCTYPE html><html><head><?php wp_head(); ?></head><body>
<?php foreach ( (array) get_option( 'standin_page', array() ) as $standin_id ) : ?>
<?php $standin_product = wc_get_product( $standin_id ); ?>
<p id="product-<?php echo (int) $standin_id; ?>"><?php echo $standin_product->get_price_html(); ?></p>
<?php endforeach; ?>
<?php wp_footer(); ?></body></html>
