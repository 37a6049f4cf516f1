"""Writes down what a shop was told about its buyers: in one transaction."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass, field

import sqlalchemy as sa

from panstore.engine import metrics
from panstore.engine.context import Context, Route
from panstore.engine.contracts.push_marks import mark_list
from panstore.engine.recovery import backoff
from panstore.engine.sending import Refused
from panstore.model.change import Mark
from panstore.model.errors import sentence
from panstore.model.ids import ExternalId
from panstore.model.plan import Held
from panstore.sdk.errors import RemoteError
from panstore.store.audit import Entry, append
from panstore.store.buyer_ledger import KeptBuyer, forget_buyers, is_wanted, record_buyers
from panstore.store.marks import delete_worked, mark, postpone
from panstore.store.parked import park, unpark
from panstore.store.push_marks import BUYER

__all__ = ["BuyersResult", "mark_unused", "record_buyer_run"]


@dataclass
class BuyersResult:
    """What became of the accounts; `again` come again, `trouble` ended the run."""

    written: list[KeptBuyer] = field(default_factory=list)
    fine: list[KeptBuyer] = field(default_factory=list)
    refused: list[tuple[KeptBuyer, Refused]] = field(default_factory=list)
    unknown: list[KeptBuyer] = field(default_factory=list)
    again: list[KeptBuyer] = field(default_factory=list)
    trouble: RemoteError | None = None


def mark_unused(
    connection: sa.Connection, context: Context, route: Route, left: set[ExternalId]
) -> None:
    """Agreements that nobody buys at any more, nor shall, are looked at, and dropped then."""
    unused = [one for one in sorted(left) if one and not is_wanted(connection, route.id, one)]
    mark_list(connection, context, route, unused, cause="last buyer gone")


async def record_buyer_run(
    context: Context,
    route: Route,
    marks: Mapping[ExternalId, Mark],
    known: Mapping[ExternalId, KeptBuyer],
    present: Mapping[ExternalId, KeptBuyer],
    result: BuyersResult,
    remote_s: float,
) -> None:
    """Ledger, parked records, audit, marks, and agreements that are nobody's now."""
    now, code = context.clock.now(), next(iter(marks.values())).module
    entries = _entries(route, marks, present, result, now=now, remote_ms=round(remote_s * 1000))
    through = [*result.fine, *result.written]
    again = [*result.again, *result.unknown]
    rests = context.remote.rests_until(route.shop)
    held = [_refusal(one, what) for one, what in result.refused]

    def work(connection: sa.Connection) -> None:
        done = [*through, *(one for one, _ in result.refused)]
        gone = delete_worked(connection, [marks[one.account] for one in done])
        postpone(
            connection,
            [
                (marks[one.account], max(now + backoff(marks[one.account].attempts), rests or now))
                for one in again
            ],
        )
        told = {f"{BUYER}{one.account}" for one in result.written}
        twice = [one.key for one in gone if one.key in told]
        mark(connection, route.id, code, twice, now=now, cause="worked twice")
        record_buyers(connection, route.id, [o for o in through if o.wanted], now=now)
        forget_buyers(connection, route.id, [o.account for o in through if not o.wanted])
        told_before = (*known.values(), *present.values())
        mark_unused(connection, context, route, {one.agreement for one in told_before})
        keys = [f"{BUYER}{one.account}" for one in through]
        unpark(connection, route.id, code, keys, now=now)
        news = park(connection, route.id, code, held, now=now)
        parked = [_parked(route, one, marks, now=now) for one in news]
        append(connection, [*entries, *parked])

    await context.store.write(work)
    metrics.observe(entries)
    context.probe("push.buyers.end")


def _entries(
    route: Route,
    marks: Mapping[ExternalId, Mark],
    present: Mapping[ExternalId, KeptBuyer],
    result: BuyersResult,
    *,
    now: dt.datetime,
    remote_ms: int,
) -> list[Entry]:
    def entry(one: KeptBuyer, outcome: str, reason: str) -> Entry:
        worked = marks[one.account]
        before = present.get(one.account)
        own = round((now - worked.marked_at).total_seconds() * 1000) - remote_ms
        return Entry(
            at=now,
            route=route.id,
            module=worked.module,
            key=one.account,
            label=one.account,
            cause=worked.cause,
            outcome=outcome,
            reason=reason,
            before=None if before is None else before.agreement or None,
            after=one.agreement or None,
            own_ms=max(0, own),
            remote_ms=remote_ms,
        )

    made = []
    for one in result.written:
        what = f"buys under agreement {one.agreement}" if one.agreement else "buys as everybody"
        if one.wanted and not one.agreement:
            what += f" until all prices of agreement {one.wanted} stand in the shop"
        made.append(entry(one, "written", f"account {one.account} {what}"))
    made += [entry(one, "refused", _refusal(one, what).reason) for one, what in result.refused]
    lost = "the reply was lost: it is read back before anything else is done"
    return made + [entry(one, "unknown", lost) for one in result.unknown]


def _refusal(one: KeptBuyer, why: Refused) -> Held:
    what = f"under agreement {one.agreement}" if one.agreement else "as everybody"
    return Held(
        item=f"{BUYER}{one.account}",
        code=why.code,
        reason=f"The shop refused to let account {one.account} buy {what}: "
        f"{sentence(why.message)} The account was left as it is in the shop; the rest went on. "
        "Mend the account in the shop, then retry.",
        sku=one.account,
    )


def _parked(
    route: Route, held: Held, marks: Mapping[ExternalId, Mark], *, now: dt.datetime
) -> Entry:
    account = ExternalId(held.item[len(BUYER) :])
    return Entry(
        at=now,
        route=route.id,
        module=marks[account].module,
        key=account,
        label=account,
        cause=marks[account].cause,
        outcome="parked",
        reason=held.reason,
    )
