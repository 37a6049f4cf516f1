"""Proposals on both stores: by shared keys only, nothing written, variants kept together."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from decimal import Decimal

import msgspec
import pytest

from panstore.engine.context import LINKS
from panstore.engine.hand_links import set_link
from panstore.engine.link_apply import Applied, apply
from panstore.engine.link_sheet import SheetError, Wish
from panstore.engine.link_wizard import Proposals, propose
from panstore.model.ids import ConnectionId, ExternalId, ItemId, RouteId
from panstore.model.link import Link
from panstore.model.product import Variant
from panstore.store.items import add_links, count_links, remember_variants
from panstore.store.links import keep_apart
from panstore.testing.world import Scene
from tests.engine.house import House

ROUTE = RouteId("shop")
NOW = dt.datetime(2026, 11, 2, tzinfo=dt.UTC)
Make = Callable[..., House]


def _of(variant: str, sku: str = "", title: str = "", **more: object) -> Variant:
    return Variant(ExternalId(variant), sku, title, **more)  # type: ignore[arg-type]


class Wizard:
    def __init__(self, house: House) -> None:
        self.house = house
        self.route = house.engine.context.routes[ROUTE]

    async def look(self, erp: list[Variant], shop: list[Variant]) -> Proposals:
        for system, variants in ((self.route.erp, erp), (self.route.shop, shop)):
            await self._remember(system, variants)
        return await propose(self.house.engine.context, self.route)

    async def _remember(self, system: ConnectionId, variants: list[Variant]) -> None:
        await self.house.store.write(lambda c: remember_variants(c, system, variants, now=NOW))


@pytest.fixture
async def wizard(make_house: Make) -> Wizard:
    house = make_house(Scene())
    await house.open()
    return Wizard(house)


def _short(found: Proposals) -> dict[tuple[str, str], tuple[int, str]]:
    return {(p.erp.id, p.shop.id): (p.confidence, p.conflict) for p in found.pairs}


async def test_each_kind_of_evidence_finds_its_pair_and_nothing_is_written(wizard: Wizard) -> None:
    found = await wizard.look(
        [
            _of("1", "A-1", "Miza"),
            _of("2", "B-2"),
            _of("3", "X", gtin="4006381333931"),
            _of("4", title="Lesen stol rdeč"),
            _of("5", title="Lep rdeč lesen čajnik"),
            _of("6", "ALONE", "Nekaj"),
            _of("7", "OLD", active=False),
        ],
        [
            _of("a", "a-1 ", "Miza"),
            _of("b", "b2"),
            _of("c", "Y", gtin="04006381333931"),
            _of("d", title="stol lesen rdec"),
            _of("e", title="rdeč lesen čajnik"),
            _of("f", "OTHER", "Drugo"),
        ],
    )
    assert _short(found) == {
        ("1", "a"): (97, ""),
        ("2", "b"): (85, ""),
        ("3", "c"): (92, ""),
        ("4", "d"): (75, ""),
        ("5", "e"): (64, ""),
    }
    assert [v.id for v in found.erp_alone] == ["6"]
    assert [v.id for v in found.shop_alone] == ["f"]
    assert await wizard.house.store.read(lambda c: count_links(c, ROUTE)) == 0


async def test_conflicts_are_shown_and_not_sure(wizard: Wizard) -> None:
    found = await wizard.look(
        [_of("1", "A"), _of("2", "B"), _of("3", "B"), _of("4", "C", active=False)],
        [_of("a", "A"), _of("b", "A"), _of("c", "B"), _of("d", "C")],
    )
    assert _short(found) == {
        ("1", "a"): (60, "one to many: 1 more of the shop fit as well"),
        ("2", "c"): (60, "many to one: 1 more of the ERP fit as well"),
        ("4", "d"): (50, "the one in the ERP is archived"),
    }


async def test_variants_of_one_product_stay_together(wizard: Wizard) -> None:
    p, q, r = (ExternalId(x) for x in "PQR")
    found = await wizard.look(
        [_of("1", "T-S", "Majica S", parent=p), _of("2", "", "Majica M", parent=p)],
        [
            _of("a", "T-S", "Majica S", parent=q),
            _of("b", "", "Majica M", parent=r),
            _of("c", "", "Majica M", parent=q),
        ],
    )
    assert ("2", "c") in _short(found)
    assert ("1", "a") in _short(found)


async def test_linked_ones_and_pairs_kept_apart_are_not_proposed(wizard: Wizard) -> None:
    linked = Link(ItemId("i"), ROUTE, ExternalId("1"), ExternalId("a"))
    unwanted = Link(ItemId("j"), ROUTE, ExternalId("2"), ExternalId("b"))
    await wizard.house.store.write(lambda c: add_links(c, [linked], now=NOW))
    await wizard.house.store.write(lambda c: keep_apart(c, LINKS, unwanted, now=NOW))
    found = await wizard.look(
        [_of("1", "A"), _of("2", "B", unit="kg"), _of("3", "C", unit="kg")],
        [_of("a", "A"), _of("b", "B"), _of("c", "C", unit="box")],
    )
    assert _short(found) == {("3", "c"): (95, "")}
    assert found.pairs[0].factor is None


async def test_looking_twice_says_the_same(wizard: Wizard) -> None:
    erp, shop = [_of("1", "A"), _of("2", "007")], [_of("a", "7"), _of("b", "a")]
    assert _short(await wizard.look(erp, shop)) == _short(await wizard.look(erp[::-1], shop[::-1]))


async def test_what_is_confirmed_is_linked_once_and_one_that_cannot_stops_all(
    wizard: Wizard,
) -> None:
    erp, shop = [_of("1", "A"), _of("2", "B", unit="kg")], [_of("a", "A"), _of("b", "B", unit="x")]
    found = await wizard.look(erp, shop)
    wishes = [Wish(p.erp.id, p.shop.id, p.factor, 2 + n) for n, p in enumerate(found.pairs)]
    context = wizard.house.engine.context
    with pytest.raises(SheetError, match="line 3: the ERP counts article 2 in kg"):
        await apply(context, wizard.route, wishes)
    assert await wizard.house.store.read(lambda c: count_links(c, ROUTE)) == 0
    wishes[1] = Wish(wishes[1].erp, wishes[1].shop, Decimal(6), 3)
    assert await apply(context, wizard.route, wishes) == Applied(2, 0, ())
    assert await apply(context, wizard.route, wishes) == Applied(0, 2, ())
    with pytest.raises(SheetError, match="links 1 in the ERP to a in the shop and 2 in the ERP"):
        await apply(context, wizard.route, [Wish(ExternalId("1"), ExternalId("b"), None)])


async def test_an_older_sheet_does_not_undo_a_factor_a_person_has_said(wizard: Wizard) -> None:
    await wizard.look([_of("1", "A")], [_of("a", "A")])
    context = wizard.house.engine.context
    pair = ExternalId("1"), ExternalId("a")
    await set_link(context, wizard.route, *pair, factor=Decimal(12))
    done = await apply(context, wizard.route, [Wish(*pair, Decimal(1), 2)])
    assert (done.made, done.before) == (0, 0)
    assert "the factor is 12, not 1" in done.left[0]
    assert [link.factor for link in await wizard.house.links()] == [Decimal(12)]
    assert (await apply(context, wizard.route, [Wish(*pair, Decimal(12), 2)])).before == 1


async def test_a_sheet_sorted_in_part_links_nothing(wizard: Wizard) -> None:
    await wizard.look([_of("1", "A"), _of("2", "B")], [_of("a", "C"), _of("b", "D")])
    context = wizard.house.engine.context
    right = Wish(ExternalId("2"), ExternalId("b"), Decimal(1), 2, "B", "d")
    wrong = Wish(ExternalId("1"), ExternalId("a"), Decimal(1), 3, "A", "D")
    with pytest.raises(SheetError, match="line 3, column shop_code: it says 'D'"):
        await apply(context, wizard.route, [right, wrong])
    assert await wizard.house.links() == []
    meant = msgspec.structs.replace(wrong, shop_code="")
    assert (await apply(context, wizard.route, [right, meant])).made == 2


@pytest.mark.parametrize(
    ("code", "shown"),
    [
        ("00123", "123"),
        ("123", "00123"),
        ("000", "0"),
        ("3831234567890", "3,83123E+12"),
        ("3831234567890", "3.83123E+12"),
        ("20000000000000", "2E+13"),
        ("'X", "'X"),
    ],
)
async def test_codes_that_excel_has_saved_as_numbers_are_the_same(
    wizard: Wizard, code: str, shown: str
) -> None:
    await wizard.look([_of("1", code)], [_of("a", code)])
    context = wizard.house.engine.context
    wish = Wish(ExternalId("1"), ExternalId("a"), Decimal(1), 2, shown, shown)
    assert (await apply(context, wizard.route, [wish])).made == 1


@pytest.mark.parametrize(("code", "shown"), [("0123", "1230"), ("A-012", "A-12"), ("12", "")])
async def test_other_codes_stay_others(wizard: Wizard, code: str, shown: str) -> None:
    await wizard.look([_of("1", code)], [_of("a", code)])
    context = wizard.house.engine.context
    wish = Wish(ExternalId("1"), ExternalId("a"), Decimal(1), 2, shown or "13")
    with pytest.raises(SheetError, match="line 2, column erp_code"):
        await apply(context, wizard.route, [wish])
