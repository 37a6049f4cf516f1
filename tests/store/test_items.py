"""Links, the catalogue they are made from, and the ledger."""

from __future__ import annotations

from decimal import Decimal

import msgspec
import pytest
import sqlalchemy as sa

from panstore.model.ids import ConnectionId, ExternalId, ItemId, ModuleCode, RouteId
from panstore.model.plan import Value
from panstore.model.price import PriceTarget
from panstore.model.product import Variant
from panstore.model.stock import StockTarget
from panstore.store.database import Store
from panstore.store.items import (
    LedgerEntry,
    add_links,
    count_links,
    decode_value,
    encode_value,
    ledger_entries,
    links_by_item,
    links_by_shop,
    make_stale,
    page_of_links,
    record_values,
    remember_variants,
    sku_pairs,
)
from panstore.store.tables import links
from tests.store.samples import MODULE, NOW, ROUTE, later, link

ERP, SHOP = ConnectionId("erp"), ConnectionId("web")


def test_a_variant_is_linked_once_on_each_side(store: Store) -> None:
    first = link(1)
    same_erp = msgspec.structs.replace(link(2), erp=first.erp)
    same_shop = msgspec.structs.replace(link(3), shop=first.shop)
    same_item = msgspec.structs.replace(link(4), item=first.item)
    added = store.run(
        lambda c: add_links(c, [first, same_erp, same_shop, same_item, link(5)], now=NOW)
    )
    assert added == [first, link(5)]
    assert store.run(lambda c: add_links(c, [first], now=NOW)) == []
    assert store._read(lambda c: count_links(c, ROUTE)) == 2


def test_the_same_variant_may_stand_on_another_route(store: Store) -> None:
    other = link(1, route=RouteId("second"))
    assert store.run(lambda c: add_links(c, [link(1), other], now=NOW)) == [link(1), other]
    assert store._read(lambda c: links_by_shop(c, ROUTE, [ExternalId("V1")])) == {
        ExternalId("V1"): link(1)
    }


def test_the_database_itself_refuses_a_variant_linked_twice(store: Store) -> None:
    store.run(lambda c: add_links(c, [link(1)], now=NOW))
    row = {"route": ROUTE, "item": "another", "erp": "E1", "shop": "V9", "sku": ""}
    with pytest.raises(sa.exc.IntegrityError):
        store.run(lambda c: c.execute(sa.insert(links).values(linked_at=NOW, **row)))


def test_links_come_back_as_they_were_page_by_page(store: Store) -> None:
    made = [link(n, factor=f) for n, f in enumerate((Decimal("0.001"), Decimal(12), None))]
    store.run(lambda c: add_links(c, made, now=NOW))
    first = store._read(lambda c: page_of_links(c, ROUTE, after="", limit=2))
    rest = store._read(lambda c: page_of_links(c, ROUTE, after=first[-1].item, limit=2))
    assert first + rest == made
    found = store._read(lambda c: links_by_item(c, ROUTE, [made[2].item, "unknown"]))
    assert found == {made[2].item: made[2]}


@pytest.mark.parametrize(
    "value",
    [
        StockTarget(Decimal(7)),
        StockTarget(Decimal("0.250")),
        PriceTarget(Decimal("19.90"), "EUR", includes_tax=True, tax_class="standard"),
    ],
)
def test_the_ledger_keeps_values_exactly(store: Store, value: Value) -> None:
    assert decode_value(encode_value(value)) == value
    store.run(lambda c: record_values(c, ROUTE, MODULE, [("a", value, False)], now=NOW))
    entries = store._read(lambda c: ledger_entries(c, ROUTE, MODULE, ["a", "never"]))
    assert entries == {ItemId("a"): LedgerEntry(value, stale=False)}


def test_a_stale_entry_is_stale_until_it_is_recorded_again(store: Store) -> None:
    value = StockTarget(Decimal(7))

    def both(connection: sa.Connection) -> None:
        for module in (MODULE, ModuleCode("S2")):
            record_values(connection, ROUTE, module, [("a", value, False)], now=NOW)
        make_stale(connection, ROUTE, MODULE, ["a", "never"])

    store.run(both)

    def read(code: ModuleCode) -> dict[ItemId, LedgerEntry]:
        return store._read(lambda c: ledger_entries(c, ROUTE, code, ["a"]))

    assert read(MODULE)[ItemId("a")].stale
    assert not read(ModuleCode("S2"))[ItemId("a")].stale
    store.run(lambda c: record_values(c, ROUTE, MODULE, [("a", None, False)], now=later(1)))
    assert read(MODULE)[ItemId("a")] == LedgerEntry(None, stale=False)


def _know(store: Store, system: ConnectionId, *variants: tuple[str, str]) -> None:
    made = [Variant(ExternalId(id_), sku, sku, "", unit="u") for id_, sku in variants]
    store.run(lambda c: remember_variants(c, system, made, now=NOW))


def test_codes_are_paired_without_regard_to_blanks_and_case(store: Store) -> None:
    _know(store, ERP, ("E1", "Čaj-1 "), ("E2", "two"), ("E3", ""), ("E4", "twin"), ("E5", "TWIN"))
    _know(store, SHOP, ("V1", "ČAJ-1"), ("V3", ""), ("V4", "twin"), ("V6", "six"))
    pairs = store._read(lambda c: sku_pairs(c, ROUTE, ERP, SHOP))
    told = {(p.erp, p.shop): (p.erp_count, p.shop_count) for p in pairs}
    assert told == {("E1", "V1"): (1, 1), ("E4", "V4"): (2, 1)}


def test_a_linked_variant_is_no_longer_offered_for_linking(store: Store) -> None:
    _know(store, ERP, ("E1", "one"))
    _know(store, SHOP, ("V1", "one"), ("V2", "one"))
    store.run(lambda c: add_links(c, [link(1)], now=NOW))
    assert store._read(lambda c: sku_pairs(c, ROUTE, ERP, SHOP)) == []


def test_a_renamed_variant_is_known_by_its_new_code(store: Store) -> None:
    _know(store, ERP, ("E1", "old"))
    _know(store, ERP, ("E1", "new"))
    _know(store, SHOP, ("V1", "new"), ("V2", "old"))
    pairs = store._read(lambda c: sku_pairs(c, ROUTE, ERP, SHOP))
    assert [(p.erp, p.shop) for p in pairs] == [("E1", "V1")]
