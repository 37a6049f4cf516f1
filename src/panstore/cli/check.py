"""`panstore check`: is everything there that the connections need?"""

from __future__ import annotations

from typing import TYPE_CHECKING

from panstore.cli.host import DONE, TROUBLE, Flag, GivenDesk
from panstore.cli.output import document, line
from panstore.engine.limiter import Lane
from panstore.engine.restored import has_gone_back
from panstore.model.errors import sentence
from panstore.sdk.errors import RemoteError
from panstore.sdk.roles import Report

if TYPE_CHECKING:
    from panstore.engine.engine import Engine
    from panstore.model.ids import ConnectionId

__all__ = ["check"]


def check(*, json: Flag = False, desk: GivenDesk) -> int:
    """Ask every connection whether all it needs is there.

    Args:
        json: print one JSON document.
    """
    reports = desk.ask(_reports)
    if json:
        document({"connections": {name: _plain(report) for name, report in reports.items()}})
    else:
        for name, report in reports.items():
            line(f"{name}: {'works' if not report.problems else 'has problems'}")
            for problem in report.problems:
                line(f"  ! {problem}")
            for fact, value in report.facts.items():
                line(f"  {fact}: {value}")
    return TROUBLE if any(report.problems for report in reports.values()) else DONE


async def _reports(engine: Engine) -> dict[str, Report]:
    return {name: await _report(engine, name) for name in engine.context.connectors}


async def _report(engine: Engine, name: ConnectionId) -> Report:
    connector = engine.context.connectors[name]
    try:
        report = await engine.context.remote.call(
            name, Lane.ORDERS, "check", connector.check, reads=True
        )
        gone_back = await has_gone_back(engine.context, name)
    except RemoteError as error:
        return Report(
            {}, (f"{sentence(error)} Nothing is exchanged with it until this is mended.",)
        )
    if gone_back is None:
        return report
    return Report(report.facts, (*report.problems, sentence(gone_back)))


def _plain(report: Report) -> dict[str, object]:
    return {
        "ok": not report.problems,
        "problems": list(report.problems),
        "facts": report.facts,
    }
