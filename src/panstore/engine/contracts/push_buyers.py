"""Tells a shop that keeps contract prices at which agreement its accounts buy.

Who buys for nobody any more is told first and without asking the ERP. Who shall buy at an
agreement is put on it only when all of its prices stand in the shop; until then he buys as
everybody does, never at one that is no longer his.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import sqlalchemy as sa
from msgspec.structs import replace

from panstore.engine.context import Context, Route
from panstore.engine.contracts.heirs import heirs_among, take_from_heirs
from panstore.engine.contracts.push_batch import keeper_of
from panstore.engine.contracts.push_buyers_record import (
    BuyersResult,
    mark_unused,
    record_buyer_run,
)
from panstore.engine.contracts.push_drop import put_off
from panstore.engine.contracts.push_marks import mark_list
from panstore.engine.contracts.source import reader_of
from panstore.engine.limiter import Lane
from panstore.engine.remote import Stopwatch, stopwatch
from panstore.engine.sending import parts, send_in_parts
from panstore.model.change import Mark
from panstore.model.contract import Agreement
from panstore.model.ids import ExternalId
from panstore.model.price_tiers import Buyer, BuyerOutcome
from panstore.sdk.errors import RemoteError
from panstore.store.account_links import account_link
from panstore.store.buyer_ledger import (
    KeptBuyer,
    kept_buyers,
    record_buyers,
)
from panstore.store.party_agreements import remember_agreements
from panstore.store.push_marks import BUYER
from panstore.store.pushed_agreements import add_pushed, pushed

__all__ = ["release_buyers", "work_buyers"]

_NONE = ExternalId("")


async def work_buyers(context: Context, route: Route, marks: Sequence[Mark]) -> bool:
    """Work marked accounts; False if a system did not let us."""
    by_account = {ExternalId(one.key[len(BUYER) :]): one for one in marks}

    def read(connection: sa.Connection) -> tuple[dict[ExternalId, ExternalId], list[ExternalId]]:
        found = {}
        for account in by_account:
            link = account_link(connection, route.id, account)
            if link is not None:
                found[account] = link.party
        told = kept_buyers(connection, route.id, list(found))
        return found, [one for one in found if one not in told or told[one].stale]

    parties, untold = await context.store.read(read)
    nobody = [one for one in by_account if one not in parties]
    if nobody and not await _bring(context, route, dict.fromkeys(nobody), by_account):
        return False
    if not parties:
        return True
    try:
        # Whose prices these are is certain only while the account is the one that was approved.
        heirs = await heirs_among(context, route, untold)
        agreed = await _agreements(context, route, sorted(set(parties.values())))
    except RemoteError as error:
        await put_off(context, route, [by_account[one] for one in parties], error)
        return False
    await take_from_heirs(context, route, heirs, cause="account looked at")
    wanted = {account: agreed.get(party) for account, party in parties.items()}
    wanted |= {one.account: None for one in heirs}
    return await _bring(context, route, wanted, by_account)


async def release_buyers(context: Context, route: Route, marks: Sequence[Mark]) -> bool:
    """Let marked accounts buy as everybody, whoever approved them; False if the shop did not."""
    by_account = {ExternalId(one.key[len(BUYER) :]): one for one in marks}
    return await _bring(context, route, dict.fromkeys(by_account), by_account)


async def _agreements(
    context: Context, route: Route, parties: Sequence[ExternalId]
) -> Mapping[ExternalId, Agreement]:
    """At what these parties buy, those that buy at one."""
    erp = reader_of(context, route.erp)
    found: dict[ExternalId, Agreement] = {}
    for some in parts(parties, context.connectors[route.erp].capabilities.read_batch):
        at = context.clock.now()
        answer = await context.remote.call(
            route.erp,
            Lane.PRICES,
            "read agreements",
            lambda some=some: erp.agreements(some),  # type: ignore[misc]
            reads=True,
        )
        await context.store.write(
            lambda c, a=answer, t=at: remember_agreements(c, route.erp, a, at=t)  # type: ignore[misc]
        )
        found |= {one.party: one for one in answer if one.active and one.id is not None}
    context.probe("push.agreements")
    return found


async def _bring(
    context: Context,
    route: Route,
    wanted: Mapping[ExternalId, Agreement | None],
    marks: Mapping[ExternalId, Mark],
) -> bool:
    """Bring these accounts to what is wanted of them."""
    watch = Stopwatch()
    token = stopwatch.set(watch)
    try:
        known = await context.store.read(lambda c: kept_buyers(c, route.id, list(wanted)))
        try:
            present = await _read_back(context, route, known)
        except RemoteError as error:
            await put_off(context, route, [marks[one] for one in wanted], error)
            return False
        result = BuyersResult()
        due = await context.store.write(
            lambda c: _begin(c, context, route, wanted, known, present, result)
        )
        context.probe("push.buyers.begin")
        await _write(context, route, due, result)
    finally:
        stopwatch.reset(token)
    await record_buyer_run(context, route, marks, known, present, result, watch.seconds)
    return result.trouble is None


async def _read_back(
    context: Context, route: Route, known: Mapping[ExternalId, KeptBuyer]
) -> dict[ExternalId, KeptBuyer]:
    """What the shop knows of accounts, asked where the ledger is doubtful."""
    present = dict(known)
    doubtful = [account for account, one in known.items() if one.stale]
    if not doubtful:
        return present
    shop, most = keeper_of(context, route)
    for some in parts(doubtful, most):
        found = await context.remote.call(
            route.shop,
            Lane.PRICES,
            "read buyers",
            lambda some=some: shop.buyers(some),  # type: ignore[misc]
            reads=True,
        )
        for account in some:
            one = found.get(account)
            present[account] = replace(
                known[account],
                agreement=_NONE if one is None else one.agreement or _NONE,
                title="" if one is None else one.title,
            )
    return present


def _begin(
    connection: sa.Connection,
    context: Context,
    route: Route,
    wanted: Mapping[ExternalId, Agreement | None],
    known: Mapping[ExternalId, KeptBuyer],
    present: Mapping[ExternalId, KeptBuyer],
    result: BuyersResult,
) -> list[KeptBuyer]:
    """Note what is wanted, and say durably that the shop is about to be told something else."""
    now = context.clock.now()
    due: list[KeptBuyer] = []
    rows: list[KeptBuyer] = []
    result.fine.clear()
    for account, agreement in wanted.items():
        id_ = _NONE if agreement is None or agreement.id is None else agreement.id
        title = "" if agreement is None else agreement.title
        place = pushed(connection, route.id, id_) if id_ else None
        if id_ and place is None:
            add_pushed(connection, route.id, id_)
            mark_list(connection, context, route, [id_], cause="first buyer")
        ready = place is not None and place.ready
        # An agreement that is not known whole in the shop is nobody's yet.
        target = KeptBuyer(account, id_, id_ if ready else _NONE, title if ready else "")
        now_there = present.get(account, KeptBuyer(account, id_, _NONE, ""))
        if (now_there.agreement, now_there.title) == (target.agreement, target.title):
            result.fine.append(target)
            rows.append(replace(target, stale=account in known and known[account].stale))
        else:
            due.append(target)
            rows.append(replace(now_there, wanted=id_, stale=True))
    record_buyers(connection, route.id, rows, now=now)
    mark_unused(connection, context, route, {one.wanted for one in known.values()})
    return due


async def _write(
    context: Context, route: Route, due: Sequence[KeptBuyer], result: BuyersResult
) -> None:
    if not due:
        return
    shop, most = keeper_of(context, route)

    async def send(some: Sequence[KeptBuyer]) -> list[tuple[ExternalId, BuyerOutcome]]:
        buyers = [Buyer(one.account, one.agreement or None, one.title) for one in some]
        outcomes = await context.remote.call(
            route.shop, Lane.PRICES, "write buyers", lambda: shop.write_buyers(buyers)
        )
        return [(one.account, one) for one in outcomes]

    accounts = [(one.account, one) for one in due]
    fates = await send_in_parts(accounts, most, send, lambda: context.probe("push.buyers.reply"))
    result.written += [one for one, _ in fates.done]
    result.refused += fates.refused
    result.unknown += fates.unknown
    result.again += fates.untried
    result.trouble = fates.trouble
    await _look_after_refusals(context, route, result)


async def _look_after_refusals(context: Context, route: Route, result: BuyersResult) -> None:
    """Of whom the shop was to forget all and knows nothing, all is well: he may be gone."""
    asked = [one for one, _ in result.refused if not one.agreement]
    if not asked or result.trouble is not None:
        return
    shop, most = keeper_of(context, route)
    there: set[ExternalId] = set()
    for some in parts([one.account for one in asked], most):
        try:
            there |= set(
                await context.remote.call(
                    route.shop,
                    Lane.PRICES,
                    "read buyers",
                    lambda some=some: shop.buyers(some),  # type: ignore[misc]
                    reads=True,
                )
            )
        except RemoteError as error:
            result.trouble = error
            return
    result.written += [one for one in asked if one.account not in there]
    result.refused = [
        (one, what) for one, what in result.refused if one.agreement or one.account in there
    ]
