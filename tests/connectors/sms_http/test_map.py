"""A text as an HTTP call, its answer, and receipts in every dress."""

from __future__ import annotations

import datetime as dt
import json
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from pydantic import ValidationError

from panstore.connectors.sms_http.config import HttpSmsSettings
from panstore.connectors.sms_http.connector import HttpSmsConnector
from panstore.connectors.sms_http.map import (
    answer_of,
    delivery_id,
    is_ours,
    outgoing,
    receipts_of,
    words_of,
)
from panstore.model.ids import ConnectionId
from panstore.model.message import Receipt, Sent, Text
from panstore.sdk.errors import ForgedError

SECRET = "a-secret-of-the-callback"
NOW = dt.datetime(2026, 11, 24, 12, tzinfo=dt.UTC)
TEXT = Text("shop/1/sms/paid//d/0", "+38640123456", "č & {key}", "ucs2", 1)
CALLBACK = {"callback_url": "https://pan.example.com/hooks/sms", "callback_secret": SECRET}


def settings(**values: Any) -> HttpSmsSettings:
    given = {"url": "http://sms.example.com/send", "query": {"to": "{to}", "text": "{text}"}}
    return HttpSmsSettings.model_validate({**given, **values})


def kannel(**values: Any) -> HttpSmsSettings:
    given = {
        "preset": "kannel",
        "url": "http://127.0.0.1:13013/cgi-bin/sendsms",
        "user": "pan",
        "password": "store",
        "sender": "PanStore",
        **CALLBACK,
    }
    return HttpSmsSettings.model_validate({**given, **values})


def test_kannel_is_spoken_to_by_its_preset() -> None:
    query = outgoing(TEXT, kannel()).query
    callback = query.pop("dlr-url")
    assert query == {
        "username": "pan",
        "password": "store",
        "from": "PanStore",
        "to": "+38640123456",
        "text": "č & {key}",
        "charset": "UTF-8",
        "coding": "2",
        "dlr-mask": "31",
    }
    given = parse_qs(urlsplit(callback).query)
    assert (given["secret"], given["state"]) == ([SECRET], ["%d"])
    asked = urlsplit(callback.replace("%d", "1")).query
    assert is_ours(asked, kannel())
    assert receipts_of(asked, b"", kannel()) == (Receipt(TEXT.key, "delivered"),)
    plain = Text("k", "+386", "c", "gsm7", 1)
    assert outgoing(plain, kannel()).query["coding"] == "0"


def test_a_preset_can_be_added_to_and_receipts_left_out() -> None:
    bare = kannel(callback_url=None, callback_secret=None, query={"smsc": "one", "from": "Other"})
    query = outgoing(TEXT, bare).query
    assert "dlr-url" not in query
    assert (query["smsc"], query["from"]) == ("one", "Other")


def test_answers_are_told_apart() -> None:
    assert answer_of(TEXT, "0: Accepted for delivery", kannel()) == Sent(
        TEXT.key, "0: Accepted for delivery"
    )
    assert answer_of(TEXT, "3: Queued for later delivery", kannel()) != "refused"
    assert answer_of(TEXT, "5: No", kannel()) == "refused"
    assert answer_of(TEXT, "<html>", kannel()) == "unknown"
    assert answer_of(TEXT, "anything", settings()) == Sent(TEXT.key, "anything")
    found = settings(taken="ok", reference='"id":"([^"]+)"')
    assert answer_of(TEXT, 'ok "id":"x-1"', found) == Sent("x-1", 'ok "id":"x-1"')
    assert answer_of(TEXT, "ok", found) == Sent("", "ok")
    hashed = settings(
        reference="hash",
        form={"ref": "{hash}"},
        query={},
        json_body={},
        headers={
            "X-To": "{to_digits}",
            "X-Text": "{text}",
        },
    )
    made = outgoing(TEXT, hashed)
    sent = answer_of(TEXT, "", hashed)
    assert isinstance(sent, Sent)
    assert (sent.reference, made.headers["X-To"]) == (made.form["ref"], "38640123456")


def test_answers_are_shown_without_numbers_and_not_at_length() -> None:
    assert words_of("no such\n number +386 40 123 456.") == "no such number …."
    assert len(words_of("x" * 500)) == 121


