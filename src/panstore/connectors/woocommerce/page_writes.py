"""Writes whole products: all of a write or nothing, in a shop that has no transactions.

What can be refused is looked at before the first write. What the shop refuses all the same, half
way, is answered by putting back what was there; where even that is in doubt the outcome is
unknown, and the engine reads the product again.
"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, field

from msgspec import UNSET
from msgspec.structs import replace

from panstore.connectors.woocommerce.map import page_items as say
from panstore.connectors.woocommerce.map import pages as translate
from panstore.connectors.woocommerce.map.goods import number
from panstore.connectors.woocommerce.map.page_items import Known
from panstore.connectors.woocommerce.map.pages import Shop
from panstore.connectors.woocommerce.page_batches import Batches, Refusal
from panstore.connectors.woocommerce.page_terms import TermBook
from panstore.connectors.woocommerce.page_variations import VariationWriter
from panstore.connectors.woocommerce.pages import Leaf, Pages
from panstore.connectors.woocommerce.wire_pages import WirePage
from panstore.model.ids import ExternalId
from panstore.model.product import ProductWrite, VariantWrite
from panstore.model.product_plan import ProductOutcome
from panstore.sdk.errors import OutcomeUnknownError, RemoteError

__all__ = ["PageWriter"]


@dataclass(slots=True)
class _Job:
    """One write on its way.

    Attributes:
        leaf: the product as it was before, None for one that is not there yet.
        told: what became of it, None while that is open.
    """

    write: ProductWrite
    leaf: Leaf | None = None
    told: ProductOutcome | None = None
    trouble: RemoteError | None = field(default=None)

    @property
    def open(self) -> bool:
        return self.told is None and self.trouble is None

    @property
    def is_plain(self) -> bool:
        """Whether one item of a batch says it all."""
        if self.leaf is None:
            return len(self.write.variants) <= 1
        if translate.has_variations(self.leaf.row):
            return not self.write.variants
        return all(one.id is not None for one in self.write.variants)


class PageWriter:
    """Creates and changes the products of one shop.

    Args:
        pages: reads them.
        book: the shop's categories and attributes.
        batches: makes the writes.
    """

    def __init__(self, pages: Pages, book: TermBook, batches: Batches) -> None:
        self._pages = pages
        self._book = book
        self._batches = batches
        self._variations = VariationWriter(batches)

    async def write(
        self, writes: Sequence[ProductWrite], shop: Shop, tax_classes: dict[str, str]
    ) -> Sequence[ProductOutcome]:
        """One outcome for each write, in the same order.

        Raises:
            RemoteError: nothing was done of any of them, or, if it is `OutcomeUnknownError`,
                nobody knows.
        """
        jobs = [_Job(write) for write in writes]
        await self._look(jobs, shop)
        known = await self._known(jobs, shop, tax_classes)
        for job in jobs:
            if job.open:
                variants = [one.fields for one in job.write.variants]
                job.told = say.what_is_wrong(job.write.fields, variants, known)
        # From here on something may be written.
        await asyncio.gather(*(self._mend(job) for job in jobs if job.open))
        known = _with_categories(known, await self._categories(jobs))
        await self._plain([job for job in jobs if job.open and job.is_plain], known)
        many = [job for job in jobs if job.open and not job.is_plain]
        await asyncio.gather(*(self._many(job, known) for job in many))
        return self._outcomes(jobs)

    # -- before the first write ----------------------------------------------------------------

    async def _look(self, jobs: Sequence[_Job], shop: Shop) -> None:
        """See what is there, what was made before under the same key, and who has the codes."""
        ids = {job.write.id: number(job.write.id) for job in jobs if job.write.id is not None}
        numbers = [one for one in ids.values() if one is not None]
        leaves = await self._pages.leaves("read products", numbers) if numbers else []
        by_id = {leaf.row.id: leaf for leaf in leaves}
        for job in jobs:
            if job.write.id is None:
                continue
            job.leaf = by_id.get(ids[job.write.id] or 0)
            if job.leaf is None:
                words = f"the shop has no product {job.write.id}"
                job.told = say.refusal("unknown_product", words)
        whole = Shop(shop.terms, shop.weight_unit, await self._pages.paths(leaves))
        for job in jobs:
            self._compare(job, whole)
        await self._codes(jobs, whole)

    def _compare(self, job: _Job, shop: Shop) -> None:
        """Refuse what was planned on another state of the product."""
        leaf = job.leaf
        if leaf is None or job.told is not None:
            return
        stands = translate.page(leaf.row, leaf.variations, shop)
        if job.write.version and job.write.version != stands.version:
            words = "somebody has changed the product since it was read"
            job.told = say.refusal("changed_meanwhile", words)
            return
        there = {one.id for one in stands.variants}
        lost = [one.id for one in job.write.variants if one.id is not None and one.id not in there]
        if lost:
            words = f"product {job.write.id} has no variation {lost[0]}"
            job.told = say.refusal("unknown_product", words)
            return
        _drop_made(job, leaf)
        if not translate.has_variations(leaf.row) and not job.is_plain:
            job.told = say.cannot_split(leaf.row)

    async def _codes(self, jobs: Sequence[_Job], shop: Shop) -> None:
        """Find what was made under these keys already, and refuse codes that others have."""
        open_ = [job for job in jobs if job.open]
        rows = await self._pages.by_code([sku for job in open_ for sku in _new_codes(job)])
        made = [job for job in open_ if job.leaf is None]
        if any(len(job.write.variants) > 1 or not any(_new_codes(job)) for job in made):
            # What has no code, as a product before its first variation, is only among the newest.
            rows += [row for row in await self._pages.newest() if row.kept(translate.KEY_META)]
        leaves = await self._families(rows) if made else []
        # A copy that the shop's people made of it has the key too: the first one is ours.
        leaves.sort(key=lambda leaf: leaf.row.id, reverse=True)
        by_key = {key: leaf for leaf in leaves if (key := leaf.row.kept(translate.KEY_META))}
        for job in made:
            mine = by_key.get(job.write.key) if job.write.key else None
            if mine is not None:
                whole = Shop(shop.terms, shop.weight_unit, await self._pages.paths([mine]))
                _take_up(job, mine, whole)
        holders: dict[str, list[WirePage]] = {}
        for row in rows:
            holders.setdefault(translate.plain_text(row.sku).casefold(), []).append(row)
        for job in open_:
            if job.open:
                job.told = _taken(job, holders)

    async def _families(self, rows: Sequence[WirePage]) -> list[Leaf]:
        """The products that these are, or are variations of."""
        whole = {row.id: Leaf(row) for row in rows if _is_single(row)}
        others = {row.parent_id or row.id for row in rows} - whole.keys()
        more = await self._pages.leaves("find products", sorted(others)) if others else []
        return [*whole.values(), *more]

    async def _known(self, jobs: Sequence[_Job], shop: Shop, tax_classes: dict[str, str]) -> Known:
        said = any(one.fields.attributes is not UNSET for job in jobs for one in job.write.variants)
        return Known(shop, tax_classes, {}, await self._book.shared() if said else {})

    async def _categories(self, jobs: Sequence[_Job]) -> dict[tuple[str, ...], int]:
        wanted = {
            path
            for job in jobs
            if job.open and job.write.fields.categories is not UNSET
            for path in job.write.fields.categories
        }
        return await self._book.made(wanted) if wanted else {}

    # -- writing -------------------------------------------------------------------------------

    async def _mend(self, job: _Job) -> None:
        """What was cut off on its way to variations begins anew as what it was."""
        leaf = job.leaf
        if leaf is None or not leaf.torn:
            return
        try:
            answer = await self._batches.product(leaf.row.id, say.single_again(leaf.row))
            if isinstance(answer, Refusal):
                job.told = await self._refused(answer)
            else:
                job.leaf = Leaf(answer)
        except RemoteError as error:
            job.trouble = error

    async def _plain(self, jobs: Sequence[_Job], known: Known) -> None:
        """All that one item says, in batches."""
        creates = [job for job in jobs if job.leaf is None]
        updates = [job for job in jobs if job.leaf is not None]
        items = [_plain_item(job, known) for job in (*creates, *updates)]
        answers = await self._batches.products(items[: len(creates)], items[len(creates) :])
        for job, answer in zip((*creates, *updates), answers, strict=True):
            if isinstance(answer, RemoteError):
                job.trouble = answer
            elif isinstance(answer, Refusal):
                job.told = await self._refused(answer)
            else:
                variations = () if job.leaf is None else job.leaf.variations
                job.told = await self._done(job, Leaf(answer, variations), known.shop)

    async def _many(self, job: _Job, known: Known) -> None:
        """A product with variations to be written."""
        try:
            answer = await self._variations.write(job.write, job.leaf, known)
            if isinstance(answer, Refusal):
                job.told = await self._refused(answer)
                return
            (leaf,) = await self._pages.leaves("read products", [answer])
            job.told = await self._done(job, leaf, known.shop)
        except RemoteError as error:
            job.trouble = error

    async def _refused(self, refusal: Refusal) -> ProductOutcome:
        code = say.taken_by(refusal.code)
        holder = refusal.holder
        if holder is not None:
            found = await self._pages.leaves("find products", [holder])
            holder = found[0].row.id if found else holder
        return say.refusal(code, refusal.message, holder)

    async def _done(self, job: _Job, leaf: Leaf, shop: Shop) -> ProductOutcome:
        if job.write.fields.categories == ():
            self._book.note_nowhere(leaf.row.categories)
        whole = Shop(shop.terms, shop.weight_unit, await self._pages.paths([leaf]))
        return ProductOutcome("done", translate.page(leaf.row, leaf.variations, whole))

    def _outcomes(self, jobs: Sequence[_Job]) -> Sequence[ProductOutcome]:
        troubles = [job.trouble for job in jobs if job.trouble is not None]
        if troubles and len(troubles) == len(jobs):
            lost = [one for one in troubles if isinstance(one, OutcomeUnknownError)]
            raise (lost or troubles)[0]
        return [_told(job) for job in jobs]


def _drop_made(job: _Job, leaf: Leaf) -> None:
    """The same key gives back the first one: variations that are there are not made again."""
    there = {key for row in leaf.variations if (key := row.kept(translate.KEY_META))}
    left = tuple(one for one in job.write.variants if one.id is not None or one.key not in there)
    job.write = replace(job.write, variants=left)


def _is_single(row: WirePage) -> bool:
    return not row.parent_id and not translate.has_variations(row)


def _with_categories(known: Known, categories: dict[tuple[str, ...], int]) -> Known:
    """The same with the ids of categories."""
    return Known(known.shop, known.tax_classes, categories, known.shared)


def _told(job: _Job) -> ProductOutcome:
    """The outcome; what was not taken while others were is read again all the same."""
    if job.told is not None:
        return job.told
    what = "the shop did not say" if job.trouble is None else job.trouble.what
    return ProductOutcome("unknown", code="not_answered", message=what)


def _new_codes(job: _Job) -> list[str]:
    """Codes that the write gives to something that does not have them yet."""
    had = {} if job.leaf is None else {row.id: row.sku for row in job.leaf.rows}
    codes = []
    for one in job.write.variants:
        sku = one.fields.sku
        mine = had.get(number(one.id) or 0, "") if one.id is not None else ""
        if sku is not UNSET and sku and sku != translate.plain_text(mine):
            codes.append(sku)
    return codes


def _take_up(job: _Job, leaf: Leaf, shop: Shop) -> None:
    """Go on with what was made before under the same key; whole, it is the answer."""
    there = {row.kept(translate.KEY_META) for row in leaf.rows}
    single = not translate.has_variations(leaf.row)
    missing = tuple(one for one in job.write.variants if not single and one.key not in there)
    job.leaf = leaf
    if missing or leaf.row.kept(say.BUILDING_META):
        id_ = ExternalId(str(leaf.row.id))
        job.write = replace(job.write, id=id_, variants=missing)
        return
    job.told = ProductOutcome("done", translate.page(leaf.row, leaf.variations, shop))


def _taken(job: _Job, holders: dict[str, list[WirePage]]) -> ProductOutcome | None:
    mine = set() if job.leaf is None else {row.id for row in (job.leaf.row, *job.leaf.rows)}
    for sku in _new_codes(job):
        others = [row for row in holders.get(sku.casefold(), []) if row.id not in mine]
        if others:
            holder = others[0].parent_id or others[0].id
            where = ", in its trash" if others[0].status == "trash" else ""
            words = f"product {holder} of the shop has the code {sku!r} already{where}"
            return say.refusal("sku_taken", words, holder)
    return None


def _plain_item(job: _Job, known: Known) -> say.Item:
    write, row = job.write, None if job.leaf is None else job.leaf.row
    only: VariantWrite | None = write.variants[0] if write.variants else None
    item = say.page_fields(write.fields, known)
    active: list[object] = [write.fields.active]
    if only is not None:
        tax = "" if write.fields.tax is UNSET else write.fields.tax
        item |= say.variant_fields(only.fields, known, tax)
        active.append(only.fields.active)
        if only.fields.attributes is not UNSET:
            item["attributes"] = say.single_attributes(only.fields.attributes, row, known)
    item |= say.status_of(*active)
    if row is not None and row.kept(say.BUILDING_META):
        item.setdefault("status", "publish")
        item["meta_data"] = [{"key": say.BUILDING_META, "value": ""}]
    if row is not None:
        return {"id": row.id, **item}
    # Nothing can be sold of it before S1 says how much there is.
    stock = {"manage_stock": True, "stock_quantity": 0}
    return {"type": "simple", **stock, **item, "meta_data": say.marks(write.key)}
