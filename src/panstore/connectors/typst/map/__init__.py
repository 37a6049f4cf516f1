"""Documents as pages, payment codes and e-invoices: pure, nothing is read or written here."""
