"""What happened to products: base, links, conflicts, parked records, audit and marks."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Sequence
from collections.abc import Set as AbstractSet
from decimal import Decimal

import sqlalchemy as sa
from msgspec import UNSET
from msgspec.structs import replace

from panstore.engine import metrics
from panstore.engine.context import IMAGES, LINKS, Context
from panstore.engine.linking import go_on
from panstore.engine.products.batch import ProductBatch, ProductResult, ProductVerdict
from panstore.engine.products.rows import take_page
from panstore.engine.products.stored import stored_text
from panstore.engine.recovery import backoff
from panstore.engine.stages.mark import mark_items, mark_products
from panstore.engine.suspects import WHOLE_RUN
from panstore.model.ids import ExternalId, ItemId
from panstore.model.link import Link
from panstore.model.plan import Held
from panstore.model.product import Product
from panstore.model.product_base import advance
from panstore.model.product_fields import FieldValue, encode_value
from panstore.model.product_plan import FieldKey, ProductBase, ProductChange, ProductPlan, Side
from panstore.store import brakes as brake_table
from panstore.store.audit import Entry, append
from panstore.store.items import add_links, sku_key
from panstore.store.links import kept_apart
from panstore.store.marks import delete_worked, postpone, schedule
from panstore.store.parked import park, unpark
from panstore.store.product_conflicts import replace_conflicts
from panstore.store.products import delete_product, save_base
from panstore.store.sent_lines import settle_sent

__all__ = ["record_products"]

_AT_ONCE_TRIES = 3
"""A product that changes under every write is tried at once so often, then with pauses."""


async def record_products(
    context: Context,
    batch: ProductBatch,
    plan: ProductPlan,
    verdict: ProductVerdict,
    result: ProductResult,
    remote_s: float,
) -> None:
    """Write it down in one transaction; what was not written keeps its base and comes again."""
    now = context.clock.now()
    later = {change.item for change in (*result.unknown, *result.untried)}
    refused = [*(held for _, held in result.refused), *(held for _, _, held in result.taken)]
    pictures = sorted({change.item for change in result.left if batch.images == "later"})
    links = list(_new_links(context, batch, result))
    fresh = [(link.erp, link.shop) for _, link in links]
    entries = list(_entries(batch, verdict, result, fresh, now=now, remote_s=remote_s))
    compared = _compared(plan)
    bases = list(_bases(batch, plan, verdict, result, fresh))

    def work(connection: sa.Connection) -> None:
        route, code, marks = batch.route.id, batch.code, batch.marks
        linked = _link(connection, context, batch, links)
        # One whose code stays another's is for a person: it would be refused for ever.
        at_once = {change.item for change in result.again}
        at_once |= {change.item for change, _, _ in result.taken} & linked
        for change, product in result.written:
            _settle_page(connection, context, batch, change, product)
        at_once.update(_keep(connection, batch, compared, bases, now=now))
        held = _one_each([*plan.held, *(one for one in refused if one.item not in at_once)])
        # What was told of its images counts until the run that moves them has looked again.
        stuck = {one.item for one in held}.union(pictures)
        fine = [item for item in batch.items if item not in stuck | at_once | later]
        again = at_once | later
        delete_worked(connection, (m for key, m in marks.items() if key not in again))
        postpone(
            connection,
            (
                (m, _next(m.attempts, now, troubled=key in later))
                for key, m in marks.items()
                if key in again
            ),
        )
        mark_items(connection, context, route, IMAGES, pictures, cause="images of products")
        unmarked = [(item, now) for item in sorted(again - marks.keys())]
        schedule(connection, route, code, unmarked, cause="written in part")
        worked = [item for item in batch.items if item not in again]
        conflicts = [one for one in plan.conflicts if one.item not in again]
        replace_conflicts(connection, route, worked, conflicts, now=now)
        unpark(connection, route, code, [*fine, WHOLE_RUN] if fine else [], now=now)
        free = sorted(set(fine) - {change.item for change, _ in verdict.braked})
        brake_table.release_items(connection, route, batch.braked_as, free)
        for item, one in batch.items.items():
            if one.erp is None and one.shop is None:
                delete_product(connection, route, item)
        news = park(connection, route, code, held, now=now)
        append(connection, [*entries, *_parked(batch, news, now=now)])

    await context.store.write(work)
    metrics.observe(entries)
    for alarm in verdict.alarms:
        context.log.warning("brake", route=batch.route.id, module=batch.code, reason=alarm)
    context.probe("products.record")


def _next(attempts: int, now: dt.datetime, *, troubled: bool) -> dt.datetime:
    return now + backoff(attempts) if troubled or attempts >= _AT_ONCE_TRIES else now


def _one_each(held: Sequence[Held]) -> list[Held]:
    """A product has one parked record: several reasons become one text."""
    found: dict[str, Held] = {}
    for one in held:
        old = found.get(one.item)
        if old is not None:
            one = Held(old.item, old.code, f"{old.reason} {one.reason}", old.sku)  # noqa: PLW2901
        found[one.item] = one
    return list(found.values())


def _bases(
    batch: ProductBatch,
    plan: ProductPlan,
    verdict: ProductVerdict,
    result: ProductResult,
    fresh: Sequence[tuple[ExternalId, ExternalId]],
) -> Iterable[tuple[ItemId, ProductBase | None, ProductBase, str]]:
    failed = [*result.failed(), *(change for change, _ in verdict.braked)]
    compared = _compared(plan)
    for item, one in batch.items.items():
        done = _whole([pair for pair in result.written if pair[0].item == item])
        created = {c.side: p for c, p in done if c.kind == "create"}
        erp, shop = one.erp or created.get("erp"), one.shop or created.get("shop")
        if item not in compared:
            continue
        lost = [change for change in failed if change.item == item]
        stored = (*(p for p in (erp, shop) if p is not None), *(p for _, p in done))
        ids = {v.id for product in stored for v in product.variants}
        pairs = [*one.pairs, *(pair for pair in fresh if ids >= set(pair))]
        fields = plan.open.get(item, frozenset()) | _not_as_asked(done, pairs)
        base = advance(one.base, erp, shop, fields, done, lost, pairs=pairs)
        # As it stands in the store: what was read may know more by a line that was sent.
        kept = batch.rows[item].base
        if base is not None and base != kept:
            yield item, kept, base, (_label(erp) if erp else "") or one.link.label


def _compared(plan: ProductPlan) -> set[ItemId]:
    """What the module held back as a whole was not compared: it agrees on nothing."""
    return {*plan.unchanged, *plan.open, *(change.item for change in plan.changes)}


def _keep(
    connection: sa.Connection,
    batch: ProductBatch,
    compared: AbstractSet[ItemId],
    bases: Iterable[tuple[ItemId, ProductBase | None, ProductBase, str]],
    *,
    now: dt.datetime,
) -> Sequence[ItemId]:
    """Save what both sides agree on; it holds by now what was sent before and stands there.

    Returns:
        Items whose state another run has changed since it was read.
    """
    missed = save_base(connection, batch.route.id, bases, now=now)
    kept = compared - set(missed)
    seen = [one for item, one in batch.unheard.items() if item in kept]
    settle_sent(
        connection,
        there=[line for one in seen for line in one.there],
        missing=[line for one in seen for line in one.missing],
        read_at=batch.began,
    )
    return missed


def _not_as_asked(
    done: Sequence[tuple[ProductChange, Product]],
    pairs: Sequence[tuple[ExternalId, ExternalId]],
) -> set[FieldKey]:
    """Fields of what was made that are not as it was asked for: nothing is agreed about them.

    A creation whose reply was lost is asked for again under its key, and the answer is what was
    made the first time, from what its source was like then.
    """
    erp_ids = {shop: erp for erp, shop in pairs}
    found: set[FieldKey] = set()
    for change, product in done:
        made = change.kind == "create" or any(one.id is None for one in change.write.variants)
        for line in change.lines if made else ():
            if stored_text(line, change.side, product, pairs) != line.new:
                shops = line.variant.removeprefix("shop:")
                key = erp_ids.get(ExternalId(shops), "") if shops != line.variant else line.variant
                found.add((key, line.field))
    return found


def _whole(
    done: Sequence[tuple[ProductChange, Product]],
) -> list[tuple[ProductChange, Product]]:
    """Fields and images of one side were written apart; to the base they are one write."""
    sides: dict[Side, tuple[ProductChange, Product]] = {}
    for change, product in done:
        if change.side not in sides:
            sides[change.side] = change, product
            continue
        first, stored = sides[change.side]
        asked = replace(first.write.fields, images=change.write.fields.images)
        both = replace(
            first,
            write=replace(first.write, fields=asked),
            lines=(*first.lines, *change.lines),
        )
        has = replace(stored.fields, images=product.fields.images)
        sides[change.side] = both, replace(stored, fields=has)
    return list(sides.values())


def _label(product: Product) -> str:
    codes = [v.fields.sku for v in product.variants if v.fields.sku is not UNSET]
    return next((code for code in codes if code), "")


def _settle_page(
    connection: sa.Connection,
    context: Context,
    batch: ProductBatch,
    change: ProductChange,
    product: Product,
) -> None:
    """The product may be new, or have another id than before; its catalogue is read again then."""
    before = set() if change.before is None else {one.id for one in change.before.variants}
    new = [one.id for one in product.variants if one.id not in before]
    known = batch.rows[change.item].page(change.side)
    if product.id != known:
        take_page(connection, context, batch.route, change.item, change.side, product.id)
    if new or product.id != known:
        ids = [one.id for one in product.variants]
        # An article that was single may have gone on under another id: its link follows then.
        ids += sorted(before.difference(ids))
        cause = batch.cause_of(change.item)
        mark_products(connection, context, batch.route.id, change.side, ids, cause=cause)


def _new_links(
    context: Context, batch: ProductBatch, result: ProductResult
) -> Iterable[tuple[ItemId, Link]]:
    """Created variants, and those that had the code already, belong to whom they came from.

    Yields:
        The product's item, and the link of one of its variants.
    """
    found = [*result.written, *((change, product) for change, product, _ in result.taken)]
    for change, product in found:
        one = batch.items.get(change.item)
        source = None if one is None else (one.shop if change.side == "erp" else one.erp)
        if one is None or source is None:
            continue
        wished = {
            sku_key(write.fields.sku): write.fields.sku.strip()
            for write in change.write.variants
            if write.fields.sku is not UNSET and write.fields.sku
        }
        linked = {name for pair in one.pairs for name in pair}
        mine, theirs = _by_code(source, linked), _by_code(product, linked)
        for code in sorted(wished & mine.keys() & theirs.keys()):
            here, there = mine[code], theirs[code]
            erp, shop = (there, here) if change.side == "erp" else (here, there)
            link = Link(
                item=ItemId(context.new_id()),
                route=batch.route.id,
                erp=erp,
                shop=shop,
                factor=Decimal(1),
                sku=wished[code],
                tracked=source.tracked,
            )
            yield change.item, link


def _link(
    connection: sa.Connection,
    context: Context,
    batch: ProductBatch,
    some: Sequence[tuple[ItemId, Link]],
) -> set[ItemId]:
    """All but pairs a person does not want; products that have new links now."""
    unwanted = kept_apart(connection, LINKS, [link for _, link in some])
    wanted = (link for _, link in some if link not in unwanted)
    added = add_links(connection, wanted, now=context.clock.now())
    if added:
        go_on(connection, context, batch.route, added, cause="product created")
    return {item for item, link in some if link in added}


def _by_code(product: Product, linked: set[ExternalId]) -> dict[str, ExternalId]:
    """Variants that are not linked, by code; a code that several have stands for none."""
    found: dict[str, list[ExternalId]] = {}
    for one in product.variants:
        if one.id not in linked and one.fields.sku is not UNSET and one.fields.sku:
            found.setdefault(sku_key(one.fields.sku), []).append(one.id)
    return {code: ids[0] for code, ids in found.items() if len(ids) == 1}


def _entries(
    batch: ProductBatch,
    verdict: ProductVerdict,
    result: ProductResult,
    fresh: Sequence[tuple[ExternalId, ExternalId]],
    *,
    now: dt.datetime,
    remote_s: float,
) -> Iterable[Entry]:
    remote_ms = round(remote_s * 1000)

    def lines(
        change: ProductChange, outcome: str, why: str = "", *, stored: Product | None = None
    ) -> Iterable[Entry]:
        mark = batch.marks.get(change.item)
        own = None
        if mark is not None:
            own = max(0, round((now - mark.marked_at).total_seconds() * 1000) - remote_ms)
        one = batch.items.get(change.item)
        pairs = [*(() if one is None else one.pairs), *fresh]
        for line in change.lines:
            before = FieldValue(change.side, line.variant, line.field, line.old)
            new = line.new if stored is None else stored_text(line, change.side, stored, pairs)
            after = FieldValue(change.side, line.variant, line.field, new)
            yield Entry(
                at=now,
                route=batch.route.id,
                module=batch.code,
                key=change.item,
                label=line.sku or change.sku,
                cause=batch.cause_of(change.item),
                outcome=outcome,
                reason=why or line.reason or change.reason,
                before=encode_value(before),
                after=encode_value(after),
                own_ms=own,
                remote_ms=remote_ms,
            )

    for change, product in result.written:
        yield from lines(change, "written", stored=product)
    for change, held in result.refused:
        yield from lines(change, "refused", held.reason)
    for change, _, _ in result.taken:
        yield from lines(change, "refused", "another product has this code: it is linked instead")
    for change in result.unknown:
        why = "the reply was lost: the product is read before anything else is done"
        yield from lines(change, "unknown", why)
    for change, approval in verdict.braked:
        yield from lines(change, "braked", f"waits behind approval {approval}")


def _parked(batch: ProductBatch, news: Iterable[Held], *, now: dt.datetime) -> Iterable[Entry]:
    for held in news:
        yield Entry(
            at=now,
            route=batch.route.id,
            module=batch.code,
            key=held.item,
            label=held.sku,
            cause=batch.cause_of(held.item),
            outcome="parked",
            reason=held.reason,
        )
