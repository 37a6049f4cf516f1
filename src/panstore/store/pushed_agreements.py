"""Agreements whose prices a shop keeps, and how far their lists are written."""

from __future__ import annotations

import datetime as dt

import msgspec
import sqlalchemy as sa

from panstore.model.ids import ExternalId, RouteId
from panstore.store.contract_tables import pushed_agreements
from panstore.store.upsert import insert

__all__ = [
    "Pushed",
    "add_pushed",
    "begin_list",
    "count_pushed",
    "doubt_pushed",
    "end_list",
    "forget_pushed",
    "list_pushed",
    "move_list",
    "not_ready",
    "pushed",
]


class Pushed(msgspec.Struct, frozen=True):
    """One agreement in a shop.

    Attributes:
        ready: all of its prices stood in the shop once.
        thorough: the run under way asks the shop what it keeps.
        position: the last item that is done; empty where none is.
        version, marked_at: of the mark for which the run under way began; None: there is none.
    """

    agreement: ExternalId
    ready: bool
    thorough: bool
    position: str
    version: int
    marked_at: dt.datetime | None


_COLUMNS = [pushed_agreements.c[name] for name in Pushed.__struct_fields__]


def _of(route: RouteId, agreement: ExternalId) -> tuple[sa.ColumnElement[bool], ...]:
    return (pushed_agreements.c.route == route, pushed_agreements.c.agreement == agreement)


def pushed(connection: sa.Connection, route: RouteId, agreement: ExternalId) -> Pushed | None:
    """How it stands with one agreement; None if the shop shall keep nothing of it."""
    row = connection.execute(sa.select(*_COLUMNS).where(*_of(route, agreement))).one_or_none()
    return None if row is None else Pushed(*row)


def list_pushed(connection: sa.Connection, route: RouteId) -> list[Pushed]:
    """All agreements of a shop, in their order."""
    rows = connection.execute(
        sa
        .select(*_COLUMNS)
        .where(pushed_agreements.c.route == route)
        .order_by(pushed_agreements.c.agreement)
    )
    return [Pushed(*row) for row in rows]


def count_pushed(connection: sa.Connection, route: RouteId) -> int:
    """How many agreements a shop keeps prices of."""
    return connection.execute(
        sa
        .select(sa.func.count())
        .select_from(pushed_agreements)
        .where(pushed_agreements.c.route == route)
    ).scalar_one()


def add_pushed(connection: sa.Connection, route: RouteId, agreement: ExternalId) -> bool:
    """From now on its prices are kept; False if they are already."""
    statement = (
        insert(connection, pushed_agreements)
        .values(
            route=route,
            agreement=agreement,
            ready=False,
            thorough=True,
            position="",
            version=0,
            marked_at=None,
        )
        .on_conflict_do_nothing()
        .returning(pushed_agreements.c.agreement)
    )
    return connection.execute(statement).first() is not None


def begin_list(
    connection: sa.Connection,
    route: RouteId,
    agreement: ExternalId,
    *,
    version: int,
    marked_at: dt.datetime,
) -> None:
    """A run over all of it begins for this mark."""
    values = {"position": "", "version": version, "marked_at": marked_at}
    connection.execute(sa.update(pushed_agreements).where(*_of(route, agreement)).values(**values))


def move_list(
    connection: sa.Connection, route: RouteId, agreement: ExternalId, position: str
) -> None:
    """The run has come so far."""
    connection.execute(
        sa.update(pushed_agreements).where(*_of(route, agreement)).values(position=position)
    )


def end_list(connection: sa.Connection, route: RouteId, agreement: ExternalId) -> None:
    """All of it stands in the shop."""
    connection.execute(
        sa
        .update(pushed_agreements)
        .where(*_of(route, agreement))
        .values(ready=True, thorough=False, position="", version=0, marked_at=None)
    )


def not_ready(connection: sa.Connection, route: RouteId, agreement: ExternalId) -> None:
    """Its prices are about to be dropped: nobody may be put on it before it is written anew."""
    connection.execute(
        sa
        .update(pushed_agreements)
        .where(*_of(route, agreement))
        .values(ready=False, thorough=True, position="", version=0, marked_at=None)
    )


def doubt_pushed(connection: sa.Connection, route: RouteId) -> None:
    """The next run over each asks the shop what it keeps, from the first item on."""
    connection.execute(
        sa
        .update(pushed_agreements)
        .where(pushed_agreements.c.route == route)
        .values(thorough=True, position="", version=0, marked_at=None)
    )


def forget_pushed(connection: sa.Connection, route: RouteId, agreement: ExternalId) -> None:
    """The shop keeps nothing of it any more."""
    connection.execute(sa.delete(pushed_agreements).where(*_of(route, agreement)))
