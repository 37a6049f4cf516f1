"""Reads products and variations: which of the two a number is, lists that move, rows by id."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Literal, TypeVar

import msgspec

from panstore.connectors.woocommerce.client import Call, WooClient
from panstore.connectors.woocommerce.map import goods as translate
from panstore.connectors.woocommerce.memory import Recent
from panstore.connectors.woocommerce.wire import (
    GOODS_FIELDS,
    PARENT_FIELDS,
    WireBareGoods,
    WireGoods,
)
from panstore.sdk.errors import MappingError, RemoteError

__all__ = ["BATCH", "Path", "Place", "Shelf", "groups"]

T = TypeVar("T")

BATCH = 100
"""Most rows of a list and most items of a batch (WooCommerce 10.5, recorded 15, 20)."""

Path = Literal["products", "variations"]

# Otherwise goods are listed as pages show them, with what plugins for discounts make of their
# prices. Variations are always listed so (class-wc-rest-product-variations-controller.php).
_AS_STORED: dict[Path, dict[str, str]] = {"products": {"context": "edit"}, "variations": {}}

_GOODS = msgspec.json.Decoder(list[WireGoods])
_BARE = msgspec.json.Decoder(list[WireBareGoods])
_RAW = msgspec.json.Decoder(list[msgspec.Raw])


def groups(many: Sequence[T], most: int = BATCH) -> Iterator[Sequence[T]]:
    """`many` in parts of at most `most`."""
    for start in range(0, len(many), most):
        yield many[start : start + most]


@dataclass(frozen=True, slots=True)
class Place:
    """How far a list has been read.

    Attributes:
        path: products are read first, then all variations.
        offset: rows of the list before the next one, as they stood then.
        last: the highest id that was read.
    """

    path: Path = "products"
    offset: int = 0
    last: int = 0

    def __str__(self) -> str:
        return f"{self.path}:{self.offset}:{self.last}"

    @classmethod
    def read(cls, text: str | None) -> Place:
        """The inverse of `str`; the beginning for None."""
        if text is None:
            return cls()
        path, offset, last = text.split(":")
        return cls("variations" if path == "variations" else "products", int(offset), int(last))


class Shelf:
    """The goods of one shop, as it lists them.

    Args:
        client: how the shop is asked.
    """

    def __init__(self, client: WooClient) -> None:
        self._client = client
        # Id -> id of the product of a variation, 0 of what is none.
        self._parents: Recent[int, int] = Recent()

    def note(self, goods: WireGoods) -> None:
        """Remember where it is written."""
        self._parents.put(goods.id, goods.parent_id)

    def forget(self, id_: int) -> None:
        """Look again before it is written next."""
        self._parents.drop(id_)

    def known(self, path: Path, *, above: int, upto: int | None) -> set[int]:
        """Ids of goods that were read before, of one list.

        Args:
            path: which list.
            above, upto: between which ids; None: without end.
        """
        return {
            id_
            for id_, parent in self._parents.items()
            if bool(parent) == (path == "variations")
            and id_ > above
            and (upto is None or id_ <= upto)
        }

    async def places(self, ids: Iterable[int]) -> dict[int, int]:
        """Product of each variation, 0 for a product; those that do not exist are left out."""
        known = {id_: self._parents.get(id_) for id_ in ids}
        unsure = [id_ for id_, parent in known.items() if parent is None]
        for goods in await self._look("find products", unsure, PARENT_FIELDS):
            known[goods.id] = goods.parent_id
        return {id_: parent for id_, parent in known.items() if parent is not None}

    async def rows(self, operation: str, ids: Iterable[int]) -> list[WireGoods]:
        """Those of `ids` that exist, products and variations alike."""
        return await self._look(operation, list(dict.fromkeys(ids)), GOODS_FIELDS)

    async def parents(self, rows: Iterable[WireGoods]) -> dict[int, translate.Parent]:
        """The products of these variations."""
        ids = list(dict.fromkeys(row.parent_id for row in rows if row.parent_id))
        found = await self._by_id("read products", "products", ids, PARENT_FIELDS)
        return {one.id: translate.Parent(one.name, one.status, one.sku) for one in found}

    async def after(self, place: Place, most: int) -> tuple[list[WireGoods], Place | None]:
        """Rows of a list in the order of their ids, after those that were read.

        WooCommerce can only be asked for rows by their number in the list. What is deleted
        meanwhile moves all later rows forward, so the last row read is asked for again; where it,
        or one before it, is not the first of the answer, earlier rows are looked at.

        Args:
            place: as far as was read.
            most: rows wanted, >= 1.

        Returns:
            The rows, and where to read on; None at the end of the list.
        """
        start = max(0, place.offset - 1)
        size = min(BATCH, most + 1)
        while True:
            query = {
                "orderby": "id",
                "order": "asc",
                "offset": str(start),
                "per_page": str(size),
                "_fields": GOODS_FIELDS,
                **_AS_STORED[place.path],
            }
            call = Call("list products", place.path, query)
            rows = await self._asked(call, bent="bare")
            if start and (not rows or rows[0].id > place.last):
                start = max(0, start - BATCH)
                size = BATCH
                continue
            new = [row for row in rows if row.id > place.last]
            ended = len(rows) < size
            if new or ended:
                break
            start += len(rows)
        for row in new:
            self.note(row)
        taken = new[:most]
        if ended and len(taken) == len(new):
            return taken, None
        read = len(rows) - (len(new) - len(taken))
        return taken, Place(place.path, start + read, taken[-1].id)

    async def _look(self, operation: str, ids: Sequence[int], fields: str) -> list[WireGoods]:
        """Rows by id: where it is known whether they are products or variations there, else both.

        A list of products leaves variations out (WooCommerce 10.5, recorded 05, 14).
        """
        inside = [id_ for id_ in ids if self._parents.get(id_)]
        found = await self._by_id(
            operation, "products", [id_ for id_ in ids if not self._parents.get(id_)], fields
        )
        there = {row.id for row in found} | set(inside)
        missing = [id_ for id_ in ids if id_ not in there and self._parents.get(id_) is None]
        found += await self._by_id(operation, "variations", inside + missing, fields)
        for row in found:
            self.note(row)
        return found

    async def _by_id(
        self, operation: str, path: Path, ids: Sequence[int], fields: str
    ) -> list[WireGoods]:
        async def some(part: Sequence[int]) -> list[WireGoods]:
            query = {
                "include": ",".join(map(str, part)),
                "per_page": str(BATCH),
                "_fields": fields,
                **_AS_STORED[path],
            }
            return await self._asked(Call(operation, path, query), bent="refuse")

        pages = await asyncio.gather(*(some(part) for part in groups(ids)))
        return [row for page in pages for row in page]

    async def _asked(self, call: Call, *, bent: Literal["bare", "refuse"]) -> list[WireGoods]:
        """Rows of an answer.

        Args:
            call: for a list of products or variations.
            bent: what becomes of a row that a plugin has made unreadable: it keeps its id and what
                else can be read, or it is refused by name.

        Raises:
            MappingError: a row is refused.
            RemoteError: the answer is no list of such rows.
        """
        answer = await self._client.answer(call)
        try:
            return self._client.decoded(call, answer, _GOODS)
        except RemoteError:
            bare = self._client.decoded(call, answer, _BARE)
            raws = self._client.decoded(call, answer, _RAW)
        rows: list[WireGoods] = []
        for raw, less in zip(raws, bare, strict=True):
            try:
                rows.append(translate.row(raw))
            except MappingError:
                if bent == "refuse":
                    raise
                rows.append(translate.bare(less))
        return rows
