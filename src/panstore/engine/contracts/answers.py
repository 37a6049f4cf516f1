"""What is known for every line of a question, and the module's word about it."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from decimal import Decimal
from typing import NamedTuple
from zoneinfo import ZoneInfo

from msgspec.structs import replace

from panstore.engine.context import Context, Route
from panstore.engine.contracts.cache import PriceKey
from panstore.engine.contracts.inquiry import Inquiry, Known
from panstore.engine.contracts.judge import Judgement
from panstore.engine.contracts.question import Place, look_up, too_many
from panstore.model.contract import (
    Agreement,
    ContractPrice,
    Offer,
    OfferState,
    PriceWish,
    QuoteLine,
    QuoteRequest,
)
from panstore.model.errors import InvariantError
from panstore.model.link import Link
from panstore.model.quantity import to_sales_units, to_stock_units
from panstore.sdk.contracts import ContractItem, ContractModule, ContractSettings

__all__ = [
    "Answer",
    "Maker",
    "Wish",
    "buys",
    "contract_of_route",
    "day_of",
    "find_out",
    "price_wish_of",
    "wish_of",
]

_ROUNDS = 8
"""What is known is looked at anew after each wait; it may have changed meanwhile."""


class Wish(NamedTuple):
    """One line with a linked article.

    Attributes:
        sales: sales units; stock: the same in stock units, None while nobody said the factor.
    """

    link: Link
    sales: Decimal
    stock: Decimal | None


class Answer(NamedTuple):
    """What is known for all lines."""

    place: Place
    agreement: Known[Agreement]
    prices: dict[PriceKey, Known[ContractPrice]]


async def find_out(
    context: Context,
    route: Route,
    request: QuoteRequest,
    inquiry: Inquiry,
    terms: tuple[str, dt.date],
) -> Answer:
    """Look, ask for what is missing, and look again: who buys for whom may have changed, too."""
    turns = 0
    while True:
        turns += 1
        place = await inquiry.look(lambda c: look_up(c, context, route, request))
        if place.link is None:
            return Answer(place, Known(None), {})
        party = place.link.party
        entry = inquiry.party(party)
        if entry is None and not inquiry.gave_up(party) and turns < _ROUNDS:
            await inquiry.ask_party(party)
            continue
        agreement = await inquiry.last_party(party) if entry is None else Known(entry.value)
        keys = _keys(request, place, agreement, terms)
        missing = inquiry.missing(keys)
        if not missing or turns >= _ROUNDS:
            return Answer(place, agreement, await inquiry.prices(keys))
        await inquiry.ask_prices(party, missing)


def _keys(
    request: QuoteRequest, place: Place, agreement: Known[Agreement], terms: tuple[str, dt.date]
) -> list[PriceKey]:
    value = agreement.value
    if value is None or value.id is None or not value.active:
        return []
    keys = []
    for line, good in zip(request.lines, place.goods, strict=True):
        if good is None or line.quantity <= 0 or too_many(line):
            continue
        if _wrong_unit(line, good, place):
            continue
        stock = wish_of(line, good).stock
        if stock is not None:
            keys.append(PriceKey(value.id, good.erp, stock, *terms))
    return keys


class Maker:
    """Makes offers of what is known."""

    def __init__(
        self, context: Context, route: Route, currency: str, day: dt.date, answer: Answer
    ) -> None:
        self.judgements: list[Judgement] = []
        self._module, self._settings = contract_of_route(route)
        self._view = context.view(route)
        self._currency = currency
        self._day = day
        self._answer = answer

    def line(self, line: QuoteLine, good: Link | None) -> tuple[Offer, bool]:
        """The offer for a line, and whether it is certain."""
        if good is None:
            what = "it is not known to be an article of the ERP, so nothing was agreed about it"
            return self._without("usual", "contract.not_linked", what), True
        if too_many(line):
            what = "nobody is told the price of so many at once"
            return self._without("withheld", "contract.too_many", what), True
        if _wrong_unit(line, good, self._answer.place):
            what = f"it is not counted in {line.unit!r}"
            return self._without("withheld", "contract.unit_unknown", what), True
        wish = wish_of(line, good)
        price = self._price(wish)
        return self.offer(wish, price), price.reachable and price.as_of is None

    def present(self, wish: Wish, past: Sequence[ContractPrice]) -> list[Offer]:
        """What holds now for an order of the past; a cost that rose since is no reason.

        Args:
            past: what is known to have been true about its moment.
        """
        price = self._price(wish)
        offer = self.offer(wish, price)
        if price.value is None or not price.value.is_below_cost:
            return [offer]
        if any(one.is_below_cost for one in past):
            return [offer]
        at_its_cost = self.offer(wish, price._replace(value=replace(price.value, cost=None)))
        # If nobody asked then, nobody knows what it cost: either may have been shown.
        return [at_its_cost] if past else [at_its_cost, offer]

    def _price(self, wish: Wish) -> Known[ContractPrice]:
        agreement = self._answer.agreement
        price: Known[ContractPrice] = Known(None, reachable=wish.stock is None)
        if agreement.value is None or agreement.value.id is None:
            return price
        if wish.stock is not None:
            place = (agreement.value.id, wish.link.erp, wish.stock, self._currency, self._day)
            price = self._answer.prices[PriceKey(*place)]
        if agreement.as_of is not None:
            as_of = min(agreement.as_of, price.as_of or agreement.as_of)
            price = price._replace(as_of=as_of)
        return price

    def offer(self, wish: Wish, price: Known[ContractPrice]) -> Offer:
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
                Judgement(
                    agreement.id,
                    item.agreement,
                    wish.link,
                    wish.sales,
                    (self._currency, self._day),
                    offered.held,
                    price.asked,
                )
            )
        return offered.offer

    def _without(self, state: OfferState, code: str, reason: str) -> Offer:
        return Offer(state, self._currency, code=code, reason=reason)


def contract_of_route(route: Route) -> tuple[ContractModule, ContractSettings]:
    """The module for contract prices of a route that has one, and its settings."""
    if route.contract is None:
        raise InvariantError(f"route {route.id} has no contract prices")
    return route.contract


def day_of(at: dt.datetime, route: Route) -> dt.date:
    """The company's business day at a moment."""
    return at.astimezone(ZoneInfo(route.zone)).date()


def buys(agreement: Known[Agreement]) -> bool:
    """Whether the party has an agreement, or might have one."""
    value = agreement.value
    return not agreement.reachable or (value is not None and value.active and value.id is not None)


def _wrong_unit(line: QuoteLine, good: Link, place: Place) -> bool:
    return bool(line.unit) and place.units.get(good.erp) != line.unit


def wish_of(line: QuoteLine, good: Link) -> Wish:
    """How much of a linked article a line is about."""
    factor = good.factor
    if factor is None or factor <= 0:
        return Wish(good, line.quantity, None)
    if line.unit:
        return Wish(good, to_sales_units(line.quantity, factor), line.quantity)
    return Wish(good, line.quantity, to_stock_units(line.quantity, factor))


def price_wish_of(wish: Wish) -> PriceWish | None:
    """What the ERP is asked; None while nobody said the factor."""
    return None if wish.stock is None else PriceWish(wish.link.erp, wish.stock)
