"""How a module for contract prices makes itself known, what it is given, what it answers.

Pure like all modules: the engine asks the ERP and remembers; the module says what may be shown and
whether what an order charges is what was agreed.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from decimal import Decimal
from typing import Annotated, ClassVar, Literal, Protocol, runtime_checkable

import msgspec
from pydantic import Field

from panstore.model.contract import ContractPrice, Correction, Offer, VerdictOutcome
from panstore.model.ids import ModuleCode
from panstore.model.link import Link
from panstore.model.order import Order, OrderLine
from panstore.model.plan import Held
from panstore.sdk.connectors import Settings
from panstore.sdk.modules import RouteView

__all__ = [
    "Checked",
    "ContractItem",
    "ContractModule",
    "ContractSettings",
    "LineOffers",
    "Offered",
]


class ContractSettings(Settings):
    """What the engine itself has to know of the settings of a module for contract prices.

    Attributes:
        currency: ISO 4217 code in which prices are asked for, where the shop names none.
        erp_down: what holds while the ERP cannot be asked: `last_known`, the last price it gave,
            as long as that is not older than `last_known_hours` and its own dates allow; `usual`,
            the shop's own price, at once.
    """

    currency: Annotated[str, Field(pattern="^[A-Z]{3}$")] = "EUR"
    erp_down: Literal["last_known", "usual"] = "last_known"
    last_known_hours: float = Field(default=24.0, gt=0)


class ContractItem(msgspec.Struct, frozen=True):
    """One variant for one agreement.

    Attributes:
        quantity: sales units.
        price: for `quantity` times the link's factor; None if the ERP has lost the variant, or
            could not be asked and nothing is known that may still be used.
        as_of: when `price` was last known to be true; None: now.
        reachable: whether the ERP could be asked; `price` None and this False: nobody knows.
        agreement: the ERP's name of it, for people.
    """

    link: Link
    quantity: Decimal
    price: ContractPrice | None
    as_of: dt.datetime | None = None
    reachable: bool = True
    agreement: str = ""


class Offered(msgspec.Struct, frozen=True):
    """What may be shown, and what a person has to be told about it.

    Attributes:
        held: becomes a parked record of the module; None if there is nothing to mend. Its item is
            the link's.
    """

    offer: Offer
    held: Held | None = None


class LineOffers(msgspec.Struct, frozen=True):
    """One line of an order with what may have been shown for it when it was placed.

    Attributes:
        offers: those known to have been true about the order's moment first, the present one
            last; empty for a line that has no linked variant.
        exact: whether the first of them is known to have been true at the very moment; if not,
            nobody can tell which of them was.
    """

    line: OrderLine
    offers: tuple[Offer, ...]
    exact: bool = False


class Checked(msgspec.Struct, frozen=True):
    """The order may be booked.

    Attributes:
        reason: for people; says every difference.
        corrections: only with `corrected`.
    """

    outcome: VerdictOutcome
    reason: str = ""
    corrections: tuple[Correction, ...] = ()


@runtime_checkable
class ContractModule(Protocol):
    """A module that says what a buyer with an agreement is shown and charged."""

    code: ClassVar[ModuleCode]
    title: ClassVar[str]
    settings_type: ClassVar[type[ContractSettings]]

    def offer(self, item: ContractItem, settings: Settings, view: RouteView) -> Offered:
        """What the shop may show for one item."""

    def check(
        self, order: Order, lines: Sequence[LineOffers], settings: Settings, view: RouteView
    ) -> Checked | Held:
        """Whether an order of a buyer with an agreement charges what was agreed.

        Args:
            lines: all lines of the order, in its order.
        """
