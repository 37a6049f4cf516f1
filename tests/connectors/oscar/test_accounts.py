"""Accounts as the companion tells them, and questions for prices that are believed."""

from __future__ import annotations

import base64
import datetime as dt
import hashlib
import hmac
from collections.abc import AsyncIterator
from typing import Any

import pytest

from panstore.connectors.oscar.config import OscarSettings
from panstore.connectors.oscar.connector import OscarConnector
from panstore.model.contract import Account
from panstore.model.ids import ConnectionId, ExternalId
from panstore.sdk.contract_roles import ReadAccounts, TrustPriceRequests
from panstore.sdk.errors import ForgedError, UnavailableError
from tests.connectors.stub import Stub, stub

KEY = b"a key of thirty-two bytes, so so"
SECRET = "whsec_" + base64.b64encode(KEY).decode()
NOW = dt.datetime(2026, 11, 24, 5, 0, tzinfo=dt.UTC)
ANA: dict[str, Any] = {"id": 7, "email": " ana@example.com ", "name": " Ana ", "active": True}
COMPANY: dict[str, Any] = {
    "id": 8,
    "email": "bor@example.com",
    "company": " Bor d.o.o. ",
    "vat_id": " SI12345679 ",
    "active": False,
    "opened_at": "2026-11-24T06:00:00.5+01:00",
}


def connector(url: str, **more: str) -> OscarConnector:
    settings = OscarSettings.model_validate({"url": url, "api_token": "pst_x", **more})
    return OscarConnector(ConnectionId("shop"), settings)


@pytest.fixture
async def server() -> AsyncIterator[Stub]:
    async with stub() as running:
        yield running


@pytest.fixture
async def shop(server: Stub) -> AsyncIterator[OscarConnector]:
    made = connector(server.url)
    yield made
    await made.close()


def test_the_connector_plays_both_roles() -> None:
    assert isinstance(connector("http://shop.example"), ReadAccounts)
    assert isinstance(connector("http://shop.example"), TrustPriceRequests)


async def test_a_page_leads_to_the_next(server: Stub, shop: OscarConnector) -> None:
    server.answers["accounts"] = {"accounts": [ANA, COMPANY], "next": 8}
    page = await shop.accounts(None, 9999)
    assert page.after == "8"
    assert page.accounts == (
        Account(ExternalId("7"), "ana@example.com", "Ana"),
        Account(
            ExternalId("8"),
            "bor@example.com",
            company="Bor d.o.o.",
            vat_id="SI12345679",
            active=False,
            opened_at=NOW.replace(microsecond=500_000),
        ),
    )
    server.answers["accounts"] = {"accounts": [], "next": None}
    assert (await shop.accounts("8", 2)).after is None
    assert [one.query for one in server.asked] == ["limit=500", "limit=2&after=8"]


async def test_ids_that_cannot_be_the_shops_are_not_asked_for(
    server: Stub, shop: OscarConnector
) -> None:
    server.answers["accounts"] = {"accounts": [ANA], "next": None}
    ids = [ExternalId(one) for one in ("7", "x&email=a", "7", "-1", "")]
    assert [one.id for one in await shop.accounts_of(ids)] == ["7"]
    assert list(await shop.accounts_of(ids[1:2])) == []
    assert [one.query for one in server.asked] == ["ids=7"]


async def test_many_ids_are_asked_for_in_parts(server: Stub, shop: OscarConnector) -> None:
    server.answers["accounts"] = {"accounts": [], "next": None}
    await shop.accounts_of([ExternalId(str(number)) for number in range(1, 1002)])
    asked = [one.query.removeprefix("ids=").split(",") for one in server.asked]
    assert [id_ for some in asked for id_ in some] == [str(n) for n in range(1, 1002)]
    assert max(len(some) for some in asked) <= 500


async def test_an_address_is_sent_whole(server: Stub, shop: OscarConnector) -> None:
    server.answers["accounts"] = {"accounts": [], "next": None}
    assert list(await shop.accounts_by_email("  ")) == []
    await shop.accounts_by_email(" a+b&ids=7@example.com ")
    assert [one.query for one in server.asked] == ["email=a%2Bb%26ids%3D7@example.com"]


async def test_what_cannot_be_read_is_no_answer(server: Stub, shop: OscarConnector) -> None:
    server.answers["accounts"] = {"accounts": [{"id": 0, "email": "a@example.com"}], "next": None}
    with pytest.raises(UnavailableError):
        await shop.accounts(None, 10)


def test_a_question_is_believed_if_the_shop_signed_it() -> None:
    body = b'{"account":"7","lines":[]}'
    stamp = str(int(NOW.timestamp()))
    mac = hmac.new(KEY, f"ask_1.{stamp}.".encode() + body, hashlib.sha256).digest()
    headers = {
        "webhook-id": "ask_1",
        "webhook-timestamp": stamp,
        "webhook-signature": "v1," + base64.b64encode(mac).decode(),
    }
    asked = connector("http://shop.example", webhook_secret=SECRET)
    asked.trusted(headers, body, NOW)
    with pytest.raises(ForgedError):
        asked.trusted(headers, body.replace(b"7", b"8"), NOW)
    with pytest.raises(ForgedError, match="no webhook_secret is set"):
        connector("http://shop.example").trusted(headers, body, NOW)
