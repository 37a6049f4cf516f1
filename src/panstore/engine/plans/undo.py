"""Makes a plan that writes old values back, from what the audit knows."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from zoneinfo import ZoneInfo

from msgspec.structs import replace

from panstore.engine.context import Context, Route
from panstore.engine.pipeline import look_at
from panstore.engine.plans.judge import fresh_of, judge_undo
from panstore.engine.plans.make import estimate
from panstore.engine.plans.refusals import PlanRefusedError
from panstore.engine.plans.undo_products import old_field_lines
from panstore.engine.plans.unwritten import lost_writes
from panstore.engine.remote import Stopwatch, stopwatch
from panstore.model.ids import ModuleCode
from panstore.model.stored_plan import PRICE, PastWrite, PlanLine, Stretch, last_writes
from panstore.sdk.modules import StockQuery
from panstore.store.audit import Entry
from panstore.store.items import links_by_item
from panstore.store.past_writes import Selection, chosen_keys, writes_of
from panstore.store.plans import add_lines, begin_plan, finish_making

__all__ = ["make_undo"]


_NOTHING = (
    "Nothing is known of what stood there before the first of these writes, so there is nothing to "
    "write back. Choose later ones with --since."
)


async def make_undo(context: Context, route: Route, code: ModuleCode, selection: Selection) -> int:
    """Keep a plan that takes chosen writes back where nothing newer came; writes nothing outside.

    Returns:
        The plan's number.

    Raises:
        PlanRefusedError: this is never taken back, or nothing says what.
    """
    may_be_undone(context, route, code)
    if selection == Selection():
        raise PlanRefusedError(
            "which writes are to be taken back was not said.",
            "Name a time, an article, a plan or an approval.",
        )
    now = context.clock.now()
    title = f"Take back what {code} wrote on {route.id}{_words(selection, context.zone)}"
    number = await context.store.write(
        lambda c: begin_plan(c, route.id, code, "undo", title, now=now)
    )
    watch = Stopwatch()
    token = stopwatch.set(watch)
    after, line, looked_at, writes, limit = "", 1, 0, 0, context.options.batch
    try:
        while True:
            keys = await context.store.read(
                lambda c, a=after: chosen_keys(c, route.id, code, selection, after=a, limit=limit)  # type: ignore[misc]
            )
            if keys:
                find = old_field_lines if code in route.product_modules else _lines
                lines = await find(context, route, code, selection, keys)
                numbered = [replace(one, line=line + place) for place, one in enumerate(lines)]
                await context.store.write(lambda c, some=numbered: add_lines(c, number, some))  # type: ignore[misc]
                line += len(lines)
                looked_at += len(keys)
                writes += sum(one.kind != "held" for one in lines)
                after = keys[-1]
            if len(keys) < limit:
                break
    finally:
        stopwatch.reset(token)
    calls, seconds = estimate(context, route, watch, writes)
    await context.store.write(
        lambda c: finish_making(
            c,
            number,
            looked_at=looked_at,
            unchanged=max(0, looked_at - (line - 1)),
            calls=calls,
            seconds=seconds,
        )
    )
    return number


def may_be_undone(context: Context, route: Route, code: ModuleCode) -> None:
    """Whether old values of a module may be written back at all.

    Raises:
        PlanRefusedError: they may not; it says why and what to do instead.
    """
    if code in route.flow_modules:
        raise PlanRefusedError(
            f"what {code} does for orders is never taken back by PanStore: sales, invoices and "
            "messages are documents, and somebody has them.",
            "Cancel the sale or credit the invoice in the ERP.",
        )
    if code in route.product_modules:
        return
    if code not in route.state_modules:
        raise PlanRefusedError(
            f"{code} is not on for {route.id}, so nothing can be compared.",
            "Switch it on in the settings file first.",
        )
    module, settings = route.state_modules[code]
    if isinstance(module.query(settings, context.view(route)), StockQuery):
        raise PlanRefusedError(
            "stock is never taken back: an old quantity would offer what has been sold since.",
            "Correct the stock in the ERP; it is then in the shop at once.",
        )


async def _lines(
    context: Context, route: Route, code: ModuleCode, selection: Selection, keys: Sequence[str]
) -> list[PlanLine]:
    entries, links = await context.store.read(
        lambda c: (writes_of(c, route.id, code, keys), links_by_item(c, route.id, keys))
    )
    fresh = fresh_of(await look_at(context, route, code, links)) if links else {}
    at = {entry.id: entry for entry in entries}
    lines = []
    past = [(entry, _past(entry, selection)) for entry in entries]
    lost = lost_writes(past, lambda write: fresh[write.item].present if write.item in fresh else "")
    for stretch in last_writes([write for _, write in past if write.id not in lost]):
        line, why = _line(stretch, at, context.zone)
        if not why:
            verdict = judge_undo(line, fresh)
            if verdict.way == "done":
                continue
            why = verdict.note
        lines.append(line if not why else replace(line, kind="held", reason=why))
    return lines


def _past(entry: Entry, selection: Selection) -> PastWrite:
    return PastWrite(
        id=entry.id,
        item=entry.key,
        sku=entry.label,
        before=entry.before,
        after=entry.after or "",
        chosen=selection.takes(entry),
        field=PRICE,
    )


def _line(stretch: Stretch, at: dict[int, Entry], zone: str) -> tuple[PlanLine, str]:
    """The line, and why it cannot go on, if it cannot."""
    newest, last = at[stretch.newest.id], at[stretch.last.id]
    line = PlanLine(
        line=0,
        item=stretch.newest.item,
        sku=stretch.newest.sku,
        side="shop",
        kind="change",
        variant="",
        field=PRICE,
        before=stretch.newest.after,
        after=stretch.oldest.before or "",
        reason=f"takes back what was written on {_moment(newest.at, zone)} ({newest.cause})",
    )
    if last is not newest:
        when = f"{_moment(last.at, zone)} ({last.cause})"
        return line, f"Something newer came: PanStore wrote again on {when}. It was left as it is."
    if not line.after:
        return line, _NOTHING
    return line, ""


def _words(selection: Selection, zone: str) -> str:
    parts = []
    if selection.plan is not None:
        parts.append(f"with plan {selection.plan}")
    if selection.approval is not None:
        parts.append(f"with approval {selection.approval}")
    if selection.sku is not None:
        parts.append(f"for {selection.sku}")
    if selection.since is not None:
        parts.append(f"since {_moment(selection.since, zone)}")
    if selection.until is not None:
        parts.append(f"until {_moment(selection.until, zone)}")
    return " " + ", ".join(parts)


def _moment(at: dt.datetime, zone: str) -> str:
    return at.astimezone(ZoneInfo(zone)).strftime("%Y-%m-%d %H:%M:%S")
