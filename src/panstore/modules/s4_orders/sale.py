"""The sale an order becomes: lines, buyer, and what goes with them."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from zoneinfo import ZoneInfo

import msgspec

from panstore.model.ids import ExternalId, OrderKey
from panstore.model.order import Order
from panstore.model.plan import Held
from panstore.model.sale import Booked, BookedLine, ErpOrder, NewCustomer
from panstore.modules.s4_orders.acceptance import payment_code, unacceptable
from panstore.modules.s4_orders.booking import book, rounding_limit
from panstore.modules.s4_orders.buyer import buyer
from panstore.modules.s4_orders.content import (
    address_digest,
    content_digest,
    delivery_code,
    goods_of,
)
from panstore.modules.s4_orders.goods import goods
from panstore.modules.s4_orders.refunds import after_refunds
from panstore.modules.s4_orders.settings import OrderSettings
from panstore.sdk.modules import CreateOrder, CreateProduct, FindCustomer, OrderCase

__all__ = ["Wanted", "business_day", "erp_order", "wanted", "whole_sale"]


class Wanted(msgspec.Struct, frozen=True):
    """What the ERP shall hold of an order in the end.

    Attributes:
        order: without what was given back.
        lines: as one sale would have them; their total is the order's.
    """

    order: Order
    lines: tuple[BookedLine, ...]

    @property
    def booked(self) -> Booked:
        """Kept with the sale, so that a later look can tell what has changed since."""
        return Booked(
            lines=self.lines,
            total=self.order.total,
            content=content_digest(self.order),
            address=address_digest(self.order),
            goods=tuple(goods_of(self.order).items()),
        )


def wanted(case: OrderCase, settings: OrderSettings) -> Wanted | Held | CreateProduct:
    """The order without what was given back, to the cent, or what stands in the way."""
    held = unacceptable(case, settings)
    if held is not None:
        return held
    order = after_refunds(case.order)
    present = msgspec.structs.replace(case, order=order)
    lines = goods(present, settings)
    if isinstance(lines, Held | CreateProduct):
        return lines
    cents = settings.rounding_limit_cents_per_line
    # The parts that were given back have left their rounding behind.
    limit = max(rounding_limit(case.order, cents), rounding_limit(order, cents))
    booked = book(present, lines, limit)
    return booked if isinstance(booked, Held) else Wanted(order, booked)


def whole_sale(
    case: OrderCase, settings: OrderSettings, revision: int, reason: str
) -> CreateOrder | CreateProduct | FindCustomer | Held:
    """The sale for the whole order, or what has to be done or decided before."""
    content = wanted(case, settings)
    if not isinstance(content, Wanted):
        return content
    party = buyer(case, settings)
    if isinstance(party, FindCustomer | Held):
        return party
    booked = content.booked
    order = erp_order(
        case, settings, case.key("order", revision), booked, party, case.order.placed_at
    )
    return CreateOrder(
        order=order, fact="imported", revision=revision, booked=booked, reason=reason
    )


def erp_order(
    case: OrderCase,
    settings: OrderSettings,
    key: OrderKey,
    booked: Booked,
    party: ExternalId | NewCustomer,
    day: dt.datetime,
) -> ErpOrder:
    """A sale with these lines and everything that goes with them.

    Args:
        day: moment whose business day it gets.
    """
    order = case.order
    return ErpOrder(
        key=key,
        shop_order=order.id,
        number=order.number,
        date=business_day(day, case.view.zone),
        currency=order.currency,
        warehouse=settings.warehouse,
        party=party,
        customer=order.customer,
        lines=booked.lines,
        total=booked.total,
        billing=order.billing,
        shipping=order.shipping,
        delivery_method=_word(delivery_code(order), settings.delivery_methods),
        payment_method=_word(payment_code(order), settings.payment_methods),
        note="\n".join(part for part in _note(order) if part),
    )


def business_day(moment: dt.datetime, zone: str) -> dt.date:
    """The company's day at that moment."""
    return moment.astimezone(ZoneInfo(zone)).date()


def _word(code: str, words: Mapping[str, str]) -> str:
    return words.get(code, code)


def _note(order: Order) -> list[str]:
    """Pick-up point, the buyer's note, names of the discounts, references of the payments."""
    references = [
        f"{payment.method} {payment.reference}".strip()
        for payment in order.payments
        if payment.reference and not payment.failed
    ]
    pickup = order.pickup
    return [
        "" if pickup is None else f"Pick-up: {pickup.name} ({pickup.code})",
        order.note.strip(),
        f"Discounts: {', '.join(order.discounts)}" if order.discounts else "",
        f"Payment: {', '.join(references)}" if references else "",
    ]
