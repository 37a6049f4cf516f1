"""Messages a person asks for: shown before, sent once unless asked for again."""

from __future__ import annotations

import msgspec
import sqlalchemy as sa

from panstore.engine.context import Context, Route
from panstore.engine.order_case import stored_case
from panstore.engine.outbox.desk import NotPossibleError
from panstore.engine.outbox.queue import put_messages
from panstore.model.ids import ModuleCode, RouteId
from panstore.model.message import Message, NewMessage, Text, TextEncoding
from panstore.model.plan import Held
from panstore.sdk.messages import MessageModule, MessageSettings, OnDemand, TemplateSaid
from panstore.sdk.modules import OrderCase
from panstore.store import outbox

__all__ = ["Asked", "Preview", "UnknownTemplateError", "preview", "send_on_demand", "templates_of"]


class UnknownTemplateError(NotPossibleError):
    """There is no such template; names those there are."""


class Asked(msgspec.Struct, frozen=True):
    """A message that was asked for, in the outbox.

    Attributes:
        number: of the order, as people see it.
    """

    id: str
    route: RouteId
    order: str
    number: str
    template: str


class Preview(msgspec.Struct, frozen=True):
    """A message as it would be sent.

    Attributes:
        recipient: the number with its middle hidden, empty if there is none.
        encoding: `gsm7` or `ucs2`, empty if nothing could be written.
        problem: why it would not be sent, empty if it would.
    """

    template: str
    recipient: str
    language: str
    text: str
    encoding: TextEncoding | None
    parts: int
    price: str
    problem: str


def templates_of(route: Route) -> tuple[TemplateSaid, ...]:
    """Everything that can be asked for on this route; empty if no such module is on."""
    found = _module_of(route)
    return () if found is None else found.asked.templates(found.settings)


async def preview(context: Context, route: RouteId, order_id: str, template: str) -> Preview:
    """What would be sent; nothing is.

    Raises:
        KeyError: there is no such order.
        NotPossibleError: no module of the route can, or the template is unknown.
    """
    return await context.store.read(
        lambda c: _preview(c, context, context.routes[route], order_id, template)
    )


async def send_on_demand(
    context: Context, route: RouteId, order_id: str, template: str, *, again: bool = False
) -> Asked:
    """Put a message into the outbox that a person asks for; it is sent at once.

    Args:
        again: also if the buyer was told the same before.

    Raises:
        KeyError: there is no such order.
        NotPossibleError: it cannot be sent, in words; nothing was queued.
    """

    def work(connection: sa.Connection) -> Asked:
        chosen = context.routes[route]
        found, case, message = _wanted(connection, context, chosen, order_id, template)
        if message.note:
            raise NotPossibleError(message.note)
        before = [
            one
            for one in case.messages
            if (one.channel, one.purpose, one.subject)
            == (message.channel, message.purpose, message.subject)
        ]
        if before and not again:
            raise NotPossibleError(_told_before(before[-1], case))
        new = msgspec.structs.replace(
            message, again=max((one.again for one in before), default=-1) + 1
        )
        order = (order_id, case.order.number)
        reason = "a person asked for it"
        fresh = put_messages(
            connection, context, chosen, found.code, order, [new], cause="demand", reason=reason
        )
        id_ = outbox.id_of(connection, chosen.shop, order_id, new)
        if not fresh:
            raise NotPossibleError("Somebody else has just asked for the same.")
        return Asked(id_, route, order_id, case.order.number, template)

    return await context.store.write(work)


class _Module(msgspec.Struct, frozen=True):
    """The module that is asked: as one with messages, and as one with messages on demand."""

    code: ModuleCode
    module: MessageModule
    asked: OnDemand
    settings: MessageSettings


def _preview(
    connection: sa.Connection, context: Context, route: Route, order_id: str, template: str
) -> Preview:
    found, case, new = _wanted(connection, context, route, order_id, template)
    message = Message(
        id="preview",
        channel=new.channel,
        purpose=new.purpose,
        subject=new.subject,
        language=new.language,
        state="waiting",
        queued_at=case.view.now,
    )
    recipient = new.recipient or found.module.recipient(case, found.settings)
    written = found.asked.preview(message, recipient, case, found.settings)
    text = written if isinstance(written, Text) else None
    return Preview(
        template=template,
        recipient=_masked(recipient),
        language=new.language,
        text="" if text is None else text.text,
        encoding=None if text is None else text.encoding,
        parts=0 if text is None else text.parts,
        price="" if text is None else text.price,
        problem=new.note or (written.reason if isinstance(written, Held) else ""),
    )


def _wanted(
    connection: sa.Connection, context: Context, route: Route, order_id: str, template: str
) -> tuple[_Module, OrderCase, NewMessage]:
    found = _module_of(route)
    if found is None:
        raise NotPossibleError(f"No module of route {route.id} sends SMS; switch P4 on.")
    names = [one.name for one in found.asked.templates(found.settings)]
    if template not in names:
        raise UnknownTemplateError(
            f"There is no template {template!r} on route {route.id}; there are {', '.join(names)}."
        )
    case = stored_case(connection, context, route, order_id)
    if case is None:
        raise KeyError(order_id)
    return found, case, found.asked.asked_for(template, case, found.settings)


def _module_of(route: Route) -> _Module | None:
    for code, (module, settings) in route.message_modules.items():
        if isinstance(module, OnDemand):
            return _Module(code, module, module, settings)
    return None


def _told_before(before: Message, case: OrderCase) -> str:
    when = before.sent_at or before.queued_at
    states = {
        "waiting": "waits to be sent",
        "sending": "is being handed over",
        "unknown": "may be out, its answer was lost",
        "skipped": "was left",
    }
    what = states.get(before.state, f"is {before.state}")
    return (
        f'The SMS "{before.purpose}" of order {case.order.number} {what}'
        f" ({when:%d %b %Y %H:%M} UTC). Nothing was sent; ask for it again to send it once more."
    )


def _masked(number: str) -> str:
    start, end = number[:4], number[-2:]
    hidden = len(number) - len(start) - len(end)
    return start + "*" * hidden + end if hidden > 0 else "*" * len(number)
