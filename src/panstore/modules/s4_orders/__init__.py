"""S4: a new web order becomes a sale in the ERP, whole, to the cent, once."""
