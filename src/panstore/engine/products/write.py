"""Writes products: fields first, then images one by one, each product whole or not at all."""

from __future__ import annotations

from collections.abc import Sequence

from msgspec import UNSET
from msgspec.structs import replace

from panstore.engine.bisect import bisect
from panstore.engine.context import Context
from panstore.engine.products.batch import ProductBatch, ProductResult
from panstore.engine.products.images import move_images
from panstore.engine.products.read import read_side
from panstore.engine.products.refusals import refusal, unlike
from panstore.engine.products.rows import system_of
from panstore.model.product import Product, ProductFields
from panstore.model.product_fields import fields_set
from panstore.model.product_plan import ProductChange, ProductOutcome, Side
from panstore.sdk.errors import OutcomeUnknownError, RemoteError, UnsupportedError
from panstore.sdk.product_roles import WriteProducts

__all__ = ["write_products"]

_SIDES: tuple[Side, ...] = ("erp", "shop")


async def write_products(
    context: Context, batch: ProductBatch, changes: Sequence[ProductChange]
) -> ProductResult:
    """Write changes of both sides; what one side does not take keeps nothing from the other.

    Contents of images take long: a run of their own moves them, or they come after all fields.
    """
    result = ProductResult()
    if not changes:
        return result
    context.probe("products.write")
    plain, pictures = _divide(changes)
    if batch.images == "later":
        result.left, pictures = pictures, []
    elif batch.images == "only":
        result.left, plain = plain, []
    for side in _SIDES:
        await _write_side(context, batch, side, [c for c in plain if c.side == side], result)
    fresh = {(change.item, change.side): product for change, product in result.written}
    failed = {(change.item, change.side) for change in result.failed()}
    for change in pictures:
        place = (change.item, change.side)
        if place in failed or result.trouble is not None:
            result.untried.append(change)
        else:
            await move_images(context, batch, change, fresh.get(place, change.before), result)
    return result


def _divide(
    changes: Sequence[ProductChange],
) -> tuple[list[ProductChange], list[ProductChange]]:
    """Fields and images of a change apart, each with its own lines."""
    plain: list[ProductChange] = []
    pictures: list[ProductChange] = []
    for change in changes:
        write = change.write
        if write.fields.images is UNSET or write.id is None:
            plain.append(change)
            continue
        images = ProductFields(images=write.fields.images)
        pictures.append(
            replace(
                change,
                write=replace(write, fields=images, variants=()),
                lines=tuple(line for line in change.lines if line.field == "images"),
            )
        )
        rest = replace(write, fields=replace(write.fields, images=UNSET))
        if rest.variants or fields_set(rest.fields):
            lines = tuple(line for line in change.lines if line.field != "images")
            plain.append(replace(change, write=rest, lines=lines))
    return plain, pictures


async def _write_side(
    context: Context,
    batch: ProductBatch,
    side: Side,
    changes: Sequence[ProductChange],
    result: ProductResult,
) -> None:
    if not changes:
        return
    name = system_of(batch.route, side)
    system = context.connectors[name]
    if not isinstance(system, WriteProducts) or system.capabilities.product_batch < 1:
        raise UnsupportedError(f"connection {name} cannot write products")
    size = system.capabilities.product_batch
    trouble: RemoteError | None = None

    async def send(some: Sequence[ProductChange]) -> Sequence[tuple[ProductChange, ProductOutcome]]:
        outcomes = await context.remote.call(
            name,
            batch.lane,
            "write products",
            lambda: system.write_products([change.write for change in some]),
        )
        # An answer that does not tell of each of them says nothing about any.
        told = outcomes if len(outcomes) == len(some) else [ProductOutcome("unknown")] * len(some)
        return list(zip(some, told, strict=True))

    for begin in range(0, len(changes), size):
        chunk = changes[begin : begin + size]
        if trouble is not None:
            result.untried.extend(chunk)
            continue
        try:
            done, bad = await bisect(chunk, send)
        except OutcomeUnknownError as error:
            result.unknown.extend(chunk)
            trouble = error
        except RemoteError as error:
            result.untried.extend(chunk)
            trouble = error
        else:
            result.refused.extend(
                (change, refusal(change, "write.refused", str(error))) for change, error in bad
            )
            for change, outcome in done:
                await _sort(context, batch, change, outcome, result)
        context.probe("products.reply")
    result.trouble = result.trouble or trouble


async def _sort(
    context: Context,
    batch: ProductBatch,
    change: ProductChange,
    outcome: ProductOutcome,
    result: ProductResult,
) -> None:
    if outcome.state == "unknown" or (outcome.state == "done" and outcome.product is None):
        result.unknown.append(change)
    elif outcome.state == "done" and outcome.product is not None:
        result.written.append((change, outcome.product))
    elif outcome.code == "changed_meanwhile":
        result.again.append(change)
    else:
        held = refusal(change, outcome.code or "write.refused", outcome.message)
        holder = await _holder(context, batch, change, outcome)
        # Where only people link, what has the code already is shown to them instead.
        if holder is None or unlike(change, holder) or not batch.route.links_by_code:
            result.refused.append((change, held))
        else:
            result.taken.append((change, holder, held))


async def _holder(
    context: Context, batch: ProductBatch, change: ProductChange, outcome: ProductOutcome
) -> Product | None:
    """The product that has the code already, as it stands."""
    if outcome.code != "sku_taken" or outcome.taken is None:
        return None
    try:
        found, _ = await read_side(context, batch, change.side, [outcome.taken])
    except RemoteError:
        return None
    return found[0] if found else None
