"""What a company may say about web orders."""

from __future__ import annotations

import datetime as dt
from typing import Annotated, Literal

from pydantic import Field, field_validator, model_validator

from panstore.model.customer import MatchBy
from panstore.sdk import Settings

__all__ = ["Event", "OrderSettings"]

Event = Literal[
    "imported",
    "waiting",
    "reserved",
    "invoiced",
    "partly_shipped",
    "shipped",
    "cancelled",
    "refunded",
]
"""How far an order has come, for the shop's status; later ones outdo earlier ones."""

_Word = Annotated[str, Field(min_length=1)]
_Code = Annotated[str, Field(pattern="^[A-Z]{3}$")]


class OrderSettings(Settings):
    """Settings of S4 for one route.

    Attributes:
        warehouse: the ERP's code of the warehouse that ships web orders.
        match: how a buyer is recognised in the ERP, tried in this order.
        generic_customer: the ERP's code of the one party for all web orders; needed with
            `generic` in `match`.
        unknown_product: whether an article the ERP does not know parks the order or is created.
        rounding_limit_cents_per_line: by how many cents per line and VAT rate the ERP's total
            may differ from the shop's; the difference becomes a rounding line.
        delivery_methods, payment_methods: the shop's code -> the ERP's word.
        unmapped_method: what happens to a method that is in neither table: its code is passed
            on as it is, or the order is parked.
        currencies: ISO 4217 codes that are active in the ERP; others park the order.
        from_date: first day, in the company's zone, whose orders are taken over; None for the
            moment at which web orders were first switched on.
        erp_cancelled: what happens when somebody cancels a sale in the ERP: `park` shows the
            order to a person, `tell` gives it the status of `cancelled` in `tell`.
        tell: how far an order has come -> the shop's status word for it. Without any the shop is
            told nothing; with one it also hears parcels and document numbers. Events: `imported`,
            `waiting`, `reserved`, `invoiced`, `partly_shipped`, `shipped`, `cancelled`, `refunded`.
    """

    warehouse: Annotated[str, Field(min_length=1)]
    match: Annotated[tuple[MatchBy, ...], Field(min_length=1)] = ("vat", "email", "address")
    generic_customer: str = ""
    unknown_product: Literal["park", "create"] = "park"
    rounding_limit_cents_per_line: Annotated[int, Field(ge=0)] = 1
    delivery_methods: dict[str, str] = Field(default_factory=dict)
    payment_methods: dict[str, str] = Field(default_factory=dict)
    unmapped_method: Literal["pass", "park"] = "pass"
    currencies: Annotated[tuple[_Code, ...], Field(min_length=1)] = ("EUR",)
    from_date: dt.date | None = None
    erp_cancelled: Literal["park", "tell"] = "park"
    tell: dict[Event, _Word] = Field(default_factory=dict)

    @field_validator("match")
    @classmethod
    def _distinct(cls, modes: tuple[MatchBy, ...]) -> tuple[MatchBy, ...]:
        if len(set(modes)) != len(modes):
            raise ValueError("a way of matching is named twice; name each once")
        return modes

    @model_validator(mode="after")
    def _generic_has_code(self) -> OrderSettings:
        if "generic" in self.match and not self.generic_customer.strip():
            raise ValueError(
                "match contains 'generic', so generic_customer must name the ERP's code of the"
                " party that stands for all web buyers"
            )
        return self

    @model_validator(mode="after")
    def _cancelled_has_word(self) -> OrderSettings:
        if self.erp_cancelled == "tell" and "cancelled" not in self.tell:
            raise ValueError(
                "erp_cancelled is 'tell', so tell must name the shop's status for 'cancelled'"
            )
        return self
