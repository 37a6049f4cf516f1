"""Contents of images: each one a call of its own, behind everything that is in a hurry."""

from __future__ import annotations

from collections.abc import Sequence

from msgspec import UNSET
from msgspec.structs import replace

from panstore.engine.context import Context
from panstore.engine.limiter import Lane
from panstore.engine.products.batch import ProductBatch, ProductResult
from panstore.engine.products.read import read_side
from panstore.engine.products.refusals import refusal
from panstore.engine.products.rows import system_of
from panstore.model.ids import ConnectionId
from panstore.model.product import Image, Product, ProductWrite
from panstore.model.product_plan import ProductChange
from panstore.sdk.errors import (
    NotFoundError,
    OutcomeUnknownError,
    RejectedError,
    RemoteError,
    UnsupportedError,
)
from panstore.sdk.product_roles import ReadProducts, WriteProducts

__all__ = ["move_images"]


class _MovedMeanwhileError(Exception):
    """Somebody else changed the images on one of the two sides."""


async def move_images(
    context: Context,
    batch: ProductBatch,
    change: ProductChange,
    present: Product | None,
    result: ProductResult,
) -> None:
    """Give the destination the images it has not, then say their order and which go.

    Args:
        change: of images only.
        present: the destination as it now stands.
    """
    try:
        product = await _move(context, batch, change, present)
    except _MovedMeanwhileError:
        result.again.append(change)
    except OutcomeUnknownError as error:
        result.unknown.append(change)
        result.trouble = error
    except (RejectedError, NotFoundError) as error:
        result.refused.append((change, refusal(change, "product.image", str(error))))
    except RemoteError as error:
        result.untried.append(change)
        result.trouble = error
    else:
        result.written.append((change, product))


async def _move(
    context: Context, batch: ProductBatch, change: ProductChange, present: Product | None
) -> Product:
    source = batch.route.shop if change.side == "erp" else batch.route.erp
    name = system_of(batch.route, change.side)
    reader, writer = context.connectors[source], context.connectors[name]
    if not isinstance(reader, ReadProducts) or not isinstance(writer, WriteProducts):
        raise UnsupportedError(f"images cannot go from {source} to {name}")
    item = batch.items.get(change.item)
    other = None if item is None else (item.shop if change.side == "erp" else item.erp)
    wanted = change.write.fields.images
    if wanted is UNSET or present is None or other is None:
        raise _MovedMeanwhileError
    # The plan may have looked past images that arrived before a cut; the destination has them.
    planned = {image.digest for image in _images(present)}
    present = await _again(context, batch, change, present)
    there = [image.digest for image in _images(present)]
    if not planned <= set(there) <= planned | {image.digest for image in wanted}:
        raise _MovedMeanwhileError
    missing = [image for image in wanted if image.digest not in there]
    for image in missing:
        await _carry(context, (source, name), (reader, writer), (other, present), image)
        context.probe("image.moved")
    if missing:
        present = await _again(context, batch, change, present)
        now = [image.digest for image in _images(present)]
        if set(now) != {*there, *(image.digest for image in missing)}:
            raise _MovedMeanwhileError
    if [image.digest for image in _images(present)] == [image.digest for image in wanted]:
        return present
    return await _order(
        context, name, writer, replace(change.write, id=present.id, version=present.version)
    )


async def _order(
    context: Context, name: ConnectionId, writer: WriteProducts, write: ProductWrite
) -> Product:
    [outcome] = await context.remote.call(
        name, Lane.DOCUMENTS, "write images", lambda: writer.write_products([write])
    )
    if outcome.state == "refused" and outcome.code == "changed_meanwhile":
        raise _MovedMeanwhileError
    if outcome.state == "refused":
        raise RejectedError(name, "write images", outcome.message, code=outcome.code)
    if outcome.state == "unknown" or outcome.product is None:
        raise OutcomeUnknownError(name, "write images", "it does not say what became of it")
    return outcome.product


async def _again(
    context: Context, batch: ProductBatch, change: ProductChange, present: Product
) -> Product:
    found, _ = await read_side(context, batch, change.side, [present.id])
    if not found:
        raise _MovedMeanwhileError
    return found[0]


async def _carry(
    context: Context,
    systems: tuple[ConnectionId, ConnectionId],
    connectors: tuple[ReadProducts, WriteProducts],
    products: tuple[Product, Product],
    image: Image,
) -> None:
    await context.give_way()
    try:
        content = await context.remote.call(
            systems[0],
            Lane.DOCUMENTS,
            "read image",
            lambda: connectors[0].image(products[0].id, image.digest),
            reads=True,
        )
    except NotFoundError as error:
        raise _MovedMeanwhileError from error
    await context.give_way()
    await context.remote.call(
        systems[1],
        Lane.DOCUMENTS,
        "add image",
        lambda: connectors[1].add_image(products[1].id, image, content),
    )


def _images(product: Product) -> Sequence[Image]:
    images = product.fields.images
    return () if images is UNSET else images
