"""`panstore approvals`: mass changes that were braked."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from panstore.cli.failures import RefusedError
from panstore.cli.host import DONE, WAITING, Flag, GivenDesk, Number
from panstore.cli.output import document, line, zoned
from panstore.store import brakes

if TYPE_CHECKING:
    from panstore.engine.engine import Engine

__all__ = ["approve_approvals", "list_approvals", "stop_approvals"]


def list_approvals(*, json: Flag = False, desk: GivenDesk) -> int:
    """List mass changes that wait or were stopped.

    Args:
        json: print one JSON document.
    """

    async def ask(engine: Engine) -> tuple[list[brakes.Approval], str]:
        return await engine.context.store.read(brakes.list_approvals), engine.context.zone

    rows, zone = desk.ask(ask)
    if json:
        document({"approvals": [msgspec.structs.asdict(row) for row in rows]})
    elif not rows:
        line("No mass change waits.")
    else:
        for row in rows:
            line(f"{row.id}  {row.state}: {row.reason} ({row.module} on {row.route})")
            since = zoned(row.opened_at, zone)
            line(f"    {row.items} items wait since {since}; {_then(row, zone)}")
        line(f"Times in {zone}.")
    return WAITING if any(row.state == "waiting" for row in rows) else DONE


def _then(row: brakes.Approval, zone: str) -> str:
    if row.state == "waiting" and row.applies_at is not None:
        return f"applied by itself at {zoned(row.applies_at, zone)} unless stopped"
    return "only a person lets it through"


def approve_approvals(approval: Number, /, *, json: Flag = False, desk: GivenDesk) -> int:
    """Let a mass change through.

    Args:
        approval: its number in `panstore approvals list`.
        json: print one JSON document.
    """
    return _decide(approval, "approved", json=json, desk=desk)


def stop_approvals(approval: Number, /, *, json: Flag = False, desk: GivenDesk) -> int:
    """Do not let a mass change through; it may still be approved later.

    Args:
        approval: its number in `panstore approvals list`.
        json: print one JSON document.
    """
    return _decide(approval, "stopped", json=json, desk=desk)


def _decide(approval: int, state: str, *, json: bool, desk: GivenDesk) -> int:
    async def work(engine: Engine) -> bool:
        return await engine.decide(approval, state)

    if not desk.ask(work):
        raise RefusedError(
            f"mass change {approval} is not there or was let through before. Nothing was changed.",
            "`panstore approvals list` shows those that wait.",
        )
    if json:
        document({"id": approval, "state": state})
    else:
        line(f"Mass change {approval} is {state}.")
    return DONE
