"""P4: SMS to buyers."""
