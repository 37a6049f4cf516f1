"""Whether an order can be booked at all, before anything is created for it."""

from __future__ import annotations

from panstore.model.order import Order
from panstore.model.plan import Held
from panstore.model.quantity import plain
from panstore.modules.s4_orders.booking import shop_sum_problem
from panstore.modules.s4_orders.content import delivery_code
from panstore.modules.s4_orders.documents import untouched
from panstore.modules.s4_orders.goods import line_name
from panstore.modules.s4_orders.settings import OrderSettings
from panstore.sdk.modules import OrderCase

__all__ = ["payment_code", "unacceptable"]


def unacceptable(case: OrderCase, settings: OrderSettings) -> Held | None:
    """What is wrong with the order as the shop gave it, None if nothing is."""
    order = case.order
    if order.currency not in settings.currencies:
        return _held(
            case,
            "order.currency",
            f"it was paid in {order.currency}, which the ERP does not book"
            f" ({', '.join(settings.currencies)}), and PanStore never converts",
            "Activate the currency in the ERP and add it to currencies in the settings of S4,"
            " then retry",
        )
    if not order.lines:
        return _held(
            case,
            "order.empty",
            "it has no lines",
            "Look at the order in the shop; skip it if nothing was sold",
        )
    for line in order.lines:
        if line.quantity <= 0:
            return _held(
                case,
                "order.quantity",
                f"{line_name(line) or line.id} was ordered {plain(line.quantity)} times",
                "Correct the order in the shop, then retry, or skip it",
            )
    return shop_sum_problem(case, settings.rounding_limit_cents_per_line) or _unmapped(
        case, settings
    )


def payment_code(order: Order) -> str:
    """The method that pays most, the first of equal ones; failed payments do not count."""
    payments = [payment for payment in order.payments if not payment.failed]
    largest = max(payments, key=lambda payment: payment.amount, default=None)
    return "" if largest is None else largest.method


def _unmapped(case: OrderCase, settings: OrderSettings) -> Held | None:
    if settings.unmapped_method == "pass":
        return None
    for code, words, name in (
        (delivery_code(case.order), settings.delivery_methods, "delivery"),
        (payment_code(case.order), settings.payment_methods, "payment"),
    ):
        if code and code not in words:
            return _held(
                case,
                f"order.{name}_method",
                f"nobody has said what the shop's {name} method {code} is in the ERP",
                f"Add it to {name}_methods in the settings of S4, then retry",
            )
    return None


def _held(case: OrderCase, code: str, what: str, remedy: str) -> Held:
    return Held(
        item=case.order.id,
        code=code,
        reason=f"Order {case.order.number}: {what}. {untouched(case)}. {remedy}.",
    )
