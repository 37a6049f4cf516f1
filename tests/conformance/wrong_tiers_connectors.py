"""Shop connectors with one mistake each about kept prices; the suite must catch them."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial

from msgspec.structs import replace

from panstore.model.ids import ExternalId
from panstore.model.price_tiers import (
    Buyer,
    BuyerOutcome,
    PriceTiers,
    TiersOutcome,
    TiersWrite,
)
from panstore.sdk.errors import OutcomeUnknownError, UnavailableError
from panstore.testing.world import SimShopConnector

__all__ = [
    "BlindShop",
    "CertainShop",
    "HoardingShop",
    "SwallowingTiersShop",
    "ThoroughShop",
    "open_",
]


class HoardingShop(SimShopConnector):
    """Takes empty tiers for nothing to do."""

    async def write_tiers(
        self, agreement: ExternalId, writes: Sequence[TiersWrite]
    ) -> Sequence[TiersOutcome]:
        said = [one for one in writes if one.tiers.tiers]
        outcomes = await super().write_tiers(agreement, said)
        left = [TiersOutcome(one.product, "done") for one in writes if not one.tiers.tiers]
        return [*outcomes, *left]


class BlindShop(SimShopConnector):
    """Writes the first tier only."""

    async def write_tiers(
        self, agreement: ExternalId, writes: Sequence[TiersWrite]
    ) -> Sequence[TiersOutcome]:
        return await super().write_tiers(agreement, [_first(one) for one in writes])


class ThoroughShop(SimShopConnector):
    """Forgets an agreement's buyers together with its prices."""

    async def drop_agreement(self, agreement: ExternalId) -> None:
        await super().drop_agreement(agreement)
        tiers = self._shop.tiers
        tiers.buyers = {id_: one for id_, one in tiers.buyers.items() if one.agreement != agreement}


class CertainShop(SimShopConnector):
    """Says that nothing was done where nobody can know."""

    async def write_buyers(self, buyers: Sequence[Buyer]) -> Sequence[BuyerOutcome]:
        try:
            return await super().write_buyers(buyers)
        except OutcomeUnknownError as error:
            raise UnavailableError(self.id, "write_buyers", str(error)) from error


class SwallowingTiersShop(SimShopConnector):
    """Reports every write as done."""

    async def write_tiers(
        self, agreement: ExternalId, writes: Sequence[TiersWrite]
    ) -> Sequence[TiersOutcome]:
        outcomes = await super().write_tiers(agreement, writes)
        return [TiersOutcome(one.product, "done") for one in outcomes]


def _first(write: TiersWrite) -> TiersWrite:
    tiers: PriceTiers = write.tiers
    return replace(write, tiers=replace(tiers, tiers=tiers.tiers[:1]))


def open_(connector: type[SimShopConnector]) -> partial[SimShopConnector]:
    """The connector of a shop that keeps prices."""
    return partial(connector, tiers_batch=50)
