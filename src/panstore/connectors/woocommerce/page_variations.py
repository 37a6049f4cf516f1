"""A product and its variations in several writes, put back where one of them is refused.

First the product gets the attributes that its variations need, then the variations are written,
last the page itself: so that what can be refused comes early, and a new product is seen only when
it is whole.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from msgspec import UNSET

from panstore.connectors.woocommerce.map import page_items as say
from panstore.connectors.woocommerce.map import pages as translate
from panstore.connectors.woocommerce.map.goods import number
from panstore.connectors.woocommerce.map.labels import clash, is_labelled, labelled
from panstore.connectors.woocommerce.map.page_items import Item, Known
from panstore.connectors.woocommerce.page_batches import Batches, Refusal
from panstore.connectors.woocommerce.pages import Leaf
from panstore.connectors.woocommerce.wire_pages import WireAttribute, WirePage
from panstore.model.product import Attributes, ProductWrite, VariantFields, VariantWrite
from panstore.sdk.errors import OutcomeUnknownError, RemoteError

__all__ = ["VariationWriter"]


@dataclass(slots=True)
class _Member:
    """One variation that is written.

    Attributes:
        id: None for one that is created.
        final: its options, afterwards.
        carried: what it takes over from the product it was; of one that is there, its code.
        options: whether its options are said at all.
    """

    id: int | None
    fields: VariantFields
    key: str
    final: Attributes
    carried: Item = field(default_factory=dict)
    options: bool = True


@dataclass(slots=True)
class _Family:
    """What the variations shall be.

    Attributes:
        members: those that are written.
        entries: attributes of the product.
        grows: whether those differ from what it has.
        label: whether the variations go by labels of ours.
    """

    members: list[_Member] = field(default_factory=list)
    entries: list[WireAttribute] = field(default_factory=list)
    grows: bool = False
    label: bool = False


class VariationWriter:
    """Writes products that have variations.

    Args:
        batches: makes the writes.
    """

    def __init__(self, batches: Batches) -> None:
        self._batches = batches

    async def write(self, write: ProductWrite, leaf: Leaf | None, known: Known) -> int | Refusal:
        """Create or change a product with its variations.

        Args:
            write: with variants.
            leaf: the product as it is; one that is sold itself becomes one with variations, of
                which the first takes its code, price and weight over. None: it is created.

        Returns:
            Its id, or why nothing was done.

        Raises:
            OutcomeUnknownError: a part may be done.
            RemoteError: nothing was done.
        """
        splits = leaf is not None and not translate.has_variations(leaf.row)
        family = _family(write, leaf, known, splits=splits)
        parent = await self._prepare(write, leaf, family, known, splits=splits)
        if isinstance(parent, Refusal):
            return parent
        try:
            refusal = await self._variations(write, parent, leaf, family, known)
            if refusal is None:
                refusal = await self._finish(write, parent, leaf, known, splits=splits)
                if refusal is not None:
                    await self._put_variations_back(parent, leaf, family)
            if refusal is None:
                return parent
            await self._put_back(parent, leaf, family, splits=splits)
        except OutcomeUnknownError:
            raise
        except RemoteError as error:
            # Something was written before it: nothing is certain until it is read again.
            raise OutcomeUnknownError(error.connector, error.operation, error.what) from error
        return refusal

    async def _prepare(
        self,
        write: ProductWrite,
        leaf: Leaf | None,
        family: _Family,
        known: Known,
        *,
        splits: bool,
    ) -> int | Refusal:
        """The product with the attributes its variations need."""
        item: Item = {}
        if leaf is None or splits or family.grows:
            item["attributes"] = say.entries_said(family.entries)
        if leaf is None:
            item |= {"type": "variable", "status": "draft", **say.page_fields(write.fields, known)}
            item["meta_data"] = say.marks(write.key, label=family.label, building=True)
        elif splits:
            # Its code must be free before a variation can have it.
            free = {"sku": "", "global_unique_id": "", "manage_stock": False}
            item |= {"type": "variable", **free}
            item["meta_data"] = [*say.marks("", label=family.label), say.as_it_is(leaf.row)]
        elif family.label and not say.label_kept(leaf.row):
            item["meta_data"] = say.marks("", label=True)
        if not item and leaf is not None:
            return leaf.row.id
        answer = await self._batches.product(None if leaf is None else leaf.row.id, item)
        return answer if isinstance(answer, Refusal) else answer.id

    async def _variations(
        self,
        write: ProductWrite,
        parent: int,
        leaf: Leaf | None,
        family: _Family,
        known: Known,
    ) -> Refusal | None:
        """All variations; if one is refused, the others are as before."""
        tax = "" if write.fields.tax is UNSET else write.fields.tax
        creates = [_item(one, family, known, tax) for one in family.members if one.id is None]
        updates = [_item(one, family, known, tax) for one in family.members if one.id is not None]
        answers = await self._batches.variations(parent, creates, updates)
        refused = [one for one in answers if isinstance(one, Refusal)]
        if not refused:
            return None
        made = [one.id for one in answers[: len(creates)] if isinstance(one, WirePage)]
        changed = {one.id for one in answers[len(creates) :] if isinstance(one, WirePage)}
        await self._undo(parent, made, leaf, changed)
        return refused[0]

    async def _finish(
        self, write: ProductWrite, parent: int, leaf: Leaf | None, known: Known, *, splits: bool
    ) -> Refusal | None:
        """The page itself, and that it may be seen."""
        item = say.page_fields(write.fields, known) if leaf is not None else {}
        item |= say.status_of(write.fields.active)
        if leaf is None or leaf.row.kept(say.BUILDING_META):
            item.setdefault("status", "publish")
            item["meta_data"] = [{"key": say.BUILDING_META, "value": ""}]
        if leaf is not None and (splits or leaf.row.kept(say.WAS_META)):
            item["meta_data"] = [*item.get("meta_data", ()), {"key": say.WAS_META, "value": ""}]
        if not item:
            return None
        answer = await self._batches.product(parent, item)
        return answer if isinstance(answer, Refusal) else None

    async def _put_variations_back(self, parent: int, leaf: Leaf | None, family: _Family) -> None:
        """After the page was refused: variations that were changed are as before."""
        changed = {one.id for one in family.members if one.id is not None}
        await self._undo(parent, [], leaf, changed)

    async def _undo(
        self, parent: int, made: Sequence[int], leaf: Leaf | None, changed: set[int]
    ) -> None:
        if made:
            await self._batches.take_away(parent, made)
        rows = [] if leaf is None else [row for row in leaf.variations if row.id in changed]
        if rows:
            before = [say.variation_before(row) for row in rows]
            answers = await self._batches.variations(parent, [], before)
            lost = next((one for one in answers if isinstance(one, Refusal)), None)
            if lost is not None:
                raise OutcomeUnknownError("", "put variations back", lost.message)

    async def _put_back(
        self, parent: int, leaf: Leaf | None, family: _Family, *, splits: bool
    ) -> None:
        """The product as it was before `_prepare`."""
        if leaf is None:
            await self._batches.take_back(parent)
            return
        if not (splits or family.grows):
            return
        item: Item = {"attributes": say.attributes_before(leaf.row)}
        if splits:
            item = say.single_again(leaf.row)
        answer = await self._batches.product(parent, item)
        if isinstance(answer, Refusal):
            raise OutcomeUnknownError("", "put product back", answer.message)


def _item(member: _Member, family: _Family, known: Known, tax: str) -> Item:
    fields = member.fields
    item = say.variant_fields(fields, known, tax) | say.status_of(fields.active)
    if member.options and member.final:
        item["attributes"] = say.variation_attributes(member.final, family.entries)
    if member.id is not None:
        return {"id": member.id, **item}
    # Nothing can be sold of it before S1 says how much there is.
    stock = {"manage_stock": True, "stock_quantity": 0}
    return {**stock, **member.carried, **item, "meta_data": say.marks(member.key)}


def _family(write: ProductWrite, leaf: Leaf | None, known: Known, *, splits: bool) -> _Family:
    written = {number(one.id): one for one in write.variants if one.id is not None}
    members: list[_Member] = []
    untouched: list[_Member] = []
    if leaf is not None and splits:
        members.append(_first(leaf.row, written.get(leaf.row.id)))
    elif leaf is not None:
        for row in leaf.variations:
            one, had = written.get(row.id), say.variation_options(row)
            if one is None:
                untouched.append(_stays(row, had))
                continue
            final, says = _final(one.fields, had), one.fields.attributes is not UNSET
            code = {"sku": translate.plain_text(row.sku)}
            members.append(_Member(row.id, one.fields, one.key, final, code, options=says))
    members += [
        _Member(None, one.fields, one.key, _final(one.fields, ()))
        for one in write.variants
        if one.id is None
    ]
    page = None if leaf is None else leaf.row
    label = say.label_kept(page) or _need_labels(members, untouched)
    if label:
        members += [one for one in untouched if not is_labelled(one.final)]
        untouched = [one for one in untouched if is_labelled(one.final)]
        everyone = [*members, *untouched]
        named = labelled([one.final for one in everyone], [_goes_by(one) for one in everyone])
        for member, final in zip(everyone, named, strict=True):
            member.options = member.options or final != member.final
            member.final = final
    finals = [one.final for one in (*members, *untouched)]
    entries, grows = say.with_options(page, finals, known)
    return _Family(members, entries, grows, label)


def _need_labels(members: Sequence[_Member], untouched: Sequence[_Member]) -> bool:
    """Whether a buyer could not choose one of those that are new or get other options."""
    others = [one for one in (*members, *untouched) if one.id is not None and not one.options]
    said = [one for one in members if one.id is None or one.options]
    return any(
        not one.final or any(clash(one.final, two.final) for two in (*said[:place], *others))
        for place, one in enumerate(said)
    )


def _stays(row: WirePage, had: Attributes) -> _Member:
    carried = {"sku": translate.plain_text(row.sku)}
    return _Member(row.id, VariantFields(), "", had, carried, options=False)


def _first(row: WirePage, said: VariantWrite | None) -> _Member:
    """The variation that takes over what the product was while it was sold itself."""
    fields = VariantFields() if said is None else said.fields
    had = tuple((one.name, translate.JOINED.join(one.options)) for one in row.attributes)
    key = row.kept(translate.KEY_META) or f"split/{row.id}"
    return _Member(None, fields, key, _final(fields, had), say.carried_over(row))


def _final(fields: VariantFields, had: Attributes) -> Attributes:
    if fields.attributes is UNSET:
        return had
    # A label is no attribute that anybody else knows of: it stays.
    return (*fields.attributes, *(pair for pair in had if is_labelled((pair,))))


def _goes_by(one: _Member) -> str:
    sku = one.carried.get("sku", "") if one.fields.sku is UNSET else one.fields.sku
    title = "" if one.fields.title is UNSET else one.fields.title
    return title or sku or one.key or str(one.id)
