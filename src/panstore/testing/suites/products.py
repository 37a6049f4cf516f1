"""Suite for systems whose products are read and written whole.

A binding gives `picture()` besides what every system with goods gives. What a system cannot do it
declares (`capabilities.product_fields`, `product_batch`, `compares_versions`); such a test is
skipped, in words.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from decimal import Decimal
from typing import Protocol

import pytest
from msgspec import UNSET, UnsetType

from panstore.model.product import (
    Image,
    Product,
    ProductFields,
    ProductWrite,
    VariantFields,
    VariantWrite,
)
from panstore.model.product_plan import ProductOutcome
from panstore.sdk.errors import NotFoundError, OutcomeUnknownError, RejectedError
from panstore.sdk.product_roles import ReadProducts, WriteProducts
from panstore.sdk.roles import Connector
from panstore.testing.suites.breaking import assert_question_fails
from panstore.testing.suites.harness import Disturbance, GoodsHarness
from panstore.testing.suites.suite import Suite, assert_exact

__all__ = ["ProductConnector", "ProductHarness", "ProductsSuite"]

_BROKEN: tuple[Disturbance, ...] = ("dropped", "lost", "garbage")


class ProductConnector(Connector, ReadProducts, WriteProducts, Protocol):
    """A connector that plays both roles for products."""


class ProductHarness(GoodsHarness, Protocol):
    """A system with products."""

    @property
    def connector(self) -> ProductConnector: ...

    def picture(self) -> bytes:
        """A small picture of a kind the system takes; another one at each call."""


class ProductsSuite(Suite):
    """Creating under a key, whole or not at all, archiving, codes, variants, images."""

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
            pytest.skip("declared: it does not compare versions")
        made = await _made(harness, "CONF-P2", "Prvo")
        first = ProductWrite(made.id, ProductFields(name="Drugo"), version=made.version)
        [done] = await harness.connector.write_products([first])
        assert done.state == "done"
        second = ProductWrite(made.id, ProductFields(name="Tretje"), version=made.version)
        [late] = await harness.connector.write_products([second])
        assert (late.state, late.code) == ("refused", "changed_meanwhile")
        assert await _read(harness, made) == done.product, "it was refused and has changed"

    async def test_an_edit_by_its_own_people_is_a_newer_version(
        self, harness: ProductHarness
    ) -> None:
        if not harness.connector.capabilities.compares_versions:
            pytest.skip("declared: it does not compare versions")
        made = await _made(harness, "CONF-P7", "Prvo")
        await harness.rename_variant(made.variants[0].id, "Ime od ljudi")
        write = ProductWrite(made.id, ProductFields(active=False), version=made.version)
        [late] = await harness.connector.write_products([write])
        assert (late.state, late.code) == ("refused", "changed_meanwhile")
        assert (await _read(harness, made)).fields.active is True

    async def test_after_a_broken_reply_a_product_is_there_once(
        self, harness: ProductHarness
    ) -> None:
        write = _new(harness, "CONF-P8", "Izgubljeno")
        for what in _BROKEN:
            harness.disturb(what)
            try:
                [told] = await harness.connector.write_products([write])
            except OutcomeUnknownError:
                continue
            if told.product is not None:
                # Who looks first finds what an earlier try has left, and writes nothing.
                assert _codes(told.product) == ["CONF-P8"]
                continue
            assert told.state == "unknown", f"after a {what} reply nobody knows: {told!r}"
        [done] = await harness.connector.write_products([write])
        assert done.state == "done", f"the same key made something else: {done!r}"
        assert done.product is not None
        assert _codes(done.product) == ["CONF-P8"]

    async def test_a_broken_answer_is_no_missing_product(self, harness: ProductHarness) -> None:
        made = await _made(harness, "CONF-P9", "Je tu")
        await assert_question_fails(
            harness, "garbage", lambda: harness.connector.products([made.id])
        )

    async def test_a_refused_write_leaves_nothing_behind(self, harness: ProductHarness) -> None:
        await _made(harness, "CONF-P10-A", "Ima kodo")
        made = await _made(harness, "CONF-P10-B", "Ostane")
        taken = VariantWrite(made.variants[0].id, VariantFields(sku="CONF-P10-A"))
        more = VariantWrite(None, VariantFields(sku="CONF-P10-C"), "CONF-P10-C")
        write = ProductWrite(made.id, ProductFields(name="Ne sme"), (more, taken))
        [refused] = await harness.connector.write_products([write])
        assert (refused.state, refused.code) == ("refused", "sku_taken")
        assert await _read(harness, made) == made, "a write is whole or not at all"

    async def test_a_refused_product_does_not_hold_up_the_others(
        self, harness: ProductHarness
    ) -> None:
        if harness.connector.capabilities.product_batch < 3:
            pytest.skip("declared: products are written one at a time")
        writes = [
            _new(harness, "CONF-P11-A", "Prvi"),
            ProductWrite(harness.unknown_id, ProductFields(name="Ni ga")),
            _new(harness, "CONF-P11-B", "Tretji"),
        ]
        outcomes = await harness.connector.write_products(writes)
        assert [one.state for one in outcomes] == ["done", "refused", "done"]
        assert [_name(one) for one in outcomes] == ["Prvi", None, "Tretji"]

    async def test_a_product_that_is_not_there_is_refused(self, harness: ProductHarness) -> None:
        write = ProductWrite(harness.unknown_id, ProductFields(name="Ni ga"))
        [outcome] = await harness.connector.write_products([write])
        assert (outcome.state, outcome.code) == ("refused", "unknown_product")

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
        kept = await _read(harness, made)
        assert kept == hidden.product, "nothing is ever deleted, it is hidden"
        assert {one.id for one in kept.variants} == {one.id for one in made.variants}
        [other] = await harness.connector.write_products([
            _new(harness, "CONF-P4", "Hoce kodo", key="CONF-P4-other")
        ])
        assert (other.state, other.code, other.taken) == ("refused", "sku_taken", made.id)
        show = ProductWrite(made.id, ProductFields(active=True), version=hidden.product.version)
        [shown] = await harness.connector.write_products([show])
        assert shown.product is not None
        assert shown.product.fields == made.fields

    async def test_variants_are_added_hidden_and_renamed(self, harness: ProductHarness) -> None:
        made = await _made(harness, "CONF-P5-A", "Majica")
        more = VariantWrite(None, VariantFields(sku="CONF-P5-B"), "CONF-P5-B")
        write = ProductWrite(made.id, variants=(more,), version=made.version)
        [grown] = await harness.connector.write_products([write])
        assert grown.product is not None
        codes = {one.fields.sku: one.id for one in grown.product.variants}
        assert codes.keys() == {"CONF-P5-A", "CONF-P5-B"}
        if not harness.connector.capabilities.remakes_variants:
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

    async def test_attributes_stay_until_they_are_written(self, harness: ProductHarness) -> None:
        _needs(harness, "attributes")
        said = (("Barva", "rdeča"), ("Velikost", "M"))
        other = (("Barva", "modra"), ("Velikost", "M"))
        write = _new(harness, "CONF-P12-A", "Srajca", attributes=said)
        more = VariantWrite(None, VariantFields(sku="CONF-P12-B", attributes=other), "CONF-P12-B")
        both = ProductWrite(None, write.fields, (*write.variants, more), write.key)
        made = await _done(harness, both)
        assert [one.fields.attributes for one in made.variants] == [said, other]
        renamed = VariantWrite(made.variants[0].id, VariantFields(sku="CONF-P12-C"))
        page = await _done(harness, ProductWrite(made.id, variants=(renamed,)))
        assert [one.fields.attributes for one in page.variants] == [said, other]
        larger = (("Barva", "rdeča"), ("Velikost", "L"))
        change = VariantWrite(made.variants[0].id, VariantFields(attributes=larger))
        page = await _done(harness, ProductWrite(made.id, variants=(change,)))
        assert [one.fields.attributes for one in page.variants] == [larger, other]

    async def test_a_weight_is_kept_as_far_as_declared(self, harness: ProductHarness) -> None:
        _needs(harness, "weight")
        weight = Decimal(5).scaleb(-harness.connector.capabilities.weight_digits) + 1
        made = await _made(harness, "CONF-P13", "Tehta")
        variant = VariantWrite(made.variants[0].id, VariantFields(weight=weight))
        page = await _done(harness, ProductWrite(made.id, variants=(variant,)))
        assert page.variants[0].fields.weight == weight

    async def test_categories_are_paths_and_those_not_named_go(
        self, harness: ProductHarness
    ) -> None:
        _needs(harness, "categories")
        kitchen, garden = ("Conformance Dom", "Kuhinja"), ("Conformance Vrt",)
        made = await _made(harness, "CONF-P14", "Lonec")
        for paths in ((kitchen, garden), (("Conformance Vrt", "Kuhinja"),), ()):
            write = ProductWrite(made.id, ProductFields(categories=paths))
            page = await _done(harness, write)
            assert page.fields.categories == paths
            named = await _done(harness, ProductWrite(made.id, ProductFields(name="Lonec")))
            assert named.fields.categories == paths, "what is not named stays"

    async def test_images_keep_their_digest_and_their_order(self, harness: ProductHarness) -> None:
        made, images = await _with_images(harness, "CONF-P6")
        assert _digests(made) == images
        assert await harness.connector.image(made.id, images[0])
        turned = tuple(Image(digest) for digest in reversed(images))
        write = ProductWrite(made.id, ProductFields(images=turned), version=made.version)
        assert _digests(await _done(harness, write)) == images[::-1]

    async def test_images_stay_until_they_are_written(self, harness: ProductHarness) -> None:
        made, images = await _with_images(harness, "CONF-P15")
        page = await _done(harness, ProductWrite(made.id, ProductFields(name="Novo ime")))
        assert _digests(page) == images
        assert (await _read(harness, made)).fields.images == page.fields.images

    async def test_an_image_that_is_not_named_is_taken_away(self, harness: ProductHarness) -> None:
        made, images = await _with_images(harness, "CONF-P16")
        write = ProductWrite(made.id, ProductFields(images=(Image(images[1]),)))
        assert _digests(await _done(harness, write)) == images[1:]
        with pytest.raises(NotFoundError):
            await harness.connector.image(made.id, images[0])

    async def test_an_image_must_have_been_added_before(self, harness: ProductHarness) -> None:
        made, images = await _with_images(harness, "CONF-P17")
        unknown = Image(hashlib.sha256(b"nobody added it").hexdigest())
        fields = ProductFields(name="Ne sme", images=(Image(images[0]), unknown))
        [refused] = await harness.connector.write_products([ProductWrite(made.id, fields)])
        assert (refused.state, refused.code) == ("refused", "unknown_image")
        assert await _read(harness, made) == made

    async def test_what_is_no_image_is_refused(self, harness: ProductHarness) -> None:
        made, images = await _with_images(harness, "CONF-P18")
        empty = Image(hashlib.sha256(b"").hexdigest(), "prazno.png")
        with pytest.raises(RejectedError) as caught:
            await harness.connector.add_image(made.id, empty, b"")
        assert caught.value.code == "not_an_image"
        assert _digests(await _read(harness, made)) == images

    async def test_what_is_not_there_is_left_out(self, harness: ProductHarness) -> None:
        assert await harness.connector.products([harness.unknown_id]) == []


def _needs(harness: ProductHarness, field: str) -> None:
    if field not in harness.connector.capabilities.product_fields:
        pytest.skip(f"declared: {field} cannot be written to it")


def _new(
    harness: ProductHarness,
    sku: str,
    name: str,
    *,
    key: str = "",
    attributes: tuple[tuple[str, str], ...] | UnsetType = UNSET,
) -> ProductWrite:
    fields = ProductFields(name=name, tax=f"{harness.vat_rate:f}", active=True)
    variant = VariantFields(sku=sku, attributes=attributes)
    return ProductWrite(None, fields, (VariantWrite(None, variant, f"{key or sku}/v"),), key or sku)


async def _made(harness: ProductHarness, sku: str, name: str) -> Product:
    return await _done(harness, _new(harness, sku, name))


async def _done(harness: ProductHarness, write: ProductWrite) -> Product:
    """What the system then holds, read by itself as well."""
    [outcome] = await harness.connector.write_products([write])
    assert outcome.state == "done", outcome
    assert outcome.product is not None
    assert await _read(harness, outcome.product) == outcome.product
    return outcome.product


async def _read(harness: ProductHarness, product: Product) -> Product:
    found: Sequence[Product] = await harness.connector.products([product.id])
    assert len(found) == 1, f"product {product.id} is not there any more"
    return found[0]


async def _with_images(harness: ProductHarness, sku: str) -> tuple[Product, list[str]]:
    """A product with two images, each given twice; their digests in order."""
    _needs(harness, "images")
    made = await _made(harness, sku, "Slike")
    digests = []
    for number in range(2):
        content = harness.picture()
        image = Image(hashlib.sha256(content).hexdigest(), f"slika-{number}.png")
        digests.append(image.digest)
        for _ in range(2):
            await harness.connector.add_image(made.id, image, content)
    return await _read(harness, made), digests


def _codes(product: Product) -> list[str | UnsetType]:
    return [one.fields.sku for one in product.variants]


def _digests(product: Product) -> list[str]:
    images = product.fields.images
    assert images is not UNSET
    return [one.digest for one in images]


def _name(outcome: ProductOutcome) -> str | UnsetType | None:
    return None if outcome.product is None else outcome.product.fields.name
