"""One bound line to an SMSC: numbered requests out, receipts in, and kept alive.

What certainly was not sent is told apart from what may have been: the line is looked at before a
request is written, and after that only its answer says that it was not taken.
"""

from __future__ import annotations

import asyncio
import contextlib
import itertools
import ssl
from collections.abc import Callable, Sequence

import msgspec
import smpp34

from panstore.connectors.smpp import wire
from panstore.connectors.smpp.config import SmppSettings
from panstore.connectors.smpp.map import receipt_of
from panstore.connectors.smpp.wire import (
    BIND,
    DELIVER,
    ENQUIRE,
    HEAD,
    LONGEST_PDU,
    NACK,
    OK,
    RESPONSE,
    UNBIND,
    UNKNOWN_COMMAND,
    VERSION,
    WRONG_LOGIN,
    packed,
    refusal_of,
)
from panstore.model.message import Receipt
from panstore.sdk.errors import AuthError, OutcomeUnknownError, UnavailableError

__all__ = ["Answer", "Heard", "Session", "open_session"]

_GOODBYE_S = 1.0


class Answer(msgspec.Struct, frozen=True):
    """What the SMSC answered to one request: a status, 0 if it was done, and the rest."""

    status: int
    body: bytes


class Heard(msgspec.Struct, frozen=True):
    """A receipt that has not been acknowledged yet."""

    receipt: Receipt
    sequence: int


