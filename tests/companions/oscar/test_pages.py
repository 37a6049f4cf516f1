"""Products as pages with variants: read whole, written whole or not at all, changes listed."""

from __future__ import annotations

import base64
import hashlib
import itertools
import sqlite3
import time
from contextlib import closing
from typing import Any

import pytest

from panstore.demo import catalogue
from panstore.demo.shop import product_ids
from tests.companions.oscar.conftest import RunningShop

pytestmark = pytest.mark.real

_numbers = itertools.count(1)
_PIXEL = base64.b64decode(
    "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mP8z8BQDwAEhQGAhKmMIQAAAABJRU5ErkJggg=="
)
_DIGEST = hashlib.sha256(b"as the ERP held it").hexdigest()


def _page(shop: RunningShop, id_: int) -> dict[str, Any]:
    (page,) = shop.api.get(f"/panstore/v1/products/pages?ids={id_}")["products"]
    found: dict[str, Any] = page
    return found


def _write(shop: RunningShop, *items: dict[str, Any]) -> list[dict[str, Any]]:
    answer: list[dict[str, Any]] = shop.api.post(
        "/panstore/v1/products/write", {"products": list(items)}
    )["products"]
    return answer


def _create(shop: RunningShop, *options: str, **said: Any) -> dict[str, Any]:
    """A new page with a variant for each option."""
    number = next(_numbers)
    variants = [
        {
            "id": None,
            "key": f"page-{number}-{option}",
            "fields": {"sku": f"PAGE-{number}-{option}", "attributes": {"Izvedba": option}},
        }
        for option in options
    ]
    fields = {"title": f"Stran {number}", "tax_class": "9.5", **said}
    write = {"id": None, "key": f"page-{number}", "fields": fields, "variants": variants}
    (outcome,) = _write(shop, write)
    assert outcome["outcome"] == "done", outcome
    page: dict[str, Any] = outcome["page"]
    return page


def _changed(shop: RunningShop) -> dict[int, int]:
    rows = shop.api.get("/panstore/v1/changes")["changes"]
    return {row["product"]: row["number"] for row in rows}


def _all_read(shop: RunningShop) -> None:
    while rows := shop.api.get("/panstore/v1/changes")["changes"]:
        shop.api.post("/panstore/v1/changes/ack", {"changes": rows})


def _sql(shop: RunningShop, sql: str, *values: object) -> None:
    with (
        closing(sqlite3.connect(shop.directory / "shop.sqlite3", timeout=20)) as database,
        database,
    ):
        database.execute(sql, values)


def test_a_page_says_all_that_the_catalogue_says(shop: RunningShop) -> None:
    product = next(one for one in catalogue.products() if len(one.variants) > 1)
    ids = [int(product_ids(shop.directory)[variant.sku]) for variant in product.variants]
    page = _page(shop, ids[-1])
    assert (page["title"], page["tax_class"], page["is_public"]) == (
        product.name,
        product.vat,
        True,
    )
    assert page["description"] == f"<p>{product.description}</p>"
    assert page["categories"] == [product.category.split(" > ")]
    said = [
        (one["id"], one["sku"], one["upc"], one["attributes"], int(float(one["weight"]) * 1000))
        for one in page["variants"]
    ]
    assert said == [
        (id_, variant.sku, variant.ean, {"Izvedba": variant.option}, variant.weight_g)
        for id_, variant in zip(ids, product.variants, strict=True)
    ]
    (image,) = page["images"]
    content = shop.api.get(f"/panstore/v1/products/{page['id']}/images/{image['digest']}")
    assert hashlib.sha256(base64.b64decode(content["base64"])).hexdigest() == image["digest"]


