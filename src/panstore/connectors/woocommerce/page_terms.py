"""Categories and attributes that products share: looked up once, made where they are missing."""

from __future__ import annotations

from collections.abc import Sequence

import msgspec

from panstore.connectors.woocommerce.client import Call, WooClient
from panstore.connectors.woocommerce.map.pages import category_paths, plain_text
from panstore.connectors.woocommerce.wire import WireSetting
from panstore.connectors.woocommerce.wire_pages import WireCategory, WireGlobalAttribute
from panstore.model.product import CategoryPath
from panstore.sdk.errors import NotFoundError, RejectedError

__all__ = ["TermBook"]

_MOST = 100
_EXISTS = "term_exists"
_CATEGORIES = msgspec.json.Decoder(list[WireCategory])
_CATEGORY = msgspec.json.Decoder(WireCategory)
_ATTRIBUTES = msgspec.json.Decoder(list[WireGlobalAttribute])
_SETTING = msgspec.json.Decoder(WireSetting)


class TermBook:
    """What was last known of them; what turns out to be missing is looked up again.

    Args:
        client: how the shop is asked.
    """

    def __init__(self, client: WooClient) -> None:
        self._client = client
        self._rows: dict[int, WireCategory] | None = None
        self._nowhere: set[int] = set()
        self._shared: dict[str, int] | None = None
        self._weight_unit: str | None = None

    def forget(self) -> None:
        """Look everything up again when it is next needed."""
        self._rows = self._shared = self._weight_unit = None

    async def weight_unit(self) -> str:
        """In which the shop weighs: kg, g, lbs or oz; empty if it does not say."""
        if self._weight_unit is None:
            path = "settings/products/woocommerce_weight_unit"
            try:
                setting = await self._client.ask(Call("read settings", path), _SETTING)
            except NotFoundError:
                # Without the setting no weight can be understood, and none is.
                setting = WireSetting(path)
            self._weight_unit = str(setting.value)
        return self._weight_unit

    async def shared(self) -> dict[str, int]:
        """Ids of the attributes all products share, by name in lower case."""
        if self._shared is None:
            call = Call("read attributes", "products/attributes")
            rows = await self._client.ask(call, _ATTRIBUTES)
            self._shared = {plain_text(one.name).casefold(): one.id for one in rows}
        return self._shared

    async def paths(self, needed: set[int]) -> dict[int, CategoryPath]:
        """Paths of all categories; read anew where one of `needed` is not known."""
        if self._rows is None or not needed <= self._rows.keys():
            self._rows = await self._read()
        found = category_paths(self._rows.values())
        return {id_: path for id_, path in found.items() if id_ not in self._nowhere}

    def note_nowhere(self, categories: Sequence[WireCategory]) -> None:
        """A product that was to be in no category is in these: where the shop puts such goods.

        The shop's people may call it as they like, in any language; a product is always in one
        (class-wc-product-data-store-cpt.php, `update_terms`).
        """
        if len(categories) == 1:
            self._nowhere.add(categories[0].id)

    async def made(self, wanted: set[CategoryPath]) -> dict[CategoryPath, int]:
        """Ids of categories by path, those that were missing created.

        A category that somebody else makes at the same moment is taken as it is.
        """
        found = await self._matched(wanted)
        if len(found) < len(wanted):
            self._rows = None
            found = await self._matched(wanted)
        for path in sorted(wanted - found.keys(), key=len):
            found[path] = await self._make(path)
        return found

    async def _matched(self, wanted: set[CategoryPath]) -> dict[CategoryPath, int]:
        if not wanted:
            return {}
        paths = await self.paths(set())
        by_name = {_folded(path): id_ for id_, path in sorted(paths.items(), reverse=True)}
        return {path: by_name[_folded(path)] for path in wanted if _folded(path) in by_name}

    async def _make(self, path: CategoryPath) -> int:
        """Create what is missing of a path, from the root down."""
        parent = 0
        for depth in range(1, len(path) + 1):
            known = await self._matched({path[:depth]})
            parent = known.get(path[:depth]) or await self._create(path[depth - 1], parent)
        return parent

    async def _create(self, name: str, parent: int) -> int:
        body = msgspec.json.encode({"name": name, "parent": parent})
        call = Call("create category", "products/categories", body=body)
        try:
            made = await self._client.ask(call, _CATEGORY)
        except RejectedError as error:
            if error.code != _EXISTS or not error.field.isdigit():
                raise
            self._rows = None
            return int(error.field)
        if self._rows is not None:
            self._rows[made.id] = made
        return made.id

    async def _read(self) -> dict[int, WireCategory]:
        rows: dict[int, WireCategory] = {}
        page, pages = 1, 1
        while page <= pages:
            query = {
                "per_page": str(_MOST),
                "page": str(page),
                "orderby": "id",
                "order": "asc",
                "_fields": "id,name,slug,parent",
            }
            call = Call("read categories", "products/categories", query)
            found = await self._client.page(call, _CATEGORIES)
            rows |= {one.id: one for one in found.rows}
            page, pages = page + 1, found.pages
        return rows


def _folded(path: CategoryPath) -> tuple[str, ...]:
    return tuple(name.casefold() for name in path)
