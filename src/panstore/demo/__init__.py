"""The embedded world: a real ERP, a real shop, and PanStore between them."""
