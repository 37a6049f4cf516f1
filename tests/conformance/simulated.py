"""Harnesses of the simulated world, for its own conformance and for wrong connectors."""

from __future__ import annotations

import datetime as dt
from collections.abc import Awaitable, Callable, Mapping, Sequence
from decimal import Decimal

from panstore.model.contract import PriceWish
from panstore.model.ids import ConnectionId, ExternalId
from panstore.model.price import PriceTarget
from panstore.sdk.roles import Connector
from panstore.testing.suites import (
    Disturbance,
    ListLine,
    PlacedOrder,
    RemotePaper,
    RemoteSale,
    RemoteTold,
    SignedMessage,
)
from panstore.testing.world import (
    DatedPrice,
    Fault,
    Faults,
    History,
    SimClock,
    SimErp,
    SimErpConnector,
    SimShop,
    SimShopConnector,
)
from panstore.testing.world.messages import Message, Sender
from panstore.testing.world.orders import ShopOrder

_FAULTS: dict[Disturbance, Fault] = {
    "dropped": Fault("lost_before"),
    "lost": Fault("lost_after"),
    "cut": Fault("lost_after"),
    "garbage": Fault("lost_after"),
    "time_out": Fault("lost_after"),
    "gateway_time_out": Fault("lost_before"),
    "busy": Fault("unavailable"),
}
_FAR = dt.datetime(2100, 1, 1, tzinfo=dt.UTC)


class SimHarness:
    """What both sides have in common: one clock, one history, faults."""

    unknown_id = ExternalId("X-999999")
    vat_rate = Decimal(22)

    def __init__(self, connection: str) -> None:
        self.clock = SimClock()
        self.history = History(self.clock)
        self.faults = Faults(self.clock)
        self.connection = ConnectionId(connection)

    def disturb(self, what: Disturbance, *, seconds: int = 7) -> None:
        fault = _FAULTS.get(what, Fault("rate_limited", after=seconds))
        self.faults.script(self.connection, "*", fault)

    async def refuse_connections(self) -> None:
        self.faults.down(self.connection, self.clock.now(), _FAR)

    async def accept_connections(self) -> None:
        self.faults.up(self.connection)

    def signed(self, message: Message) -> SignedMessage:
        return SignedMessage(message.headers, message.body, self.clock.now())


