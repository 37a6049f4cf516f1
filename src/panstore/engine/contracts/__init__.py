"""Contract prices: quotes for shops, who buys for whom, whether an order charges what is agreed."""
