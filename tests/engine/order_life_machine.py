"""Orders live while everything around them goes wrong: one machine that chooses what comes next.

The real engine with S1, S4, P1 and P2 over the simulated world. People do what people do, calls
are lost or refused, messages come twice, late or never, the process is killed at any step. At
the end everything is mended, the house settles, and the judge says what was lost or doubled.
"""

from __future__ import annotations

import asyncio
import copy
import shutil
import tempfile
from collections.abc import Coroutine
from decimal import Decimal
from pathlib import Path
from typing import Any, ClassVar, Literal

from hypothesis import strategies as st
from hypothesis.stateful import (
    Bundle,
    RuleBasedStateMachine,
    initialize,
    multiple,
    rule,
)

from panstore.engine.ports import no_probe
from panstore.model.ids import ConnectionId, ExternalId
from panstore.model.invoice import InvoiceScope
from panstore.modules.p1_invoices.settings import InvoiceSettings
from panstore.modules.p2_reservations.settings import ReservationSettings
from panstore.sdk.rules import Rule
from panstore.store.parked import Parked, list_parked
from panstore.testing.world import TRYTON_RULES, Duties, Scene
from panstore.testing.world.faults import FaultKind
from tests.engine.house import House, Killed
from tests.engine.life import TOLD, settings
from tests.engine.people import People

__all__ = ["OrderLife", "Template", "World"]

CALLS = (
    ("erp", "create_order"),
    ("erp", "cancel_order"),
    ("erp", "reserve"),
    ("erp", "release"),
    ("erp", "issue_invoice"),
    ("erp", "credit_invoice"),
    ("erp", "booked_orders"),
    ("erp", "find_customers"),
    ("erp", "stock_levels"),
    ("erp", "pull"),
    ("erp", "acknowledge"),
    ("shop", "update_order"),
    ("shop", "write_stock"),
    ("shop", "orders_since"),
)
KINDS: tuple[FaultKind, ...] = (
    "lost_after",
    "lost_before",
    "unavailable",
    "rate_limited",
    "rejected",
)
FOR_A_PERSON = frozenset({
    "order.cancelled_shipped",
    "order.cancelled_packed",
    "order.erp_cancelled",
    "order.parcel_lost",
})
"""Reasons for which an order may wait at the end: only a person knows what was agreed."""

_ENOUGH = 40

PLACES = st.integers(0, 2)
PIECES = st.integers(1, 4)
LINES = st.lists(st.tuples(PLACES, PIECES), min_size=1, max_size=3)
TURNS = st.sampled_from((0, 0, 1, 1, 3))
MONEY = ("pay", "pay", "pay half", "fail", "refund money", "refund all")
DESK = ("edit", "move", "cancel", "uncancel", "refund pieces")
WAREHOUSE = ("ship", "ship part", "pack", "receive", "goods arrive", "sell elsewhere")
OFFICE = ("cancel sale", "invoice", "draft", "drop parcel", "parcel anew")


class World:
    """What kind of shop, ERP and settings the orders live with.

    Args:
        shipped_scope: each part that has left is invoiced, not the whole order.
        whole: the goods of an order are set aside all together or not at all.
        gross: the shop's prices include VAT, and the ERP reckons as Tryton does.
        keyed: whether the ERP keeps our keys.
        plain_shop: the shop has no keys for what it is told, and takes stock without a watermark.
        received: goods that go back are credited when they have come.
    """

    def __init__(
        self,
        *,
        shipped_scope: bool = False,
        whole: bool = False,
        gross: bool = False,
        keyed: bool = True,
        plain_shop: bool = False,
        received: bool = False,
    ) -> None:
        rules = TRYTON_RULES if gross else None
        self.scene = Scene(
            keyed=keyed, guarded_stock=not plain_shop, prices_include_tax=gross, rules=rules
        )
        self.scene.shop.keyed_updates = not plain_shop
        scope: InvoiceScope = "shipped" if shipped_scope else "order"
        shortage: Literal["whole", "part"] = "whole" if whole else "part"
        credit: Literal["at_once", "received"] = "received" if received else "at_once"
        self.options = settings() | {
            "p1_settings": InvoiceSettings(rule=Rule("order.paid"), scope=scope, credit=credit),
            "p2_settings": ReservationSettings(shortage=shortage),
        }
        self.duties = Duties(
            invoiced=lambda order: order.is_paid,
            scope=scope,
            credit=credit,
            reserved=lambda order: not order.payment_failed,
            shortage=shortage,
            told={"shipped": TOLD["shipped"]},
        )


