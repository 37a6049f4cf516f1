"""Two systems that keep products each in its own way, and the passes of S3 between them."""

from __future__ import annotations

import datetime as dt
import html
from collections.abc import Callable, Iterator
from decimal import Decimal
from typing import Any

import msgspec
from msgspec import UNSET

from panstore.model.ids import ConnectionId, ExternalId, ItemId, RouteId
from panstore.model.product import Product, ProductFields, ProductVariant, VariantFields
from panstore.model.product_base import advance
from panstore.model.product_fields import fields_set
from panstore.model.product_plan import ProductBase, ProductChange, ProductLink, ProductPlan, Side
from panstore.modules.s3_products.module import module
from panstore.modules.s3_products.settings import MERGED_FIELDS, ProductSyncSettings
from panstore.modules.s3_products.text import paragraphs
from panstore.modules.s3_products.values import Ways, is_empty, other
from panstore.sdk.capabilities import Capabilities
from panstore.sdk.modules import RouteView
from panstore.sdk.products import ProductItem

__all__ = ["ITEM", "VIEW", "Advance", "Planner", "System", "World", "plan_by_s3", "settle"]

ITEM = ItemId("item")
ALL = frozenset((*MERGED_FIELDS, "price"))
ERP = Capabilities(product_fields=ALL, weight_digits=3, compares_versions=True)
SHOP = Capabilities(product_fields=ALL, weight_digits=2, html_text=True)
VIEW = RouteView(
    route=RouteId("shop"),
    erp_connection=ConnectionId("erp"),
    shop_connection=ConnectionId("shop"),
    now=dt.datetime(2026, 11, 24, tzinfo=dt.UTC),
    zone="Europe/Ljubljana",
    erp=ERP,
    shop=SHOP,
)
Planner = Callable[[ProductItem, ProductSyncSettings], ProductPlan]
Advance = Callable[..., ProductBase | None]
_BLANK = VariantFields(sku="", gtin="", title="", weight=None, attributes=(), active=True)


def plan_by_s3(item: ProductItem, settings: ProductSyncSettings) -> ProductPlan:
    return module.plan_products([item], settings, VIEW)


class System:
    """One side; the shop escapes, tidies HTML, sorts as it likes and rounds weights.

    Attributes:
        compares: whether a write is refused where the product has changed since it was read.
        gone: ids of variants the system has lost, None for the product itself.
    """

    def __init__(self, side: Side, *, compares: bool) -> None:
        self.side, self.compares, self.edits = side, compares, 0
        self.made: dict[str, ExternalId] = {}
        self.gone: set[ExternalId | None] = set()
        self.fields = ProductFields(
            name="Lamp", description="", tax="22", unit="u", categories=(), images=(), active=True
        )
        self.variants = {
            ExternalId(f"{side}{n}"): msgspec.structs.replace(_BLANK, sku=sku)
            for n, sku in enumerate("AB")
        }

    def read(self) -> Product | None:
        if None in self.gone:
            return None
        rows = (
            ProductVariant(key, fields)
            for key, fields in self.variants.items()
            if key not in self.gone
        )
        return Product(ExternalId(self.side), self.fields, tuple(rows), str(self.edits))

    def variant(self, number: int) -> ExternalId:
        return list(self.variants)[number % len(self.variants)]

    def get(self, number: int | None, name: str) -> Any:
        fields = self.fields if number is None else self.variants[self.variant(number)]
        return getattr(fields, name)

    def set(self, number: int | None, **fields: Any) -> None:
        self.edits += 1
        fields = {name: self.stored(name, value) for name, value in fields.items()}
        if number is None:
            self.fields = msgspec.structs.replace(self.fields, **fields)
        else:
            key = self.variant(number)
            self.variants[key] = msgspec.structs.replace(self.variants[key], **fields)

    def add(self) -> None:
        key = ExternalId(f"{self.side}new{len(self.variants)}")
        self.variants[key] = msgspec.structs.replace(
            next(iter(self.variants.values())), sku=f"{self.side}{len(self.variants)}"
        )
        self.edits += 1

    def lose(self, number: int | None) -> None:
        self.gone.add(None if number is None else self.variant(number))
        self.edits += 1

    def find(self) -> None:
        self.gone.clear()
        self.edits += 1

    def write(self, change: ProductChange) -> Product | None:
        """The product as stored, None where it was refused; whole or not at all."""
        write = change.write
        if None in self.gone or any(one.id in self.gone for one in write.variants if one.id):
            return None
        if self.compares and write.version != str(self.edits):
            return None
        self.set(None, **fields_set(write.fields))
        for one in write.variants:
            key = one.id or self.made.setdefault(
                one.key, ExternalId(f"{self.side}{len(self.variants)}")
            )
            self.variants.setdefault(key, _BLANK)
            self.set(list(self.variants).index(key), **fields_set(one.fields))
        return self.read()

    def stored(  # noqa: PLR0911 - one line for each habit
        self, name: str, value: Any
    ) -> Any:
        """A value as this system keeps it, whoever gave it."""
        shop = self.side == "shop"
        if name in {"name", "title"}:
            text = " ".join(value.split())
            return html.escape(html.unescape(text)) if shop else text
        if name == "description":
            return value.strip().replace("</p><p>", "</p>\n<p>") if shop else paragraphs(value)
        if name == "weight" and value is not None and shop:
            return value.quantize(Decimal("0.01"))
        if name == "categories" and shop:
            return tuple(reversed(value))
        if name == "attributes":
            return tuple(sorted(value))
        if name == "images" and shop:  # what it has already stays in front
            had = [one for one in self.fields.images or () if one in value]
            return (*had, *(one for one in value if one not in had))
        return value


