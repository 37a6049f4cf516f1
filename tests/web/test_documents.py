"""Documents of an order: on its page, to be had as a file, and the same for programs."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from panstore.model.order import Order
from tests.engine.issuing import IssuingHouse, buy_and_ship
from tests.web.counter import Counter, open_counter


@pytest.fixture
async def issued(tmp_path: Path) -> AsyncIterator[tuple[Counter, Order]]:
    async with open_counter(tmp_path, kind=IssuingHouse) as counter:
        yield counter, await buy_and_ship(counter.house)


def _of(order: Order) -> str:
    return f"/api/v1/routes/shop/orders/{order.id}/documents"


async def test_programs_get_the_list_and_each_of_them(issued: tuple[Counter, Order]) -> None:
    counter, order = issued
    found = (await counter.client.get(_of(order), headers=counter.api)).json()
    assert found["printer"] is True
    invoice, note = found["documents"]
    assert (invoice["kind"], invoice["total"], invoice["currency"]) == (
        "invoice",
        str(order.total),
        "EUR",
    )
    assert (note["kind"], note["total"]) == ("delivery_note", None)
    for one in (invoice, note):
        answer = await counter.client.get(
            f"{_of(order)}/{one['kind']}/{one['id']}", headers=counter.api
        )
        assert answer.status_code == 200, answer.text
        assert answer.headers["content-type"] == "application/pdf"
        assert answer.headers["cache-control"] == "no-store"
        assert answer.headers["content-disposition"].startswith("attachment; filename*=UTF-8''")
        assert json.loads(answer.content)["id"] == one["id"]
    english = await counter.client.get(
        f"{_of(order)}/invoice/{invoice['id']}?language=en", headers=counter.api
    )
    assert english.headers["content-disposition"].endswith("-en.pdf")


async def test_the_order_s_page_gives_them(issued: tuple[Counter, Order]) -> None:
    counter, order = issued
    await counter.log_in()
    page = (await counter.client.get(f"/orders/shop/{order.id}")).text
    assert '<h2 class="console-title">Documents</h2>' in page
    path = page.partition('href="/orders/shop/')[2].partition('"')[0]
    while "/documents/" not in path:
        page = page.partition('href="/orders/shop/')[2]
        path = page.partition('href="/orders/shop/')[2].partition('"')[0]
    answer = await counter.client.get(f"/orders/shop/{path}")
    assert answer.status_code == 200
    assert answer.headers["content-type"] == "application/pdf"


@pytest.mark.parametrize(
    ("path", "code"),
    [
        ("invoice/none", 404),
        ("delivery_note/none", 404),
        ("receipt/1", 400),
        ("invoice/1?language=de", 400),
    ],
)
async def test_what_is_not_issued_is_not_there(
    issued: tuple[Counter, Order], path: str, code: int
) -> None:
    counter, order = issued
    answer = await counter.client.get(f"{_of(order)}/{path}", headers=counter.api)
    assert answer.status_code == code, answer.text


@pytest.mark.parametrize("path", ["shop/orders/none", "nowhere/orders/1"])
async def test_an_unknown_order_has_no_documents(issued: tuple[Counter, Order], path: str) -> None:
    counter, _ = issued
    answer = await counter.client.get(f"/api/v1/routes/{path}/documents", headers=counter.api)
    assert answer.status_code == 404


async def test_nobody_gets_them_without_the_token(issued: tuple[Counter, Order]) -> None:
    counter, order = issued
    assert (await counter.client.get(_of(order))).status_code == 401
    answer = await counter.client.get(
        f"/orders/shop/{order.id}/documents/invoice/1", follow_redirects=False
    )
    assert answer.status_code == 303
    assert answer.headers["location"].startswith("/login")


async def test_an_erp_that_does_not_answer_is_said_to(issued: tuple[Counter, Order]) -> None:
    counter, order = issued
    found = (await counter.client.get(_of(order), headers=counter.api)).json()
    counter.scene.faults.script("erp", "document", "unavailable")
    answer = await counter.client.get(
        f"{_of(order)}/invoice/{found['documents'][0]['id']}", headers=counter.api
    )
    assert answer.status_code == 503
