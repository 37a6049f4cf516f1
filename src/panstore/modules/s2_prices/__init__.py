"""S2: the default sales price in a shop is the one of the ERP."""
