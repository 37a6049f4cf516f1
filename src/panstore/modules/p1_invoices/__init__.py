"""Invoices: issued in the ERP without a click when their rule holds, exactly once."""
