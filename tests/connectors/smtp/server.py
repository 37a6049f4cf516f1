"""A real mail server in this process, which does at each command what a test tells it."""

from __future__ import annotations

import asyncio
import datetime as dt
import email
import email.policy
import ssl
import warnings
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from email.message import EmailMessage
from pathlib import Path
from typing import Any

from aiosmtpd.smtp import SMTP, AuthResult, Envelope, LoginPassword, Session
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from panstore.connectors.smtp.config import SmtpSettings
from panstore.connectors.smtp.connector import SmtpConnector
from panstore.model.ids import ConnectionId
from panstore.testing.suites import MailTrouble, TakenMail

__all__ = ["MailDesk", "mail_desk", "self_signed"]

USER, PASSWORD = "shop", "stamp-and-glue"


class _Handler:
    """Answers of the server; each trouble is used once."""

    def __init__(self) -> None:
        self.mails: list[tuple[str, bytes]] = []
        self.trouble: MailTrouble | None = None
        self.answers: dict[str, str] = {}
        self.sessions: set[int] = set()

    def _take(self, *troubles: MailTrouble) -> MailTrouble | None:
        if self.trouble in troubles:
            found, self.trouble = self.trouble, None
            return found
        return None

    async def handle_MAIL(  # noqa: N802 - the library's names
        self, _server: SMTP, session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        self.sessions.add(id(session))
        if "MAIL" in self.answers:
            return self.answers["MAIL"]
        envelope.mail_from = address
        envelope.mail_options.extend(options)
        return "250 OK"

    async def handle_RCPT(  # noqa: N802 - the library's names
        self, server: SMTP, _session: Session, envelope: Envelope, address: str, _options: list[str]
    ) -> str:
        match self._take("refused", "later", "breaks_before"):
            case "refused":
                return f"550 5.1.1 <{address}>: no such mailbox here"
            case "later":
                return f"451 4.7.1 try {address} again later"
            case "breaks_before":
                assert isinstance(server.transport, asyncio.Transport)
                server.transport.abort()
                return "250 OK"
            case _:
                pass
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server: SMTP, _session: Session, envelope: Envelope) -> str:  # noqa: N802
        if "DATA" in self.answers:
            return self.answers["DATA"]
        assert isinstance(envelope.content, bytes)
        self.mails.append((envelope.rcpt_tos[0], envelope.content))
        match self._take("breaks_after", "silent_after"):
            case "breaks_after":
                assert isinstance(server.transport, asyncio.Transport)
                server.transport.abort()
            case "silent_after":
                await asyncio.sleep(5)
            case _:
                pass
        return f"250 2.0.0 Ok: queued as Q{len(self.mails)}"


class MailDesk:
    """The server with a connector to it."""

    def __init__(self, handler: _Handler, settings: SmtpSettings) -> None:
        self.handler = handler
        self.settings = settings
        self.connector = SmtpConnector(ConnectionId("mail"), settings)

    def disturb_mail(self, what: MailTrouble) -> None:
        self.handler.trouble = what

    def taken(self) -> list[TakenMail]:
        return [_taken(recipient, content) for recipient, content in self.handler.mails]

    def parsed(self) -> list[EmailMessage]:
        """All mails, with their headers."""
        return [_parsed(content) for _, content in self.handler.mails]


def _parsed(content: bytes) -> EmailMessage:
    mail = email.message_from_bytes(content, policy=email.policy.SMTP)
    assert isinstance(mail, EmailMessage)
    return mail


def _taken(recipient: str, content: bytes) -> TakenMail:
    mail = _parsed(content)
    text, html = mail.get_body(("plain",)), mail.get_body(("html",))
    return TakenMail(
        recipient=recipient,
        message_id=str(mail["Message-ID"] or ""),
        subject=str(mail["Subject"]),
        text="" if text is None else str(text.get_content()),
        html="" if html is None else str(html.get_content()),
        files=tuple(
            (str(one.get_filename()), bytes(one.get_content())) for one in mail.iter_attachments()
        ),
    )


@asynccontextmanager
async def mail_desk(
    *,
    certificate: tuple[Path, Path] | None = None,
    security: str = "none",
    login: bool = False,
    **settings: Any,
) -> AsyncIterator[MailDesk]:
    """A server on a free port and a connector to it, ended afterwards.

    Args:
        certificate: files of certificate and key, for `tls` and `starttls`.
        login: whether the server wants user and password.
    """
    handler, loop = _Handler(), asyncio.get_running_loop()
    context = None
    if certificate is not None:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(*certificate)

    def check(*args: Any) -> AuthResult:
        data = args[-1]
        assert isinstance(data, LoginPassword)
        good = (data.login, data.password) == (USER.encode(), PASSWORD.encode())
        return AuthResult(success=good, handled=False)

    def make() -> SMTP:
        with warnings.catch_warnings():
            # It cannot see that the line is safe from its first byte, and warns of the log-in.
            warnings.simplefilter("ignore")
            return SMTP(
                handler,
                hostname="mail.example.com",
                loop=loop,
                tls_context=context if security == "starttls" else None,
                require_starttls=security == "starttls",
                authenticator=check,
                auth_required=login,
                auth_require_tls=False,
            )

    listens = context if security == "tls" else None
    server = await loop.create_server(make, "127.0.0.1", 0, ssl=listens)
    given: dict[str, Any] = {
        "host": "127.0.0.1" if security == "none" else "localhost",
        "port": server.sockets[0].getsockname()[1],
        "security": security,
        "sender": "shop@example.com",
        "timeout_s": 1,
    }
    if login:
        given |= {"user": USER, "password": PASSWORD}
    desk = MailDesk(handler, SmtpSettings.model_validate(given | settings))
    await desk.connector.start()
    try:
        yield desk
    finally:
        await desk.connector.close()
        server.close()


def self_signed(folder: Path) -> tuple[Path, Path]:
    """A certificate for localhost and its key, as files."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "localhost")])
    begin = dt.datetime(2020, 1, 1, tzinfo=dt.UTC)
    made = (
        x509
        .CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(begin)
        .not_valid_after(begin + dt.timedelta(days=36500))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName("localhost")]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    files = folder / "cert.pem", folder / "key.pem"
    files[0].write_bytes(made.public_bytes(serialization.Encoding.PEM))
    files[1].write_bytes(
        key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )
    )
    return files
