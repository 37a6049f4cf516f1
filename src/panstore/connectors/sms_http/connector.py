"""A provider or gateway with an HTTP interface: it takes texts, and calls us with receipts."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from typing import ClassVar, Literal

from panstore.connectors.sms_http.client import HttpSmsClient
from panstore.connectors.sms_http.config import HttpSmsSettings
from panstore.connectors.sms_http.map import (
    answer_of,
    delivery_id,
    is_ours,
    outgoing,
    receipts_of,
    words_of,
)
from panstore.connectors.sms_http.wire import is_good, refusal
from panstore.model.ids import ConnectionId
from panstore.model.message import Sent, Text
from panstore.sdk import Capabilities, ConnectorSpec, Report
from panstore.sdk.errors import ForgedError, OutcomeUnknownError, RejectedError
from panstore.sdk.roles import Delivery

__all__ = ["HttpSmsConnector", "connector"]

_SEND = "send SMS"


class HttpSmsConnector:
    """Plays `SendTexts` and, for receipts, `ReceiveQueries`."""

    takes_queries: ClassVar[Literal[True]] = True

    def __init__(self, id: ConnectionId, settings: HttpSmsSettings) -> None:  # noqa: A002 - the role's word
        self._id = id
        self._settings = settings
        self._client = HttpSmsClient(id, settings)

    @property
    def id(self) -> ConnectionId:
        return self._id

    @property
    def capabilities(self) -> Capabilities:
        return Capabilities()

    async def start(self) -> None:
        """Nothing: each call brings user and password."""

    async def check(self) -> Report:
        """Only whether somebody listens: providers have no call that sends nothing."""
        await self._client.look()
        settings = self._settings
        heard = "no" if settings.callback_url is None else f"at {settings.callback_url}"
        facts = {"address": f"{settings.url.host}:{settings.url.port}", "receipts": heard}
        return Report(facts)

    async def close(self) -> None:
        await self._client.close()

    async def send_text(self, text: Text) -> Sent:
        settings = self._settings
        answer = await self._client.send(outgoing(text, settings))
        if not is_good(answer.status):
            raise refusal(self._id, answer.status, answer.body, answer.retry_after, settings.later)
        said = answer_of(text, answer.body, settings)
        if isinstance(said, Sent):
            return said
        words = words_of(answer.body) or "nothing"
        if said == "refused":
            raise RejectedError(self._id, _SEND, f"the provider says: {words}", code="refused")
        what = f"the provider's answer fits neither `taken` nor `refused`: {words}"
        raise OutcomeUnknownError(self._id, _SEND, what)

    def receive(self, headers: Mapping[str, str], body: bytes, now: dt.datetime) -> Delivery:
        del now
        query = headers.get(":query", "")
        if not is_ours(query, self._settings):
            what = "it does not have our callback_secret as `secret` in its address"
            raise ForgedError(self._id, "hear a receipt", what)
        try:
            found = receipts_of(query, body, self._settings)
        except ValueError as error:
            what = f"it has our secret, but cannot be read ({type(error).__name__})"
            raise ForgedError(self._id, "hear a receipt", what) from error
        return Delivery(delivery_id(found), (), wake=False, receipts=found)

    def __repr__(self) -> str:
        return f"HttpSmsConnector({self._id}, {self._settings.url.host})"


connector = ConnectorSpec(
    id="sms_http",
    title="SMS by HTTP (Kannel and others)",
    kind="sms",
    settings=HttpSmsSettings,
    open=HttpSmsConnector,
)
