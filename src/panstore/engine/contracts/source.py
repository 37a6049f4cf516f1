"""Asks the ERP for agreements and their prices: in batches, and each thing once at a time."""

from __future__ import annotations

import asyncio
import datetime as dt
from collections.abc import Awaitable, Callable, Iterable, Sequence
from typing import TYPE_CHECKING, TypeVar
from zoneinfo import ZoneInfo

import sqlalchemy as sa

from panstore.engine.contracts.cache import Entry, PriceKey
from panstore.engine.contracts.state import Flight
from panstore.engine.limiter import Lane
from panstore.model.contract import ContractPrice, PriceWish
from panstore.model.errors import InvariantError
from panstore.model.ids import ConnectionId, ExternalId
from panstore.sdk.contract_roles import ReadAgreements
from panstore.sdk.errors import PanstoreError, UnavailableError
from panstore.store.contract_prices import remember_prices
from panstore.store.party_agreements import remember_agreements

if TYPE_CHECKING:
    from panstore.engine.context import Context

__all__ = ["ask_party", "ask_prices", "reader_of"]

T = TypeVar("T")
_LANE = Lane.STOCK
"""A buyer waits: only orders go before."""


def reader_of(context: Context, erp: ConnectionId) -> ReadAgreements:
    """The ERP as one that has agreements; routes with contract prices have no other."""
    connector = context.connectors[erp]
    if not isinstance(connector, ReadAgreements):
        raise InvariantError(f"{erp} has no agreements")
    return connector


def ask_party(context: Context, erp: ConnectionId, party: ExternalId) -> Flight:
    """Ask at what a party buys, or join who asks already."""
    contracts = context.contracts
    cache, place = contracts.cache(erp), (erp, party)
    known = contracts.flights.get(place)
    if known is not None and cache.party_holds(party, known.version):
        return known
    version = cache.version or 0

    async def ask() -> None:
        at, timer = context.clock.now(), context.clock.timer()
        reader = reader_of(context, erp)
        found = await context.remote.call(
            erp, _LANE, "agreements", lambda: reader.agreements([party]), reads=True
        )
        value = next((one for one in found if one.party == party), None)
        cache.keep_party(party, Entry(value, version, at, timer))
        if value is not None:
            contracts.write(
                _written(context, lambda c: remember_agreements(c, erp, [value], at=at))
            )

    return _fly(context, erp, [party], version, ask)


def ask_prices(
    context: Context, erp: ConnectionId, keys: Iterable[PriceKey], zone: str
) -> list[Flight]:
    """Ask for prices, or join who asks already for some of them.

    Args:
        zone: of the company, for its business day.
    """
    contracts = context.contracts
    cache = contracts.cache(erp)
    flights: list[Flight] = []
    groups: dict[tuple[ExternalId, str, dt.date], list[PriceKey]] = {}
    for key in dict.fromkeys(keys):
        known = contracts.flights.get((erp, key))
        if known is not None and cache.price_holds(key, known.version):
            flights.append(known)
        else:
            groups.setdefault((key.agreement, key.currency, key.day), []).append(key)
    most = max(1, context.connectors[erp].capabilities.contract_batch)
    for group in groups.values():
        parts = (group[begin : begin + most] for begin in range(0, len(group), most))
        flights += [_ask_some(context, erp, part, zone) for part in parts]
    return list(dict.fromkeys(flights))


def _ask_some(context: Context, erp: ConnectionId, keys: Sequence[PriceKey], zone: str) -> Flight:
    """One batch: same agreement, currency and day."""
    contracts = context.contracts
    cache = contracts.cache(erp)
    version = cache.version or 0
    agreement, _, _, currency, day = keys[0]
    wishes = [PriceWish(key.variant, key.quantity) for key in keys]

    async def ask() -> None:
        at, timer = context.clock.now(), context.clock.timer()
        reader = reader_of(context, erp)
        answers = await context.remote.call(
            erp,
            _LANE,
            "contract prices",
            lambda: reader.contract_prices(agreement, wishes, currency, day),
            reads=True,
        )
        prices = {(price.variant, price.quantity): price for price in answers}
        for key in keys:
            value = prices.get((key.variant, key.quantity))
            cache.keep_price(key, Entry(value, version, at, timer))
        if day == at.astimezone(ZoneInfo(zone)).date():
            # What will hold on another day is not what is true now.
            contracts.write(_remember(context, erp, agreement, currency, prices.values(), at))

    return _fly(context, erp, keys, version, ask)


async def _remember(
    context: Context,
    erp: ConnectionId,
    agreement: ExternalId,
    currency: str,
    prices: Iterable[ContractPrice],
    at: dt.datetime,
) -> None:
    given = list(prices)
    await _written(context, lambda c: remember_prices(c, erp, agreement, currency, given, at=at))


async def _written(context: Context, work: Callable[[sa.Connection], object]) -> None:
    """Off the path of the answer; what is lost here is said."""
    try:
        await context.store.write(work)
    except Exception:
        context.log.exception("what the ERP said of contract prices was not kept")


def _fly(
    context: Context,
    erp: ConnectionId,
    keys: Sequence[ExternalId | PriceKey],
    version: int,
    ask: Callable[[], Awaitable[None]],
) -> Flight:
    contracts = context.contracts

    async def go() -> Exception | None:
        begun = context.clock.timer()
        try:
            async with (
                asyncio.timeout(contracts.longest_s),
                contracts.turn(erp, context.remote.slots(erp)),
            ):
                await ask()
        except PanstoreError as error:
            return error
        except TimeoutError:
            what = f"did not answer within {contracts.longest_s:g} s"
            return UnavailableError(erp, "contract prices", what)
        except Exception as error:
            context.log.exception("contract prices could not be asked for", erp=erp)
            return error
        finally:
            for key in keys:
                if contracts.flights.get((erp, key)) is flight:
                    del contracts.flights[erp, key]
        if context.clock.timer() - begun <= contracts.patience_s:
            # A late answer is no sign that the next one will be in time.
            contracts.slow_until.pop(erp, None)
        return None

    flight = Flight(contracts.ask(go()), version)
    for key in keys:
        contracts.flights[erp, key] = flight
    return flight
