"""Tryton 8.2 as the ERP, through the companion module `trytond-panstore`."""
