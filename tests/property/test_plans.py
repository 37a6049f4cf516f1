"""Whatever comes between: only what was approved is written, undo never touches newer values."""

from __future__ import annotations

from decimal import Decimal
from typing import Literal, NamedTuple

from hypothesis import given
from hypothesis import strategies as st

from panstore.engine.plans.judge import Fresh, judge, judge_undo
from panstore.model.ids import ExternalId, ItemId
from panstore.model.plan import Operation, encode_value
from panstore.model.stock import StockTarget
from panstore.model.stored_plan import PastWrite, PlanLine, last_writes


class Step(NamedTuple):
    """What happens to the one article: somebody's change, a write of ours, or a person's edit."""

    what: Literal["source", "write", "edit"]
    value: int
    chosen: bool


_values = st.integers(0, 3)
_steps = st.lists(
    st.builds(Step, st.sampled_from(["source", "write", "edit"]), _values, st.booleans()),
    max_size=12,
)


def _text(value: int) -> str:
    return encode_value(StockTarget(Decimal(value)))


class _Article:
    """A source, a shop, and what was written down of our writes."""

    def __init__(self) -> None:
        self.source, self.shop = 0, 0
        self.writes: list[PastWrite] = []
        self.before: list[int] = []

    def do(self, step: Step) -> None:
        if step.what == "source":
            self.source = step.value
        elif step.what == "edit":
            self.shop = step.value
        elif self.source != self.shop:
            before, after = _text(self.shop), _text(self.source)
            number = len(self.writes) + 1
            self.writes.append(PastWrite(number, "i", "A", before, after, step.chosen))
            self.before.append(self.shop)
            self.shop = self.source

    def fresh(self) -> Fresh:
        step = None
        if self.shop != self.source:
            step = Operation(
                item=ItemId("i"),
                target=ExternalId("s"),
                before=StockTarget(Decimal(self.shop)),
                after=StockTarget(Decimal(self.source)),
                reason="",
            )
        return Fresh(_text(self.shop), _text(self.source), step)


def _line(before: str, after: str) -> PlanLine:
    return PlanLine(1, "i", "A", "shop", "change", "", "stock", before, after, "")


@given(past=_steps, later=_steps)
def test_undo_restores_what_was_before_and_never_touches_newer(
    past: list[Step], later: list[Step]
) -> None:
    article = _Article()
    for step in past:
        article.do(step)
    stretches = last_writes(article.writes)
    chosen = [place for place, write in enumerate(article.writes) if write.chosen]
    assert len(stretches) == bool(chosen)
    if not chosen:
        return
    (stretch,) = stretches
    assert stretch.newest == article.writes[chosen[-1]]
    assert stretch.last == article.writes[-1]
    first = article.writes.index(stretch.oldest)
    assert all(write.chosen for write in article.writes[first : chosen[-1] + 1])
    assert first == 0 or not article.writes[first - 1].chosen
    assert stretch.oldest.before == _text(article.before[first])
    for step in later:
        article.do(step)
    line = _line(stretch.newest.after, stretch.oldest.before or "")
    way = judge_undo(line, {"i": article.fresh()}).way
    if way == "go":
        assert _text(article.shop) == stretch.newest.after
        assert _text(article.source) in {line.before, line.after}
    if way == "done":
        assert _text(article.shop) == stretch.oldest.before
    untouched = not later and article.shop == article.source and stretch.last == stretch.newest
    if untouched and line.before != line.after and _text(article.shop) == line.before:
        assert way == "go"


@given(past=_steps, later=_steps)
def test_a_line_is_written_only_as_it_was_approved(past: list[Step], later: list[Step]) -> None:
    article = _Article()
    for step in past:
        article.do(step)
    planned = (article.shop, article.source)
    if planned[0] == planned[1]:
        return
    for step in later:
        article.do(step)
    judgement = judge(_line(_text(planned[0]), _text(planned[1])), {"i": article.fresh()})
    if judgement.way == "go":
        assert (article.shop, article.source) == planned
    elif judgement.way == "done":
        assert article.shop == planned[1]
    else:
        assert (article.shop, article.source) != planned
        assert judgement.note
