"""What the ERP's own people do to a sale: pick, pack, send, invoice, give up."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from panstore.testing.suites import RemotePaper
from tests.connectors.tryton.office import Office

__all__ = ["SalesPeople"]

_SHIPMENT = "stock.shipment.out"
_RETURN = "stock.shipment.out.return"


class SalesPeople:
    """The warehouse and the accountant; sales and products are named by Tryton's ids."""

    def __init__(self, office: Office) -> None:
        self._office = office

    def ship(self, sale: int) -> None:
        """Everything that waits leaves."""
        for shipment in self._shipments(sale, "draft", "waiting", "assigned"):
            self._send(shipment)

    def ship_part(self, sale: int, goods: Mapping[int, Decimal], tracking: str) -> None:
        """Pick less than was ordered; Tryton makes another shipment for the rest."""
        (shipment,) = self._shipments(sale, "waiting", "assigned")
        self._office.press(_SHIPMENT, "wait", shipment)
        left = dict(goods)
        (found,) = self._office.read(_SHIPMENT, [shipment], "inventory_moves")
        for move in self._office.read("stock.move", found["inventory_moves"], "product"):
            picked = left.pop(move["product"], Decimal(0))
            self._office.write("stock.move", move["id"], quantity=int(picked))
        assert not left, f"{left} is not in the shipment"
        if tracking:
            self._office.write(_SHIPMENT, shipment, reference=tracking)
        self._send(shipment)

    def receive(self, sale: int) -> None:
        """The goods of a return come in and go to their place."""
        (found,) = self._office.read("sale.sale", [sale], "shipment_returns")
        for shipment in found["shipment_returns"]:
            for button in ("receive", "do"):
                self._office.press(_RETURN, button, shipment)

    def give_up(self, sale: int) -> None:
        """Wind a processed sale up as Tryton wants it: parcels, invoices, both exceptions."""
        for shipment in self._shipments(sale, "draft", "waiting", "assigned"):
            self._office.press(_SHIPMENT, "cancel", shipment)
        (found,) = self._office.read("sale.sale", [sale], "invoices", "moves")
        self._office.answer(
            "sale.handle.shipment.exception",
            "sale.sale",
            sale,
            "handle",
            ignore_moves=found["moves"],
        )
        for invoice in found["invoices"]:
            self._office.press("account.invoice", "cancel", invoice)
        self._office.answer(
            "sale.handle.invoice.exception",
            "sale.sale",
            sale,
            "handle",
            ignore_invoices=found["invoices"],
        )

    def drop_parcel(self, sale: int) -> None:
        """Cancel what has not left, and think no further."""
        for shipment in self._shipments(sale, "draft", "waiting", "assigned"):
            self._office.press(_SHIPMENT, "cancel", shipment)

    def make_parcel_anew(self, sale: int) -> None:
        """Say that what was cancelled shall be sent all the same."""
        (found,) = self._office.read("sale.sale", [sale], "moves")
        self._office.answer(
            "sale.handle.shipment.exception",
            "sale.sale",
            sale,
            "handle",
            recreate_moves=found["moves"],
        )

    def invoice(self, sale: int, date: dt.date) -> None:
        """Post the drafts of the sale."""
        (found,) = self._office.read("sale.sale", [sale], "invoices")
        for invoice in found["invoices"]:
            self._office.write("account.invoice", invoice, invoice_date=date)
            self._office.press("account.invoice", "post", invoice)

    def papers(self, sale: int) -> list[RemotePaper]:
        """What has a number, credit notes too."""
        (found,) = self._office.read("sale.sale", [sale], "invoices")
        notes = self._office.find("account.invoice", ["origin_invoices", "in", found["invoices"]])
        rows = self._office.read(
            "account.invoice", sorted({*found["invoices"], *notes}), "number", "total_amount"
        )
        by_id: list[dict[str, Any]] = sorted(rows, key=lambda row: int(row["id"]))
        return [RemotePaper(row["number"], row["total_amount"]) for row in by_id if row["number"]]

    def set_aside(self, product: int) -> Decimal:
        """Pieces assigned on their way out of the storage zone."""
        moves = self._office.find(
            "stock.move",
            ["product", "=", product],
            ["state", "=", "assigned"],
            ["from_location.type", "=", "storage"],
        )
        rows = self._office.read("stock.move", moves, "quantity")
        return sum((Decimal(str(row["quantity"])) for row in rows), Decimal(0))

    def _send(self, shipment: int) -> None:
        for button in ("assign_try", "pick", "pack", "do"):
            self._office.press(_SHIPMENT, button, shipment)

    def _shipments(self, sale: int, *states: str) -> list[int]:
        (found,) = self._office.read("sale.sale", [sale], "shipments")
        rows = self._office.read(_SHIPMENT, found["shipments"], "state")
        return [row["id"] for row in rows if row["state"] in states]
