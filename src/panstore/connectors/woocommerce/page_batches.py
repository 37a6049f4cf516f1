"""The writing calls for products and variations, each item with its own answer."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass

import msgspec

from panstore.connectors.woocommerce.client import Call, WooClient
from panstore.connectors.woocommerce.map.page_items import Item
from panstore.connectors.woocommerce.memory import Echoes
from panstore.connectors.woocommerce.shelf import groups
from panstore.connectors.woocommerce.wire import WireBatch, WireItemError
from panstore.connectors.woocommerce.wire_errors import WireProblem
from panstore.connectors.woocommerce.wire_pages import WirePage
from panstore.sdk.errors import NotFoundError, OutcomeUnknownError, RejectedError, RemoteError

__all__ = ["Batches", "Refusal"]

_REPLY = msgspec.json.Decoder(WireBatch | list[None])
_ITEM = msgspec.json.Decoder(WireItemError)
_ROW = msgspec.json.Decoder(WirePage)


@dataclass(frozen=True, slots=True)
class Refusal:
    """The shop did not do it.

    Attributes:
        holder: id of the record that is in the way, if the shop names one.
    """

    code: str
    message: str
    holder: int | None = None


class Batches:
    """Makes the writes of one shop.

    Args:
        connection: for errors.
        client: how the shop is asked.
        echoes: keeps what our writes were answered with.
    """

    def __init__(self, connection: str, client: WooClient, echoes: Echoes) -> None:
        self._connection = connection
        self._client = client
        self._echoes = echoes

    async def products(
        self, creates: Sequence[Item], updates: Sequence[Item]
    ) -> list[WirePage | Refusal | RemoteError]:
        """Create and change products; one answer for each, in the same order.

        As many go in a call as the shop can bear.
        A call that fails as a whole is the answer of all its items.
        """
        size = self._client.batch
        calls = [("create", some) for some in groups(creates, size)]
        calls += [("update", some) for some in groups(updates, size)]
        results = await asyncio.gather(
            *(self._batch("products/batch", kind, some) for kind, some in calls),
            return_exceptions=True,
        )
        answers: list[WirePage | Refusal | RemoteError] = []
        for (_, some), result in zip(calls, results, strict=True):
            if isinstance(result, RejectedError):
                answers += [Refusal(result.code, result.what)] * len(some)
            elif isinstance(result, RemoteError):
                answers += [result] * len(some)
            elif isinstance(result, BaseException):
                raise result
            else:
                answers += result
        return answers

    async def variations(
        self, parent: int, creates: Sequence[Item], updates: Sequence[Item]
    ) -> list[WirePage | Refusal]:
        """Create and change variations of one product, one call after the other.

        Raises:
            RemoteError: of the first call that failed; what the ones before it did stays.
        """
        path = f"products/{parent}/variations/batch"
        answers: list[WirePage | Refusal] = []
        for kind, items in (("create", creates), ("update", updates)):
            for some in groups(items, self._client.batch):
                answers += await self._batch(path, kind, some)
        return answers

    async def take_away(self, parent: int, variations: Sequence[int]) -> None:
        """Delete variations that were only just created, and that nobody was told of."""
        path = f"products/{parent}/variations/batch"
        for some in groups(variations, self._client.batch):
            body = msgspec.json.encode({"delete": list(some)})
            call = Call("take back variations", path, body=body, items=len(some))
            await self._client.ask(call, _REPLY)

    async def product(self, id_: int | None, item: Item) -> WirePage | Refusal:
        """Create (without `id_`) or change one product.

        Raises:
            RemoteError: it was not taken, or nobody knows.
        """
        path, method = ("products", "POST") if id_ is None else (f"products/{id_}", "PUT")
        call = Call(
            "write product",
            path,
            body=msgspec.json.encode(item),
            method="POST" if method == "POST" else "PUT",
        )
        try:
            raw = await self._client.ask(call, _RAW)
        except RejectedError as error:
            holder = int(error.field) if error.field.isdigit() else None
            return Refusal(error.code, error.what, holder)
        except NotFoundError as error:
            return Refusal("unknown_product", error.what)
        return self._read(call, raw)

    async def take_back(self, product: int) -> None:
        """Delete a product that was only just created, and that nobody was told of."""
        call = Call("take back product", f"products/{product}", {"force": "true"}, method="DELETE")
        await self._client.ask(call, _RAW)

    async def _batch(self, path: str, kind: str, items: Sequence[Item]) -> list[WirePage | Refusal]:
        body = msgspec.json.encode({kind: items})
        call = Call("write products", path, body=body, items=len(items))
        reply = await self._client.ask(call, _REPLY)
        answered = getattr(reply, kind, [])
        if len(answered) != len(items):
            what = f"the shop answered {len(answered)} of {len(items)} items"
            raise OutcomeUnknownError(self._connection, call.operation, what)
        return [self._one(call, raw) for raw in answered]

    def _one(self, call: Call, raw: msgspec.Raw) -> WirePage | Refusal:
        try:
            error = _ITEM.decode(raw).error
        except msgspec.DecodeError as reason:
            raise self._unreadable(call, reason) from reason
        return self._read(call, raw) if error is None else _refused(error)

    def _read(self, call: Call, raw: msgspec.Raw) -> WirePage:
        try:
            row = _ROW.decode(raw)
        except msgspec.DecodeError as reason:
            raise self._unreadable(call, reason) from reason
        self._echoes.note(raw)
        return row

    def _unreadable(self, call: Call, reason: Exception) -> OutcomeUnknownError:
        what = f"the shop's answer cannot be read ({reason})"
        return OutcomeUnknownError(self._connection, call.operation, what)


_RAW = msgspec.json.Decoder(msgspec.Raw)


def _refused(error: WireProblem) -> Refusal:
    return Refusal(error.code, error.words, error.details.resource_id)
