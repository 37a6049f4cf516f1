"""Prices for buyers with an agreement: as the ERP computes them, in the shop's terms."""

from __future__ import annotations

import datetime as dt
import hashlib
from decimal import Decimal
from typing import NamedTuple
from zoneinfo import ZoneInfo

import sqlalchemy as sa

from panstore.engine import metrics
from panstore.engine.context import Context, Route
from panstore.engine.contracts.cache import PriceKey
from panstore.engine.contracts.inquiry import Inquiry, Known
from panstore.engine.contracts.judge import Judgement, tell_people
from panstore.engine.contracts.question import (
    BadQuestionError,
    Place,
    check_question,
    look_up,
)
from panstore.model.contract import (
    Agreement,
    ContractPrice,
    Offer,
    OfferState,
    PriceWish,
    Quote,
    QuotedLine,
    QuoteLine,
    QuoteRequest,
)
from panstore.model.errors import InvariantError
from panstore.model.ids import ExternalId
from panstore.model.link import Link
from panstore.model.order import Order
from panstore.model.quantity import to_sales_units, to_stock_units
from panstore.sdk.contracts import ContractItem, ContractModule, ContractSettings, LineOffers
from panstore.sdk.errors import RejectedError, UnavailableError
from panstore.store.contract_prices import prices_true_at
from panstore.store.party_agreements import agreements_at

__all__ = ["BadQuestionError", "order_offers", "quote"]

_ROUNDS = 8
"""What is known is looked at anew after each wait; it may have changed meanwhile."""

_SLACK = dt.timedelta(seconds=10)
"""A buyer sees a price, and orders a moment later; clocks of machines differ too."""


class _Wish(NamedTuple):
    """One line with a linked article.

    Attributes:
        sales: sales units; stock: the same in stock units, None while nobody said the factor.
    """

    link: Link
    sales: Decimal
    stock: Decimal | None


class _Answer(NamedTuple):
    """What is known for all lines."""

    place: Place
    agreement: Known[Agreement]
    prices: dict[PriceKey, Known[ContractPrice]]


async def quote(context: Context, route: Route, request: QuoteRequest) -> Quote:
    """Answer a shop's question for one of its accounts.

    Args:
        request: at most 500 lines; the account is the one that is logged in, put there by the
            shop's server.

    Returns:
        An answer for every line; an article that is not linked has the shop's own price. While the
        ERP cannot be asked, what was last known, marked so, or the shop's own price, by setting.

    Raises:
        BadQuestionError: nobody can mean that.
    """
    begun = context.clock.timer()
    check_question(request, context.clock.now())
    inquiry = Inquiry(context, route)
    given = await _quote(context, route, request, inquiry)
    own = context.clock.timer() - begun - inquiry.waited
    metrics.QUOTE_TIME.labels(route.id).observe(max(0.0, own))
    metrics.QUOTED.labels(route.id, "asked").inc(inquiry.missed)
    metrics.QUOTED.labels(route.id, "known").inc(max(0, len(given.lines) - inquiry.missed))
    if not given.certain:
        metrics.UNCERTAIN.labels(route.id).inc()
    return given


async def _quote(context: Context, route: Route, request: QuoteRequest, inquiry: Inquiry) -> Quote:
    cache = context.contracts.cache(route.erp)
    currency = request.currency or _of(route)[1].currency
    today = _day(context.clock.now(), route)
    day = today if request.at is None else _day(request.at, route)
    try:
        answer = await _find_out(context, route, request, inquiry, (currency, day))
    except RejectedError as error:
        raise BadQuestionError(f"the ERP does not sell in {currency}: {error.what}") from error
    agreement = answer.agreement
    if answer.place.link is None or not _buys(agreement):
        certain = agreement.reachable and agreement.as_of is None
        return Quote(
            contract=False,
            version=cache.version or 0,
            certain=certain,
            account=request.account,
        )
    made = _Maker(context, route, currency, day, answer)
    lines, certain = [], agreement.reachable and agreement.as_of is None
    for line, good in zip(request.lines, answer.place.goods, strict=True):
        offer, sure = made.line(line, good)
        certain = certain and sure
        lines.append(QuotedLine(line.product, line.sku, line.quantity, offer))
    if day == today:
        tell_people(context, route, made.judgements)
    return Quote(
        contract=True,
        lines=tuple(lines),
        title="" if agreement.value is None else agreement.value.title,
        version=cache.version or 0,
        certain=certain,
        account=request.account,
        mark=_mark(answer.place.link.party, agreement.value),
    )


