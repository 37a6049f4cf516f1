"""The whole life of orders under faults, chosen by Hypothesis, judged at the end.

`PANSTORE_LIVES=500 pytest tests/engine/test_order_life_machine.py` looks longer.
"""

from __future__ import annotations

import os
from collections.abc import Sequence
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, settings
from hypothesis.stateful import run_state_machine_as_test
from msgspec.structs import replace

from panstore.model.ids import OrderKey
from panstore.model.invoice import InvoiceRequest
from panstore.model.sale import BookedOrder, ErpOrder
from panstore.testing.world import SimErpConnector
from tests.engine.order_life_machine import OrderLife, Template, World

pytestmark = pytest.mark.crash

LIVES = int(os.environ.get("PANSTORE_LIVES", "10"))


class ForgetfulErp(SimErpConnector):
    """Keeps no key of ours: it finds only what it has told us of.

    The ERP behind it creates another document each time it is asked.
    """

    def __init__(self, *args: object, **options: object) -> None:
        super().__init__(*args, **options)  # type: ignore[arg-type]
        self.told: set[str] = set()

    async def create_order(self, order: ErpOrder) -> BookedOrder:
        made = await super().create_order(order)
        self.told.add(order.key)
        return made

    async def issue_invoice(self, request: InvoiceRequest) -> BookedOrder:
        made = await super().issue_invoice(request)
        self.told.add(request.key)
        return self._forget(made)

    async def booked_orders(self, keys: Sequence[OrderKey]) -> Sequence[BookedOrder]:
        found = await super().booked_orders([key for key in keys if key in self.told])
        return [self._forget(sale) for sale in found]

    def _forget(self, sale: BookedOrder) -> BookedOrder:
        known = tuple(one for one in sale.invoices if not one.key or one.key in self.told)
        if known == sale.invoices:
            return sale
        goods = tuple(replace(one, invoiced=Decimal(0)) for one in sale.goods)
        return replace(sale, invoices=known, goods=goods)


class Lossy(OrderLife):
    """Every third reply to what creates a document is lost."""

    def __init__(self) -> None:
        super().__init__()
        made = ("create_order", "issue_invoice")
        self.scene.faults.at_random(0.33, ("lost_after",), connections=("erp",), operations=made)


def _live(machine: type[OrderLife], lives: int, **options: Any) -> None:
    run_state_machine_as_test(
        machine,
        settings=settings(
            max_examples=lives,
            stateful_step_count=25,
            deadline=None,
            suppress_health_check=list(HealthCheck),
            **options,
        ),
    )


WORLDS: dict[str, dict[str, bool]] = {
    "whole orders": {},
    "parts": {"shipped_scope": True},
    "parts, credited when received": {"shipped_scope": True, "received": True},
    "all or nothing, gross": {"whole": True, "gross": True},
    "a shop without keys": {"plain_shop": True},
}


@pytest.mark.timeout(max(300, LIVES * 10))
@pytest.mark.parametrize("world", WORLDS)
def test_every_order_ends_as_it_should(
    tmp_path_factory: pytest.TempPathFactory, world: str
) -> None:
    class Lives(OrderLife):
        template = Template(tmp_path_factory.mktemp("template"), World(**WORLDS[world]))

    _live(Lives, LIVES, print_blob=True)


@pytest.mark.timeout(600)
def test_without_our_keys_the_same_lives_end_in_doubles(
    tmp_path_factory: pytest.TempPathFactory,
) -> None:
    """A test of the test: with the protection gone it must see the damage."""

    always: dict[str, Any] = {"derandomize": True, "database": None, "phases": [Phase.generate]}

    class Kept(Lossy):
        template = Template(tmp_path_factory.mktemp("template"), World())

    world = World(keyed=False)
    scene = world.scene
    scene.erp_connector = ForgetfulErp(scene.erp_connector.id, scene.erp, scene.faults)

    class Doomed(Lossy):
        template = Template(tmp_path_factory.mktemp("template"), world)

        async def judged(self) -> None:
            try:
                await super().judged()
            except AssertionError as error:
                damage.append(str(error))

    damage: list[str] = []
    _live(Kept, 15, **always)
    _live(Doomed, 15, **always)
    assert any("is doubled" in one for one in damage), damage
    assert any("are invoiced" in one for one in damage), damage
