"""Asks the flow modules what is due for an order."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping

import msgspec

from panstore.engine.context import Route
from panstore.model.ids import ModuleCode
from panstore.model.plan import Held
from panstore.sdk.modules import (
    Act,
    CreateProduct,
    FindCustomer,
    OrderCase,
    QueueMessages,
    WaitUntil,
)

__all__ = ["Decision", "decide"]


class Decision(msgspec.Struct, frozen=True):
    """What comes next for an order.

    Attributes:
        step: None if nothing is due; `module` is the one that wants it.
        held: reasons for which modules do not go on.
        wake_at: when the order has to be looked at though nothing happens to it; `wake_why` says
            for people what happens then.
    """

    step: Act | FindCustomer | CreateProduct | QueueMessages | None = None
    module: ModuleCode = ModuleCode("")
    held: tuple[Held, ...] = ()
    wake_at: dt.datetime | None = None
    wake_why: str = ""


def decide(route: Route, case: OrderCase, refused: Mapping[ModuleCode, Held]) -> Decision:
    """The next step: each module in its place, then what other systems shall hear.

    Args:
        refused: modules that take no further step in this run, with the reason. What they hold the
            order for by themselves is told all the same: a person has to mend both.
    """
    held = list(refused.values())
    wait: WaitUntil | None = None
    modules = sorted(route.flow_modules.items(), key=lambda item: item[1][0].place)
    for ask in ("due", "report"):
        for code, (module, settings) in modules:
            if code in refused and ask == "report":
                continue
            due = module.due if ask == "due" else module.report
            match due(case, settings):
                case None:
                    pass
                case Held() as reason:
                    held.append(reason)
                case _ if code in refused:
                    pass
                case WaitUntil() as later:
                    wait = later if wait is None or later.at < wait.at else wait
                case step:
                    return Decision(step, code)
    if wait is None:
        return Decision(held=tuple(held))
    return Decision(held=tuple(held), wake_at=wait.at, wake_why=wait.reason)
