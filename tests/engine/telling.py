"""A house whose buyers are told something by a small module; nothing goes out by itself."""

from __future__ import annotations

import dataclasses
import datetime as dt
from typing import Any, ClassVar

import sqlalchemy as sa

from panstore.engine.context import Route
from panstore.engine.outbox.queue import put_messages
from panstore.model.document import DocumentKind
from panstore.model.ids import ExternalId, ModuleCode, OrderKey, RouteId
from panstore.model.message import Channel, DocumentRef, Letter, MessageState, NewMessage
from panstore.model.order import Order
from panstore.sdk import Settings
from panstore.sdk.messages import MessageSettings, Written
from panstore.sdk.modules import Due, OrderCase
from panstore.store import outbox
from panstore.store.tables import marks
from tests.engine.house import House

__all__ = ["TELLS", "TellingHouse"]

TELLS = ModuleCode("P3")


class _Module:
    code: ClassVar[ModuleCode] = TELLS
    title: ClassVar[str] = "Letters"
    settings_type: ClassVar[type[Settings]] = MessageSettings
    place: ClassVar[int] = 40
    needs: ClassVar[frozenset[ModuleCode]] = frozenset()
    erp_roles: ClassVar[tuple[type, ...]] = ()
    channel: ClassVar[Channel] = "mail"

    def due(self, _case: OrderCase, _settings: Settings) -> Due:
        return None

    def report(self, _case: OrderCase, _settings: Settings) -> Due:
        return None

    def recipient(self, case: OrderCase, settings: Settings) -> str:
        del settings
        return case.order.customer.email

    def compose(
        self, message: Any, recipient: str, case: OrderCase, settings: Settings, paper: Any
    ) -> Written:
        del case, settings, paper
        return Letter(message.id, recipient, "subject", "text")


class TellingHouse(House):
    """Messages are put into its outbox by `tell`, and moved to a state by hand."""

    def _routes(self) -> list[Route]:
        more = {TELLS: (_Module(), MessageSettings())}
        return [
            dataclasses.replace(route, flow_modules={**route.flow_modules, **more})
            for route in super()._routes()
        ]

    async def tell(
        self,
        order: Order,
        state: MessageState = "sent",
        *,
        kind: DocumentKind = "invoice",
        number: str = "2026-1",
        note: str = "",
        **values: Any,
    ) -> str:
        """A mail with a document of an order, with what came of it; its id."""
        route = self.engine.context.routes[RouteId("shop")]
        paper = DocumentRef(kind, OrderKey("shop/1/order/1"), ExternalId(number), number)
        message = NewMessage(
            "mail", kind, order.customer.email, "sl", subject=number, document=paper
        )

        def work(connection: sa.Connection) -> str:
            context, now = self.engine.context, self.clock.now()
            [id_] = put_messages(
                connection,
                context,
                route,
                TELLS,
                (order.id, order.number),
                [message],
                cause="test",
                reason="issued",
            )
            if state == "waiting":
                return id_
            connection.execute(sa.delete(marks).where(marks.c.key == id_))
            attempt = outbox.claim(connection, id_, seen="waiting", attempts=0, now=now)
            assert attempt == 1
            later = now + dt.timedelta(seconds=2)
            assert outbox.conclude(connection, id_, attempt, state, now=later, note=note, **values)
            return id_

        return await self.store.write(work)
