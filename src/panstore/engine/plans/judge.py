"""Whether a line of a stored plan may be written as things stand now: pure."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal, NamedTuple

from panstore.engine.pipeline import Look
from panstore.model.plan import Operation, Value, encode_value
from panstore.model.stored_plan import PlanLine, line_words

__all__ = ["Fresh", "Judgement", "fresh_of", "judge", "judge_undo"]


class Fresh(NamedTuple):
    """How one item stands now, read in both systems.

    Attributes:
        present: canonical text of what the destination holds, empty if nothing is known.
        wanted: of what the source wants there, empty if that cannot be said.
        operation: what would be written now, if anything.
        taken_back: it would be written, but a person took that value back.
        held: why it cannot go on, empty if it can.
    """

    present: str
    wanted: str
    operation: Operation | None = None
    taken_back: bool = False
    held: str = ""


class Judgement(NamedTuple):
    """What is to become of a line, and why, for people."""

    way: Literal["go", "done", "refused"]
    note: str = ""


_GONE = Fresh("", "", held="It is not linked any more.")


def fresh_of(look: Look) -> dict[str, Fresh]:
    """How the items of a look stand."""
    operations = {o.item: o for o in look.plan.operations}
    taken_back = {o.item: o for o in look.taken_back}
    held = {record.item: record.reason for record in look.plan.held}
    found = {str(item): Fresh("", "", held=why) for item, why in held.items()}
    for one in look.items:
        item, present = one.link.item, _text(one.present)
        why = held.get(item, "")
        step = operations.get(item) or taken_back.get(item)
        wanted = _text(step.after) if step is not None else "" if why else present
        found[item] = Fresh(present, wanted, operations.get(item), item in taken_back, why)
    return found


def judge(line: PlanLine, all_fresh: Mapping[str, Fresh]) -> Judgement:
    """Whether exactly what was approved would be written now."""
    fresh = all_fresh.get(line.item, _GONE)
    step = fresh.operation
    if fresh.present and fresh.present == line.after:
        return Judgement("done", "It stands there.")
    if step is None:
        if fresh.held or fresh.taken_back:
            why = fresh.held or "A person took this value back; it waits for a new one in the ERP."
            return Judgement("refused", f"{why} Nothing was written.")
        return _changed(line, f"both sides agree on {_say(line, fresh.present)} now")
    if fresh.present != line.before:
        return _changed(line, f"the shop holds {_say(line, fresh.present)} now")
    if fresh.wanted != line.after:
        return _changed(line, f"{_say(line, fresh.wanted)} would be written now")
    return Judgement("go")


def judge_undo(line: PlanLine, all_fresh: Mapping[str, Fresh]) -> Judgement:
    """Whether what is taken back is the newest there is, on both sides."""
    fresh = all_fresh.get(line.item, _GONE)
    if fresh.present and fresh.present == line.after:
        return Judgement("done", "It stands there.")
    if not fresh.present:
        why = fresh.held or "The shop holds nothing there any more."
        return Judgement("refused", f"{why} Nothing was written back.")
    if fresh.present != line.before:
        return _newer(f"the shop holds {_say(line, fresh.present)} now")
    if fresh.wanted and fresh.wanted not in {line.before, line.after}:
        return _newer(f"the ERP wants {_say(line, fresh.wanted)} there now")
    return Judgement("go")


def _changed(line: PlanLine, now: str) -> Judgement:
    was = f"{_say(line, line.before)} -> {_say(line, line.after)}"
    return Judgement("refused", f"It has changed since: {now}; approved was {was}. Left as it is.")


def _newer(what: str) -> Judgement:
    return Judgement("refused", f"Something newer came: {what}. It was left as it is.")


def _say(line: PlanLine, text: str) -> str:
    return line_words(line.field, text)


def _text(value: Value | None) -> str:
    return "" if value is None else encode_value(value)