async def order_offers(
    context: Context, route: Route, order: Order
) -> tuple[LineOffers, ...] | None:
    """What the buyer of an order may have been shown for each of its lines.

    What was true when the order was placed comes first, as far as anybody asked for it then; the
    present price for the order's business day is last.

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
    day = _day(order.placed_at, route)
    answer = await _find_out(context, route, request, inquiry, (order.currency, day))
    link, agreement = answer.place.link, answer.agreement
    if link is None or link.linked_at > order.placed_at:
        return None
    if agreement.as_of is not None or any(p.as_of is not None for p in answer.prices.values()):
        # It changes faster than it can be read; a moment later it will not.
        raise UnavailableError(route.erp, "contract prices", "prices change while they are read")
    past = await _past(context, route, order, link.party, answer.place)
    if not _buys(agreement) and not past:
        return None
    made = _Maker(context, route, order.currency, day, answer)
    offers: list[LineOffers] = []
    for asked, line, good in zip(request.lines, order.lines, answer.place.goods, strict=True):
        if good is None or asked.quantity <= 0:
            offers.append(LineOffers(line, ()))
            continue
        wish = _wish(asked, good)
        # What was true when it was placed comes first: that is what was agreed for this order.
        shown = [made.offer(wish, price) for price in past.get(_price_wish(wish), ())]
        if _buys(agreement):
            shown.append(made.line(asked, good)[0])
        offers.append(LineOffers(line, tuple(dict.fromkeys(shown))))
    return tuple(offers)


async def _past(
    context: Context, route: Route, order: Order, party: ExternalId, place: Place
) -> dict[PriceWish | None, list[Known[ContractPrice]]]:
    """Prices that were true when the order was placed, under what the party bought at then."""
    wishes = {
        wish
        for line, good in zip(order.lines, place.goods, strict=True)
        if good is not None and line.quantity > 0
        for wish in [_price_wish(_wish(QuoteLine(quantity=line.quantity), good))]
        if wish is not None
    }
    await context.contracts.written()

    def read(connection: sa.Connection) -> dict[PriceWish | None, list[Known[ContractPrice]]]:
        found: dict[PriceWish | None, list[Known[ContractPrice]]] = {}
        at = order.placed_at
        day = _day(at - _SLACK, route)
        for then in agreements_at(connection, route.erp, party, at=at, slack=_SLACK):
            if then.id is None:
                continue
            true = prices_true_at(
                connection, route.erp, then.id, order.currency, wishes, at=at, slack=_SLACK
            )
            for wish, prices in true.items():
                # Nobody may have asked since its date was over, so its end is not written down.
                held = [p for p in prices if p.valid_until is None or p.valid_until > day]
                if held:
                    found.setdefault(wish, []).extend(map(Known, held))
        return found

    return await context.store.read(read)


async def _find_out(
    context: Context,
    route: Route,
    request: QuoteRequest,
    inquiry: Inquiry,
    terms: tuple[str, dt.date],
) -> _Answer:
    """Look, ask for what is missing, and look again: who buys for whom may have changed, too."""
    turns = 0
    while True:
        turns += 1
        place = await inquiry.look(lambda c: look_up(c, context, route, request))
        if place.link is None:
            return _Answer(place, Known(None), {})
        party = place.link.party
        entry = inquiry.party(party)
        if entry is None and not inquiry.gave_up(party) and turns < _ROUNDS:
            await inquiry.ask_party(party)
            continue
        agreement = await inquiry.last_party(party) if entry is None else Known(entry.value)
        keys = _keys(request, place, agreement, terms)
        missing = inquiry.missing(keys)
        if not missing or turns >= _ROUNDS:
            return _Answer(place, agreement, await inquiry.prices(keys))
        await inquiry.ask_prices(party, missing)


def _keys(
    request: QuoteRequest, place: Place, agreement: Known[Agreement], terms: tuple[str, dt.date]
) -> list[PriceKey]:
    value = agreement.value
    if value is None or value.id is None or not value.active:
        return []
    keys = []
    for line, good in zip(request.lines, place.goods, strict=True):
        if good is None or line.quantity <= 0 or _wrong_unit(line, good, place):
            continue
        stock = _wish(line, good).stock
        if stock is not None:
            keys.append(PriceKey(value.id, good.erp, stock, *terms))
    return keys


class _Maker:
    """Makes offers of what is known."""

    def __init__(
        self, context: Context, route: Route, currency: str, day: dt.date, answer: _Answer
    ) -> None:
        self.judgements: list[Judgement] = []
        self._module, self._settings = _of(route)
        self._view = context.view(route)
        self._currency = currency
        self._day = day
        self._answer = answer

    def line(self, line: QuoteLine, good: Link | None) -> tuple[Offer, bool]:
        """The offer for a line, and whether it is certain."""
        if good is None:
            what = "it is not known to be an article of the ERP, so nothing was agreed about it"
            return self._without("usual", "contract.not_linked", what), True
        if _wrong_unit(line, good, self._answer.place):
            what = f"it is not counted in {line.unit!r}"
            return self._without("withheld", "contract.unit_unknown", what), True
        wish, agreement = _wish(line, good), self._answer.agreement
        price: Known[ContractPrice] = Known(None, reachable=wish.stock is None)
        if agreement.value is not None and agreement.value.id is not None:
            if wish.stock is not None:
                place = (agreement.value.id, good.erp, wish.stock, self._currency, self._day)
                price = self._answer.prices[PriceKey(*place)]
            if agreement.as_of is not None:
                as_of = min(agreement.as_of, price.as_of or agreement.as_of)
                price = price._replace(as_of=as_of)
        return self.offer(wish, price), price.reachable and price.as_of is None

    def offer(self, wish: _Wish, price: Known[ContractPrice]) -> Offer:
        """The module's word."""
        agreement = self._answer.agreement.value
        item = ContractItem(
            link=wish.link,
            quantity=wish.sales,
            price=price.value,
            as_of=price.as_of,
            reachable=price.reachable,
            agreement="" if agreement is None else agreement.title or agreement.id or "",
        )
        offered = self._module.offer(item, self._settings, self._view)
        judged = price.asked is not None or wish.stock is None
        if judged and agreement is not None and agreement.id is not None:
            self.judgements.append(
                Judgement(agreement.id, wish.link, wish.sales, offered.held, price.asked)
            )
        return offered.offer

    def _without(self, state: OfferState, code: str, reason: str) -> Offer:
        return Offer(state, self._currency, code=code, reason=reason)


