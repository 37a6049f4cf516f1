"""ERP connectors with one mistake each about agreements; the suite must catch them."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from decimal import Decimal

from msgspec.structs import replace

from panstore.model.contract import Agreement, ContractPrice, PriceWish
from panstore.model.ids import ExternalId
from panstore.sdk.errors import RejectedError, RemoteError
from panstore.sdk.roles import FeedBatch
from panstore.testing.world import SimErpConnector

__all__ = [
    "CallousErp",
    "CheerfulErp",
    "CoarseErp",
    "ConfusedErp",
    "DeafErp",
    "ForgetfulErp",
    "GenerousErp",
    "ObliviousErp",
    "PieceErp",
    "ShortsightedErp",
    "TimelessContractErp",
]


class _Reading(SimErpConnector):
    """Lets what was read be changed by a subclass."""

    def changed(self, price: ContractPrice) -> ContractPrice:
        return price

    async def contract_prices(
        self, agreement: ExternalId, wishes: Sequence[PriceWish], currency: str, day: dt.date
    ) -> Sequence[ContractPrice]:
        prices = await super().contract_prices(agreement, wishes, currency, day)
        return [self.changed(price) for price in prices]


class GenerousErp(_Reading):
    """Answers with the list price where the agreement is silent."""

    def changed(self, price: ContractPrice) -> ContractPrice:
        return price if price.amount is not None else replace(price, amount=price.usual)


class CheerfulErp(_Reading):
    """Keeps to itself that a price could not be computed."""

    def changed(self, price: ContractPrice) -> ContractPrice:
        return replace(price, problem="")


class ConfusedErp(_Reading):
    """Takes zero for nothing."""

    def changed(self, price: ContractPrice) -> ContractPrice:
        return replace(price, amount=price.amount or None)


class TimelessContractErp(_Reading):
    """Does not say until when a price holds."""

    def changed(self, price: ContractPrice) -> ContractPrice:
        return replace(price, valid_until=None)


class PieceErp(SimErpConnector):
    """Asks for the price of one, however many are meant."""

    async def contract_prices(
        self, agreement: ExternalId, wishes: Sequence[PriceWish], currency: str, day: dt.date
    ) -> Sequence[ContractPrice]:
        ones = list(dict.fromkeys(replace(wish, quantity=Decimal(1)) for wish in wishes))
        prices = await super().contract_prices(agreement, ones, currency, day)
        found = {price.variant: price for price in prices}
        return [
            replace(found[wish.variant], quantity=wish.quantity)
            for wish in wishes
            if wish.variant in found
        ]


class CallousErp(SimErpConnector):
    """Takes an agreement that is gone for one that is silent."""

    async def contract_prices(
        self, agreement: ExternalId, wishes: Sequence[PriceWish], currency: str, day: dt.date
    ) -> Sequence[ContractPrice]:
        try:
            return await super().contract_prices(agreement, wishes, currency, day)
        except RejectedError:
            return [ContractPrice(one.variant, one.quantity, None, None, "EUR") for one in wishes]


class ObliviousErp(SimErpConnector):
    """Takes a broken answer for a party without an agreement, and knows no default list."""

    async def agreements(self, parties: Sequence[ExternalId]) -> Sequence[Agreement]:
        try:
            found = await super().agreements(parties)
        except RemoteError:
            return [Agreement(party, None) for party in parties]
        return [one if one.id != self._erp.default_list else replace(one, id=None) for one in found]


class DeafErp(SimErpConnector):
    """Reads of parties that changed, and does not pass it on."""

    async def pull(self, limit: int) -> FeedBatch:
        batch = await super().pull(limit)
        signals = tuple(one for one in batch.signals if one.kind != "customer")
        return replace(batch, signals=signals)


class _Breaking(SimErpConnector):
    """Lets the breaks of each variant be changed by a subclass."""

    def changed(self, breaks: tuple[Decimal, ...]) -> tuple[Decimal, ...]:
        return breaks

    async def price_breaks(
        self, agreement: ExternalId, variants: Sequence[ExternalId], day: dt.date
    ) -> Mapping[ExternalId, tuple[Decimal, ...]]:
        found = await super().price_breaks(agreement, variants, day)
        return {variant: self.changed(breaks) for variant, breaks in found.items()}


class ForgetfulErp(_Breaking):
    """Leaves the largest break out."""

    def changed(self, breaks: tuple[Decimal, ...]) -> tuple[Decimal, ...]:
        return breaks[:-1]


class CoarseErp(_Breaking):
    """Knows whole units only."""

    def changed(self, breaks: tuple[Decimal, ...]) -> tuple[Decimal, ...]:
        return tuple(sorted({Decimal(int(one)) or Decimal(1) for one in breaks}))


class ShortsightedErp(SimErpConnector):
    """Takes a list that is gone, or a question that failed, for one without breaks."""

    async def price_breaks(
        self, agreement: ExternalId, variants: Sequence[ExternalId], day: dt.date
    ) -> Mapping[ExternalId, tuple[Decimal, ...]]:
        try:
            return await super().price_breaks(agreement, variants, day)
        except RemoteError:
            return {}
