"""Contract prices as the simulated shop keeps them, and what it charges by them."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from decimal import Decimal

from panstore.model.ids import ExternalId
from panstore.model.price_tiers import Buyer, PriceTier, PriceTiers

__all__ = ["StoredTiers"]


class StoredTiers:
    """Tables of a shop that stores contract prices; writes are checked by who writes.

    Attributes:
        kept: by agreement and variant.
        buyers: accounts that buy under an agreement.
    """

    def __init__(self) -> None:
        self.kept: dict[tuple[ExternalId, ExternalId], PriceTiers] = {}
        self.buyers: dict[ExternalId, Buyer] = {}

    def put(self, agreement: ExternalId, product: ExternalId, tiers: PriceTiers) -> None:
        """Replace all that is kept of one variant; nothing is kept of empty tiers."""
        if tiers.tiers:
            self.kept[agreement, product] = tiers
        else:
            self.kept.pop((agreement, product), None)

    def put_buyer(self, buyer: Buyer) -> None:
        """Replace at what an account buys; nothing is kept of one without an agreement."""
        if buyer.agreement is None:
            self.buyers.pop(buyer.account, None)
        else:
            self.buyers[buyer.account] = buyer

    def of(
        self, agreement: ExternalId, products: Iterable[ExternalId]
    ) -> dict[ExternalId, PriceTiers]:
        """What is kept of `products`."""
        return {one: self.kept[agreement, one] for one in products if (agreement, one) in self.kept}

    def agreements(self) -> list[ExternalId]:
        """Of which anything is kept."""
        known = {agreement for agreement, _ in self.kept}
        known |= {one.agreement for one in self.buyers.values() if one.agreement is not None}
        return sorted(known)

    def drop(self, agreement: ExternalId) -> None:
        """Forget its prices; who buys under it still does, at the shop's own."""
        self.kept = {key: one for key, one in self.kept.items() if key[0] != agreement}

    def forget_product(self, product: ExternalId) -> None:
        """The shop has deleted it."""
        self.kept = {key: one for key, one in self.kept.items() if key[1] != product}

    def charges(
        self,
        account: ExternalId,
        product: ExternalId,
        quantity: Decimal,
        usual: Decimal | None,
        now: dt.datetime,
    ) -> Decimal | None:
        """Price of one sales unit for an account that takes so many; None: not for sale to it.

        Args:
            usual: what everybody pays.
            now: aware; a tier that is over by then says nothing, and nothing is sold by guess.
        """
        buyer = self.buyers.get(account)
        if buyer is None or buyer.agreement is None:
            return usual
        tiers = self.of(buyer.agreement, [product]).get(product)
        tier = None if tiers is None else _tier(tiers.tiers, quantity)
        if tier is None:
            return usual
        if tier.until is not None and tier.until <= now:
            return None
        return {"agreed": tier.amount, "usual": usual}.get(tier.state)


def _tier(tiers: tuple[PriceTier, ...], quantity: Decimal) -> PriceTier | None:
    reached = [one for one in tiers if one.least <= quantity]
    return reached[-1] if reached else None