class SimErpHarness(SimHarness):
    """A simulated ERP and a connector to it, the right one unless told otherwise."""

    warehouse = "LJ"
    other_warehouse = "MB"
    currency = "EUR"
    inactive_currency = "USD"
    today = dt.date(2026, 3, 2)
    dated_price_lists = True
    late_commits = True
    tracking = True
    secrets = ("erp-password", "wrong-password")

    def __init__(
        self,
        connect: Callable[[ConnectionId, SimErp, Faults], Connector] = SimErpConnector,
        *,
        keyed: bool = True,
    ) -> None:
        super().__init__("erp")
        self.erp = SimErp(self.history, keyed=keyed)
        self.categories: dict[ExternalId, set[ExternalId]] = {}
        self.connector = connect(self.connection, self.erp, self.faults)

    def wrong_credentials_connector(self) -> Connector:
        return SimErpConnector(self.connection, self.erp, self.faults, password="wrong-password")

    def picture(self) -> bytes:
        self.pictures = getattr(self, "pictures", 0) + 1
        return f"picture {self.pictures}".encode()

    async def add_variant(
        self, sku: str, *, price: Decimal | None = None, stock: Decimal = Decimal(0)
    ) -> ExternalId:
        return self.erp.add_variant(sku, price=price, on_hand=stock)

    async def rename_variant(self, id_: ExternalId, title: str) -> None:
        self.erp.pages.edit(id_, name=title)

    async def retire_variant(self, id_: ExternalId) -> None:
        self.erp.remove_variant(id_)

    async def message(self) -> SignedMessage:
        self.erp.wake()
        return self.signed(self.erp.messages.take()[-1])

    async def set_on_hand(self, id_: ExternalId, quantity: Decimal) -> None:
        self.erp.set_on_hand(id_, quantity)

    async def sell(self, id_: ExternalId, quantity: Decimal) -> str:
        return self.erp.sell(id_, quantity).id

    async def ship(self, sale: str) -> None:
        self.erp.deliveries.ship(ExternalId(sale))

    async def set_price(self, id_: ExternalId, price: Decimal) -> None:
        self.erp.set_price(id_, price)

    async def list_price(
        self, id_: ExternalId, price: Decimal, starts: dt.date | None, ends: dt.date | None
    ) -> ExternalId:
        new = ExternalId(f"L{len(self.erp.price_lists) + 1}")
        self.erp.set_list_price(new, id_, DatedPrice(price, starts, ends))
        return new

    async def add_list(self, *lines: ListLine) -> ExternalId:
        new = ExternalId(f"L{len(self.erp.price_lists) + 1}")
        await self.change_list(new, *lines)
        return new

    async def change_list(self, price_list: ExternalId, *lines: ListLine) -> None:
        self.erp.price_lists[price_list] = {}
        for variant in [one.id for one in self.erp.shelf]:
            goods = (None, variant, *self.categories.get(variant, ()))
            prices = [_dated(line) for line in lines if line.goods in goods]
            self.erp.set_list_price(price_list, variant, *prices)

    async def agree(self, party: ExternalId, price_list: ExternalId | None) -> None:
        self.erp.set_agreement(party, price_list)

    async def set_default_list(self, price_list: ExternalId | None) -> ExternalId | None:
        before = self.erp.default_list
        self.erp.set_default_list(price_list)
        return before

    async def retire_party(self, party: ExternalId) -> None:
        self.erp.retire_party(party)

    async def add_category(self, name: str, *variants: ExternalId) -> ExternalId:
        for variant in variants:
            self.categories.setdefault(variant, set()).add(ExternalId(name))
        return ExternalId(name)

    async def add_dozen(self, sku: str, *, price: Decimal) -> ExternalId:
        return self.erp.add_variant(sku, price=price)

    async def set_cost(self, id_: ExternalId, cost: Decimal) -> None:
        self.erp.set_cost(id_, cost)

    async def sale_prices(
        self, party: ExternalId, wanted: Sequence[tuple[ExternalId, Decimal]]
    ) -> Sequence[Decimal | None]:
        (agreed,) = self.erp.agreements([party])
        if agreed.id is None:
            return [self.erp.list_prices[id_] for id_, _ in wanted]
        wishes = [PriceWish(id_, quantity) for id_, quantity in wanted]
        prices = self.erp.contract_prices(agreed.id, wishes, self.currency, self.today)
        return [price.amount for price in prices]

    async def add_party(self, name: str, *, email: str, vat_id: str) -> ExternalId:
        return self.erp.parties.add(name, email=email, vat_id=vat_id).id

    async def sales_with_key(self, key: str) -> list[RemoteSale]:
        return [
            RemoteSale(
                sale.id, sale.total, sale.currency, sale.state == "confirmed", dict(sale.goods)
            )
            for sale in self.erp.sales.by_key(key)
        ]

    async def is_cancelled(self, sale: str) -> bool:
        return self.erp.sales.get(ExternalId(sale)).state == "cancelled"

    async def set_aside(self, id_: ExternalId) -> Decimal:
        return self.erp.level(id_, self.warehouse).reserved

    async def papers(self, sale: str) -> list[RemotePaper]:
        found = self.erp.sales.get(ExternalId(sale)).papers
        return [RemotePaper(one.number, one.total) for one in found if one.posted is not None]

    async def ship_part(
        self, sale: str, goods: Mapping[ExternalId, Decimal], *, tracking: str = ""
    ) -> None:
        self.erp.deliveries.ship(ExternalId(sale), goods, carrier="Post", tracking=tracking)

    async def receive(self, sale: str) -> None:
        self.erp.deliveries.receive(ExternalId(sale))

    async def cancel_by_hand(self, sale: str) -> None:
        self.erp.deliveries.cancel(ExternalId(sale))

    async def invoice_by_hand(self, sale: str) -> None:
        self.erp.billing.post_by_hand(ExternalId(sale))

    async def count_sales(self) -> int:
        return len(self.erp.sales)

    async def count_variants(self, sku: str) -> int:
        return sum(variant.sku == sku for variant in self.erp.shelf)

    async def hold_change(self, id_: ExternalId) -> Callable[[], Awaitable[None]]:
        held = self.erp.hold()
        self.erp.set_on_hand(id_, 1)
        self.erp.rows.resume()

        async def commit() -> None:
            held.commit()

        return commit


