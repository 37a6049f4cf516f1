"""`panstore products`: products of both systems, and whose value counts where both changed one."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

import msgspec

from panstore.cli.failures import RefusedError
from panstore.cli.host import DONE, WAITING, Flag, GivenDesk, Limit
from panstore.cli.output import document, line, table, zoned
from panstore.cli.routes import chosen_routes
from panstore.model.product_fields import field_words
from panstore.model.product_plan import FieldDecision
from panstore.store import product_conflicts as conflicts
from panstore.store import products as store

if TYPE_CHECKING:
    from panstore.engine.engine import Engine

__all__ = ["conflicts_products", "list_products", "take_products"]

_ALL = 2**31 - 1


def list_products(
    *,
    route: str | None = None,
    find: str = "",
    unlinked: Flag = False,
    limit: Limit = 200,
    json: Flag = False,
    desk: GivenDesk,
) -> int:
    """List products with their ids in both systems.

    Args:
        route: only this route.
        find: only those with this text in the label, or with this id.
        unlinked: only those that are in one system.
        limit: at most so many per route.
        json: print one JSON document.
    """

    async def ask(engine: Engine) -> tuple[list[store.ProductRow], str]:
        found: list[store.ProductRow] = []
        for one in chosen_routes(engine.context, route):
            found += await engine.context.store.read(
                lambda c, r=one: store.list_products(  # type: ignore[misc]
                    c, r.id, text=find, unlinked=unlinked, limit=limit
                )
            )
        return found, engine.context.zone

    rows, zone = desk.ask(ask)
    if json:
        names = ("route", "item", "label", "erp", "shop", "base_at")
        document({"products": [{name: getattr(row, name) for name in names} for row in rows]})
    elif not rows:
        line("No products here.")
    else:
        table(
            ("route", "product", "in the ERP", "in the shop", "last agreed", "item"),
            [
                (
                    row.route,
                    row.label,
                    row.erp or "-",
                    row.shop or "-",
                    "never" if row.base_at is None else zoned(row.base_at, zone),
                    row.item,
                )
                for row in rows
            ],
        )
        line(f"Times in {zone}.")
    return DONE


def conflicts_products(*, limit: Limit = 200, json: Flag = False, desk: GivenDesk) -> int:
    """List fields that both systems changed, the oldest first.

    Args:
        limit: at most so many.
        json: print one JSON document.
    """

    async def ask(engine: Engine) -> tuple[list[conflicts.ConflictRow], str]:
        rows = await engine.context.store.read(lambda c: conflicts.list_conflicts(c, limit=limit))
        return rows, engine.context.zone

    rows, zone = desk.ask(ask)
    if json:
        document({
            "conflicts": [
                msgspec.structs.asdict(row)
                | {"erp": field_words(row.field, row.erp), "shop": field_words(row.field, row.shop)}
                for row in rows
            ]
        })
    elif not rows:
        line("Nothing was changed on both sides.")
    else:
        table(
            ("route", "code", "field", "in the ERP", "in the shop", "since", "counts"),
            [
                (
                    row.route,
                    row.sku or row.item,
                    row.field,
                    field_words(row.field, row.erp),
                    field_words(row.field, row.shop),
                    zoned(row.since, zone),
                    _SIDES.get(row.take, "not said"),
                )
                for row in rows
            ],
        )
        line(f"Times in {zone}. Say whose value counts: `panstore products take ROUTE CODE FIELD`")
        line("with erp or shop behind it.")
    return WAITING if any(not row.take for row in rows) else DONE


def take_products(
    route: str,
    product: str,
    field: str,
    side: Literal["erp", "shop"],
    /,
    *,
    variant: str = "",
    json: Flag = False,
    desk: GivenDesk,
) -> int:
    """Say whose value of a field counts.

    Args:
        route: the route's name in the settings.
        product: its code in `panstore products conflicts`, or its item id.
        field: the field's name there.
        side: whose value counts: erp or shop.
        variant: code of the variant, where the field is one of several variants.
        json: print one JSON document.
    """

    async def work(engine: Engine) -> conflicts.ConflictRow:
        from panstore.engine.products.decide import take_field  # noqa: PLC0415 - slow to import

        [chosen] = chosen_routes(engine.context, route)
        context = engine.context
        rows = await context.store.read(
            lambda c: conflicts.list_conflicts(c, chosen.id, limit=_ALL)
        )
        named = {product.casefold(), (variant or product).casefold()}
        fitting = [
            row
            for row in rows
            if row.field == field
            and (row.item == product or row.sku.casefold() in named)
            and (not variant or row.sku.casefold() == variant.casefold())
        ]
        if len(fitting) > 1:
            codes = ", ".join(sorted(row.sku or row.variant or row.item for row in fitting))
            raise RefusedError(
                f"{field} of {product} was changed on both sides for several: {codes}."
                " Nothing was changed.",
                "Say which one with --variant CODE, or decide on the console's page of products.",
            )
        if not fitting or not await take_field(
            context,
            chosen,
            fitting[0].item,
            FieldDecision(fitting[0].variant, field, side, fitting[0].erp, fitting[0].shop),
        ):
            raise RefusedError(
                f"{field} of {product} on {route} does not wait for a word: no such field was"
                " changed in both systems, or it is settled. Nothing was changed.",
                "`panstore products conflicts` shows those that wait.",
            )
        return fitting[0]

    row = desk.ask(work)
    value = row.erp if side == "erp" else row.shop
    if json:
        document({"route": row.route, "item": row.item, "field": field, "take": side})
    else:
        other = _SIDES["shop" if side == "erp" else "erp"]
        line(
            f"{row.sku or row.item}: {field} is {field_words(field, value)} from now on, as in"
            f" {_SIDES[side]}. The running PanStore writes it to {other}, unless one of the two"
            " was changed again: then you are asked again."
        )
    return DONE


_SIDES = {"erp": "the ERP", "shop": "the shop"}
