"""P1 as the engine sees it."""

from __future__ import annotations

from typing import ClassVar

from panstore.model.errors import InvariantError
from panstore.model.ids import ModuleCode
from panstore.modules.p1_invoices.plan import next_step
from panstore.modules.p1_invoices.settings import InvoiceSettings
from panstore.sdk import FlowModule, Settings
from panstore.sdk.modules import Due, OrderCase, RuleSaid
from panstore.sdk.order_roles import IssueInvoices

__all__ = ["InvoiceModule", "module"]


class InvoiceModule:
    """Issues invoices and credit notes for web orders in the ERP."""

    code: ClassVar[ModuleCode] = ModuleCode("P1")
    title: ClassVar[str] = "Invoices"
    settings_type: ClassVar[type[Settings]] = InvoiceSettings
    place: ClassVar[int] = 30
    needs: ClassVar[frozenset[ModuleCode]] = frozenset({ModuleCode("S4")})
    erp_roles: ClassVar[tuple[type, ...]] = (IssueInvoices,)

    def due(self, case: OrderCase, settings: Settings) -> Due:
        """The next invoice or credit note, or None."""
        return next_step(case, _own(settings))

    def report(self, case: OrderCase, settings: Settings) -> Due:
        """Nothing: S4 tells the shop the numbers."""
        del case, settings
        return None

    def explain(self, case: OrderCase, settings: Settings) -> tuple[RuleSaid, ...]:
        """Whether the order is one of those that are invoiced, and why not."""
        return (_own(settings).rule.said(case, "rule"),)


def _own(settings: Settings) -> InvoiceSettings:
    if not isinstance(settings, InvoiceSettings):
        raise InvariantError(f"P1 was given {type(settings).__name__} instead of its settings")
    return settings


module: FlowModule = InvoiceModule()
