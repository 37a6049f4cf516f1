"""From WooCommerce's shapes to PanStore's values and back; pure and exact."""
