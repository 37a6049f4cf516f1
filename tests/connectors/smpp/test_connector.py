"""SMS over SMPP: taken, refused, later or in doubt; receipts are kept, then acknowledged."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator, Callable, Sequence

import pytest
import smpp34
from pydantic import SecretStr

from panstore.connectors.smpp.config import SmppSettings
from panstore.connectors.smpp.connector import SmppConnector
from panstore.demo.smsc import Network
from panstore.model.ids import ConnectionId
from panstore.model.message import Receipt, Text
from panstore.sdk.errors import (
    AuthError,
    OutcomeUnknownError,
    RateLimitedError,
    RejectedError,
    UnavailableError,
)
from panstore.sdk.gsm7 import encoding_of, parts_of
from tests.connectors.smpp.smsc import BIND, DELIVER, ENQUIRE, SUBMIT, UNBIND, RawSmsc, pdu
from tests.connectors.sms_http.kannel import free_port

NUMBER = "+38640123456"


def text(words: str, key: str = "shop/1/sms/dispatched") -> Text:
    encoding = encoding_of(words)
    return Text(key, NUMBER, words, encoding, len(parts_of(words, encoding)))


def connected(port: int, **values: object) -> SmppConnector:
    given = {"host": "127.0.0.1", "port": port, "user": "pan", "password": "store"}
    settings = SmppSettings.model_validate({
        **given,
        "sender": "PanStore",
        "timeout_s": 2,
        **values,
    })
    return SmppConnector(ConnectionId("sms"), settings)


async def until(condition: Callable[[], bool]) -> None:
    async with asyncio.timeout(10):
        while not condition():  # noqa: ASYNC110 - nobody tells when it is so
            await asyncio.sleep(0.01)


@contextlib.asynccontextmanager
async def hearing(connector: SmppConnector, heard: list[Receipt]) -> AsyncIterator[None]:
    async def take(receipts: Sequence[Receipt]) -> None:
        heard.extend(receipts)

    task = asyncio.create_task(connector.hear(take))
    try:
        yield
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)


@pytest.fixture
async def network() -> AsyncIterator[Network]:
    one = Network(free_port())
    await one.start()
    yield one
    await one.stop()


@pytest.fixture
async def raw() -> AsyncIterator[RawSmsc]:
    async with RawSmsc() as one:
        yield one


async def test_texts_arrive_as_they_were_written_and_receipts_come_back(network: Network) -> None:
    connector = connected(network.port)
    heard: list[Receipt] = []
    async with hearing(connector, heard):
        words = ["Hvala! 5 € [ok] ~", "Naročilo je na poti: š č ž 😀", "Dolgo sporočilo. " * 20]
        sent = [await connector.send_text(text(one)) for one in words]
        await until(lambda: len(heard) == 3)
    assert [one.text for one in network.messages] == [*words[:2], words[2]]
    assert [one.parts for one in network.messages] == [1, 1, parts(words[2])]
    assert {(one.sender, one.to) for one in network.messages} == {("PanStore", "38640123456")}
    assert [(one.reference, one.state) for one in heard] == [
        (one.reference, "delivered") for one in sent
    ]
    await connector.close()


def parts(words: str) -> int:
    return len(parts_of(words))


async def test_a_provider_may_cut_long_texts_itself(network: Network) -> None:
    connector = connected(network.port, long_texts="payload")
    await connector.send_text(text("Zelo dolgo sporočilo. " * 20))
    assert (network.submitted, network.messages[0].text) == (1, "Zelo dolgo sporočilo. " * 20)
    await connector.close()


async def test_check_logs_in_and_sends_nothing(network: Network) -> None:
    connector = connected(network.port)
    report = await connector.check()
    assert (report.facts["provider"], report.problems) == ("demo", ())
    assert network.submitted == 0
    await connector.close()
    await connector.close()


async def test_receipts_may_come_late_twice_never_or_say_no(network: Network) -> None:
    connector = connected(network.port)
    heard: list[Receipt] = []
    network.script = ["silent", "twice", "fail"]
    network.release.clear()
    async with hearing(connector, heard):
        sent = [await connector.send_text(text(one)) for one in ("a", "b", "c")]
        assert heard == []
        network.release.set()
        await until(lambda: len(heard) == 3)
    assert sorted((one.reference, one.state) for one in heard) == [
        (sent[1].reference, "delivered"),
        (sent[1].reference, "delivered"),
        (sent[2].reference, "failed"),
    ]
    assert "UNDELIV" in next(one.note for one in heard if one.state == "failed")
    await connector.close()


async def test_what_the_provider_refuses_is_refused_by_its_name(network: Network) -> None:
    connector = connected(network.port)
    network.script = ["refuse", "busy"]
    with pytest.raises(RejectedError) as caught:
        await connector.send_text(text("x"))
    assert caught.value.code == "ESME_RINVDSTADR"
    assert "38640" not in str(caught.value)
    with pytest.raises(RateLimitedError):
        await connector.send_text(text("x"))
    assert (await connector.send_text(text("x"))).reference
    await connector.close()


async def test_a_long_text_that_has_begun_waits_for_a_busy_provider(network: Network) -> None:
    connector = connected(network.port)
    network.script = ["deliver", "busy", "deliver", "deliver"]
    await connector.send_text(text("č" * 150))
    assert [one.text for one in network.messages] == ["č" * 150]
    await connector.close()


async def test_a_long_text_of_which_a_part_is_out_is_in_doubt(network: Network) -> None:
    connector = connected(network.port)
    network.script = ["deliver", "refuse"]
    with pytest.raises(OutcomeUnknownError, match="1 of 3 parts are out"):
        await connector.send_text(text("č" * 150))
    await connector.close()


async def test_nobody_there_means_that_nothing_was_sent() -> None:
    with pytest.raises(UnavailableError):
        await connected(free_port()).send_text(text("x"))


@pytest.mark.parametrize(
    ("status", "kind"), [(0x0E, AuthError), (0x0F, AuthError), (0x05, UnavailableError)]
)
async def test_who_is_not_let_in_is_told_why(
    raw: RawSmsc, status: int, kind: type[Exception]
) -> None:
    raw.bind_status = status
    with pytest.raises(kind) as caught:
        await connected(raw.port).start()
    assert "store" not in str(caught.value)
    assert raw.of(SUBMIT) == []


async def test_a_login_without_an_answer_has_sent_nothing(raw: RawSmsc) -> None:
    raw.silent = True
    with pytest.raises(UnavailableError, match="no answer within"):
        await connected(raw.port, timeout_s=1).send_text(text("x"))
    assert len(raw.of(BIND)) == 1


async def test_a_line_that_breaks_after_the_text_leaves_it_in_doubt(raw: RawSmsc) -> None:
    connector = connected(raw.port)
    raw.answers = [None]
    with pytest.raises(OutcomeUnknownError):
        await connector.send_text(text("x"))
    assert (await connector.send_text(text("y"))).reference == "m2"
    assert len(raw.of(BIND)) == 2
    await connector.close()


async def test_an_answer_that_does_not_come_leaves_it_in_doubt(raw: RawSmsc) -> None:
    connector = connected(raw.port, timeout_s=1)
    raw.answers = [lambda _: b""]
    with pytest.raises(OutcomeUnknownError, match="no answer within"):
        await connector.send_text(text("x"))
    await connector.close()


async def test_a_line_that_is_known_to_be_over_is_opened_again_before(raw: RawSmsc) -> None:
    connector = connected(raw.port)
    await connector.start()
    raw.say(pdu(UNBIND, 0, 9))
    await until(lambda: bool(raw.of(UNBIND | 0x80000000)))
    assert (await connector.send_text(text("x"))).reference
    assert len(raw.of(BIND)) == 2
    await connector.close()
    assert len(raw.of(UNBIND)) == 1


async def test_what_is_not_smpp_ends_the_line(raw: RawSmsc) -> None:
    connector = connected(raw.port)
    await connector.start()
    raw.answers = [lambda _: b"HTTP/1.1 400 Bad Request\r\n\r\n"]
    with pytest.raises(OutcomeUnknownError):
        await connector.send_text(text("x"))
    await connector.close()


async def test_a_negative_acknowledgement_refuses_the_text(raw: RawSmsc) -> None:
    connector = connected(raw.port)
    raw.answers = [lambda sequence: pdu(0x80000000, 0, sequence)]
    with pytest.raises(RejectedError) as caught:
        await connector.send_text(text("x"))
    assert caught.value.code == "ESME_RINVCMDID"
    await connector.close()


async def test_a_system_error_is_tried_again(raw: RawSmsc) -> None:
    connector = connected(raw.port)
    raw.answers = [lambda sequence: pdu(0x80000004, 8, sequence)]
    with pytest.raises(UnavailableError, match="ESME_RSYSERR"):
        await connector.send_text(text("x"))
    await connector.close()


async def test_a_receipt_is_acknowledged_after_it_is_kept(raw: RawSmsc) -> None:
    """What a crash takes away before is given again by the provider."""
    connector = connected(raw.port)
    may = asyncio.Event()
    kept: list[Receipt] = []

    async def take(receipts: Sequence[Receipt]) -> None:
        await may.wait()
        kept.extend(receipts)

    hearing_ = asyncio.create_task(connector.hear(take))
    await until(lambda: bool(raw.of(BIND)))
    receipt = smpp34.DeliverSm(
        "386401", "PAN", b"id:m1 stat:DELIVRD", esm_class=4, sequence_number=77
    )
    answer = smpp34.DeliverSm("386401", "PAN", b"STOP", sequence_number=78)
    raw.say(receipt.encode() + answer.encode() + pdu(ENQUIRE, 0, 79) + pdu(0x33, 0, 80))
    await until(lambda: len(raw.got) == 4)
    # The buyer's answer, the look at the line and what is not known have their answers already.
    assert [(one[0], one[2]) for one in raw.got[1:]] == [
        (DELIVER | 0x80000000, 78),
        (ENQUIRE | 0x80000000, 79),
        (0x80000000, 80),
    ]
    may.set()
    await until(lambda: len(raw.got) == 5)
    assert (raw.got[-1][0], raw.got[-1][2]) == (DELIVER | 0x80000000, 77)
    assert kept == [Receipt("m1", "delivered")]
    raw.hang_up()
    with pytest.raises(UnavailableError):
        await hearing_
    await connector.close()


async def test_an_idle_line_is_tried(raw: RawSmsc) -> None:
    settings = SmppSettings.model_validate({
        "host": "127.0.0.1",
        "port": raw.port,
        "user": "pan",
        "password": "store",
        "sender": "PanStore",
    })
    connector = SmppConnector(ConnectionId("sms"), settings.model_copy(update={"enquire_s": 0.05}))
    await connector.start()
    await until(lambda: len(raw.of(ENQUIRE)) >= 2)
    await connector.close()


async def test_many_at_once_share_one_line(network: Network) -> None:
    connector = connected(network.port)
    sent = await asyncio.gather(*(connector.send_text(text(f"text {n}")) for n in range(20)))
    assert len({one.reference for one in sent}) == 20
    assert {one.text for one in network.messages} == {f"text {n}" for n in range(20)}
    await connector.close()


def test_secrets_are_not_shown() -> None:
    connector = connected(1, password=SecretStr("hush"))
    assert "hush" not in repr(connector)
