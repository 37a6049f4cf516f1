"""ReadCatalogue: every variant once or more, none lost, whatever happens meanwhile."""

from __future__ import annotations

from panstore.model.ids import ExternalId
from panstore.model.product import Variant
from panstore.sdk.roles import ReadCatalogue
from panstore.testing.suites.breaking import (
    assert_question_fails,
    assert_rate_limited,
    assert_unavailable,
)
from panstore.testing.suites.harness import GoodsHarness
from panstore.testing.suites.suite import Suite, assert_exact

__all__ = ["CatalogueSuite"]


def _reader(harness: GoodsHarness) -> ReadCatalogue:
    connector = harness.connector
    assert isinstance(connector, ReadCatalogue)
    return connector


async def _pages(reader: ReadCatalogue, limit: int) -> list[tuple[Variant, ...]]:
    pages = []
    after: str | None = None
    while True:
        page = await reader.catalogue(after, limit)
        assert len(page.variants) <= limit
        pages.append(page.variants)
        if page.after is None:
            return pages
        assert page.after != after, "the cursor does not move"
        after = page.after


async def _several(harness: GoodsHarness, count: int, name: str) -> list[ExternalId]:
    return [await harness.add_variant(f"CONF-{name}-{n}") for n in range(count)]


class CatalogueSuite(Suite):
    """For connectors that list goods."""

    async def test_every_variant_is_listed(self, harness: GoodsHarness) -> None:
        wanted = await _several(harness, 5, "LIST")
        reader = _reader(harness)
        size = sum(len(page) for page in await _pages(reader, 500))
        pages = await _pages(reader, max(2, size // 5))
        assert len(pages) > 1
        listed = [variant.id for page in pages for variant in page]
        assert set(wanted) <= set(listed)

    async def test_paging_loses_nothing_while_goods_come_and_go(
        self, harness: GoodsHarness
    ) -> None:
        wanted = await _several(harness, 6, "MOVE")
        reader = _reader(harness)
        size = sum(len(page) for page in await _pages(reader, 500))
        limit = max(2, size // 5)
        first = await reader.catalogue(None, limit)
        assert first.after is not None
        await harness.retire_variant(wanted.pop(0))
        if first.variants[0].id in wanted:
            wanted.remove(first.variants[0].id)
        await _several(harness, 1, "NEW")
        listed = {variant.id for variant in first.variants}
        after: str | None = first.after
        while after is not None:
            page = await reader.catalogue(after, limit)
            listed |= {variant.id for variant in page.variants}
            after = page.after
        assert set(wanted) <= listed

    async def test_known_ids_are_answered_and_others_left_out(self, harness: GoodsHarness) -> None:
        one, two = await _several(harness, 2, "KNOWN")
        found = await _reader(harness).variants([one, harness.unknown_id, two])
        assert sorted(variant.id for variant in found) == sorted([one, two])
        assert list(await _reader(harness).variants([])) == []

    async def test_a_variant_says_what_it_is(self, harness: GoodsHarness) -> None:
        id_ = await harness.add_variant("CONF-DATA-1")
        assert len(await _reader(harness).variants([id_])) == 1
        await harness.rename_variant(id_, "Zelen čaj šipek 100 g")
        (variant,) = await _reader(harness).variants([id_])
        assert_exact(variant, "variant")
        assert (variant.id, variant.sku) == (id_, "CONF-DATA-1")
        assert "Zelen čaj šipek 100 g" in variant.title
        assert variant.title == variant.title.strip()
        assert variant.active
        assert harness.vat_rate in variant.tax_rates
        assert isinstance(variant.id, str), "ids are opaque strings"

    async def test_what_is_retired_is_gone_or_not_active(self, harness: GoodsHarness) -> None:
        id_ = await harness.add_variant("CONF-GONE-1")
        await harness.retire_variant(id_)
        found = await _reader(harness).variants([id_])
        assert not [variant for variant in found if variant.active]
        listed = [one for page in await _pages(_reader(harness), 500) for one in page]
        assert not [one for one in listed if one.id == id_ and one.active]

    async def test_a_broken_page_is_no_end_of_the_list(self, harness: GoodsHarness) -> None:
        reader = _reader(harness)
        for what in ("lost", "cut", "garbage", "gateway_time_out"):
            await assert_question_fails(harness, what, lambda: reader.catalogue(None, 10))
        await assert_unavailable(harness, lambda: reader.catalogue(None, 10))
        await assert_rate_limited(harness, lambda: reader.catalogue(None, 10))
