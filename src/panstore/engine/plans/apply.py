"""Applies what was approved of a stored plan: exactly that, and nothing that has changed since.

Every item is read anew in both systems and planned by the same pure function. What does not come
out as it was approved is refused, line by line. The rest goes through brakes, write and record
like everything else. A crash may be repeated: what stands there is known by its value.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import msgspec
import sqlalchemy as sa
from msgspec.structs import replace

from panstore.engine.batch import Passed
from panstore.engine.context import Context, Route
from panstore.engine.pipeline import Look, work_chosen
from panstore.engine.plans.ending import settle_ended
from panstore.engine.plans.judge import Fresh, Judgement, fresh_of, judge, judge_undo
from panstore.engine.plans.products import apply_products, start_if_whole
from panstore.engine.plans.refusals import PlanRefusedError
from panstore.engine.plans.undo_products import apply_old_fields
from panstore.engine.stages.mark import mark_items
from panstore.model.errors import sentence
from panstore.model.ids import ItemId
from panstore.model.link import Link
from panstore.model.plan import Operation, Plan
from panstore.model.stored_plan import LineState, PlanLine, StoredPlan, old_price
from panstore.sdk.errors import RemoteError
from panstore.store import plans as table
from panstore.store.items import links_by_item, make_stale
from panstore.store.past_writes import is_newer
from panstore.store.sent_lines import mark_sent
from panstore.store.undone import forget_undone, note_undone

__all__ = ["Applied", "apply_plan"]

_Outcomes = dict[int, tuple[LineState, str]]
_busy: set[tuple[int, int]] = set()
"""Plans that are being applied here; one that was cut off is in none and may be repeated."""


class Applied(msgspec.Struct, frozen=True):
    """What became of the approved lines by one application.

    Attributes:
        waiting: approved lines that may still be written: apply the plan again.
        approvals: numbers of approvals behind which some of them wait.
        trouble: what stopped it, empty if nothing did.
        closed: somebody closed the plan meanwhile: the rest is not written any more.
    """

    applied: int
    refused: int
    waiting: int
    approvals: tuple[int, ...] = ()
    trouble: str = ""
    closed: bool = False


async def apply_plan(context: Context, number: int) -> Applied:
    """Write what was approved and has not changed since.

    Raises:
        PlanRefusedError: there is no such plan, it is over, it is being applied already, or
            nothing of it is approved.
    """
    plan = await context.store.read(lambda c: table.find_plan(c, number))
    if plan is None:
        raise PlanRefusedError(f"there is no plan {number}.", "`panstore plans list` shows them.")
    route = context.routes.get(plan.route)
    if route is None or plan.module not in {*route.state_modules, *route.product_modules}:
        raise PlanRefusedError(
            f"{plan.module} is not on for {plan.route}, so plan {number} cannot be applied.",
            "Switch it on in the settings file, or close the plan.",
        )
    claim = id(context), number
    if claim in _busy:
        raise PlanRefusedError(
            f"plan {number} is being applied already.", "Wait until it is done, then look at it."
        )
    _busy.add(claim)
    try:
        await context.store.write(lambda c: _begin(c, plan))
        return await _Application(context, route, plan).run()
    finally:
        _busy.discard(claim)


def _begin(connection: sa.Connection, plan: StoredPlan) -> None:
    some = table.page_of_items(connection, plan.id, after="", limit=1)
    # Of what is being applied, looks may have told the rest: then it only ends.
    if not some and plan.state != "applying":
        raise PlanRefusedError(
            f"nothing of plan {plan.id} is approved, or all of it is applied.",
            f"`panstore plans approve {plan.id} --all` approves everything that can be applied.",
        )
    if not table.move_plan(connection, plan.id, "applying", among=("open", "applying")):
        raise PlanRefusedError(
            f"plan {plan.id} is {plan.state}.", f"Make a new one: `panstore plan {plan.module}`."
        )


class _Application:
    def __init__(self, context: Context, route: Route, plan: StoredPlan) -> None:
        self._context = context
        self._route = route
        self._plan = plan
        self._cause = f"plan {plan.id}"
        self._undo = plan.kind == "undo"
        self._counts = {"applied": 0, "refused": 0}
        self._approvals: set[int] = set()

    async def run(self) -> Applied:
        limit, after, trouble, closed = self._context.options.batch, "", "", False
        while not trouble and not self._context.stopping:
            items, state = await self._context.store.read(
                lambda c, a=after: (  # type: ignore[misc]
                    table.page_of_items(c, self._plan.id, after=a, limit=limit),
                    table.find_plan(c, self._plan.id),
                )
            )
            if not items:
                break
            if state is None or state.state != "applying":
                closed = True
                break
            trouble = await self._page(items)
            after = items[-1]
        waiting = await self._context.store.write(self._end)
        return Applied(
            applied=self._counts["applied"],
            refused=self._counts["refused"],
            waiting=waiting,
            approvals=tuple(sorted(self._approvals)),
            trouble=trouble,
            closed=closed,
        )

    async def _page(self, items: Sequence[str]) -> str:
        """Apply the approved lines of some items; what stopped it, if anything did."""
        if self._plan.module in self._route.product_modules:
            return await self._products(items)
        links, lines = await self._context.store.read(
            lambda c: (
                links_by_item(c, self._route.id, items),
                table.find_lines(c, self._plan.id, states=table.WAITING, items=items),
            )
        )
        page = _Page(self._context, self._route, self._plan, lines, links)
        trouble = ""
        if links:
            try:
                passed = await work_chosen(
                    self._context,
                    self._route,
                    self._plan.module,
                    links,
                    page.choose,
                    cause=self._cause,
                    undo=self._plan.id if self._undo else None,
                )
            except RemoteError as error:
                return sentence(str(error))
            page.take(passed)
            self._approvals.update(approval for _, approval in passed.verdict.braked)
            trouble = "" if passed.result.trouble is None else sentence(str(passed.result.trouble))
        else:
            page.settle_unlinked()
        await self._context.store.write(lambda c: page.record(c, self._cause))
        self._count(page.outcomes)
        return trouble

    async def _products(self, items: Sequence[str]) -> str:
        lines = await self._context.store.read(
            lambda c: table.find_lines(c, self._plan.id, items=items)
        )
        try:
            work = apply_old_fields if self._undo else apply_products
            outcomes, approvals, trouble = await work(self._context, self._route, self._plan, lines)
        except RemoteError as error:
            return sentence(str(error))
        self._approvals |= approvals
        settled = [(number, *outcome) for number, outcome in outcomes.items()]
        await self._context.store.write(lambda c: table.settle_lines(c, self._plan.id, settled))
        self._count(outcomes)
        return trouble

    def _count(self, outcomes: _Outcomes) -> None:
        for state, _ in outcomes.values():
            if state not in table.WAITING:
                self._counts[state] += 1

    def _end(self, connection: sa.Connection) -> int:
        counts = table.count_states(connection, self._plan.id)
        waiting = sum(n for (_, state), n in counts.items() if state in table.WAITING)
        still_open = any(state == "open" and kind != "held" for kind, state in counts)
        now = self._context.clock.now()
        if not waiting:
            state, ended = ("open", None) if still_open else ("applied", now)
            if table.move_plan(
                connection,
                self._plan.id,
                state,  # type: ignore[arg-type]
                among=("applying",),
                ended_at=ended,
            ):
                start_if_whole(connection, self._context, self._route, self._plan)
        # Also if it was closed meanwhile: a brake may have taken something in since.
        settle_ended(connection, self._plan.id, now=now)
        return waiting


class _Page:
    """Approved lines of some items, and what becomes of them."""

    def __init__(
        self,
        context: Context,
        route: Route,
        plan: StoredPlan,
        lines: Sequence[PlanLine],
        links: Mapping[ItemId, Link],
    ) -> None:
        self._context = context
        self._route = route
        self._plan = plan
        self._lines = {line.item: line for line in lines}
        self._links = links
        self._fresh: dict[str, Fresh] = {}
        self._written: list[str] = []
        self._unknown: list[str] = []
        self.outcomes: _Outcomes = {}

    async def choose(self, look: Look) -> Plan:
        """Of what was read and planned anew, only what was approved and has not changed."""
        self._fresh = fresh_of(look)
        newer = await self._newer()
        going: list[Operation] = []
        planned = {o.item: o for o in look.plan.operations}
        for item, line in self._lines.items():
            verdict = self._judge(line, newer)
            if verdict.way != "go":
                self._settle(line, "applied" if verdict.way == "done" else "refused", verdict.note)
            elif self._plan.kind == "undo":
                going.append(old_price(line, self._links[ItemId(item)].shop))
            else:
                going.append(planned[ItemId(item)])
        if self._plan.kind == "undo" and going:
            # Before it is written: if nothing is heard of it, it is known by its value.
            numbers, now = [self._lines[o.item].line for o in going], self._context.clock.now()
            await self._context.store.write(lambda c: mark_sent(c, self._plan.id, numbers, now=now))
        return replace(look.plan, operations=tuple(going), unchanged=(), held=(), due_again=())

    def take(self, passed: Passed) -> None:
        """Say what became of the lines that went on."""
        result = passed.result
        for operation, _ in result.written:
            self._written.append(operation.item)
            self._settle_item(operation, "applied", "")
        for operation, held in result.refused:
            self._settle_item(operation, "refused", held.reason)
        for operation, approval in passed.verdict.braked:
            note = f"waits behind approval {approval}: give it, then apply the plan again"
            self._settle_item(operation, "approved", note)
        for operation in result.unknown:
            self._unknown.append(operation.item)
            note = "the reply was lost: apply the plan again, it is read back first"
            unheard: LineState = "sent" if self._plan.kind == "undo" else "approved"
            self._settle_item(operation, unheard, note)
        for operation in result.untried:
            why = sentence(str(result.trouble))
            self._settle_item(operation, "approved", f"not tried: {why} Apply the plan again")
        for operation in result.waiting:
            note = "an order that holds it is looked at first: apply the plan again"
            self._settle_item(operation, "approved", note)

    def settle_unlinked(self) -> None:
        """None of the items is linked any more."""
        for line in self._lines.values():
            self._settle(line, "refused", self._judge(line, {}).note)

    def record(self, connection: sa.Connection, cause: str) -> None:
        """Write the outcomes down, and have what was written looked at once more.

        The same item may have been worked at the same time because the source changed: nobody
        knows then whose value was written last.
        """
        if self._plan.kind == "undo":
            self._overtaken(connection)
            self._note_undone(connection)
        table.settle_lines(connection, self._plan.id, ((n, *o) for n, o in self.outcomes.items()))
        looked_at = [*self._written, *self._unknown]
        if not looked_at:
            return
        route, code = self._route.id, self._plan.module
        # Marks before the ledger, as whoever marks does it.
        mark_items(connection, self._context, route, code, looked_at, cause=f"after {cause}")
        make_stale(connection, route, code, looked_at)

    def _overtaken(self, connection: sa.Connection) -> None:
        """Lines that a look refused while they were written: the source has moved on since."""
        refused = table.find_lines(
            connection, self._plan.id, states=("refused",), items=list(self._lines)
        )
        for line in refused:
            self.outcomes[line.line] = (line.state, line.note)

    def _note_undone(self, connection: sa.Connection) -> None:
        """Of what was written: what is what the source wants waits for no new value."""
        route, code = self._route.id, self._plan.module
        lines = [self._lines[item] for item in self._written]
        lines = [line for line in lines if self._state(line) == "applied"]
        wanted = {line.item for line in lines if self._fresh[line.item].wanted == line.after}
        taken = {line.item: line.before for line in lines if line.item not in wanted}
        now = self._context.clock.now()
        note_undone(connection, route, code, taken, plan=self._plan.id, now=now)
        forget_undone(connection, route, code, wanted)

    async def _newer(self) -> Mapping[str, object]:
        if self._plan.kind != "undo":
            return {}
        plan, items = self._plan, list(self._lines)
        return await self._context.store.read(
            lambda c: is_newer(
                c, plan.route, plan.module, items, than=plan.made_at, but=f"plan {plan.id}"
            )
        )

    def _judge(self, line: PlanLine, newer: Mapping[str, object]) -> Judgement:
        if self._plan.kind != "undo":
            return judge(line, self._fresh)
        verdict = judge_undo(line, self._fresh)
        if verdict.way == "go" and line.item in newer:
            note = "Something newer came: PanStore wrote it again since. It was left as it is."
            return Judgement("refused", note)
        return verdict

    def _state(self, line: PlanLine) -> LineState:
        return self.outcomes.get(line.line, (line.state, ""))[0]

    def _settle_item(self, operation: Operation, state: LineState, note: str) -> None:
        self._settle(self._lines[operation.item], state, note)

    def _settle(self, line: PlanLine, state: LineState, note: str) -> None:
        self.outcomes[line.line] = (state, note)
