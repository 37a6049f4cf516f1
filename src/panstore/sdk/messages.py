"""Modules that tell the buyer something: what they say of their messages, and how they write them.

The engine queues what such a module wants to be sent, calls it again when a message's turn has
come, and hands over what it wrote, once.
"""

from __future__ import annotations

from typing import Annotated, ClassVar, Literal, Protocol, runtime_checkable

import msgspec
from pydantic import Field

from panstore.model.document import Document, Language
from panstore.model.message import Channel, Letter, Message, NewMessage, Text
from panstore.model.plan import Held
from panstore.sdk.connectors import Settings
from panstore.sdk.document_roles import Page
from panstore.sdk.modules import FlowModule, OrderCase, WaitUntil

__all__ = [
    "CountsParts",
    "MessageModule",
    "MessageSettings",
    "Needless",
    "OnDemand",
    "TemplateSaid",
    "Written",
    "language_of",
]


class Needless(msgspec.Struct, frozen=True):
    """The message has become wrong or of no use meanwhile; it is left, and nobody is asked."""

    reason: str


Written = Letter | Text | Held | WaitUntil | Needless
"""A message, whole; `Held` parks it, `WaitUntil` gives it another turn; the order goes on."""


class MessageSettings(Settings):
    """What all modules with messages let a company decide.

    Attributes:
        unknown: what becomes of a message whose outcome nobody knows: it is sent once more after
            a pause and marked as maybe there twice, or a person is asked.
        unknown_after_minutes: how long the pause is.
    """

    unknown: Literal["once_more", "ask"] = "ask"
    unknown_after_minutes: Annotated[int, Field(ge=1, le=1440)] = 10


@runtime_checkable
class MessageModule(FlowModule, Protocol):
    """A flow module whose messages go to the buyer; its settings are `MessageSettings`.

    As a flow module it says which messages are due; when their turn comes it writes them.

    Attributes:
        channel: of its messages; the route needs a connection for it.
    """

    channel: ClassVar[Channel]

    def recipient(self, case: OrderCase, settings: Settings) -> str:
        """Where the buyer is reached by now, empty if nowhere; asked when one is sent again."""

    def compose(
        self,
        message: Message,
        recipient: str,
        case: OrderCase,
        settings: Settings,
        paper: tuple[Document, Page] | None,
    ) -> Written:
        """The message, whole.

        Args:
            case: the order as last seen here; the ERP is not asked again.
            paper: the document that goes with it and its page, None if there is none.
        """


@runtime_checkable
class CountsParts(Protocol):
    """A module whose messages cost by the part, with a limit for each day."""

    def most_parts_per_day(self, settings: Settings) -> int | None:
        """How many parts may be handed over on one day of the company; None for no limit."""


class TemplateSaid(msgspec.Struct, frozen=True):
    """A text that can be sent, as it is written.

    Attributes:
        automatic: whether it is sent by itself.
        sl, en: what is used for that language.
    """

    name: str
    automatic: bool
    sl: str
    en: str


@runtime_checkable
class OnDemand(Protocol):
    """A module with messages that a person may ask for."""

    def templates(self, settings: Settings) -> tuple[TemplateSaid, ...]:
        """All there are."""

    def asked_for(self, template: str, case: OrderCase, settings: Settings) -> NewMessage:
        """The message, not sent yet, for a template there is; `note` says why it cannot be."""

    def preview(
        self, message: Message, recipient: str, case: OrderCase, settings: Settings
    ) -> Written:
        """The message as it would be sent now, whatever the time of day."""


_LANGUAGES: dict[str, Language] = {"SI": "sl"}


def language_of(case: OrderCase, own: Language | None = None) -> Language:
    """In which language this buyer is spoken to.

    The settings decide; else the language in which he used the shop, where it is one of ours;
    else the country of who pays.

    Args:
        own: of the module's settings.
    """
    if fixed := own or case.view.language:
        return fixed
    spoken = case.order.language.replace("_", "-").split("-")[0].lower()
    if spoken == "sl":
        return "sl"
    if spoken:
        return "en"
    address = case.order.billing or case.order.shipping
    return _LANGUAGES.get(address.country.upper() if address else "", "en")
