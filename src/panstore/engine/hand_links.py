"""Links that a person makes, changes and removes; codes do not undo them."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from typing import Literal

import msgspec
import sqlalchemy as sa

from panstore.engine.context import LINKS, Context, Route
from panstore.engine.contracts.push_marks import mark_priced
from panstore.engine.linking import go_on, plain_factor
from panstore.engine.products.rows import split_unlinked
from panstore.engine.stages.mark import ask, mark_products
from panstore.model.ids import ConnectionId, ExternalId, ItemId
from panstore.model.link import Link
from panstore.model.quantity import plain
from panstore.store import links as table
from panstore.store.audit import Entry, append
from panstore.store.brakes import release_items
from panstore.store.items import add_links
from panstore.store.marks import mark_linked
from panstore.store.parked import unpark

__all__ = ["BadLinkError", "Linked", "check_link", "remove_link", "set_link", "set_link_in"]

_CAUSE = "a person"
_LEAST, _MOST = Decimal("0.000001"), Decimal(1_000_000)


class BadLinkError(Exception):
    """What was asked cannot be; nothing was changed.

    Attributes:
        remedy: what the person can do.
    """

    def __init__(self, what: str, remedy: str) -> None:
        super().__init__(what)
        self.remedy = remedy


class Linked(msgspec.Struct, frozen=True):
    """What became of a link.

    Attributes:
        change: what was done.
        removed: other links that had to go for it.
    """

    link: Link
    change: Literal["made", "factor", "none", "removed"]
    removed: tuple[Link, ...] = ()


async def set_link(
    context: Context,
    route: Route,
    erp: ExternalId,
    shop: ExternalId,
    *,
    factor: Decimal | None = None,
    replace: bool = False,
) -> Linked:
    """Say that two variants are the same article, and how their units go together.

    Args:
        factor: stock units of the ERP in one sales unit of the shop, > 0; what stands already,
            or one where the units have the same name, if None.
        replace: remove links that hold one of the two with another variant.

    Raises:
        BadLinkError: a variant is not known, or linked otherwise, or the factor cannot be.
    """
    return await context.store.write(
        lambda c: set_link_in(c, context, route, erp, shop, factor=factor, replace=replace)
    )


def set_link_in(
    connection: sa.Connection,
    context: Context,
    route: Route,
    erp: ExternalId,
    shop: ExternalId,
    *,
    factor: Decimal | None = None,
    replace: bool = False,
) -> Linked:
    """`set_link` within a transaction; nothing is changed where it raises."""
    _possible(factor)
    return _set(connection, context, route, (erp, shop), factor, replace=replace)


def check_link(
    connection: sa.Connection,
    route: Route,
    erp: ExternalId,
    shop: ExternalId,
    *,
    factor: Decimal | None = None,
) -> None:
    """Whether `set_link` could do it now; nothing is changed.

    Raises:
        BadLinkError: it could not, with the reason.
    """
    _possible(factor)
    there = table.links_of_either(connection, route.id, erp, shop)
    if any((x.erp, x.shop) == (erp, shop) for x in there):
        return
    _free(route, there)
    _fitting(connection, route, erp, shop, factor)


def _possible(factor: Decimal | None) -> None:
    if factor is not None and not (factor.is_finite() and _LEAST <= factor <= _MOST):
        raise BadLinkError(
            f"{factor} cannot be a factor. Nothing was changed.",
            f"say how many stock units of the ERP are in one sales unit of the shop, from "
            f"{plain(_LEAST)} to {plain(_MOST)}.",
        )


async def remove_link(context: Context, route: Route, erp: ExternalId, shop: ExternalId) -> Linked:
    """Say that two variants are not the same article; the shop keeps the values it has.

    Raises:
        BadLinkError: they are not linked.
    """

    def work(connection: sa.Connection) -> Linked:
        for link in table.links_of_either(connection, route.id, erp, shop):
            if (link.erp, link.shop) == (erp, shop):
                _remove(connection, context, route, link)
                _look_again(connection, context, route, link)
                return Linked(link, "removed")
        raise BadLinkError(
            f"article {erp} of the ERP and {shop} of the shop are not linked on {route.id}. "
            "Nothing was changed.",
            "see what is with `panstore links list`.",
        )

    return await context.store.write(work)


def _set(
    connection: sa.Connection,
    context: Context,
    route: Route,
    pair: tuple[ExternalId, ExternalId],
    factor: Decimal | None,
    *,
    replace: bool,
) -> Linked:
    erp, shop = pair
    there = table.links_of_either(connection, route.id, erp, shop)
    same = next((x for x in there if (x.erp, x.shop) == pair), None)
    if same is not None:
        return _change(connection, context, route, same, factor)
    if not replace:
        _free(route, there)
    here, other, units = _fitting(connection, route, erp, shop, factor)
    for old in there:
        _remove(connection, context, route, old)
    link = Link(
        item=ItemId(context.new_id()),
        route=route.id,
        erp=erp,
        shop=shop,
        factor=units,
        sku=here.sku or other.sku,
        tracked=here.tracked and other.tracked,
    )
    now = context.clock.now()
    if not add_links(connection, [link], now=now):
        raise BadLinkError(
            f"article {erp} or {shop} was linked by another process in this moment. Nothing was "
            "changed.",
            "see with `panstore links list` how, then try again.",
        )
    table.together_again(connection, LINKS, link, now=now)
    unpark(connection, route.id, LINKS, sorted({here.sku, other.sku}), now=now)
    _note(connection, context, link, "linked", f"{_words(link)}, {_units(units)}")
    go_on(connection, context, route, [link], cause=_CAUSE)
    _look_again(connection, context, route, link)
    return Linked(link, "made", tuple(there))


def _free(route: Route, there: Sequence[Link]) -> None:
    if there:
        others = " and ".join(f"{x.erp} in the ERP to {x.shop} in the shop" for x in there)
        raise BadLinkError(
            f"{route.id} links {others} already. Nothing was changed.",
            "remove that with `panstore links remove`, or say --replace.",
        )


def _fitting(
    connection: sa.Connection,
    route: Route,
    erp: ExternalId,
    shop: ExternalId,
    factor: Decimal | None,
) -> tuple[table.CatalogueRow, table.CatalogueRow, Decimal]:
    """Both variants, and the factor between their units."""
    here = _known(connection, "erp", route.erp, erp)
    other = _known(connection, "shop", route.shop, shop)
    units = factor or plain_factor(here.unit, other.unit)
    if units is None:
        raise BadLinkError(
            f"the ERP counts article {erp} in {here.unit}, the shop sells it by the {other.unit}. "
            "Nothing was changed.",
            "say with --factor how many stock units of the ERP are in one sales unit of the shop.",
        )
    return here, other, units


def _change(
    connection: sa.Connection, context: Context, route: Route, link: Link, factor: Decimal | None
) -> Linked:
    if factor is None and link.factor is None:
        raise BadLinkError(
            f"{_words(link)}, but nobody has said how their units go together. Nothing was "
            "changed.",
            "say with --factor how many stock units of the ERP are in one sales unit of the shop.",
        )
    if factor is None or factor == link.factor:
        return Linked(link, "none")
    table.set_factor(connection, route.id, link.item, factor)
    changed = msgspec.structs.replace(link, factor=factor)
    was = "" if link.factor is None else f"; before, {_units(link.factor)}"
    _note(connection, context, changed, "factor", f"{_words(link)}, {_units(factor)}{was}")
    go_on(connection, context, route, [changed], cause=_CAUSE)
    return Linked(changed, "factor")


def _remove(connection: sa.Connection, context: Context, route: Route, link: Link) -> None:
    now = context.clock.now()
    table.delete_link(connection, route.id, link.item)
    table.keep_apart(connection, LINKS, link, now=now)
    split_unlinked(connection, context, route, link)
    mark_priced(connection, context, route, [link.item], cause=_CAUSE)
    for code in route.state_modules:
        unpark(connection, route.id, code, [link.item], now=now)
        release_items(connection, route.id, code, [link.item])
    _note(
        connection, context, link, "unlinked", f"{_words(link)} no more; the shop keeps its values"
    )
    _siblings(connection, context, route, link)


def _look_again(connection: sa.Connection, context: Context, route: Route, link: Link) -> None:
    """Codes that were doubtful may be clear now, and the other shops may offer more or less."""
    mark_products(connection, context, route.id, "erp", [link.erp], cause=_CAUSE)
    mark_products(connection, context, route.id, "shop", [link.shop], cause=_CAUSE)
    _siblings(connection, context, route, link)


def _siblings(connection: sa.Connection, context: Context, route: Route, link: Link) -> None:
    now = context.clock.now()
    for other in context.siblings(route):
        for code, (module, _) in other.state_modules.items():
            if other.id != route.id and "stock" in module.interests:
                ids = [link.erp]
                if mark_linked(connection, other.id, code, ids, side="erp", now=now, cause=_CAUSE):
                    ask(connection, context, other.id, code)


def _known(
    connection: sa.Connection,
    side: Literal["erp", "shop"],
    system: ConnectionId,
    variant: ExternalId,
) -> table.CatalogueRow:
    found = table.variant_row(connection, side, system, variant)
    if found is None:
        raise BadLinkError(
            f"{system} has listed no article with the id {variant}. Nothing was changed.",
            "see the ids with `panstore links list --unlinked`; `panstore sync` reads the "
            "catalogues again.",
        )
    return found


def _note(
    connection: sa.Connection, context: Context, link: Link, outcome: str, reason: str
) -> None:
    entry = Entry(
        at=context.clock.now(),
        route=link.route,
        module=LINKS,
        key=link.item,
        label=link.sku,
        cause=_CAUSE,
        outcome=outcome,
        reason=reason,
    )
    append(connection, [entry])


def _words(link: Link) -> str:
    return f"article {link.erp} of the ERP is {link.shop} in the shop"


def _units(factor: Decimal) -> str:
    return f"one sales unit is {plain(factor)} stock unit{'' if factor == 1 else 's'}"
