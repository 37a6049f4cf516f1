"""SMTP against a real server in this process: what arrives, and what is known when it breaks."""

from __future__ import annotations

import asyncio
import datetime as dt
import inspect
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
from msgspec.structs import replace

from panstore.connectors.smtp.connector import SmtpConnector
from panstore.model.message import Letter, Sent
from panstore.sdk.errors import (
    AuthError,
    OutcomeUnknownError,
    RejectedError,
    RemoteError,
    UnavailableError,
)
from panstore.testing.suites import SendMailSuite
from tests.connectors.smtp.server import MailDesk, mail_desk, self_signed

LETTER = Letter("shop/1/mail/invoice/7/abc/0", "ana@example.com", "Invoice 7", "Hello\n")


@pytest.fixture
async def desk() -> AsyncIterator[MailDesk]:
    async with mail_desk() as opened:
        yield opened


class TestSmtp(SendMailSuite):
    @pytest.fixture
    async def harness(self, desk: MailDesk) -> MailDesk:
        return desk


async def test_a_mail_says_who_writes_and_that_a_machine_does() -> None:
    written = dt.datetime(2026, 11, 24, 9, 30, tzinfo=dt.UTC)
    names: dict[str, Any] = {"sender_name": "Čaj & kava d.o.o.", "reply_to": "help@example.com"}
    async with mail_desk(**names) as desk:
        sent = await desk.connector.send_mail(replace(LETTER, date=written))
        [mail] = desk.parsed()
    assert sent.note == "2.0.0 Ok: queued as Q1"
    assert str(mail["From"]) == '"Čaj & kava d.o.o." <shop@example.com>'
    assert mail["Reply-To"] == "help@example.com"
    assert mail["Date"].datetime == written
    assert mail["Auto-Submitted"] == "auto-generated"
    assert mail["Message-ID"].endswith("@example.com>")
    assert mail.get_content_type() == "text/plain"


async def test_one_connection_carries_many_mails(desk: MailDesk) -> None:
    for number in range(5):
        await desk.connector.send_mail(replace(LETTER, key=str(number)))
    assert (len(desk.handler.mails), len(desk.handler.sessions)) == (5, 1)
    await asyncio.gather(*(desk.connector.send_mail(LETTER) for _ in range(6)))
    assert len(desk.handler.sessions) <= 2


@pytest.mark.parametrize(
    ("command", "answer", "kind"),
    [
        ("MAIL", "553 5.7.1 <shop@example.com> is not yours", AuthError),
        ("MAIL", "552 too large", RejectedError),
        ("MAIL", "451 later", UnavailableError),
        ("DATA", "554 5.7.1 spam, ana@example.com", RejectedError),
        ("DATA", "452 disk full", UnavailableError),
        ("DATA", "421 going down", UnavailableError),
    ],
)
async def test_each_refusal_is_what_it_means(
    desk: MailDesk, command: str, answer: str, kind: type[RemoteError]
) -> None:
    desk.handler.answers[command] = answer
    with pytest.raises(kind) as refused:
        await desk.connector.send_mail(LETTER)
    assert type(refused.value) is kind
    assert "@example.com" not in str(refused.value)
    desk.handler.answers.clear()
    await desk.connector.send_mail(LETTER)


async def test_an_address_no_server_takes_is_refused_before_anything_is_said(
    desk: MailDesk,
) -> None:
    with pytest.raises(RejectedError, match="before the @"):
        await desk.connector.send_mail(replace(LETTER, recipient="žiga@example.com"))
    await desk.connector.send_mail(replace(LETTER, recipient="ziga@čaj.si"))
    assert [recipient for recipient, _ in desk.handler.mails] == ["ziga@xn--aj-dma.si"]


@pytest.mark.parametrize(
    "typed", ["ana..novak@example.com", "ana.@example.com", "ana@example,com", "ana@example.com."]
)
async def test_an_address_that_is_none_is_refused_and_not_in_doubt(
    desk: MailDesk, typed: str
) -> None:
    with pytest.raises(RejectedError) as refused:
        await desk.connector.send_mail(replace(LETTER, recipient=typed))
    assert "ana" not in str(refused.value)
    assert not desk.handler.sessions


