"""What a company may say about invoices."""

from __future__ import annotations

from typing import Literal

from panstore.sdk import Settings
from panstore.sdk.rules import Rule

__all__ = ["InvoiceSettings"]


class InvoiceSettings(Settings):
    """Settings of P1 for one route.

    Attributes:
        rule: orders for which it holds are invoiced.
        scope: one invoice for the whole order, or one for each part that has been shipped.
        credit: whether goods that go back are credited at once, or when all that had left has come.
    """

    rule: Rule = Rule("order.shipped")
    scope: Literal["order", "shipped"] = "order"
    credit: Literal["at_once", "received"] = "at_once"
