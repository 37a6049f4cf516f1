"""What a company may say about contract prices."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from panstore.sdk.contracts import ContractSettings

__all__ = ["ContractPriceSettings"]


class ContractPriceSettings(ContractSettings):
    """Settings of S5 for one route.

    Net or gross and places are not set here: the shop's connector says them. Who has which
    agreement is not either: the ERP knows it, and a person says which account is whose.

    Attributes:
        currency: ISO 4217 code in which prices are asked for, where the shop names none.
        erp_down: what holds while the ERP cannot be asked: `last_known`, the last price it gave,
            as long as that is not older than `last_known_hours` and its own dates allow; `usual`,
            the shop's own price, at once.
        last_known_hours: how old a price may be that is shown while the ERP cannot be asked.
        missing: what holds for an article of which the agreement says nothing: `usual`, the shop's
            own price; `withhold`, it is not sold to these buyers and parked.
        below_cost: what holds for an agreed price below what the article costs the company, which
            is parked as an alarm in any case: `sell` at it, `usual` price, or `withhold`.
        on_difference: what becomes of an order that charges another price than was agreed: `park`
            shows it to a person, `accept` books what was charged, `correct` books what was agreed
            as long as nothing of it is paid and no line gets dearer by it, and parks it otherwise.
        tolerance_cents: by how many cents a line may differ from what was agreed without being
            different.
    """

    missing: Literal["usual", "withhold"] = "usual"
    below_cost: Literal["sell", "usual", "withhold"] = "sell"
    on_difference: Literal["park", "accept", "correct"] = "park"
    tolerance_cents: Annotated[int, Field(ge=0, le=100)] = 1
