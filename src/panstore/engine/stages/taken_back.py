"""Between plan and guard: a value that a person took back waits for a new one of the source."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import sqlalchemy as sa
from msgspec.structs import replace

from panstore.engine.batch import Batch, Items
from panstore.engine.context import Context
from panstore.model.ids import ItemId
from panstore.model.plan import Held, Operation, Plan, encode_value
from panstore.store.sent_lines import SentLine, sent_lines, settle_sent
from panstore.store.undone import forget_undone, note_undone, undone_values

__all__ = ["leave_taken_back", "shown_as_held"]


async def leave_taken_back(
    context: Context, batch: Batch, plan: Plan, items: Items, *, looks_only: bool = False
) -> tuple[Plan, list[Operation]]:
    """Take out of a plan what would write a value again that was taken back.

    As soon as the source wants another value, or the destination is in step again, what was taken
    back is history. Old values that were sent and not heard of are known by what stands there.

    Args:
        items: as they were read for the plan.
        looks_only: a preview: nothing is forgotten.

    Returns:
        The plan with the rest, and what was taken out of it.
    """
    route, code, keys = batch.route.id, batch.code, list(batch.links)
    rows, sent = await context.store.read(
        lambda c: (undone_values(c, route, code, keys), sent_lines(c, route, keys, module=code))
    )
    if not rows and not sent:
        return plan, []
    unheard = _unheard(plan, items, sent)
    rows = {item: value for item, value in rows.items() if item not in unheard.history}
    rows |= {one.line.item: one.line.before for one in unheard.taken}
    waiting = {o.item: o for o in plan.operations if rows.get(o.item) == encode_value(o.after)}
    moved = ({o.item for o in plan.operations} & rows.keys()) - waiting.keys()
    in_step = set(plan.unchanged) & rows.keys()

    def settle(connection: sa.Connection) -> None:
        # What was taken back while this was read is newer than what was read.
        past = moved | in_step | unheard.history
        forget_undone(connection, route, code, past, before=batch.began)
        for one in unheard.taken:
            value, now = {one.line.item: one.line.before}, context.clock.now()
            note_undone(connection, route, code, value, plan=one.plan, now=now)
        settle_sent(
            connection,
            there=unheard.there,
            missing=unheard.missing,
            overtaken=unheard.overtaken,
            read_at=batch.began,
        )

    if (moved or in_step or sent) and not looks_only:
        await context.store.write(settle)
    rest = tuple(o for o in plan.operations if o.item not in waiting)
    return replace(plan, operations=rest), list(waiting.values())


class _Unheard(NamedTuple):
    """What a look shows of lines that were sent and not heard of.

    Attributes:
        there, missing, overtaken: as `settle_sent` has them.
        taken: what stands there, where the source still wants what was taken back.
        history: items where it wants something else.
    """

    there: list[SentLine]
    missing: list[SentLine]
    overtaken: list[SentLine]
    taken: list[SentLine]
    history: set[str]


def _unheard(plan: Plan, items: Items, sent: Sequence[SentLine]) -> _Unheard:
    found = _Unheard([], [], [], [], set())
    present = {i.link.item: "" if i.present is None else encode_value(i.present) for i in items}
    wanted = {item: present[item] for item in plan.unchanged if item in present}
    wanted |= {o.item: encode_value(o.after) for o in plan.operations}
    for one in sent:
        line, item = one.line, ItemId(one.line.item)
        stands, wish = present.get(item, ""), wanted.get(item, "")
        if not stands:
            continue  # it could not be read
        if stands == line.after:
            found.there.append(one)
            if wish in {"", line.before}:
                found.taken.append(one)
            else:
                found.history.add(line.item)
        elif wish and wish not in {line.before, line.after}:
            found.overtaken.append(one)
        else:
            found.missing.append(one)
    return found


def shown_as_held(operation: Operation) -> Held:
    """What a preview says of it."""
    name = operation.sku or operation.target
    return Held(
        item=operation.item,
        code="undone.waits",
        reason=f"{name}: the value of the ERP was taken back by a person, so it waits for a new "
        "value in the ERP. The shop keeps the one it has. Enter another value in the ERP; it is "
        "then taken over by itself.",
        sku=operation.sku,
    )
