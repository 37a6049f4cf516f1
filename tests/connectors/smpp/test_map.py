"""A text as SMPP requests, a delivery as a receipt."""

from __future__ import annotations

from typing import Any

import pytest
import smpp34
from pydantic import ValidationError

from panstore.connectors.smpp.config import SmppSettings
from panstore.connectors.smpp.map import (
    parts,
    receipt_of,
    reference_of,
    submit_pdu,
)
from panstore.connectors.smpp.wire import refusal_of
from panstore.model.message import Receipt, Text
from panstore.sdk.gsm7 import encoding_of, parts_of


def settings(**values: Any) -> SmppSettings:
    given = {"host": "h", "user": "pan", "password": "store", "sender": "PanStore"}
    return SmppSettings.model_validate({**given, **values})


def text(words: str) -> Text:
    encoding = encoding_of(words)
    return Text("k", "+38640123456", words, encoding, len(parts_of(words, encoding)))


def sent(words: str, **values: Any) -> smpp34.SubmitSm:
    chosen = settings(**values)
    read = smpp34.decode(submit_pdu(parts(text(words), chosen)[0], "+38640123456", chosen, 7))
    assert isinstance(read, smpp34.SubmitSm)
    return read


def test_a_short_text_is_one_request_that_asks_for_a_receipt() -> None:
    read = sent("5 €")
    assert (read.short_message, read.data_coding, read.esm_class) == (b"5 \x1be", 0, 0)
    assert (read.registered_delivery, read.sequence_number) == (1, 7)
    assert (read.destination_addr, read.dest_addr_ton, read.dest_addr_npi) == ("38640123456", 1, 1)
    assert sent("č").short_message == b"\x01\x0d"
    assert sent("č").data_coding == 8
    assert sent("é£", alphabet="latin1").short_message == b"\xe9\xa3"


@pytest.mark.parametrize(
    ("sender", "kind"),
    [("PanStore", (5, 0)), ("+38640999888", (1, 1)), ("38640999888", (1, 1)), ("2929", (3, 0))],
)
def test_the_sender_is_of_its_kind(sender: str, kind: tuple[int, int]) -> None:
    read = sent("x", sender=sender)
    assert (read.source_addr_ton, read.source_addr_npi) == kind
    assert read.source_addr == sender.lstrip("+")
    own = sent("x", sender=sender, sender_ton=2, sender_npi=8)
    assert (own.source_addr_ton, own.source_addr_npi) == (2, 8)


def test_a_long_text_has_numbered_parts_of_which_the_last_asks_for_a_receipt() -> None:
    found = parts(text("č" * 150), settings())
    assert [one.body[:3] for one in found] == [b"\x05\x00\x03"] * 3
    assert len({one.body[3] for one in found}) == 1
    assert [tuple(one.body[4:6]) for one in found] == [(3, 1), (3, 2), (3, 3)]
    assert [one.receipt for one in found] == [False, False, True]
    assert all(one.esm_class == 0x40 and len(one.body) <= 140 for one in found)


def test_a_provider_that_cuts_itself_gets_it_whole() -> None:
    read = sent("č" * 150, long_texts="payload")
    assert read.short_message == b""
    assert [(tlv.tag, len(tlv.value)) for tlv in read.tlvs] == [(0x0424, 300)]
    assert sent("short", long_texts="payload").short_message == b"short"


def delivery(
    said: str = "", *, esm_class: int = 4, tlvs: tuple[tuple[int, bytes], ...] = ()
) -> Any:
    made = [smpp34.Tlv(tag, value) for tag, value in tlvs]
    return smpp34.DeliverSm("1", "2", said.encode(), esm_class=esm_class, tlvs=made)


@pytest.mark.parametrize(
    ("pdu", "receipt"),
    [
        (delivery("id:a1 sub:001 stat:DELIVRD err:000"), Receipt("a1", "delivered")),
        (
            delivery("ID: a1 STAT: UNDELIV ERR: 012 text:x"),
            Receipt("a1", "failed", "the network says UNDELIV, error 12"),
        ),
        (delivery("id:a1 stat:EXPIRED"), Receipt("a1", "failed", "the network says EXPIRED")),
        (delivery("id:a1 stat:ENROUTE"), Receipt("a1", "underway", "the network says ENROUTE")),
        (
            delivery(tlvs=((0x001E, b"b2\0"), (0x0427, b"\x02"))),
            Receipt("b2", "delivered"),
        ),
        (
            delivery(tlvs=((0x0424, b"id:c3 stat:REJECTD"),)),
            Receipt("c3", "failed", "the network says REJECTD"),
        ),
        (
            delivery("id:a1 stat:MAYBE", tlvs=((0x0427, b"\x08"),)),
            Receipt("a1", "failed", "the network says REJECTD"),
        ),
        (delivery("id:a1 stat:MAYBE"), None),
        (delivery("stat:DELIVRD"), None),
        (delivery("id:a1 stat:DELIVRD", esm_class=0), None),
    ],
)
def test_a_delivery_is_read(pdu: smpp34.DeliverSm, receipt: Receipt | None) -> None:
    assert receipt_of(pdu, settings()) == receipt


def test_ids_in_two_notations_are_the_same() -> None:
    decimal = settings(receipt_ids="decimal")
    assert reference_of("1F", settings()) == "1F"
    assert reference_of("1F", decimal) == "31"
    assert reference_of("no-digits", decimal) == "no-digits"
    heard = receipt_of(delivery("id:0000000031 stat:DELIVRD"), decimal)
    assert heard is not None
    assert heard.reference == "31"
    other = receipt_of(delivery("id:x31 stat:DELIVRD"), decimal)
    assert other is not None
    assert other.reference == "x31"


def test_statuses_mean_what_the_standard_says() -> None:
    said = {status: refusal_of(status) for status in (0x58, 0x14, 0x08, 0x0B, 0x411)}
    assert [one.kind for one in said.values()] == ["slower", "slower", "later", "never", "never"]
    assert said[0x411].name == "0x00000411"


@pytest.mark.parametrize(
    "values",
    [
        {"sender": "Too long a name"},
        {"sender": "š"},
        {"sender": "12"},
        {"password": "žnotshown"},
        {"user": "ž"},
        {"enquire_s": 1},
        {"colour": "red"},
    ],
)
def test_settings_that_cannot_work_are_refused_without_showing_them(values: dict[str, Any]) -> None:
    with pytest.raises(ValidationError) as caught:
        settings(**values)
    assert "notshown" not in str(caught.value)
