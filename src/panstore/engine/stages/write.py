"""Stage 6, write: batches as large as the destination takes, one outcome per operation."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from itertools import islice

from panstore.engine.batch import Batch, Result
from panstore.engine.bisect import Refusal, bisect
from panstore.engine.context import Context
from panstore.model.errors import sentence
from panstore.model.plan import Held, Operation, WriteOutcome
from panstore.model.stock import StockTarget
from panstore.sdk.errors import OutcomeUnknownError, RemoteError, UnsupportedError
from panstore.sdk.roles import WritePrices, WriteStock
from panstore.store.items import make_stale

__all__ = ["write"]

Send = Callable[[Sequence[Operation]], Awaitable[Sequence[WriteOutcome]]]


async def write(context: Context, batch: Batch, operations: Sequence[Operation]) -> Result:
    """Write absolute values.

    Before the first call the ledger entries are made stale, durably: whatever happens from here
    on, the next pass reads the destination before it trusts the ledger.
    """
    result = Result()
    if not operations:
        return result
    send, size = _sender(context, batch, operations[0])
    items = [o.item for o in operations]
    await context.store.write(lambda c: make_stale(c, batch.route.id, batch.code, items))
    context.probe("write.begin")
    queue = iter(operations)
    while chunk := list(islice(queue, size)):
        if result.trouble is not None:
            result.untried.extend(chunk)
            continue
        try:
            outcomes, bad = await bisect(chunk, send)
        except OutcomeUnknownError as error:
            result.unknown.extend(chunk)
            result.trouble = error
        except RemoteError as error:
            result.untried.extend(chunk)
            result.trouble = error
        else:
            _sort(result, chunk, outcomes, bad)
        context.probe("write.reply")
    return result


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


def _sort(
    result: Result,
    chunk: Sequence[Operation],
    outcomes: Sequence[WriteOutcome],
    bad: Sequence[tuple[Operation, Refusal]],
) -> None:
    by_target = {outcome.target: outcome for outcome in outcomes}
    refused_alone = {operation.item: error for operation, error in bad}
    for operation in chunk:
        error = refused_alone.get(operation.item)
        outcome = by_target.get(operation.target)
        if error is not None:
            result.refused.append((operation, _held(operation, "write.refused", str(error))))
        elif outcome is None or outcome.state == "unknown":
            # An answer that does not mention an item says nothing about it.
            result.unknown.append(operation)
        elif outcome.state == "refused":
            code = outcome.code or "write.refused"
            result.refused.append((operation, _held(operation, code, outcome.message)))
        else:
            stored = operation.after if outcome.stored is None else outcome.stored
            result.written.append((operation, stored))


def _held(operation: Operation, code: str, what: str) -> Held:
    return Held(
        item=operation.item,
        code=code,
        reason=f"The shop refused {operation.sku or operation.target}: {sentence(what)} "
        "It was left as it is in the shop; the rest went on. Mend the record in the shop or the "
        "ERP, then retry.",
        sku=operation.sku,
    )
