"""Products in the console: both values side by side, and a person's word about them."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

from panstore.model.ids import ModuleCode
from panstore.modules.s3_products.module import module
from panstore.modules.s3_products.settings import ProductSyncSettings
from panstore.store.product_conflicts import list_conflicts
from tests.engine.house import House
from tests.web.counter import NASTY, open_counter


class _ProductHouse(House):
    def __init__(self, *args: Any, **options: Any) -> None:
        settings = ProductSyncSettings(first_sync="apply")
        products = {ModuleCode("S3"): (module, settings)}
        super().__init__(*args, product_modules=products, **options)


async def test_a_conflict_is_shown_and_settled(tmp_path: Path) -> None:
    async with open_counter(tmp_path, kind=_ProductHouse) as counter:
        house = counter.house
        asked = await counter.client.get("/products", follow_redirects=False)
        assert asked.status_code == 303
        await counter.log_in()
        link = counter.scene.shop_links[0]
        counter.scene.erp.pages.edit(link.erp, name="Iz ERP")
        counter.scene.shop.pages.edit(link.shop, name=f"Iz trgovine {NASTY}")
        await house.settle()
        page = (await counter.client.get("/products")).text
        assert "Iz ERP" in page
        assert "Iz trgovine" in page
        assert NASTY not in page
        [one] = await house.store.read(list_conflicts)
        form = {"route": "shop", "item": one.item, "field": "name", "side": "erp"}
        refused = await counter.client.post("/products/take", data=form)
        assert refused.status_code == 403
        form["csrf"] = await counter.csrf()
        for wrong, status in (({"side": "us"}, 400), ({"route": "x"}, 404)):
            answer = await counter.client.post("/products/take", data=form | wrong)
            assert answer.status_code == status
        values = {"erp": one.erp, "shop": one.shop}
        stale = await counter.client.post("/products/take", data=form | values | {"shop": '"x"'})
        assert stale.status_code == 409
        assert "has changed" in stale.text
        assert not [row for row in await house.store.read(list_conflicts) if row.take]
        assert 'name="erp" value="&#34;Iz ERP&#34;"' in page
        form |= values
        await counter.client.post("/products/take", data=form)
        await house.settle()
        assert counter.scene.shop.pages.products([link.shop])[0].fields.name == "Iz ERP"
        live = (await counter.client.get("/live")).text
        said = " ".join(re.sub(r"<[^>]+>", " ", live).split())
        assert re.search(r"name in the shop: Iz trgovine .+? → Iz ERP ", said)
        again = await counter.client.post("/products/take", data=form)
        assert again.status_code == 409
        page = (await counter.client.get("/products")).text
        assert "Nothing was changed on both sides" in page
