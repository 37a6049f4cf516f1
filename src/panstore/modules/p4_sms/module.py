"""P4 as the engine sees it."""

from __future__ import annotations

from typing import ClassVar

from panstore.model.document import Document
from panstore.model.errors import InvariantError
from panstore.model.ids import ModuleCode
from panstore.model.message import Channel, Message, NewMessage
from panstore.modules.p4_sms.compose import compose, write
from panstore.modules.p4_sms.numbers import number_of
from panstore.modules.p4_sms.plan import asked_for, next_step
from panstore.modules.p4_sms.settings import SmsSettings
from panstore.sdk import Settings
from panstore.sdk.document_roles import Page
from panstore.sdk.messages import MessageModule, TemplateSaid, Written
from panstore.sdk.modules import Due, OrderCase, RuleSaid

__all__ = ["SmsModule", "module"]


class SmsModule:
    """Tells buyers by SMS what happens to their orders."""

    code: ClassVar[ModuleCode] = ModuleCode("P4")
    title: ClassVar[str] = "SMS"
    settings_type: ClassVar[type[Settings]] = SmsSettings
    place: ClassVar[int] = 50
    needs: ClassVar[frozenset[ModuleCode]] = frozenset({ModuleCode("S4")})
    erp_roles: ClassVar[tuple[type, ...]] = ()
    channel: ClassVar[Channel] = "sms"

    def due(self, case: OrderCase, settings: Settings) -> Due:
        """SMS that are not in the outbox yet, or None."""
        return next_step(case, _own(settings))

    def report(self, case: OrderCase, settings: Settings) -> Due:
        """Nothing: nobody is told of an SMS but its reader."""
        del case, settings
        return None

    def explain(self, case: OrderCase, settings: Settings) -> tuple[RuleSaid, ...]:
        """Whether the buyer has agreed, and what the templates' own rules say."""
        own = _own(settings)
        said = [own.consent.said(case, "consent")]
        for name in own.events:
            text = own.texts.get(name)
            if text is not None and text.when is not None:
                said.append(text.when.said(case, f"texts.{name}.when"))
        return tuple(said)

    def recipient(self, case: OrderCase, settings: Settings) -> str:
        """The order's number that takes SMS, empty if it has none."""
        return number_of(case, _own(settings).country)[0]

    def compose(
        self,
        message: Message,
        recipient: str,
        case: OrderCase,
        settings: Settings,
        paper: tuple[Document, Page] | None,
    ) -> Written:
        """The text, when it may be sent, or why it cannot be."""
        del paper
        return compose(message, recipient, case, _own(settings))

    def most_parts_per_day(self, settings: Settings) -> int | None:
        """What the day's money is enough for."""
        return _own(settings).most_parts_per_day

    def templates(self, settings: Settings) -> tuple[TemplateSaid, ...]:
        """What can be asked for."""
        own = _own(settings)
        return tuple(
            TemplateSaid(
                name=name,
                automatic=name in own.events,
                sl=own.template(name, "sl") or "",
                en=own.template(name, "en") or "",
            )
            for name in own.templates
        )

    def asked_for(self, template: str, case: OrderCase, settings: Settings) -> NewMessage:
        """The SMS a person asks for."""
        return asked_for(template, case, _own(settings))

    def preview(
        self, message: Message, recipient: str, case: OrderCase, settings: Settings
    ) -> Written:
        """The text as it would be sent, whatever the time of day."""
        return write(message, recipient, case, _own(settings))


def _own(settings: Settings) -> SmsSettings:
    if not isinstance(settings, SmsSettings):
        raise InvariantError(f"P4 was given {type(settings).__name__} instead of its settings")
    return settings


module: MessageModule = SmsModule()
