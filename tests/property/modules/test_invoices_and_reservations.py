"""P1 and P2 through any order's life: they come to rest, and never do one thing twice."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal

import msgspec
from hypothesis import given
from hypothesis import strategies as st

from panstore.model.ids import ExternalId, OrderKey
from panstore.model.invoice import Invoice
from panstore.model.order import Order, Payment, Refund
from panstore.model.sale import BookedOrder, SoldGoods
from panstore.model.shipment import Shipment, ShippedGoods
from panstore.modules.p1_invoices.module import module as p1
from panstore.modules.p1_invoices.settings import InvoiceSettings
from panstore.modules.p2_reservations.module import module as p2
from panstore.modules.p2_reservations.settings import ReservationSettings
from panstore.sdk.modules import (
    CreditInvoice,
    Due,
    Fact,
    IssueInvoice,
    OrderCase,
    Release,
    Reserve,
)
from panstore.sdk.rules import Rule
from tests.unit.modules.order_life import NOON, SALE, an_order, case

change = msgspec.structs.replace
ZERO = Decimal(0)
PRICE = Decimal("6.10")
SUPPLEMENT, RETURN = OrderKey("shop/77/supplement/1"), OrderKey("shop/77/return/1")
EVENTS = (
    *("pay", "fail", "refund", "cancel", "revive", "supplement", "pass a day"),
    *("stock", "pack", "ship", "receive", "person invoices", "person credits"),
    *("person credits part", "person reserves", "person releases", "person cancels"),
)
RULES = st.sampled_from([
    "true",
    "false",
    "order.paid",
    "order.shipped",
    "order.partly_shipped || order.shipped",
    "order.reserved && order.paid",
    '!order.payment_failed && order.stage == "open"',
    "1 / (order.line_count - 1) == 1",
]).map(Rule)
P1_SETTINGS = st.builds(
    InvoiceSettings,
    rule=RULES,
    scope=st.sampled_from(["order", "shipped"]),
    credit=st.sampled_from(["at_once", "received"]),
)
P2_SETTINGS = st.builds(
    ReservationSettings,
    rule=RULES,
    shortage=st.sampled_from(["part", "whole"]),
    unpaid_hours=st.sampled_from([None, 24, 72]),
    priority=st.sampled_from(["first_come", "paid_first"]),
)


class World:
    """One order and its sales; the ERP refuses what must never be asked of it."""

    def __init__(self) -> None:
        self.order: Order = an_order("12.20")
        self.now: dt.datetime = NOON
        self.stock = Decimal(1)
        self.arrived = False
        self.facts: list[Fact] = []
        self.papers = 0
        self.taken_back_by_hand = False
        self.sales: dict[OrderKey, BookedOrder] = {}
        self._book(SALE, Decimal(2))

    def _book(self, key: OrderKey, pieces: Decimal) -> None:
        self.sales[key] = BookedOrder(
            key=key,
            id=ExternalId(key),
            number=key,
            party=ExternalId("1"),
            total=pieces * PRICE,
            currency="EUR",
            state="open",
            goods=(SoldGoods(ExternalId("e1"), pieces),),
        )

    def case(self) -> OrderCase:
        return case(
            self.order, self.sales.values(), self.facts, now=self.now, goods_arrived=self.arrived
        )

    # What people and other systems do.

    def happens(self, event: str) -> None:
        match event:
            case "pay":
                paid = (Payment("card", self.order.total, self.order.total),)
                self.order = change(self.order, payments=paid)
            case "fail":
                failed = (Payment("card", self.order.total, ZERO, failed=True),)
                self.order = change(self.order, payments=failed)
            case "refund":
                self._refund()
            case "cancel":
                self.order = change(self.order, stage="cancelled")
            case "revive":
                self.order = change(self.order, stage="open")
            case "supplement":
                if SUPPLEMENT not in self.sales:
                    self._book(SUPPLEMENT, Decimal(1))
                    self.order = change(self.order, total=self.order.total + PRICE)
            case "pass a day":
                self.now += dt.timedelta(days=1)
            case "stock":
                self.stock += 1
                self.arrived = True
            case _:
                self._in_the_erp(event)

    def _refund(self) -> None:
        if RETURN in self.sales:
            return
        self._book(RETURN, Decimal(-1))
        self.order = change(self.order, refunds=(Refund(ExternalId("r"), NOON, PRICE),))

    def _in_the_erp(self, event: str) -> None:  # noqa: C901, PLR0912 - one per event
        sale = self.sales[SALE]
        [goods] = sale.goods
        if sale.state != "open":
            return
        match event:
            case "pack" if goods.reserved and not sale.shipments:
                self._parcel(sale, "packed", goods.reserved)
            case "ship" if sale.shipments and sale.shipments[0].state == "packed":
                left = sale.shipments[0].goods[0].quantity
                self._goods(sale, reserved=goods.reserved - left, shipped=goods.shipped + left)
                self._parcel(self.sales[SALE], "shipped", left)
            case "receive" if RETURN in self.sales:
                self._goods(self.sales[RETURN], shipped=Decimal(-1))
            case "person invoices" if not goods.invoiced:
                self._issue(sale, "", goods.ordered)
            case "person credits":
                for invoice in sale.standing_invoices[:1]:
                    self._credit(sale, invoice, "")
            case "person credits part":
                for invoice in sale.standing_invoices[:1]:
                    if invoice.total > PRICE:
                        self._credit(sale, change(invoice, total=PRICE), "", whole=False)
            case "person reserves" if self.stock and goods.reserved + goods.shipped < goods.ordered:
                self.stock -= 1
                self._goods(sale, reserved=goods.reserved + 1)
            case "person releases" if not sale.shipments:
                self.stock += goods.reserved
                self._goods(sale, reserved=ZERO)
            case "person cancels" if not sale.shipments and not sale.standing_invoices:
                self.stock += goods.reserved
                self._goods(sale, reserved=ZERO)
                self.sales[SALE] = change(self.sales[SALE], state="cancelled")
            case _:
                pass

    def _goods(self, sale: BookedOrder, **counts: Decimal) -> None:
        self.sales[sale.key] = change(sale, goods=(change(sale.goods[0], **counts),))

    def _parcel(self, sale: BookedOrder, state: str, pieces: Decimal) -> None:
        content = (ShippedGoods(ExternalId("e1"), pieces),)
        parcel = Shipment(ExternalId("p"), "P", state, content)  # type: ignore[arg-type]
        self.sales[sale.key] = change(sale, shipments=(parcel,))

    def _issue(self, sale: BookedOrder, key: str, pieces: Decimal) -> ExternalId:
        self.papers += 1
        id_ = ExternalId(f"i{self.papers}")
        before = sale.goods[0].invoiced
        paper = Invoice(id_, id_, "posted", (pieces - before) * PRICE, "EUR", key)
        self._goods(change(sale, invoices=(*sale.invoices, paper)), invoiced=pieces)
        return id_

    def _credit(
        self, sale: BookedOrder, invoice: Invoice, key: str, *, whole: bool = True
    ) -> ExternalId:
        self.papers += 1
        self.taken_back_by_hand |= not key
        id_ = ExternalId(f"i{self.papers}")
        credits_ = invoice.id if whole else None
        note = Invoice(id_, id_, "posted", -invoice.total, "EUR", key, credits=credits_)
        kept = tuple(
            change(one, state="cancelled") if whole and one.id == invoice.id else one
            for one in sale.invoices
        )
        left = sale.goods[0].invoiced - invoice.total / PRICE
        self._goods(change(sale, invoices=(*kept, note)), invoiced=left)
        return id_

    # What our steps do; each is refused where it would be a second time.

    def done(self, step: Due) -> None:
        match step:
            case IssueInvoice():
                self._issued(step)
            case CreditInvoice():
                self._credited(step)
            case Reserve():
                self._reserved(step)
            case Release():
                sale = self.sales[step.sale]
                [goods] = sale.goods
                packed = sum(
                    (p.goods[0].quantity for p in sale.shipments if p.state == "packed"), ZERO
                )
                assert goods.reserved > packed
                self.stock += goods.reserved - packed
                self._goods(sale, reserved=packed)
                self._note("released", step.revision, step.sale)
            case _:
                raise AssertionError(step)

    def _issued(self, step: IssueInvoice) -> None:
        request = step.request
        assert all(request.key != one.key for s in self.sales.values() for one in s.invoices)
        sale = self.sales[request.sale]
        [goods] = sale.goods
        assert sale.state == "open"
        assert not (self.taken_back_by_hand and request.sale == SALE)
        if request.scope == "order":
            assert not sale.standing_invoices
            pieces = goods.ordered
        else:
            pieces = goods.shipped
        assert abs(pieces) > abs(goods.invoiced)
        id_ = self._issue(sale, request.key, pieces)
        self._note("invoiced", step.revision, request.sale, id_)

    def _credited(self, step: CreditInvoice) -> None:
        sale = self.sales[step.request.sale]
        [invoice] = [one for one in sale.standing_invoices if one.id == step.request.invoice]
        assert invoice.total <= sum((one.total for one in sale.standing_invoices), ZERO)
        id_ = self._credit(sale, invoice, step.request.key)
        self._note("credited", step.revision, step.request.sale, id_)

    def _reserved(self, step: Reserve) -> None:
        sale = self.sales[step.sale]
        [goods] = sale.goods
        missing = goods.ordered - goods.reserved - goods.shipped
        assert missing > 0
        got = min(missing, self.stock)
        if step.whole and got < missing:
            got = ZERO
        self.stock -= got
        self.arrived = False
        self._goods(sale, reserved=goods.reserved + got)
        self._note("reserved", step.revision, step.sale)

    def _note(self, name: str, revision: int, sale: OrderKey, reference: str = "") -> None:
        assert revision == 1 + sum(fact.name == name for fact in self.facts)
        self.facts.append(Fact(name, revision, self.now, reference=reference, detail=sale))


STEPS = IssueInvoice | CreditInvoice | Reserve | Release


@given(st.lists(st.sampled_from(EVENTS), max_size=20), P1_SETTINGS, P2_SETTINGS)
def test_any_life_of_an_order_comes_to_rest_and_does_nothing_twice(
    events: list[str], invoices: InvoiceSettings, reservations: ReservationSettings
) -> None:
    world = World()
    for event in ["", *events]:
        if event:
            world.happens(event)
        step: Due = None
        for _ in range(12):
            step = p2.due(world.case(), reservations)
            if not isinstance(step, STEPS):
                step = p1.due(world.case(), invoices)
            if not isinstance(step, STEPS):
                break
            world.done(step)
        else:
            raise AssertionError(f"no rest after {event}: {step}")
        after(world, reservations)


def after(world: World, settings: ReservationSettings) -> None:
    """What holds whenever the modules rest."""
    for sale in world.sales.values():
        [goods] = sale.goods
        assert abs(goods.invoiced) <= abs(goods.ordered)
        assert sum((one.total for one in sale.standing_invoices), ZERO) == goods.invoiced * PRICE
    assert world.stock >= 0
    order = world.order
    if order.payment_failed or order.stage == "cancelled":
        ours = world.sales[SALE]
        last = [fact.name for fact in world.facts if fact.detail == SALE][-1:]
        packed = any(parcel.state == "packed" for parcel in ours.shipments)
        if last == ["reserved"] and ours.state == "open" and not packed:
            assert not ours.reserved, settings


@given(st.lists(st.sampled_from(EVENTS), max_size=12), P1_SETTINGS, P2_SETTINGS)
def test_the_same_case_gives_the_same_step(
    events: list[str], invoices: InvoiceSettings, reservations: ReservationSettings
) -> None:
    world = World()
    for event in events:
        world.happens(event)
    one = world.case()
    turned = change(one, sales=dict(reversed(list(one.sales.items()))))
    assert p1.due(turned, invoices) == p1.due(one, invoices)
    assert p2.due(turned, reservations) == p2.due(one, reservations)
