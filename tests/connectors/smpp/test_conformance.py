"""The SMPP connector before the suite, with an SMSC that does what it is told octet by octet."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest
import smpp34

from panstore.connectors.smpp.config import SmppSettings
from panstore.connectors.smpp.connector import SmppConnector
from panstore.model.ids import ConnectionId
from panstore.model.message import TextEncoding
from panstore.sdk.gsm7 import decode
from panstore.testing.suites import SendTextsSuite, SmsTrouble, TakenSms
from tests.connectors.smpp.smsc import SUBMIT, RawSmsc, pdu

_NOT_TAKEN = 0x80000004


class SmppHarness:
    """An SMSC and the connector that is bound to it."""

    def __init__(self, smsc: RawSmsc) -> None:
        self.smsc = smsc
        settings = SmppSettings.model_validate({
            "host": "127.0.0.1",
            "port": smsc.port,
            "user": "pan",
            "password": "store",
            "sender": "PanStore",
            "timeout_s": 1,
        })
        self.connector = SmppConnector(ConnectionId("sms"), settings)
        self._not_taken: set[int] = set()

    def disturb_sms(self, what: SmsTrouble) -> None:
        match what:
            case "refused":
                self.smsc.answers = [lambda number: self._no(number, 0x0B)]
            case "later":
                self.smsc.answers = [lambda number: self._no(number, 0x58)]
            case "breaks_before":
                self.smsc.busy = 1
            case "breaks_after":
                self.smsc.answers = [None]
            case "silent_after":
                self.smsc.answers = [lambda _: b""]

    def taken(self) -> list[TakenSms]:
        found: dict[tuple[str, bytes], list[str]] = {}
        for place, (command, _, number, body) in enumerate(self.smsc.of(SUBMIT), start=1):
            read = smpp34.decode(pdu(command, 0, number, body))
            assert isinstance(read, smpp34.SubmitSm)
            if place in self._not_taken:
                continue
            encoding: TextEncoding = "ucs2" if read.data_coding == 8 else "gsm7"
            octets = read.short_message
            mark = str(place).encode()
            if read.esm_class & 0x40:
                mark, octets = octets[3:4], octets[6:]
            found.setdefault((read.destination_addr, mark), []).append(decode(octets, encoding))
        return [TakenSms(to, "".join(parts)) for (to, _), parts in found.items()]

    def _no(self, number: int, status: int) -> bytes:
        self._not_taken.add(len(self.smsc.of(SUBMIT)))
        return pdu(_NOT_TAKEN, status, number)


class TestSmpp(SendTextsSuite):
    @pytest.fixture
    async def harness(self) -> AsyncIterator[SmppHarness]:
        async with RawSmsc() as smsc:
            one = SmppHarness(smsc)
            yield one
            await one.connector.close()
