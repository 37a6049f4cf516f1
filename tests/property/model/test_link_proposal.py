"""Whatever may be proposed: one partner each, the sure code wins, the archived one never first."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from panstore.model.ids import ExternalId
from panstore.model.link_proposal import Candidate, choose, weigh
from panstore.model.product import Variant

_SKUS = st.sampled_from(["", "A-1", "a1", "A1", "B 2", "b2", "007", "7"])
_TITLES = st.sampled_from(["", "Majica S", "Majica M", "majica, s", "Lesen stol", "Stol lesen"])
_GTINS = st.sampled_from(["", "4006381333931", "036000291452", "1"])


@st.composite
def _catalogue(draw: st.DrawFn) -> list[Variant]:
    said = draw(st.lists(st.tuples(_SKUS, _TITLES, _GTINS, st.booleans()), max_size=7))
    return [
        Variant(id=ExternalId(str(n)), sku=sku, title=title, gtin=gtin, active=active)
        for n, (sku, title, gtin, active) in enumerate(said)
    ]


def _all_with_all(erp: list[Variant], shop: list[Variant]) -> list[Candidate]:
    here = [v.sku.casefold() for v in erp if v.active]
    there = [v.sku.casefold() for v in shop]
    found = []
    for a in erp:
        for b in shop:
            weight = weigh(a, b)
            if weight is not None:
                key = a.sku.casefold()
                once = here.count(key) == 1 and there.count(key) == 1
                sure = a.active and bool(key) and key == b.sku.casefold() and once
                found.append(
                    Candidate(a.id, b.id, weight.confidence, sure, not a.active, not b.active)
                )
    return found


@given(_catalogue(), _catalogue(), st.randoms(use_true_random=False))
def test_what_is_proposed(erp: list[Variant], shop: list[Variant], chance: object) -> None:
    candidates = _all_with_all(erp, shop)
    taken = list(choose(candidates))
    assert len({c.erp for c in taken}) == len({c.shop for c in taken}) == len(taken)
    mixed = list(candidates)
    chance.shuffle(mixed)  # type: ignore[attr-defined]
    assert list(choose(mixed)) == taken
    assert {c for c in candidates if c.certain} <= set(taken)
    partner = {c.erp: c for c in taken}
    for one in taken:
        if one.archived:
            fitting = [c for c in candidates if c.shop == one.shop and not c.archived]
            assert all(c.erp in partner for c in fitting)
    left = [
        c
        for c in candidates
        if c.erp not in partner and c.shop not in {other.shop for other in taken}
    ]
    assert left == []