def test_a_product_is_created_once_and_changed_field_by_field(shop: RunningShop) -> None:
    page = _create(
        shop,
        "mala",
        "velika",
        description="<p>Bela.</p>",
        categories=[["Dom", "Vaze", "Stekleni > nizke"]],
        is_public=False,
    )
    assert page["structure"] == "parent"
    assert page["categories"] == [["Dom", "Vaze", "Stekleni > nizke"]]
    first, second = page["variants"]
    again = _write(
        shop,
        {"id": None, "key": f"page-{page['title'].split()[1]}", "fields": {"title": "Drugo"}},
    )
    assert again[0]["page"] == page
    change = {
        "id": page["id"],
        "version": page["version"],
        "fields": {"title": "Vaza <nova> & lepa", "tax_class": "22", "is_public": True},
        "variants": [
            {
                "id": second["id"],
                "fields": {
                    "upc": "3830000777777",
                    "weight": "0.35",
                    "title": "Vaza, večja",
                    "attributes": {"Izvedba": "večja", "Barva": "bela"},
                    "is_public": False,
                },
            }
        ],
    }
    stale = {**change, "fields": {"title": "Prepozno"}}
    done, late = _write(shop, change), _write(shop, stale)
    assert (late[0]["outcome"], late[0]["error"]["code"]) == ("refused", "changed_meanwhile")
    stored = done[0]["page"]
    assert stored == _page(shop, second["id"])
    assert (stored["title"], stored["tax_class"]) == ("Vaza <nova> & lepa", "22")
    assert (stored["is_public"], stored["description"]) == (True, "<p>Bela.</p>")
    assert stored["variants"][0] == first
    assert stored["variants"][1] == {
        **second,
        "upc": "3830000777777",
        "weight": "0.35",
        "title": "Vaza, večja",
        "attributes": {"Barva": "bela", "Izvedba": "večja"},
        "is_public": False,
    }
    unchanged = _write(shop, {**change, "version": stored["version"]})
    assert unchanged[0]["page"] == stored


def test_a_refused_product_leaves_nothing_and_the_others_go_through(shop: RunningShop) -> None:
    hidden, other = _create(shop, "a", is_public=False), _create(shop, "b")
    sku = hidden["variants"][0]["sku"]

    def change(fields: dict[str, Any], **variant: Any) -> dict[str, Any]:
        variants = [{"id": other["variants"][0]["id"], "fields": variant}] if variant else []
        return {"id": other["id"], "fields": {"title": "Nikoli", **fields}, "variants": variants}

    refused = [
        _write(shop, one)[0]["error"]
        for one in (
            change({}, sku=sku),
            change({"tax_class": "19"}),
            change({"title": "x" * 256}),
            change({"images": [_DIGEST]}),
            {**change({}), "id": 99999999},
        )
    ]
    codes = [error["code"] for error in refused]
    assert codes == ["sku_taken", "unknown_tax", "too_long", "unknown_image", "unknown_product"]
    assert refused[0]["product"] == hidden["id"]
    assert _page(shop, other["id"]) == other
    bad, good = _write(
        shop, change({"tax_class": "19"}), {"id": hidden["id"], "fields": {"title": "Dober"}}
    )
    assert (bad["outcome"], good["page"]["title"]) == ("refused", "Dober")


def test_a_single_article_that_gets_a_sister_stays_what_it_is(shop: RunningShop) -> None:
    single = _create(shop, "ena", categories=[["Dom"]], description="<p>Opis</p>")
    (variant,) = single["variants"]
    assert (single["structure"], variant["id"]) == ("standalone", single["id"])
    image = {"digest": _DIGEST, "name": "a b.png", "base64": base64.b64encode(_PIXEL).decode()}
    path = f"/panstore/v1/products/{single['id']}/images"
    assert [shop.api.post(path, image)["added"] for _ in range(2)] == [True, False]
    assert [one["digest"] for one in _page(shop, single["id"])["images"]] == [_DIGEST]
    not_one = {**image, "digest": "0" * 64, "base64": base64.b64encode(b"text").decode()}
    assert shop.api.call("POST", path, not_one).body["error"]["code"] == "not_an_image"
    shop.api.set_price(single["id"], "3.00", "9.5")
    shop.api.set_stock(single["id"], 5)
    order = shop.order(single["id"])
    sister = {"id": None, "key": f"sister-{single['id']}", "fields": {"sku": f"SI-{single['id']}"}}
    (done,) = _write(shop, {"id": single["id"], "fields": {}, "variants": [sister]})
    page = done["page"]
    assert page["id"] not in {single["id"], None}
    moved = ("title", "description", "categories", "tax_class", "is_public")
    assert {name: page[name] for name in moved} == {name: single[name] for name in moved}
    assert [one["digest"] for one in page["images"]] == [_DIGEST]
    old, new = page["variants"]
    assert old == {**variant, "price": "3.00"}
    assert (new["sku"], new["price"]) == (f"SI-{single['id']}", None)
    assert shop.read(order)["lines"][0]["product"] == single["id"]
    assert shop.api.product(single["id"])["parent_id"] == page["id"]
    visited = shop.visitor().call("GET", f"/catalogue/x_{single['id']}/")
    assert (visited.status, page["title"] in visited.body) == (200, True)
    (again,) = _write(shop, {"id": page["id"], "fields": {}, "variants": [sister]})
    assert again["page"] == page


