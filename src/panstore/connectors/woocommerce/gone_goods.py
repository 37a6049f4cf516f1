"""Finds goods that were deleted for good: no message and no list tells of them.

Of what lands in the trash the shop tells; of what is destroyed (by another program, or a variation
by the shop's own people) nothing remains (WooCommerce 10.5, recorded 17-trash-and-sku, 48). So ids
are listed, a few pages at a time, and what is known and not listed is looked for.
"""

from __future__ import annotations

from collections.abc import Iterable

import msgspec

from panstore.connectors.woocommerce.client import Call, WooClient
from panstore.connectors.woocommerce.shelf import BATCH, Path, Shelf, groups

__all__ = ["GoneGoods"]

_PAGES = 3
_LOOK = "look for deleted goods"


class _Id(msgspec.Struct):
    id: int


_IDS = msgspec.json.Decoder(list[_Id])


class GoneGoods:
    """Goes round the lists of one shop, in memory; after a start it begins anew.

    Args:
        client: asks.
        shelf: knows which goods were there.
    """

    def __init__(self, client: WooClient, shelf: Shelf) -> None:
        self._client = client
        self._shelf = shelf
        self._path: Path = "products"
        self._offset = 0
        self._last = 0

    async def look(self) -> list[int]:
        """Go on for a few pages; ids of what is not there any more, each once.

        Raises:
            RemoteError: it goes on from there the next time.
        """
        gone: list[int] = []
        for _ in range(_PAGES):
            ids = await self._listed()
            ended = len(ids) < BATCH
            upto = None if ended else ids[-1]
            known = self._shelf.known(self._path, above=self._last, upto=upto)
            gone += await self._not_there(known - set(ids))
            if ended:
                self._path = "variations" if self._path == "products" else "products"
                self._offset = self._last = 0
                break
            self._offset, self._last = self._offset + len(ids), ids[-1]
        for number in gone:
            self._shelf.forget(number)
        return gone

    async def _listed(self) -> list[int]:
        query = {"orderby": "id", "order": "asc", "offset": str(self._offset)}
        return await self._ids({**query, "per_page": str(BATCH)})

    async def _not_there(self, missing: Iterable[int]) -> list[int]:
        """What moved to another place of the list meanwhile is there."""
        gone: list[int] = []
        for some in groups(sorted(missing)):
            wanted = ",".join(map(str, some))
            found = set(await self._ids({"include": wanted, "per_page": str(BATCH)}))
            gone += [number for number in some if number not in found]
        return gone

    async def _ids(self, query: dict[str, str]) -> list[int]:
        call = Call(_LOOK, self._path, {**query, "_fields": "id"})
        return [row.id for row in await self._client.ask(call, _IDS)]
