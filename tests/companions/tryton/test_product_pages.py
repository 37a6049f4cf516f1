"""Products as pages: read whole, written whole or not at all, and told when they change."""

from __future__ import annotations

import base64
import hashlib
import io
import uuid
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


def test_pages_say_what_the_catalogue_says(erp: Erp) -> None:
    templates = {
        product.code: template_of(erp, product.variants[0].sku)
        for product in catalogue.products()[:40:5]
    }
    pages = {row["id"]: row for row in erp.gateway("product_pages", [*templates.values(), 999999])}
    assert pages.keys() == set(templates.values())
    for product in catalogue.products()[:40:5]:
        found = pages[templates[product.code]]
        assert (found["name"], found["description"]) == (product.name, product.description)
        assert (found["tax"], found["unit"]) == (product.vat, "Unit")
        assert found["categories"] == [product.category.split(" > ")]
        assert (found["active"], found["tracked"], found["images"]) == (True, True, [])
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
