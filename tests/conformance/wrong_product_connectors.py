"""Connectors with one mistake each in how they handle products; the suite must catch them."""

from __future__ import annotations

import contextlib
import itertools
from collections.abc import Sequence

from msgspec import UNSET
from msgspec.structs import replace

from panstore.model.ids import ExternalId
from panstore.model.product import Image, Product, ProductFields, ProductWrite, VariantFields
from panstore.model.product_plan import ProductOutcome
from panstore.sdk.errors import OutcomeUnknownError, RejectedError, RemoteError, UnavailableError
from panstore.testing.world import SimShopConnector


class _OneByOneShop(SimShopConnector):
    """Treats each write by itself, in `one`."""

    async def write_products(self, writes: Sequence[ProductWrite]) -> Sequence[ProductOutcome]:
        return [await self.one(write) for write in writes]

    async def one(self, write: ProductWrite) -> ProductOutcome:
        (outcome,) = await super().write_products([write])
        return outcome


class VersionlessShop(_OneByOneShop):
    """Writes over whatever has changed meanwhile."""

    async def one(self, write: ProductWrite) -> ProductOutcome:
        return await super().one(replace(write, version=""))


class TwinPageShop(_OneByOneShop):
    """Makes another product each time; the shop does not mind codes that are there already."""

    _numbers = itertools.count(1)

    async def one(self, write: ProductWrite) -> ProductOutcome:
        if write.id is not None:
            return await super().one(write)
        number = next(self._numbers)
        variants = tuple(
            replace(one, key=f"{one.key}-{number}", fields=replace(one.fields, sku=f"{number}"))
            for one in write.variants
        )
        made = await super().one(replace(write, key=f"{write.key}-{number}", variants=variants))
        page = made.product
        if page is None:
            return made
        for there, said in zip(page.variants, write.variants, strict=True):
            self._shop.pages.edit_variant(there.id, sku=said.fields.sku)
        return replace(made, product=self._shop.pages.get(page.id))


class DeletingShop(_OneByOneShop):
    """Deletes what shall be hidden, and answers as if it were there."""

    _deleted: frozenset[ExternalId] = frozenset()

    async def products(self, ids: Sequence[ExternalId]) -> Sequence[Product]:
        return [one for one in await super().products(ids) if one.id not in self._deleted]

    async def one(self, write: ProductWrite) -> ProductOutcome:
        if write.id is not None and write.fields.active is False:
            self._deleted |= {write.id}
        return await super().one(write)


class WholesaleShop(_OneByOneShop):
    """Takes the attributes of a variant for empty where nothing is said of them."""

    async def one(self, write: ProductWrite) -> ProductOutcome:
        variants = tuple(
            replace(one, fields=_without_attributes(one.fields)) for one in write.variants
        )
        return await super().one(replace(write, variants=variants))


class BarePageShop(_OneByOneShop):
    """Takes the images for none where nothing is said of them."""

    async def one(self, write: ProductWrite) -> ProductOutcome:
        if write.fields.images is not UNSET:
            return await super().one(write)
        return await super().one(replace(write, fields=replace(write.fields, images=())))


class HoardingShop(_OneByOneShop):
    """Never takes an image away."""

    async def one(self, write: ProductWrite) -> ProductOutcome:
        said = write.fields.images
        if said is UNSET or write.id is None:
            return await super().one(write)
        (page,) = await self.products([write.id])
        there = () if page.fields.images is UNSET else page.fields.images
        named = {one.digest for one in said}
        all_ = (*said, *(one for one in there if one.digest not in named))
        return await super().one(replace(write, fields=replace(write.fields, images=all_)))


class TwiceImageShop(SimShopConnector):
    """Gives an image another digest each time, as if it were always a new one."""

    _numbers = itertools.count(1)

    async def add_image(self, product: ExternalId, image: Image, content: bytes) -> None:
        digest = f"{next(self._numbers):064x}"
        await super().add_image(product, replace(image, digest=digest), content)


class ContentImageShop(SimShopConnector):
    """Takes a refused image for one that is there."""

    async def add_image(self, product: ExternalId, image: Image, content: bytes) -> None:
        with contextlib.suppress(RejectedError):
            await super().add_image(product, image, content)


class HalfShop(_OneByOneShop):
    """Writes the page first and its variants after it, in two transactions."""

    async def one(self, write: ProductWrite) -> ProductOutcome:
        if write.id is None or not write.variants or write.fields == ProductFields():
            return await super().one(write)
        page = await super().one(replace(write, variants=()))
        if page.state != "done":
            return page
        return await super().one(replace(write, fields=ProductFields(), version=""))


class MumblingShop(_OneByOneShop):
    """Does not say which product holds the code."""

    async def one(self, write: ProductWrite) -> ProductOutcome:
        return replace(await super().one(write), taken=None)


class FlatShop(_OneByOneShop):
    """Knows categories by their last name only."""

    async def one(self, write: ProductWrite) -> ProductOutcome:
        paths = write.fields.categories
        if paths is UNSET:
            return await super().one(write)
        flat = tuple(path[-1:] for path in paths)
        return await super().one(replace(write, fields=replace(write.fields, categories=flat)))


class AbsentShop(SimShopConnector):
    """Takes an answer it cannot read for a product that is not there."""

    async def products(self, ids: Sequence[ExternalId]) -> Sequence[Product]:
        try:
            return await super().products(ids)
        except RemoteError:
            return []


class CertainPageShop(SimShopConnector):
    """Says that nothing happened where nobody knows."""

    async def write_products(self, writes: Sequence[ProductWrite]) -> Sequence[ProductOutcome]:
        try:
            return await super().write_products(writes)
        except OutcomeUnknownError as error:
            raise UnavailableError(error.connector, error.operation, error.what) from error


class StoppingShop(_OneByOneShop):
    """Leaves out what comes after a refusal."""

    async def write_products(self, writes: Sequence[ProductWrite]) -> Sequence[ProductOutcome]:
        outcomes = list[ProductOutcome]()
        for write in writes:
            outcomes.append(await self.one(write))
            if outcomes[-1].state == "refused":
                break
        return outcomes


def _without_attributes(fields: VariantFields) -> VariantFields:
    return replace(fields, attributes=()) if fields.attributes is UNSET else fields
