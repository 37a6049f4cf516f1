"""Links to documents reach the shop once, whatever dies on the way, and only where they lead."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from typing import Any

import pytest

from panstore.engine.document_links import Target, find_target, with_addresses
from panstore.engine.order_case import stored_case
from panstore.model.errors import InvariantError
from panstore.model.ids import ExternalId, RouteId
from panstore.model.message import DocumentRef
from panstore.modules.p3_documents.settings import DocumentSettings
from panstore.sdk.modules import TellShop
from panstore.sdk.order_roles import DocumentLink, OrderUpdate
from panstore.sdk.rules import Rule
from panstore.store.audit import latest
from panstore.store.facts import facts_of
from panstore.testing.world import Scene
from tests.engine.buyers import Buyers
from tests.engine.house import House, Killed
from tests.engine.life import living

Make = Callable[..., House]
SHOP = RouteId("shop")
URL = "https://documents.example.com/shop"


async def _buyers(make_house: Make, **options: Any) -> Buyers:
    return await Buyers.move_in(make_house, Scene(), **{"public_url": URL} | options)


def _updates(buyers: Buyers, order: ExternalId) -> list[OrderUpdate]:
    entry = buyers.scene.shop.orders.get(order)
    assert entry is not None
    return entry.updates


def _links(buyers: Buyers, order: ExternalId) -> list[DocumentLink]:
    return [link for one in _updates(buyers, order) for link in one.links]


async def _target(buyers: Buyers, link: DocumentLink) -> Target | None:
    address, _, token = link.url.rpartition("/d/")
    assert address == URL
    return await find_target(buyers.house.engine.context, token)


async def test_invoice_and_delivery_note_are_linked_once(make_house: Make) -> None:
    buyers = await _buyers(make_house)
    order = buyers.buy(2)
    await buyers.house.settle()
    [invoice] = _links(buyers, order)
    buyers.ship(order)
    await buyers.house.settle()
    await buyers.house.restart()
    await buyers.house.settle()
    [first, note] = _links(buyers, order)
    assert first == invoice
    assert [invoice.kind, note.kind] == ["invoice", "delivery_note"]
    for link in (invoice, note):
        target = await _target(buyers, link)
        assert target is not None
        assert (target.route, target.order, target.kind) == (SHOP, order, link.kind)
    rows = await buyers.rows()
    numbers = [one.message.document.number for one in rows if one.message.document]
    assert [invoice.number, note.number] == numbers
    assert await buyers.house.judge() == []
    assert await buyers.parked() == []


async def test_the_link_does_not_wait_for_the_mail(make_house: Make) -> None:
    buyers = await _buyers(make_house)
    order = buyers.buy(email=" ")
    await buyers.house.settle()
    assert await buyers.states() == ["skipped"]
    assert len(_links(buyers, order)) == 1


@pytest.mark.parametrize(
    "options",
    [
        {"public_url": ""},
        {"p3_settings": DocumentSettings(link_in_shop=False)},
        {"p3_settings": DocumentSettings(invoice=False)},
        {"p3_settings": DocumentSettings(rule=Rule("order.total > 1000000.0"))},
    ],
)
async def test_nothing_is_told_where_it_is_not_wanted_or_leads_nowhere(
    make_house: Make, options: dict[str, Any]
) -> None:
    buyers = await _buyers(make_house, **options)
    order = buyers.buy()
    await buyers.house.settle()
    [sale] = living(buyers.scene, order)
    assert sale.standing, "there is an invoice"
    assert _links(buyers, order) == []


async def test_a_shop_that_shows_no_links_is_told_none(make_house: Make) -> None:
    scene = Scene()
    scene.shop.document_links = False
    buyers = await Buyers.move_in(make_house, scene, public_url=URL)
    order = buyers.buy()
    await buyers.house.settle()
    assert [one.note for one in _updates(buyers, order) if one.note] != []
    assert _links(buyers, order) == []


async def test_what_was_not_linked_yet_is_when_an_address_is_there(make_house: Make) -> None:
    buyers = await _buyers(make_house, public_url="")
    order = buyers.buy()
    await buyers.house.settle()
    buyers.house.public_url = URL
    await buyers.house.restart()
    buyers.ship(order)
    await buyers.house.settle()
    assert [link.kind for link in _links(buyers, order)] == ["invoice", "delivery_note"]
    notes = [one.note for one in _updates(buyers, order) if one.note]
    assert len(set(notes)) == len(notes) == 2, "what was noted is not noted again"


@pytest.mark.parametrize("step", ["tell.intent", "tell.done", "tell.recorded"])
async def test_killed_while_the_shop_is_told(make_house: Make, step: str) -> None:
    buyers = await _buyers(make_house)
    order = buyers.buy()
    seen: list[str] = []

    def cut(here: str) -> None:
        seen.append(here)
        # Those before it tell how the order stands.
        linking = any(mark.startswith("message.queued") for mark in seen)
        if here == step and linking:
            raise Killed(here)

    buyers.house.probe = cut
    with pytest.raises(Killed):
        await buyers.house.settle()
    buyers.house.probe = lambda _: None
    # By then a link made anew would be another one.
    buyers.scene.clock.advance(3 * 86_400)
    await buyers.house.restart()
    await buyers.house.settle()
    [link] = _links(buyers, order)
    assert await _target(buyers, link) is not None
    facts = await buyers.house.store.read(lambda c: facts_of(c, SHOP, order))
    assert f'"links":["invoice/{(await _seen(buyers, link))}"]' in facts[-1].detail
    assert await buyers.house.judge() == []
    assert await buyers.parked() == []


async def _seen(buyers: Buyers, link: DocumentLink) -> str:
    target = await _target(buyers, link)
    assert target is not None
    return target.document


async def test_a_lost_answer_is_asked_for_again_word_for_word(make_house: Make) -> None:
    buyers = await _buyers(make_house)
    buyers.scene.faults.script("shop", "update_order", "lost_after", "lost_before", "lost_after")
    order = buyers.buy()
    await buyers.house.settle(most=1000)
    assert len(_links(buyers, order)) == 1
    assert await buyers.house.judge() == []


async def test_a_shop_without_keys_may_show_it_twice_and_that_is_said(make_house: Make) -> None:
    buyers = await _buyers(make_house, p3_settings=DocumentSettings(tell_shop=False))
    buyers.scene.shop.keyed_updates = False
    order = buyers.buy()

    def lose(here: str) -> None:
        if here == "message.queued":
            buyers.scene.faults.script("shop", "update_order", "lost_after", "lost_after")

    buyers.house.probe = lose
    await buyers.house.settle(most=1000)
    links = _links(buyers, order)
    assert len(links) > 1
    audit = await buyers.house.store.read(lambda c: latest(c, limit=1000))
    said = [one.reason for one in audit if one.outcome == "maybe_twice"]
    assert any(f"the page of {links[0].number}" in one for one in said)


async def test_a_link_lives_so_many_days_of_the_company_and_only_with_an_address(
    make_house: Make,
) -> None:
    buyers = await _buyers(make_house)
    context = buyers.house.engine.context
    context.links_days = 30
    order = buyers.buy()
    await buyers.house.settle()
    [link] = _links(buyers, order)
    buyers.house.clock.jump(dt.timedelta(days=29))
    assert await _target(buyers, link) is not None
    context.public_url = ""
    assert await _target(buyers, link) is None
    context.public_url = URL
    buyers.house.clock.jump(dt.timedelta(days=2))
    assert await _target(buyers, link) is None


async def test_links_cannot_be_asked_for_without_an_address(make_house: Make) -> None:
    buyers = await _buyers(make_house, public_url="")
    order = buyers.buy()
    await buyers.house.settle()
    context = buyers.house.engine.context
    route = context.routes[SHOP]
    case = await context.store.read(lambda c: stored_case(c, context, route, order))
    assert case is not None
    update = OrderUpdate(case.key("note", 9), order)
    plain = TellShop(update, 9, "", "a test")
    assert await with_addresses(context, case, plain) is plain
    paper = DocumentRef("invoice", next(iter(case.sales)), ExternalId("1"), "2026-1")
    with pytest.raises(InvariantError, match="lead anywhere"):
        await with_addresses(context, case, TellShop(update, 9, "", "a test", papers=(paper,)))
