"""The process that makes pages, as PanStore holds it: begun with the first page, ended when idle.

Making a page takes a processor for some 50 ms; made in this process, orders and stock would stand
still meanwhile.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import re
import sys
from asyncio.subprocess import PIPE, Process
from typing import TypeVar

import msgspec
from msgspec.msgpack import Decoder

from panstore.connectors.typst.config import TypstSettings
from panstore.connectors.typst.frames import (
    Failed,
    Job,
    Made,
    Opening,
    Ready,
    Refused,
    frame,
    read,
)
from panstore.model.document import Document, Language
from panstore.sdk.document_roles import Page
from panstore.sdk.errors import RejectedError, UnavailableError

__all__ = ["PageProcess"]

_T = TypeVar("_T")

log = logging.getLogger(__name__)

_OPERATION = "make a page"
_WORKER = "panstore.connectors.typst.worker"
_ANSWER_S = 60.0
_IDLE_S = 300.0
_END_S = 5.0
_MARGIN_S = 10
_MOST_FAILURES = 2
_READY = Decoder(Ready)
_ANSWERS: Decoder[Made | Refused | Failed] = Decoder(Made | Refused | Failed)
_GONE = (OSError, EOFError, TimeoutError, ValueError, msgspec.MsgspecError)
_PLACE = re.compile(
    r"Fatal Python error|thread '.*' .*panicked at \S+$|\s+File \".*\", line \d+(, | )in \S+$"
)
"""Lines that say where it broke; the others may hold words of a document."""


class PageProcess:
    """Makes pages in a process of its own, one at a time.

    Args:
        connection: name of the connection, for errors.
        answer_s: longest time for a page, and for the process to begin.
        idle_s: after so long without a page it is ended.
    """

    def __init__(
        self,
        connection: str,
        settings: TypstSettings,
        *,
        answer_s: float = _ANSWER_S,
        idle_s: float = _IDLE_S,
    ) -> None:
        self._connection = connection
        self._opening = Opening(connection, settings.model_dump_json(), int(answer_s) + _MARGIN_S)
        self._answer_s = answer_s
        self._idle_s = idle_s
        self._turn = asyncio.Lock()
        self._child: _Child | None = None
        self._resting: asyncio.Task[None] | None = None
        self._failures: dict[tuple[str, str], int] = {}

    @property
    def pid(self) -> int | None:
        """Of the process, None while there is none."""
        return None if self._child is None or self._child.ended else self._child.process.pid

    async def make(self, document: Document, language: Language) -> Page:
        """The document as a PDF.

        Raises:
            RejectedError: it cannot be shown, or the process broke twice over it (`code`
                "unprintable").
            UnavailableError: the process broke, or was not to be begun.
        """
        job = frame(Job(document, language))
        async with self._turn:
            self._stay()
            child = await self._begun()
            try:
                answer = await self._ask(child, job, _ANSWERS)
            except _GONE as error:
                raise self._failed(document, await self._broken(error)) from error
            except BaseException:
                # Somebody else would read the answer to this.
                await self._kill()
                raise
            self._resting = asyncio.create_task(self._rest())
        if isinstance(answer, Failed):
            raise self._failed(document, answer.where)
        self._failures.pop((document.kind, document.id), None)
        if isinstance(answer, Refused):
            raise RejectedError(self._connection, _OPERATION, answer.what, code=answer.code)
        return answer.page

    async def close(self) -> None:
        """Ends the process; a page that is being made is made."""
        async with self._turn:
            self._stay()
            await self._end()

    async def _begun(self) -> _Child:
        if self._child is not None and self._child.ended:
            log.warning("%s: %s while it had nothing to do", self._connection, self._child.end())
            await self._kill()
        if self._child is not None:
            return self._child
        try:
            self._child = await _Child.begin(self._connection)
            await self._ask(self._child, frame(self._opening), _READY)
        except _GONE as error:
            why = await self._broken(error)
            what = f"the process that makes pages could not be begun ({why}), so no page was made"
            raise UnavailableError(self._connection, _OPERATION, what) from error
        except BaseException:
            await self._kill()
            raise
        return self._child

    async def _ask(self, child: _Child, message: bytes, answers: Decoder[_T]) -> _T:
        async with asyncio.timeout(self._answer_s):
            return answers.decode(await child.exchange(message))

    async def _broken(self, error: Exception) -> str:
        """Ends what is left of the process; what happened to it, in words."""
        child, slow = self._child, isinstance(error, TimeoutError)
        if child is None:
            return str(error)
        if not slow:
            # It mostly ends by itself, and then says how.
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(child.process.wait(), _END_S)
        why = f"it did not answer within {self._answer_s:g} s" if slow else child.end()
        await self._kill()
        log.warning("%s: the process that makes pages was lost: %s", self._connection, why)
        return why

    def _failed(self, document: Document, why: str) -> RejectedError | UnavailableError:
        key = (document.kind, document.id)
        failures = self._failures[key] = self._failures.get(key, 0) + 1
        what = f"the process that makes pages failed ({why}), so no page was made"
        if failures < _MOST_FAILURES:
            return UnavailableError(self._connection, _OPERATION, what)
        del self._failures[key]
        what = f"{what} of {document.number}, for the second time"
        return RejectedError(self._connection, _OPERATION, what, code="unprintable")

    def _stay(self) -> None:
        if self._resting is not None:
            self._resting.cancel()
            self._resting = None

    async def _rest(self) -> None:
        await asyncio.sleep(self._idle_s)
        async with self._turn:
            await self._end()

    async def _end(self) -> None:
        if self._child is not None:
            self._child.asked.close()
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(self._child.process.wait(), _END_S)
        await self._kill()

    async def _kill(self) -> None:
        child, self._child = self._child, None
        if child is not None:
            with contextlib.suppress(ProcessLookupError):
                child.process.kill()
            await child.process.wait()
            await child.saying


class _Child:
    """A process that was begun, and its pipes."""

    def __init__(self, connection: str, process: Process) -> None:
        if process.stdin is None or process.stdout is None or process.stderr is None:
            raise OSError("it has no pipes")
        self.process = process
        self.asked, self._answers = process.stdin, process.stdout
        self.saying = asyncio.create_task(_listen(connection, process.stderr))

    @classmethod
    async def begin(cls, connection: str) -> _Child:
        process = await asyncio.create_subprocess_exec(
            # Not from the folder this was started in, whatever lies there.
            *(sys.executable, "-P", "-m", _WORKER),
            stdin=PIPE,
            stdout=PIPE,
            stderr=PIPE,
            # Ctrl-C is for us: pages that are under way are finished first.
            start_new_session=True,
        )
        return cls(connection, process)

    @property
    def ended(self) -> bool:
        return self.process.returncode is not None

    def end(self) -> str:
        """How it ended, in words."""
        code = self.process.returncode
        if code is None:
            return "it answered nonsense"
        return f"it ended by signal {-code}" if code < 0 else f"it ended with {code}"

    async def exchange(self, message: bytes) -> bytes:
        self.asked.write(message)
        await self.asked.drain()
        return await read(self._answers)


async def _listen(connection: str, said: asyncio.StreamReader) -> None:
    """What it says goes to the log, as far as it can name nobody."""
    withheld = 0
    # By pieces: a line may be longer than a stream's line may.
    rest = b""
    while piece := await said.read(65536):
        *lines, rest = (rest + piece).split(b"\n")
        rest = rest[-65536:]
        withheld += sum(not _told(connection, line) for line in lines)
    withheld += not _told(connection, rest)
    if withheld:
        words = "%s: the process that makes pages said %d lines that may name people: not shown"
        log.warning(words, connection, withheld)


def _told(connection: str, line: bytes) -> bool:
    text = line.decode("utf-8", "replace").rstrip()
    place = _PLACE.match(text) is not None
    if place:
        log.warning("%s: the process that makes pages says: %s", connection, text[:300])
    return place or not text