class World:
    """Both systems, the base between them, and what writes it."""

    def __init__(
        self,
        settings: ProductSyncSettings,
        plan: Planner = plan_by_s3,
        advance: Advance = advance,
        *,
        comparing: tuple[Side, ...] = ("erp",),
    ) -> None:
        sides: tuple[Side, Side] = ("erp", "shop")
        self.sides = {side: System(side, compares=side in comparing) for side in sides}
        self.base: ProductBase | None = None
        self.apart: set[str] = set()
        self.settings, self.planner, self.advance = settings, plan, advance

    def pairs(self) -> list[tuple[ExternalId, ExternalId]]:
        """Linked from the beginning, or by the keys under which we made them."""
        found = [(ExternalId(f"erp{n}"), ExternalId(f"shop{n}")) for n in (0, 1)]
        for key, shop in self.sides["shop"].made.items():
            found.append((ExternalId(key.rsplit("/", 1)[1]), shop))
        for key, erp in self.sides["erp"].made.items():
            found.append((erp, ExternalId(key.rsplit("/", 1)[1])))
        return found

    def run(
        self,
        erp: str = "done",
        shop: str = "done",
        *,
        meanwhile: Callable[[], None] = lambda: None,
    ) -> ProductPlan:
        """One pass.

        Args:
            erp, shop: what becomes of the write to that side: `done`, `refused`, or `lost`: it
                is done, but nobody hears of it.
            meanwhile: what people do between our reading and our writing.
        """
        self._meet()
        fates = {"erp": erp, "shop": shop}
        ours, theirs = self.sides["erp"].read(), self.sides["shop"].read()
        link = ProductLink(ITEM, VIEW.route, ExternalId("erp"), ExternalId("shop"), "A")
        item = ProductItem(link, ours, theirs, self.base, tuple(self.pairs()))
        plan = self.planner(item, self.settings)
        meanwhile()
        done, failed = [], []
        for change in plan.changes:
            fate = fates[change.side]
            stored = None if fate == "refused" else self.sides[change.side].write(change)
            if stored is None or fate == "lost":
                failed.append(change)
            else:
                done.append((change, stored))
        still = plan.open.get(ITEM, frozenset())
        self.base = self.advance(self.base, ours, theirs, still, done, failed, pairs=self.pairs())
        return plan

    def differences(self) -> Iterator[str]:
        """Fields in which what both sides have differs, and may not."""
        for key, ours, theirs in self._rows():
            for name in MERGED_FIELDS:
                if name == "active" and key in self.apart:
                    continue
                if hasattr(ours, name) and self._differs(name, ours, theirs):
                    yield f"{key}/{name}"
        yield from self._outlived()

    def _outlived(self) -> Iterator[str]:
        """What is on sale though the side that owns this has lost it."""
        owner = self.settings.rule("active").owner
        if owner not in {"erp", "shop"}:
            return
        side: Side = "erp" if owner == "erp" else "shop"
        lost, has = self.sides[side].gone, self.sides[other(side)]
        if None in has.gone:
            return
        if None in lost:
            if has.fields.active:
                yield "/active"
            return
        met = {one.id for one in getattr(self.base, side).variants}
        for pair in self.pairs():
            mine, its = pair if side == "erp" else pair[::-1]
            if mine in lost & met and its not in has.gone and has.variants[its].active:
                yield f"{pair[0]}/active"

    def _rows(self) -> Iterator[tuple[str, Any, Any]]:
        """What both sides have: the product, and the variants of each pair."""
        erp, shop = self.sides["erp"], self.sides["shop"]
        if None in erp.gone | shop.gone:
            return
        yield "", erp.fields, shop.fields
        for ours, theirs in self.pairs():
            if ours not in erp.gone and theirs not in shop.gone:
                yield ours, erp.variants[ours], shop.variants[theirs]

    def _meet(self) -> None:
        """Where one side is off sale when both meet for the first time, it may stay so."""
        base = self.base
        met = {"": base.erp.fields.active} if base else {}
        met |= {one.id: one.fields.active for one in base.erp.variants} if base else {}
        for key, ours, theirs in self._rows():
            if met.get(key, UNSET) is UNSET and ours.active != theirs.active:
                self.apart.add(key)

    def _differs(self, name: str, ours: Any, theirs: Any) -> bool:
        owner = self.settings.rule(name).owner
        mine, its = getattr(ours, name), getattr(theirs, name)
        if owner == "off":
            return False
        if name == "active":
            # Who owns nothing may hide for himself, but not show.
            return bool(mine != its and (owner == "both" or (its if owner == "erp" else mine)))
        # Left as it is, by decision: an owner that never said anything empties nothing.
        if owner != "both" and is_empty(mine if owner == "erp" else its):
            return False
        return not Ways(ERP, SHOP, self.settings).equal(name, mine, its, loosely=True)


def settle(world: World) -> ProductPlan:
    """Pass by pass until nothing more is written; what differs then is parked.

    Returns:
        The last plan.

    Raises:
        AssertionError: something is written for ever, or differs and nobody is told.
    """
    for _ in range(6):
        world.run()
    plans = [world.run(), world.run()]
    assert [plan.changes for plan in plans] == [(), ()], "it never comes to rest"
    parked = {f"{one.variant}/{one.field}" for one in plans[-1].conflicts}
    told = {"product.same_code_twice": "/sku", "product.no_name": "/name"}
    held = {told[one.code] for one in plans[-1].held if one.code in told}
    left = [
        one
        for one in world.differences()
        if one not in parked and one[one.rindex("/") :] not in held
    ]
    assert left == [], "differs, and nobody is told"
    return plans[-1]
