"""An order's whole life at one desk: what S4 asks for is done at once, then it is asked again.

The ERP here does what it is told and keeps no rules of its own: whether S4 asks for the right
thing is what the tests are about.
"""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from decimal import Decimal

from msgspec import json
from msgspec.structs import replace

from panstore.model.customer import FoundCustomer, MatchCriterion
from panstore.model.ids import ExternalId, OrderKey
from panstore.model.invoice import Invoice
from panstore.model.order import Order, Refund, RefundedLine
from panstore.model.sale import Booked, BookedLine, BookedOrder, ErpOrder, SoldGoods
from panstore.model.shipment import Shipment, ShippedGoods
from panstore.modules.s4_orders.module import module
from panstore.modules.s4_orders.settings import OrderSettings
from panstore.sdk.modules import (
    CancelOrder,
    CreateOrder,
    Due,
    Fact,
    FindCustomer,
    OrderCase,
    TellShop,
)
from panstore.sdk.order_roles import OrderUpdate
from tests.unit.modules.order_scene import amount

__all__ = ["NOW", "Desk", "refund", "refunded"]

NOW = dt.datetime(2026, 11, 25, 5, tzinfo=dt.UTC)
_STEPS = 20


class Desk:
    """One order, its sales in the ERP and what the shop was told.

    Args:
        case: before anything has happened.
    """

    def __init__(self, case: OrderCase, settings: OrderSettings) -> None:
        self.first = case
        self.order = case.order
        self.settings = settings
        self.facts: list[Fact] = []
        self.sales: dict[OrderKey, BookedOrder] = {}
        self.made: list[ErpOrder] = []
        self.kept: dict[OrderKey, Booked] = {}
        self.told: list[OrderUpdate] = []
        self.done: list[str] = []
        self.answers: dict[MatchCriterion, tuple[FoundCustomer, ...]] = dict(case.answers)
        self.in_line_as = ""

    @property
    def case(self) -> OrderCase:
        return replace(
            self.first,
            order=self.order,
            facts=tuple(self.facts),
            answers=self.answers,
            sales=dict(self.sales),
            in_line_as=self.in_line_as,
        )

    def run(self) -> Due:
        """Do what is wanted until nothing is; a reason to park comes back."""
        for _ in range(_STEPS):
            due = module.due(self.case, self.settings)
            last = due
            if not self._do(due):
                due = module.report(self.case, self.settings)
                if not self._do(due):
                    return last
        raise AssertionError(f"no end after {self.done}")

    def edit(self, order: Order) -> Due:
        """The shop's order is another one now."""
        self.order = order
        return self.run()

    def ship(self, key: str = "shop/77/order/1", pieces: str | None = None) -> None:
        """A parcel leaves with so many stock units of each article, None for all of them."""
        sale = self.sales[OrderKey(key)]
        goods = []
        parcel = []
        for one in sale.goods:
            quantity = one.ordered - one.shipped if pieces is None else Decimal(pieces)
            goods.append(replace(one, shipped=one.shipped + quantity))
            parcel.append(ShippedGoods(one.product, abs(quantity)))
        number = len(sale.shipments) + 1
        shipment = Shipment(
            id=ExternalId(f"{key}#{number}"),
            number=f"CS{number}",
            state="shipped",
            goods=tuple(parcel),
            returned=sale.total < 0,
            carrier="Pošta",
            tracking=f"RR{number}SI",
        )
        self.sales[sale.key] = replace(
            sale, goods=tuple(goods), shipments=(*sale.shipments, shipment)
        )

    def pack(self, key: str = "shop/77/order/1") -> None:
        """A parcel stands ready."""
        sale = self.sales[OrderKey(key)]
        parcel = Shipment(ExternalId("p"), "CS9", "packed")
        self.sales[sale.key] = replace(sale, shipments=(parcel,))

    def invoice(self, key: str = "shop/77/order/1", number: str = "R-1") -> None:
        """An invoice for the whole sale stands in the books."""
        sale = self.sales[OrderKey(key)]
        invoice = Invoice(ExternalId(number), number, "posted", sale.total, sale.currency)
        self.sales[sale.key] = replace(sale, invoices=(*sale.invoices, invoice))

    def credit(self, key: str = "shop/77/order/1", number: str = "R-1") -> None:
        """The invoice is taken back."""
        sale = self.sales[OrderKey(key)]
        note = Invoice(
            ExternalId(f"{number}-C"),
            f"{number}-C",
            "posted",
            -sale.total,
            sale.currency,
            credits=ExternalId(number),
        )
        self.sales[sale.key] = replace(sale, invoices=(*sale.invoices, note))

    def reserve(self, key: str = "shop/77/order/1", pieces: str | None = None) -> None:
        """Goods are set aside, all of them or so many of each article."""
        sale = self.sales[OrderKey(key)]
        goods = tuple(
            replace(one, reserved=one.ordered if pieces is None else Decimal(pieces))
            for one in sale.goods
        )
        self.sales[sale.key] = replace(sale, goods=goods)
        self.fact("reserved", detail=key)

    def undo(self, key: str = "shop/77/order/1") -> None:
        """Somebody cancels a sale in the ERP."""
        self._set_state(OrderKey(key))

    def fact(self, name: str, *, key: str = "", number: str = "", detail: str = "") -> None:
        """Something that was done and recorded; goods that were short are waited for."""
        if name in {"reserved", "released"}:
            sale = self.sales.get(OrderKey(detail))
            short = name == "reserved" and sale is not None and not sale.all_reserved
            self.in_line_as = "0/first come" if short else ""
        revision = sum(1 for one in self.facts if one.name == name) + 1
        at = NOW + dt.timedelta(seconds=len(self.facts))
        self.facts.append(Fact(name, revision, at, key=key, number=number, detail=detail))

    def standing(self) -> list[ErpOrder]:
        """Sales that count in the ERP, as they were sent."""
        return [one for one in self.made if self.sales[one.key].state != "cancelled"]

    def pieces(self) -> dict[ExternalId, Decimal]:
        """Stock units by article in all sales that count."""
        found: dict[ExternalId, Decimal] = defaultdict(Decimal)
        for line in (line for one in self.standing() for line in one.lines):
            if line.product is not None:
                found[line.product] += line.quantity
        return {product: quantity for product, quantity in found.items() if quantity}

    def nets(self) -> dict[Decimal, Decimal]:
        """Net by VAT rate in all sales that count, rounding left out."""
        found: dict[Decimal, Decimal] = defaultdict(Decimal)
        for line in (line for one in self.standing() for line in one.lines):
            if line.kind != "rounding":
                found[line.rate] += line.net
        return {rate: net for rate, net in found.items() if net}

    @property
    def total(self) -> Decimal:
        return sum((one.total for one in self.standing()), Decimal(0))

    def _do(self, due: Due) -> bool:
        match due:
            case FindCustomer(criterion=criterion):
                self.answers[criterion] = ()
            case CreateOrder():
                self._create(due)
            case CancelOrder():
                assert due.sale == self.sales[due.sale].key
                self._set_state(due.sale)
                self.fact("cancelled", key=f"cancel/{due.revision}", detail=due.sale)
                assert self.facts[-1].revision == due.revision
                self.done.append(f"cancel {due.sale.removeprefix('shop/')}")
            case TellShop():
                self._tell(due)
            case _:
                return False
        return True

    def _create(self, step: CreateOrder) -> None:
        wanted = step.order
        assert wanted.key not in self.sales
        assert step.booked.lines == wanted.lines
        assert step.booked.total == wanted.total
        self.made.append(wanted)
        self.kept[wanted.key] = step.booked
        number = f"S-{len(self.made)}"
        self.sales[wanted.key] = BookedOrder(
            key=wanted.key,
            id=ExternalId(str(len(self.made))),
            number=number,
            party=ExternalId("party"),
            total=wanted.total,
            currency=wanted.currency,
            state="open",
            goods=_sold(wanted.lines),
        )
        detail = json.encode(step.booked).decode()
        self.fact(step.fact, key=wanted.key, number=number, detail=detail)
        assert self.facts[-1].revision == step.revision
        self.done.append(f"create {wanted.key.removeprefix('shop/')}")

    def _tell(self, step: TellShop) -> None:
        self.told.append(step.update)
        if step.update.status is not None:
            self.order = replace(self.order, status=step.update.status)
        self.fact("told", key=step.update.key, detail=step.detail)
        assert self.facts[-1].revision == step.revision
        self.done.append(f"tell {step.reason}")

    def _set_state(self, key: OrderKey) -> None:
        goods = tuple(replace(one, reserved=Decimal(0)) for one in self.sales[key].goods)
        self.sales[key] = replace(self.sales[key], state="cancelled", goods=goods)


def _sold(lines: tuple[BookedLine, ...]) -> tuple[SoldGoods, ...]:
    ordered: dict[ExternalId, Decimal] = defaultdict(Decimal)
    for line in lines:
        if line.product is not None:
            ordered[line.product] += line.quantity
    return tuple(SoldGoods(product, quantity) for product, quantity in ordered.items())


def refund(total: str, *lines: RefundedLine, number: int = 1, reason: str = "") -> Refund:
    """Money given back, gross."""
    return Refund(ExternalId(f"r{number}"), NOW, Decimal(total), lines, reason=reason)


def refunded(line: str, pieces: str, net: str, tax: str, rate: str = "22") -> RefundedLine:
    """Part of a line that is given back."""
    return RefundedLine(ExternalId(line), Decimal(pieces), amount(net, tax, rate))
