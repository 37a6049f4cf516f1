"""Drift of stock and prices: the plan's own value against what the shop holds now."""

from __future__ import annotations

from collections.abc import Sequence

from msgspec.structs import replace

from panstore.engine.context import Context, Route
from panstore.engine.pipeline import make_batch
from panstore.engine.stages.plan import plan
from panstore.engine.stages.read import read
from panstore.model.drift import DriftKind, DriftRow, Mover, OwnWork, own_work, say_value, who_moved
from panstore.model.ids import ModuleCode
from panstore.model.link import Link
from panstore.model.plan import Value
from panstore.store.drift import LastWrite, last_writes, own_works
from panstore.store.items import decode_value, encode_value

__all__ = ["look_at_values"]

_MOVED: dict[Mover, str] = {
    "none": "in step",
    "shop": "the shop does not hold any more what it last had from us",
    "both": "the value changed in the ERP, and in the shop too",
    "unknown": "it was never written",
}


async def look_at_values(
    context: Context, route: Route, code: ModuleCode, kind: DriftKind, links: Sequence[Link]
) -> list[DriftRow]:
    """One row for each of these articles, in step or not; writes nothing anywhere.

    Both systems are read now, in the lane of full runs, whatever the ledger says.
    """
    by_item = {link.item: link for link in links}
    batch = make_batch(context, route, code, by_item, cause="drift")
    items, unread = await read(context, batch)
    made = plan(context, batch, items)
    present = {one.link.item: one.present for one in items}
    planned = {operation.item: operation for operation in made.operations}
    held = {record.item: record.reason for record in (*made.held, *unread)}
    names, now = list(by_item), context.clock.now()
    wrote, works = await context.store.read(
        lambda c: (
            last_writes(c, route.id, code, names),
            own_works(c, route.id, code, names, now=now),
        )
    )
    rows = []
    for item, link in by_item.items():
        operation = planned.get(item)
        shop: Value | None = present.get(item)
        erp = operation.after if operation is not None else None if item in held else shop
        known, taken_back = works.get(item, (OwnWork(), None))
        rows.append(
            _row(
                DriftRow(
                    route=route.id,
                    module=code,
                    kind=kind,
                    item=item,
                    label=link.sku or link.erp,
                    erp=say_value(erp),
                    shop=say_value(shop),
                    wrote=None,
                    wrote_at=None,
                    moved="none",
                    why="" if operation is None else operation.reason,
                ),
                shop=_text(shop),
                erp=_text(erp),
                last=wrote.get(item),
                known=replace(
                    known,
                    held=held.get(item, ""),
                    undone=taken_back is not None and taken_back == _text(erp),
                ),
            )
        )
    return rows


def _row(
    row: DriftRow, *, shop: str | None, erp: str | None, last: LastWrite | None, known: OwnWork
) -> DriftRow:
    waits, why_waits = own_work(known)
    value = None if last is None else last.value
    moved = who_moved(shop=shop, erp=erp, wrote=value, waits=waits)
    return replace(
        row,
        wrote=None if value is None else say_value(decode_value(value)),
        wrote_at=None if last is None else last.at,
        moved=moved,
        waits=waits if moved == "us" else "",
        approval=known.approval,
        parked=known.parked,
        why=why_waits if moved == "us" else _MOVED.get(moved, row.why),
    )


def _text(value: Value | None) -> str | None:
    return None if value is None else encode_value(value)
