"""At what the parties of an ERP bought, as it was last known and as it was at a moment."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable

import sqlalchemy as sa

from panstore.model.contract import Agreement
from panstore.model.ids import ConnectionId, ExternalId
from panstore.store.contract_prices import CONFIRM_EVERY
from panstore.store.tables import party_agreements
from panstore.store.turns import take_turn
from panstore.store.upsert import insert

__all__ = ["agreements_at", "last_known_agreement", "remember_agreements"]

_t = party_agreements.c


def remember_agreements(
    connection: sa.Connection,
    system: ConnectionId,
    agreements: Iterable[Agreement],
    *,
    at: dt.datetime,
) -> None:
    """Remember at what parties buy now; names of parties are left out.

    Args:
        at: when the ERP was asked, aware; an answer older than the known one changes nothing.
    """
    for given in sorted(agreements, key=lambda one: one.party):
        take_turn(connection, f"party agreement {system} {given.party}")
        here = sa.and_(_t.connection == system, _t.party == given.party)
        old = connection.execute(
            sa.select(party_agreements).where(here, _t.until.is_(None))
        ).one_or_none()
        values = {"agreement": given.id or "", "title": given.title, "active": given.active}
        if old is not None:
            if at <= old.confirmed_at:
                continue
            same = (old.agreement, old.title, old.active) == tuple(values.values())
            if same and at - old.confirmed_at < CONFIRM_EVERY:
                continue
            ended = {"confirmed_at": at} if same else {"until": at}
            connection.execute(
                sa.update(party_agreements).where(here, _t.since == old.since).values(**ended)
            )
            if same:
                continue
        row = {"connection": system, "party": given.party, "since": at, "confirmed_at": at}
        connection.execute(
            insert(connection, party_agreements).values(**row, **values).on_conflict_do_nothing()
        )


def last_known_agreement(
    connection: sa.Connection, system: ConnectionId, party: ExternalId
) -> tuple[Agreement, dt.datetime] | None:
    """What the party bought at when that was last known, and when that was."""
    row = connection.execute(
        sa.select(party_agreements).where(
            _t.connection == system, _t.party == party, _t.until.is_(None)
        )
    ).one_or_none()
    return None if row is None else (_agreement(row), row.confirmed_at)


def agreements_at(
    connection: sa.Connection,
    system: ConnectionId,
    party: ExternalId,
    *,
    at: dt.datetime,
    slack: dt.timedelta,
) -> list[Agreement]:
    """All it may have bought at within `slack` of a moment, the latest first."""
    rows = connection.execute(
        sa
        .select(party_agreements)
        .where(
            _t.connection == system,
            _t.party == party,
            _t.since <= at + slack,
            sa.or_(_t.until.is_(None), _t.until >= at - slack),
        )
        .order_by(_t.since.desc())
    )
    return [_agreement(row) for row in rows]


def _agreement(row: sa.Row[tuple[object, ...]]) -> Agreement:
    return Agreement(
        party=ExternalId(row.party),
        id=ExternalId(row.agreement) if row.agreement else None,
        title=row.title,
        active=row.active,
    )
