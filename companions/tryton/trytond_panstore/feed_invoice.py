"""Invoices and credit notes with their lines: kind `invoice`."""

from trytond.modules.panstore.feed import ChangeFeed, ChildFeed
from trytond.pool import PoolMeta


class Invoice(ChangeFeed, metaclass=PoolMeta):
    __name__ = "account.invoice"
    _change_kind = "invoice"


class InvoiceLine(ChildFeed, metaclass=PoolMeta):
    __name__ = "account.invoice.line"
    _change_parent = ("invoice", "invoice")
