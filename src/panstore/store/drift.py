"""What a drift report is told by the store, and the reports of the days before."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Sequence
from typing import Any

import msgspec
import sqlalchemy as sa

from panstore.model.drift import OwnWork
from panstore.model.ids import ConnectionId, ExternalId, ItemId, ModuleCode, RouteId
from panstore.model.link import Link
from panstore.store.items import links_by_item
from panstore.store.marks import DATE
from panstore.store.orders import LEFT_ALONE
from panstore.store.product_tables import products
from panstore.store.products import ProductRow, product_rows
from panstore.store.tables import (
    approvals,
    audit,
    brake_events,
    catalogue,
    drift_days,
    ledger,
    links,
    marks,
    orders,
    parked,
    undone,
)
from panstore.store.upsert import insert

__all__ = [
    "DriftDay",
    "LastWrite",
    "agreed_at",
    "count_orders",
    "drift_history",
    "last_writes",
    "links_of_sku",
    "note_repaired",
    "orders_named",
    "own_works",
    "page_of_orders",
    "products_named",
    "save_day",
]


def _pairs(rows: Iterable[Any]) -> dict[str, Any]:
    return {row[0]: row[1] for row in rows}


class LastWrite(msgspec.Struct, frozen=True):
    """Canonical text of what the destination was last known to hold, and when that was.

    Attributes:
        at: of the last write in the audit, else of the last time it was read there.
    """

    value: str | None
    at: dt.datetime


def last_writes(
    connection: sa.Connection, route: RouteId, module: ModuleCode, items: Sequence[str]
) -> dict[str, LastWrite]:
    """Of these items; those that were never written or seen are left out."""
    written = _pairs(
        connection.execute(
            sa
            .select(audit.c.key, sa.func.max(audit.c.at, type_=audit.c.at.type))
            .where(
                audit.c.route == route,
                audit.c.module == module,
                audit.c.key.in_(items),
                audit.c.outcome == "written",
            )
            .group_by(audit.c.key)
        )
    )
    rows = connection.execute(
        sa.select(ledger.c.item, ledger.c.value, ledger.c.written_at).where(
            ledger.c.route == route, ledger.c.module == module, ledger.c.item.in_(items)
        )
    )
    return {row.item: LastWrite(row.value, written.get(row.item, row.written_at)) for row in rows}


def own_works(
    connection: sa.Connection,
    route: RouteId,
    module: ModuleCode,
    items: Sequence[str],
    *,
    now: dt.datetime,
) -> dict[str, tuple[OwnWork, str | None]]:
    """What our work on these items waits for, and the value of each that was taken back.

    Items with nothing of the kind are left out. A mark that waits for its day is no work to be
    done now.
    """
    where = {
        table: (table.c.route == route, table.c.module == module)
        for table in (marks, parked, brake_events, audit, undone)
    }
    marked = set(
        connection.execute(
            sa.select(marks.c.key).where(
                *where[marks],
                marks.c.key.in_(items),
                (marks.c.cause != DATE) | (marks.c.due_at <= now),
            )
        ).scalars()
    )
    open_ = {
        row.key: row
        for row in connection.execute(
            sa.select(parked.c.key, parked.c.id, parked.c.reason).where(
                *where[parked], parked.c.key.in_(items), parked.c.state == "open"
            )
        )
    }
    braked = _pairs(
        connection.execute(
            sa
            .select(brake_events.c.item, brake_events.c.approval)
            .join(approvals, approvals.c.id == brake_events.c.approval)
            .where(
                *where[brake_events],
                brake_events.c.item.in_(items),
                approvals.c.state.in_(("waiting", "stopped")),
            )
        )
    )
    last = (
        sa
        .select(sa.func.max(audit.c.id))
        .where(*where[audit], audit.c.key.in_(items))
        .group_by(audit.c.key)
    )
    doubtful = set(
        connection.execute(
            sa.select(audit.c.key).where(audit.c.id.in_(last), audit.c.outcome == "unknown")
        ).scalars()
    )
    taken_back = _pairs(
        connection.execute(
            sa.select(undone.c.item, undone.c.after).where(*where[undone], undone.c.item.in_(items))
        )
    )
    return {
        item: (
            OwnWork(
                approval=braked.get(item),
                parked=open_[item].id if item in open_ else None,
                reason=open_[item].reason if item in open_ else "",
                doubt=item in doubtful,
                marked=item in marked,
            ),
            taken_back.get(item),
        )
        for item in {*marked, *open_, *braked, *doubtful, *taken_back}
    }


def links_of_sku(connection: sa.Connection, route: RouteId, sku: str) -> list[Link]:
    """Links with that code, written as it is or not."""
    found = connection.execute(
        sa.select(links.c.item).where(
            links.c.route == route, sa.func.lower(links.c.sku) == sku.strip().lower()
        )
    ).scalars()
    return list(links_by_item(connection, route, found.all()).values())


def agreed_at(
    connection: sa.Connection, route: RouteId, items: Sequence[str]
) -> dict[ItemId, dt.datetime]:
    """When both sides of these products were last known to agree; those that never did left out."""
    rows = connection.execute(
        sa.select(products.c.item, products.c.base_at).where(
            products.c.route == route,
            products.c.item.in_(items),
            products.c.base_at.is_not(None),
        )
    )
    return {ItemId(row.item): row.base_at for row in rows}


def products_named(
    connection: sa.Connection, route: RouteId, erp: ConnectionId, shop: ConnectionId, wanted: str
) -> list[ProductRow]:
    """Products with that label or id, or with a variant of that code in one of the two systems."""
    name = wanted.strip().lower()

    def pages(system: ConnectionId) -> sa.Select[tuple[str]]:
        return sa.select(sa.func.coalesce(catalogue.c.parent, catalogue.c.variant)).where(
            catalogue.c.connection == system, sa.func.lower(catalogue.c.sku) == name
        )

    found = connection.execute(
        sa
        .select(products.c.item)
        .where(
            products.c.route == route,
            (sa.func.lower(products.c.label) == name)
            | (products.c.item == wanted)
            | products.c.erp.in_(pages(erp))
            | products.c.shop.in_(pages(shop)),
        )
        .order_by(products.c.item)
    ).scalars()
    return list(product_rows(connection, route, found.all()).values())


def page_of_orders(
    connection: sa.Connection, route: RouteId, *, after: str, limit: int
) -> list[ExternalId]:
    """Ids of orders in their order, beginning after `after`; those left alone are none of ours."""
    rows = connection.execute(
        sa
        .select(orders.c.order_id)
        .where(
            orders.c.route == route,
            orders.c.order_id > after,
            orders.c.state.not_in(LEFT_ALONE),
        )
        .order_by(orders.c.order_id)
        .limit(limit)
    )
    return [ExternalId(order_id) for order_id in rows.scalars()]


def orders_named(connection: sa.Connection, route: RouteId, wanted: str) -> list[ExternalId]:
    """Ids of the orders with that printed number or id."""
    rows = connection.execute(
        sa.select(orders.c.order_id).where(
            orders.c.route == route,
            (orders.c.order_id == wanted) | (orders.c.number == wanted),
            orders.c.state.not_in(LEFT_ALONE),
        )
    )
    return [ExternalId(order_id) for order_id in rows.scalars()]


def count_orders(connection: sa.Connection, route: RouteId) -> int:
    """How many `page_of_orders` would give in all."""
    statement = (
        sa
        .select(sa.func.count())
        .select_from(orders)
        .where(orders.c.route == route, orders.c.state.not_in(LEFT_ALONE))
    )
    return connection.execute(statement).scalar_one()


class DriftDay(msgspec.Struct, frozen=True):
    """The last report of a day.

    Attributes:
        day: in the company's zone, ISO 8601.
        looked_at, differ: records; by_*: of `differ`, who moved (`both` counts for shop and ERP).
        repaired: how many were marked to be repaired that day.
        whole: it came to its end; else something stopped it on the way.
    """

    route: RouteId
    kind: str
    day: str
    at: dt.datetime
    looked_at: int
    differ: int
    by_shop: int
    by_erp: int
    by_us: int
    by_unknown: int
    repaired: int = 0
    whole: bool = True


_COLUMNS = [drift_days.c[name] for name in DriftDay.__struct_fields__]


def save_day(connection: sa.Connection, found: DriftDay) -> None:
    """Keep a report as its day's; one that was cut short never takes the place of a whole one."""
    values = msgspec.structs.asdict(found)
    new = {name: v for name, v in values.items() if name not in {"route", "kind", "day"}}
    new["repaired"] = drift_days.c.repaired + found.repaired
    statement = insert(connection, drift_days).values(**values)
    connection.execute(
        statement.on_conflict_do_update(
            index_elements=["route", "kind", "day"],
            set_=new,
            where=None if found.whole else drift_days.c.whole.is_(False),
        )
    )


def note_repaired(
    connection: sa.Connection, route: RouteId, kind: str, day: str, *, count: int
) -> None:
    """Add to what was repaired on a day; a day without a report stays without."""
    connection.execute(
        sa
        .update(drift_days)
        .where(drift_days.c.route == route, drift_days.c.kind == kind, drift_days.c.day == day)
        .values(repaired=drift_days.c.repaired + count)
    )


def drift_history(
    connection: sa.Connection,
    *,
    route: RouteId | None = None,
    kind: str | None = None,
    limit: int = 400,
) -> list[DriftDay]:
    """The reports kept, the newest day first."""
    statement = sa.select(*_COLUMNS)
    if route is not None:
        statement = statement.where(drift_days.c.route == route)
    if kind is not None:
        statement = statement.where(drift_days.c.kind == kind)
    ordered = statement.order_by(drift_days.c.day.desc(), drift_days.c.route, drift_days.c.kind)
    return [DriftDay(*row) for row in connection.execute(ordered.limit(limit))]
