"""Sales and their lines: kind `sale`, and `stock` for what a confirmed sale promises."""

from trytond.modules.panstore.changes import Changes
from trytond.modules.panstore.feed import ChangeFeed
from trytond.pool import PoolMeta

_PROMISE = {"state", "warehouse", "shipment_method", "lines", "invoices_ignored"}


class Sale(ChangeFeed, metaclass=PoolMeta):
    __name__ = "sale.sale"
    _change_kind = "sale"

    @classmethod
    def _change_sources(cls, mode, field_names):
        if field_names is None or field_names & _PROMISE:
            return ["sale", "stock of sales"]
        return ["sale"]


class SaleLine(ChangeFeed, metaclass=PoolMeta):
    __name__ = "sale.line"

    @classmethod
    def _change_sources(cls, mode, field_names):
        return ["sale lines"]

    @classmethod
    def on_write(cls, records, values):
        # A line that changes its product or sale no longer promises the old one.
        callbacks = super().on_write(records, values)
        if "product" in values or "sale" in values:
            Changes.of_transaction().note_now("sale lines", [line.id for line in records])
        return callbacks
