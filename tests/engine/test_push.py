"""A shop that keeps prices: what stands there is what the price service would answer."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from decimal import Decimal

import pytest

from panstore.engine.context import BrakeLimits, Options
from panstore.engine.hand_links import remove_link, set_link
from panstore.engine.restored import begin_with_restored
from panstore.engine.status import look
from panstore.model.ids import ExternalId
from panstore.modules.s5_contract_prices.module import ContractPriceModule
from panstore.sdk import Settings
from panstore.sdk.contracts import ContractItem, Offered
from panstore.sdk.modules import RouteView
from panstore.store.full_runs import list_runs
from panstore.testing.world import DatedPrice, Fault
from tests.engine.house import House
from tests.engine.pushing import LIST, OTHER_LIST, S5, SHOP, Pushing

Make = Callable[..., House]


async def test_each_account_pays_its_own_agreement(make_house: Make) -> None:
    world = await Pushing.open(make_house)
    assert await world.wrong() == []
    assert world.charged(world.account) == Decimal(8)
    assert world.charged(world.second) == Decimal(5)
    assert world.scene.shop.tiers.buyers[world.account].title == f"List {LIST}"
    assert await world.parked() == []


async def test_nobody_linked_means_nothing_is_kept(make_house: Make) -> None:
    world = await Pushing.open(make_house, linked=False)
    world.set_price("7")
    await world.house.settle()
    assert world.scene.shop.tiers.agreements() == []
    assert world.calls("write_tiers") == world.calls("write_buyers") == []


async def test_what_is_in_step_is_not_written_again(make_house: Make) -> None:
    world = await Pushing.open(make_house)
    before = world.written(), len(world.calls("write_buyers"))
    await world.house.engine.full_run(SHOP, [S5])
    await world.house.settle()
    assert (world.written(), len(world.calls("write_buyers"))) == before


async def test_one_price_changed_is_one_row_in_each_list_it_is_in(make_house: Make) -> None:
    world = await Pushing.open(make_house)
    world.scene.erp.set_reduction(LIST, Decimal(10))
    world.scene.erp.set_list_price(LIST, world.sources[0])
    await world.house.settle()
    before = world.written()
    world.scene.erp.set_price(world.sources[0], Decimal(12))
    await world.house.settle()
    assert world.written() == before + 1
    assert world.charged(world.account) == Decimal("10.80")
    assert await world.wrong() == []


async def test_a_changed_list_writes_only_what_differs(make_house: Make) -> None:
    world = await Pushing.open(make_house, goods=20)
    before = world.written()
    world.set_price("7.5", good=4)
    await world.house.settle()
    assert world.written() == before + 1
    assert world.charged(world.account, 4) == Decimal("7.5")


async def test_hundreds_of_customers_of_one_list_are_one_set_of_rows(make_house: Make) -> None:
    world = await Pushing.open(make_house)
    before = world.written()
    for number in range(300):
        account = world.scene.shop.accounts.open(f"buyer{number}@novak.example")
        await world.link(account, world.party)
    await world.house.settle()
    assert world.written() == before
    assert len(world.scene.shop.tiers.buyers) == 302
    assert len(world.scene.shop.tiers.kept) == 6


async def test_prices_stand_before_the_buyer_does(make_house: Make) -> None:
    world = await Pushing.open(make_house, linked=False, goods=4, tiers_batch=2)
    seen: list[int] = []
    kept = world.scene.shop.tiers.kept
    world.scene.faults.hook("shop.write_buyers.before", lambda: seen.append(len(kept)))
    await world.link(world.account, world.party)
    await world.house.settle()
    assert seen == [4]
    assert await world.wrong() == []


async def test_another_agreement_is_never_the_old_one_meanwhile(make_house: Make) -> None:
    world = await Pushing.open(make_house)
    third = ExternalId("L3")
    for source in world.sources:
        world.scene.erp.set_list_price(third, source, DatedPrice(Decimal(3)))
    world.scene.erp.set_agreement(world.party, third)
    told: list[object] = []
    buyers = world.scene.shop.tiers.buyers

    def note() -> None:
        told.append(buyers.get(world.account))

    world.scene.faults.hook("shop.write_tiers.before", note)
    await world.house.settle()
    assert told == [None]
    assert world.charged(world.account) == Decimal(3)
    assert LIST not in world.scene.shop.tiers.agreements()


async def test_an_inactive_party_buys_as_everybody(make_house: Make) -> None:
    world = await Pushing.open(make_house)
    world.scene.erp.retire_party(world.party)
    await world.house.settle()
    assert world.charged(world.account) == Decimal(10)
    assert world.scene.shop.tiers.agreements() == [OTHER_LIST]
    assert await world.wrong() == []


async def test_quantity_breaks_and_factors(make_house: Make) -> None:
    world = await Pushing.open(make_house)
    pair = world.sources[1], world.goods[1]
    await set_link(world.context, world.route, *pair, factor=Decimal(6))
    for good in range(3):
        world.set_price(
            DatedPrice(Decimal(6), least=Decimal(20)),
            DatedPrice(Decimal(7), least=Decimal(7)),
            DatedPrice(Decimal("8.5")),
            good=good,
        )
    await world.house.settle()
    assert [one.least for one in world.tiers(0)] == [1, 7, 20]
    assert await world.wrong() == []


async def test_a_dated_line_turns_at_midnight_by_itself(make_house: Make) -> None:
    world = await Pushing.open(make_house)
    today = world.house.clock.now().date()
    world.set_price(DatedPrice(Decimal(4), ends=today), "8")
    await world.house.settle()
    assert world.charged(world.account) == Decimal(4)
    assert world.tiers()[0].until is not None
    world.scene.clock.advance(26 * 3600)
    assert world.charged(world.account) is None
    await world.house.settle()
    assert world.charged(world.account) == Decimal(8)
    assert await world.wrong() == []


async def test_what_only_repeats_the_shops_own_price_is_not_kept(make_house: Make) -> None:
    world = await Pushing.open(make_house)
    world.scene.erp.set_reduction(LIST, Decimal(0))
    world.scene.erp.set_list_price(LIST, world.sources[0])
    await world.house.settle()
    assert world.tiers() == ()
    world.scene.erp.set_price(world.sources[0], Decimal(11))
    await world.house.settle()
    assert world.charged(world.account) == Decimal(11)
    assert await world.wrong() == []


async def test_a_fixed_price_that_was_the_shops_own_stays_when_that_changes(
    make_house: Make,
) -> None:
    world = await Pushing.open(make_house)
    world.set_price("10")
    await world.house.settle()
    assert world.tiers() == ()
    world.scene.erp.set_price(world.sources[0], Decimal(11))
    await world.house.settle()
    assert world.charged(world.account) == Decimal(10)
    assert await world.wrong() == []


async def test_a_formula_that_fails_is_withheld_and_parked_until_it_works(
    make_house: Make,
) -> None:
    world = await Pushing.open(make_house)
    world.set_price(DatedPrice(None, problem="division by zero"))
    await world.house.settle()
    assert world.charged(world.account) is None
    assert [one.code for one in await world.parked()] == ["contract.formula"]
    world.set_price("8")
    await world.house.settle()
    assert world.charged(world.account) == Decimal(8)
    assert await world.parked() == []


async def test_while_the_erp_is_down_what_stands_there_stays(make_house: Make) -> None:
    world = await Pushing.open(make_house)
    world.set_price("7")
    now = world.house.clock.now()
    await world.house.deliver()
    await world.house.look()
    world.scene.faults.down("erp", now, now + dt.timedelta(minutes=30))
    for _ in range(5):
        await world.house.step(30)
    assert world.charged(world.account) == Decimal(8)
    assert await world.parked() == []
    world.scene.clock.advance(3600)
    await world.house.settle(seconds=20)
    assert world.charged(world.account) == Decimal(7)


async def test_a_refused_article_is_parked_and_the_rest_goes_on(make_house: Make) -> None:
    world = await Pushing.open(make_house)
    world.scene.faults.refuse_item("shop", world.goods[0])
    world.scene.erp.set_reduction(LIST, Decimal(30))
    for good in range(3):
        world.set_price("7", good=good)
    await world.house.settle()
    assert [world.charged(world.account, good) for good in range(3)] == [8, 7, 7]
    (record,) = await world.parked()
    assert "The shop refused the agreed prices of SKU-000001" in record.reason
    world.scene.faults.accept_item("shop", world.goods[0])
    assert await world.house.engine.retry(record.id)
    await world.house.settle()
    assert world.charged(world.account) == Decimal(7)
    assert await world.parked() == []


async def test_a_poisoned_batch_is_split(make_house: Make) -> None:
    world = await Pushing.open(make_house)
    world.scene.faults.poison_item("shop", world.goods[1])
    for good in range(3):
        world.set_price("7", good=good)
    await world.house.settle()
    assert [world.charged(world.account, good) for good in range(3)] == [7, 8, 7]
    assert len(await world.parked()) == 1


@pytest.mark.parametrize("kind", ["lost_before", "lost_after"])
async def test_lost_replies_are_read_back(make_house: Make, kind: str) -> None:
    world = await Pushing.open(make_house, linked=False)
    world.scene.faults.script("shop", "write_tiers", Fault(kind))  # type: ignore[arg-type]
    world.scene.faults.script("shop", "write_buyers", Fault(kind))  # type: ignore[arg-type]
    await world.link(world.account, world.party)
    await world.house.settle(seconds=5)
    assert await world.wrong() == []
    assert world.calls("tiers")
    assert world.calls("buyers")
    assert len(world.calls("write_tiers")) == (2 if kind == "lost_before" else 1)
    assert await world.audit("unknown")


async def test_a_mass_change_of_one_list_waits_for_a_person(make_house: Make) -> None:
    limits = BrakeLimits(from_items=5)
    world = await Pushing.open(make_house, goods=10, options={"brakes": limits})
    for good in range(10):
        world.set_price("2", good=good)
    await world.house.settle()
    assert {world.charged(world.account, good) for good in range(10)} == {Decimal(8)}
    status = await world.house.store.read(lambda c: look(c, world.context))
    (approval,) = status.waiting
    assert f"under agreement {LIST}" in approval.reason
    assert await world.house.engine.decide(approval.id, "approved")
    await world.house.settle()
    assert {world.charged(world.account, good) for good in range(10)} == {Decimal(2)}


async def test_an_article_linked_no_more_has_no_agreed_price(make_house: Make) -> None:
    world = await Pushing.open(make_house)
    await remove_link(world.context, world.route, world.sources[0], world.goods[0])
    await world.house.settle()
    assert world.tiers() == world.tiers(by=OTHER_LIST) == ()
    await set_link(world.context, world.route, world.sources[0], world.goods[0])
    await world.house.settle()
    assert world.charged(world.account) == Decimal(8)
    assert await world.wrong() == []


async def test_a_product_that_becomes_another_article_takes_its_prices(make_house: Make) -> None:
    world = await Pushing.open(make_house)
    world.set_price("3")
    await world.house.settle()
    pair = world.sources[0], world.goods[1]
    await set_link(world.context, world.route, *pair, replace=True)
    await world.house.settle()
    assert world.charged(world.account, 1) == Decimal(3)
    assert world.tiers(0) == ()
    assert await world.wrong() == []
    world.scene.erp.set_list_price(LIST, world.sources[0])
    await world.house.settle()
    assert world.tiers(1) == ()
    assert await world.wrong() == []


async def test_a_product_the_shop_has_no_more_troubles_nobody(make_house: Make) -> None:
    world = await Pushing.open(make_house)
    await remove_link(world.context, world.route, world.sources[0], world.goods[0])
    world.scene.shop.tiers.forget_product(world.goods[0])
    world.scene.faults.refuse_item("shop", world.goods[0])
    await world.house.settle()
    assert await world.parked() == []
    assert await world.marks() == []


async def test_what_the_shop_lost_or_made_up_is_mended_by_a_full_run(make_house: Make) -> None:
    world = await Pushing.open(make_house)
    tiers = world.scene.shop.tiers
    one = tiers.kept.pop((LIST, world.goods[0]))
    tiers.put(ExternalId("L9"), world.goods[1], one)
    del tiers.buyers[world.account]
    await world.house.engine.full_run(SHOP, [S5])
    await world.house.settle()
    assert tiers.agreements() == [LIST, OTHER_LIST]
    assert await world.wrong() == []
    runs = await world.house.store.read(list_runs)
    assert all(run.finished_at is not None for run in runs)


async def test_a_list_the_erp_has_no_more(make_house: Make) -> None:
    world = await Pushing.open(make_house)
    del world.scene.erp.price_lists[LIST]
    world.scene.erp.set_agreement(world.party, OTHER_LIST)
    world.scene.erp.set_price(world.sources[0], Decimal(12))
    await world.house.settle(seconds=5)
    assert world.charged(world.account) == Decimal(5)
    assert world.scene.shop.tiers.agreements() == [OTHER_LIST]
    assert await world.parked() == []


async def test_a_restored_shop_is_told_everything_it_lost(make_house: Make) -> None:
    world = await Pushing.open(make_house)
    world.scene.shop.tiers.kept.clear()
    world.scene.shop.tiers.buyers.clear()
    await begin_with_restored(world.context, world.route.shop)
    await world.house.settle()
    # Whose accounts these are now nobody can tell, so a person says it anew.
    assert world.scene.shop.tiers.buyers == {}
    await world.link(world.account, world.party)
    await world.link(world.second, world.other)
    await world.house.settle()
    assert world.charged(world.account) == Decimal(8)
    assert await world.wrong() == []


async def test_an_article_on_which_the_module_fails_stops_no_other(make_house: Make) -> None:
    world = await Pushing.open(make_house, linked=False)
    contract = world.route.contract
    assert contract is not None
    world.house.contract = (_Poisoned(world.goods[0]), contract[1])
    await world.house.restart()
    await world.link(world.account, world.party)
    await world.house.settle()
    assert [world.charged(world.account, good) for good in range(3)] == [10, 8, 8]
    assert [one.code for one in await world.parked()] == ["internal"]


class _Poisoned(ContractPriceModule):
    """Chokes on one article."""

    def __init__(self, product: ExternalId) -> None:
        self._product = product

    def offer(self, item: ContractItem, settings: Settings, view: RouteView) -> Offered:
        if item.link.shop == self._product:
            raise ValueError("seven is no number")
        return super().offer(item, settings, view)


async def test_a_first_list_goes_on_where_it_was_when_the_erp_went(make_house: Make) -> None:
    options = {"options": Options(batch=4)}
    world = await Pushing.open(make_house, goods=12, linked=False, options=options)
    now, scene = world.house.clock.now(), world.scene

    def fall() -> None:
        scene.faults.down("erp", now, now + dt.timedelta(minutes=5))

    scene.faults.hook("shop.write_tiers.after", fall)
    await world.link(world.account, world.party)
    await world.house.step()
    scene.faults.unhook()
    assert world.written() == 4
    assert world.charged(world.account) == Decimal(10)
    scene.clock.advance(600)
    await world.house.settle(seconds=10)
    assert world.written() == 12
    assert world.charged(world.account, 11) == Decimal(8)


async def test_status_says_what_is_kept_and_what_waits(make_house: Make) -> None:
    world = await Pushing.open(make_house)
    status = await world.house.store.read(lambda c: look(c, world.context))
    (said,) = [one for one in status.routes[0].modules if one.code == S5]
    assert said.says == "2 accounts linked, 2 agreements kept in the shop"
    assert said.waiting == 0
    assert said.full_run is not None
    world.set_price("7")
    await world.house.deliver()
    await world.house.look()
    status = await world.house.store.read(lambda c: look(c, world.context))
    (said,) = [one for one in status.routes[0].modules if one.code == S5]
    assert said.waiting > 0


async def test_a_shop_that_asks_is_pushed_nothing(make_house: Make) -> None:
    world = await Pushing.open(make_house, tiers_batch=0)
    for call in ("write_tiers", "write_buyers", "tiers", "buyers", "stored_agreements"):
        assert world.calls(call) == []
    assert await world.marks() == []
    runs = await world.house.store.read(list_runs)
    assert S5 not in {run.module for run in runs}
