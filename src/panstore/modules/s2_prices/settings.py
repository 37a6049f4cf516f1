"""Which of the ERP's prices is the shop's default price."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from panstore.sdk import Settings

__all__ = ["PriceSettings"]


class PriceSettings(Settings):
    """Settings of S2 for one route.

    Net or gross, places and tax classes are not set here: the shop's connector says them.

    Attributes:
        price_list: the ERP's id of a price list; None for the list price of each article.
        promotion_list: list with prices for some days; only for shops with dated prices.
        currency: ISO 4217 code in which prices are asked for.
    """

    price_list: Annotated[str, Field(min_length=1)] | None = None
    promotion_list: Annotated[str, Field(min_length=1)] | None = None
    currency: Annotated[str, Field(pattern="^[A-Z]{3}$")] = "EUR"
