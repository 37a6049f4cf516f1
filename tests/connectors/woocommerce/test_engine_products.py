"""The real engine over the simulated shop: a single article that becomes one of several."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any, Literal

import pytest

from panstore.model.ids import ExternalId, ModuleCode
from panstore.model.product import ProductWrite, VariantFields, VariantWrite
from panstore.modules.s3_products.module import module as s3
from panstore.modules.s3_products.settings import ProductSyncSettings
from panstore.store.parked import list_parked
from panstore.testing.proxy import FaultProxy, Request
from panstore.testing.world import Scene
from tests.connectors.woocommerce.harness import KEY, SECRET, WooHarness
from tests.connectors.woocommerce.simulator.server import running
from tests.connectors.woocommerce.simulator.shop import SimWoo
from tests.connectors.woocommerce.test_engine import WooHouse

S3 = ModuleCode("S3")


@pytest.fixture
async def woo(tmp_path: Path) -> AsyncIterator[WooHouse]:
    shop = SimWoo(clock=Scene().clock, shuffles_ties=True)
    shop.add_key(KEY, SECRET)
    async with running(shop) as url:
        host, port = url.removeprefix("http://").split(":")
        async with FaultProxy(host, int(port)) as proxy:
            harness = WooHarness(shop, proxy)
            harness.ask("POST", "taxes", {"country": "DE", "rate": "19", "class": "standard"})
            made = WooHouse(harness, f"sqlite:///{tmp_path}/store.sqlite")
            shop.clock = made.scene.clock
            settings = ProductSyncSettings(first_sync="apply", publish_new=True)
            made.house.product_modules = {S3: (s3, settings)}
            await harness.connector.start()
            await made.house.open()
            try:
                yield made
            finally:
                await made.house.close()
                await harness.connector.close()


def _grow(woo: WooHouse, erp: ExternalId, sku: str) -> ExternalId:
    """The ERP's people add a second variant."""
    variant = VariantWrite(None, VariantFields(sku=sku), sku)
    done = woo.scene.erp.pages.write(ProductWrite(erp, variants=(variant,)))
    assert done.product is not None, done
    return next(one.id for one in done.product.variants if one.fields.sku == sku)


def _stock(woo: WooHouse) -> dict[str, Any]:
    """What can be bought, by code."""
    found = {}
    for row in woo.harness.ask("GET", "products", status="any", per_page="100"):
        options = woo.harness.ask("GET", f"products/{row['id']}/variations", per_page="100")
        rows = options if row["type"] == "variable" else [row]
        found.update({one["sku"]: one["stock_quantity"] for one in rows})
    return found


async def test_what_a_single_article_had_sold_stays_sold_when_it_becomes_one_of_several(
    woo: WooHouse,
) -> None:
    """Orders name the product; its goods have another id from then on."""
    erp, shop = await woo.add_goods("TEA", 10)
    await woo.house.settle()
    woo.order(shop, 3)
    second = _grow(woo, erp, "TEA-2")
    woo.scene.erp.set_on_hand(second, 7)
    await woo.house.settle()
    assert woo.harness.stored(shop)["type"] == "variable"
    assert _stock(woo) == {"TEA": 7, "TEA-2": 7}
    [order] = woo.harness.ask("GET", "orders")
    woo.harness.ask("PUT", f"orders/{order['id']}", {"customer_note": "soon"})
    await woo.house.settle()
    assert _stock(woo) == {"TEA": 7, "TEA-2": 7}
    woo.harness.ask("PUT", f"orders/{order['id']}", {"status": "cancelled"})
    await woo.house.settle()
    assert _stock(woo) == {"TEA": 10, "TEA-2": 7}
    kept = await woo.house.store.read(list_parked)
    assert [one for one in kept if one.code == "product.structure"] == []


@pytest.mark.parametrize("what", ["dropped", "lost"])
@pytest.mark.parametrize("step", range(3))
async def test_cut_off_between_the_parts_of_a_split_all_ends_well(
    woo: WooHouse, step: int, what: Literal["dropped", "lost"]
) -> None:
    """The shop is away from the n-th write on, while stock moves and PanStore is killed."""
    erp, shop = await woo.add_goods("TEA", 10)
    await woo.house.settle()
    woo.order(shop, 3)
    await woo.house.settle()
    seen = 0

    def from_there_on(request: Request) -> bool:
        nonlocal seen
        seen += request.method != "GET"
        return request.method != "GET" and seen > step

    woo.harness.proxy.script(*[what] * 30, only=from_there_on)
    second = _grow(woo, erp, "TEA-2")
    woo.scene.erp.set_on_hand(second, 7)
    for _ in range(4):
        await woo.house.step()
    assert seen > step
    woo.scene.erp.set_on_hand(erp, 8)
    await woo.house.step()
    await woo.house.restart()
    await woo.house.step()
    woo.harness.proxy.calm()
    await woo.house.settle()
    whole = woo.harness.stored(shop)
    assert (whole["type"], whole["manage_stock"]) == ("variable", False)
    assert _stock(woo) == {"TEA": 5, "TEA-2": 7}
    assert {link.sku for link in await woo.house.links()} == {"TEA", "TEA-2"}
