"""Products as pages: read whole, written whole or not at all, and told when they change."""

from __future__ import annotations

import base64
import hashlib
from decimal import Decimal
from typing import Any

import pytest

from panstore.demo import catalogue
from tests.companions.tryton.client import Erp, RefusedError
from tests.companions.tryton.test_outbox import pulled

pytestmark = pytest.mark.real


def page(erp: Erp, template: int) -> dict[str, Any]:
    (found,) = erp.gateway("product_pages", [template])
    return dict(found)


def template_of(erp: Erp, sku: str) -> int:
    product = erp.facts["skus"][sku]
    return int(erp.read("product.product", product, "template")["template"])


UNTOUCHED = catalogue.products()[-40::5]
"""Products that no other test of the session changes: they take theirs from the beginning."""


def test_pages_say_what_the_catalogue_says(erp: Erp) -> None:
    templates = {product.code: template_of(erp, product.variants[0].sku) for product in UNTOUCHED}
    pages = {row["id"]: row for row in erp.gateway("product_pages", [*templates.values(), 999999])}
    assert pages.keys() == set(templates.values())
    for product in UNTOUCHED:
        found = pages[templates[product.code]]
        assert (found["name"], found["description"]) == (product.name, product.description)
        assert (found["tax"], found["unit"]) == (product.vat, "Unit")
        assert found["categories"] == [product.category.split(" > ")]
        assert (found["active"], found["tracked"]) == (True, True)
        assert len(found["images"]) == 1, "the demo gives each product the shop's picture"
        assert [
            (row["sku"], row["gtin"], row["active"], row["weight"], row["attributes"])
            for row in found["variants"]
        ] == [
            (
                variant.sku,
                variant.ean,
                True,
                Decimal(variant.weight_g) / 1000,
                [["Izvedba", variant.option]] if variant.option else [],
            )
            for variant in product.variants
        ]


def new_page(key: str, **changes: Any) -> dict[str, Any]:
    code = f"NEW-{key.split('/')[1][:8]}"
    variants = [
        {
            "id": None,
            "key": f"{key}/{size}",
            "sku": f"{code}-{size}",
            "gtin": "",
            "weight": Decimal("0.25") * place,
            "attributes": [["Izvedba", size], ["Poreklo", "Kenija"]],
            "price": Decimal(10 * place),
        }
        for place, size in enumerate(("S", "L"), start=1)
    ]
    return {
        "id": None,
        "key": key,
        "version": "",
        "name": "Nova kava",
        "description": "Prvi odstavek.\n\nDrugi.",
        "tax": "9.5",
        "unit": "Unit",
        "categories": [["Novo", f"Podveja {key}"], ["Kava", "Zrna"]],
        "active": True,
        "variants": variants,
    } | changes


def test_a_new_product_is_made_whole_and_once(erp: Erp, key: str) -> None:
    wanted = new_page(key)
    made = erp.gateway("write_page", wanted)
    assert made["categories"] == sorted(wanted["categories"])
    assert [made[name] for name in ("name", "description", "tax", "unit", "active")] == [
        wanted[name] for name in ("name", "description", "tax", "unit", "active")
    ]
    for row, asked in zip(made["variants"], wanted["variants"], strict=True):
        names = ("sku", "gtin", "weight", "attributes")
        assert [row[name] for name in names] == [asked[name] for name in names]
    prices = erp.gateway("prices", [row["id"] for row in made["variants"]])
    assert [row["price"] for row in prices] == [Decimal(10), Decimal(20)]
    assert erp.gateway("write_page", wanted) == made == page(erp, made["id"])


def test_every_field_can_be_changed_and_variants_join(erp: Erp, key: str, consumer: str) -> None:
    made = erp.gateway("write_page", new_page(key))
    small, large = made["variants"]
    pulled(erp, consumer)
    changed = erp.gateway(
        "write_page",
        {
            "id": made["id"],
            "key": "",
            "version": made["version"],
            "name": "Preimenovana",
            "description": "Drugače.",
            "tax": "22",
            "unit": "Unit",
            "categories": [["Novo"]],
            "active": False,
            "variants": [
                {"id": small["id"], "key": "", "sku": large["sku"], "gtin": "4006381333931"},
                {"id": large["id"], "key": "", "sku": small["sku"], "weight": None},
                {"id": None, "key": f"{key}/XL", "sku": f"{key[-30:]}-XL", "attributes": []},
            ],
        },
    )
    assert changed["version"] != made["version"]
    assert [changed[name] for name in ("name", "description", "tax", "categories", "active")] == [
        "Preimenovana",
        "Drugače.",
        "22",
        [["Novo"]],
        False,
    ]
    assert [(row["sku"], row["gtin"], row["weight"]) for row in changed["variants"]] == [
        (large["sku"], "4006381333931", Decimal("0.25")),
        (small["sku"], "", None),
        (f"{key[-30:]}-XL", "", None),
    ]
    told = pulled(erp, consumer)
    assert {("product", row["id"], False) for row in changed["variants"]} <= told
    shown = erp.gateway(
        "write_page", {"id": made["id"], "active": True, "variants": [], "version": ""}
    )
    assert shown["active"]