class Session:
    """A bound line; made by `open_session`.

    Attributes:
        system_id: the SMSC's name for itself.
        heard: receipts that wait to be kept; None stands for the end of the line.
    """

    def __init__(
        self,
        connection: str,
        settings: SmppSettings,
        reader: asyncio.StreamReader,
        writer: asyncio.StreamWriter,
    ) -> None:
        self._connection = connection
        self._settings = settings
        self._reader = reader
        self._writer = writer
        self._numbers = itertools.count(1)
        self._waiting: dict[int, asyncio.Future[Answer]] = {}
        self._tasks: list[asyncio.Task[None]] = []
        self._why = ""
        self.loop = asyncio.get_running_loop()
        self.system_id = ""
        self.heard: asyncio.Queue[Heard | None] = asyncio.Queue()

    @property
    def is_open(self) -> bool:
        """Whether requests can be written."""
        return not self._why and not self._writer.is_closing()

    async def bind(self) -> None:
        """Log in and begin to listen.

        Raises:
            AuthError: user or password are not accepted.
            UnavailableError: anything else.
        """
        self._tasks.append(asyncio.create_task(self._read()))
        settings = self._settings
        words = (settings.user, settings.password.get_secret_value(), settings.system_type)
        body = b"".join(word.encode("ascii") + b"\0" for word in words)
        try:
            answer = await self._ask(BIND, body + bytes([VERSION, 0, 0, 0]))
        except OutcomeUnknownError as error:
            raise UnavailableError(self._connection, "log in", error.what) from None
        if answer.status in WRONG_LOGIN:
            what = f"the provider does not accept user and password ({_name(answer.status)})"
            raise AuthError(self._connection, "log in", what)
        if answer.status != OK:
            what = f"the provider refuses the connection ({_name(answer.status)})"
            raise UnavailableError(self._connection, "log in", what)
        self.system_id = answer.body.split(b"\0")[0].decode("latin-1")
        self._tasks.append(asyncio.create_task(self._keep_alive()))

    async def submit(self, make: Callable[[int], bytes]) -> Answer:
        """Hand one part over and wait for the answer.

        Args:
            make: the whole request for a sequence number.

        Raises:
            UnavailableError: the line is closed; nothing was sent.
            OutcomeUnknownError: it was sent, and no answer came.
        """
        number = next(self._numbers)
        return await self._exchange("send", number, make(number))

    async def acknowledge(self, sequences: Sequence[int]) -> None:
        """Tell that these receipts are kept; they are not given again."""
        for sequence in sequences:
            self._write(DELIVER | RESPONSE, OK, sequence, b"\0")
        with contextlib.suppress(OSError):
            await self._writer.drain()

    async def close(self) -> None:
        """Log out and end the line; what has no answer yet is unknown."""
        if self.is_open:
            with contextlib.suppress(UnavailableError, OutcomeUnknownError, TimeoutError):
                async with asyncio.timeout(_GOODBYE_S):
                    await self._ask(UNBIND, b"")
        self._end("the line was closed here")
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    async def _ask(self, command: int, body: bytes) -> Answer:
        number = next(self._numbers)
        return await self._exchange("ask", number, packed(command, OK, number, body))

    async def _exchange(self, operation: str, number: int, pdu: bytes) -> Answer:
        if not self.is_open:
            what = f"the line is closed ({self._why or 'it was lost'}), nothing was sent"
            raise UnavailableError(self._connection, operation, what)
        future: asyncio.Future[Answer] = self.loop.create_future()
        self._waiting[number] = future
        self._writer.write(pdu)
        try:
            async with asyncio.timeout(self._settings.timeout_s):
                await self._writer.drain()
                return await future
        except TimeoutError:
            what = f"no answer within {self._settings.timeout_s:g} s"
        except (OSError, EOFError):
            what = self._why or "the line was lost before the answer"
        finally:
            self._waiting.pop(number, None)
        # An answer that comes later would be taken for nobody's: the line is not used any more.
        self._end(what)
        raise OutcomeUnknownError(self._connection, operation, what)

    def _write(self, command: int, status: int, sequence: int, body: bytes) -> None:
        if self.is_open:
            self._writer.write(packed(command, status, sequence, body))

    async def _read(self) -> None:
        try:
            while True:
                head = await self._reader.readexactly(HEAD.size)
                length, command, status, sequence = HEAD.unpack(head)
                if not HEAD.size <= length <= LONGEST_PDU:
                    self._end("the provider sent what is not SMPP")
                    return
                body = await self._reader.readexactly(length - HEAD.size)
                self._take(command, status, sequence, head + body)
        except (OSError, EOFError):
            self._end("the provider ended the line")

    def _take(self, command: int, status: int, sequence: int, pdu: bytes) -> None:
        if command & RESPONSE:
            future = self._waiting.get(sequence)
            if future is not None and not future.done():
                failed = status or (UNKNOWN_COMMAND if command == NACK else OK)
                future.set_result(Answer(failed, pdu[HEAD.size :]))
            return
        match command:
            case wire.DELIVER:
                self._deliver(pdu, sequence)
            case wire.ENQUIRE:
                self._write(ENQUIRE | RESPONSE, OK, sequence, b"")
            case wire.UNBIND:
                self._write(UNBIND | RESPONSE, OK, sequence, b"")
                self._end("the provider logged us out")
            case _:
                self._write(NACK, UNKNOWN_COMMAND, sequence, b"")

    def _deliver(self, pdu: bytes, sequence: int) -> None:
        try:
            read = smpp34.decode(pdu)
        except smpp34.SmppError:
            read = None
        found = receipt_of(read, self._settings) if isinstance(read, smpp34.DeliverSm) else None
        if found is None:
            # A buyer's answer, or what nobody can read: it is of no use here, now or later.
            self._write(DELIVER | RESPONSE, OK, sequence, b"\0")
        else:
            self.heard.put_nowait(Heard(found, sequence))

    async def _keep_alive(self) -> None:
        """Notice a line that is dead before a text is put on it."""
        while self.is_open:
            await asyncio.sleep(self._settings.enquire_s)
            with contextlib.suppress(UnavailableError, OutcomeUnknownError):
                await self._ask(ENQUIRE, b"")

    def _end(self, why: str) -> None:
        if self._why:
            return
        self._why = why
        self._writer.close()
        for future in self._waiting.values():
            if not future.done():
                future.set_exception(EOFError(why))
        self.heard.put_nowait(None)


async def open_session(connection: str, settings: SmppSettings) -> Session:
    """Connect and log in.

    Raises:
        AuthError: user or password are not accepted.
        UnavailableError: nobody answers, or he does not let us in now.
    """
    context = ssl.create_default_context() if settings.tls else None
    try:
        async with asyncio.timeout(settings.timeout_s):
            reader, writer = await asyncio.open_connection(
                settings.host, settings.port, ssl=context
            )
    except TimeoutError:
        what = f"no connection within {settings.timeout_s:g} s"
        raise UnavailableError(connection, "connect", what) from None
    except OSError as error:
        what = f"no connection ({error.strerror or type(error).__name__})"
        raise UnavailableError(connection, "connect", what) from None
    session = Session(connection, settings, reader, writer)
    try:
        await session.bind()
    except BaseException:
        await session.close()
        raise
    return session


def _name(status: int) -> str:
    return refusal_of(status).name
