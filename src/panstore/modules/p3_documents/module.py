"""P3 as the engine sees it."""

from __future__ import annotations

from typing import ClassVar

from panstore.model.document import Document
from panstore.model.errors import InvariantError
from panstore.model.ids import ModuleCode
from panstore.model.message import Channel, Message
from panstore.model.plan import Held
from panstore.modules.p3_documents.letter import letter
from panstore.modules.p3_documents.plan import address_of, news, next_step
from panstore.modules.p3_documents.settings import DocumentSettings
from panstore.sdk import Settings
from panstore.sdk.document_roles import Page, ReadDocuments
from panstore.sdk.messages import MessageModule, Written
from panstore.sdk.modules import Due, OrderCase, RuleSaid
from panstore.sdk.templates import TemplateTextError

__all__ = ["DocumentModule", "module"]


class DocumentModule:
    """Mails invoices, credit notes and delivery notes of web orders to their buyers."""

    code: ClassVar[ModuleCode] = ModuleCode("P3")
    title: ClassVar[str] = "Documents by mail"
    settings_type: ClassVar[type[Settings]] = DocumentSettings
    place: ClassVar[int] = 40
    needs: ClassVar[frozenset[ModuleCode]] = frozenset({ModuleCode("S4")})
    erp_roles: ClassVar[tuple[type, ...]] = (ReadDocuments,)
    channel: ClassVar[Channel] = "mail"

    def due(self, case: OrderCase, settings: Settings) -> Due:
        """Mails that are not in the outbox yet, or None."""
        return next_step(case, _own(settings))

    def report(self, case: OrderCase, settings: Settings) -> Due:
        """A note in the shop about documents that were mailed, or None."""
        return news(case, _own(settings))

    def explain(self, case: OrderCase, settings: Settings) -> tuple[RuleSaid, ...]:
        """Whether the order is one of those whose documents are mailed, and why not."""
        return (_own(settings).rule.said(case, "rule"),)

    def recipient(self, case: OrderCase, settings: Settings) -> str:
        """The order's mail address, empty if it has none that can be used."""
        del settings
        return address_of(case)[0]

    def compose(
        self,
        message: Message,
        recipient: str,
        case: OrderCase,
        settings: Settings,
        paper: tuple[Document, Page] | None,
    ) -> Written:
        """The mail with its page."""
        if paper is None:
            raise InvariantError(f"P3 was to mail {message.id} without a document")
        try:
            return letter(message, recipient, case, _own(settings), paper)
        except TemplateTextError as error:
            return Held(
                item=message.id,
                code="message.text",
                reason=f"a text of P3 for {paper[0].kind} ({message.language}) {error}.",
                sku=case.order.number,
            )


def _own(settings: Settings) -> DocumentSettings:
    if not isinstance(settings, DocumentSettings):
        raise InvariantError(f"P3 was given {type(settings).__name__} instead of its settings")
    return settings


module: MessageModule = DocumentModule()
