"""Tells the shop what becomes of an order, once."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping
from weakref import WeakValueDictionary

import msgspec

from panstore.connectors.exchange import PerLoop
from panstore.connectors.woocommerce.client import Call, WooClient
from panstore.connectors.woocommerce.map.updates import (
    hindrance,
    is_told,
    noted,
    update_body,
)
from panstore.connectors.woocommerce.order_feed import order_number
from panstore.connectors.woocommerce.wire_orders import WireNote, WireOrderState
from panstore.model.ids import ConnectionId
from panstore.model.order import OrderStage
from panstore.sdk.errors import (
    NotFoundError,
    OutcomeUnknownError,
    RejectedError,
    UnavailableError,
)
from panstore.sdk.order_roles import OrderUpdate

__all__ = ["OrderUpdates"]

_STATE = msgspec.json.Decoder(WireOrderState)
_NOTES = msgspec.json.Decoder(list[WireNote])
_NOTE = msgspec.json.Decoder(WireNote)
_FIELDS = {"_fields": ",".join(WireOrderState.__struct_fields__)}
_UPDATE = "update order"
_IMPOSSIBLE = "impossible_transition"

Locks = WeakValueDictionary[int, asyncio.Lock]


class OrderUpdates:
    """Writes status, parcels and document numbers in one call, and the note after it.

    The shop has no key for a call and no lock across two. An update is known again by our key in
    the order's own fields, which is written in the same call as all the rest; so it may be told
    again after any failure. Only one at a time is told about an order from here.

    Args:
        connection: for errors.
        client: asks.
        stages: what each status means for the goods.
    """

    def __init__(
        self,
        connection: ConnectionId,
        client: WooClient,
        stages: Callable[[], Mapping[str, OrderStage]],
    ) -> None:
        self._connection = connection
        self._client = client
        self._stages = stages
        self._locks: PerLoop[Locks] = PerLoop(WeakValueDictionary)

    async def tell(self, update: OrderUpdate) -> str:
        """Look, write what is missing, and say the order's status afterwards.

        Raises:
            RejectedError: the status does not fit what the order is by now, or is no word of this
                shop (`code` "impossible_transition"); nothing was told.
            NotFoundError: there is no such order.
            OutcomeUnknownError: the reply was lost, or the note may be missing; telling it again
                completes it.
        """
        number = order_number(update.order)
        if number is None:
            raise NotFoundError(self._connection, _UPDATE, f"{update.order!r} is no id of an order")
        locks = self._locks.here()
        lock = locks.get(number) or asyncio.Lock()
        locks[number] = lock
        async with lock:
            return await self._tell(number, update)

    async def _tell(self, number: int, update: OrderUpdate) -> str:
        present = await self._client.ask(Call(_UPDATE, f"orders/{number}", _FIELDS), _STATE)
        if is_told(present, update):
            if update.note and not await self._is_noted(number, update.note):
                await self._note(number, update.note)
            return present.status
        why = hindrance(present, update.status, self._stages())
        if why:
            raise RejectedError(
                self._connection, _UPDATE, f"order {number}: {why}", code=_IMPOSSIBLE
            )
        written = await self._write(number, update_body(present, update))
        if update.note:
            await self._note(number, update.note)
        return written.status

    async def _write(self, number: int, body: dict[str, object]) -> WireOrderState:
        call = Call(_UPDATE, f"orders/{number}", _FIELDS, msgspec.json.encode(body), method="PUT")
        try:
            return await self._client.ask(call, _STATE)
        except RejectedError as error:
            if error.field != "status":
                raise
            what = f"order {number}: {error.what}; nothing was told. Choose a status the shop has"
            raise RejectedError(
                self._connection, _UPDATE, what, code=_IMPOSSIBLE, field="status"
            ) from error

    async def _is_noted(self, number: int, text: str) -> bool:
        notes = await self._client.ask(Call(_UPDATE, f"orders/{number}/notes"), _NOTES)
        return noted(notes, text)

    async def _note(self, number: int, text: str) -> None:
        body = msgspec.json.encode({"note": text})
        try:
            await self._client.ask(Call(_UPDATE, f"orders/{number}/notes", body=body), _NOTE)
        except UnavailableError as error:
            # The note certainly is not there, but the rest is.
            what = f"order {number}: all but its note was told ({error.what})"
            raise OutcomeUnknownError(self._connection, _UPDATE, what) from error
