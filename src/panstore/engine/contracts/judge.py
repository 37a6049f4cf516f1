"""What people have to be told about agreed prices: parked once, closed when it is fine.

One record stands for an article under an agreement, whatever the quantities at which something is
wrong with it; these are kept with the record, so that a price that is fine for one piece does not
close what is wrong for a hundred, in whichever process.
"""

from __future__ import annotations

import asyncio
import datetime as dt
from collections.abc import Iterable, Sequence
from decimal import Decimal
from typing import NamedTuple

import sqlalchemy as sa
from msgspec.structs import replace

from panstore.engine.context import Context, Route
from panstore.engine.contracts.cache import PriceKey
from panstore.engine.contracts.push_marks import mark_again, may_push
from panstore.engine.contracts.source import ask_prices
from panstore.model.ids import ExternalId
from panstore.model.link import Link
from panstore.model.plan import Held
from panstore.model.quantity import plain, to_stock_units
from panstore.sdk.contracts import ContractItem
from panstore.store.account_links import ACCOUNT, account_link
from panstore.store.audit import Entry, append
from panstore.store.items import links_by_item
from panstore.store.parked import find_by_key, note, notes, park, unpark
from panstore.store.price_changes import note_price_changes
from panstore.store.turns import take_turn

__all__ = ["Judgement", "look_again", "tell_people"]

_CAUSE = "price asked for"
_MOST_QUANTITIES = 100


class Judgement(NamedTuple):
    """What the module said of one article under one agreement.

    Attributes:
        title: of the agreement, for people.
        quantity: sales units; what is wrong at a hundred pieces may be fine at one.
        terms: currency and business day.
        held: None if there is nothing to mend.
        asked: when the ERP was asked, so that the same word is not written down twice.
    """

    agreement: ExternalId
    title: str
    link: Link
    quantity: Decimal
    terms: tuple[str, dt.date]
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
    new = []
    for one in judgements:
        place = (route.id, one.key, one.quantity)
        said = ("" if one.held is None else one.held.reason, one.asked)
        if contracts.judged.get(place) != said:
            contracts.note_judged(place, said)
            new.append(one)
    if new:
        contracts.write(_write(context, route, new))


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


async def _write(context: Context, route: Route, judgements: Sequence[Judgement]) -> None:
    if route.contract is None:
        return
    code = route.contract[0].code
    keys = sorted({one.key for one in judgements})
    try:
        if all(one.held is None for one in judgements):
            known = await context.store.read(lambda c: notes(c, route.id, code, keys))
            judgements = [one for one in judgements if one.key in known]
            if not judgements:
                return  # As nearly always: nothing was wrong, and nothing is.
        news, others = await context.store.write(lambda c: _record(c, context, route, judgements))
    except Exception:
        for one in judgements:
            context.contracts.judged.pop((route.id, one.key, one.quantity), None)
        context.log.exception("what is wrong with contract prices was not written down")
        return
    for held in news:
        context.log.warning("contract price", route=route.id, reason=held.reason)
    for one, quantities in others:
        _ = context.contracts.ask(_look_at_others(context, route, one, quantities))


def _record(
    connection: sa.Connection, context: Context, route: Route, judgements: Sequence[Judgement]
) -> tuple[list[Held], list[tuple[Judgement, set[Decimal]]]]:
    """Park, close and note at which quantities something is wrong.

    Returns:
        What was not parked before, and what is fine while it is known to be wrong elsewhere.
    """
    if route.contract is None:
        return [], []
    now, code = context.clock.now(), route.contract[0].code
    by_key: dict[str, list[Judgement]] = {}
    for one in judgements:
        by_key.setdefault(one.key, []).append(one)
    # Two processes may learn of one article at once, and neither must forget what the other says.
    take_turn(connection, f"contract prices told {route.id}")
    known = notes(connection, route.id, code, sorted(by_key))
    news: list[Held] = []
    others = []
    for key, said in sorted(by_key.items()):
        before = _quantities(known.get(key))
        wrong = before - {one.quantity for one in said if one.held is None}
        for one in said:
            if one.held is not None and len(wrong) < _MOST_QUANTITIES:
                wrong.add(one.quantity)
        held = [replace(one.held, item=key) for one in said if one.held is not None]
        if held:
            news += park(connection, route.id, code, held[-1:], now=now)
        elif not wrong and known.get(key) is None and may_push(context, route):
            continue  # The shop keeps prices: those who keep it in step said so, and look again.
        elif not wrong:
            unpark(connection, route.id, code, [key], now=now)
            continue
        else:
            others.append((said[-1], wrong))
        text = ",".join(plain(one) for one in sorted(wrong))
        note(connection, route.id, code, key, text)
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
    return news, others


def _quantities(text: str | None) -> set[Decimal]:
    return {Decimal(one) for one in (text or "").split(",") if one}


async def _look_at_others(
    context: Context, route: Route, one: Judgement, quantities: Iterable[Decimal]
) -> Exception | None:
    """It is fine now; so it may be at the quantities of which nobody asks any more."""
    factor, contract = one.link.factor, route.contract
    if factor is None or contract is None:
        return None
    module, settings = contract
    cache = context.contracts.cache(route.erp)
    keys = {
        PriceKey(one.agreement, one.link.erp, to_stock_units(many, factor), *one.terms): many
        for many in quantities
    }
    entries = {key: cache.price(key) for key in keys}
    missing = [k for k, e in entries.items() if e is None or not cache.price_holds(k, e.version)]
    if missing:
        flights = ask_prices(context, route.erp, missing, route.zone)
        await asyncio.wait({flight.task for flight in flights})
    judgements = []
    for key, many in keys.items():
        entry = cache.price(key)
        if entry is None or not cache.price_holds(key, entry.version):
            continue  # The ERP does not answer, or it changes again: the record waits.
        item = ContractItem(one.link, many, entry.value, agreement=one.title)
        held = module.offer(item, settings, context.view(route)).held
        said = one._replace(quantity=many, held=held, asked=(entry.version, entry.timer))
        judgements.append(said)
    tell_people(context, route, judgements)
    return None