def test_a_callback_by_hash_brings_the_hash() -> None:
    chosen = settings(
        query={"to": "{to}", "text": "{text}", "cb": "{callback}"},
        reference="hash",
        **{
            **CALLBACK,
            "callback_url": "https://pan.example.com/hooks/sms?x=1",
            "receipts": {"reference": "key"},
        },
    )
    asked = urlsplit(outgoing(TEXT, chosen).query["cb"].replace("%d", "delivered")).query
    [receipt] = receipts_of(asked, b"", chosen)
    assert (
        receipt.reference
        == outgoing(TEXT, settings(query={"a": "{hash}{text}{to}"})).query["a"][:32]
    )


@pytest.mark.parametrize(
    ("body", "found"),
    [
        (b"idx=7&word=DELIVERED&why=fine", [Receipt("7", "delivered", "fine")]),
        (b'{"idx": 7, "word": "DELIVERED"}', [Receipt("7", "delivered")]),
        (
            b'{"idx": "7", "word": "EXPIRED", "why": "no\\nphone"}',
            [Receipt("7", "failed", "no phone")],
        ),
        (b'{"idx": "7", "word": "SENT"}', [Receipt("7", "underway")]),
        (b'{"idx": "7", "word": "WHAT"}', []),
        (b'{"word": "SENT"}', []),
        (b'{"idx": ["7"], "word": "SENT"}', []),
        (b"[1, 2]", []),
    ],
)
def test_receipts_are_read_in_every_dress(body: bytes, found: list[Receipt]) -> None:
    chosen = settings(
        reference="hash",
        receipts={
            "reference": "idx",
            "state": "word",
            "note": "why",
            "delivered": ("DELIVERED",),
            "failed": ("EXPIRED",),
            "underway": ("SENT",),
        },
    )
    assert list(receipts_of("secret=x", body, chosen)) == found


def test_receipts_in_a_list_deep_inside_are_all_read() -> None:
    chosen = settings(
        reference="hash",
        receipts={
            "items": "data.results",
            "reference": "message.0.id",
            "state": "status.name",
            "delivered": ("OK",),
        },
    )
    rows = [{"message": [{"id": n}], "status": {"name": "OK"}} for n in (1, 2)]
    odd = [{"message": [], "status": {"name": "OK"}}, 5]
    body = json.dumps({"data": {"results": rows + odd}}).encode()
    assert [one.reference for one in receipts_of("", body, chosen)] == ["1", "2"]


def test_what_cannot_be_read_is_refused_and_the_same_is_the_same() -> None:
    for body in (b"{", b"\xff\xfe"):
        with pytest.raises(ValueError):  # noqa: PT011 - any of its kinds
            receipts_of("", body, settings())
    one, other = (Receipt("a", "delivered"),), (Receipt("a", "failed"),)
    assert delivery_id(one) == delivery_id(one) != delivery_id(other)
    assert receipts_of("key=***&state=delivered", b"", settings()) == ()
    assert not is_ours("secret=x", settings())


def test_only_who_knows_the_secret_is_believed() -> None:
    connector = HttpSmsConnector(ConnectionId("sms"), kannel())
    for query in ("", "secret=wrong", f"SECRET={SECRET}"):
        with pytest.raises(ForgedError):
            connector.receive({":query": query}, b"", NOW)
    with pytest.raises(ForgedError, match="cannot be read"):
        connector.receive({":query": f"secret={SECRET}"}, b"{", NOW)
    delivery = connector.receive({":query": f"secret={SECRET}&key=c2hvcA&state=2"}, b"", NOW)
    assert delivery.receipts == (Receipt("shop", "failed"),)


@pytest.mark.parametrize(
    ("values", "said"),
    [
        ({"query": {"to": "{to}", "text": "{txt}"}}, "{txt} means nothing; allowed: {to}, "),
        ({"query": {"to": "{to}"}}, "nothing sends {text}"),
        ({"query": {"text": "{text}"}}, "nothing sends {to}"),
        ({"form": {"a": "b"}, "json_body": {"a": "b"}}, "cannot both be sent"),
        ({"method": "GET", "form": {"a": "b"}}, "sends no form"),
        ({"callback_url": "https://x.example.com/"}, "belong together"),
        ({"query": {"to": "{to}", "text": "{text}{callback}"}}, "{callback} needs callback_url"),
        ({"taken": "("}, "is no regular expression"),
        ({"reference": "id"}, "with one group"),
        ({**CALLBACK, "callback_secret": "short"}, "at least 16 letters"),
        (CALLBACK, "nothing sends {key} or {callback}"),
        ({**CALLBACK, "reference": "hash"}, "nothing sends {hash} or {callback}"),
    ],
)
def test_settings_that_cannot_work_say_why(values: dict[str, Any], said: str) -> None:
    with pytest.raises(ValidationError) as caught:
        settings(**values)
    assert said in str(caught.value)
