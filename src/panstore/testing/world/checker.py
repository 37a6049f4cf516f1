"""The judge: did anything get lost, doubled, oversold or dropped?

It knows only both systems' states and the history of calls, never what the engine believes.
"""

from __future__ import annotations

from collections.abc import Sequence

from panstore.model.ids import ConnectionId
from panstore.testing.world.case import Case, Duties
from panstore.testing.world.checker_life import judge_life
from panstore.testing.world.checker_orders import judge_orders
from panstore.testing.world.checker_stock import judge_stock, judge_writes
from panstore.testing.world.erp import SimErp
from panstore.testing.world.history import History

__all__ = ["Case", "Duties", "judge", "judge_life", "judge_orders", "judge_stock", "judge_writes"]


def judge(
    erp: SimErp,
    erp_connection: ConnectionId,
    cases: Sequence[Case],
    history: History,
    *,
    quiescent: bool = True,
) -> list[str]:
    """All violations, in words; empty if everything held.

    Args:
        erp_connection: id of the ERP's connection, to find its calls in the history.
        cases: every shop that sells from this ERP.
        quiescent: whether all work is done, so that what is not there now is lost.
    """
    found = list(judge_orders(erp, cases, complete=quiescent))
    found += judge_life(erp, cases, complete=quiescent)
    found += judge_writes(erp, erp_connection, cases, history)
    if quiescent:
        found += judge_stock(erp, cases)
    return found
