"""`panstore products` on a simulated world: what it lists, what a word does, how it refuses."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from panstore.cli.app import main
from panstore.model.ids import ModuleCode
from panstore.modules.s3_products.module import module
from panstore.modules.s3_products.settings import ProductSyncSettings
from tests.engine.house import House
from tests.unit.cli.shop_host import ShopHost

Capture = pytest.CaptureFixture[str]


class _ProductHouse(House):
    """A house whose route keeps products in step."""

    def __init__(self, *args: Any, **options: Any) -> None:
        settings = ProductSyncSettings(first_sync="apply")
        products = {ModuleCode("S3"): (module, settings)}
        super().__init__(*args, product_modules=products, **options)


@pytest.fixture
def changed(tmp_path: Path) -> ShopHost:
    """A name that both systems have changed."""
    host = ShopHost(tmp_path, kind=_ProductHouse)
    host.work(House.settle)
    link = host.scene.shop_links[0]
    host.scene.erp.pages.edit(link.erp, name="Iz ERP")
    host.scene.shop.pages.edit(link.shop, name="Iz trgovine")
    host.work(House.settle)
    return host


def test_products_are_listed_with_both_ids(changed: ShopHost, capsys: Capture) -> None:
    assert main(changed, ["products", "list", "--json"]) == 0
    rows = json.loads(capsys.readouterr().out)["products"]
    pairs = {(link.erp, link.shop) for link in changed.scene.shop_links}
    assert {(row["erp"], row["shop"]) for row in rows} == pairs
    assert all(row["base_at"] for row in rows)
    assert main(changed, ["products", "list", "--find", rows[0]["erp"]]) == 0
    assert rows[0]["shop"] in capsys.readouterr().out
    assert main(changed, ["products", "list", "--unlinked"]) == 0
    assert "No products here" in capsys.readouterr().out


def test_a_word_settles_what_both_changed(changed: ShopHost, capsys: Capture) -> None:
    link = changed.scene.shop_links[0]
    assert main(changed, ["products", "conflicts"]) == 2
    told = capsys.readouterr().out
    assert all(word in told for word in (link.sku, "Iz ERP", "Iz trgovine", "not said"))
    assert main(changed, ["products", "take", "shop", link.sku, "name", "shop"]) == 0
    assert "Iz trgovine" in capsys.readouterr().out
    changed.work(House.settle)
    assert changed.scene.erp.pages.products([link.erp])[0].fields.name == "Iz trgovine"
    assert main(changed, ["products", "conflicts"]) == 0
    assert "Nothing was changed on both sides" in capsys.readouterr().out


def test_what_does_not_wait_is_refused(changed: ShopHost, capsys: Capture) -> None:
    link = changed.scene.shop_links[0]
    for words in (["NOPE", "name"], [link.sku, "weight"]):
        assert main(changed, ["products", "take", "shop", *words, "erp"]) == 1
        assert "panstore products conflicts" in capsys.readouterr().err
    wrong = ["products", "take", "shop", link.sku, "name", "erp", "--variant", "NOPE"]
    assert main(changed, wrong) == 1
    assert main(changed, ["products", "take", "shop", link.sku, "name", "newest"]) == 64
    assert main(changed, ["products", "conflicts", "--json"]) == 2
    [row] = json.loads(capsys.readouterr().out)["conflicts"]
    assert (row["erp"], row["shop"], row["take"]) == ("Iz ERP", "Iz trgovine", "")
