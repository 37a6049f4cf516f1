"""Proposals: which articles of two full catalogues may be the same. Nothing is written."""

from __future__ import annotations

from collections import Counter
from decimal import Decimal

import msgspec
import sqlalchemy as sa

from panstore.engine.context import LINKS, Context, Route
from panstore.engine.linking import plain_factor
from panstore.model.ids import ExternalId
from panstore.model.link_proposal import Candidate, choose, weigh
from panstore.model.product import Variant
from panstore.store import link_candidates as table

__all__ = ["Proposal", "Proposals", "propose", "propose_in"]

_RIVAL = 10
_DOUBTFUL_MOST = 60

_Parents = dict[ExternalId, ExternalId]


class Proposal(msgspec.Struct, frozen=True):
    """A pair that a person may link.

    Attributes:
        factor: stock units of the ERP in one sales unit of the shop; None if a person must say.
        confidence: 1 to 100.
        conflict: what else fits as well, in words; empty if nothing does.
    """

    erp: Variant
    shop: Variant
    factor: Decimal | None
    confidence: int
    reason: str
    conflict: str


class Proposals(msgspec.Struct, frozen=True):
    """What the wizard says of a route; pairs by falling confidence, the rest by id."""

    pairs: list[Proposal]
    erp_alone: list[Variant]
    shop_alone: list[Variant]


async def propose(context: Context, route: Route) -> Proposals:
    """Compare what is not linked on either side, as PanStore last read the catalogues."""
    return await context.store.read(lambda c: propose_in(c, route))


def propose_in(connection: sa.Connection, route: Route) -> Proposals:
    """Blocking form of `propose`."""
    table.prepare(connection, LINKS, route.id, {"erp": route.erp, "shop": route.shop})
    together = _parents(connection, route)
    candidates: list[Candidate] = []
    for pair in table.pairs(connection, route.erp, route.shop):
        weight = weigh(pair.erp, pair.shop, parents=_stay(pair, together))
        if weight is not None:
            candidates.append(
                Candidate(
                    pair.erp.id,
                    pair.shop.id,
                    weight.confidence,
                    certain=pair.certain,
                    archived=not pair.erp.active,
                    hidden=not pair.shop.active,
                )
            )
    chosen = {(c.erp, c.shop): c for c in choose(candidates)}
    erp_rivals, shop_rivals = _rivals(candidates, chosen)
    made = []
    for pair in table.pairs(connection, route.erp, route.shop):
        one = chosen.get((pair.erp.id, pair.shop.id))
        weight = None if one is None else weigh(pair.erp, pair.shop, parents=_stay(pair, together))
        if one is None or weight is None:
            continue
        conflict = _conflict(pair.erp, erp_rivals[one.erp], shop_rivals[one.shop])
        doubtful = bool(conflict) and not one.certain
        made.append(
            Proposal(
                erp=pair.erp,
                shop=pair.shop,
                factor=plain_factor(pair.erp.unit, pair.shop.unit),
                confidence=min(weight.confidence, _DOUBTFUL_MOST)
                if doubtful
                else weight.confidence,
                reason=weight.reason,
                conflict=conflict,
            )
        )
    made.sort(key=lambda p: (-p.confidence, p.erp.id))
    erp_taken, shop_taken = {e for e, _ in chosen}, {s for _, s in chosen}
    return Proposals(
        pairs=made,
        erp_alone=list(table.alone(connection, route.id, "erp", route.erp, erp_taken)),
        shop_alone=list(table.alone(connection, route.id, "shop", route.shop, shop_taken)),
    )


def _parents(connection: sa.Connection, route: Route) -> tuple[_Parents, _Parents]:
    """Which products most of whose variants speak for each other, both ways."""
    votes: Counter[tuple[ExternalId, ExternalId]] = Counter()
    for pair in table.pairs(connection, route.erp, route.shop):
        if pair.erp.parent is not None and pair.shop.parent is not None:
            weight = weigh(pair.erp, pair.shop)
            votes[pair.erp.parent, pair.shop.parent] += 0 if weight is None else weight.confidence
    erp: _Parents = {}
    shop: _Parents = {}
    for (here, there), _ in sorted(votes.items(), key=lambda v: (-v[1], v[0])):
        if here not in erp and there not in shop:
            erp[here], shop[there] = there, here
    return erp, shop


def _stay(pair: table.Pair, together: tuple[_Parents, _Parents]) -> bool | None:
    here, there = pair.erp.parent, pair.shop.parent
    if here is None or there is None:
        return None
    return together[0].get(here) == there


def _rivals(
    candidates: list[Candidate], chosen: dict[tuple[ExternalId, ExternalId], Candidate]
) -> tuple[Counter[ExternalId], Counter[ExternalId]]:
    """How many others fit about as well, by the variant of either side."""
    erp = {c.erp: c.confidence for c in chosen.values()}
    shop = {c.shop: c.confidence for c in chosen.values()}
    by_erp: Counter[ExternalId] = Counter()
    by_shop: Counter[ExternalId] = Counter()
    for one in candidates:
        if (one.erp, one.shop) in chosen:
            continue
        # One that is much better placed elsewhere, or much worse here, is no rival.
        if one.confidence > max(erp.get(one.erp, 0), shop.get(one.shop, 0)) - _RIVAL:
            by_erp[one.erp] += 1
            by_shop[one.shop] += 1
    return by_erp, by_shop


def _conflict(erp: Variant, erp_rivals: int, shop_rivals: int) -> str:
    found = []
    if not erp.active:
        found.append("the one in the ERP is archived")
    if erp_rivals:
        found.append(f"one to many: {erp_rivals} more of the shop fit as well")
    if shop_rivals:
        found.append(f"many to one: {shop_rivals} more of the ERP fit as well")
    return "; ".join(found)
