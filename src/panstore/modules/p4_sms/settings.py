"""What a company may say about SMS."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal, InvalidOperation
from typing import Annotated, Any, Literal, Self

from phonenumbers import SUPPORTED_REGIONS
from pydantic import AfterValidator, BeforeValidator, Field, model_validator

from panstore.model.document import Language
from panstore.modules.p4_sms.quiet import QuietHours
from panstore.modules.p4_sms.texts import EVENTS, EXAMPLE, STANDARD
from panstore.sdk import Settings
from panstore.sdk.messages import MessageSettings
from panstore.sdk.rules import Rule
from panstore.sdk.templates import Template

__all__ = ["SmsSettings", "SmsText"]

_NAME = "^[a-z][a-z0-9_]{0,39}$"


def _text(text: str) -> str:
    if not Template(text, EXAMPLE).render(EXAMPLE).strip():
        raise ValueError("says nothing")
    return text


def _country(code: str) -> str:
    if code not in SUPPORTED_REGIONS:
        raise ValueError("must be a country such as SI, in two capital letters")
    return code


def _quiet(text: str) -> str:
    QuietHours.read(text)
    return text


def _money(value: Any) -> Decimal:
    """Money is written as text, so that no digit is lost on the way."""
    if isinstance(value, str | int | Decimal) and not isinstance(value, bool):
        try:
            amount = Decimal(value)
        except InvalidOperation:
            amount = Decimal("NaN")
        if amount.is_finite() and amount >= 0:
            return amount
    raise ValueError('must be an amount in quotes, such as "0.05"')


Money = Annotated[Decimal, BeforeValidator(_money)]


class SmsText(Settings):
    """One template: when it is sent, and what it says.

    Attributes:
        when: rule that must hold as well; of a template of one's own the moment at which it is
            sent.
        sl, en: the text; PanStore's own where it is left out. A buyer whose language has none
            gets the other one.
        within_hours: it is of no use later than so many hours after what it tells.
    """

    when: Rule | None = None
    sl: Annotated[str, AfterValidator(_text)] | None = None
    en: Annotated[str, AfterValidator(_text)] | None = None
    within_hours: Annotated[int, Field(ge=1, le=720)] = 48


class SmsSettings(MessageSettings):
    """Settings of P4 for one route.

    Attributes:
        events: names of the templates that are sent by themselves; the others are sent on demand.
        texts: own words and rules by template.
        consent: the buyer of an order for which it holds has agreed to SMS about it.
        name: of the shop, as the standard texts begin.
        language: of the texts; without it the route's, else what the buyer understands.
        country: of numbers without prefix where the order's addresses name none.
        letters: `keep` sends š, č and ž as they are (70 letters in an SMS), `plain` makes s, c
            and z of them (160 letters).
        most_parts: a text that needs more is not sent, and a person is told.
        quiet: hours in which none is sent, in the company's zone, such as `21:00-08:00`.
        price_per_part: what the provider takes for one part.
        currency: of the prices, in three letters.
        most_per_day: what may be spent in a day; what is over it waits for the next one.
        unknown: what becomes of an SMS whose outcome nobody knows: a person is asked, or it is
            sent once more after a pause and marked as maybe there twice.
        unknown_after_minutes: how long that pause is.
    """

    events: tuple[Annotated[str, Field(pattern=_NAME)], ...] = ()
    texts: Mapping[Annotated[str, Field(pattern=_NAME)], SmsText] = Field(default_factory=dict)
    consent: Rule = Rule('"sms" in order.tags')
    name: Annotated[str, Field(max_length=40)] = ""
    language: Language | None = None
    country: Annotated[str, AfterValidator(_country)] = "SI"
    letters: Literal["keep", "plain"] = "keep"
    most_parts: Annotated[int, Field(ge=1, le=10)] = 3
    quiet: Annotated[str, AfterValidator(_quiet)] | None = None
    price_per_part: Money | None = None
    currency: Annotated[str, Field(pattern="^[A-Z]{3}$")] = "EUR"
    most_per_day: Money | None = None
    unknown: Literal["once_more", "ask"] = "ask"

    @model_validator(mode="after")
    def _fits(self) -> Self:
        for name in self.events:
            own = self.texts.get(name)
            if name not in EVENTS and (own is None or own.when is None):
                known = ", ".join(EVENTS)
                raise ValueError(
                    f"events: {name!r} is nothing PanStore sees by itself ({known}); a template of"
                    f" your own needs texts.{name} with a `when`"
                )
        for name, text in self.texts.items():
            if name not in EVENTS and text.sl is None and text.en is None:
                raise ValueError(f"texts.{name} says nothing: give it `sl` or `en`")
        if self.most_per_day is not None and not self.price_per_part:
            raise ValueError("most_per_day needs price_per_part, or nothing can be counted")
        if self.most_parts_per_day == 0:
            raise ValueError("most_per_day is not enough for one part, so no SMS would go out")
        return self

    def template(self, name: str, language: Language) -> str | None:
        """The text of a template, None if there is none of that name."""
        own = self.texts.get(name, SmsText())
        other: Language = "en" if language == "sl" else "sl"
        for one in (language, other):
            text = own.sl if one == "sl" else own.en
            if text is None:
                text = next(
                    (t for (e, lang), t in STANDARD.items() if (e, lang) == (name, one)), None
                )
            if text is not None:
                return text
        return None

    @property
    def templates(self) -> tuple[str, ...]:
        """Names of all templates there are."""
        return tuple(dict.fromkeys((*EVENTS, *self.texts)))

    @property
    def most_parts_per_day(self) -> int | None:
        """How many parts the day's money is enough for; None if there is no limit."""
        if self.most_per_day is None or not self.price_per_part:
            return None
        return int(self.most_per_day / self.price_per_part)
