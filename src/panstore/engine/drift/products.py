"""Drift of products, field by field: what the plan would write now, and what waits for a person."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping, Sequence

import msgspec
import sqlalchemy as sa
from msgspec import UNSET
from msgspec.structs import replace

from panstore.engine.context import IMAGES, Context, Route
from panstore.engine.products.pipeline import look_at_products, waits_for_plan
from panstore.model.drift import DriftRow, Mover, OwnWork, Waits, own_work, who_moved_field
from panstore.model.ids import ItemId, ModuleCode
from panstore.model.product import Product
from panstore.model.product_fields import encode_field, field_words
from panstore.model.product_plan import FieldChange, FieldConflict, ProductChange, ProductPlan
from panstore.sdk.products import ProductItem
from panstore.store.drift import agreed_at, own_works
from panstore.store.products import ProductRow

__all__ = ["look_at_pages"]

_BRAKED = {"create", "hide"}
_CONFLICT = "product.conflict"
_UNDECIDED = (
    "both sides changed it; it waits until a person says whose value counts: "
    "`panstore products take`"
)
_NO_PLAN = "nothing is written before the first plan was approved: `panstore plan`"


async def look_at_pages(
    context: Context, route: Route, code: ModuleCode, rows: Sequence[ProductRow]
) -> list[DriftRow]:
    """For each of these products one row a field that differs, or one row if none does.

    Both systems are read now, in the lane of full runs; writes nothing anywhere. What the
    settings leave to each system is no difference.
    """
    items, plan = await look_at_products(context, route, code, rows)
    names, now = [row.item for row in rows], context.clock.now()

    def look(connection: sa.Connection) -> tuple[dict[ItemId, OwnWork], dict[ItemId, dt.datetime]]:
        works = own_works(connection, route.id, code, names, now=now)
        moving = own_works(connection, route.id, IMAGES, names, now=now)
        waits = _NO_PLAN if waits_for_plan(connection, route, code) else ""
        known = {
            name: _with_images(
                replace(works.get(name, _NOTHING)[0], held=waits),
                moving.get(name, _NOTHING)[0],
            )
            for name in names
        }
        return known, agreed_at(connection, route.id, names)

    works, at = await context.store.read(look)
    found: list[DriftRow] = []
    for row in rows:
        page = _Page(code, row, items.get(row.item), works[row.item], at.get(row.item))
        found += page.rows(plan)
    return found


_NOTHING = (OwnWork(), None)


def _with_images(fields: OwnWork, images: OwnWork) -> OwnWork:
    """Images move in runs of their own, whose marks are of another module."""
    return replace(fields, marked=fields.marked or images.marked)


class _Page(msgspec.Struct, frozen=True):
    """One product and what is known of it."""

    code: ModuleCode
    row: ProductRow
    item: ProductItem | None
    work: OwnWork
    at: dt.datetime | None

    def rows(self, plan: ProductPlan) -> list[DriftRow]:
        mine = self.row.item
        held = [one for one in plan.held if one.item == mine]
        # Parked for what the plan itself holds says nothing of the fields that can go on.
        known = self.work.reason == " ".join(one.reason for one in held)
        going = replace(self.work, parked=None) if known else self.work
        told = [
            *(self._undecided(one) for one in plan.conflicts if one.item == mine),
            *(row for one in plan.changes if one.item == mine for row in self._planned(one, going)),
            *(self._stuck(one.reason) for one in held if one.code != _CONFLICT),
        ]
        return told or [self._row()]

    def _row(self) -> DriftRow:
        return DriftRow(
            route=self.row.route,
            module=self.code,
            kind="product",
            item=self.row.item,
            label=self.row.label or self.row.item,
            erp=_there(self.item.erp if self.item else None),
            shop=_there(self.item.shop if self.item else None),
            wrote=None,
            wrote_at=self.at,
            moved="none",
            why="in step",
        )

    def _stuck(self, reason: str) -> DriftRow:
        waits, why = own_work(replace(self.work, approval=None, held=reason))
        return replace(self._row(), moved="us", waits=waits, why=why, parked=self.work.parked)

    def _undecided(self, one: FieldConflict) -> DriftRow:
        return replace(
            self._field(one),
            moved="us",
            waits="held" if self.work.parked is None else "parked",
            why=_UNDECIDED,
            parked=self.work.parked,
        )

    def _planned(self, change: ProductChange, work: OwnWork) -> Iterable[DriftRow]:
        known = work if change.kind in _BRAKED else replace(work, approval=None)
        waits, why = own_work(known)
        if change.kind == "create":
            now = ("", "there") if change.side == "erp" else ("there", "")
            moved, _ = who_moved_field(now, ("", ""), waits)
            yield self._owed(self._row(), moved, waits, why or change.reason, known)
            return
        for line in change.lines:
            now, base = self._texts(line), self._bases(line)
            if base is not None and "" in base and "" not in now:
                base = None
            moved, words = who_moved_field(now, base, waits)
            yield self._owed(self._field(line), moved, waits, why or line.reason or words, known)

    def _owed(self, row: DriftRow, moved: Mover, waits: Waits, why: str, work: OwnWork) -> DriftRow:
        return replace(
            row, moved=moved, waits=waits, why=why, approval=work.approval, parked=work.parked
        )

    def _field(self, one: FieldChange | FieldConflict) -> DriftRow:
        name, sku = one.field, one.sku or one.variant
        erp, shop = (_words(name, text) for text in self._texts(one))
        base = self._bases(one)
        wrote = None if base is None else [_words(name, text) for text in base]
        return replace(
            self._row(),
            field=f"{name} of {sku}" if one.variant else name,
            erp=erp,
            shop=shop,
            wrote=None if wrote is None else _both(wrote[0], wrote[1]),
        )

    def _texts(self, one: FieldChange | FieldConflict) -> tuple[str, str]:
        if self.item is None:
            return "", ""
        return self._of(self.item.erp, self.item.shop, one)

    def _bases(self, one: FieldChange | FieldConflict) -> tuple[str, str] | None:
        base = self.row.base
        return None if base is None else self._of(base.erp, base.shop, one)

    def _of(
        self, erp: Product | None, shop: Product | None, one: FieldChange | FieldConflict
    ) -> tuple[str, str]:
        pairs: Mapping[str, str] = dict(self.item.pairs) if self.item else {}
        there = one.variant.removeprefix("shop:")
        other = there if there != one.variant else pairs.get(one.variant, "")
        return _text(erp, one.variant, one), _text(shop, other, one)


def _text(product: Product | None, variant: str, one: FieldChange | FieldConflict) -> str:
    if product is None:
        return ""
    if not one.variant:
        return encode_field(getattr(product.fields, one.field))
    fields = next((v.fields for v in product.variants if v.id == variant), None)
    return encode_field(UNSET if fields is None else getattr(fields, one.field))


def _words(name: str, text: str) -> str | None:
    return field_words(name, text) if text else None


def _both(erp: str | None, shop: str | None) -> str | None:
    """What each last held when they agreed; a system that rounds or escapes holds it otherwise."""
    return erp if erp == shop else f"{erp or '-'} (shop: {shop or '-'})"


def _there(product: Product | None) -> str | None:
    if product is None:
        return None
    name = product.fields.name
    return name if isinstance(name, str) and name else str(product.id)
