"""Contract prices that the shop keeps, with the plugin PanStore in it."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence

import msgspec

from panstore.connectors.woocommerce import notices, wire_tiers
from panstore.connectors.woocommerce.companion import Companion, id_groups
from panstore.connectors.woocommerce.config import WooSettings
from panstore.connectors.woocommerce.map import tiers as translate
from panstore.connectors.woocommerce.map.goods import number
from panstore.model.ids import ConnectionId, ExternalId
from panstore.model.price_tiers import (
    Buyer,
    BuyerOutcome,
    PriceTiers,
    TiersOutcome,
    TiersWrite,
)
from panstore.sdk.errors import RejectedError

__all__ = ["TIERS_BATCH", "TierRoles"]

TIERS_BATCH = 500
"""Products or accounts in one call of the plugin (class-panstore-fields.php, 0.1)."""

_WRITTEN = msgspec.json.Decoder(wire_tiers.WireTiersReply)
_KEPT = msgspec.json.Decoder(wire_tiers.WireTiersPage)
_DROPPED = msgspec.json.Decoder(wire_tiers.WireDropped)
_TOLD = msgspec.json.Decoder(wire_tiers.WireBuyerReply)
_BUYERS = msgspec.json.Decoder(wire_tiers.WireBuyerPage)
_AGREEMENTS = msgspec.json.Decoder(wire_tiers.WireAgreements)


class TierRoles:
    """The roles of a shop that keeps contract prices, or asks for them.

    Attributes:
        _id, _settings: of the connection.
        _companion: the plugin, None if the shop has none.
    """

    _id: ConnectionId
    _settings: WooSettings
    _companion: Companion | None

    def trusted(self, headers: Mapping[str, str], body: bytes, now: dt.datetime) -> None:
        """Signed by the plugin, as its notices are."""
        secret = self._settings.companion_secret
        known = None if secret is None else secret.get_secret_value()
        notices.verified(self._id, "answer a question", known, headers, body, now)

    async def write_tiers(
        self, agreement: ExternalId, writes: Sequence[TiersWrite]
    ) -> Sequence[TiersOutcome]:
        """One call, in one transaction of the shop; the last write of a product counts."""
        items: dict[ExternalId, dict[str, object]] = {}
        outcomes: list[TiersOutcome] = []
        for write in writes:
            said = translate.tiers_item(write)
            if isinstance(said, TiersOutcome):
                outcomes.append(said)
            else:
                items[write.product] = said
        if not items:
            return outcomes
        operation = "write contract prices"
        body = msgspec.json.encode({"agreement": agreement, "items": list(items.values())})
        plugin = self._plugin(operation)
        reply = await plugin.ask(operation, "contract-prices", _WRITTEN, body=body, method="PUT")
        answered = {str(item.product): item for item in reply.items}
        outcomes += [translate.tiers_outcome(one, answered.get(one)) for one in items]
        return outcomes

    async def tiers(
        self, agreement: ExternalId, products: Sequence[ExternalId]
    ) -> Mapping[ExternalId, PriceTiers]:
        """In as few calls as the length of an address allows."""
        operation = "read contract prices"
        found: dict[ExternalId, PriceTiers] = {}
        for some in id_groups(_numbers(products), TIERS_BATCH):
            query = {"agreement": agreement, "products": ",".join(some)}
            plugin = self._plugin(operation)
            page = await plugin.ask(operation, "contract-prices", _KEPT, query=query)
            found |= {ExternalId(str(one.product)): translate.tiers(one) for one in page.items}
        return found

    async def write_buyers(self, buyers: Sequence[Buyer]) -> Sequence[BuyerOutcome]:
        """One call, in one transaction of the shop; the last write of an account counts."""
        items: dict[ExternalId, dict[str, object]] = {}
        outcomes: list[BuyerOutcome] = []
        for buyer in buyers:
            said = translate.buyer_item(buyer)
            if isinstance(said, BuyerOutcome):
                outcomes.append(said)
            else:
                items[buyer.account] = said
        if not items:
            return outcomes
        operation = "write buyers"
        body = msgspec.json.encode({"buyers": list(items.values())})
        plugin = self._plugin(operation)
        reply = await plugin.ask(operation, "contract-buyers", _TOLD, body=body, method="PUT")
        answered = {str(item.account): item for item in reply.buyers}
        outcomes += [translate.buyer_outcome(one, answered.get(one)) for one in items]
        return outcomes

    async def buyers(self, accounts: Sequence[ExternalId]) -> Mapping[ExternalId, Buyer]:
        """In as few calls as the length of an address allows."""
        operation = "read buyers"
        found: dict[ExternalId, Buyer] = {}
        for some in id_groups(_numbers(accounts), TIERS_BATCH):
            query = {"accounts": ",".join(some)}
            plugin = self._plugin(operation)
            page = await plugin.ask(operation, "contract-buyers", _BUYERS, query=query)
            told = [translate.buyer(one) for one in page.buyers]
            found |= {one.account: one for one in told}
        return found

    async def stored_agreements(self) -> Sequence[ExternalId]:
        """All at once: there are as many as the ERP has price lists."""
        operation = "read agreements"
        plugin = self._plugin(operation)
        page = await plugin.ask(operation, "contract-agreements", _AGREEMENTS)
        return [ExternalId(one) for one in page.agreements]

    async def drop_agreement(self, agreement: ExternalId) -> None:
        """One call; of an agreement that is not kept nothing is dropped."""
        operation, query = "drop agreement", {"agreement": str(agreement)}
        plugin = self._plugin(operation)
        await plugin.ask(operation, "contract-prices", _DROPPED, query=query, method="DELETE")

    def _plugin(self, operation: str) -> Companion:
        if self._companion is not None:
            return self._companion
        what = (
            "WooCommerce itself keeps no price of one buyer, and the shop is set up without the"
            " plugin PanStore. Install it in WordPress and enter its secret as `companion_secret`"
        )
        raise RejectedError(self._id, operation, what, code="no_companion")


def _numbers(ids: Sequence[ExternalId]) -> list[ExternalId]:
    """Those that the shop may have."""
    return list(dict.fromkeys(one for one in ids if number(one) is not None))
