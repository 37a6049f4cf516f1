"""Brakes and writes of contract prices that a shop keeps."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal

import sqlalchemy as sa

from panstore.engine.brakes import PRICE, WITHHELD
from panstore.engine.context import BrakeLimits, Context
from panstore.engine.contracts.push_batch import (
    TiersBatch,
    TiersChange,
    TiersResult,
    contract_of,
    keeper_of,
)
from panstore.engine.contracts.push_marks import tiers_key
from panstore.engine.holding import Brake, hold_back
from panstore.engine.sending import Refused, parts, send_in_parts
from panstore.model.errors import sentence
from panstore.model.ids import ExternalId
from panstore.model.plan import Held
from panstore.model.price_tiers import PriceTier, TiersOutcome, TiersWrite
from panstore.sdk.errors import RemoteError
from panstore.store.items import count_links
from panstore.store.tiers_ledger import KeptTiers, record_tiers

__all__ = ["risk_of_tiers", "write_batch"]


async def write_batch(context: Context, batch: TiersBatch) -> TiersResult:
    """Hold back what is a mass change, write the rest, one outcome for each."""
    result = TiersResult()
    passing = await _guard(context, batch, result)
    context.probe("push.guarded")
    if not passing:
        return result
    shop, most = keeper_of(context, batch.route)
    now = context.clock.now()
    # Whatever happens from here on, the shop is asked before the ledger is believed again.
    stale = [KeptTiers(one.item, one.product, one.before, stale=True) for one in passing]
    await context.store.write(
        lambda c: record_tiers(c, batch.route.id, batch.agreement, stale, now=now)
    )
    context.probe("push.write.begin")

    async def send(some: Sequence[TiersChange]) -> list[tuple[ExternalId, TiersOutcome]]:
        writes = [TiersWrite(one.product, one.after, one.sku) for one in some]
        outcomes = await context.remote.call(
            batch.route.shop,
            batch.lane,
            "write contract prices",
            lambda: shop.write_tiers(batch.agreement, writes),
        )
        return [(one.product, one) for one in outcomes]

    products = [(one.product, one) for one in passing]
    fates = await send_in_parts(products, most, send, lambda: context.probe("push.write.reply"))
    result.written += [change for change, _ in fates.done]
    result.refused += [(change, _refusal(change, why)) for change, why in fates.refused]
    result.unknown += fates.unknown
    result.again += fates.untried
    result.trouble = fates.trouble
    await _look_after_refusals(context, batch, result)
    return result


def _refusal(change: TiersChange, why: Refused) -> Held:
    name = change.sku or f"article {change.product}"
    return Held(
        item=change.item,
        code=why.code,
        reason=f"The shop refused the agreed prices of {name}: {sentence(why.message)} What it "
        "keeps of them was left as it is; the rest went on. Mend the record in the shop or the "
        "ERP, then retry.",
        sku=change.sku,
    )


async def _look_after_refusals(context: Context, batch: TiersBatch, result: TiersResult) -> None:
    """What was to be taken away and is not there is as it should be: the article may be gone."""
    asked = [change for change, _ in result.refused if not change.after.tiers]
    if not asked or result.trouble is not None:
        return
    shop, most = keeper_of(context, batch.route)
    there: set[str] = set()
    for some in parts([one.product for one in asked], most):
        try:
            there |= set(
                await context.remote.call(
                    batch.route.shop,
                    batch.lane,
                    "read contract prices",
                    lambda some=some: shop.tiers(batch.agreement, some),  # type: ignore[misc]
                    reads=True,
                )
            )
        except RemoteError as error:
            result.trouble = error
            return
    absent = [one for one in asked if one.product not in there]
    result.written.extend(absent)
    result.refused = [(one, held) for one, held in result.refused if one not in absent]


async def _guard(context: Context, batch: TiersBatch, result: TiersResult) -> list[TiersChange]:
    limits = batch.route.brakes
    risky: dict[str, list[TiersChange]] = {PRICE: [], WITHHELD: []}
    passing: list[TiersChange] = []
    for change in batch.changes:
        kind = None if change.gone else risk_of_tiers(change, limits)
        (passing if kind is None else risky[kind]).append(change)
    if any(risky.values()):
        async with context.judging:
            held, alarms = await context.store.write(lambda c: _judge(c, context, batch, risky))
        result.braked.extend(held)
        waiting = {change.item for change, _ in held}
        passing += [o for some in risky.values() for o in some if o.item not in waiting]
        for alarm in alarms:
            context.log.warning(
                "brake", route=batch.route.id, module=contract_of(batch.route)[2], reason=alarm
            )
    return passing


def _judge(
    connection: sa.Connection,
    context: Context,
    batch: TiersBatch,
    risky: dict[str, list[TiersChange]],
) -> tuple[list[tuple[TiersChange, int]], list[str]]:
    """Counted list by list: one list gone wrong is a mass change however many there are."""
    route, agreement = batch.route, batch.agreement
    code = contract_of(route)[2]
    now, total = context.clock.now(), count_links(connection, route.id)
    braked: list[tuple[TiersChange, int]] = []
    alarms: list[str] = []
    for kind, changes in risky.items():
        if not changes:
            continue
        brake = Brake(route.id, code, f"{kind}:{agreement}", route.brakes, total)
        names = [tiers_key(agreement, change.item) for change in changes]
        held, alarm = hold_back(connection, brake, names, now=now)
        for change, name in zip(changes, names, strict=True):
            if name in held:
                braked.append((change, held[name]))
        alarms.extend([alarm] if alarm else [])
    return braked, alarms


def risk_of_tiers(change: TiersChange, limits: BrakeLimits) -> str | None:
    """Kind of risk, or None: a price that jumps, or one that was agreed and is withheld.

    What is kept for the first time has nothing to be compared with; what is kept no more is
    compared with what the shop shows everybody.
    """
    before, after = change.before, change.after
    if not before.tiers:
        return None
    if not after.tiers:
        jumps = [_jump_to(one, change.usual) for one in before.tiers]
        return PRICE if max(jumps) > limits.price_change else None
    if (before.currency, before.includes_tax) != (after.currency, after.includes_tax):
        return PRICE
    for least in sorted({one.least for one in (*before.tiers, *after.tiers)}):
        old, new = _at(before.tiers, least), _at(after.tiers, least)
        if old is None or new is None or old.amount is None or old.amount <= 0:
            continue
        if new.state == "withheld":
            return WITHHELD
        if new.amount is not None and _jump(old.amount, new.amount) > limits.price_change:
            return PRICE
    return None


def _jump_to(old: PriceTier, usual: Decimal | None) -> Decimal:
    if old.amount is None or old.amount <= 0 or usual is None:
        return Decimal(0)
    return _jump(old.amount, usual)


def _jump(old: Decimal, new: Decimal) -> Decimal:
    return abs(new - old) / old


def _at(tiers: Sequence[PriceTier], quantity: Decimal) -> PriceTier | None:
    reached = [one for one in tiers if one.least <= quantity]
    return reached[-1] if reached else None