def test_an_only_variant_gets_sisters(erp: Erp, key: str) -> None:
    made = erp.gateway(
        "write_page", new_page(key, variants=[{"id": None, "key": f"{key}/only", "sku": key[-30:]}])
    )
    sisters = [
        {"id": None, "key": f"{key}/coded", "sku": "K" + key[-30:]},
        {"id": None, "key": f"{key}/bare"},
    ]
    grown = erp.gateway(
        "write_page", {"id": made["id"], "version": made["version"], "variants": sisters}
    )
    assert [row["sku"] for row in grown["variants"]] == [key[-30:], "K" + key[-30:], ""]
    assert grown["variants"][0] == made["variants"][0]


def refusal(erp: Erp, write: dict[str, Any]) -> str:
    with pytest.raises(RefusedError) as caught:
        erp.gateway("write_page", write)
    return caught.value.text.removeprefix("panstore.").partition(":")[0]


def test_what_cannot_be_written_leaves_nothing(erp: Erp, key: str) -> None:
    made = erp.gateway("write_page", new_page(key))
    one = made["variants"][0]["id"]
    taken = catalogue.products()[0].variants[0]

    def change(version: str = "", **changes: Any) -> dict[str, Any]:
        rest = {"name": "Must Not Stay", "variants": []} | changes
        return {"id": made["id"], "key": "", "version": version} | rest

    def variant(**changes: Any) -> list[dict[str, Any]]:
        return [{"id": one, "key": ""} | changes]

    assert refusal(erp, change(version="0" * 64)) == "changed_meanwhile"
    assert refusal(erp, change(variants=variant(sku=taken.sku))) == "sku_taken"
    assert refusal(erp, change(variants=variant(sku=made["variants"][1]["sku"]))) == "sku_taken"
    assert refusal(erp, change(variants=variant(gtin=taken.ean))) == "gtin_taken"
    assert refusal(erp, change(variants=variant(gtin="123"))) == "refused"
    assert refusal(erp, change(tax="17")) == "unknown_tax"
    assert refusal(erp, change(tax="")) == "unknown_tax"
    assert refusal(erp, change(unit="Vedro")) == "unknown_unit"
    assert refusal(erp, change(images=["0" * 64])) == "unknown_image"
    assert refusal(erp, change(variants=[{"id": 999999, "key": ""}])) == "unknown_product"
    assert refusal(erp, change() | {"id": 999999}) == "unknown_product"
    assert page(erp, made["id"]) == made


def test_a_picture_is_known_by_what_was_given_first(erp: Erp, key: str, consumer: str) -> None:
    made = erp.gateway("write_page", new_page(key))
    png, other = (
        base64.b64decode("iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk" + tail)
        for tail in ("+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==", "YPhfDwAChwGA60e6kgAAAABJRU5ErkJggg==")
    )
    digests = [hashlib.sha256(content).hexdigest() for content in (png, other)]
    erp.gateway("add_image", made["id"], digests[0], "first.png", png)
    pulled(erp, consumer)
    erp.create("product.image", template=made["id"], image=other)
    assert {("product", row["id"], False) for row in made["variants"]} <= pulled(erp, consumer)
    again = erp.gateway("add_image", made["id"], digests[0], "first.png", png)
    assert again == {"repeated": True}
    found = page(erp, made["id"])
    assert {row["digest"] for row in found["images"]} == set(digests)
    assert erp.gateway("image", made["id"], digests[0])["content"][:2] == b"\xff\xd8"
    ordered = erp.gateway(
        "write_page", {"id": made["id"], "version": found["version"], "images": digests[::-1]}
    )
    assert [row["digest"] for row in ordered["images"]] == digests[::-1]
    one = erp.gateway("write_page", {"id": made["id"], "images": digests[1:]})
    assert [row["digest"] for row in one["images"]] == digests[1:]
    with pytest.raises(RefusedError, match="not_an_image"):
        erp.gateway("add_image", made["id"], "1" * 64, "x.png", b"no picture")


def test_a_renamed_category_tells_of_all_below(erp: Erp, key: str, consumer: str) -> None:
    made = erp.gateway("write_page", new_page(key, categories=[[f"Top {key}", "Below"]]))
    (category,) = erp.call("product.category.search", [["name", "=", f"Top {key}"]])
    pulled(erp, consumer)
    erp.call("product.category.write", [category], {"name": f"Renamed {key}"})
    told = pulled(erp, consumer)
    assert {("product", row["id"], False) for row in made["variants"]} <= told
    assert page(erp, made["id"])["categories"] == [[f"Renamed {key}", "Below"]]


def test_people_see_the_weight_of_a_variant(erp: Erp) -> None:
    shown = erp.call("product.product.fields_view_get", None, "form")
    assert "panstore_weight" in shown["fields"]
