"""A product that both sides have: field by field, variant by variant."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import msgspec
from msgspec import UNSET

from panstore.model.ids import ExternalId
from panstore.model.plan import Held
from panstore.model.product import Product, ProductFields, ProductVariant, VariantFields
from panstore.model.product_fields import PRODUCT_FIELDS, VARIANT_FIELDS, encode_field, field_words
from panstore.model.product_plan import FieldConflict, FieldKey, ProductChange, Side
from panstore.modules.s3_products.create import new_variant, sellable
from panstore.modules.s3_products.draft import Draft, label
from panstore.modules.s3_products.policy import SAID, Cell, Verdict, decide
from panstore.modules.s3_products.values import Ways, is_empty, other
from panstore.sdk.products import ProductItem

__all__ = ["Merged", "merge"]

_SIDES: tuple[Side, Side] = ("erp", "shop")
_GONE = VariantFields(active=False)
_MOST_SAID = 60
_Fields = ProductFields | VariantFields


class Merged(msgspec.Struct, frozen=True):
    """What came out for one product."""

    changes: tuple[ProductChange, ...]
    held: tuple[Held, ...]
    conflicts: tuple[FieldConflict, ...]
    open: frozenset[FieldKey]


def merge(item: ProductItem, ways: Ways) -> Merged:
    """Both sides of one product brought together; at least one of them is there."""
    work = _Work(item, ways)
    work.product()
    work.variants()
    return work.result()


class _Work:
    def __init__(self, item: ProductItem, ways: Ways) -> None:
        self.item, self.ways = item, ways
        self.now: dict[Side, Product | None] = {"erp": item.erp, "shop": item.shop}
        base = item.base
        self.base: dict[Side, Product | None] = {
            "erp": base.erp if base else None,
            "shop": base.shop if base else None,
        }
        self.drafts: dict[Side, Draft] = {s: Draft(s, self.now[s]) for s in _SIDES}
        self.open: set[FieldKey] = set()
        self.conflicts: list[FieldConflict] = []
        self.held: list[Held] = []
        self.sku = item.link.label or label(item.erp or item.shop)

    def product(self) -> None:
        here = {s: (p.fields if p else ProductFields(active=False)) for s, p in self.now.items()}
        were = {s: (p.fields if p else ProductFields()) for s, p in self.base.items()}
        for name in PRODUCT_FIELDS:
            cell = _cell("", name, here, were)
            self._field(cell, dict.fromkeys(_SIDES), self.sku)

    def variants(self) -> None:
        if self.item.erp is None or self.item.shop is None:
            return
        now = {s: _by_id(p) for s, p in self.now.items()}
        base = {s: _by_id(p) for s, p in self.base.items()}
        for pair in self.item.pairs:
            ids: dict[Side, ExternalId | None] = {"erp": pair[0], "shop": pair[1]}
            there = {s: now[s].get(pair[i]) for i, s in enumerate(_SIDES)}
            known = {s: base[s].get(pair[i]) for i, s in enumerate(_SIDES)}
            elsewhere = any(there[s] is None and known[s] is None for s in _SIDES)
            if elsewhere or not any(there.values()):
                continue  # it belongs to another product by now
            here = {s: there[s] or _GONE for s in _SIDES}
            were = {s: known[s] or VariantFields() for s in _SIDES}
            targets = {s: ids[s] if there[s] is not None else None for s in _SIDES}
            sku = next((f.sku for f in here.values() if isinstance(f.sku, str)), "")
            for name in VARIANT_FIELDS:
                if name != "price":
                    cell = _cell(pair[0], name, here, were)
                    self._field(cell, targets, sku, gone=None in targets.values())
        self._titles()
        for side in _SIDES:
            self._new(side)

    def _field(
        self, cell: Cell, targets: dict[Side, ExternalId | None], sku: str, *, gone: bool = False
    ) -> None:
        name, item = cell.key[1], self.item
        verdict = decide(cell, self.ways.settings.rule(name), self.ways, item.decisions)
        if verdict.ask:
            self.conflicts.append(
                FieldConflict(
                    item.link.item, *cell.key, encode_field(cell.erp), encode_field(cell.shop), sku
                )
            )
        if verdict.to is not None and not self._put(cell, verdict, targets, sku, gone=gone):
            verdict = Verdict(agreed=False)
        if not verdict.agreed:
            self.open.add(cell.key)

    def _put(
        self,
        cell: Cell,
        verdict: Verdict,
        targets: dict[Side, ExternalId | None],
        sku: str,
        *,
        gone: bool,
    ) -> bool:
        to, name = verdict.to, cell.key[1]
        if to is None or self.now[to] is None or not self.ways.writable(to, name):
            return False
        if gone and targets[to] is None:
            return False
        value = self.ways.carried(name, cell.of(other(to)), to, cell.of(to))
        code, why = self._unfit(name, value, to, targets[to])
        if code:
            said = field_words(name, encode_field(value))
            short = said if len(said) <= _MOST_SAID else f"{said[:_MOST_SAID]}…"
            self._hold(code, f"{short}: {why}")
            return False
        if value != cell.of(to):
            self.drafts[to].put(cell.key, targets[to], cell.of(to), value, verdict.reason, sku)
        return True

    def _unfit(self, name: str, value: Any, to: Side, target: ExternalId | None) -> tuple[str, str]:
        most = self.ways.of(to).name_length
        if name == "name" and is_empty(value):
            return "product.no_name", f"the name is empty in {SAID[other(to)]}. Enter one there"
        if name == "sku" and is_empty(value):
            return "product.no_code", f"a code is empty in {SAID[other(to)]}. Enter one there"
        if name in {"name", "title"} and most is not None and len(value) > most:
            return "product.too_long", f"only {most} characters fit into {SAID[to]}. Cut it"
        if name == "sku" and value in self._codes(to, but=target):
            return (
                "product.same_code_twice",
                f"another variant has this code in {SAID[to]}. Give each its own; where two have"
                " swapped theirs, give one an interim code first",
            )
        return "", ""

    def _codes(self, side: Side, *, but: ExternalId | None = None) -> set[Any]:
        product, told = self.now[side], self.drafts[side].variants
        return {
            told.get(one.id, {}).get("sku", one.fields.sku)
            for one in (product.variants if product else ())
            if one.id != but
        } - {UNSET, ""}

    def _titles(self) -> None:
        """Titles in the shop that begin with the product's name follow it."""
        draft, shop = self.drafts["shop"], self.item.shop
        new = draft.fields.get("name")
        if new is None or shop is None or not self.ways.writable("shop", "title"):
            return
        old = shop.fields.name
        keys = {pair[1]: pair[0] for pair in self.item.pairs}
        for variant in shop.variants:
            title = variant.fields.title
            if not isinstance(title, str) or not isinstance(old, str) or not old:
                continue
            rest = title[len(old) :]
            if not title.startswith(old) or rest[:1].isalnum():
                continue
            if "title" in draft.variants.get(variant.id, {}):
                continue
            key = (keys.get(variant.id, f"shop:{variant.id}"), "title")
            sku = variant.fields.sku if isinstance(variant.fields.sku, str) else ""
            draft.put(key, variant.id, title, new + rest, "follows the name", sku)

    def _new(self, comes: Side) -> None:
        to, item = other(comes), self.item
        source, target = self.now[comes], self.now[to]
        settings = self.ways.settings
        if source is None or target is None or to not in settings.create_in or not item.may_create:
            return
        linked = {pair[comes == "shop"] for pair in item.pairs}
        variants = sellable(source)
        for variant in variants:
            if variant.id in linked:
                continue
            sku = variant.fields.sku
            new = (one.fields.sku for one in self.drafts[to].new)
            if is_empty(sku):
                self._hold("product.no_code", f"a variant has no code in {SAID[comes]}. Enter one")
            elif sku in {*self._codes(to), *new}:
                self._hold(
                    "product.same_code_twice",
                    f"{sku} is new in {SAID[comes]}, but {SAID[to]} has the code already on a"
                    " variant that is not linked with it. Link them, or give it another code",
                )
            else:
                name = self.drafts[to].fields.get("name", target.fields.name)
                made = new_variant(item.link.route, variant, variants, name or "", comes, self.ways)
                key = variant.id if comes == "erp" else f"shop:{variant.id}"
                self.drafts[to].add(made, key, f"new in {SAID[comes]}")

    def _hold(self, code: str, what: str) -> None:
        reason = f"{self.sku}: {what}. This was left as it is, everything else goes on."
        self.held.append(Held(self.item.link.item, code, reason, self.sku))

    def result(self) -> Merged:
        changes = (draft.change(self.item.link.item) for draft in self.drafts.values())
        held = (*self.held, *self._asked())
        return Merged(
            tuple(change for change in changes if change is not None),
            held,
            tuple(self.conflicts),
            frozenset(self.open),
        )

    def _asked(self) -> Iterator[Held]:
        if not self.conflicts:
            return
        both = "; ".join(
            f"{one.field}{f' of {one.sku}' if one.variant else ''}:"
            f" ERP {field_words(one.field, one.erp)!r}, shop {field_words(one.field, one.shop)!r}"
            for one in self.conflicts
        )
        yield Held(
            self.item.link.item,
            "product.conflict",
            f"{self.sku} was changed in the ERP and in the shop ({both}). Both were left as they"
            " are. Say whose value counts with `panstore products take`.",
            self.sku,
        )


def _cell(key: str, name: str, here: dict[Side, Any], were: dict[Side, Any]) -> Cell:
    return Cell(
        (key, name),
        *(getattr(here[side], name) for side in _SIDES),
        *(getattr(were[side], name) for side in _SIDES),
    )


def _by_id(product: Product | None) -> dict[ExternalId, VariantFields]:
    variants: tuple[ProductVariant, ...] = product.variants if product else ()
    return {one.id: one.fields for one in variants}
