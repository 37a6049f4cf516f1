"""A provider of SMS as PanStore sees it: it takes texts and tells what became of them."""

from __future__ import annotations

import asyncio

from panstore.connectors.smpp.client import Answer, Heard, Session, open_session
from panstore.connectors.smpp.config import SmppSettings
from panstore.connectors.smpp.map import Part, parts, reference_of, submit_pdu
from panstore.connectors.smpp.wire import refusal_of
from panstore.model.ids import ConnectionId
from panstore.model.message import Sent, Text
from panstore.sdk import Capabilities, ConnectorSpec, Report
from panstore.sdk.errors import (
    OutcomeUnknownError,
    RateLimitedError,
    RejectedError,
    RemoteError,
    UnavailableError,
)
from panstore.sdk.message_roles import TakeReceipts

__all__ = ["SmppConnector", "connector"]

_AT_ONCE = 100
_PAUSES_S = (1.0, 2.0, 4.0)
_SEND = "send SMS"


class SmppConnector:
    """Plays `SendTexts` and `HearReceipts` on one bound line that both share."""

    def __init__(self, id: ConnectionId, settings: SmppSettings) -> None:  # noqa: A002 - the role's word
        self._id = id
        self._settings = settings
        self._session: Session | None = None
        self._opening: asyncio.Lock | None = None

    @property
    def id(self) -> ConnectionId:
        return self._id

    @property
    def capabilities(self) -> Capabilities:
        return Capabilities()

    async def start(self) -> None:
        await self._line()

    async def check(self) -> Report:
        session = await self._line()
        settings = self._settings
        facts = {
            "provider": session.system_id or f"{settings.host}:{settings.port}",
            "encrypted": "yes" if settings.tls else "no",
            "sender": settings.sender,
        }
        return Report(facts)

    async def close(self) -> None:
        session, self._session = self._session, None
        if session is not None and session.loop is asyncio.get_running_loop():
            await session.close()

    async def send_text(self, text: Text) -> Sent:
        pieces = parts(text, self._settings)
        session = await self._line()
        message_id = ""
        for place, piece in enumerate(pieces):
            try:
                answer = await self._submit(session, piece, text.recipient, again=place > 0)
                if answer.status:
                    raise self._refused(answer.status)
            except RemoteError as error:
                if place == 0:
                    raise
                what = f"{place} of {len(pieces)} parts are out, then: {error.what}"
                raise OutcomeUnknownError(self._id, _SEND, what) from None
            message_id = answer.body.split(b"\0")[0].decode("latin-1")
        return Sent(reference_of(message_id, self._settings) if message_id else "")

    async def hear(self, take: TakeReceipts) -> None:
        session = await self._line()
        while True:
            heard = [await session.heard.get()]
            while not session.heard.empty() and len(heard) < _AT_ONCE:
                heard.append(session.heard.get_nowait())
            some = [one for one in heard if isinstance(one, Heard)]
            if some:
                await take([one.receipt for one in some])
                await session.acknowledge([one.sequence for one in some])
            if None in heard:
                raise UnavailableError(self._id, "hear receipts", "the line was lost")

    async def _line(self) -> Session:
        """The bound line, opened where there is none."""
        loop = asyncio.get_running_loop()
        if self._opening is None or (self._session is not None and self._session.loop is not loop):
            # The line of a loop that is over went with it.
            self._opening, self._session = asyncio.Lock(), None
        async with self._opening:
            if self._session is None or not self._session.is_open:
                old, self._session = self._session, None
                if old is not None:
                    await old.close()
                self._session = await open_session(self._id, self._settings)
            return self._session

    async def _submit(
        self, session: Session, piece: Part, recipient: str, *, again: bool
    ) -> Answer:
        """Hand a part over; of a text that has begun, once more if the provider is too busy."""
        pauses = iter(_PAUSES_S if again else ())
        while True:
            answer = await session.submit(
                lambda number: submit_pdu(piece, recipient, self._settings, number)
            )
            pause = next(pauses, None)
            if pause is None or not answer.status or refusal_of(answer.status).kind != "slower":
                return answer
            await asyncio.sleep(pause)

    def _refused(self, status: int) -> RemoteError:
        refusal = refusal_of(status)
        if refusal.kind == "slower":
            return RateLimitedError(self._id, _SEND, None)
        if refusal.kind == "later":
            what = f"the provider takes nothing now ({refusal.name})"
            return UnavailableError(self._id, _SEND, what)
        what = f"the provider refuses it ({refusal.name})"
        return RejectedError(self._id, _SEND, what, code=refusal.name)

    def __repr__(self) -> str:
        return f"SmppConnector({self._id}, {self._settings.host}:{self._settings.port})"


connector = ConnectorSpec(
    id="smpp", title="SMS by SMPP 3.4", kind="sms", settings=SmppSettings, open=SmppConnector
)
