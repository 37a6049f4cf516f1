"""A simulated shop: what it offers, its visitors' orders, and how it takes stock and prices.

Only state and the rules of the trade live here; `shop_connector` speaks for it.
"""

from __future__ import annotations

import copy
import datetime as dt
from collections.abc import Sequence
from decimal import Decimal
from typing import Any

import msgspec

from panstore.model.customer import Address, Customer
from panstore.model.ids import ExternalId
from panstore.model.order import Charge, Order, OrderLine, OrderStage, Payment, RefundedLine
from panstore.model.price import PriceTarget
from panstore.model.product import Variant
from panstore.testing.world.accounts import Accounts
from panstore.testing.world.desk import Desk, SoldOutError
from panstore.testing.world.history import History
from panstore.testing.world.messages import Message, Sender
from panstore.testing.world.orders import ShopOrder, ShopOrders
from panstore.testing.world.pages import Pages
from panstore.testing.world.shelf import Shelf
from panstore.testing.world.tiers import StoredTiers
from panstore.testing.world.till import charge_line, price_on

__all__ = ["SimShop", "SoldOutError"]

_ZERO = Decimal(0)
_DEFAULT_RATE = Decimal(22)
_BUYER = Customer(None, "Ana Novak", "ana@example.si", "+38640123456")
_HOME = Address("Ana Novak", "Glavna ulica 1", "1000", "Ljubljana", "SI")


_KEPT = ("shelf", "orders", "accounts", "prices", "in_stock", "allocated", "tiers")
"""What a backup of the shop's database holds."""


