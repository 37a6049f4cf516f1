"""Contract prices that shops keep, as last written or read there."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Sequence

import msgspec
import sqlalchemy as sa

from panstore.model.ids import ExternalId, ItemId, RouteId
from panstore.model.price_tiers import PriceTiers, decode_tiers, encode_tiers
from panstore.store.tables import links, tiers_ledger
from panstore.store.upsert import insert

__all__ = [
    "KeptTiers",
    "doubt_tiers",
    "forget_tiers",
    "kept_tiers",
    "record_tiers",
    "tiers_without_link",
]


class KeptTiers(msgspec.Struct, frozen=True):
    """What a shop was last known to keep of one item under one agreement.

    Attributes:
        product: the shop's id under which it stands.
        stale: the shop has to be asked before this is believed.
    """

    item: ItemId
    product: ExternalId
    tiers: PriceTiers
    stale: bool


def kept_tiers(
    connection: sa.Connection, route: RouteId, agreement: ExternalId, items: Sequence[str]
) -> dict[ItemId, KeptTiers]:
    """What is known of these items; those of which nothing was ever kept are left out."""
    rows = connection.execute(
        sa.select(
            tiers_ledger.c.item,
            tiers_ledger.c.product,
            tiers_ledger.c.value,
            tiers_ledger.c.stale,
        ).where(
            tiers_ledger.c.route == route,
            tiers_ledger.c.agreement == agreement,
            tiers_ledger.c.item.in_(items),
        )
    )
    return {
        ItemId(row.item): KeptTiers(row.item, row.product, decode_tiers(row.value), row.stale)
        for row in rows
    }


def record_tiers(
    connection: sa.Connection,
    route: RouteId,
    agreement: ExternalId,
    kept: Iterable[KeptTiers],
    *,
    now: dt.datetime,
) -> None:
    """Write down what the shop keeps; of what it certainly keeps nothing of, no row stays."""
    some = sorted(kept, key=lambda one: one.item)
    rows = [
        {
            "route": route,
            "agreement": agreement,
            "item": one.item,
            "product": one.product,
            "value": encode_tiers(one.tiers),
            "stale": one.stale,
            "written_at": now,
        }
        for one in some
        if one.stale or one.tiers.tiers
    ]
    if rows:
        statement = insert(connection, tiers_ledger)
        changed = {
            name: statement.excluded[name] for name in ("product", "value", "stale", "written_at")
        }
        connection.execute(
            statement.on_conflict_do_update(
                index_elements=["route", "agreement", "item"], set_=changed
            ),
            rows,
        )
    gone = [one.item for one in some if not one.stale and not one.tiers.tiers]
    if gone:
        connection.execute(
            sa.delete(tiers_ledger).where(
                tiers_ledger.c.route == route,
                tiers_ledger.c.agreement == agreement,
                tiers_ledger.c.item.in_(gone),
            )
        )


def tiers_without_link(
    connection: sa.Connection, route: RouteId, agreement: ExternalId, *, limit: int
) -> list[ItemId]:
    """Items of which something is kept although nobody links them any more."""
    linked = sa.exists().where(links.c.route == route, links.c.item == tiers_ledger.c.item)
    rows = connection.execute(
        sa
        .select(tiers_ledger.c.item)
        .where(tiers_ledger.c.route == route, tiers_ledger.c.agreement == agreement, ~linked)
        .order_by(tiers_ledger.c.item)
        .limit(limit)
    )
    return [ItemId(item) for item in rows.scalars()]


def doubt_tiers(connection: sa.Connection, route: RouteId, agreement: ExternalId) -> None:
    """Say that the shop may keep something else of everything under an agreement."""
    connection.execute(
        sa
        .update(tiers_ledger)
        .where(tiers_ledger.c.route == route, tiers_ledger.c.agreement == agreement)
        .values(stale=True)
    )


def forget_tiers(connection: sa.Connection, route: RouteId, agreement: ExternalId) -> None:
    """The shop keeps nothing of an agreement any more."""
    connection.execute(
        sa.delete(tiers_ledger).where(
            tiers_ledger.c.route == route, tiers_ledger.c.agreement == agreement
        )
    )
