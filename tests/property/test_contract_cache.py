"""The cache of agreed prices never shows what has changed, whatever comes in between."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal

from hypothesis import given, settings
from hypothesis import strategies as st

from panstore.engine.contracts.cache import Entry, PriceCache, PriceKey
from panstore.model.contract import Agreement, ContractPrice
from panstore.model.ids import ExternalId
from panstore.store.price_changes import PriceChange

NOW = dt.datetime(2026, 3, 2, 8, 0, tzinfo=dt.UTC)
DAY = NOW.date()
NAMES = [ExternalId(name) for name in "ab"]
KINDS = ["variant", "agreement", "party", "all"]

changes = st.tuples(st.just("change"), st.sampled_from(KINDS), st.sampled_from(NAMES))
asks = st.tuples(st.just("ask"), st.sampled_from(NAMES), st.sampled_from(NAMES))
lands = st.tuples(st.just("land"), st.integers(0, 9), st.none())
looks = st.tuples(st.just("look"), st.integers(0, 5), st.none())
steps = st.lists(st.one_of(changes, asks, lands, asks, lands, looks), min_size=5, max_size=60)


def _key(agreement: ExternalId, variant: ExternalId) -> PriceKey:
    return PriceKey(agreement, variant, Decimal(1), "EUR", DAY)


class _World:
    """An ERP whose every price is the number of the last change that concerns it."""

    def __init__(self, cache: PriceCache) -> None:
        self.cache = cache
        self.journal: list[PriceChange] = []
        self.flying: list[tuple[PriceKey, Entry[ContractPrice]]] = []
        self.parties: list[tuple[ExternalId, Entry[Agreement]]] = []

    def concerning(self, *wanted: PriceChange | str) -> int:
        numbers = [
            number
            for number, (kind, key) in enumerate(self.journal, 1)
            if kind == "all" or kind in wanted or (kind, key) in wanted
        ]
        return max(numbers, default=0)

    def price(self, key: PriceKey) -> int:
        return self.concerning(("variant", key.variant), ("agreement", key.agreement))

    def agreement(self, party: ExternalId) -> str:
        return str(self.concerning(("party", party), "agreement"))

    def ask(self, agreement: ExternalId, variant: ExternalId) -> None:
        key, version = _key(agreement, variant), self.cache.version or 0
        amount = Decimal(self.price(key))
        price = ContractPrice(variant, Decimal(1), amount, None, "EUR")
        self.flying.append((key, Entry(price, version, NOW, 0.0)))
        said = Agreement(variant, ExternalId(self.agreement(variant)))
        self.parties.append((variant, Entry(said, version, NOW, 0.0)))

    def land(self, which: int) -> None:
        if self.flying:
            which %= len(self.flying)
            self.cache.keep_price(*self.flying.pop(which))
            self.cache.keep_party(*self.parties.pop(which))

    def look(self, late: int) -> None:
        """Somebody who looked some changes ago applies what he saw then."""
        present = max(self.cache.version or 0, len(self.journal) - late)
        since = min(self.cache.version or 0, present)
        last = {change: number for number, change in enumerate(self.journal[:present], 1)}
        self.cache.apply(present, [(c, n) for c, n in last.items() if n > since])


def _play(cache: PriceCache, history: list[tuple[str, object, object]]) -> _World:
    world = _World(cache)
    for what, first, second in history:
        if what == "change":
            key = "" if first == "all" else second
            world.journal.append((first, key))  # type: ignore[arg-type]
        elif what == "ask":
            world.ask(first, second)  # type: ignore[arg-type]
        elif what == "land":
            world.land(first)  # type: ignore[arg-type]
        else:
            world.look(first)  # type: ignore[arg-type]
    world.look(0)
    return world


@settings(max_examples=300)
@given(steps, st.integers(1, 4), st.integers(1, 4))
def test_what_holds_is_what_the_erp_says_now(
    history: list[tuple[str, object, object]], most: int, remembered: int
) -> None:
    cache = PriceCache(prices=most, parties=most, changes=remembered)
    world = _play(cache, history)
    assert len(cache) <= most
    for agreement in NAMES:
        said = cache.party(agreement)
        if said is not None and said.value and cache.party_holds(agreement, said.version):
            assert said.value.id == world.agreement(agreement)
        for variant in NAMES:
            key = _key(agreement, variant)
            entry = cache.price(key)
            if entry is not None and entry.value and cache.price_holds(key, entry.version):
                assert entry.value.amount == world.price(key)


@given(steps)
def test_only_what_has_changed_is_asked_for_again(
    history: list[tuple[str, object, object]],
) -> None:
    """As long as all changes are remembered, an answer holds until one concerns it."""
    cache = PriceCache()
    world = _play(cache, history)
    for agreement in NAMES:
        for variant in NAMES:
            key = _key(agreement, variant)
            entry = cache.price(key)
            if entry is not None and entry.version >= world.price(key):
                assert cache.price_holds(key, entry.version)
