"""Messages for buyers: queued in the order's run, sent once by runs of their own."""
