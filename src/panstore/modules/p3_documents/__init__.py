"""Documents by mail: the buyer has invoice, credit note and delivery note, once."""
