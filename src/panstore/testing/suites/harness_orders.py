"""What a binding has to provide besides, for suites that follow an order on its way."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Protocol

from panstore.model.ids import ExternalId
from panstore.testing.suites.harness import ErpHarness, ShopHarness

__all__ = ["DeskHarness", "RemotePaper", "RemoteTold", "SalesHarness"]


@dataclass(frozen=True, slots=True)
class RemotePaper:
    """An issued invoice or credit note as it stands in the ERP, seen without the connector.

    Attributes:
        total: gross, negative for a credit note.
    """

    number: str
    total: Decimal


class SalesHarness(ErpHarness, Protocol):
    """An ERP whose sales are followed; a sale is named by the ERP's id of it.

    Attributes:
        tracking: whether parcels can carry a number to follow them by.
    """

    @property
    def tracking(self) -> bool: ...

    async def is_cancelled(self, sale: str) -> bool:
        """Whether the ERP itself has the sale as cancelled."""

    async def set_aside(self, id_: ExternalId) -> Decimal:
        """Stock units of a variant that are set aside in `warehouse`, for whomever."""

    async def papers(self, sale: str) -> list[RemotePaper]:
        """Invoices and credit notes that were ever issued for the sale, oldest first."""

    async def ship_part(
        self, sale: str, goods: Mapping[ExternalId, Decimal], *, tracking: str = ""
    ) -> None:
        """These goods of the sale leave the warehouse, the rest stays to be sent later."""

    async def receive(self, sale: str) -> None:
        """The goods of a return have come in."""

    async def cancel_by_hand(self, sale: str) -> None:
        """Somebody of the ERP cancels the sale."""

    async def invoice_by_hand(self, sale: str) -> None:
        """Somebody of the ERP issues an invoice for all of the sale."""


@dataclass(frozen=True, slots=True)
class RemoteTold:
    """What the shop's people and the buyer see of an order, seen without the connector.

    Attributes:
        tracking: numbers of the parcels, once for each time the shop was told.
        invoices: numbers of the documents, likewise.
        links: addresses of their pages as the buyer sees them in the order, likewise.
    """

    status: str
    tracking: tuple[str, ...] = ()
    invoices: tuple[str, ...] = ()
    links: tuple[str, ...] = ()


class DeskHarness(ShopHarness, Protocol):
    """A shop that is told what becomes of an order.

    Attributes:
        next_status: a word a new order may get, not closing it.
        closed_status: a word a new order may get after which `next_status` is not allowed.
    """

    @property
    def next_status(self) -> str: ...

    @property
    def closed_status(self) -> str: ...

    async def told(self, id_: ExternalId) -> RemoteTold:
        """The order as the shop's own database has it."""

    async def ordered_product(self, id_: ExternalId) -> ExternalId:
        """The variant in the first line of an order."""
