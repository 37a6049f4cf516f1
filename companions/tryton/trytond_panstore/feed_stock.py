"""Stock moves and customer shipments: kinds `stock`, `shipment` and `return`."""

from trytond.modules.panstore.changes import Changes
from trytond.modules.panstore.feed import ChangeFeed
from trytond.pool import PoolMeta


class Move(ChangeFeed, metaclass=PoolMeta):
    __name__ = "stock.move"

    @classmethod
    def _change_sources(cls, mode, field_names):
        return ["moves"]

    @classmethod
    def on_write(cls, records, values):
        # A move that changes its product frees stock of the old one.
        callbacks = super().on_write(records, values)
        if "product" in values or "shipment" in values:
            Changes.of_transaction().note_now("moves", [move.id for move in records])
        return callbacks


class ShipmentOut(ChangeFeed, metaclass=PoolMeta):
    __name__ = "stock.shipment.out"
    _change_kind = "shipment"


class ShipmentOutReturn(ChangeFeed, metaclass=PoolMeta):
    __name__ = "stock.shipment.out.return"
    _change_kind = "return"
