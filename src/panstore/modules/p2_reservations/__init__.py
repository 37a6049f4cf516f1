"""Reservations: the goods of a web order are set aside in the ERP when its rule holds."""
