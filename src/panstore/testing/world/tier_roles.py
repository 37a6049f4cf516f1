"""The role of a shop that keeps contract prices, played by the simulated shop."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from decimal import Decimal

from panstore.model.ids import ConnectionId, ExternalId
from panstore.model.price_tiers import (
    Buyer,
    BuyerOutcome,
    PriceTier,
    PriceTiers,
    TiersOutcome,
    TiersWrite,
)
from panstore.sdk.capabilities import Capabilities
from panstore.sdk.errors import RejectedError
from panstore.testing.world.faults import Faults
from panstore.testing.world.session import Session
from panstore.testing.world.shop import SimShop

__all__ = ["TierRoles"]

_CENTS = Decimal("0.01")


class TierRoles:
    """Writes and reads stored contract prices through a session, with its faults.

    Attributes:
        _id, _session, _faults, _shop, _capabilities: of the connector.
        _tiers_batch: most items in one write; 0: it asks, and keeps nothing it is told.
    """

    _id: ConnectionId
    _session: Session
    _faults: Faults
    _shop: SimShop
    _tiers_batch: int
    _capabilities: Capabilities

    async def write_tiers(
        self, agreement: ExternalId, writes: Sequence[TiersWrite]
    ) -> Sequence[TiersOutcome]:
        def work() -> list[TiersOutcome]:
            self._admit_tiers("write_tiers", [one.product for one in writes])
            self._admit_keeping("write_tiers")
            return [self._write_tiers(agreement, one) for one in writes]

        summary = f"{agreement}, {len(writes)} items"
        return await self._session.call("write_tiers", summary, work, writes=True)

    async def tiers(
        self, agreement: ExternalId, products: Sequence[ExternalId]
    ) -> Mapping[ExternalId, PriceTiers]:
        summary = f"{agreement}, {len(products)} ids"
        return await self._session.call(
            "tiers", summary, lambda: self._shop.tiers.of(agreement, products)
        )

    async def write_buyers(self, buyers: Sequence[Buyer]) -> Sequence[BuyerOutcome]:
        def work() -> list[BuyerOutcome]:
            self._admit_tiers("write_buyers", [one.account for one in buyers])
            if any(one.agreement is not None for one in buyers):
                self._admit_keeping("write_buyers")
            return [self._write_buyer(one) for one in buyers]

        summary = f"{len(buyers)} accounts"
        return await self._session.call("write_buyers", summary, work, writes=True)

    async def buyers(self, accounts: Sequence[ExternalId]) -> Mapping[ExternalId, Buyer]:
        def work() -> dict[ExternalId, Buyer]:
            known = self._shop.tiers.buyers
            return {one: known[one] for one in accounts if one in known}

        return await self._session.call("buyers", f"{len(accounts)} ids", work)

    async def stored_agreements(self) -> Sequence[ExternalId]:
        return await self._session.call("stored_agreements", "", self._shop.tiers.agreements)

    async def drop_agreement(self, agreement: ExternalId) -> None:
        await self._session.call(
            "drop_agreement", agreement, lambda: self._shop.tiers.drop(agreement), writes=True
        )

    def _admit_tiers(self, operation: str, targets: Sequence[ExternalId]) -> None:
        if len(targets) > (self._tiers_batch or self._capabilities.read_batch):
            what = f"{len(targets)} items are too many"
            raise RejectedError(self._id, operation, what, code="too_many")
        if any(self._faults.poisonous(self._id, one) for one in targets):
            raise RejectedError(self._id, operation, "the batch is refused", code="bad_batch")

    def _admit_keeping(self, operation: str) -> None:
        if not self._tiers_batch:
            raise RejectedError(self._id, operation, "the shop asks", code="asks_for_prices")

    def _write_tiers(self, agreement: ExternalId, write: TiersWrite) -> TiersOutcome:
        refusal = self._faults.item_refusal(self._id, write.product)
        if refusal is None:
            refusal = self._wrong_with(write)
        if refusal is not None:
            return TiersOutcome(write.product, "refused", *refusal)
        self._shop.tiers.put(agreement, write.product, write.tiers)
        return TiersOutcome(write.product, "done")

    def _wrong_with(self, write: TiersWrite) -> tuple[str, str] | None:
        """Code and message of what the shop cannot take."""
        shop, tiers = self._shop, write.tiers
        if write.product not in shop.shelf:
            return "unknown_product", "there is no such product"
        if (tiers.currency, tiers.includes_tax) != (shop.currency, shop.prices_include_tax):
            return "wrong_terms", f"prices are in {shop.currency}"
        starts = [one.least for one in tiers.tiers]
        if any(one <= 0 for one in starts) or starts != sorted(set(starts)):
            return "not_ascending", "every tier starts above the one before it"
        wrong = [one for one in tiers.tiers if not _chargeable(one)]
        return ("not_a_price", f"{wrong[0].amount} is no price") if wrong else None

    def _write_buyer(self, buyer: Buyer) -> BuyerOutcome:
        refusal = self._faults.item_refusal(self._id, buyer.account)
        if refusal is None and buyer.account not in self._shop.accounts:
            refusal = "unknown_account", "there is no such account"
        if refusal is not None:
            return BuyerOutcome(buyer.account, "refused", *refusal)
        self._shop.tiers.put_buyer(buyer)
        return BuyerOutcome(buyer.account, "done")


def _chargeable(tier: PriceTier) -> bool:
    """Whether the amount is one exactly where it has to be, and of whole cents."""
    if tier.state != "agreed":
        return tier.amount is None
    amount = tier.amount
    return amount is not None and amount > 0 and amount == amount.quantize(_CENTS)