class SimShopHarness(SimHarness):
    """A simulated shop and a connector to it, the right one unless told otherwise."""

    currency = "EUR"
    next_status = "paid"
    closed_status = "cancelled"
    secrets = ("shop-token", "wrong-token")

    def __init__(
        self,
        connect: Callable[[ConnectionId, SimShop, Faults], Connector] = SimShopConnector,
        *,
        rich: bool = False,
        guarded_stock: bool = True,
    ) -> None:
        super().__init__("shop")
        self.shop = SimShop(
            self.history,
            guarded_stock=guarded_stock,
            fractional=rich,
            dated_prices=rich,
            prices_include_tax=rich,
        )
        self.connector = connect(self.connection, self.shop, self.faults)

    def wrong_credentials_connector(self) -> Connector:
        return SimShopConnector(self.connection, self.shop, self.faults, token="wrong-token")

    def picture(self) -> bytes:
        self.pictures = getattr(self, "pictures", 0) + 1
        return f"picture {self.pictures}".encode()

    async def add_variant(
        self, sku: str, *, price: Decimal | None = None, stock: Decimal = Decimal(0)
    ) -> ExternalId:
        target = None if price is None else self._price(price)
        return self.shop.add_variant(sku, free=stock, price=target)

    async def rename_variant(self, id_: ExternalId, title: str) -> None:
        self.shop.pages.edit(id_, name=title)

    async def retire_variant(self, id_: ExternalId) -> None:
        self.shop.remove_variant(id_)

    async def message(self) -> SignedMessage:
        return self.signed(self.shop.messages.send(type="order.changed", ids=["100001"]))

    async def open_account(self, email: str, *, name: str, company: str, vat_id: str) -> ExternalId:
        return self.shop.accounts.open(email, name=name, company=company, vat_id=vat_id)

    async def close_account(self, id_: ExternalId) -> None:
        self.shop.accounts.close(id_)

    async def question(self, body: bytes) -> SignedMessage:
        return self.signed(self.shop.question(body))

    async def question_of_another(self, body: bytes) -> SignedMessage:
        return self.signed(Sender("other", self.clock, b"another key").sign("question", body))

    async def charged(
        self, account: ExternalId, product: ExternalId, quantity: Decimal
    ) -> Decimal | None:
        return self.shop.charges(account, product, quantity)

    async def stored_free(self, id_: ExternalId) -> Decimal:
        return self.shop.free(id_)

    async def stored_price(self, id_: ExternalId) -> PriceTarget | None:
        return self.shop.prices.get(id_)

    async def place_order(self, id_: ExternalId, quantity: Decimal) -> PlacedOrder:
        self.shop.prices.setdefault(id_, self._price(Decimal("10.00")))
        order = self.shop.place_order((id_, quantity))
        return PlacedOrder(order.id, order.total)

    async def change_order(self, id_: ExternalId) -> str:
        self.shop.set_status(id_, "paid")
        return "paid"

    async def cancel_order(self, id_: ExternalId) -> None:
        self.shop.cancel(id_)

    async def told(self, id_: ExternalId) -> RemoteTold:
        entry = self._entry(id_)
        parcels = [parcel for update in entry.updates for parcel in update.shipments]
        return RemoteTold(
            entry.order.status,
            tuple(parcel.tracking for parcel in parcels),
            tuple(number for update in entry.updates for number in update.invoices),
            tuple(link.url for update in entry.updates for link in update.links),
        )

    async def ordered_product(self, id_: ExternalId) -> ExternalId:
        product = self._entry(id_).order.lines[0].product
        assert product is not None
        return product

    def _entry(self, id_: ExternalId) -> ShopOrder:
        entry = self.shop.orders.get(id_)
        assert entry is not None
        return entry

    def later_cursor(self, cursor: str) -> str:
        return str(int(cursor) + 1000)

    def _price(self, amount: Decimal) -> PriceTarget:
        return PriceTarget(amount, "EUR", self.shop.prices_include_tax, "standard")


def _dated(line: ListLine) -> DatedPrice:
    problem = "" if line.amount is not None else "division by zero"
    return DatedPrice(line.amount, line.starts, line.ends, line.least, problem)
