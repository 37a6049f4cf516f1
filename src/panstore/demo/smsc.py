"""The demo's mobile network: takes every SMS over SMPP, and says that it was delivered.

Each SMS is a line of JSON in a file: `at`, `from`, `to`, `text` (parts put together), `parts`,
`encoding`, `ids` (one per part, as given to the sender), `sent_by`.
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import datetime as dt
import json
import os
import signal
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal, cast

import smpp34

from panstore.model.message import TextEncoding
from panstore.sdk.gsm7 import decode

__all__ = ["Network", "Sms", "main", "serve"]

_UDH = 0x40
_RECEIPT = 0x04
_UCS2 = 8
_SPLIT_8, _SPLIT_16 = b"\x05\x00\x03", b"\x06\x08\x04"
_STATES = {"deliver": ("DELIVRD", "001"), "fail": ("UNDELIV", "000")}

Behaviour = Literal["deliver", "fail", "silent", "twice", "hold", "refuse", "busy"]
"""`silent`: taken, and no receipt. `hold`: never answered. `busy`: asks to slow down."""


@dataclass(frozen=True)
class Sms:
    """One SMS, its parts put together."""

    sender: str
    to: str
    text: str
    parts: int
    encoding: TextEncoding
    ids: tuple[str, ...]
    sent_by: str
    at: str

    def line(self) -> str:
        """As a line of the log."""
        values = {
            "at": self.at,
            "from": self.sender,
            "to": self.to,
            "text": self.text,
            "parts": self.parts,
            "encoding": self.encoding,
            "ids": list(self.ids),
            "sent_by": self.sent_by,
        }
        return json.dumps(values, ensure_ascii=False) + "\n"


@dataclass
class _Whole:
    """Parts of one SMS that have come so far, by their place."""

    parts: dict[int, tuple[str, str]] = field(default_factory=dict)


class Network:
    """A network on 127.0.0.1 that takes SMS.

    Args:
        port: to listen on.
        log: file to which each SMS is added, or None.
        prefix: of the ids it gives; a network never gives one twice.

    Attributes:
        messages: all SMS that came whole, oldest first.
        submitted: how many parts came, whatever was answered.
        behaviour: what it does with the next ones; `script` has those before.
        release: what it waits for before receipts go out; set to let them.
    """

    def __init__(self, port: int, log: Path | None = None, *, prefix: str = "") -> None:
        self.port = port
        self._log = log
        self._prefix = prefix
        self._server = smpp34.Server("127.0.0.1", port, system_id="demo")
        self._esmes: dict[str, Any] = {}
        self._halves: dict[tuple[str, str, str, bytes], _Whole] = {}
        self._held: list[Any] = []
        self._tasks: set[asyncio.Task[None]] = set()
        self._count = 0
        self.messages: list[Sms] = []
        self.submitted = 0
        self.behaviour: Behaviour = "deliver"
        self.script: list[Behaviour] = []
        self.release = asyncio.Event()
        self.release.set()

    async def start(self) -> None:
        """Listen, and answer from now on."""
        await self._server.start()
        self._start(self._serve())

    async def stop(self) -> None:
        """End all connections."""
        for task in tuple(self._tasks):
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        self._held.clear()
        await self._server.stop()

    async def receipt(self, id_: str, state: Literal["deliver", "fail"] = "deliver") -> None:
        """Say once more what became of a part."""
        sms = next(one for one in self.messages if id_ in one.ids)
        await self._tell(sms.sender, sms.to, id_, state)

    def _start(self, work: Any) -> None:
        task = asyncio.ensure_future(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _serve(self) -> None:
        while True:
            event = await self._server.next()
            match event:
                case smpp34.Esme():
                    self._esmes[event.session_id] = event
                case smpp34.SubmitSmEvent():
                    self._take(event)
                case _:
                    self._esmes.pop(event.session_id, None)

    def _take(self, event: Any) -> None:
        self.submitted += 1
        does = self.script.pop(0) if self.script else self.behaviour
        if does == "hold":
            # Whoever drops such an event answers it.
            self._held.append(event)
            return
        if does in {"refuse", "busy"}:
            status = "ESME_RINVDSTADR" if does == "refuse" else "ESME_RTHROTTLED"
            event.reject(getattr(smpp34, status))
            return
        self._count += 1
        id_ = f"{self._prefix}{self._count}"
        event.accept(id_)
        self._keep(event, id_)
        wanted = bool(event.registered_delivery & 1)
        if wanted and does != "silent":
            state: Literal["deliver", "fail"] = "fail" if does == "fail" else "deliver"
            for _ in range(2 if does == "twice" else 1):
                self._start(self._later(event, id_, state))

    def _keep(self, event: Any, id_: str) -> None:
        body = _body(event)
        reference, place, total = b"", 1, 1
        if event.esm_class & _UDH:
            size = body[0] + 1
            head, body = body[:size], body[size:]
            if head.startswith((_SPLIT_8, _SPLIT_16)):
                reference, total, place = head[3:-2], head[-2], head[-1]
        encoding: TextEncoding = "ucs2" if event.data_coding == _UCS2 else "gsm7"
        key = (event.session_id, event.source_addr, event.destination_addr, reference)
        whole = self._halves.setdefault(key, _Whole())
        whole.parts[place] = (decode(body, encoding), id_)
        if len(whole.parts) < total:
            return
        del self._halves[key]
        parts = [whole.parts[number] for number in sorted(whole.parts)]
        esme = self._esmes.get(event.session_id)
        sms = Sms(
            sender=event.source_addr,
            to=event.destination_addr,
            text="".join(text for text, _ in parts),
            parts=total,
            encoding=encoding,
            ids=tuple(one for _, one in parts),
            sent_by="" if esme is None else esme.system_id,
            at=dt.datetime.now(dt.UTC).isoformat(timespec="milliseconds"),
        )
        self.messages.append(sms)
        if self._log is not None:
            with self._log.open("a", encoding="utf-8") as file:
                file.write(sms.line())

    async def _later(self, event: Any, id_: str, state: Literal["deliver", "fail"]) -> None:
        await self.release.wait()
        await self._tell(event.source_addr, event.destination_addr, id_, state)

    async def _tell(
        self, sender: str, to: str, id_: str, state: Literal["deliver", "fail"]
    ) -> None:
        """Give a receipt to a sender that is connected; the others miss it."""
        word, done = _STATES[state]
        when = dt.datetime.now(dt.UTC).strftime("%y%m%d%H%M")
        text = (
            f"id:{id_} sub:001 dlvrd:{done} submit date:{when} done date:{when}"
            f" stat:{word} err:000 text:"
        )
        for esme in list(self._esmes.values()):
            if not esme.can_receive:
                continue
            with contextlib.suppress(smpp34.SmppError):
                await esme.deliver_sm(
                    sender,
                    text.encode("ascii"),
                    source_addr=to,
                    esm_class=_RECEIPT,
                    tlvs=[smpp34.Tlv(_tag("TLV_RECEIPTED_MESSAGE_ID"), id_.encode() + b"\0")],
                )
                return


def _tag(name: str) -> int:
    return cast("int", getattr(smpp34, name))


def _body(event: Any) -> bytes:
    payload = [tlv.value for tlv in event.tlvs if tlv.tag == _tag("TLV_MESSAGE_PAYLOAD")]
    return bytes(payload[0] if payload else event.short_message)


async def serve(port: int, log: Path, ready: Callable[[], None] = lambda: None) -> None:
    """Take SMS on 127.0.0.1 until the process is told to end."""
    loop, ended = asyncio.get_running_loop(), asyncio.Event()
    for name in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(name, ended.set)
    prefix = dt.datetime.now(dt.UTC).strftime("%y%m%d%H%M%S-")
    network = Network(port, log, prefix=prefix)
    await network.start()
    ready()
    try:
        await ended.wait()
    finally:
        await network.stop()


def main(arguments: Sequence[str] | None = None) -> int:
    """`python -m panstore.demo.smsc`; the exit code."""
    parser = argparse.ArgumentParser(prog="panstore.demo.smsc", description=__doc__)
    parser.add_argument("--port", type=int, required=True)
    parser.add_argument("--log", type=Path, required=True)
    given = parser.parse_args(arguments)
    os.umask(0o077)
    given.log.touch()
    asyncio.run(serve(given.port, given.log))
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
