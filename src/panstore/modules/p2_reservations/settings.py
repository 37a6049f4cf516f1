"""What a company may say about reservations."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from panstore.sdk import Settings
from panstore.sdk.rules import Rule

__all__ = ["ReservationSettings"]


class ReservationSettings(Settings):
    """Settings of P2 for one route.

    Attributes:
        rule: orders for which it holds get their goods set aside; where it stops holding they
            are given back.
        shortage: where goods are short, set aside what is there, or the whole order or nothing.
        unpaid_hours: so long after an order was placed its goods are given back if
            `unpaid_rule` holds; none for never.
        unpaid_rule: which orders count as unpaid for `unpaid_hours`.
        priority: who is first when orders wait for the same goods: who ordered first, or the
            paid ones before the others.
    """

    rule: Rule = Rule("true")
    shortage: Literal["part", "whole"] = "part"
    unpaid_hours: Annotated[int, Field(ge=1)] | None = None
    unpaid_rule: Rule = Rule("!order.paid")
    priority: Literal["first_come", "paid_first"] = "first_come"