async def test_nobody_at_the_address_is_unavailable() -> None:
    async with mail_desk(port=1) as desk:
        with pytest.raises(UnavailableError):
            await desk.connector.send_mail(LETTER)
        with pytest.raises(UnavailableError):
            await desk.connector.check()


@pytest.mark.parametrize("security", ["tls", "starttls"])
async def test_a_safe_line_with_log_in(
    security: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    certificate = self_signed(tmp_path)
    async with mail_desk(certificate=certificate, security=security, login=True) as desk:
        with pytest.raises(AuthError, match="certificate is not trusted"):
            await desk.connector.send_mail(LETTER)
        monkeypatch.setenv("SSL_CERT_FILE", str(certificate[0]))
        await desk.connector.send_mail(LETTER)
        report = await desk.connector.check()
        assert report.facts["security"] == security
    wrong = {"user": "shop", "password": "guessed"}
    async with mail_desk(certificate=certificate, security=security, login=True, **wrong) as desk:
        with pytest.raises(AuthError) as refused:
            await desk.connector.check()
        assert "guessed" not in repr(refused.value)
        with pytest.raises(AuthError):
            await desk.connector.send_mail(LETTER)


async def test_a_server_without_log_in_or_tls_says_so(tmp_path: Path) -> None:
    async with mail_desk(security="none", user="shop", password="x") as desk:
        with pytest.raises(RemoteError):
            await desk.connector.check()
    async with mail_desk() as plain:
        port = plain.settings.port
        async with mail_desk(security="starttls", certificate=self_signed(tmp_path)) as desk:
            settings = desk.settings.model_copy(update={"port": port, "host": "127.0.0.1"})
            other = SmtpConnector(desk.connector.id, settings)
            with pytest.raises(RemoteError):
                await other.send_mail(LETTER)
        assert plain.handler.mails == []


class _Sure(SmtpConnector):
    """Takes a lost answer for a yes."""

    async def send_mail(self, letter: Letter) -> Sent:
        try:
            return await super().send_mail(letter)
        except OutcomeUnknownError:
            return Sent()


class _Hasty(SmtpConnector):
    """Takes a lost answer for a no."""

    async def send_mail(self, letter: Letter) -> Sent:
        try:
            return await super().send_mail(letter)
        except OutcomeUnknownError as error:
            raise UnavailableError(self.id, "send mail", "no answer") from error


class _Forgetful(SmtpConnector):
    """Calls the same message something else each time, and leaves the paper out."""

    times = 0

    async def send_mail(self, letter: Letter) -> Sent:
        self.times += 1
        return await super().send_mail(
            replace(letter, key=f"{letter.key}{self.times}", attachments=())
        )


class _Talkative(SmtpConnector):
    """Repeats addresses in its errors, and calls every no a later."""

    async def send_mail(self, letter: Letter) -> Sent:
        try:
            return await super().send_mail(letter)
        except RejectedError as error:
            raise UnavailableError(self.id, "send mail", letter.recipient) from error


@pytest.mark.parametrize(
    ("wrong", "expected"),
    [
        (_Sure, {"test_a_lost_answer_leaves_the_outcome_unknown"}),
        (_Hasty, {"test_a_lost_answer_leaves_the_outcome_unknown"}),
        (_Forgetful, {"test_a_letter_arrives_whole", "test_one_message_has_one_message_id"}),
        (_Talkative, {"test_a_refused_recipient_is_refused_for_good"}),
    ],
)
async def test_the_suite_catches_wrong_connectors(
    wrong: type[SmtpConnector], expected: set[str]
) -> None:
    failed = set()
    for name, test in inspect.getmembers(SendMailSuite, inspect.iscoroutinefunction):
        if not name.startswith("test"):
            continue
        more: dict[str, Any] = {}
        if "what" in inspect.signature(test).parameters:
            more["what"] = "breaks_after"
        async with mail_desk() as desk:
            desk.connector = wrong(desk.connector.id, desk.settings)
            try:
                await test(SendMailSuite(), desk, **more)
            except (pytest.fail.Exception, Exception):  # noqa: BLE001 - any failure counts
                failed.add(name)
            await desk.connector.close()
    assert failed == expected
