"""Price shown = price charged: an order is booked once its prices were compared with the agreed.

What was found is a fact of the order, `priced`, about the lines it had then: other lines are
looked at again before anything is booked for them.
"""

from __future__ import annotations

import datetime as dt
from typing import Literal

import msgspec
import sqlalchemy as sa

from panstore.engine.context import A_PERSON, ORDERS, Context, Route
from panstore.engine.contracts.order_offers import order_offers
from panstore.engine.contracts.verdicts import PRICED, present_verdict
from panstore.model.agreed import as_agreed, lines_digest
from panstore.model.change import Mark
from panstore.model.contract import PriceVerdict
from panstore.model.ids import ExternalId, RouteId
from panstore.model.order import Order
from panstore.model.plan import Held
from panstore.model.privacy import without_person
from panstore.sdk.contracts import Checked
from panstore.sdk.modules import Act, CancelOrder, CreateOrder, OrderCase
from panstore.store import facts as facts_table
from panstore.store.audit import Entry, append
from panstore.store.facts import FactRow
from panstore.store.marks import find_mark
from panstore.store.orders import load_order
from panstore.store.parked import find_by_key
from panstore.store.turns import take_turn

__all__ = [
    "BUYER_CHANGED",
    "PRICE_DIFFERS",
    "Acceptance",
    "accept_prices",
    "check_prices",
    "needs_check",
]

PRICE_DIFFERS = "order.price_differs"
"""Code of an order that waits because it charges other prices than were agreed."""

BUYER_CHANGED = "order.buyer_changed"
"""Code of an order whose buyer's account was given to another party, or to none, since."""

_WAITING = frozenset({PRICE_DIFFERS, BUYER_CHANGED})

Acceptance = Literal["accepted", "unknown", "nothing", "changed"]
"""What came of a person's word: taken; there is no such order; nothing about its prices waits; the
order, or what is said of it, is another one than the person saw."""


class _Finding(msgspec.Struct, frozen=True):
    """What was found about the present lines of an order.

    Attributes:
        cause: what made us look.
        party: whose agreement it was compared with; None where there was none, or a person said.
        by: where a person said it.
    """

    checked: Checked
    cause: str
    party: ExternalId | None = None
    by: str = ""


def needs_check(route: Route, case: OrderCase, step: Act) -> bool:
    """Whether prices have to be looked at before `step`.

    A sale that is cancelled to be made anew is one: the old one stands until it is clear that the
    new one may be made. Where nothing is to be delivered any more there is nothing to compare, and
    who has no agreement is charged what the shop says.
    """
    nobody = case.party is None and case.former_party is None
    if route.contract is None or nobody or case.order.is_void:
        return False
    books = isinstance(step, CreateOrder | CancelOrder)
    return books and present_verdict(case.facts, _charged(case)) is None


async def check_prices(context: Context, route: Route, mark: Mark, case: OrderCase) -> Held | None:
    """Compare what an order charges with what was agreed, and write down what was found.

    Returns:
        Why nothing may be booked; None if the order goes on, perhaps at corrected prices.

    Raises:
        RemoteError: the ERP could not be asked.
    """
    if route.contract is None:
        return None
    module, settings = route.contract
    order = _charged(case)
    if case.former_party is not None and not case.sales:
        return _buyer_changed(case, case.former_party)
    lines = await order_offers(context, route, order)
    if lines is None:
        checked = Checked("agreed")
    else:
        answer = module.check(order, lines, settings, context.view(route))
        if isinstance(answer, Held):
            return answer
        checked = answer
    context.probe("price.checked")
    party = None if lines is None else case.party
    found = _Finding(checked, mark.cause, party=party)
    await context.store.write(lambda c: _record(c, context, route.id, order, found))
    context.probe("price.recorded")
    return None


def accept_prices(
    connection: sa.Connection,
    context: Context,
    route: Route,
    order_id: ExternalId,
    *,
    by: str,
    seen: dt.datetime | None = None,
) -> Acceptance:
    """A person says that an order is booked at what the shop charged, though it was not agreed.

    It holds for the lines the order has now.

    Args:
        by: where it was said, for the order's story: the console, the API, the command line.
        seen: when the record that the person looked at was parked; None for the present one.
    """
    loaded = load_order(connection, route.id, order_id)
    if loaded is None:
        return "unknown"
    order = loaded[1]
    record = find_by_key(connection, route.id, ORDERS, order_id)
    waits = record is not None and record.state == "open" and record.code in _WAITING
    if order is None or record is None or not waits:
        return "nothing"
    if seen not in {None, record.parked_at} or find_mark(connection, route.id, ORDERS, order_id):
        return "changed"  # What is marked has yet to be looked at: nobody knows how it differs.
    # What differs stands where it was set aside, with what could be done about it then.
    reason = f"a person at {by} had it booked at the prices charged"
    found = _Finding(Checked("accepted", reason), A_PERSON, by=by)
    return "accepted" if _record(connection, context, route.id, order, found) else "nothing"


def _buyer_changed(case: OrderCase, former: ExternalId) -> Held:
    order = case.order
    now = "for nobody" if case.party is None else f"for party {case.party}"
    return Held(
        item=order.id,
        code=BUYER_CHANGED,
        reason=(
            f"Order {order.number}: its buyer's account bought for party {former} of the ERP when"
            f" it was placed, and may have been shown that party's prices; it buys {now} since."
            " Nothing was booked. Give the account back to the former party, book the order and"
            " change it again; or book it as it is now, at the prices charged, with `panstore"
            f" contracts accept {case.view.route} {order.id}`."
        ),
    )


def _charged(case: OrderCase) -> Order:
    """The order as the shop charged it."""
    return case.as_charged or case.order


def _record(
    connection: sa.Connection, context: Context, route: RouteId, order: Order, found: _Finding
) -> bool:
    """Write down what was found unless something is known of these lines; whether it was not."""
    # A person may decide in the very moment in which the order is looked at.
    take_turn(connection, f"priced {route} {order.id}")
    facts = facts_table.facts_of(connection, route, order.id)
    if present_verdict(facts, order) is not None:
        return False
    now, checked = context.clock.now(), found.checked
    verdict = PriceVerdict(lines_digest(order), checked.outcome, checked.corrections)
    fact = FactRow(
        PRICED,
        1 + sum(1 for fact in facts if fact.name == PRICED),
        now,
        reference=found.party or "",
        number=found.by,
        detail=msgspec.json.encode(verdict).decode(),
    )
    facts_table.add_fact(connection, route, order.id, fact)
    if verdict.outcome != "agreed":
        entry = Entry(
            at=now,
            route=route,
            module=ORDERS,
            key=order.id,
            label=order.number or order.id,
            cause=found.cause,
            outcome=PRICED,
            reason=without_person(checked.reason, order),
            before=f"{order.total} {order.currency}",
            after=f"{as_agreed(order, verdict).total} {order.currency}",
        )
        append(connection, [entry])
    return True
