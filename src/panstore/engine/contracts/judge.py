"""What people have to be told about agreed prices: parked once, closed when it is fine."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from decimal import Decimal
from typing import NamedTuple

import sqlalchemy as sa
from msgspec.structs import replace

from panstore.engine.context import Context, Route
from panstore.engine.contracts.push_marks import mark_again
from panstore.model.ids import ExternalId, RouteId
from panstore.model.link import Link
from panstore.model.plan import Held
from panstore.store.account_links import ACCOUNT, account_link
from panstore.store.audit import Entry, append
from panstore.store.items import links_by_item
from panstore.store.parked import find_by_key, park, unpark
from panstore.store.price_changes import note_price_changes

__all__ = ["Judgement", "look_again", "tell_people"]

_CAUSE = "price asked for"
_MOST = 200_000
_MOST_QUANTITIES = 100


class Judgement(NamedTuple):
    """What the module said of one article under one agreement.

    Attributes:
        quantity: sales units; what is wrong at a hundred pieces may be fine at one.
        held: None if there is nothing to mend.
        asked: when the ERP was asked, so that the same word is not written down twice.
    """

    agreement: ExternalId
    link: Link
    quantity: Decimal
    held: Held | None
    asked: object

    @property
    def key(self) -> str:
        """Of the parked record."""
        return f"{self.agreement}:{self.link.item}"


def tell_people(context: Context, route: Route, judgements: Iterable[Judgement]) -> None:
    """Write down what is new about these articles, apart from the buyer's answer."""
    if route.contract is None:
        return
    contracts = context.contracts
    held: dict[str, Held] = {}
    fine: list[str] = []
    new: list[tuple[RouteId, str, object]] = []
    for one in judgements:
        place = (route.id, one.key)
        said = ("" if one.held is None else one.held.reason, one.asked)
        if contracts.judged.get((*place, one.quantity)) == said:
            continue
        if len(contracts.judged) >= _MOST:
            contracts.judged.clear()
        contracts.judged[(*place, one.quantity)] = said
        new.append((*place, one.quantity))
        if one.held is not None:
            wrong_at = contracts.held.setdefault(place, set())
            if len(wrong_at) < _MOST_QUANTITIES:
                wrong_at.add(one.quantity)
            held[one.key] = replace(one.held, item=one.key)
            continue
        if (still_wrong := contracts.held.get(place)) is not None:
            still_wrong.discard(one.quantity)
            if still_wrong:
                continue
            del contracts.held[place]
        fine.append(one.key)
    fine = [key for key in fine if key not in held]
    if held or fine:
        contracts.write(_write(context, route, list(held.values()), fine, new))


def look_again(connection: sa.Connection, context: Context, route: Route, key: str) -> None:
    """A person has mended something: the article's prices are asked for anew.

    An approval that was taken back waits until somebody approves it again, or skips it.
    """
    if key.startswith(ACCOUNT):
        _still_waits(connection, context, route, key)
        return
    item = key.rpartition(":")[2]
    for link in links_by_item(connection, route.id, [item]).values():
        note_price_changes(connection, route.erp, [("variant", link.erp)], now=context.clock.now())
    mark_again(connection, context, route, key)


def _still_waits(connection: sa.Connection, context: Context, route: Route, key: str) -> None:
    if route.contract is None:
        return
    code = route.contract[0].code
    found = find_by_key(connection, route.id, code, key)
    linked = account_link(connection, route.id, ExternalId(key[len(ACCOUNT) :]))
    if found is not None and linked is None:
        again = Held(key, found.code, found.reason, found.label)
        park(connection, route.id, code, [again], now=context.clock.now())


async def _write(
    context: Context,
    route: Route,
    held: Sequence[Held],
    fine: Sequence[str],
    new: Sequence[tuple[RouteId, str, object]],
) -> None:
    if route.contract is None:
        return
    now, code = context.clock.now(), route.contract[0].code

    def work(connection: sa.Connection) -> list[Held]:
        unpark(connection, route.id, code, fine, now=now)
        news = park(connection, route.id, code, held, now=now)
        entries = [
            Entry(
                at=now,
                route=route.id,
                module=code,
                key=one.item,
                label=one.sku,
                cause=_CAUSE,
                outcome="parked",
                reason=one.reason,
            )
            for one in news
        ]
        append(connection, entries)
        return news

    try:
        news = await context.store.write(work)
    except Exception:
        for place in new:
            context.contracts.judged.pop(place, None)
        context.log.exception("what is wrong with contract prices was not written down")
        return
    for one in news:
        context.log.warning("contract price", route=route.id, reason=one.reason)
