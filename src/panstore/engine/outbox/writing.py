"""Makes a message ready: who it goes to, the paper that goes with it, what it says."""

from __future__ import annotations

import msgspec
import sqlalchemy as sa

from panstore.engine.context import Context
from panstore.engine.documents import make_paper
from panstore.engine.order_case import stored_case
from panstore.engine.outbox.record import Turn
from panstore.engine.outbox.words import cannot_write
from panstore.model.document import Document
from panstore.model.errors import InvariantError
from panstore.model.message import Letter, Text
from panstore.model.plan import Held
from panstore.sdk.document_roles import Page
from panstore.sdk.messages import Written
from panstore.sdk.modules import OrderCase
from panstore.store.outbox import recipient_of

__all__ = ["Erased", "write_message"]


class Erased(msgspec.Struct, frozen=True):
    """Who it goes to is not known here any more."""


async def write_message(context: Context, turn: Turn) -> tuple[Written | Erased, str]:
    """The message as it is to be handed over, or why it cannot be; and a remark for people.

    Raises:
        PanstoreError: the document or its page cannot be had; nothing was sent.
    """

    def look(connection: sa.Connection) -> tuple[str | None, OrderCase | None]:
        to = recipient_of(connection, turn.row)
        return to, stored_case(connection, context, turn.route, turn.row.order_id)

    recipient, case = await context.store.read(look)
    message = turn.row.message
    if recipient is None:
        return Erased(), ""
    if case is None:
        what = "what the shop said of the order has expired here."
        return cannot_write(message, turn.number, "message.order_expired", what), ""
    paper: tuple[Document, Page] | None = None
    remark = ""
    if message.document is not None:
        await context.give_way()
        which = (message.document.sale, message.document.kind, message.document.id)
        document, page, _ = await make_paper(context, turn.route, which, message.language)
        paper = (document, page)
        remark = page.problem
        context.probe("message.printed")
    written = turn.module.compose(message, recipient, case, turn.settings, paper)
    if isinstance(written, Held):
        return cannot_write(message, turn.number, written.code, written.reason), ""
    if isinstance(written, Letter | Text) and written.key != message.id:
        raise InvariantError(f"{turn.code} wrote {written.key} where {message.id} was to be sent")
    return written, remark
