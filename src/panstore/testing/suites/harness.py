"""What a binding has to provide so that a suite can arrange things and look at the remote side.

Everything the suites learn about the outside system they learn through these protocols, never
through the connector under test: a wrong body cannot pass because the same mistake reads it.
All methods are coroutines, so that real systems can be asked over HTTP.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Literal, Protocol

from panstore.model.ids import ExternalId
from panstore.model.price import PriceTarget
from panstore.sdk.roles import Connector

__all__ = [
    "Disturbance",
    "ErpHarness",
    "GoodsHarness",
    "Harness",
    "MessageHarness",
    "PlacedOrder",
    "RemoteSale",
    "ShopHarness",
    "SignedMessage",
]

Disturbance = Literal[
    "dropped", "lost", "cut", "garbage", "time_out", "gateway_time_out", "rate_limited", "busy"
]
"""What happens to the connector's next request.

`dropped`: it never arrives, the connection is closed. `lost`: it is carried out, the reply is
swallowed. `cut`, `garbage`: carried out, the reply cannot be read. `time_out`: carried out and
never answered. `gateway_time_out`: HTTP 504. `rate_limited`: HTTP 429 with the given Retry-After.
`busy`: HTTP 503 with a Retry-After, since a bare one may come from a gateway that lost the system
half-way. `panstore.testing.suites.proxied` does all of them with a `FaultProxy`."""


@dataclass(frozen=True, slots=True)
class SignedMessage:
    """A message as the outside system sends it; header names in lower case."""

    headers: Mapping[str, str]
    body: bytes
    received_at: dt.datetime


class Harness(Protocol):
    """One outside system with a connector that has been started and works.

    Attributes:
        connector: the one under test; its requests pass a place where they can be disturbed,
            and its time-out is short.
        secrets: every secret any connector of this harness is given, right or wrong.
    """

    @property
    def connector(self) -> Connector: ...

    @property
    def secrets(self) -> tuple[str, ...]: ...

    def wrong_credentials_connector(self) -> Connector:
        """Another connector, not started, that the system will not let in."""

    def disturb(self, what: Disturbance, *, seconds: int = 7) -> None:
        """Break the connector's next request; the ones after it pass.

        Where a connector has to ask something before it writes, break the write and let the
        question pass. Its time-out must be longer than the system ever needs, or what was
        carried out is looked for too early.

        Args:
            seconds: the pause that a `rate_limited` answer asks for.
        """

    async def refuse_connections(self) -> None:
        """From now on the system looks switched off."""

    async def accept_connections(self) -> None:
        """It is there again."""


class GoodsHarness(Harness, Protocol):
    """A system with goods in it.

    Attributes:
        vat_rate: per cent, a rate the system knows; new goods carry it.
        unknown_id: an id of the right form that nothing has.
    """

    @property
    def vat_rate(self) -> Decimal: ...

    @property
    def unknown_id(self) -> ExternalId: ...

    async def add_variant(
        self, sku: str, *, price: Decimal | None = None, stock: Decimal = Decimal(0)
    ) -> ExternalId:
        """A new variant.

        Args:
            sku: unique within the harness's life.
            price: net list price per unit; None for none (or zero where there must be one).
            stock: on hand in `ErpHarness.warehouse`, or free in the shop.
        """

    async def rename_variant(self, id_: ExternalId, title: str) -> None:
        """Change its title, as the system's own people do."""

    async def retire_variant(self, id_: ExternalId) -> None:
        """Delete it, or archive it where goods cannot be deleted."""


class MessageHarness(Harness, Protocol):
    """A system that sends messages."""

    async def message(self) -> SignedMessage:
        """A new genuine message about some change."""


@dataclass(frozen=True, slots=True)
class RemoteSale:
    """A sale as it stands in the ERP, seen without the connector.

    Attributes:
        confirmed: whether it promises goods.
        goods: quantity by the ERP's variant id, shipping, fees and rounding left out.
    """

    id: str
    total: Decimal
    currency: str
    confirmed: bool
    goods: Mapping[ExternalId, Decimal]


class ErpHarness(GoodsHarness, Protocol):
    """An ERP.

    Attributes:
        warehouse: code of the warehouse that `add_variant` fills.
        other_warehouse: code of another one, None if the ERP has just one.
        currency: of the list prices.
        inactive_currency: ISO code the ERP does not sell in.
        today: a business date on which sales can be booked.
        dated_price_lists: whether price list lines can have dates.
        late_commits: whether `hold_change` can hold a transaction open; an ERP whose database
            has one writer at a time cannot.
    """

    @property
    def warehouse(self) -> str: ...

    @property
    def other_warehouse(self) -> str | None: ...

    @property
    def currency(self) -> str: ...

    @property
    def inactive_currency(self) -> str: ...

    @property
    def today(self) -> dt.date: ...

    @property
    def dated_price_lists(self) -> bool: ...

    @property
    def late_commits(self) -> bool: ...

    async def set_on_hand(self, id_: ExternalId, quantity: Decimal) -> None:
        """Count the stock of `warehouse`."""

    async def sell(self, id_: ExternalId, quantity: Decimal) -> str:
        """A confirmed sale from `warehouse`, typed in by the ERP's own people; its id."""

    async def ship(self, sale: str) -> None:
        """All goods of that sale leave the warehouse."""

    async def set_price(self, id_: ExternalId, price: Decimal) -> None:
        """Change the net list price."""

    async def list_price(
        self, id_: ExternalId, price: Decimal, starts: dt.date | None, ends: dt.date | None
    ) -> ExternalId:
        """A new price list with one line for that variant; the list's id."""

    async def add_party(self, name: str, *, email: str, vat_id: str) -> ExternalId:
        """A buyer the ERP knows already."""

    async def sales_with_key(self, key: str) -> list[RemoteSale]:
        """All sales that carry our key, or name our order where there is no key."""

    async def count_sales(self) -> int:
        """How many sales there are in all."""

    async def count_variants(self, sku: str) -> int:
        """How many variants have this code."""

    async def hold_change(self, id_: ExternalId) -> Callable[[], Awaitable[None]]:
        """Change the variant in a transaction that stays open; call the answer to commit it."""


@dataclass(frozen=True, slots=True)
class PlacedOrder:
    """An order as the visitor saw it.

    Attributes:
        total: gross, what the visitor was told to pay.
    """

    id: ExternalId
    total: Decimal


class ShopHarness(GoodsHarness, Protocol):
    """A shop.

    Attributes:
        currency: in which it sells.
    """

    @property
    def currency(self) -> str: ...

    async def stored_free(self, id_: ExternalId) -> Decimal:
        """What a visitor could buy now, as the shop's own database has it."""

    async def stored_price(self, id_: ExternalId) -> PriceTarget | None:
        """The price as the shop's own database has it."""

    async def place_order(self, id_: ExternalId, quantity: Decimal) -> PlacedOrder:
        """A visitor buys; the harness sees to it that there is a price and enough stock."""

    async def change_order(self, id_: ExternalId) -> str:
        """Change an order's status, not cancelling it; the shop's word for the new one."""

    async def cancel_order(self, id_: ExternalId) -> None:
        """Cancel it, so that its goods can be sold again."""

    def later_cursor(self, cursor: str) -> str:
        """A cursor of the order feed as the shop would have given it after many more orders.

        It stands for one that was given before the shop was restored from an older copy.
        """
