"""Links as people look them up, on both stores."""

from __future__ import annotations

from decimal import Decimal

import pytest

from panstore.model.ids import ConnectionId, ExternalId, ModuleCode
from panstore.model.product import Variant
from panstore.store.database import Store
from panstore.store.items import add_links, links_by_item, remember_variants
from panstore.store.links import (
    delete_link,
    keep_apart,
    kept_apart,
    links_of_either,
    list_links,
    list_unlinked,
    set_factor,
    together_again,
    variant_row,
)
from tests.store.samples import NOW, ROUTE, link

ERP, SHOP = ConnectionId("erp"), ConnectionId("shop")
LINKS = ModuleCode("links")


def _variant(id_: str, sku: str, title: str = "", *, unit: str | None = None) -> Variant:
    return Variant(id=ExternalId(id_), sku=sku, title=title, unit=unit)


@pytest.fixture
def stocked(store: Store) -> Store:
    """Two links, one without a factor, and one lone article on either side."""
    erp = [_variant("E1", "SKU-1", "50% Wool", unit="box"), _variant("E9", "LONE-E", "Alone")]
    shop = [_variant("V1", "SKU-1", "Wool", unit="pair"), _variant("V9", "LONE-S", "Alone_too")]
    store.run(lambda c: remember_variants(c, ERP, erp, now=NOW))
    store.run(lambda c: remember_variants(c, SHOP, shop, now=NOW))
    store.run(lambda c: add_links(c, [link(1, factor=None), link(2)], now=NOW))
    return store


@pytest.mark.parametrize(
    ("text", "found"),
    [("", [1, 2]), ("sku-2", [2]), ("50%", [1]), ("%", [1]), ("_", []), ("E1", [1]), ("V2", [2])],
)
def test_links_are_found_by_code_title_or_id(stocked: Store, text: str, found: list[int]) -> None:
    rows = stocked._read(lambda c: list_links(c, ROUTE, ERP, SHOP, text=text))
    assert [row.sku for row in rows] == [f"SKU-{n}" for n in found]


def test_links_without_a_factor_are_told_with_their_units(stocked: Store) -> None:
    def without(store: Store) -> list[tuple[str | None, str | None]]:
        rows = store._read(lambda c: list_links(c, ROUTE, ERP, SHOP, without_factor=True))
        return [(row.erp_unit, row.shop_unit) for row in rows]

    assert without(stocked) == [("box", "pair")]
    stocked.run(lambda c: set_factor(c, ROUTE, link(1).item, Decimal("2.5")))
    assert without(stocked) == []
    known = stocked._read(lambda c: links_by_item(c, ROUTE, [link(1).item]))
    assert known[link(1).item].factor == Decimal("2.5")


def test_what_is_not_linked_is_listed_by_side(stocked: Store) -> None:
    rows = stocked._read(lambda c: list_unlinked(c, ROUTE, ERP, SHOP))
    assert [(row.side, row.variant) for row in rows] == [("erp", "E9"), ("shop", "V9")]
    rows = stocked._read(lambda c: list_unlinked(c, ROUTE, ERP, SHOP, text="alone_"))
    assert [row.variant for row in rows] == ["V9"]
    assert stocked._read(lambda c: variant_row(c, "erp", ERP, ExternalId("V9"))) is None


def test_a_deleted_link_leaves_both_articles_free(stocked: Store) -> None:
    pair = ExternalId("E1"), ExternalId("V2")
    assert len(stocked._read(lambda c: links_of_either(c, ROUTE, *pair))) == 2
    stocked.run(lambda c: delete_link(c, ROUTE, link(1).item))
    assert stocked._read(lambda c: links_of_either(c, ROUTE, *pair)) == [link(2)]
    assert {r.variant for r in stocked._read(lambda c: list_unlinked(c, ROUTE, ERP, SHOP))} == {
        *("E1", "E9"),
        *("V1", "V9"),
    }


def test_a_pair_is_kept_apart_until_it_is_linked_by_hand(store: Store) -> None:
    one, two = link(1), link(2)
    store.run(lambda c: keep_apart(c, LINKS, one, now=NOW))
    store.run(lambda c: keep_apart(c, LINKS, one, now=NOW))
    assert store._read(lambda c: kept_apart(c, LINKS, [one, two])) == [one]
    store.run(lambda c: together_again(c, LINKS, one, now=NOW))
    assert store._read(lambda c: kept_apart(c, LINKS, [one, two])) == []
    assert store._read(lambda c: kept_apart(c, LINKS, [])) == []
