"""What the buyer of an order may have been shown when it was placed."""

from __future__ import annotations

import datetime as dt
from typing import NamedTuple

import sqlalchemy as sa

from panstore.engine.context import Context, Route
from panstore.engine.contracts.answers import (
    Maker,
    buys,
    day_of,
    find_out,
    price_wish_of,
    wish_of,
)
from panstore.engine.contracts.inquiry import Inquiry, Known
from panstore.engine.contracts.question import Place, too_many
from panstore.model.contract import ContractPrice, PriceWish, QuoteLine, QuoteRequest
from panstore.model.ids import ExternalId
from panstore.model.order import Order
from panstore.sdk.contracts import LineOffers
from panstore.sdk.errors import UnavailableError
from panstore.store.break_prices import break_prices_true_at
from panstore.store.contract_prices import prices_true_at
from panstore.store.party_agreements import agreements_at
from panstore.store.pushed_agreements import count_pushed

__all__ = ["order_offers"]

_SLACK = dt.timedelta(seconds=10)
"""A buyer sees a price, and orders a moment later; clocks of machines differ too."""


class _Past(NamedTuple):
    """Prices that were true about the moment of an order.

    Attributes:
        exact: how many of them were true at the very moment; these come first.
    """

    prices: tuple[ContractPrice, ...] = ()
    exact: int = 0


async def order_offers(
    context: Context, route: Route, order: Order
) -> tuple[LineOffers, ...] | None:
    """What the buyer of an order may have been shown for each of its lines.

    What was true when the order was placed comes first, as far as anybody asked for it then; the
    present price for the order's business day is last. What an article costs today does not matter
    for what was shown then.

    Returns:
        None if the account was not linked when the order was placed, or its party has no agreement.

    Raises:
        RemoteError: the ERP cannot be asked.
    """
    account = order.customer.account
    if not account:
        return None
    request = QuoteRequest(
        account=account,
        lines=tuple(
            QuoteLine(product=line.product or ExternalId(""), quantity=line.quantity)
            for line in order.lines
        ),
        currency=order.currency,
    )
    inquiry = Inquiry(context, route, strict=True)
    day = day_of(order.placed_at, route)
    answer = await find_out(context, route, request, inquiry, (order.currency, day))
    link, agreement = answer.place.link, answer.agreement
    if link is None or link.linked_at > order.placed_at:
        return None
    if agreement.as_of is not None or any(p.as_of is not None for p in answer.prices.values()):
        # It changes faster than it can be read; a moment later it will not.
        raise UnavailableError(route.erp, "contract prices", "prices change while they are read")
    past = await _past(context, route, order, link.party, answer.place)
    if not buys(agreement) and not past:
        return None
    made = Maker(context, route, order.currency, day, answer)
    offers: list[LineOffers] = []
    for asked, line, good in zip(request.lines, order.lines, answer.place.goods, strict=True):
        if good is None or asked.quantity <= 0:
            offers.append(LineOffers(line, ()))
            continue
        if too_many(asked):
            offers.append(LineOffers(line, (made.line(asked, good)[0],)))
            continue
        wish = wish_of(asked, good)
        known = past.get(price_wish_of(wish), _Past())
        shown = [made.offer(wish, Known(price)) for price in known.prices]
        exact = {made.offer(wish, Known(price)) for price in known.prices[: known.exact]}
        if buys(agreement):
            shown += made.present(wish, known.prices)
        offers.append(LineOffers(line, tuple(dict.fromkeys(shown)), exact=len(exact) == 1))
    return tuple(offers)


async def _past(
    context: Context, route: Route, order: Order, party: ExternalId, place: Place
) -> dict[PriceWish | None, _Past]:
    """Prices that were true when the order was placed, under what the party bought at then."""
    wishes = {
        wish
        for line, good in zip(order.lines, place.goods, strict=True)
        for asked in [QuoteLine(quantity=line.quantity)]
        if good is not None and line.quantity > 0 and not too_many(asked)
        for wish in [price_wish_of(wish_of(asked, good))]
        if wish is not None
    }
    await context.contracts.written()

    def read(connection: sa.Connection) -> dict[PriceWish | None, _Past]:
        then = _true_about(connection, route, order, party, wishes, dt.timedelta(0))
        about = _true_about(connection, route, order, party, wishes, _SLACK)
        return {
            wish: _Past(
                tuple(dict.fromkeys((*then.get(wish, ()), *prices))), len(then.get(wish, ()))
            )
            for wish, prices in about.items()
        }

    return await context.store.read(read)


def _true_about(
    connection: sa.Connection,
    route: Route,
    order: Order,
    party: ExternalId,
    wishes: set[PriceWish],
    slack: dt.timedelta,
) -> dict[PriceWish, list[ContractPrice]]:
    """Every different price that was true within `slack` of the order, the latest first."""
    found: dict[PriceWish, list[ContractPrice]] = {}
    at = order.placed_at
    day = day_of(at - slack, route)
    pushed = count_pushed(connection, route.id) > 0
    for then in agreements_at(connection, route.erp, party, at=at, slack=slack):
        if then.id is None:
            continue
        terms = connection, route.erp, then.id, order.currency, wishes
        true = prices_true_at(*terms, at=at, slack=slack)
        # A shop that keeps prices was told those at the breaks, not at each quantity.
        kept = break_prices_true_at(*terms, at=at, slack=slack) if pushed else {}
        for wish in wishes:
            for price in (*true.get(wish, ()), *kept.get(wish, ())):
                # Nobody may have asked since its date was over, so its end is not written down.
                held = price.valid_until is None or price.valid_until > day
                if held and price not in found.setdefault(wish, []):
                    found[wish].append(price)
    return {wish: prices for wish, prices in found.items() if prices}
