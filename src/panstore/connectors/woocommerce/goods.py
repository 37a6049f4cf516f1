"""What the shop sells: its catalogue, stock and prices."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable, Mapping, Sequence

import msgspec

from panstore.connectors.woocommerce.client import Call, WooClient
from panstore.connectors.woocommerce.map import goods as translate
from panstore.connectors.woocommerce.map.settings import Terms
from panstore.connectors.woocommerce.memory import Echoes
from panstore.connectors.woocommerce.shelf import Place, Shelf, groups
from panstore.connectors.woocommerce.wire import WireBatch, WireGoods, WireItemError
from panstore.connectors.woocommerce.wire_errors import WireProblem
from panstore.model.ids import ConnectionId, ExternalId
from panstore.model.plan import Operation, WriteOutcome
from panstore.model.price import PriceTarget
from panstore.model.product import Variant
from panstore.model.stock import ShopStock
from panstore.sdk.errors import (
    AuthError,
    NotFoundError,
    OutcomeUnknownError,
    RejectedError,
    RemoteError,
    UnavailableError,
)
from panstore.sdk.roles import VariantPage

__all__ = ["GoodsRoles"]

Item = dict[str, object]
MakeItem = Callable[[Operation], Item | WriteOutcome]
ReadOutcome = Callable[[ExternalId, WireGoods], WriteOutcome]

_BATCH = msgspec.json.Decoder(WireBatch | list[None])
_ITEM = msgspec.json.Decoder(WireItemError)
_GOODS = msgspec.json.Decoder(WireGoods)

# Answers for an id that is not where it was written: gone, or a variation, or another product's.
_MISPLACED = frozenset({
    "woocommerce_rest_product_invalid_id",
    "woocommerce_rest_invalid_product_id",
    "woocommerce_rest_product_variation_invalid_id",
})


class GoodsRoles:
    """Catalogue, stock and prices.

    Attributes:
        _id, _client: of the connector.
        _terms: how the shop states prices, as far as known now.
        _shelf: reads products and variations.
        _echoes: what our writes were answered with.
    """

    _id: ConnectionId
    _client: WooClient
    _terms: Terms
    _shelf: Shelf
    _echoes: Echoes

    async def catalogue(self, after: str | None, limit: int) -> VariantPage:
        """Products that are sold, then all variations, both in the order of their ids."""
        place = Place.read(after)
        rows, rest = await self._shelf.after(place, limit)
        if rest is None and place.path == "products":
            rest = Place("variations")
        variants = await self._variants(row for row in rows if translate.is_sold_from_stock(row))
        return VariantPage(tuple(variants), None if rest is None else str(rest))

    async def variants(self, ids: Sequence[ExternalId]) -> Sequence[Variant]:
        rows = await self._rows("read products", ids)
        return await self._variants(row for row in rows if translate.is_sold_from_stock(row))

    async def write_stock(
        self,
        operations: Sequence[Operation],
        watermark: str | None,  # noqa: ARG002 - the role's signature; see `stock_window`
    ) -> Sequence[WriteOutcome]:
        """Set absolute quantities, in batches of 100 by where they are written."""
        return await self._write(
            "write stock", operations, translate.stock_item, translate.stock_outcome
        )

    async def shop_stock(self, variants: Sequence[ExternalId]) -> Sequence[ShopStock]:
        """Those that have a stock of their own."""
        rows = await self._rows("read stock", variants)
        found = (translate.present_stock(row) for row in rows)
        return [stock for stock in found if stock is not None]

    async def write_prices(self, operations: Sequence[Operation]) -> Sequence[WriteOutcome]:
        """Set prices, with dates where the plan names some and the tax class where it does."""
        terms = self._terms
        return await self._write(
            "write prices",
            operations,
            lambda operation: translate.price_item(operation, terms),
            lambda target, goods: translate.price_outcome(target, goods, terms),
        )

    async def shop_prices(
        self, variants: Sequence[ExternalId]
    ) -> Mapping[ExternalId, PriceTarget | None]:
        rows = await self._rows("read prices", variants)
        return {ExternalId(str(row.id)): translate.present_price(row, self._terms) for row in rows}

    async def _rows(self, operation: str, ids: Sequence[ExternalId]) -> list[WireGoods]:
        numbers = (translate.number(id_) for id_ in ids)
        return await self._shelf.rows(operation, (one for one in numbers if one is not None))

    async def _variants(self, rows: Iterable[WireGoods]) -> list[Variant]:
        sold = list(rows)
        parents = await self._shelf.parents(sold)
        return [
            translate.variant(row, parents.get(row.parent_id), self._terms.rates) for row in sold
        ]

    async def _write(
        self,
        operation: str,
        operations: Sequence[Operation],
        make: MakeItem,
        read: ReadOutcome,
    ) -> Sequence[WriteOutcome]:
        items: dict[int, Item] = {}
        outcomes: list[WriteOutcome] = []
        for one in operations:
            said, id_ = make(one), translate.number(one.target)
            if isinstance(said, WriteOutcome) or id_ is None:
                outcomes += [said] if isinstance(said, WriteOutcome) else []
            else:
                items[id_] = said
        if not items:
            return outcomes
        places = await self._shelf.places(items)
        done = await self._send(operation, items, places, read)
        misplaced = [id_ for id_, outcome in done.items() if outcome.code in _MISPLACED]
        if misplaced:
            try:
                done |= await self._send_again(operation, items, misplaced, places, read)
            except RemoteError as error:
                done |= {id_: _failed(id_, error) for id_ in misplaced}
        outcomes += done.values()
        return outcomes

    async def _send_again(
        self,
        operation: str,
        items: Mapping[int, Item],
        misplaced: Sequence[int],
        places: Mapping[int, int],
        read: ReadOutcome,
    ) -> dict[int, WriteOutcome]:
        """Once more, for what has become a variation, or another product's, since it was read."""
        for id_ in misplaced:
            self._shelf.forget(id_)
        anew = await self._shelf.places(misplaced)
        done = {id_: _unknown_product(id_) for id_ in misplaced if id_ not in anew}
        moved = {id_: items[id_] for id_, place in anew.items() if place != places.get(id_)}
        return done | (await self._send(operation, moved, anew, read) if moved else {})

    async def _send(
        self,
        operation: str,
        items: Mapping[int, Item],
        places: Mapping[int, int],
        read: ReadOutcome,
    ) -> dict[int, WriteOutcome]:
        """One outcome for each item; several batches at once.

        Raises:
            RemoteError: what was wrong with all of them.
        """
        done = {id_: _unknown_product(id_) for id_ in items if id_ not in places}
        by_place: dict[int, list[int]] = {}
        for id_ in items:
            if id_ in places:
                by_place.setdefault(places[id_], []).append(id_)
        size = self._client.batch
        batches = [(parent, some) for parent, ids in by_place.items() for some in groups(ids, size)]
        results = await asyncio.gather(
            *(
                self._batch(operation, parent, {id_: items[id_] for id_ in some}, read)
                for parent, some in batches
            ),
            return_exceptions=True,
        )
        failures: list[RemoteError] = []
        for (_, some), result in zip(batches, results, strict=True):
            if isinstance(result, RemoteError):
                failures.append(result)
                done |= {id_: _failed(id_, result) for id_ in some}
            elif isinstance(result, BaseException):
                raise result
            else:
                done |= result
        if failures and len(failures) == len(batches):
            raise min(failures, key=_weight)
        return done

    async def _batch(
        self, operation: str, parent: int, items: Mapping[int, Item], read: ReadOutcome
    ) -> dict[int, WriteOutcome]:
        """Write some items that belong together, and read what the shop says of each."""
        path = f"products/{parent}/variations/batch" if parent else "products/batch"
        body = msgspec.json.encode({"update": list(items.values())})
        reply = await self._client.ask(Call(operation, path, body=body, items=len(items)), _BATCH)
        answered: dict[int, WriteOutcome] = {}
        for raw in reply.update if isinstance(reply, WireBatch) else []:
            found = self._outcome(raw, read)
            if found is not None:
                answered[found[0]] = found[1]
        return {id_: answered.get(id_) or _unmentioned(id_) for id_ in items}

    def _outcome(self, raw: msgspec.Raw, read: ReadOutcome) -> tuple[int, WriteOutcome] | None:
        try:
            item = _ITEM.decode(raw)
            if item.id is None:
                return None
            target = ExternalId(str(item.id))
            if item.error is not None:
                return item.id, _refused(target, item.error)
            goods = _GOODS.decode(raw)
        except msgspec.DecodeError:
            return None
        self._echoes.note(raw)
        self._shelf.note(goods)
        return item.id, read(target, goods)


