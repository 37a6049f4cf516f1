"""A buyer follows a link from his order: the page and nothing else, and only while it is his."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
from httpx import Response

from panstore.engine.document_links import with_addresses
from panstore.engine.documents import Issued, seen_issued
from panstore.engine.order_case import stored_case
from panstore.model.ids import RouteId
from panstore.model.message import DocumentRef
from panstore.model.order import Order
from panstore.sdk.modules import TellShop
from panstore.sdk.order_roles import OrderUpdate
from panstore.store.orders import ERASED
from panstore.store.tables import orders
from panstore.testing.world import Scene
from panstore.web.site import Site
from tests.engine.issuing import IssuingHouse, buy_and_ship
from tests.web.counter import Counter, open_counter

URL = "https://documents.example.com"
SHOP = RouteId("shop")


class OpenHouse(IssuingHouse):
    """Buyers reach it from outside."""

    def __init__(self, scene: Scene, url: str, **options: Any) -> None:
        super().__init__(scene, url, public_url=URL, **options)


@pytest.fixture
async def issued(tmp_path: Path) -> AsyncIterator[tuple[Counter, Order]]:
    async with open_counter(tmp_path, kind=OpenHouse) as counter:
        yield counter, await buy_and_ship(counter.house)


async def _papers(counter: Counter, order: Order) -> list[Issued]:
    context = counter.house.engine.context
    return await context.store.read(lambda c: seen_issued(c, context, SHOP, order.id))


async def _paths(counter: Counter, order: Order) -> list[str]:
    """Where the links of all documents of an order lead on this server."""
    context = counter.house.engine.context
    case = await context.store.read(
        lambda c: stored_case(c, context, context.routes[SHOP], order.id)
    )
    assert case is not None
    sale = next(iter(case.sales))
    papers = tuple(
        DocumentRef(one.kind, sale, one.id, one.number) for one in await _papers(counter, order)
    )
    update = OrderUpdate(case.key("note", 1), order.id)
    told = await with_addresses(context, case, TellShop(update, 1, "", "a test", papers=papers))
    assert isinstance(told, TellShop)
    assert told.update.links
    return [link.url.removeprefix(URL) for link in told.update.links]


def _site(counter: Counter) -> Site:
    site: Site = counter.app.state.site
    return site


def _says_nothing(answer: Response, status: int) -> None:
    assert answer.status_code == status, answer.text
    assert answer.headers["content-type"].startswith("text/html")
    assert answer.headers["cache-control"] == "private, no-store"
    assert answer.headers["x-robots-tag"] == "noindex"


async def test_each_document_is_shown_to_whoever_has_the_link(
    issued: tuple[Counter, Order],
) -> None:
    counter, order = issued
    papers = await _papers(counter, order)
    assert {one.kind for one in papers} == {"invoice", "delivery_note"}
    for path, paper in zip(await _paths(counter, order), papers, strict=True):
        answer = await counter.client.get(path)
        assert answer.status_code == 200, answer.text
        assert json.loads(answer.content)["id"] == paper.id
        headers = answer.headers
        assert headers["content-type"] == "application/pdf"
        assert headers["content-disposition"].startswith("inline; filename*=UTF-8''")
        assert headers["cache-control"] == "private, no-store"
        assert headers["x-robots-tag"] == "noindex"
        # A program that shows the page inside the browser may load it; nobody may frame it.
        assert "object-src 'self'" in headers["content-security-policy"]
        assert "frame-ancestors 'none'" in headers["content-security-policy"]
        assert headers["x-content-type-options"] == "nosniff"


async def test_whatever_is_wrong_with_a_link_looks_alike(issued: tuple[Counter, Order]) -> None:
    counter, order = issued
    path = (await _paths(counter, order))[0]
    altered = path[:-1] + ("A" if path[-1] != "A" else "B")
    wrong = [altered, path + "A", path[:-4], "/d/x", "/d/" + "A" * 2000, "/d/%C4%8D"]
    answers = [await counter.client.get(one) for one in wrong]
    for answer in answers:
        _says_nothing(answer, 404)
    assert len({answer.text for answer in answers}) == 1
    assert order.number not in answers[0].text


async def test_a_link_is_dead_after_its_last_day(issued: tuple[Counter, Order]) -> None:
    counter, order = issued
    path = (await _paths(counter, order))[0]
    days = counter.house.engine.context.links_days
    counter.scene.clock.advance(days * 86_400)
    assert (await counter.client.get(path)).status_code == 200
    counter.scene.clock.advance(86_400)
    _says_nothing(await counter.client.get(path), 404)


async def test_a_link_is_dead_when_the_buyer_is_erased_and_not_when_his_data_run_out(
    issued: tuple[Counter, Order],
) -> None:
    counter, order = issued
    path = (await _paths(counter, order))[0]
    for payload, status in (("ran-out", 200), (ERASED, 404)):
        await counter.house.store.write(
            lambda c, p=payload: c.execute(  # type: ignore[misc]
                orders.update().where(orders.c.order_id == order.id).values(payload=p)
            )
        )
        assert (await counter.client.get(path)).status_code == status


async def test_what_goes_wrong_inside_is_not_told_outside(issued: tuple[Counter, Order]) -> None:
    counter, order = issued
    path = (await _paths(counter, order))[0]
    counter.scene.faults.script("erp", "document", "unavailable")
    answer = await counter.client.get(path)
    _says_nothing(answer, 503)
    assert int(answer.headers["retry-after"]) > 0
    assert "erp" not in answer.text.casefold()
    assert (await counter.client.get(path)).status_code == 200


async def test_more_readers_than_pages_can_be_made_for_come_again(
    issued: tuple[Counter, Order],
) -> None:
    counter, order = issued
    path = (await _paths(counter, order))[0]
    readers = _site(counter).readers
    held = 0
    while not readers.locked():
        await readers.acquire()
        held += 1
    _says_nothing(await counter.client.get(path), 503)
    for _ in range(held):
        readers.release()
    assert (await counter.client.get(path)).status_code == 200


async def test_a_link_opens_nothing_else(issued: tuple[Counter, Order]) -> None:
    counter, order = issued
    path = (await _paths(counter, order))[0]
    assert (await counter.client.get(path)).status_code == 200
    for closed in ("/", f"/orders/shop/{order.id}"):
        answer = await counter.client.get(closed, follow_redirects=False)
        assert answer.status_code == 303
        assert answer.headers["location"].startswith("/login")
    assert (await counter.client.get("/api/v1/status")).status_code == 401


async def test_without_an_address_for_buyers_no_link_leads_anywhere(
    issued: tuple[Counter, Order],
) -> None:
    counter, order = issued
    path = (await _paths(counter, order))[0]
    counter.house.engine.context.public_url = ""
    _says_nothing(await counter.client.get(path), 404)
