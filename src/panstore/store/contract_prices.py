"""Prices under agreements as the ERP gave them: the last known, and what was true at a moment."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping, Sequence
from decimal import Decimal

import msgspec
import sqlalchemy as sa
from msgspec.structs import replace

from panstore.model.contract import ContractPrice, PriceWish
from panstore.model.ids import ConnectionId, ExternalId
from panstore.store.price_changes import turns_of_prices
from panstore.store.tables import contract_prices, party_agreements
from panstore.store.turns import take_turn
from panstore.store.upsert import insert

__all__ = [
    "CONFIRM_EVERY",
    "forget_contract_prices",
    "last_known_prices",
    "prices_true_at",
    "quantity_key",
    "remember_prices",
]

CONFIRM_EVERY = dt.timedelta(hours=1)
"""A price that is the same as before is written again no more often than this."""

_AT_ONCE = 2000
_SHORTEST = dt.timedelta(microseconds=1)

_encoder = msgspec.json.Encoder(order="deterministic")
_decoder: msgspec.json.Decoder[ContractPrice] = msgspec.json.Decoder(ContractPrice)
_t = contract_prices.c


def remember_prices(
    connection: sa.Connection,
    system: ConnectionId,
    agreement: ExternalId,
    currency: str,
    prices: Iterable[ContractPrice],
    *,
    at: dt.datetime,
) -> int:
    """Remember what the ERP answered; what it answered before is kept with the moment it ended.

    That is when a change was noticed first since it was last confirmed, whenever somebody asks
    again. An answer that is older than the one that is known changes nothing.

    Args:
        at: when the ERP was asked, aware.

    Returns:
        How many rows were written.
    """
    by_key = {(p.variant, _number(p)): p for p in prices}
    if not by_key:
        return 0
    # Two processes must not both begin a present price.
    take_turn(connection, f"contract prices {system} {agreement}")
    known = _present(connection, system, agreement, currency, {v for v, _ in by_key})
    turns = turns_of_prices(connection, system, agreement, {v for v, _ in by_key})
    new, written = [], 0
    for key, price in sorted(by_key.items()):
        old = known.get(key)
        if old is not None and at <= old.confirmed_at:
            continue
        here = _row(system, agreement, currency, key)
        if old is None:
            new.append(_values(system, agreement, currency, key, price, at))
            continue
        before = _decoder.decode(old.price)
        noticed = (*turns.get(key[0], ()), *turns.get("", ()))
        turned = [one for one in noticed if old.confirmed_at < one <= at]
        if _shown(before) != _shown(price):
            ended = min([at, *turned])
            _update(connection, here, old.since, until=max(ended, old.since + _SHORTEST))
            new.append(_values(system, agreement, currency, key, price, at))
        elif before != price or turned or at - old.confirmed_at >= CONFIRM_EVERY:
            text = _encoder.encode(price).decode()
            _update(connection, here, old.since, price=text, confirmed_at=at)
        else:
            continue
        written += 1
    if new:
        connection.execute(insert(connection, contract_prices).on_conflict_do_nothing(), new)
    return written + sum(1 for row in new if (row["variant"], row["quantity"]) not in known)


def last_known_prices(
    connection: sa.Connection,
    system: ConnectionId,
    agreement: ExternalId,
    currency: str,
    wishes: Iterable[PriceWish],
) -> dict[PriceWish, tuple[ContractPrice, dt.datetime]]:
    """The present price of each wish that is known, and when it was last confirmed."""
    wanted = {(w.variant, quantity_key(w.quantity)): w for w in wishes}
    known = _present(connection, system, agreement, currency, {v for v, _ in wanted})
    return {
        wanted[key]: (_decoder.decode(row.price), row.confirmed_at)
        for key, row in known.items()
        if key in wanted
    }


def prices_true_at(
    connection: sa.Connection,
    system: ConnectionId,
    agreement: ExternalId,
    currency: str,
    wishes: Iterable[PriceWish],
    *,
    at: dt.datetime,
    slack: dt.timedelta,
) -> dict[PriceWish, list[ContractPrice]]:
    """Every price that was true at some moment within `slack` of `at`, the latest first."""
    wanted = {(w.variant, quantity_key(w.quantity)): w for w in wishes}
    found: dict[PriceWish, list[ContractPrice]] = {}
    for some in _parts(sorted({variant for variant, _ in wanted})):
        rows = connection.execute(
            sa
            .select(_t.variant, _t.quantity, _t.price)
            .where(
                _t.connection == system,
                _t.agreement == agreement,
                _t.currency == currency,
                _t.variant.in_(some),
                _t.since <= at + slack,
                sa.or_(_t.until.is_(None), _t.until >= at - slack),
            )
            .order_by(_t.since.desc())
        )
        for row in rows:
            wish = wanted.get((row.variant, row.quantity))
            if wish is not None:
                found.setdefault(wish, []).append(_decoder.decode(row.price))
    return found


def forget_contract_prices(connection: sa.Connection, *, before: dt.datetime) -> int:
    """Forget what ended before, and what nobody has asked for since; how many rows."""
    gone = 0
    for table in (contract_prices, party_agreements):
        old = sa.or_(
            table.c.until < before,
            sa.and_(table.c.until.is_(None), table.c.confirmed_at < before),
        )
        gone += connection.execute(sa.delete(table).where(old)).rowcount
    return gone


def quantity_key(quantity: Decimal) -> str:
    """Canonical text of a quantity: equal ones have the same."""
    return f"{quantity.normalize():f}"


def _number(price: ContractPrice) -> str:
    return quantity_key(price.quantity)


def _shown(price: ContractPrice) -> tuple[ContractPrice, bool]:
    """What of it concerns a buyer: costs change with every delivery, and mostly change nothing."""
    return replace(price, cost=None), price.is_below_cost


def _present(
    connection: sa.Connection,
    system: ConnectionId,
    agreement: ExternalId,
    currency: str,
    variants: Iterable[str],
) -> Mapping[tuple[ExternalId, str], sa.Row[tuple[object, ...]]]:
    found: dict[tuple[ExternalId, str], sa.Row[tuple[object, ...]]] = {}
    for some in _parts(sorted(variants)):
        rows = connection.execute(
            sa.select(contract_prices).where(
                _t.connection == system,
                _t.agreement == agreement,
                _t.currency == currency,
                _t.variant.in_(some),
                _t.until.is_(None),
            )
        )
        found |= {(ExternalId(row.variant), row.quantity): row for row in rows}
    return found


def _parts(keys: Sequence[str]) -> Iterable[Sequence[str]]:
    return (keys[begin : begin + _AT_ONCE] for begin in range(0, len(keys), _AT_ONCE))


def _row(
    system: ConnectionId, agreement: ExternalId, currency: str, key: tuple[str, str]
) -> sa.ColumnElement[bool]:
    return sa.and_(
        _t.connection == system,
        _t.agreement == agreement,
        _t.variant == key[0],
        _t.quantity == key[1],
        _t.currency == currency,
    )


def _update(
    connection: sa.Connection,
    row: sa.ColumnElement[bool],
    since: dt.datetime,
    **values: object,
) -> None:
    connection.execute(sa.update(contract_prices).where(row, _t.since == since).values(**values))


def _values(
    system: ConnectionId,
    agreement: ExternalId,
    currency: str,
    key: tuple[str, str],
    price: ContractPrice,
    at: dt.datetime,
) -> dict[str, object]:
    return {
        "connection": system,
        "agreement": agreement,
        "variant": key[0],
        "quantity": key[1],
        "currency": currency,
        "since": at,
        "price": _encoder.encode(price).decode(),
        "confirmed_at": at,
        "until": None,
    }
