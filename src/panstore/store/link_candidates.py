"""Pairs of unlinked variants worth comparing, found by shared keys and never all with all."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import islice
from typing import Any, TypeVar

import msgspec
import sqlalchemy as sa

from panstore.model.ids import ConnectionId, ExternalId, ModuleCode, RouteId
from panstore.model.link_proposal import keys, words
from panstore.model.product import Variant
from panstore.store.links import kept_apart_keys
from panstore.store.tables import catalogue, links

__all__ = ["Pair", "alone", "pairs", "prepare"]

T = TypeVar("T")
_CHUNK = 1000
_SAME_KEY = 8
_WORD_PAIRS = 400
_RAREST = 4

_scratch = sa.MetaData()
_keys = sa.Table(
    "link_wizard_keys",
    _scratch,
    sa.Column("side", sa.Text),
    sa.Column("kind", sa.Text),
    sa.Column("key", sa.Text),
    sa.Column("variant", sa.Text),
    sa.Column("active", sa.Boolean),
    sa.Index("link_wizard_by_key", "kind", "key", "side"),
    prefixes=["TEMPORARY"],
)
_pairs = sa.Table(
    "link_wizard_pairs",
    _scratch,
    sa.Column("erp", sa.Text, primary_key=True),
    sa.Column("shop", sa.Text, primary_key=True),
    sa.Column("certain", sa.Boolean),
    prefixes=["TEMPORARY"],
)


class Pair(msgspec.Struct, frozen=True):
    """Two variants that share something.

    Attributes:
        certain: the code is equal and stands once among what is for sale on either side.
    """

    erp: Variant
    shop: Variant
    certain: bool


def prepare(
    connection: sa.Connection, module: ModuleCode, route: RouteId, sides: dict[str, ConnectionId]
) -> None:
    """Find the pairs; they are kept in tables that go with the transaction, on disk if many.

    Args:
        module: under which pairs are remembered that a person keeps apart.
        sides: the route's connections, `erp` and `shop`.
    """
    _scratch.drop_all(connection)
    _scratch.create_all(connection)
    for side, system in sides.items():
        for some in _batches(_unlinked(connection, route, side, system)):
            rows = [
                {"side": side, "kind": kind, "key": key, "variant": v.id, "active": v.active}
                for v in some
                for kind, key in (*keys(v), *(("word", w) for w in words(v.title)))
            ]
            if rows:
                connection.execute(sa.insert(_keys), rows)
    _by_key(connection)
    _by_word(connection)
    apart = kept_apart_keys(connection, module, route)
    for unwanted in _batches(sorted(apart)):
        key = _pairs.c.erp + "=" + _pairs.c.shop
        connection.execute(sa.delete(_pairs).where(key.in_(unwanted)))


def _by_key(connection: sa.Connection) -> None:
    """The first few of each side under each code, EAN or name; archived ones come last."""
    nth = sa.func.row_number().over(
        partition_by=(_keys.c.side, _keys.c.kind, _keys.c.key),
        order_by=(_keys.c.active.desc(), _keys.c.variant),
    )
    on_sale = sa.case((_keys.c.active | (_keys.c.side == "shop"), 1), else_=0)
    many = sa.func.sum(on_sale).over(partition_by=(_keys.c.side, _keys.c.kind, _keys.c.key))
    first = (
        sa
        .select(_keys, nth.label("nth"), many.label("many"))
        .where(_keys.c.kind != "word")
        .subquery()
    )
    here, there = first.alias("here"), first.alias("there")
    sure = sa.and_(here.c.kind == "sku", here.c.many == 1, there.c.many == 1, here.c.active)
    found = (
        sa
        .select(here.c.variant, there.c.variant, sa.func.max(sa.case((sure, 1), else_=0)) == 1)
        .where(
            here.c.side == "erp",
            there.c.side == "shop",
            here.c.kind == there.c.kind,
            here.c.key == there.c.key,
            here.c.nth <= _SAME_KEY,
            there.c.nth <= _SAME_KEY,
        )
        .group_by(here.c.variant, there.c.variant)
    )
    connection.execute(_pairs.insert().from_select(["erp", "shop", "certain"], found))


def _by_word(connection: sa.Connection) -> None:
    """Names that share one of the rarest words of the one in the ERP; sure pairs need none."""
    w = _keys.c.kind == "word"
    erp_many = sa.func.sum(sa.case((_keys.c.side == "erp", 1), else_=0))
    shop_many = sa.func.sum(sa.case((_keys.c.side == "shop", 1), else_=0))
    rare = (
        sa
        .select(_keys.c.key, shop_many.label("shop_many"))
        .where(w)
        .group_by(_keys.c.key)
        .having(shop_many > 0, erp_many * shop_many <= _WORD_PAIRS)
        .cte("rare")
    )
    sure_erp = sa.exists().where(_pairs.c.erp == _keys.c.variant, _pairs.c.certain)
    nth = sa.func.row_number().over(
        partition_by=_keys.c.variant, order_by=(rare.c.shop_many, _keys.c.key)
    )
    here = (
        sa
        .select(_keys.c.key, _keys.c.variant, nth.label("nth"))
        .join(rare, rare.c.key == _keys.c.key)
        .where(w, _keys.c.side == "erp", ~sure_erp)
        .subquery("here")
    )
    there = _keys.alias("there")
    known = sa.exists().where(_pairs.c.erp == here.c.variant, _pairs.c.shop == there.c.variant)
    certain = _pairs.alias("certain")
    sure_shop = sa.exists().where(certain.c.shop == there.c.variant, certain.c.certain)
    found = (
        sa
        .select(here.c.variant, there.c.variant, sa.false())
        .where(
            here.c.nth <= _RAREST,
            there.c.kind == "word",
            there.c.side == "shop",
            there.c.key == here.c.key,
            ~known,
            ~sure_shop,
        )
        .distinct()
    )
    connection.execute(_pairs.insert().from_select(["erp", "shop", "certain"], found))


def pairs(connection: sa.Connection, erp: ConnectionId, shop: ConnectionId) -> Iterator[Pair]:
    """What `prepare` found, streamed in order of the ids."""
    here, there = catalogue.alias("here"), catalogue.alias("there")
    statement = (
        sa
        .select(*_columns(here), *_columns(there), _pairs.c.certain)
        .join(here, sa.and_(here.c.connection == erp, here.c.variant == _pairs.c.erp))
        .join(there, sa.and_(there.c.connection == shop, there.c.variant == _pairs.c.shop))
        .order_by(_pairs.c.erp, _pairs.c.shop)
        .execution_options(yield_per=_CHUNK)
    )
    half = len(_columns(here))
    for row in connection.execute(statement):
        yield Pair(_variant(row[:half]), _variant(row[half:-1]), row[-1])


def alone(
    connection: sa.Connection,
    route: RouteId,
    side: str,
    system: ConnectionId,
    taken: set[ExternalId],
) -> Iterator[Variant]:
    """Unlinked variants of one side but those taken; the ERP's archived ones are left out."""
    for variant in _unlinked(connection, route, side, system):
        if variant.id not in taken and (variant.active or side == "shop"):
            yield variant


def _unlinked(
    connection: sa.Connection, route: RouteId, side: str, system: ConnectionId
) -> Iterator[Variant]:
    taken = sa.exists().where(links.c.route == route, links.c[side] == catalogue.c.variant)
    statement = (
        sa
        .select(*_columns(catalogue))
        .where(catalogue.c.connection == system, ~taken)
        .order_by(catalogue.c.variant)
        .execution_options(yield_per=_CHUNK)
    )
    for row in connection.execute(statement):
        yield _variant(row)


def _batches(some: Iterable[T]) -> Iterator[list[T]]:
    source = iter(some)
    while batch := list(islice(source, _CHUNK)):
        yield batch


def _columns(table: Any) -> list[sa.ColumnElement[Any]]:
    names = ("variant", "sku", "title", "gtin", "parent", "unit", "active", "tracked")
    return [table.c[name] for name in names]


def _variant(row: Any) -> Variant:
    return Variant(*row)
