"""Takes back what was written to products, field by field, where nothing newer came.

Old values are written to the side that had been written. Both sides' last common state says so
afterwards, so that nothing of it comes straight back. What was created is hidden, never deleted.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import NamedTuple

import sqlalchemy as sa
from msgspec.structs import replace

from panstore.engine.context import Context, Route
from panstore.engine.plans.old_fields import (
    ItemNow,
    Outcomes,
    change_of,
    judge_field,
    said,
    value_of,
)
from panstore.engine.plans.unwritten import lost_writes
from panstore.engine.products.pipeline import apply_changes, look_at_products
from panstore.model.errors import sentence
from panstore.model.ids import ItemId, ModuleCode
from panstore.model.product_fields import decode_value, encode_field
from panstore.model.product_plan import ProductChange
from panstore.model.stored_plan import LineKind, PastWrite, PlanLine, StoredPlan, last_writes
from panstore.store.audit import Entry
from panstore.store.past_writes import Selection, writes_of
from panstore.store.plans import WAITING
from panstore.store.products import ProductRow, product_rows, save_base
from panstore.store.sent_lines import mark_sent

__all__ = ["apply_old_fields", "old_field_lines"]

_Past = tuple[Entry, PastWrite]
_ON_SALE, _HIDDEN = (encode_field(active) for active in (True, False))


async def old_field_lines(
    context: Context, route: Route, code: ModuleCode, selection: Selection, keys: Sequence[str]
) -> list[PlanLine]:
    """Lines that take chosen writes to these products back; their numbers are all 0."""
    rows = await context.store.read(lambda c: product_rows(c, route.id, keys))
    there = await _look(context, route, code, rows)
    entries = await context.store.read(lambda c: writes_of(c, route.id, code, keys))
    lines: list[PlanLine] = []
    for item in keys:
        now = there.get(item)
        past = _past([e for e in entries if e.key == item], selection, now)
        for line, why in _of_item(past):
            lines += _judged(line, why, now)
    return lines


def _judged(line: PlanLine, why: str, now: ItemNow | None) -> list[PlanLine]:
    if not why:
        verdict = judge_field(line, now)
        if verdict.way == "done":
            return []
        why = verdict.note
    return [replace(line, kind="held", reason=why) if why else line]


async def apply_old_fields(
    context: Context, route: Route, plan: StoredPlan, lines: Sequence[PlanLine]
) -> tuple[Outcomes, set[int], str]:
    """Write the approved old values of some products back, each field by itself.

    Args:
        lines: of these products, whatever their state.

    Returns:
        What became of each approved line, approvals some of them wait behind, and what stopped it,
        empty if nothing did.
    """
    approved = [line for line in lines if line.state in WAITING]
    items = sorted({line.item for line in approved})
    rows = await context.store.read(lambda c: product_rows(c, route.id, items))
    there = await _look(context, route, plan.module, rows)
    missed = await context.store.write(lambda c: _keep(c, context, route, rows, there))
    entries = await context.store.read(lambda c: writes_of(c, route.id, plan.module, items))
    own = f"plan {plan.id}"
    newer = {
        (write.item, write.variant, write.field)
        for item in items
        for entry, write in _past([e for e in entries if e.key == item], None, there.get(item))
        if entry.at > plan.made_at and entry.cause != own
    }
    outcomes: Outcomes = {}
    going: dict[tuple[str, str], list[PlanLine]] = {}
    for line in approved:
        found = judge_field(line, there.get(line.item))
        if found.way == "go" and (line.item, line.variant, line.field) in newer:
            note = "Something newer came: PanStore wrote it again since. It was left as it is."
            outcomes[line.line] = ("refused", note)
        elif found.way == "go":
            going.setdefault((line.item, line.side), []).append(line)
        elif found.way == "refused" or line.item not in missed:
            outcomes[line.line] = ("applied" if found.way == "done" else "refused", found.note)
    if not going:
        return outcomes, set(), ""
    changes: list[ProductChange] = [
        change_of(there[item], side, some) for (item, side), some in going.items()
    ]

    async def sending(passing: Sequence[ProductChange]) -> None:
        # As late as can be: what a brake holds or was never tried was not sent.
        out = [line.line for one in passing for line in going[one.item, one.side]]
        now = context.clock.now()
        await context.store.write(lambda c: mark_sent(c, plan.id, out, now=now))

    verdict, result = await apply_changes(
        context, route, plan.module, changes, cause=own, undo=plan.id, sending=sending
    )
    for change, state, note in said(verdict, result):
        told = {(one.variant, one.field) for one in change.lines}
        for line in going[change.item, change.side]:
            if (line.variant, line.field) in told:
                outcomes[line.line] = (state, note)
    trouble = "" if result.trouble is None else sentence(str(result.trouble))
    return outcomes, {approval for _, approval in verdict.braked}, trouble


async def _look(
    context: Context, route: Route, code: ModuleCode, rows: Mapping[ItemId, ProductRow]
) -> dict[str, ItemNow]:
    if not rows:
        return {}
    items, plan = await look_at_products(context, route, code, list(rows.values()))
    compared = {*plan.unchanged, *plan.open, *(change.item for change in plan.changes)}
    return {
        str(item): ItemNow(
            one,
            frozenset(plan.open.get(item, frozenset()))
            | {(x.variant, x.field) for c in plan.changes if c.item == item for x in c.lines},
        )
        for item, one in items.items()
        if item in compared
    }


def _keep(
    connection: sa.Connection,
    context: Context,
    route: Route,
    rows: Mapping[ItemId, ProductRow],
    there: Mapping[str, ItemNow],
) -> set[ItemId]:
    """What was sent before and stands is kept in the last common state.

    Returns:
        Products whose state another run has changed meanwhile: it is for the next look to say.
    """
    bases = [
        (item, row.base, known, row.label)
        for item, row in rows.items()
        if item in there and (known := there[item].item.base) is not None and known != row.base
    ]
    return set(save_base(connection, route.id, bases, now=context.clock.now()))


def _past(
    entries: Sequence[Entry], selection: Selection | None, now: ItemNow | None
) -> list[_Past]:
    """Writes to fields, with variants called as they are now."""
    found = []
    for entry in entries:
        after = decode_value(entry.after or "")
        before = None if entry.before is None else decode_value(entry.before).value
        write = PastWrite(
            id=entry.id,
            item=entry.key,
            sku=entry.label,
            before=before,
            after=after.value,
            chosen=selection is not None and selection.takes(entry),
            side=after.side,
            variant=after.variant if now is None else now.key(after.variant),
            field=after.field,
        )
        found.append((entry, write))
    lost = lost_writes(found, lambda write: value_of(now, write))
    return [pair for pair in found if pair[1].id not in lost]


class _Made(NamedTuple):
    side: str
    variant: str


def _of_item(past: Sequence[_Past]) -> list[tuple[PlanLine, str]]:
    """Lines of one product, and why one cannot go on, if it cannot."""
    writes = [write for _, write in past]
    causes = {write.id: entry.cause for entry, write in past}
    last: dict[tuple[str, str], int] = {}
    for write in writes:
        last[write.variant, write.field] = write.id
    lines: list[tuple[PlanLine, str]] = []
    made: dict[_Made, PastWrite] = {}
    stretches = last_writes(writes)
    for stretch in stretches:
        if not stretch.oldest.before:
            made.setdefault(_Made(stretch.newest.side, stretch.newest.variant), stretch.newest)
    for stretch in stretches:
        newest = stretch.newest
        if {_Made(newest.side, ""), _Made(newest.side, newest.variant)} & made.keys():
            continue
        line = _line(newest, stretch.oldest.before or "", causes)
        is_last = last[newest.variant, newest.field] == newest.id
        lines.append((line, "" if is_last else _newer(causes, last[newest.variant, newest.field])))
    for one, newest in made.items():
        if one.variant and _Made(one.side, "") in made:
            continue
        mine = [w for w in writes if not one.variant or w.variant == one.variant]
        told = [w for w in mine if (w.variant, w.field) == (one.variant, "active")]
        stood = next((w.after for w in reversed(told) if w.side == one.side), _ON_SALE)
        hidden = replace(newest, variant=one.variant, field="active", after=stood)
        line = _line(hidden, _HIDDEN, causes)
        newer = [w.id for w in mine if w.id > newest.id and not w.chosen]
        lines.append((line, _newer(causes, newer[-1]) if newer else ""))
    return lines


def _newer(causes: dict[int, str], number: int) -> str:
    return f"Something newer came: PanStore wrote again ({causes[number]}). It was left as it is."


def _line(newest: PastWrite, after: str, causes: dict[int, str]) -> PlanLine:
    kind: LineKind = "change"
    if newest.field == "active":
        kind = "show" if after == _ON_SALE else "hide"
    return PlanLine(
        line=0,
        item=newest.item,
        sku=newest.sku,
        side=newest.side,
        kind=kind,
        variant=newest.variant,
        field=newest.field,
        before=newest.after,
        after=after,
        reason=f"takes back what was written ({causes[newest.id]})",
    )
