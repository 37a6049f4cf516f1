"""What was true for so many pieces, where the ERP was asked at every quantity break.

So it is under agreements that a shop keeps: between two breaks nothing changes, and what was said
of the last break that is reached holds.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping, Sequence
from decimal import Decimal
from typing import NamedTuple

import msgspec
import sqlalchemy as sa

from panstore.model.contract import ContractPrice, PriceWish
from panstore.model.ids import ConnectionId, ExternalId
from panstore.store.price_changes import turns_of_prices
from panstore.store.tables import contract_prices

__all__ = ["Spell", "break_prices_true_at", "price_then"]

_AT_ONCE = 500
_decoder: msgspec.json.Decoder[ContractPrice] = msgspec.json.Decoder(ContractPrice)
_t = contract_prices.c


class Spell(NamedTuple):
    """As long as the ERP said the same for a quantity.

    Attributes:
        since: aware; until: aware, when it was over, or may have been; None: it holds.
    """

    quantity: Decimal
    price: ContractPrice
    since: dt.datetime
    until: dt.datetime | None

    def holds(self, moment: dt.datetime) -> bool:
        """Whether it was so at a moment, as far as is known."""
        return self.since <= moment and (self.until is None or moment < self.until)


def break_prices_true_at(
    connection: sa.Connection,
    system: ConnectionId,
    agreement: ExternalId,
    currency: str,
    wishes: Iterable[PriceWish],
    *,
    at: dt.datetime,
    slack: dt.timedelta,
) -> dict[PriceWish, list[ContractPrice]]:
    """Every price that was true for so many at some moment within `slack` of `at`, latest first.

    Args:
        agreement: one whose prices were asked for at every break.
        at: aware.
    """
    wanted = list(dict.fromkeys(wishes))
    variants = sorted({wish.variant for wish in wanted})
    found: dict[PriceWish, list[ContractPrice]] = {}
    for begin in range(0, len(variants), _AT_ONCE):
        some = variants[begin : begin + _AT_ONCE]
        spells = _spells(connection, system, agreement, currency, some)
        for wish in wanted:
            if wish.variant in spells:
                true = _true(spells[wish.variant], wish.quantity, at - slack, at + slack)
                if true:
                    found[wish] = true
    return found


def price_then(
    spells: Sequence[Spell], quantity: Decimal, moment: dt.datetime
) -> ContractPrice | None:
    """What was true at a moment for so many pieces; None where nobody knows: pure.

    The last quantity that is reached and had a price then decides. One that had a price before
    and has one since was being asked about: what smaller ones say does not count for it.
    """
    for reached in sorted({one.quantity for one in spells if one.quantity <= quantity})[::-1]:
        its = [one for one in spells if one.quantity == reached]
        for one in its:
            if one.holds(moment):
                return one.price
        if len({one.since <= moment for one in its}) > 1:
            return None
    return None


def _true(
    spells: Sequence[Spell], quantity: Decimal, first: dt.datetime, last: dt.datetime
) -> list[ContractPrice]:
    turns = {one for spell in spells for one in (spell.since, spell.until) if one is not None}
    moments = sorted({first, last, *(one for one in turns if first <= one <= last)})
    prices = [price_then(spells, quantity, moment) for moment in reversed(moments)]
    made: list[ContractPrice] = []
    for price in prices:
        if price is not None and price not in made:
            made.append(price)
    return made


def _spells(
    connection: sa.Connection,
    system: ConnectionId,
    agreement: ExternalId,
    currency: str,
    variants: Sequence[str],
) -> Mapping[ExternalId, Sequence[Spell]]:
    turns = turns_of_prices(connection, system, agreement, variants)
    rows = connection.execute(
        sa.select(_t.variant, _t.quantity, _t.price, _t.since, _t.until, _t.confirmed_at).where(
            _t.connection == system,
            _t.agreement == agreement,
            _t.currency == currency,
            _t.variant.in_(variants),
        )
    )
    found: dict[ExternalId, list[Spell]] = {}
    for row in rows:
        until = row.until
        if until is None:
            # What was told since the ERP was asked may have ended it.
            told = (*turns.get(row.variant, ()), *turns.get("", ()))
            until = min((one for one in told if one > row.confirmed_at), default=None)
        spell = Spell(Decimal(row.quantity), _decoder.decode(row.price), row.since, until)
        found.setdefault(ExternalId(row.variant), []).append(spell)
    return found
