"""Takes all prices of an agreement out of a shop, and puts off what cannot be done now."""

from __future__ import annotations

from collections.abc import Sequence

import sqlalchemy as sa

from panstore.engine.brakes import PRICE, WITHHELD
from panstore.engine.context import WITHDRAWAL, Context, Route
from panstore.engine.contracts.push_batch import keeper_of
from panstore.engine.limiter import Lane
from panstore.engine.recovery import backoff
from panstore.model.change import Mark
from panstore.model.ids import ExternalId
from panstore.sdk.errors import RemoteError
from panstore.store.audit import Entry, append
from panstore.store.brakes import end_kinds
from panstore.store.marks import delete_worked, postpone
from panstore.store.push_marks import LIST
from panstore.store.pushed_agreements import forget_pushed, not_ready
from panstore.store.tiers_ledger import doubt_tiers, forget_tiers

__all__ = ["drop_prices", "put_off"]


async def drop_prices(context: Context, route: Route, mark: Mark) -> bool:
    """Nobody buys at a marked list any more; False if the shop did not let us."""
    agreement = ExternalId(mark.key[len(LIST) :])
    shop, _ = keeper_of(context, route)

    def begin(connection: sa.Connection) -> None:
        not_ready(connection, route.id, agreement)
        doubt_tiers(connection, route.id, agreement)

    await context.store.write(begin)
    context.probe("push.drop.begin")
    try:
        await context.remote.call(
            route.shop, Lane.FULL, "drop agreement", lambda: shop.drop_agreement(agreement)
        )
    except RemoteError as error:
        await put_off(context, route, [mark], error)
        return False
    context.probe("push.drop.reply")

    def end(connection: sa.Connection) -> None:
        delete_worked(connection, [mark])
        append(connection, [_entry(context, route, mark, agreement)])
        end_kinds(connection, route.id, [f"{kind}:{agreement}" for kind in (PRICE, WITHHELD)])
        forget_tiers(connection, route.id, agreement)
        forget_pushed(connection, route.id, agreement)

    await context.store.write(end)
    return True


async def put_off(
    context: Context, route: Route, marks: Sequence[Mark], error: RemoteError | None
) -> None:
    """Work these marks later, when whoever was in the way has had a rest.

    Nobody else is waited for: an account is let go while the ERP rests.
    """
    now = context.clock.now()
    names = [one for one in (route.erp, route.shop) if error is None or error.connector == one]
    until = [one for one in map(context.remote.rests_until, names) if one is not None]
    context.log.info("contract prices wait", route=route.id, why=str(error))
    failed = [(one, max([now + backoff(one.attempts), *until])) for one in marks]
    await context.store.write(lambda c: postpone(c, failed))


def _entry(context: Context, route: Route, mark: Mark, agreement: ExternalId) -> Entry:
    off = mark.module == WITHDRAWAL
    why = "contract prices are off on this route" if off else "nobody buys under it any more"
    return Entry(
        at=context.clock.now(),
        route=route.id,
        module=mark.module,
        key=mark.key,
        label=agreement,
        cause=mark.cause,
        outcome="written",
        reason=f"all prices of agreement {agreement} were taken out of the shop: {why}",
    )
