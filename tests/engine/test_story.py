"""One order's story: true at every turn of its life, and told from the store alone."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from decimal import Decimal
from typing import Any, get_args, get_type_hints

import pytest
import sqlalchemy as sa

from panstore.engine.decide import Decision
from panstore.engine.story import OrderStory, find_order, tell_order
from panstore.engine.story_waits import _NEXT
from panstore.model.ids import ExternalId, RouteId
from panstore.model.order import Order
from panstore.modules.p1_invoices.settings import InvoiceSettings
from panstore.modules.p2_reservations.settings import ReservationSettings
from panstore.modules.s4_orders.settings import Event, OrderSettings
from panstore.sdk.rules import Rule
from panstore.store.audit import delete_before
from panstore.store.orders import delete_expired, expire_payloads
from panstore.store.systems import beat
from panstore.testing.world import Fault, Scene
from panstore.testing.world.documents import Sale
from tests.engine.house import P1, P2, S1, S2, S4, House

Make = Callable[..., House]
SHOP = RouteId("shop")
TELL: dict[Event, str] = {
    "waiting": "waits",
    "reserved": "ready",
    "invoiced": "billed",
    "shipped": "sent",
}


class Story:
    """A house with goods, in which the story of an order is asked for."""

    def __init__(self, house: House) -> None:
        self.house = house
        self.scene = house.scene
        self.goods = [link.shop for link in house.scene.shop_links]

    def order(self, quantity: int = 2, good: int = 0) -> Order:
        return self.scene.shop.place_order((self.goods[good], quantity), guard=False)

    def sale(self, order: Order) -> Sale:
        [sale] = self.scene.erp.sales.of_shop_order(order.id)
        return sale

    async def of(self, order: Order) -> OrderStory:
        context = self.house.engine.context
        told = await self.house.store.read(lambda c: tell_order(c, context, SHOP, order.id))
        assert told is not None
        return told

    async def at_work(self) -> None:
        """A process holds a lease, as `panstore run` does."""
        now = self.house.clock.now()
        until = now + dt.timedelta(days=9)
        await self.house.store.write(lambda c: beat(c, "one", now=now, expires=until))


async def _story(make_house: Make, scene: Scene | None = None, **options: Any) -> Story:
    scene = scene or Scene()
    scene.add_goods(3, on_hand=10, price=Decimal("33.33"))
    given: dict[str, Any] = {
        "modules": frozenset({S1, S2, S4, P1, P2}),
        "s4_settings": OrderSettings(warehouse="LJ", match=("email",), tell=TELL),
        "p1_settings": InvoiceSettings(rule=Rule("order.paid && order.total < 500.0")),
    }
    house = make_house(scene, **given | options)
    await house.open()
    await house.settle()
    return Story(house)


def _said(parts: list[Any]) -> str:
    return " ".join(part.text for part in parts)


def _ways(told: OrderStory) -> list[tuple[str, str]]:
    return [(way.what, way.where) for way in told.can]


async def test_a_whole_life_is_told_in_its_order(make_house: Make) -> None:
    story = await _story(make_house)
    order = story.order()
    await story.house.settle()
    assert story.scene.shop.desk.pay(order.id)
    await story.house.settle()
    story.scene.erp.deliveries.ship(story.sale(order).id, carrier="Post", tracking="T-1")
    await story.house.settle()
    told = await story.of(order)
    assert [one.what for one in told.happened] == [
        "placed",
        "imported",
        "reserved",
        "told",
        "invoiced",
        "told",
        "told",
    ]
    assert told.headline == "in the ERP, shipped"
    now = _said(told.stands)
    for words in (
        "The shop shows it as 'sent'.",
        f"Paid: {order.total} EUR received.",
        "In the ERP as sale SO00001",
        "All goods have left: 2.",
        "with Post, number T-1.",
        "Invoice INV00001",
        "it then showed 'sent'",
    ):
        assert words in now
    assert told.waits == []
    assert _ways(told) == [("refund", "shop"), ("change", "shop"), ("retry", "here")]


async def test_nobody_is_called_for_a_story(make_house: Make) -> None:
    story = await _story(make_house)
    order = story.order()
    await story.house.settle()
    before = len(story.scene.history.calls)
    await story.of(order)
    assert len(story.scene.history.calls) == before


async def test_an_order_that_has_just_arrived_waits_for_its_turn(make_house: Make) -> None:
    story = await _story(make_house)
    order = story.order()
    await story.house.look()
    idle = await story.of(order)
    assert [one.what for one in idle.waits] == ["process"]
    await story.at_work()
    told = await story.of(order)
    assert told.headline == "on its way to the ERP"
    assert "Not in the ERP yet." in _said(told.stands)
    [wait] = told.waits
    assert wait.what == "turn"
    assert "Next: the buyer is looked for in the ERP." in wait.text
    assert ("cancel", "shop") in _ways(told)


async def test_a_lost_answer_is_not_told_as_a_failure_nor_as_done(make_house: Make) -> None:
    story = await _story(make_house)
    await story.at_work()
    story.scene.faults.script("erp", "create_order", "lost_after")
    order = story.order()
    await story.house.step(0)
    told = await story.of(order)
    assert "Whether it is in the ERP is not known: the answer was lost." in _said(told.stands)
    assert "Not in the ERP yet" not in _said(told.stands)
    reply = next(one for one in told.waits if one.what == "reply")
    assert "to make the sale, and its answer is missing" in reply.text
    [call] = [one for one in told.happened if one.what == "call"]
    assert (call.title, call.tone) == ("Asked the ERP to make the sale", "bad")
    await story.house.settle()
    after = await story.of(order)
    assert "found there after a lost reply" in _said(after.happened)
    assert after.waits == []


async def test_a_system_at_rest_is_named_with_its_trouble(make_house: Make) -> None:
    story = await _story(make_house)
    await story.at_work()
    order = story.order()
    await story.house.look()
    story.scene.faults.script("erp", "*", *[Fault("unavailable")] * 20)
    await story.house.step(0)
    told = await story.of(order)
    rest = next(one for one in told.waits if one.what == "connection")
    assert rest.text.startswith("The ERP (erp) is not called before 02 Mar 2026")
    assert rest.until is not None
    turn = next(one for one in told.waits if one.what == "turn")
    assert "tried again at" in turn.text
    assert turn.until is not None


async def test_an_order_in_line_says_for_what_and_behind_how_many(make_house: Make) -> None:
    story = await _story(make_house)
    story.scene.erp.set_on_hand(story.scene.shop_links[2].erp, 1)
    first, second, third = (story.order(4, good=2) for _ in range(3))
    await story.house.settle()
    assert [one.text for one in (await story.of(first)).waits if one.what == "goods"] == [
        "Goods: 3 of SKU-000003; it is first in line."
    ]
    told = await story.of(second)
    assert told.headline == "in the ERP, waits for goods"
    assert "set aside: 0, not set aside: 4." in _said(told.stands)
    assert [one.text for one in told.waits if one.what == "goods"] == [
        "Goods: 4 of SKU-000003; it is number 2 in line, 1 order comes first."
    ]
    [last] = [one.text for one in (await story.of(third)).waits if one.what == "goods"]
    assert "number 3 in line, 2 orders come first" in last
    assert ("restock", "erp") in _ways(told)
    story.scene.erp.set_on_hand(story.scene.shop_links[2].erp, 5)
    await story.house.settle()
    assert [one.what for one in (await story.of(first)).waits] == []
    assert "it is first in line" in _said((await story.of(second)).waits)


async def test_a_time_to_come_is_told_with_what_happens_then(make_house: Make) -> None:
    settings = ReservationSettings(unpaid_hours=48)
    story = await _story(make_house, p2_settings=settings)
    order = story.order()
    await story.house.settle()
    told = await story.of(order)
    [wait] = told.waits
    assert wait.what == "time"
    assert wait.until == order.placed_at + dt.timedelta(hours=48)
    # In the company's zone, which is an hour ahead of UTC in March.
    local = (order.placed_at + dt.timedelta(hours=49)).strftime("%d %b %Y, %H:%M:%S")
    assert wait.text == f"{local}: its goods are given back then unless it is paid."
    assert ("pay", "shop") in _ways(told)
    story.scene.clock.advance(49 * 3600)
    await story.house.settle()
    late = await story.of(order)
    assert late.waits == []
    assert "it was not paid within 48 hours" in _said(late.happened)


async def test_a_rule_that_does_not_hold_says_why_and_what_would_help(make_house: Make) -> None:
    story = await _story(make_house)
    order = story.order()
    await story.house.settle()
    told = await story.of(order)
    rules = {one.module: one for one in told.rules}
    assert rules[P2].holds
    assert rules[P1].holds is False
    assert rules[P1].why == "not order.paid (order.paid = false)"
    assert ("pay", "shop") in _ways(told)
    assert story.scene.shop.desk.pay(order.id)
    await story.house.settle()
    paid = await story.of(order)
    assert {one.module: one.holds for one in paid.rules} == {P2: True, P1: True}
    assert ("pay", "shop") not in _ways(paid)


async def test_a_parked_order_says_what_to_do_and_both_ways_work(make_house: Make) -> None:
    story = await _story(make_house)
    story.scene.faults.script("erp", "create_order", "rejected", "rejected")
    order = story.order()
    await story.house.settle()
    told = await story.of(order)
    assert told.headline == "needs a person"
    assert [one.what for one in told.waits] == ["person"]
    retry, skip = told.can[:2]
    assert (retry.what, retry.command) == ("retry", f"panstore parked retry {told.parked}")
    assert (skip.what, skip.command) == ("skip", f"panstore parked skip {told.parked}")
    assert told.parked is not None
    assert await story.house.engine.skip(told.parked)
    await story.house.settle()
    left = await story.of(order)
    assert (left.headline, left.parked, left.waits) == ("left alone", None, [])
    assert left.happened[-1].title == "A person left it alone"
    assert [one.what for one in left.happened].count("skipped") == 1
    assert _ways(left) == [("retry", "here")]
    # It was said that it can be taken up after all.
    assert await story.house.engine.retry_order(SHOP, order.id)
    await story.house.settle()
    again = await story.of(order)
    assert again.state == "parked", "the second refusal"
    assert "A person left it alone" in [one.title for one in again.happened]
    assert await story.house.engine.retry_order(SHOP, order.id)
    await story.house.settle()
    done = await story.of(order)
    assert done.headline == "in the ERP"
    assert [one.title for one in done.happened if one.what in {"retried", "skipped"}] == [
        "A person left it alone",
        "A person had it tried again",
    ]


async def test_an_order_in_the_erp_that_needs_a_person_says_so(make_house: Make) -> None:
    story = await _story(make_house)
    order = story.order()
    await story.house.settle()
    story.scene.erp.deliveries.cancel(story.sale(order).id)
    await story.house.settle()
    told = await story.of(order)
    assert told.state == "imported"
    assert told.headline == "its sale was cancelled in the ERP; needs a person"
    assert "cancelled there" in _said(told.stands)
    assert [way.what for way in told.can][:2] == ["retry", "skip"]
    assert "what the ERP has of it stays" in told.can[1].text
    assert not {"cancel", "change", "refund", "pay"} & {way.what for way in told.can}


async def test_each_way_through_the_shop_is_offered_only_while_it_works(make_house: Make) -> None:
    story = await _story(make_house)
    order = story.order()
    await story.house.settle()
    sale = story.sale(order)
    told = await story.of(order)
    assert _ways(told)[1:] == [("cancel", "shop"), ("change", "shop"), ("retry", "here")]
    assert "made anew" in _said(told.can)
    story.scene.erp.deliveries.pack(sale.id)
    await story.house.settle()
    packed = await story.of(order)
    assert "is packed" in _said(packed.stands)
    assert ("cancel", "erp") in _ways(packed)
    assert "made anew" not in _said(packed.can)
    assert "supplementary sale" in _said(packed.can)


async def test_an_invoice_is_in_the_way_unless_it_is_credited_by_itself(make_house: Make) -> None:
    story = await _story(make_house)
    order = story.order()
    assert story.scene.shop.desk.pay(order.id)
    await story.house.settle()
    told = await story.of(order)
    [cancel] = [way for way in told.can if way.what == "cancel"]
    assert cancel.text.startswith("Cancel it in the shop: its invoice is credited")
    story.scene.shop.cancel(order.id)
    await story.house.settle()
    closed = await story.of(order)
    assert closed.state == "closed"
    seen = {"credited", "cancelled", "withdrawn"}
    assert [one.what for one in closed.happened if one.what in seen] == [
        "withdrawn",
        "credited",
        "cancelled",
    ]
    assert _ways(closed) == [("wait", "here")]
    assert closed.rules == []


async def test_the_shop_s_own_turns_are_part_of_the_story(make_house: Make) -> None:
    story = await _story(make_house)
    order = story.order()
    await story.house.settle()
    story.scene.shop.cancel(order.id)
    await story.house.settle()
    story.scene.shop.desk.uncancel(order.id)
    await story.house.settle()
    told = [(one.what, one.title, one.text) for one in (await story.of(order)).happened]
    turns = [
        ("withdrawn", "Cancelled in the shop", "The shop shows it as cancelled."),
        ("revived", "Taken up again in the shop", "The shop shows it as new."),
    ]
    assert [one for one in told if one[0] in {"withdrawn", "revived"}] == turns
    await story.house.store.write(
        lambda c: delete_before(c, story.house.clock.now() + dt.timedelta(days=1))
    )
    kept = [(one.what, one.title, one.text) for one in (await story.of(order)).happened]
    assert [one for one in kept if one[0] in {"withdrawn", "revived"}] == turns


async def test_an_order_cancelled_before_it_was_taken_over_says_so(make_house: Make) -> None:
    story = await _story(make_house)
    order = story.order()
    story.scene.shop.cancel(order.id)
    await story.house.settle()
    told = await story.of(order)
    assert (told.state, [one.what for one in told.happened]) == ("closed", ["placed", "withdrawn"])


async def test_without_invoices_a_person_has_to_credit(make_house: Make) -> None:
    story = await _story(make_house, modules=frozenset({S1, S2, S4, P2}))
    order = story.order()
    await story.house.settle()
    story.scene.erp.billing.post_by_hand(story.sale(order).id)
    await story.house.settle()
    told = await story.of(order)
    assert "credit the invoice in the ERP" in _said(told.can)
    assert "supplementary sale" in _said(told.can)


async def test_what_comes_back_is_told_apart_from_what_left(make_house: Make) -> None:
    story = await _story(make_house)
    order = story.order()
    assert story.scene.shop.desk.pay(order.id)
    await story.house.settle()
    story.scene.erp.deliveries.ship(story.sale(order).id)
    await story.house.settle()
    assert story.scene.shop.desk.refund(order.id, lines=[(order.lines[0].id, 1)])
    await story.house.settle()
    told = await story.of(order)
    now = _said(told.stands)
    assert "In the ERP as return" in now
    assert "Goods expected back: 1; have come: 0." in now
    assert "Credit note" in now
    assert "given back" in now
    titles = [one.title for one in told.happened if one.what == "invoiced"]
    assert titles == ["Invoice issued", "Credit note issued"]


async def test_when_audit_and_payload_have_gone_the_facts_still_tell(make_house: Make) -> None:
    story = await _story(make_house)
    order = story.order()
    await story.house.settle()
    now = story.house.clock.now() + dt.timedelta(days=1)

    def forget(connection: sa.Connection) -> None:
        delete_before(connection, now)
        expire_payloads(connection, ["imported"], before=now, now=now)
        delete_expired(connection, now=now)

    await story.house.store.write(forget)
    told = await story.of(order)
    assert [one.what for one in told.happened] == ["placed", "imported", "reserved", "told"]
    assert "SO00001" in _said(told.happened)
    assert "In the ERP as sale SO00001" in _said(told.stands)
    assert (told.lines, told.rules) == ([], [])


async def test_a_module_that_cannot_explain_itself_hides_nothing(
    make_house: Make, monkeypatch: pytest.MonkeyPatch
) -> None:
    story = await _story(make_house)
    order = story.order()
    await story.house.settle()

    def fails(*_given: object) -> None:
        raise ZeroDivisionError("no such luck")

    monkeypatch.setattr(Rule, "said", fails)
    told = await story.of(order)
    assert {(one.module, one.holds) for one in told.rules} == {(P2, None), (P1, None)}
    assert "no such luck" in told.rules[0].why
    assert "In the ERP as sale SO00001" in _said(told.stands)


async def test_the_story_holds_no_personal_data(make_house: Make) -> None:
    story = await _story(make_house)
    order = story.order()
    await story.house.settle()
    told = repr(await story.of(order))
    assert order.billing is not None
    for private in (order.customer.name, order.customer.email, order.billing.street):
        assert private not in told


async def test_an_order_is_found_by_id_or_number_and_doubts_are_listed(make_house: Make) -> None:
    story = await _story(make_house)
    order, other = story.order(), story.order()
    await story.house.settle()
    # Another order carries as its number what this one has as its id.
    renamed = {"o": other.id, "n": order.id}
    await story.house.store.write(
        lambda c: c.execute(sa.text("update orders set number = :n where order_id = :o"), renamed)
    )

    async def find(wanted: str, *, id_first: bool = False) -> set[ExternalId]:
        routes = [SHOP, RouteId("second")]
        rows = await story.house.store.read(
            lambda c: find_order(c, routes, wanted, id_first=id_first)
        )
        return {row.order_id for row in rows}

    assert await find(order.number) == {order.id}
    assert await find(order.id) == {order.id, other.id}
    assert await find(order.id, id_first=True) == {order.id}
    assert await find(order.number, id_first=True) == {order.id}
    assert await find("none") == set()
    context = story.house.engine.context
    assert await story.house.store.read(lambda c: tell_order(c, context, SHOP, "none")) is None
    assert not await story.house.engine.retry_order(SHOP, "none")


def test_whatever_is_due_next_has_words() -> None:
    due = get_args(get_type_hints(Decision)["step"])
    assert {one for one in due if one is not type(None)} == set(_NEXT)
