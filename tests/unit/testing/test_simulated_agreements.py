"""The simulated ERP's agreements beyond the suite: lists for everything, what is not asked for."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal

import pytest

from panstore.model.contract import PriceWish
from panstore.model.errors import InvariantError
from panstore.model.ids import ExternalId
from panstore.testing.world import DatedPrice, Scene

DAY = dt.date(2026, 3, 2)
LIST = ExternalId("L1")


@pytest.fixture
def scene() -> Scene:
    scene = Scene()
    scene.add_goods(2, price=Decimal("10.00"))
    return scene


def amounts(scene: Scene, quantity: int = 1) -> list[Decimal | None]:
    wishes = [PriceWish(link.erp, Decimal(quantity)) for link in scene.shop_links]
    return [one.amount for one in scene.erp.contract_prices(LIST, wishes, "EUR", DAY)]


def test_a_reduction_is_for_what_has_no_line_of_its_own(scene: Scene) -> None:
    tea, _ = (link.erp for link in scene.shop_links)
    scene.erp.set_list_price(LIST, tea, DatedPrice(Decimal("6.00"), least=Decimal(5)))
    assert amounts(scene, 5) == [Decimal("6.00"), None]
    scene.erp.set_reduction(LIST, Decimal(12))
    assert amounts(scene, 4) == [Decimal("8.80"), Decimal("8.80")]
    assert amounts(scene, 5) == [Decimal("6.00"), Decimal("8.80")]
    scene.erp.set_price(tea, None)
    assert amounts(scene) == [None, Decimal("8.80")]
    scene.erp.set_reduction(LIST, None)
    assert amounts(scene, 5) == [Decimal("6.00"), None]


async def test_a_question_is_neither_too_large_nor_asked_twice(scene: Scene) -> None:
    await scene.start()
    scene.erp.set_reduction(LIST, Decimal(12))
    erp, link = scene.erp_connector, scene.shop_links[0]
    most = erp.capabilities.contract_batch
    twice = [PriceWish(link.erp, Decimal(1))] * 2
    many = [PriceWish(link.erp, Decimal(number)) for number in range(1, most + 2)]
    for wishes in (twice, many):
        with pytest.raises(InvariantError):
            await erp.contract_prices(LIST, wishes, "EUR", DAY)
    assert len(await erp.contract_prices(LIST, many[:most], "EUR", DAY)) == most
    with pytest.raises(InvariantError):
        await erp.price_breaks(LIST, [link.erp] * (most + 1), DAY)


async def test_breaks_of_one_article_are_no_others_and_end_with_their_lines(scene: Scene) -> None:
    await scene.start()
    tea, coffee = (link.erp for link in scene.shop_links)
    cheap = DatedPrice(Decimal("6.00"), least=Decimal(5))
    over = DatedPrice(Decimal("7.00"), ends=DAY - dt.timedelta(days=1), least=Decimal(3))
    coming = DatedPrice(Decimal("5.00"), starts=DAY + dt.timedelta(days=9), least=Decimal(2))
    scene.erp.set_list_price(LIST, tea, cheap, over, coming, DatedPrice(Decimal("9.00")))
    found = await scene.erp_connector.price_breaks(LIST, [tea, coffee], DAY)
    assert found == {tea: (Decimal(2), Decimal(5))}