class SimShop:
    """A shop in memory.

    Args:
        history: the world's; its clock is the shop's clock.
        guarded_stock: whether a stock write takes off what was ordered after its watermark.
        fractional: whether parts of a sales unit can be sold.
        prices_include_tax: whether it stores gross prices.
        dated_prices: whether it can hold a promotional price with dates.

    Attributes:
        desk: what becomes of an order after it was placed.
        tiers: contract prices, where the shop keeps them.
        keyed_updates: whether what it is told twice under one key counts once.
        document_links: whether a buyer sees links to documents in his order.
        tax_classes: VAT rate as text -> the shop's tax class; empty it before the connector is
            made to play a shop without classes.
    """

    def __init__(
        self,
        history: History,
        *,
        name: str = "shop",
        currency: str = "EUR",
        guarded_stock: bool = True,
        fractional: bool = False,
        prices_include_tax: bool = False,
        dated_prices: bool = False,
    ) -> None:
        self.history = history
        self.name = name
        self.currency = currency
        self.guarded_stock = guarded_stock
        self.fractional = fractional
        self.prices_include_tax = prices_include_tax
        self.dated_prices = dated_prices
        self.keyed_updates = True
        self.document_links = True
        self.tax_classes = {"22": "standard", "9.5": "reduced"}
        self.api_token = "shop-token"  # noqa: S105 - of a simulated system
        self.shelf = Shelf("V")
        self.pages = Pages(
            self.shelf, "V", lambda ids: self.messages.send(type="product.changed", ids=list(ids))
        )
        self.orders = ShopOrders()
        self.accounts = Accounts()
        self.tiers = StoredTiers()
        self.desk = Desk(self)
        self.messages = Sender(name, history.clock, b"key of the simulated shop")
        self.prices: dict[ExternalId, PriceTarget] = {}
        self.in_stock: dict[ExternalId, Decimal] = {}
        self.allocated: dict[ExternalId, Decimal] = {}
        self.oversold = _ZERO
        """Pieces sold although the shop itself had none left."""

    # -- disasters -----------------------------------------------------------------------------

    def back_up(self) -> dict[str, Any]:
        """A copy of all the shop knows."""
        return copy.deepcopy({name: getattr(self, name) for name in _KEPT})

    def restore(self, backup: dict[str, Any]) -> None:
        """Go back to a copy; what came after it is lost, and its ids are given again."""
        for name, value in copy.deepcopy(backup).items():
            setattr(self, name, value)

    # -- goods ---------------------------------------------------------------------------------

    def add_variant(
        self,
        sku: str,
        *,
        rate: Decimal = _DEFAULT_RATE,
        title: str = "",
        gtin: str = "",
        free: Decimal | int = 0,
        price: PriceTarget | None = None,
        announce: bool = True,
    ) -> ExternalId:
        """Create a variant, sold out and without a price unless told otherwise."""
        id_ = self.shelf.next_id()
        self.shelf.put(Variant(id_, sku, title or sku, gtin, tax_rates=(rate,)))
        if free:
            self.in_stock[id_] = Decimal(free)
        if price is not None:
            self.prices[id_] = price
        if announce:
            self.messages.send(type="product.changed", ids=[id_])
        return id_

    def change_variant(self, variant: Variant) -> None:
        """Replace what the shop says of a variant (code, title, active ...)."""
        self.shelf.put(variant)
        self.messages.send(type="product.changed", ids=[variant.id])

    def remove_variant(self, id_: ExternalId) -> None:
        """Delete a variant."""
        self.shelf.drop(id_)
        self.prices.pop(id_, None)
        self.in_stock.pop(id_, None)
        self.allocated.pop(id_, None)
        self.tiers.forget_product(id_)
        self.messages.send(type="product.changed", ids=[id_])

    # -- stock and prices ----------------------------------------------------------------------

    def free(self, id_: ExternalId) -> Decimal:
        """What a visitor could still buy; negative when the shop has oversold."""
        return self.in_stock.get(id_, _ZERO) - self.allocated.get(id_, _ZERO)

    def take_stock(self, id_: ExternalId, given: Decimal, watermark: int | None) -> Decimal:
        """Apply an absolute stock write under the row lock and say what is free now.

        A guarded shop takes off the pieces in orders placed after the watermark. Without a
        watermark, or unguarded, the given quantity is stored as it is.
        """
        free = given
        if self.guarded_stock and watermark is not None:
            free -= self.orders.pieces_after(id_, watermark)
        self.in_stock[id_] = max(_ZERO, free) + self.allocated.get(id_, _ZERO)
        return self.free(id_)

    def edit_stock(self, id_: ExternalId, free: Decimal | int) -> None:
        """Somebody changes the stock in the shop's back office."""
        self.in_stock[id_] = Decimal(free) + self.allocated.get(id_, _ZERO)
        self.messages.send(type="stock.changed", ids=[id_])

    def edit_price(self, id_: ExternalId, price: PriceTarget | None) -> None:
        """Somebody changes the price in the shop's back office."""
        if price is None:
            self.prices.pop(id_, None)
        else:
            self.prices[id_] = price
        self.messages.send(type="price.changed", ids=[id_])

    def charges(
        self, account: ExternalId, product: ExternalId, quantity: Decimal | int = 1
    ) -> Decimal | None:
        """Price of one sales unit by the stored contract prices; None: not for sale to him.

        What everybody pays where nothing is kept for him.
        """
        now = self.history.clock.now()
        price = self.prices.get(product)
        usual = None if price is None else price_on(price, now.date())
        return self.tiers.charges(account, product, Decimal(quantity), usual, now)

    # -- visitors ------------------------------------------------------------------------------

    def question(self, body: bytes, at: dt.datetime | None = None) -> Message:
        """A question for prices as the shop's server signs it, now unless `at` is given."""
        return self.messages.sign("question", body, at)

    def place_order(
        self,
        *lines: tuple[ExternalId, Decimal | int],
        customer: Customer = _BUYER,
        address: Address = _HOME,
        charges: Sequence[Charge] = (),
        discount_percent: Decimal = _ZERO,
        guard: bool = True,
        note: str = "",
        method: str = "invoice",
    ) -> Order:
        """A visitor buys; the order is in the journal and its pieces are allocated at once.

        Args:
            lines: variant and sales units.
            charges: shipping, fees and discounts on the whole.
            discount_percent: a voucher on every line.
            guard: whether the checkout looks at the free stock again under the row lock; a shop
                without it sells the last piece to everybody.
            method: how the buyer is going to pay; nothing is paid yet.

        Raises:
            SoldOutError: with the guard, too few pieces; always, no price or not active.
        """
        made = [self.line(n, *line, discount_percent) for n, line in enumerate(lines, 1)]
        wanted: dict[ExternalId, Decimal] = {}
        for id_, quantity in lines:
            wanted[id_] = wanted.get(id_, _ZERO) + Decimal(quantity)
        if guard and (short := [id_ for id_, n in wanted.items() if self.free(id_) < n]):
            raise SoldOutError(f"{self.name} has too few of {', '.join(short)}")
        for id_, quantity in wanted.items():
            before = self.free(id_)
            self.allocated[id_] = self.allocated.get(id_, _ZERO) + quantity
            self.oversold += max(_ZERO, -self.free(id_)) - max(_ZERO, -before)
        total = sum((line.charged.gross for line in made), _ZERO)
        total += sum((charge.charged.gross for charge in charges), _ZERO)
        id_ = self.orders.next_id()
        order = Order(
            id=id_,
            number=f"W{id_}",
            placed_at=self.history.clock.now(),
            status="new",
            stage="open",
            currency=self.currency,
            customer=customer,
            lines=tuple(made),
            total=total,
            charges=tuple(charges),
            billing=address,
            shipping=address,
            payments=(Payment(method, total, _ZERO),),
            discounts=("voucher",) if discount_percent else (),
            note=note,
        )
        self.orders.add(order, self.history.tick())
        self.messages.send(type="order.changed", ids=[id_])
        return order

    def cancel(self, id_: ExternalId) -> None:
        """The order is cancelled and its pieces can be sold again."""
        self._close(id_, "cancelled", "cancelled")

    def ship(self, id_: ExternalId) -> None:
        """The goods have left: allocated and in stock both fall."""
        self._close(id_, "shipped", "shipped")

    def set_status(self, id_: ExternalId, status: str) -> None:
        """The shop's own word changes, the goods stay where they are."""
        entry = self.orders.get(id_)
        if entry is not None:
            self.put(msgspec.structs.replace(entry.order, status=status))

    def break_order(self, id_: ExternalId, what: str) -> None:
        """From now on the order cannot be translated; empty `what` mends it."""
        entry = self.orders.get(id_)
        if entry is not None:
            entry.broken = what
            self.set_status(id_, entry.order.status)

    def stand_order(self, id_: ExternalId, order: Order) -> None:
        """Replace an order as it stands, for records that no till would make."""
        if self.orders.get(id_) is not None:
            self.put(msgspec.structs.replace(order, id=id_))

    def put(self, order: Order, back: Sequence[RefundedLine] = ()) -> ShopOrder:
        """Replace an order; pieces it holds more or less of are allocated or free again.

        What leaves the shop with it leaves the stock as well.

        Args:
            back: pieces given back just now.
        """
        entry = self.orders.get(order.id)
        if entry is None:
            raise KeyError(f"{self.name} has no order {order.id}")
        before = entry.holds()
        if order.stage != "shipped":
            for one in back:
                entry.back[one.line] = entry.back.get(one.line, _ZERO) + one.quantity
        self.orders.put(order, self.history.tick())
        after = entry.holds()
        for variant in {*before, *after}:
            more = after.get(variant, _ZERO) - before.get(variant, _ZERO)
            self.allocated[variant] = self.allocated.get(variant, _ZERO) + more
            if order.stage == "shipped":
                self.in_stock[variant] = self.in_stock.get(variant, _ZERO) + more
        self.messages.send(type="order.changed", ids=[order.id])
        return entry

    def _close(self, id_: ExternalId, status: str, stage: OrderStage) -> None:
        entry = self.orders.get(id_)
        if entry is not None and entry.order.stage == "open":
            self.put(msgspec.structs.replace(entry.order, status=status, stage=stage))

    def line(
        self,
        number: int,
        id_: ExternalId,
        quantity: Decimal | int,
        discount_percent: Decimal,
    ) -> OrderLine:
        """A line as the till charges it now.

        Raises:
            SoldOutError: it has no price or is not active.
        """
        variant = self.shelf.get(id_)
        price = self.prices.get(id_)
        if variant is None or not variant.active or price is None:
            raise SoldOutError(f"{self.name} does not sell {id_}")
        charged, discount = charge_line(
            price_on(price, self.history.clock.now().date()),
            Decimal(quantity),
            variant.tax_rates[0] if variant.tax_rates else _ZERO,
            includes_tax=price.includes_tax,
            discount_percent=discount_percent,
        )
        title, sku = variant.title, variant.sku
        line = ExternalId(str(number))
        return OrderLine(line, id_, sku, title, Decimal(quantity), charged, discount)
