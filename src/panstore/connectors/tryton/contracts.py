"""What Tryton's parties have agreed: price lists, as a new sale would take and compute them."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from decimal import Decimal

from panstore.connectors.tryton.calls import CONTRACT_BATCH, GATEWAY, READ_BATCH, TrytonCalls
from panstore.connectors.tryton.map.contracts import (
    agreement,
    contract_prices,
    price_breaks,
    price_lines,
)
from panstore.connectors.tryton.map.rows import number_of, numbers_of, parts, rows
from panstore.connectors.tryton.wire_contracts import (
    AgreementRow,
    ContractPriceRow,
    PriceBreaksRow,
)
from panstore.model.contract import Agreement, ContractPrice, PriceWish
from panstore.model.ids import ExternalId
from panstore.sdk.errors import RejectedError

__all__ = ["TrytonContracts"]


class TrytonContracts(TrytonCalls):
    """ReadAgreements."""

    async def agreements(self, parties: Sequence[ExternalId]) -> Sequence[Agreement]:
        found: list[Agreement] = []
        for numbers in parts(numbers_of(parties), READ_BATCH):
            answer = await self._client.call("agreements", f"{GATEWAY}.agreements", numbers)
            found += [agreement(each) for each in rows(answer, AgreementRow, "party", "party")]
        return found

    async def contract_prices(
        self,
        agreement: ExternalId,
        wishes: Sequence[PriceWish],
        currency: str,
        day: dt.date,
    ) -> Sequence[ContractPrice]:
        price_list = self._list("contract prices", agreement)
        prices: list[ContractPrice] = []
        for start in range(0, len(wishes), CONTRACT_BATCH):
            some = wishes[start : start + CONTRACT_BATCH]
            answer = await self._client.call(
                f"prices by list {price_list}",
                f"{GATEWAY}.contract_prices",
                price_list,
                price_lines(some),
                currency,
                day,
            )
            priced = rows(answer, ContractPriceRow, "price of product", "product")
            prices += contract_prices(some, priced)
        return prices

    async def price_breaks(
        self, agreement: ExternalId, variants: Sequence[ExternalId], day: dt.date
    ) -> Mapping[ExternalId, tuple[Decimal, ...]]:
        price_list = self._list("price breaks", agreement)
        found: list[PriceBreaksRow] = []
        for numbers in parts(numbers_of(variants), CONTRACT_BATCH):
            answer = await self._client.call(
                f"breaks of list {price_list}",
                f"{GATEWAY}.price_breaks",
                price_list,
                numbers,
                day,
            )
            found += rows(answer, PriceBreaksRow, "breaks of product", "product")
        return price_breaks(found)

    def _list(self, operation: str, agreement: ExternalId) -> int:
        price_list = number_of(agreement)
        if price_list is None:
            raise RejectedError(
                self._id,
                operation,
                f"{agreement!r} is no id of a price list",
                code="unknown_price_list",
            )
        return price_list
