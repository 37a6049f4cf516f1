"""One folder per outside system: it speaks and translates, and decides nothing."""
