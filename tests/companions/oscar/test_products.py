"""Reading and creating products."""

from __future__ import annotations

import base64
import time
from collections.abc import Callable

import pytest

from panstore.demo import catalogue
from panstore.demo.shop import product_ids
from tests.companions.oscar.client import ShopClient
from tests.companions.oscar.conftest import RunningShop

pytestmark = pytest.mark.real

_PIXEL = base64.b64decode(
    "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mP8z8BQDwAEhQGAhKmMIQAAAABJRU5ErkJggg=="
)


def test_the_catalogue_is_there_with_the_erps_skus_and_eans(shop: RunningShop) -> None:
    found = {item["sku"]: item for item in shop.api.get("/panstore/v1/products")["products"]}
    for page, variant in catalogue.variants():
        item = found[variant.sku]
        assert (item["upc"], item["tax_class"]) == (variant.ean, page.vat)
        assert (item["price"], item["num_in_stock"], item["currency"]) == (None, 0, "EUR")
        assert item["structure"] in {"standalone", "child"}
    assert product_ids(shop.directory)[variant.sku] == str(found[variant.sku]["id"])


def test_pages_go_through_everything_once_in_id_order(shop: RunningShop) -> None:
    everything = [p["id"] for p in shop.api.get("/panstore/v1/products")["products"]]
    seen: list[int] = []
    after: int | None = 0
    while after is not None:
        page = shop.api.get(f"/panstore/v1/products?after={after}&limit=50")
        assert len(page["products"]) <= 50
        seen += [item["id"] for item in page["products"]]
        after = page["next"]
    assert seen == sorted(everything)


def test_unknown_ids_are_simply_absent(shop: RunningShop, product: Callable[..., int]) -> None:
    known = product(free=4, price="3.10", tax_class="9.5")
    found = shop.api.get(f"/panstore/v1/products?ids={known},99999999")["products"]
    assert [item["id"] for item in found] == [known]
    assert (found[0]["free"], found[0]["price"], found[0]["tax_class"]) == ("4", "3.10", "9.5")


def test_creating_is_once_per_key_with_an_outcome_for_each(shop: RunningShop) -> None:
    items = [
        {
            "key": "mug-page",
            "title": "Skodelica Test",
            "structure": "parent",
            "category": "Dom > Skodelice",
            "tax_class": "22",
            "description": "<p>Bela.</p>",
            "image": {"name": "mug.png", "base64": base64.b64encode(_PIXEL).decode()},
        },
        {
            "key": "mug-big",
            "structure": "child",
            "parent_key": "mug-page",
            "sku": "MUG-B",
            "upc": "3830000999999",
            "title": "Skodelica Test, velika",
            "attributes": {"Velikost": "velika"},
        },
        {"key": "orphan", "structure": "child", "parent_key": "nobody", "sku": "ORPHAN"},
        {"key": "twin", "title": "Dvojček", "sku": "MUG-B"},
        {"key": "nameless", "sku": "NAMELESS"},
        {"key": "taxed", "title": "Davek", "sku": "TAXED", "tax_class": "19"},
    ]
    first = shop.api.post("/panstore/v1/products", {"products": items})["products"]
    again = shop.api.post("/panstore/v1/products", items)["products"]
    assert [item["outcome"] for item in first] == ["done", "done", *["refused"] * 4]
    assert [(i["product"], i.get("created")) for i in again[:2]] == [
        (first[0]["product"], False),
        (first[1]["product"], False),
    ]
    codes = [item["error"]["code"] for item in first[2:]]
    assert codes == ["unknown_parent", "sku_taken", "invalid", "unknown_tax_class"]
    assert first[3]["error"]["product"] == first[1]["product"]
    child = shop.api.product(first[1]["product"])
    assert (child["parent_id"], child["sku"], child["tax_class"]) == (
        first[0]["product"],
        "MUG-B",
        "22",
    )
    assert (child["price"], child["free"], child["upc"]) == (None, "0", "3830000999999")
    page = shop.visitor().call("GET", f"/catalogue/x_{first[0]['product']}/")
    assert page.status == 200
    assert "Skodelica Test" in page.body
    assert "not for sale yet" in page.body.lower()


def test_a_created_product_is_found_by_search_soon(shop: RunningShop) -> None:
    wanted = {"key": "rare", "sku": "RARE-1", "title": "Redkobeseda izdelek", "category": "Dom"}
    shop.api.post("/panstore/v1/products", [wanted])
    visitor, found = shop.visitor(), ""
    until = time.monotonic() + 20
    while time.monotonic() < until:
        found = visitor.call("GET", "/search/?q=Redkobeseda").body
        if "Redkobeseda izdelek" in found:
            break
        time.sleep(0.1)
    assert "Redkobeseda izdelek" in found


def test_looking_at_a_price_stores_no_basket(
    shop: RunningShop, product: Callable[..., int]
) -> None:
    one = product()
    count = (
        "from oscar.core.loading import get_model\n"
        "print(get_model('basket', 'Basket').objects.count())"
    )
    before = shop.manage("shell", "-v0", "-c", count)
    looker = ShopClient(shop.url)
    for path in ("price/", "availability/", ""):
        assert looker.call("GET", f"/api/products/{one}/{path}").status == 200
    assert shop.manage("shell", "-v0", "-c", count) == before
