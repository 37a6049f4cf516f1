"""Shops ask for prices over HTTP, signed; nobody else is answered."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import AsyncIterator, Callable
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from litestar.testing import AsyncTestClient

from panstore.model.ids import ExternalId
from panstore.testing.world.messages import Message
from panstore.web.app import build
from tests.engine.house import House
from tests.engine.quoting import Asking
from tests.web.counter import TOKEN

ADDRESS = "/prices/shop"


class Desk(Asking):
    """The world of `Asking`, with a client that calls the server without a network."""

    client: AsyncTestClient[Any]

    def question(self, **content: Any) -> bytes:
        lines = [{"product": good} for good in self.goods]
        return json.dumps({"account": self.account, "lines": lines} | content).encode()

    async def post(
        self, body: bytes, *, address: str = ADDRESS, signed: Message | None = None
    ) -> Any:
        message = self.scene.shop.question(body) if signed is None else signed
        return await self.client.post(address, content=body, headers=dict(message.headers))


@pytest.fixture
async def desk(tmp_path: Path) -> AsyncIterator[Desk]:
    made: list[House] = []

    def make(*args: Any, **options: Any) -> House:
        made.append(House(args[0], f"sqlite:///{tmp_path}/panstore.sqlite", **options))
        return made[0]

    opened = await Desk.open(make)
    assert isinstance(opened, Desk)
    async with AsyncTestClient(build(opened.house.engine, api_token=TOKEN)) as client:
        opened.client = client
        yield opened
    await opened.context.contracts.stop()
    await made[0].close()


async def test_a_signed_question_is_answered_for_its_account(desk: Desk) -> None:
    answer = await desk.post(desk.question())
    assert answer.status_code == 200, answer.text
    assert answer.headers["cache-control"] == "no-store"
    told = answer.json()
    assert (told["contract"], told["certain"]) == (True, True)
    assert [line["product"] for line in told["lines"]] == desk.goods
    assert {Decimal(line["offer"]["amount"]) for line in told["lines"]} == {Decimal(8)}


async def test_an_account_without_an_agreement_is_told_so(desk: Desk) -> None:
    answer = await desk.post(desk.question(account=desk.stranger))
    assert answer.status_code == 200
    assert (answer.json()["contract"], answer.json()["lines"]) == (False, [])


def _unsigned(_desk: Desk, body: bytes) -> Message:
    return Message({}, body)


def _anothers(desk: Desk, body: bytes) -> Message:
    return desk.scene.erp.messages.sign("question", body)


def _stale(desk: Desk, body: bytes) -> Message:
    return desk.scene.shop.question(body, desk.house.clock.now() - dt.timedelta(minutes=6))


def _of_another_account(desk: Desk, body: bytes) -> Message:
    return desk.scene.shop.question(body.replace(b'"A1"', b'"A2"'))


@pytest.mark.parametrize("forge", [_unsigned, _anothers, _stale, _of_another_account])
async def test_a_question_that_does_not_prove_its_shop_is_refused(
    desk: Desk, forge: Callable[[Desk, bytes], Message]
) -> None:
    body = desk.question()
    answer = await desk.post(body, signed=forge(desk, body))
    assert answer.status_code == 401
    assert "does not prove" in answer.json()["detail"]
    assert "lines" not in answer.json()
    assert desk.calls() == []


async def test_the_console_s_token_opens_no_prices(desk: Desk) -> None:
    headers = {"Authorization": f"Bearer {TOKEN}"}
    answer = await desk.client.post(ADDRESS, content=desk.question(), headers=headers)
    assert answer.status_code == 401


@pytest.mark.parametrize("name", ["erp", "unheard-of"])
async def test_where_nobody_may_ask_there_is_nothing(desk: Desk, name: str) -> None:
    answer = await desk.post(desk.question(), address=f"/prices/{name}")
    assert answer.status_code == 404


async def test_without_contract_prices_there_is_nothing(desk: Desk, tmp_path: Path) -> None:
    off = House(desk.scene, f"sqlite:///{tmp_path}/off.sqlite")
    await off.open()
    async with AsyncTestClient(build(off.engine, api_token=TOKEN)) as client:
        body = desk.question()
        headers = dict(desk.scene.shop.question(body).headers)
        assert (await client.post(ADDRESS, content=body, headers=headers)).status_code == 404
    await off.close()


async def test_a_question_nobody_can_mean_is_told_why(desk: Desk) -> None:
    one: dict[str, Any] = {"product": "1"}
    for content, says in (
        ({"lines": [one | {"quantity": "-1"}]}, "no quantity"),
        ({"lines": [one | {"quantity": "many"}]}, "quantity"),
        ({"lines": "all"}, "Expected `array`"),
        ({"account": ""}, "names no account"),
        ({"currency": "USD"}, "does not sell in USD"),
    ):
        answer = await desk.post(desk.question(**content))
        assert answer.status_code == 400
        assert says in answer.json()["detail"]


async def test_what_is_no_question_is_refused_in_words(desk: Desk) -> None:
    answer = await desk.post(b"{}")
    assert answer.status_code == 400
    assert "was not answered" in answer.json()["detail"]


async def test_a_question_is_of_bounded_size(desk: Desk) -> None:
    answer = await desk.post(b" " * (256 * 1024 + 1))
    assert answer.status_code == 413
    assert desk.calls() == []


async def test_while_panstore_stops_it_asks_to_come_again(desk: Desk) -> None:
    desk.context.stopping = True
    answer = await desk.post(desk.question())
    assert answer.status_code == 503
    assert int(answer.headers["retry-after"]) > 0


async def test_prometheus_sees_what_was_known_and_what_was_not(desk: Desk) -> None:
    for _ in range(2):
        await desk.post(desk.question())
    desk.erp_is_down()
    desk.pass_time(60)
    await desk.post(desk.question())
    text = (await desk.client.get("/metrics")).text
    assert 'panstore_quoted_total{how="asked",route="shop"}' in text
    assert 'panstore_quoted_total{how="known",route="shop"}' in text
    assert 'panstore_quotes_uncertain_total{route="shop"}' in text
    assert 'panstore_quote_seconds_count{route="shop"}' in text


async def test_a_question_for_an_account_with_any_name_is_harmless(desk: Desk) -> None:
    for account in ("' OR 1=1 --", "ž" * 500):
        answer = await desk.post(desk.question(account=ExternalId(account)))
        assert answer.json()["contract"] is False
    answer = await desk.post(desk.question(account="A1\u0000"))
    assert answer.status_code == 400
