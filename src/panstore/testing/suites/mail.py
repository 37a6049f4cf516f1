"""Mail: letters handed over, and what is known when that goes wrong."""

from __future__ import annotations

from typing import Literal, Protocol

import msgspec
import pytest

from panstore.model.message import Attachment, Letter
from panstore.sdk.errors import (
    OutcomeUnknownError,
    RejectedError,
    RemoteError,
    UnavailableError,
)
from panstore.sdk.message_roles import SendMail
from panstore.testing.suites.suite import Suite

__all__ = ["MailHarness", "MailTrouble", "SendMailSuite", "TakenMail"]

MailTrouble = Literal["refused", "later", "breaks_before", "breaks_after", "silent_after"]
"""What happens to the next mail. `refused`: the recipient, for good; `later`: the server takes
nothing now; the connection breaks before the text, or the server has the mail and the connection
breaks (`breaks_after`) or it does not answer in time (`silent_after`)."""


class TakenMail(msgspec.Struct, frozen=True):
    """A mail as the server has it.

    Attributes:
        files: name and content of each attachment.
    """

    recipient: str
    message_id: str
    subject: str
    text: str
    html: str
    files: tuple[tuple[str, bytes], ...]


class MailHarness(Protocol):
    """A mail server that the suite may trouble."""

    @property
    def connector(self) -> SendMail:
        """The connector under test, started."""

    def disturb_mail(self, what: MailTrouble) -> None:
        """Let the next mail end like this; the one after it goes well."""

    def taken(self) -> list[TakenMail]:
        """All mails the server has, in order."""


def _letter(number: int = 1, recipient: str = "ana.novak@example.com") -> Letter:
    return Letter(
        key=f"shop/{number}/mail/invoice/17/abc/0",
        recipient=recipient,
        subject="Račun 2026-00017 za naročilo 1001",
        text="Pozdravljeni,\n\nžal že plačano.\n.\nZadnja vrstica\n",
        html="<p>Pozdravljeni, žal že plačano.</p>",
        language="sl",
        attachments=(Attachment("račun-17.pdf", "application/pdf", bytes(range(256)) * 40),),
    )


class SendMailSuite(Suite):
    """For connectors that play `SendMail`."""

    async def test_a_letter_arrives_whole(self, harness: MailHarness) -> None:
        letter = _letter()
        await harness.connector.send_mail(letter)
        [mail] = harness.taken()
        assert (mail.recipient, mail.subject) == (letter.recipient, letter.subject)
        assert mail.text.replace("\r\n", "\n") == letter.text
        assert mail.html.strip() == letter.html
        assert mail.files == tuple((one.name, one.content) for one in letter.attachments)

    async def test_one_message_has_one_message_id(self, harness: MailHarness) -> None:
        for number in (1, 1, 2):
            await harness.connector.send_mail(_letter(number))
        first, again, other = [mail.message_id for mail in harness.taken()]
        assert first, "without a Message-ID nobody can see that a mail came twice"
        assert first == again, "the same message must have the same Message-ID whenever it is sent"
        assert first != other

    async def test_a_refused_recipient_is_refused_for_good(self, harness: MailHarness) -> None:
        harness.disturb_mail("refused")
        with pytest.raises(RejectedError) as refused:
            await harness.connector.send_mail(_letter())
        assert refused.value.code, "people look the server's code up"
        assert "ana.novak" not in str(refused.value), "errors are kept, addresses are not"
        await self._goes_on(harness, before=0)

    async def test_a_server_that_takes_it_later_has_nothing(self, harness: MailHarness) -> None:
        harness.disturb_mail("later")
        with pytest.raises(UnavailableError) as later:
            await harness.connector.send_mail(_letter())
        assert "ana.novak" not in str(later.value)
        await self._goes_on(harness, before=0)

    async def test_broken_before_the_text_it_has_nothing(self, harness: MailHarness) -> None:
        harness.disturb_mail("breaks_before")
        with pytest.raises(UnavailableError):
            await harness.connector.send_mail(_letter())
        await self._goes_on(harness, before=0)

    @pytest.mark.parametrize("what", ["breaks_after", "silent_after"])
    async def test_a_lost_answer_leaves_the_outcome_unknown(
        self, harness: MailHarness, what: MailTrouble
    ) -> None:
        harness.disturb_mail(what)
        try:
            sent = await harness.connector.send_mail(_letter())
        except OutcomeUnknownError:
            await self._goes_on(harness, before=1)
        except RemoteError as error:
            pytest.fail(f"the server has the mail, and the connector says otherwise: {error!r}")
        else:
            pytest.fail(f"nobody answered, and the connector reports success: {sent!r}")

    async def _goes_on(self, harness: MailHarness, *, before: int) -> None:
        assert len(harness.taken()) == before
        await harness.connector.send_mail(_letter(2))
        assert len(harness.taken()) == before + 1, "the next mail must go as if nothing had been"
