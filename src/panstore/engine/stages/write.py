"""Stage 6, write: batches as large as the destination takes, one outcome per operation."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence

from panstore.engine.batch import Batch, Result
from panstore.engine.context import Context
from panstore.engine.sending import send_in_parts
from panstore.model.errors import sentence
from panstore.model.ids import ExternalId
from panstore.model.plan import Held, Operation, WriteOutcome
from panstore.model.stock import StockTarget
from panstore.sdk.errors import UnsupportedError
from panstore.sdk.roles import WritePrices, WriteStock
from panstore.store.items import make_stale

__all__ = ["write"]

Send = Callable[[Sequence[Operation]], Awaitable[Sequence[WriteOutcome]]]


async def write(context: Context, batch: Batch, operations: Sequence[Operation]) -> Result:
    """Write absolute values.

    Before the first call the ledger entries are made stale, durably: whatever happens from here
    on, the next pass reads the destination before it trusts the ledger.
    """
    if not operations:
        return Result()
    send, size = _sender(context, batch, operations[0])
    items = [o.item for o in operations]
    await context.store.write(lambda c: make_stale(c, batch.route.id, batch.code, items))
    context.probe("write.begin")

    async def tell(some: Sequence[Operation]) -> list[tuple[ExternalId, WriteOutcome]]:
        return [(one.target, one) for one in await send(some)]

    targets = [(one.target, one) for one in operations]
    fates = await send_in_parts(targets, size, tell, lambda: context.probe("write.reply"))
    return Result(
        written=[
            (one, one.after if outcome.stored is None else outcome.stored)
            for one, outcome in fates.done
        ],
        refused=[(one, _held(one, why.code, why.message)) for one, why in fates.refused],
        unknown=fates.unknown,
        untried=fates.untried,
        trouble=fates.trouble,
    )


def _sender(context: Context, batch: Batch, sample: Operation) -> tuple[Send, int]:
    connection = batch.route.shop
    shop = context.connectors[connection]
    traits = shop.capabilities

    if isinstance(sample.after, StockTarget):
        if not isinstance(shop, WriteStock) or traits.stock_batch < 1:
            raise UnsupportedError(f"connection {connection} cannot write stock")

        async def send_stock(some: Sequence[Operation]) -> Sequence[WriteOutcome]:
            return await context.remote.call(
                connection,
                batch.lane,
                "write stock",
                lambda: shop.write_stock(some, batch.watermark),
            )

        return send_stock, traits.stock_batch

    if not isinstance(shop, WritePrices) or traits.price_batch < 1:
        raise UnsupportedError(f"connection {connection} cannot write prices")

    async def send_prices(some: Sequence[Operation]) -> Sequence[WriteOutcome]:
        return await context.remote.call(
            connection, batch.lane, "write prices", lambda: shop.write_prices(some)
        )

    return send_prices, traits.price_batch


def _held(operation: Operation, code: str, what: str) -> Held:
    return Held(
        item=operation.item,
        code=code,
        reason=f"The shop refused {operation.sku or operation.target}: {sentence(what)} "
        "It was left as it is in the shop; the rest went on. Mend the record in the shop or the "
        "ERP, then retry.",
        sku=operation.sku,
    )
