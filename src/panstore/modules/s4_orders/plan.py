"""S4's plan: the next step for one web order."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from zoneinfo import ZoneInfo

from panstore.model.ids import ExternalId, order_key
from panstore.model.order import Order
from panstore.model.plan import Held
from panstore.model.quantity import plain
from panstore.model.sale import BookedLine, ErpOrder, NewCustomer
from panstore.modules.s4_orders.booking import book, shop_sum_problem
from panstore.modules.s4_orders.buyer import buyer
from panstore.modules.s4_orders.goods import goods, line_name
from panstore.modules.s4_orders.settings import OrderSettings
from panstore.sdk.modules import CreateOrder, CreateProduct, Due, FindCustomer, OrderCase

__all__ = ["next_step"]


def next_step(case: OrderCase, settings: OrderSettings) -> Due:
    """What is due for this order.

    Everything that can park the order is looked at before anything is created for it. A shipped
    order that is not in the ERP yet is still imported: the sale happened. A cancelled one is
    not: there is nothing to deliver.
    """
    order = case.order
    if "imported" in case.facts or order.stage == "cancelled":
        return None
    held = _unacceptable(order, settings)
    if held is not None:
        return held
    lines = goods(case, settings)
    if isinstance(lines, Held | CreateProduct):
        return lines
    booked = book(order, lines, case.view.erp, settings.rounding_limit_cents_per_line)
    if isinstance(booked, Held):
        return booked
    party = buyer(case, settings)
    if isinstance(party, FindCustomer | Held):
        return party
    return CreateOrder(order=_sale(case, settings, booked, party))


def _unacceptable(order: Order, settings: OrderSettings) -> Held | None:
    if order.currency not in settings.currencies:
        return _held(
            order,
            "order.currency",
            f"it was paid in {order.currency}, which the ERP does not book"
            f" ({', '.join(settings.currencies)}), and PanStore never converts",
            "Activate the currency in the ERP and add it to currencies in the settings of S4,"
            " then retry",
        )
    if not order.lines:
        return _held(
            order,
            "order.empty",
            "it has no lines",
            "Look at the order in the shop; skip it if nothing was sold",
        )
    for line in order.lines:
        if line.quantity <= 0:
            return _held(
                order,
                "order.quantity",
                f"{line_name(line) or line.id} was ordered {plain(line.quantity)} times",
                "Correct the order in the shop, then retry, or skip it",
            )
    return shop_sum_problem(order, settings.rounding_limit_cents_per_line) or _unmapped(
        order, settings
    )


def _unmapped(order: Order, settings: OrderSettings) -> Held | None:
    if settings.unmapped_method == "pass":
        return None
    for code, words, name in (
        (_shipping_code(order), settings.delivery_methods, "delivery"),
        (_payment_code(order), settings.payment_methods, "payment"),
    ):
        if code and code not in words:
            return _held(
                order,
                f"order.{name}_method",
                f"nobody has said what the shop's {name} method {code} is in the ERP",
                f"Add it to {name}_methods in the settings of S4, then retry",
            )
    return None


def _sale(
    case: OrderCase,
    settings: OrderSettings,
    lines: tuple[BookedLine, ...],
    party: ExternalId | NewCustomer,
) -> ErpOrder:
    order, view = case.order, case.view
    return ErpOrder(
        key=order_key(view.shop_connection, order.id, "order"),
        shop_order=order.id,
        number=order.number,
        date=_business_day(order.placed_at, view.zone),
        currency=order.currency,
        warehouse=settings.warehouse,
        party=party,
        customer=order.customer,
        lines=lines,
        total=order.total,
        billing=order.billing,
        shipping=order.shipping,
        delivery_method=_word(_shipping_code(order), settings.delivery_methods),
        payment_method=_word(_payment_code(order), settings.payment_methods),
        note=_note(order),
    )


def _business_day(moment: dt.datetime, zone: str) -> dt.date:
    return moment.astimezone(ZoneInfo(zone)).date()


def _shipping_code(order: Order) -> str:
    """The shop's code of the first shipping charge; its name where it has no code."""
    for charge in order.charges:
        if charge.kind == "shipping":
            return charge.code or charge.name
    return ""


def _payment_code(order: Order) -> str:
    """The method that pays most; the first of equal ones."""
    largest = max(order.payments, key=lambda payment: payment.amount, default=None)
    return "" if largest is None else largest.method


def _word(code: str, words: Mapping[str, str]) -> str:
    return words.get(code, code)


def _note(order: Order) -> str:
    """The buyer's note, the names of the discounts, the references of the payments."""
    references = [
        f"{payment.method} {payment.reference}".strip()
        for payment in order.payments
        if payment.reference
    ]
    parts = [order.note.strip()]
    if order.discounts:
        parts.append(f"Discounts: {', '.join(order.discounts)}")
    if references:
        parts.append(f"Payment: {', '.join(references)}")
    return "\n".join(part for part in parts if part)


def _held(order: Order, code: str, what: str, remedy: str) -> Held:
    return Held(
        item=order.id,
        code=code,
        reason=f"Order {order.number}: {what}. The order was not imported. {remedy}.",
    )
