"""Where each parcel has its invoice, what is given back never makes the books run ahead."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from decimal import Decimal
from pathlib import Path

import pytest

from panstore.model.ids import ExternalId
from panstore.store.parked import list_parked
from tests.engine.order_life_machine import OrderLife, Template, World


class Life(OrderLife):
    """One order, paid and set aside; the judge is asked at the end."""

    def begin(self, *lines: tuple[int, int]) -> None:
        order = self.people.buy(lines)
        assert order is not None
        self.order: ExternalId = order
        self.people.pay(order)
        self.steps(2)

    def steps(self, times: int = 1) -> None:
        for _ in range(times):
            self.run(self.house.step())

    def send(self, place: int, pieces: int) -> None:
        """Some pieces of one article leave."""
        sale = self.people.sales(self.order)[0]
        part = {self.scene.shop_links[place].erp: Decimal(pieces)}
        self.scene.erp.deliveries.ship(sale.id, part, carrier="Post", tracking="T")
        self.steps()

    @property
    def charged(self) -> Decimal:
        """What stands in the books."""
        return sum((sale.charged for sale in self.scene.erp.sales), Decimal(0))

    @property
    def owed(self) -> Decimal:
        """What the shop has charged and not given back."""
        order = self.people.order(self.order)
        return order.total - order.given_back

    @property
    def invoiced(self) -> Decimal:
        """Pieces on the invoices of the sale itself."""
        return sum(next(iter(self.scene.erp.sales)).invoiced.values(), Decimal(0))

    @property
    def parked(self) -> set[str]:
        """Why something waits for a person."""
        return {one.code for one in self.run(self.house.store.read(list_parked))}


Start = Callable[..., Life]


@pytest.fixture
def start(tmp_path: Path) -> Iterator[Start]:
    lives: list[Life] = []

    def begin(*lines: tuple[int, int], received: bool = False) -> Life:
        class One(Life):
            template = Template(tmp_path, World(shipped_scope=True, received=received))

        lives.append(One())
        lives[0].begin(*lines)
        return lives[0]

    yield begin
    lives[0].teardown()  # the judge reckons what stands in the books


@pytest.mark.parametrize("received", [False, True])
def test_a_piece_that_never_left_costs_nothing(start: Start, *, received: bool) -> None:
    life = start((0, 2), received=received)
    life.people.ship(life.order, pieces=1)
    life.people.refund_pieces(life.order, 0, 1)
    life.steps(2)
    assert life.charged == life.owed == Decimal("40.66")


def test_an_order_given_back_whole_costs_nothing(start: Start) -> None:
    life = start((0, 2))
    life.people.ship(life.order, pieces=1)
    life.people.refund_all(life.order)
    life.steps(2)
    assert life.charged == life.owed == 0


def test_what_the_buyer_still_has_is_charged_until_it_comes(start: Start) -> None:
    life = start((0, 2), received=True)
    life.people.ship(life.order, pieces=1)
    life.people.refund_all(life.order)
    life.steps(2)
    assert life.charged == Decimal("40.66")
    life.people.receive(life.order)
    life.steps(2)
    assert life.charged == life.owed == 0


def test_it_is_not_credited_before_the_rest_of_the_order_leaves(start: Start) -> None:
    life = start((0, 2), (2, 1))
    life.send(0, 1)
    life.people.refund_pieces(life.order, 0, 1)
    life.steps(2)
    assert life.charged == Decimal("40.66")
    life.send(2, 1)
    life.steps(2)
    assert life.charged == life.owed == Decimal("48.86")


def test_nor_when_the_rest_is_lost_until_a_person_gives_it_back(start: Start) -> None:
    life = start((0, 2), (2, 1))
    life.send(0, 1)
    life.people.refund_pieces(life.order, 0, 1)
    life.steps(2)
    life.people.drop_parcel(life.order)
    life.steps(2)
    assert life.parked == {"order.parcel_lost"}
    assert life.charged == Decimal("40.66")
    life.people.refund_pieces(life.order, 1, 1)
    life.steps(2)
    assert life.parked == set()
    assert life.charged == life.owed == Decimal("40.66")


def test_money_is_not_given_back_before_it_is_charged(start: Start) -> None:
    life = start((2, 3))
    life.send(2, 1)
    life.people.refund_money(life.order, 2000)
    life.steps(2)
    assert life.charged == Decimal("8.20")
    life.send(2, 2)
    life.steps(2)
    assert life.charged == life.owed == Decimal("4.60")


def test_a_piece_that_came_back_leaves_the_last_one_to_be_invoiced_with_its_parcel(
    start: Start,
) -> None:
    life = start((0, 3), (2, 1))
    life.send(0, 2)
    life.people.refund_pieces(life.order, 0, 1)
    life.steps(2)
    life.people.receive(life.order)
    life.send(2, 1)
    life.steps(2)
    assert life.invoiced == 3  # two of one article, one of the other
    life.send(0, 1)
    life.steps(2)
    assert life.invoiced == 4
    assert life.charged == life.owed


def test_an_order_given_back_in_money_alone_is_settled(start: Start) -> None:
    life = start((2, 1))
    life.people.edit(life.order, 2, 2)
    life.people.pay(life.order)
    life.steps(2)
    life.send(2, 1)
    life.people.refund_money(life.order, 1640)
    life.steps(2)
    assert life.charged == life.owed == 0
