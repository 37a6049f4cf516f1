"""Suite for systems whose products are read and written whole."""

from __future__ import annotations

import hashlib
from typing import Protocol

from msgspec import UNSET

from panstore.model.product import (
    Image,
    Product,
    ProductFields,
    ProductWrite,
    VariantFields,
    VariantWrite,
)
from panstore.sdk.product_roles import ReadProducts, WriteProducts
from panstore.sdk.roles import Connector
from panstore.testing.suites.harness import GoodsHarness
from panstore.testing.suites.suite import Suite, assert_exact

__all__ = ["ProductConnector", "ProductHarness", "ProductsSuite"]


class ProductConnector(Connector, ReadProducts, WriteProducts, Protocol):
    """A connector that plays both roles for products."""


class ProductHarness(GoodsHarness, Protocol):
    """A system with products."""

    @property
    def connector(self) -> ProductConnector: ...

    def picture(self) -> bytes:
        """A small picture of a kind the system takes; another one at each call."""


class ProductsSuite(Suite):
    """Creating under a key, versions, archiving, variants and images."""

    async def test_a_product_is_created_once_under_a_key(self, harness: ProductHarness) -> None:
        write = _new(harness, "CONF-P1", "Kava")
        [first] = await harness.connector.write_products([write])
        [second] = await harness.connector.write_products([write])
        assert first.product is not None
        assert second.product is not None
        assert first.product.id == second.product.id
        [read] = await harness.connector.products([first.product.id])
        assert read == second.product
        assert read.fields.name == "Kava"
        assert [one.fields.sku for one in read.variants] == ["CONF-P1"]
        assert_exact(read)

    async def test_an_older_version_is_refused(self, harness: ProductHarness) -> None:
        if not harness.connector.capabilities.compares_versions:
            return
        made = await _made(harness, "CONF-P2", "Prvo")
        write = ProductWrite(made.id, ProductFields(name="Drugo"), version=made.version)
        [done] = await harness.connector.write_products([write])
        [late] = await harness.connector.write_products([write])
        assert done.state == "done"
        assert (late.state, late.code) == ("refused", "changed_meanwhile")

    async def test_only_what_is_set_is_written(self, harness: ProductHarness) -> None:
        made = await _made(harness, "CONF-P3", "Staro")
        write = ProductWrite(made.id, ProductFields(name="Novo"), version=made.version)
        [done] = await harness.connector.write_products([write])
        assert done.product is not None
        assert done.product.fields.name == "Novo"
        assert done.product.variants == made.variants
        assert done.product.version != made.version or not made.version

    async def test_a_code_is_held_by_one_product_archived_or_not(
        self, harness: ProductHarness
    ) -> None:
        made = await _made(harness, "CONF-P4", "Ima kodo")
        hide = ProductWrite(made.id, ProductFields(active=False), version=made.version)
        [hidden] = await harness.connector.write_products([hide])
        assert hidden.product is not None
        assert hidden.product.fields.active is False
        [other] = await harness.connector.write_products([
            _new(harness, "CONF-P4", "Hoce kodo", key="CONF-P4-other")
        ])
        assert (other.state, other.code, other.taken) == ("refused", "sku_taken", made.id)
        show = ProductWrite(made.id, ProductFields(active=True), version=hidden.product.version)
        [shown] = await harness.connector.write_products([show])
        assert shown.product is not None
        assert shown.product.fields.active is True

    async def test_variants_are_added_hidden_and_renamed(self, harness: ProductHarness) -> None:
        made = await _made(harness, "CONF-P5-A", "Majica")
        more = VariantWrite(None, VariantFields(sku="CONF-P5-B"), "CONF-P5-B")
        write = ProductWrite(made.id, variants=(more,), version=made.version)
        [grown] = await harness.connector.write_products([write])
        assert grown.product is not None
        codes = {one.fields.sku: one.id for one in grown.product.variants}
        assert codes.keys() == {"CONF-P5-A", "CONF-P5-B"}
        assert codes["CONF-P5-A"] == made.variants[0].id
        changed = (
            VariantWrite(codes["CONF-P5-A"], VariantFields(active=False)),
            VariantWrite(codes["CONF-P5-B"], VariantFields(sku="CONF-P5-C")),
        )
        page = grown.product
        [done] = await harness.connector.write_products([
            ProductWrite(page.id, variants=changed, version=page.version)
        ])
        assert done.product is not None
        stands = {one.id: one.fields for one in done.product.variants}
        assert stands[codes["CONF-P5-A"]].active is False
        assert stands[codes["CONF-P5-B"]].sku == "CONF-P5-C"

    async def test_an_image_is_kept_by_its_digest(self, harness: ProductHarness) -> None:
        if "images" not in harness.connector.capabilities.product_fields:
            return
        made = await _made(harness, "CONF-P6", "Slike")
        images = []
        for number in range(2):
            content = harness.picture()
            image = Image(hashlib.sha256(content).hexdigest(), f"slika-{number}.png")
            images.append(image)
            for _ in range(2):
                await harness.connector.add_image(made.id, image, content)
        [read] = await harness.connector.products([made.id])
        assert read.fields.images is not UNSET
        assert [one.digest for one in read.fields.images] == [one.digest for one in images]
        assert await harness.connector.image(made.id, images[0].digest)
        turned = ProductFields(images=tuple(reversed(images)))
        [done] = await harness.connector.write_products([
            ProductWrite(made.id, turned, version=read.version)
        ])
        assert done.product is not None
        assert done.product.fields.images is not UNSET
        order = [one.digest for one in done.product.fields.images]
        assert order == [one.digest for one in reversed(images)]

    async def test_what_is_not_there_is_left_out(self, harness: ProductHarness) -> None:
        assert await harness.connector.products([harness.unknown_id]) == []


def _new(harness: ProductHarness, sku: str, name: str, *, key: str = "") -> ProductWrite:
    fields = ProductFields(name=name, tax=f"{harness.vat_rate:f}", active=True)
    one = VariantWrite(None, VariantFields(sku=sku), f"{key or sku}/v")
    return ProductWrite(None, fields, (one,), key or sku)


async def _made(harness: ProductHarness, sku: str, name: str) -> Product:
    [outcome] = await harness.connector.write_products([_new(harness, sku, name)])
    assert outcome.product is not None
    return outcome.product