def _refused(target: ExternalId, error: WireProblem) -> WriteOutcome:
    return translate.refused(target, error.code, error.words)


def _unknown_product(id_: int) -> WriteOutcome:
    words = f"the shop has no product or variation {id_} (it may be in the trash)"
    return translate.refused(ExternalId(str(id_)), "unknown_product", words)


def _unmentioned(id_: int) -> WriteOutcome:
    words = "the shop's answer does not mention it"
    return WriteOutcome(ExternalId(str(id_)), "unknown", None, "unmentioned", words)


def _failed(id_: int, error: RemoteError) -> WriteOutcome:
    """An item of a batch that failed as a whole, while others went through.

    What was not taken is called unknown too, though nothing was done: so it is read again and
    written again, and what is known of the others is kept.
    """
    target = ExternalId(str(id_))
    if isinstance(error, RejectedError):
        return translate.refused(target, error.code or "refused", error.what)
    if isinstance(error, NotFoundError):
        return translate.refused(target, "unknown_product", error.what)
    return WriteOutcome(target, "unknown", None, "not_answered", error.what)


def _weight(error: RemoteError) -> int:
    """Which of several errors says it for all: the least certain, then the widest."""
    if isinstance(error, OutcomeUnknownError):
        return 0
    if isinstance(error, AuthError):
        return 1
    return 2 if isinstance(error, UnavailableError) else 3
