"""`panstore plans`: plans that are kept, approved in part and applied."""

from __future__ import annotations

from collections.abc import Awaitable
from typing import TYPE_CHECKING, Any, TypeVar

import msgspec

from panstore.cli.failures import RefusedError
from panstore.cli.host import DONE, TROUBLE, USAGE, WAITING, Flag, GivenDesk, Limit, Number
from panstore.cli.output import document, line, table, zoned
from panstore.engine.plans import desk as decisions
from panstore.engine.plans.apply import Applied, apply_plan
from panstore.engine.plans.refusals import PlanRefusedError
from panstore.model.stored_plan import PlanLine, StoredPlan, line_words
from panstore.store import plans as store

if TYPE_CHECKING:
    from panstore.engine.engine import Engine

__all__ = [
    "apply_plans",
    "approve_plans",
    "carefully",
    "close_plans",
    "leave_plans",
    "list_plans",
    "say_plan",
    "show_plans",
]

T = TypeVar("T")


async def carefully(work: Awaitable[T]) -> T:
    """What cannot be done with a plan is said like any other refusal."""
    try:
        return await work
    except PlanRefusedError as error:
        raise RefusedError(f"{error.what} Nothing was done.", error.remedy) from None


def list_plans(*, limit: Limit = 20, json: Flag = False, desk: GivenDesk) -> int:
    """List stored plans, the newest first.

    Args:
        limit: how many at most.
        json: print one JSON document.
    """

    async def ask(engine: Engine) -> tuple[list[StoredPlan], str]:
        read = engine.context.store.read
        return await read(lambda c: store.list_plans(c, limit=limit)), engine.context.zone

    rows, zone = desk.ask(ask)
    if json:
        document({"plans": [msgspec.structs.asdict(row) for row in rows]})
    elif not rows:
        line("No plan is stored. `panstore plan MODULE --store` makes one.")
    else:
        made = ("number", "state", "made", "what")
        table(made, [(str(r.id), r.state, zoned(r.made_at, zone), r.title) for r in rows])
        line(f"Times in {zone}.")
    return WAITING if any(row.state in {"open", "applying"} for row in rows) else DONE


def show_plans(plan: Number, /, *, limit: Limit = 50, json: Flag = False, desk: GivenDesk) -> int:
    """Show a stored plan with its lines.

    Args:
        plan: its number in `panstore plans list`.
        limit: how many lines at most.
        json: print one JSON document.
    """

    async def ask(engine: Engine) -> tuple[StoredPlan, list[PlanLine], int]:
        read = engine.context.store.read
        found = await read(lambda c: store.find_plan(c, plan))
        if found is None:
            raise RefusedError(
                f"there is no plan {plan}. Nothing was done.", "`panstore plans list` shows them."
            )
        counts = await read(lambda c: store.count_states(c, plan))
        lines = await read(lambda c: store.find_lines(c, plan, limit=limit))
        return found, lines, sum(counts.values())

    return say_plan(*desk.ask(ask), json=json)


def say_plan(plan: StoredPlan, lines: list[PlanLine], total: int, *, json: bool) -> int:
    """Print a plan with some of its lines; the exit code.

    Args:
        total: how many lines it has.
    """
    if json:
        rows = [{**msgspec.structs.asdict(one), **_words(one)} for one in lines]
        document({"plan": msgspec.structs.asdict(plan), "lines": rows, "total": total})
    else:
        line(f"Plan {plan.id} ({plan.state}): {plan.title}")
        line(
            f"{plan.looked_at} looked at, {plan.unchanged} in step, {total} lines; applying all of "
            f"it takes about {plan.calls} calls, {_minutes(plan.seconds)}."
        )
        if lines:
            table(
                ("line", "state", "article", "field", "now", "new", "why"),
                [_row(one) for one in lines],
            )
        if total > len(lines):
            line(f"... and {total - len(lines)} more; --limit {total} shows all.")
    return WAITING if plan.state in {"open", "applying"} else DONE


def _words(one: PlanLine) -> dict[str, str]:
    before, after = (line_words(one.field, text) for text in (one.before, one.after))
    return {"now": before, "new": after}


