"""One folder per module: pure functions from values to plans; each registers by entry point."""