class Template:
    """A house whose catalogues are linked, made once; each run begins with a copy of it."""

    def __init__(self, folder: Path, world: World) -> None:
        self._folder = folder
        self._scene = world.scene
        self.options = world.options
        self.duties = world.duties
        asyncio.run(self._prepare())

    async def _prepare(self) -> None:
        scene = self._scene
        scene.add_goods(2, on_hand=6, price=Decimal("33.33"))
        scene.add_goods(1, on_hand=6, price=Decimal("7.49"), rate=Decimal("9.5"))
        house = House(scene, self._url(self._folder), **self.options)
        await house.open()
        await house.settle()
        await house.close()

    def copy(self, folder: Path) -> tuple[Scene, str]:
        """A scene and a store of its own."""
        shutil.copy(self._folder / "panstore.sqlite", folder)
        return copy.deepcopy(self._scene), self._url(folder)

    @staticmethod
    def _url(folder: Path) -> str:
        return f"sqlite:///{folder}/panstore.sqlite"


class OrderLife(RuleBasedStateMachine):
    """One life; a subclass says from which template."""

    template: ClassVar[Template]
    orders = Bundle("orders")

    def __init__(self) -> None:
        super().__init__()
        self.folder = tempfile.TemporaryDirectory(prefix="panstore-life-")
        self.scene, url = self.template.copy(Path(self.folder.name))
        self.people = People(self.scene)
        self.house = House(self.scene, url, **self.template.options)
        self.loop = asyncio.Runner()
        self.finished = False
        self.run(self.house.open())

    def run(self, work: Coroutine[Any, Any, Any]) -> Any:
        """Do it in this machine's own event loop."""
        return self.loop.run(work)

    # -- people --------------------------------------------------------------------------------

    @initialize(target=orders, lines=LINES, turns=TURNS)
    def first_order(self, lines: list[tuple[int, int]], turns: int) -> Any:
        return self._placed(self.people.buy(lines), turns)

    @rule(
        target=orders,
        lines=LINES,
        shipping=st.booleans(),
        discount=st.sampled_from((0, 0, 15)),
        guard=st.booleans(),
        paid=st.booleans(),
        turns=TURNS,
    )
    def buy(
        self,
        lines: list[tuple[int, int]],
        turns: int,
        *,
        shipping: bool,
        discount: int,
        guard: bool,
        paid: bool,
    ) -> Any:
        id_ = self.people.buy(lines, shipping=shipping, discount=discount, guard=guard)
        if paid and id_ is not None:
            self.people.pay(id_)
        return self._placed(id_, turns)

    def _placed(self, id_: ExternalId | None, turns: int) -> Any:
        self.work(turns)
        return multiple() if id_ is None else id_

    @rule(id_=orders, deed=st.sampled_from(MONEY), cents=st.integers(1, 500), turns=TURNS)
    def money(self, id_: ExternalId, deed: str, cents: int, turns: int) -> None:
        match deed:
            case "pay half":
                self.people.pay(id_, half=True)
            case "fail":
                self.people.fail_payment(id_)
            case "refund money":
                self.people.refund_money(id_, cents)
            case "refund all":
                self.people.refund_all(id_)
            case _:
                self.people.pay(id_)
        self.work(turns)

    @rule(
        id_=orders,
        deed=st.sampled_from(DESK),
        place=PLACES,
        pieces=st.integers(0, 4),
        turns=TURNS,
    )
    def desk(self, id_: ExternalId, deed: str, place: int, pieces: int, turns: int) -> None:
        match deed:
            case "edit":
                self.people.edit(id_, place, pieces)
            case "move":
                self.people.move(id_, place)
            case "cancel":
                self.people.cancel(id_)
            case "uncancel":
                self.people.uncancel(id_)
            case _:
                self.people.refund_pieces(id_, place, pieces)
        self.work(turns)

    @rule(
        id_=orders,
        deed=st.sampled_from(WAREHOUSE),
        place=PLACES,
        pieces=PIECES,
        turns=TURNS,
    )
    def warehouse(self, id_: ExternalId, deed: str, place: int, pieces: int, turns: int) -> None:
        match deed:
            case "ship":
                self.people.ship(id_)
            case "ship part":
                self.people.ship(id_, pieces=1)
            case "pack":
                self.people.pack(id_)
            case "receive":
                self.people.receive(id_)
            case "goods arrive":
                self.people.goods_arrive(place, pieces)
            case _:
                self.people.sell_elsewhere(place, pieces)
        self.work(turns)

    @rule(id_=orders, parts=st.booleans(), back=st.booleans(), place=PLACES, turns=TURNS)
    def all_goes_well(
        self, id_: ExternalId, turns: int, *, parts: bool, back: bool, place: int
    ) -> None:
        """Paid, set aside, sent: so that what goes wrong later meets orders that came far."""
        self.people.pay(id_)
        self.work(2)
        self.people.ship(id_, pieces=1 if parts else None)
        self.work(turns)
        if back:
            self.people.refund_pieces(id_, place, 1)
            self.work(turns)

    @rule(id_=orders, deed=st.sampled_from(OFFICE), turns=TURNS)
    def office(self, id_: ExternalId, deed: str, turns: int) -> None:
        match deed:
            case "cancel sale":
                self.people.cancel_sale(id_)
            case "drop parcel":
                self.people.drop_parcel(id_)
            case "parcel anew":
                self.people.make_parcel_anew(id_)
            case "invoice":
                self.people.invoice(id_)
            case _:
                self.people.draft(id_)
        self.work(turns)

    # -- what goes wrong -----------------------------------------------------------------------

    @rule(call=st.sampled_from(CALLS), kind=st.sampled_from(KINDS))
    def a_call_goes_wrong(self, call: tuple[str, str], kind: FaultKind) -> None:
        self.scene.faults.script(*call, kind)

    @rule(steps=st.integers(1, 30))
    def kill(self, steps: int) -> None:
        """The process dies at one of the next step boundaries."""
        left = [steps]

        def cut(step: str) -> None:
            left[0] -= 1
            if left[0] == 0:
                raise Killed(step)

        self.house.probe = cut

    @rule(how=st.sampled_from(("lost", "doubled", "reversed")))
    def messages_go_astray(self, how: str) -> None:
        for sender in (self.scene.shop.messages, self.scene.erp.messages):
            match how:
                case "lost":
                    sender.take()
                case "doubled":
                    sender.sent += sender.sent
                case _:
                    sender.sent.reverse()

    # -- time ----------------------------------------------------------------------------------

    @rule(turns=st.integers(1, 3))
    def work(self, turns: int) -> None:
        if turns:
            self.run(self._turns(turns))

    @rule(minutes=st.sampled_from((1, 10, 90)))
    def time_passes(self, minutes: int) -> None:
        self.scene.clock.advance(60 * minutes)

    async def _turns(self, turns: int) -> None:
        for _ in range(turns):
            try:
                await self.house.step()
            except Killed:
                self.house.probe = no_probe
                await self.house.restart()

    # -- the end -------------------------------------------------------------------------------

    def teardown(self) -> None:
        try:
            self.run(self.judged())
        finally:
            self.run(self.house.close())
            self.loop.close()
            self.folder.cleanup()

    async def judged(self) -> None:
        """Mend everything, let it come to rest, and ask the judge.

        Then what is kept leaves and what was given back comes, and the judge is asked again: the
        books are now what the shop has charged, to the cent.
        """
        await self._mended()
        await self._verdict()
        for place in range(len(self.scene.shop_links)):
            self.people.goods_arrive(place, _ENOUGH)
        for _ in range(2):
            await self.house.settle()
            for entry in self.scene.shop.orders.all():
                if entry.order.stage != "cancelled":
                    self.people.see_it_through(entry.order.id)
        await self.house.settle()
        await self._verdict()

    async def _verdict(self) -> None:
        waiting = await self._parked()
        assert {one.code for one in waiting} <= FOR_A_PERSON, [
            (one.code, one.reason) for one in waiting
        ]
        links = {ConnectionId("shop"): await self.house.links()}
        parked = await self.house.parked_orders()
        held = {ConnectionId("shop"): [ExternalId(one.key) for one in waiting]}
        duties = self.template.duties
        found = self.scene.judge(parked=parked, held=held, links=links, duties=duties)
        assert not found, "\n".join(found)

    async def _mended(self) -> None:
        """Everything works again; a person lets what was refused be tried once more."""
        self.scene.faults.calm()
        self.house.probe = no_probe
        for seconds in (30, 1):
            self.scene.clock.advance(3600)
            await self.house.settle(seconds=seconds)
            for record in await self._parked():
                await self.house.engine.retry(record.id)
            await self.house.settle(seconds=seconds)

    async def _parked(self) -> list[Parked]:
        return list(await self.house.store.read(list_parked))
