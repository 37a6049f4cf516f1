"""Reads whole products with their variations."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import msgspec

from panstore.connectors.woocommerce.client import Call, WooClient
from panstore.connectors.woocommerce.map import page_items as say
from panstore.connectors.woocommerce.map import pages as translate
from panstore.connectors.woocommerce.map.goods import number
from panstore.connectors.woocommerce.map.pages import Shop
from panstore.connectors.woocommerce.page_terms import TermBook
from panstore.connectors.woocommerce.shelf import BATCH, groups
from panstore.connectors.woocommerce.wire_pages import PAGE_FIELDS, WirePage
from panstore.model.ids import ExternalId
from panstore.model.product import Product
from panstore.sdk.errors import NotFoundError

__all__ = ["Leaf", "Pages"]

_ROWS = msgspec.json.Decoder(list[WirePage])
_ROW = msgspec.json.Decoder(WirePage)


@dataclass(frozen=True, slots=True)
class Leaf:
    """A product as the shop has it, with its variations.

    Attributes:
        torn: it was cut off on its way to variations; `row` is what it was before.
    """

    row: WirePage
    variations: tuple[WirePage, ...] = ()
    torn: bool = False

    @property
    def rows(self) -> tuple[WirePage, ...]:
        """What can have a code: the variations, or the product itself."""
        return self.variations if translate.has_variations(self.row) else (self.row,)


class Pages:
    """The products of one shop.

    Args:
        client: how the shop is asked.
        book: its categories and attributes.
    """

    def __init__(self, client: WooClient, book: TermBook) -> None:
        self._client = client
        self._book = book

    async def products(self, ids: Sequence[ExternalId], shop: Shop) -> Sequence[Product]:
        """Products by id; the id of a variation gives its product. Each once."""
        numbers = [one for one in map(number, ids) if one is not None]
        leaves = await self.leaves("read products", numbers)
        paths = await self.paths(leaves)
        whole = Shop(shop.terms, shop.weight_unit, paths)
        return [translate.page(leaf.row, leaf.variations, whole) for leaf in leaves]

    async def paths(self, leaves: Iterable[Leaf]) -> dict[int, tuple[str, ...]]:
        """Paths of all categories, those of these products among them."""
        needed = {one.id for leaf in leaves for one in leaf.row.categories}
        return await self._book.paths(needed)

    async def leaves(self, operation: str, ids: Iterable[int]) -> list[Leaf]:
        """Products by their own or by a variation's id, archived ones and the trash included."""
        asked = list(dict.fromkeys(ids))
        rows = {row.id: row for row in await self._listed(operation, "products", asked)}
        missing = [id_ for id_ in asked if id_ not in rows]
        inside = await self._listed(operation, "variations", missing)
        parents = {row.parent_id for row in inside} - rows.keys()
        gone = [id_ for id_ in missing if id_ not in {row.id for row in inside}]
        # The trash is in no list of several numbers (WooCommerce 10.5, recorded 17).
        alone = await asyncio.gather(*(self._alone(operation, id_) for id_ in gone))
        trashed = [row for row in alone if row is not None]
        parents |= {row.parent_id for row in trashed if row.parent_id} - rows.keys()
        rows |= {row.id: row for row in trashed if not row.parent_id}
        if parents:
            more = await self._listed(operation, "products", sorted(parents))
            rows |= {row.id: row for row in more}
            hidden = [id_ for id_ in sorted(parents) if id_ not in rows]
            found = await asyncio.gather(*(self._alone(operation, id_) for id_ in hidden))
            rows |= {row.id: row for row in found if row is not None}
        sold = [row for row in rows.values() if translate.is_exchanged(row)]
        return await self._with_variations(operation, sold)

    async def by_code(self, skus: Sequence[str]) -> list[WirePage]:
        """Products and variations that have one of these codes in any case, the trash included."""
        # A comma parts codes in the question, but all of it is taken for one code too.
        known = [sku for sku in dict.fromkeys(skus) if sku]
        parts = list(groups([sku for sku in known if "," not in sku], BATCH // 2))
        parts += [[sku] for sku in known if "," in sku]
        found: dict[int, WirePage] = {}
        for some in parts:
            for status in ("any", "trash"):
                query = {"sku": ",".join(some), "status": status}
                found |= {row.id: row for row in await self._list("find codes", "products", query)}
        return list(found.values())

    async def newest(self) -> list[WirePage]:
        """The hundred products made last."""
        query = {"orderby": "date", "order": "desc", "status": "any"}
        return await self._list("find products", "products", query)

    async def _with_variations(self, operation: str, rows: Sequence[WirePage]) -> list[Leaf]:
        wanted = [id_ for row in rows if translate.has_variations(row) for id_ in row.variations]
        found = await self._listed(operation, "variations", wanted)
        by_parent: dict[int, list[WirePage]] = {}
        lent = {row.id: row.sku for row in rows}
        for one in found:
            if one.sku == lent.get(one.parent_id):
                # It has none; its product's is shown (WooCommerce 10.5, source: `get_sku` of
                # class-wc-product-variation.php), and written to it would be refused as taken.
                one.sku = ""
            by_parent.setdefault(one.parent_id, []).append(one)
        return [_leaf(row, tuple(by_parent.get(row.id, ()))) for row in rows]

    async def _listed(self, operation: str, path: str, ids: Sequence[int]) -> list[WirePage]:
        pages = await asyncio.gather(
            *(
                self._list(operation, path, {"include": ",".join(map(str, some))})
                for some in groups(ids)
            )
        )
        return [row for page in pages for row in page]

    async def _list(self, operation: str, path: str, query: dict[str, str]) -> list[WirePage]:
        asked = {**query, "context": "edit", "per_page": str(BATCH), "_fields": PAGE_FIELDS}
        return await self._client.ask(Call(operation, path, asked), _ROWS)

    async def _alone(self, operation: str, id_: int) -> WirePage | None:
        query = {"context": "edit", "_fields": PAGE_FIELDS}
        try:
            return await self._client.ask(Call(operation, f"products/{id_}", query), _ROW)
        except NotFoundError:
            return None


def _leaf(row: WirePage, variations: tuple[WirePage, ...]) -> Leaf:
    was = row if variations or not translate.has_variations(row) else say.as_it_was(row)
    return Leaf(was, variations, torn=was is not row)
