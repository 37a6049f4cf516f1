"""S1: what a shop offers is what can really be sold."""
