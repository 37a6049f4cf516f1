"""Pages of invoices, credit notes and delivery notes, with the e-invoice inside."""
