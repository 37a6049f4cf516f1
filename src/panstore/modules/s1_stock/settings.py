"""What a company may say about the stock its shop offers."""

from __future__ import annotations

from decimal import Decimal
from typing import Annotated, Literal

from pydantic import Field, field_validator

from panstore.sdk import Settings

__all__ = ["Promise", "StockSettings"]

Promise = Literal["all", "reserved"]
"""Which promises of the ERP lower the offer: every confirmed one, or only reserved goods."""


class StockSettings(Settings):
    """Settings of S1 for one route.

    Attributes:
        warehouses: the ERP's codes of the warehouses the shop sells from, at least one.
        safety_stock: held back from every item, in the ERP's *stock units* (bottles, not
            crates), because it guards goods on a shelf; >= 0.
        promise: `all` takes off everything confirmed and not yet shipped; `reserved` only what
            is already assigned to documents.
    """

    warehouses: Annotated[tuple[str, ...], Field(min_length=1)]
    safety_stock: Annotated[Decimal, Field(ge=0, allow_inf_nan=False)] = Decimal(0)
    promise: Promise = "all"

    @field_validator("warehouses")
    @classmethod
    def _distinct(cls, codes: tuple[str, ...]) -> tuple[str, ...]:
        if any(not code.strip() for code in codes):
            raise ValueError("a warehouse code is empty; give the ERP's codes, e.g. ['LJ']")
        if len(set(codes)) != len(codes):
            raise ValueError("a warehouse is named twice; its goods would count twice")
        return codes
