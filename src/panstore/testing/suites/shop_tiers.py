"""StoreContractPrices: what a shop keeps of its buyers' prices is what it charges them."""

from __future__ import annotations

import datetime as dt
from collections.abc import Awaitable, Callable
from decimal import Decimal
from typing import Protocol

from panstore.model.contract import OfferState
from panstore.model.ids import ExternalId
from panstore.model.price_tiers import Buyer, PriceTier, PriceTiers, TiersOutcome, TiersWrite
from panstore.sdk.contract_roles import StoreContractPrices
from panstore.sdk.errors import NotFoundError, RejectedError
from panstore.testing.suites.breaking import (
    assert_question_fails,
    assert_rate_limited,
    assert_unavailable,
    assert_unknown,
)
from panstore.testing.suites.harness import Disturbance, Harness
from panstore.testing.suites.suite import Suite, assert_exact

__all__ = ["StoredPricesSuite", "TiersHarness"]

_USUAL = Decimal("10.00")
_BROKEN: tuple[Disturbance, ...] = (
    "dropped",
    "lost",
    "cut",
    "garbage",
    "time_out",
    "gateway_time_out",
)
_LONG_AGO = dt.datetime(2020, 1, 1, tzinfo=dt.UTC)
_FAR = dt.datetime(2100, 1, 1, 12, 30, tzinfo=dt.UTC)


class TiersHarness(Harness, Protocol):
    """A shop that keeps contract prices.

    Attributes:
        currency: in which it sells.
        unknown_id: an id of the right form that no product and no account has.
    """

    @property
    def currency(self) -> str: ...

    @property
    def unknown_id(self) -> ExternalId: ...

    async def add_variant(
        self, sku: str, *, price: Decimal | None = None, stock: Decimal = Decimal(0)
    ) -> ExternalId:
        """A new variant with that price for everybody, in the terms the shop stores prices in."""

    async def open_account(self, email: str, *, name: str, company: str, vat_id: str) -> ExternalId:
        """Somebody registers."""

    async def charged(
        self, account: ExternalId, product: ExternalId, quantity: Decimal
    ) -> Decimal | None:
        """What the shop charges that account for one of so many, as its visitor finds it.

        In the terms in which the shop stores prices; None where it is not sold to him.
        """


def _shop(harness: TiersHarness) -> StoreContractPrices:
    connector = harness.connector
    assert isinstance(connector, StoreContractPrices)
    assert connector.capabilities.tiers_batch > 0, "the shop must be one that keeps prices"
    return connector


def _tier(
    amount: str | None,
    least: str = "1",
    state: OfferState = "agreed",
    until: dt.datetime | None = None,
) -> PriceTier:
    return PriceTier(Decimal(least), state, None if amount is None else Decimal(amount), until)


def _tiers(harness: TiersHarness, *tiers: PriceTier) -> PriceTiers:
    gross = harness.connector.capabilities.prices_include_tax
    return PriceTiers(tiers, harness.currency, gross)


async def _write(
    harness: TiersHarness, agreement: str, *writes: TiersWrite
) -> dict[ExternalId, TiersOutcome]:
    outcomes = await _shop(harness).write_tiers(ExternalId(agreement), writes)
    assert_exact(outcomes, "outcomes")
    assert sorted(one.product for one in outcomes) == sorted(one.product for one in writes)
    return {one.product: one for one in outcomes}


async def _keep(
    harness: TiersHarness, agreement: str, product: ExternalId, *tiers: PriceTier
) -> None:
    write = TiersWrite(product, _tiers(harness, *tiers))
    outcomes = await _write(harness, agreement, write)
    assert outcomes[product].state == "done", outcomes


async def _buys(
    harness: TiersHarness, account: ExternalId, agreement: str | None, title: str = "Wholesale"
) -> None:
    name = None if agreement is None else ExternalId(agreement)
    (outcome,) = await _shop(harness).write_buyers([Buyer(account, name, title)])
    assert (outcome.account, outcome.state) == (account, "done"), outcome


async def _account(harness: TiersHarness, name: str) -> ExternalId:
    email = f"suite.{name}@example.com"
    return await harness.open_account(email, name="", company="", vat_id="")


async def _goods(harness: TiersHarness, sku: str) -> ExternalId:
    return await harness.add_variant(sku, price=_USUAL, stock=Decimal(1000))