def test_images_are_put_in_order_and_taken_away(shop: RunningShop) -> None:
    page = _create(shop, "s")
    digests = ["a" * 64, "b" * 64, "c" * 64]
    for digest in digests:
        image = {"digest": digest, "name": "x.png", "base64": base64.b64encode(_PIXEL).decode()}
        shop.api.post(f"/panstore/v1/products/{page['id']}/images", image)
    wanted = [digests[2], digests[0]]
    (done,) = _write(shop, {"id": page["id"], "fields": {"images": wanted}})
    assert [image["digest"] for image in done["page"]["images"]] == wanted
    gone = shop.api.call("GET", f"/panstore/v1/products/{page['id']}/images/{digests[1]}")
    assert (gone.status, gone.body["error"]["code"]) == (404, "unknown_image")


def test_changes_are_listed_until_they_are_acknowledged(shop: RunningShop) -> None:
    page = _create(shop, "x", "y", categories=[["Listi", "Novi"]])
    child = page["variants"][1]["id"]
    by_sql = {
        "UPDATE catalogue_product SET title = 'Plain SQL' WHERE id = ?": page["id"],
        "UPDATE catalogue_productattributevalue SET value_text = 'z' WHERE product_id = ?": child,
        "UPDATE partner_stockrecord SET partner_sku = 'SQL-SKU' WHERE product_id = ?": child,
        "UPDATE oscar_panstore_itemtax SET code = '22' WHERE product_id = ?": page["id"],
        "DELETE FROM catalogue_productcategory WHERE product_id = ?": page["id"],
    }
    tree = "UPDATE catalogue_category SET name = 'Drugi' WHERE name = 'Listi' AND id > ?"
    _all_read(shop)
    _sql(shop, tree, 0)
    assert set(_changed(shop)) == {page["id"]}
    for sql, changed in by_sql.items():
        _all_read(shop)
        _sql(shop, sql, changed)
        assert set(_changed(shop)) == {changed}, sql
    rows = _changed(shop)
    _sql(shop, "UPDATE catalogue_product SET description = 'again' WHERE id = ?", page["id"])
    read = [{"product": product, "number": number} for product, number in rows.items()]
    assert shop.api.post("/panstore/v1/changes/ack", {"changes": read})["acknowledged"] == 0
    assert _changed(shop).keys() == {page["id"]}
    _all_read(shop)
    shop.api.set_stock(child, 3)
    _sql(shop, "UPDATE catalogue_product SET title = title, rating = 3 WHERE id = ?", child)
    assert _changed(shop) == {}


def test_search_follows_and_a_page_without_news_is_not_saved(shop: RunningShop) -> None:
    page = _create(shop, "i")
    change = {"id": page["id"], "fields": {"title": "Prebarvanka izdelek", "categories": [["Dom"]]}}
    (done,) = _write(shop, change)
    until, found = time.monotonic() + 20, ""
    while time.monotonic() < until and "Prebarvanka izdelek" not in found:
        found = shop.visitor().call("GET", "/search/?q=Prebarvanka").body
        time.sleep(0.1)
    assert "Prebarvanka izdelek" in found
    saved = shop.api.product(page["id"])["date_updated"]
    _all_read(shop)
    assert _write(shop, change) == [done]
    assert shop.api.product(page["id"])["date_updated"] == saved
    assert _changed(shop) == {}
