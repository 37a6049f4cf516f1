"""One mail server: connections that are used again, and what became of a mail on them.

A mail that was refused, or whose hand-over broke before its text was sent, is certainly not there.
Between the first byte of the text and the server's answer nobody knows.
"""

from __future__ import annotations

import asyncio
import contextlib
import ssl
from collections.abc import AsyncIterator
from dataclasses import dataclass, field

import aiosmtplib
from aiosmtplib.errors import (
    SMTPAuthenticationError,
    SMTPConnectError,
    SMTPDataError,
    SMTPException,
    SMTPRecipientRefused,
    SMTPResponseException,
    SMTPSenderRefused,
)

from panstore.connectors.smtp.config import SmtpSettings
from panstore.connectors.smtp.wire import Step, refusal, without_addresses
from panstore.sdk.errors import AuthError, OutcomeUnknownError, RemoteError, UnavailableError

__all__ = ["SmtpClient"]

_KEEP_S = 20.0
"""A server ends idle connections; one that rested longer is not used again."""

_CONNECT_S = 15.0


@dataclass
class _Idle:
    """Connections of one event loop that nobody uses now, each with when it was put back."""

    slots: asyncio.Semaphore
    lines: list[tuple[float, aiosmtplib.SMTP]] = field(default_factory=list)


class SmtpClient:
    """Hands mails to one server.

    Args:
        connection: name of the connection, for errors.
    """

    def __init__(self, connection: str, settings: SmtpSettings) -> None:
        self._connection = connection
        self._settings = settings
        self._loops: dict[asyncio.AbstractEventLoop, _Idle] = {}

    def __repr__(self) -> str:
        return f"SmtpClient({self._connection}, {self._settings.host})"

    async def close(self) -> None:
        """End this event loop's connections politely; the next mail opens one."""
        idle = self._loops.pop(asyncio.get_running_loop(), None)
        for _, line in [] if idle is None else idle.lines:
            with contextlib.suppress(SMTPException, OSError):
                await line.quit(timeout=1)
            line.close()

    async def look(self) -> dict[str, str]:
        """Log in and say what the server tells of itself.

        Raises:
            RemoteError: it does not let us in.
        """
        async with self._line(fresh=True) as line:
            return {
                "server": f"{self._settings.host}:{self._settings.used_port}",
                "security": self._settings.security,
                "largest mail": _megabytes(line.esmtp_extensions.get("size", "")),
            }

    async def deliver(self, recipient: str, mail: bytes) -> str:
        """Hand one mail over; the server's words.

        Raises:
            RejectedError: refused for good.
            UnavailableError: not now; the server has no copy.
            AuthError: the server does not let us in, or not as this sender.
            OutcomeUnknownError: the answer to the text did not come.
        """
        async with self._line() as line:
            await self._envelope(line, recipient, len(mail))
            try:
                done = await line.data(mail)
            except SMTPDataError as error:
                raise self._refused(error, "text") from error
            except (SMTPException, OSError) as error:
                what = f"the answer to the mail's text did not come: {_said(error)}"
                raise OutcomeUnknownError(self._connection, "send mail", what) from error
        return without_addresses(done.message)

    async def _envelope(self, line: aiosmtplib.SMTP, recipient: str, size: int) -> None:
        step: Step = "sender"
        try:
            options = [f"SIZE={size}"] if line.supports_extension("size") else []
            await line.mail(self._settings.sender, options=options)
            step = "recipient"
            await line.rcpt(recipient)
        except SMTPResponseException as error:
            raise self._refused(error, step) from error
        except (SMTPException, OSError) as error:
            what = f"the connection broke before the mail's text: {_said(error)}"
            raise UnavailableError(self._connection, "send mail", what) from error

    @contextlib.asynccontextmanager
    async def _line(self, *, fresh: bool = False) -> AsyncIterator[aiosmtplib.SMTP]:
        """A connection that is logged in; put back if what was done on it ended in order."""
        loop = asyncio.get_running_loop()
        idle = self._loops.setdefault(loop, _Idle(asyncio.Semaphore(self._settings.concurrency)))
        async with idle.slots:
            line = None if fresh else await self._idle_line(idle, loop)
            line = line or await self._connect()
            good = False
            try:
                yield line
                good = True
            except (AuthError, OutcomeUnknownError):
                raise
            except RemoteError:
                good = await self._reset(line)
                raise
            finally:
                if good and line.is_connected:
                    idle.lines.append((loop.time(), line))
                else:
                    line.close()

    async def _idle_line(
        self, idle: _Idle, loop: asyncio.AbstractEventLoop
    ) -> aiosmtplib.SMTP | None:
        """The latest that the server has not ended meanwhile."""
        while idle.lines:
            since, line = idle.lines.pop()
            if line.is_connected and loop.time() - since < _KEEP_S and await self._reset(line):
                return line
            line.close()
        return None

    async def _reset(self, line: aiosmtplib.SMTP) -> bool:
        """Forget the mail in hand; False if the connection is of no use any more."""
        try:
            await line.rset()
        except (SMTPException, OSError):
            return False
        return True

    async def _connect(self) -> aiosmtplib.SMTP:
        settings = self._settings
        line = aiosmtplib.SMTP(
            hostname=settings.host,
            port=settings.used_port,
            use_tls=settings.security == "tls",
            start_tls=settings.security == "starttls",
            tls_context=None if settings.security == "none" else ssl.create_default_context(),
            timeout=settings.timeout_s,
            local_hostname=settings.domain,
        )
        step: Step = "connect"
        try:
            await line.connect(timeout=min(_CONNECT_S, settings.timeout_s))
            if settings.user is not None and settings.password is not None:
                step = "log in"
                await line.login(settings.user, settings.password.get_secret_value())
            if not line.is_ehlo_or_helo_needed:
                return line
            # What the server can do is asked before the first mail, not with it.
            await line.ehlo()
        except SMTPResponseException as error:
            line.close()
            raise self._refused(error, step) from error
        except ssl.SSLCertVerificationError as error:
            line.close()
            what = f"its certificate is not trusted: {error.verify_message}"
            raise AuthError(self._connection, "connect", what) from error
        except (SMTPException, OSError) as error:
            line.close()
            if step == "log in" and not isinstance(error, OSError):
                raise AuthError(self._connection, "log in", _said(error)) from error
            cause = error.__cause__
            if isinstance(error, SMTPConnectError) and isinstance(
                cause, ssl.SSLCertVerificationError
            ):
                what = f"its certificate is not trusted: {cause.verify_message}"
                raise AuthError(self._connection, "connect", what) from error
            what = f"{settings.host}:{settings.used_port} is not reached: {_said(error)}"
            raise UnavailableError(self._connection, "connect", what) from error
        return line

    def _refused(self, error: SMTPResponseException, step: Step) -> RemoteError:
        kinds = (SMTPAuthenticationError, SMTPSenderRefused, SMTPRecipientRefused)
        text = error.message if isinstance(error, kinds) else str(error.message)
        return refusal(self._connection, step, error.code, text)


def _megabytes(size: str) -> str:
    return f"{int(size) // 1_000_000} MB" if size.isdecimal() and int(size) else "no limit said"


def _said(error: Exception) -> str:
    return without_addresses(str(error)) or type(error).__name__