class StoredPricesSuite(Suite):
    """For shops that keep contract prices in tables of their own."""

    async def test_the_quantity_chooses_the_kept_tier(self, harness: TiersHarness) -> None:
        product = await _goods(harness, "CONF-TIERS-1")
        buyer, other = await _account(harness, "tiers1"), await _account(harness, "tiers2")
        tiers = (
            _tier("7.25", "2", until=_FAR),
            _tier(None, "5", "usual"),
            _tier(None, "8", "withheld"),
            _tier("4.10", "20"),
        )
        await _keep(harness, "suite-1", product, *tiers)
        await _buys(harness, buyer, "suite-1")
        kept = await _shop(harness).tiers(ExternalId("suite-1"), [product, harness.unknown_id])
        assert_exact(kept, "kept")
        assert dict(kept) == {product: _tiers(harness, *tiers)}
        found = {n: await harness.charged(buyer, product, Decimal(n)) for n in (1, 2, 5, 8, 20)}
        assert found == {1: _USUAL, 2: Decimal("7.25"), 5: _USUAL, 8: None, 20: Decimal("4.10")}
        for n in (1, 20):
            assert await harness.charged(other, product, Decimal(n)) == _USUAL, "not his agreement"

    async def test_tiers_replace_what_was_kept(self, harness: TiersHarness) -> None:
        product = await _goods(harness, "CONF-TIERS-2")
        buyer = await _account(harness, "tiers3")
        await _buys(harness, buyer, "suite-2")
        await _keep(harness, "suite-2", product, _tier("7.00"), _tier("5.00", "3"))
        for _ in range(2):
            await _keep(harness, "suite-2", product, _tier("8.00", "2"))
            kept = await _shop(harness).tiers(ExternalId("suite-2"), [product])
            assert dict(kept) == {product: _tiers(harness, _tier("8.00", "2"))}
        assert await harness.charged(buyer, product, Decimal(1)) == _USUAL
        assert await harness.charged(buyer, product, Decimal(3)) == Decimal("8.00")

    async def test_no_tiers_leave_nothing(self, harness: TiersHarness) -> None:
        product = await _goods(harness, "CONF-TIERS-3")
        buyer = await _account(harness, "tiers4")
        await _buys(harness, buyer, "suite-3")
        await _keep(harness, "suite-3", product, _tier("7.00"))
        assert await harness.charged(buyer, product, Decimal(1)) == Decimal("7.00")
        for _ in range(2):
            await _keep(harness, "suite-3", product)
            assert dict(await _shop(harness).tiers(ExternalId("suite-3"), [product])) == {}
        assert await harness.charged(buyer, product, Decimal(1)) == _USUAL

    async def test_a_bad_tier_is_named_and_the_rest_is_done(self, harness: TiersHarness) -> None:
        good, bad = await _goods(harness, "CONF-TIERS-4"), await _goods(harness, "CONF-TIERS-5")
        right = _tiers(harness, _tier("7.00"))
        for wrong in (
            TiersWrite(harness.unknown_id, right),
            TiersWrite(bad, PriceTiers(right.tiers, "XTS", right.includes_tax)),
            TiersWrite(bad, PriceTiers(right.tiers, right.currency, not right.includes_tax)),
            TiersWrite(bad, _tiers(harness, _tier("0.00"))),
            TiersWrite(bad, _tiers(harness, _tier("7.00001"))),
            TiersWrite(bad, _tiers(harness, _tier("7.00", "2"), _tier("8.00", "1"))),
        ):
            outcomes = await _write(harness, "suite-4", wrong, TiersWrite(good, right))
            refused = outcomes[wrong.product]
            assert refused.state == "refused", wrong
            assert refused.code, "a refusal has a stable code"
            assert refused.message, "a refusal says why"
            assert outcomes[good].state == "done"
        kept = await _shop(harness).tiers(ExternalId("suite-4"), [good, bad, harness.unknown_id])
        assert dict(kept) == {good: right}

    async def test_a_refused_tier_surfaces(self, harness: TiersHarness) -> None:
        write = TiersWrite(harness.unknown_id, _tiers(harness, _tier("7.00")))
        try:
            outcomes = await _write(harness, "suite-5", write)
        except (RejectedError, NotFoundError):
            return
        assert outcomes[harness.unknown_id].state == "refused", "an error was swallowed"

    async def test_a_tier_that_is_over_is_charged_nobody(self, harness: TiersHarness) -> None:
        product = await _goods(harness, "CONF-TIERS-6")
        buyer = await _account(harness, "tiers5")
        await _buys(harness, buyer, "suite-6")
        await _keep(harness, "suite-6", product, _tier("7.00", until=_LONG_AGO))
        assert await harness.charged(buyer, product, Decimal(1)) in {None, _USUAL}

    async def test_a_buyer_buys_by_another_agreement_at_once(self, harness: TiersHarness) -> None:
        product = await _goods(harness, "CONF-TIERS-7")
        buyer, other = await _account(harness, "tiers6"), await _account(harness, "tiers7")
        await _keep(harness, "suite-7", product, _tier("7.00"))
        await _keep(harness, "suite-8", product, _tier("6.00"))
        shop = _shop(harness)
        for agreement, amount in (("suite-7", "7.00"), ("suite-8", "6.00"), (None, "10.00")):
            for _ in range(2):
                await _buys(harness, buyer, agreement, "Veleprodaja č")
                assert await harness.charged(buyer, product, Decimal(1)) == Decimal(amount)
                assert await harness.charged(other, product, Decimal(1)) == _USUAL
            kept = dict(await shop.buyers([buyer, other, harness.unknown_id]))
            assert_exact(kept, "buyers")
            expected = {}
            if agreement is not None:
                expected = {buyer: Buyer(buyer, ExternalId(agreement), "Veleprodaja č")}
            assert kept == expected

    async def test_a_stranger_is_named_and_the_other_buyers_are_done(
        self, harness: TiersHarness
    ) -> None:
        buyer = await _account(harness, "tiers8")
        strangers = (harness.unknown_id, ExternalId("no id of this shop, č"))
        name = ExternalId("suite-9")
        said = await _shop(harness).write_buyers([Buyer(one, name) for one in (*strangers, buyer)])
        outcomes = {one.account: one for one in said}
        assert outcomes.keys() == {*strangers, buyer}
        for one in strangers:
            assert outcomes[one].state == "refused"
            assert outcomes[one].code
            assert outcomes[one].message
        assert outcomes[buyer].state == "done"
        assert dict(await _shop(harness).buyers([*strangers, buyer])) == {buyer: Buyer(buyer, name)}

    async def test_a_dropped_agreement_leaves_its_buyers_and_the_others(
        self, harness: TiersHarness
    ) -> None:
        product, shop = await _goods(harness, "CONF-TIERS-8"), _shop(harness)
        buyer, other = await _account(harness, "tiers9"), await _account(harness, "tiers10")
        # As an ERP may call it.
        gone = "list/10 & č, 50 %"
        await _keep(harness, gone, product, _tier("7.00"))
        await _keep(harness, "suite-11", product, _tier("6.00"))
        await _buys(harness, buyer, gone)
        await _buys(harness, other, "suite-11")
        assert {gone, "suite-11"} <= set(await shop.stored_agreements())
        assert await harness.charged(buyer, product, Decimal(1)) == Decimal("7.00")
        for _ in range(2):
            await shop.drop_agreement(ExternalId(gone))
            assert dict(await shop.tiers(ExternalId(gone), [product])) == {}
        assert await harness.charged(buyer, product, Decimal(1)) == _USUAL
        assert await harness.charged(other, product, Decimal(1)) == Decimal("6.00")
        assert (await shop.buyers([buyer]))[buyer].agreement == gone
        assert gone in await shop.stored_agreements(), "it has a buyer"
        await _buys(harness, buyer, None)
        assert gone not in await shop.stored_agreements()

    async def test_as_many_as_declared_go_at_once(self, harness: TiersHarness) -> None:
        limit = harness.connector.capabilities.tiers_batch
        product = await _goods(harness, "CONF-TIERS-9")
        ids = [ExternalId(str(77_000_000 + n)) for n in range(limit - 1)]
        value = _tiers(harness, _tier("7.00"))
        writes = [TiersWrite(one, value) for one in (*ids, product)]
        outcomes = await _write(harness, "suite-12", *writes)
        assert {outcomes[one].state for one in ids} == {"refused"}
        assert outcomes[product].state == "done"
        kept = await _shop(harness).tiers(ExternalId("suite-12"), [*ids, product])
        assert dict(kept) == {product: value}
        assert list(await _shop(harness).write_tiers(ExternalId("suite-12"), [])) == []
        assert list(await _shop(harness).write_buyers([])) == []

    async def test_after_a_broken_reply_the_write_of_tiers_is_unknown(
        self, harness: TiersHarness
    ) -> None:
        product, shop = await _goods(harness, "CONF-TIERS-10"), _shop(harness)
        buyer = await _account(harness, "tiers11")
        write = TiersWrite(product, _tiers(harness, _tier("7.00")))
        name = ExternalId("suite-13")
        calls: list[Callable[[], Awaitable[object]]] = [
            lambda: shop.write_tiers(name, [write]),
            lambda: shop.write_buyers([Buyer(buyer, name)]),
            lambda: shop.drop_agreement(ExternalId("suite-14")),
        ]
        for call in calls:
            for what in _BROKEN:
                await assert_unknown(harness, what, call)
            await call()
        assert await harness.charged(buyer, product, Decimal(1)) == Decimal("7.00")

    async def test_a_write_of_tiers_that_was_not_taken_changes_nothing(
        self, harness: TiersHarness
    ) -> None:
        product, shop = await _goods(harness, "CONF-TIERS-11"), _shop(harness)
        name = ExternalId("suite-15")
        write = TiersWrite(product, _tiers(harness, _tier("7.00")))
        await assert_rate_limited(harness, lambda: shop.write_tiers(name, [write]))
        await assert_unavailable(harness, lambda: shop.write_tiers(name, [write]))
        assert dict(await shop.tiers(name, [product])) == {}

    async def test_a_broken_answer_is_not_what_is_kept(self, harness: TiersHarness) -> None:
        product, shop = await _goods(harness, "CONF-TIERS-12"), _shop(harness)
        buyer = await _account(harness, "tiers12")
        calls: list[Callable[[], Awaitable[object]]] = [
            lambda: shop.tiers(ExternalId("suite-16"), [product]),
            lambda: shop.buyers([buyer]),
            shop.stored_agreements,
        ]
        for call in calls:
            for what in ("lost", "cut", "garbage"):
                await assert_question_fails(harness, what, call)