def _row(one: PlanLine) -> tuple[str, ...]:
    words = _words(one)
    state = "cannot go on" if one.kind == "held" else one.state
    why = one.reason + (f" - {one.note}" if one.note else "")
    where = f"{one.field} ({one.side})" if one.side == "erp" else one.field
    return str(one.line), state, one.sku, where, words["now"], words["new"], why


def _minutes(seconds: int) -> str:
    return "less than a minute" if seconds < 60 else f"{-(-seconds // 60)} min"  # noqa: PLR2004


def approve_plans(
    plan: Number,
    /,
    *,
    lines: str | None = None,
    sku: str | None = None,
    all: Flag = False,  # noqa: A002 - what people type
    json: Flag = False,
    desk: GivenDesk,
) -> int:
    """Approve lines of a stored plan; nothing is written before it is applied.

    With --all those that were left out stay out. Exit code 2 if no line is meant.

    Args:
        plan: its number in `panstore plans list`.
        lines: only these lines, e.g. 1,4-9.
        sku: only lines of this article.
        all: all lines that can be applied.
        json: print one JSON document.
    """
    return _decide(plan, lines, sku, all, approve=True, json=json, desk=desk)


def leave_plans(
    plan: Number,
    /,
    *,
    lines: str | None = None,
    sku: str | None = None,
    all: Flag = False,  # noqa: A002 - what people type
    json: Flag = False,
    desk: GivenDesk,
) -> int:
    """Leave lines of a stored plan out; they may still be approved later.

    Args:
        plan: its number in `panstore plans list`.
        lines: only these lines, e.g. 1,4-9.
        sku: only lines of this article.
        all: all lines.
        json: print one JSON document.
    """
    return _decide(plan, lines, sku, all, approve=False, json=json, desk=desk)


def _decide(
    plan: int,
    lines: str | None,
    sku: str | None,
    everything: bool,  # noqa: FBT001 - as it was typed
    *,
    approve: bool,
    json: bool,
    desk: Any,
) -> int:
    if everything == bool(lines or sku):
        raise RefusedError(
            "which lines are meant was not said, or was said twice. Nothing was done.",
            "give either --all, or --lines and --sku.",
            code=USAGE,
        )
    try:
        ranges = None if lines is None else decisions.parse_lines(lines)
    except ValueError as error:
        raise RefusedError(f"{error}. Nothing was done.", "", code=USAGE) from None

    async def work(engine: Engine) -> int:
        return await carefully(
            decisions.decide(engine.context, plan, approve=approve, ranges=ranges, sku=sku)
        )

    count = desk.ask(work)
    state = "approved" if approve else "left"
    if json:
        document({"plan": plan, "state": state, "lines": count})
    else:
        then = f" `panstore plans apply {plan}` writes them." if approve and count else ""
        line(f"{count} lines of plan {plan} are {state}.{then}")
    return DONE if count else WAITING


def apply_plans(plan: Number, /, *, json: Flag = False, desk: GivenDesk) -> int:
    """Write exactly what was approved of a plan and has not changed since.

    Args:
        plan: its number in `panstore plans list`.
        json: print one JSON document.
    """

    async def work(engine: Engine) -> Applied:
        return await carefully(apply_plan(engine.context, plan))

    done = desk.ask(work)
    if json:
        document({"plan": plan, **msgspec.structs.asdict(done)})
    else:
        line(f"Plan {plan}: {done.applied} lines applied, {done.refused} refused.")
        for approval in done.approvals:
            line(
                f"A brake holds some of it: `panstore approvals approve {approval}`, then apply "
                "the plan again."
            )
        if done.closed:
            line("It was closed meanwhile: the rest is not written any more.")
        elif done.waiting:
            line(f"{done.waiting} approved lines wait; `panstore plans show {plan}` says why.")
        if done.trouble:
            line(f"It was stopped: {done.trouble} Apply it again; nothing is written twice.")
    return TROUBLE if done.trouble else WAITING if done.waiting or done.refused else DONE


def close_plans(plan: Number, /, *, json: Flag = False, desk: GivenDesk) -> int:
    """Close a plan: nothing of it is applied any more.

    Args:
        plan: its number in `panstore plans list`.
        json: print one JSON document.
    """

    async def work(engine: Engine) -> None:
        await carefully(decisions.close(engine.context, plan))

    desk.ask(work)
    if json:
        document({"plan": plan, "state": "closed"})
    else:
        line(f"Plan {plan} is closed.")
    return DONE