def _of(route: Route) -> tuple[ContractModule, ContractSettings]:
    if route.contract is None:
        raise InvariantError(f"route {route.id} has no contract prices")
    return route.contract


def _day(at: dt.datetime, route: Route) -> dt.date:
    return at.astimezone(ZoneInfo(route.zone)).date()


def _mark(party: ExternalId, agreement: Agreement | None) -> str:
    """Of the party and of its agreement, which may not be known; nobody can tell from it which."""
    names = ("party", party), ("agreement", None if agreement is None else agreement.id)
    return ".".join(
        "" if name is None else hashlib.sha256(f"{kind} {name}".encode()).hexdigest()[:16]
        for kind, name in names
    )


def _buys(agreement: Known[Agreement]) -> bool:
    """Whether the party has an agreement, or might have one."""
    value = agreement.value
    return not agreement.reachable or (value is not None and value.active and value.id is not None)


def _wrong_unit(line: QuoteLine, good: Link, place: Place) -> bool:
    return bool(line.unit) and place.units.get(good.erp) != line.unit


def _wish(line: QuoteLine, good: Link) -> _Wish:
    factor = good.factor
    if factor is None or factor <= 0:
        return _Wish(good, line.quantity, None)
    if line.unit:
        return _Wish(good, to_sales_units(line.quantity, factor), line.quantity)
    return _Wish(good, line.quantity, to_stock_units(line.quantity, factor))


def _price_wish(wish: _Wish) -> PriceWish | None:
    return None if wish.stock is None else PriceWish(wish.link.erp, wish.stock)
