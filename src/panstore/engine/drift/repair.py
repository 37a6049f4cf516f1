"""Repair of drift: what differs is marked and doubted, and goes the one way through.

Nothing is written here. The run that takes the mark up reads both systems, plans, and writes
through brakes as ever; so a repair can neither oversell nor get past a brake.
"""

from __future__ import annotations

from collections.abc import Sequence

import msgspec
import sqlalchemy as sa

from panstore.engine.context import A_PERSON
from panstore.engine.engine import Engine
from panstore.engine.stages.mark import mark_items
from panstore.model.drift import DriftRow
from panstore.model.ids import ModuleCode, RouteId
from panstore.store.items import make_stale

__all__ = ["Repaired", "marked", "repair"]


class Repaired(msgspec.Struct, frozen=True):
    """What was done about one record; `marked` is false where only a person can go on."""

    item: str
    label: str
    marked: bool
    says: str


async def repair(engine: Engine, rows: Sequence[DriftRow]) -> list[Repaired]:
    """Have these records worked again, as far as that can help."""
    told = [_told(row) for row in rows]
    going = [row for row, one in zip(rows, told, strict=True) if one.marked]
    # Several fields of one product are one mark.
    values: dict[tuple[RouteId, ModuleCode], dict[str, None]] = {}
    for row in going:
        if row.kind == "order":
            await engine.retry_order(row.route, row.item)
        else:
            values.setdefault((row.route, row.module), {})[row.item] = None
    if values:
        context = engine.context

        def work(connection: sa.Connection) -> None:
            for (route, code), items in sorted(values.items()):
                # Marks before the ledger, as whoever marks does it.
                mark_items(connection, context, route, code, list(items), cause=A_PERSON)
                make_stale(connection, route, code, list(items))

        await context.store.write(work)
    return list(dict.fromkeys(told))


def marked(told: Sequence[Repaired]) -> int:
    """How many records were marked."""
    return len({one.item for one in told if one.marked})


def _told(row: DriftRow) -> Repaired:
    match row.waits:
        case "undone":
            says = "left as it is: a person took the ERP's value back. Enter another in the ERP"
        case "brake":
            number = row.approval
            says = (
                f"looked at again, but it waits behind mass change {number} until a person lets it "
                f"through: `panstore approvals approve {number}`"
            )
        case "parked" | "held" if row.field:
            says = "looked at again, but a person has to decide: see the last column"
        case "parked":
            says = f"worked again; parked again (record {row.parked}) if the cause is still there"
        case "held":
            says = "looked at again; it is parked if it still cannot be worked out"
        case _:
            says = "read again on both sides and brought in step"
    return Repaired(row.item, row.label, row.waits != "undone", says)
