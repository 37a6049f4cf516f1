"""SMS: texts handed over, and what is known when that goes wrong."""

from __future__ import annotations

from typing import Literal, Protocol

import msgspec
import pytest

from panstore.model.message import Text
from panstore.sdk.errors import (
    OutcomeUnknownError,
    RejectedError,
    RemoteError,
    UnavailableError,
)
from panstore.sdk.gsm7 import encoding_of, parts_of
from panstore.sdk.message_roles import SendTexts
from panstore.testing.suites.suite import Suite

__all__ = ["SendTextsSuite", "SmsHarness", "SmsTrouble", "TakenSms"]

SmsTrouble = Literal["refused", "later", "breaks_before", "breaks_after", "silent_after"]
"""What happens to the next SMS. `refused`: the provider says no for good; `later`: it takes
nothing now; nobody is there before the text is sent, or the provider has it and the connection
breaks (`breaks_after`) or it does not answer in time (`silent_after`)."""

_NUMBER = "38640123456"


class TakenSms(msgspec.Struct, frozen=True):
    """An SMS as the provider has it: the number in digits, the text with its parts together."""

    recipient: str
    text: str


class SmsHarness(Protocol):
    """A provider that the suite may trouble."""

    @property
    def connector(self) -> SendTexts:
        """The connector under test, started."""

    def disturb_sms(self, what: SmsTrouble) -> None:
        """Let the next SMS end like this; the one after it goes well."""

    def taken(self) -> list[TakenSms]:
        """All SMS the provider has, in order."""


def _text(words: str = "Vaše naročilo je na poti.", number: int = 1) -> Text:
    encoding = encoding_of(words)
    key = f"shop/{number}/sms/dispatched/17/abc/0"
    return Text(key, f"+{_NUMBER}", words, encoding, len(parts_of(words, encoding)))


class SendTextsSuite(Suite):
    """For connectors that play `SendTexts`."""

    @pytest.mark.parametrize(
        "words",
        [
            "Hvala! 5 € [10 %] ~ {x} \\ ^ | é ü ß",
            "Vaše naročilo čaka: š č ž ć đ „navedek“ 😀",
            "Prva vrstica\nDruga & tretja <b>+%d</b>",
            "Zelo dolgo sporočilo brez konca. " * 9,
            "A long one in plain letters, [and] on. " * 9,
        ],
    )
    async def test_a_text_arrives_whole(self, harness: SmsHarness, words: str) -> None:
        await harness.connector.send_text(_text(words))
        assert harness.taken() == [TakenSms(_NUMBER, words)]

    async def test_references_are_of_one_text_each(self, harness: SmsHarness) -> None:
        sent = [await harness.connector.send_text(_text(number=n)) for n in (1, 2)]
        first, second = (one.reference for one in sent)
        assert first, "without a reference no receipt can be understood"
        assert first != second

    async def test_a_refused_text_is_refused_for_good(self, harness: SmsHarness) -> None:
        harness.disturb_sms("refused")
        with pytest.raises(RejectedError) as refused:
            await harness.connector.send_text(_text())
        assert refused.value.code, "people look the provider's code up"
        _see_no_number(refused.value)
        await self._goes_on(harness, before=0)

    async def test_a_provider_that_takes_it_later_has_nothing(self, harness: SmsHarness) -> None:
        harness.disturb_sms("later")
        with pytest.raises(UnavailableError) as later:
            await harness.connector.send_text(_text())
        _see_no_number(later.value)
        await self._goes_on(harness, before=0)

    async def test_nobody_there_has_nothing(self, harness: SmsHarness) -> None:
        harness.disturb_sms("breaks_before")
        with pytest.raises(UnavailableError):
            await harness.connector.send_text(_text())
        await self._goes_on(harness, before=0)

    @pytest.mark.parametrize("what", ["breaks_after", "silent_after"])
    async def test_a_lost_answer_leaves_the_outcome_unknown(
        self, harness: SmsHarness, what: SmsTrouble
    ) -> None:
        harness.disturb_sms(what)
        try:
            sent = await harness.connector.send_text(_text())
        except OutcomeUnknownError as error:
            _see_no_number(error)
            await self._goes_on(harness, before=1)
        except RemoteError as error:
            pytest.fail(f"the provider has the SMS, and the connector says otherwise: {error!r}")
        else:
            pytest.fail(f"nobody answered, and the connector reports success: {sent!r}")

    async def _goes_on(self, harness: SmsHarness, *, before: int) -> None:
        assert len(harness.taken()) == before
        await harness.connector.send_text(_text(number=2))
        assert len(harness.taken()) == before + 1, "the next SMS must go as if nothing had been"


def _see_no_number(error: RemoteError) -> None:
    assert _NUMBER[3:] not in str(error), "errors are kept, numbers are not"
