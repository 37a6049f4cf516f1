"""`panstore rules`: which orders the rules would take, and why not the others."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

from cyclopts import Parameter, validators

from panstore.cli.failures import RefusedError
from panstore.cli.host import DONE, USAGE, Flag, GivenDesk
from panstore.cli.output import document, line, table, zoned
from panstore.cli.routes import chosen_routes

if TYPE_CHECKING:
    from panstore.engine.engine import Engine
    from panstore.engine.rule_trial import RuleTrial
    from panstore.sdk.rules import Rule

# ruff: noqa: PT028 - the word of the command is "test"; no test stands here.

__all__ = ["test_rules"]

_MOST = 10_000
_WORDS = {True: "yes", False: "no", None: "cannot say"}


def test_rules(
    route: str | None = None,
    /,
    *,
    last: Annotated[int, Parameter(validator=validators.Number(gte=1, lte=_MOST))] = 20,
    rule: str | None = None,
    json: Flag = False,
    desk: GivenDesk,
) -> int:
    """Show which of the last orders each rule takes, and why not the others.

    Args:
        route: only this route.
        last: so many orders of each route.
        rule: try this rule instead of those in the settings.
        json: print one JSON document.
    """
    tried = None if rule is None else _rule(rule)

    async def ask(engine: Engine) -> tuple[list[RuleTrial], int, str]:
        # Imported here: rules are slow to import, and few commands need them.
        from panstore.engine.rule_trial import try_rules  # noqa: PLC0415

        trials: list[RuleTrial] = []
        missing = 0
        for one in chosen_routes(engine.context, route):
            found, unknown = await try_rules(engine.context, one, last=last, rule=tried)
            trials += found
            missing += unknown
        return trials, missing, engine.context.zone

    trials, missing, zone = desk.ask(ask)
    if json:
        document({"rules": [_plain(one) for one in trials], "orders_not_kept": missing})
    else:
        _print(trials, missing, zone)
    return DONE


def _rule(text: str) -> Rule:
    from panstore.sdk.rules import Rule, RuleTextError  # noqa: PLC0415 - as above

    try:
        return Rule(text)
    except RuleTextError as error:
        raise RefusedError(
            f"the rule cannot be used. {error}. Nothing was asked.",
            "mend it there; docs/reference/rules.md has every name.",
            code=USAGE,
        ) from error


def _print(trials: list[RuleTrial], missing: int, zone: str) -> None:
    if not trials:
        line("No rule was asked: no module with rules is on, or no order is known yet.")
    for number, trial in enumerate(trials):
        if number:
            line()
        line(
            f"{trial.module} {trial.setting} on {trial.route} takes {trial.taken} of the last"
            f" {len(trial.orders)} orders: {trial.rule}"
        )
        table(
            ("order", f"placed ({zone})", "taken", "why not"),
            [
                (order.number, zoned(order.placed_at, zone), _WORDS[order.holds], order.why)
                for order in trial.orders
            ],
        )
    if missing:
        line(f"{missing} more could not be looked at: PanStore has no copy of them any more.")


def _plain(trial: RuleTrial) -> dict[str, object]:
    return {
        "route": trial.route,
        "module": trial.module,
        "setting": trial.setting,
        "rule": trial.rule,
        "taken": trial.taken,
        "orders": [
            {
                "id": order.order_id,
                "number": order.number,
                "placed_at": order.placed_at,
                "taken": order.holds,
                "why": order.why,
            }
            for order in trial.orders
        ],
    }
