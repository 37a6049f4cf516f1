"""What people are told beside an answer, and no shop: what is wrong, and what everybody pays."""

from __future__ import annotations

from typing import NamedTuple

from msgspec.structs import replace

from panstore.engine.context import Context, Route
from panstore.engine.contracts.answers import contract_of_route, day_of, wish_of
from panstore.engine.contracts.cache import PriceKey
from panstore.engine.contracts.question import Place, look_up, too_many
from panstore.model.contract import ContractPrice, Offer, QuoteLine, QuoteRequest
from panstore.model.ids import ExternalId
from panstore.model.link import Link
from panstore.sdk.contracts import ContractItem

__all__ = ["Beside", "beside"]


class Beside(NamedTuple):
    """Beside one line of an answer.

    Attributes:
        wrong: what has to be mended, in words; empty if nothing is known to be wrong.
        usual: what everybody pays by the ERP's list price, in the terms of the offer; None where
            that is not known, or where the ERP has none.
    """

    wrong: str = ""
    usual: Offer | None = None


async def beside(context: Context, route: Route, request: QuoteRequest) -> list[Beside]:
    """What is known beside each line of a question that was just answered; nobody is asked."""
    place = await context.store.read(lambda c: look_up(c, context, route, request))
    agreement = _agreement(context, route, place)
    if agreement is None:
        return [Beside() for _ in request.lines]
    return [
        Beside() if good is None else _beside(context, route, request, agreement, line, good)
        for line, good in zip(request.lines, place.goods, strict=True)
    ]


def _agreement(context: Context, route: Route, place: Place) -> ExternalId | None:
    if place.link is None:
        return None
    entry = context.contracts.cache(route.erp).party(place.link.party)
    return None if entry is None or entry.value is None else entry.value.id


def _beside(
    context: Context,
    route: Route,
    request: QuoteRequest,
    agreement: ExternalId,
    line: QuoteLine,
    good: Link,
) -> Beside:
    if too_many(line):
        return Beside()
    wish = wish_of(line, good)
    place = (route.id, f"{agreement}:{good.item}", wish.sales)
    wrong = context.contracts.judged.get(place, ("", None))[0]
    if wish.stock is None:
        return Beside(wrong)
    currency = request.currency or contract_of_route(route)[1].currency
    day = day_of(request.at or context.clock.now(), route)
    key = PriceKey(agreement, good.erp, wish.stock, currency, day)
    entry = context.contracts.cache(route.erp).price(key)
    if entry is None or entry.value is None:
        return Beside(wrong)
    return Beside(wrong, _usual(context, route, good, line, entry.value))


def _usual(
    context: Context, route: Route, good: Link, line: QuoteLine, price: ContractPrice
) -> Offer | None:
    """The list price as if it were agreed, so that both stand in the same terms."""
    module, settings = contract_of_route(route)
    listed = replace(price, amount=price.usual, cost=None, problem="")
    item = ContractItem(good, line.quantity, listed)
    offer = module.offer(item, settings, context.view(route)).offer
    return offer if offer.state == "agreed" else None
