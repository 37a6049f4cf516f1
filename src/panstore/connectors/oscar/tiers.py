"""Contract prices that the shop keeps in tables of its own."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from urllib.parse import quote

import msgspec

from panstore.connectors.oscar import map as translate
from panstore.connectors.oscar import wire_tiers
from panstore.connectors.oscar.client import Call, OscarClient, id_groups
from panstore.model.ids import ExternalId
from panstore.model.price_tiers import (
    Buyer,
    BuyerOutcome,
    PriceTiers,
    TiersOutcome,
    TiersWrite,
)

__all__ = ["TierRoles"]

_BATCH = 500

_WRITTEN = msgspec.json.Decoder(wire_tiers.WireTiersReply)
_KEPT = msgspec.json.Decoder(wire_tiers.WireTiersPage)
_DROPPED = msgspec.json.Decoder(wire_tiers.WireDropped)
_TOLD = msgspec.json.Decoder(wire_tiers.WireBuyerReply)
_BUYERS = msgspec.json.Decoder(wire_tiers.WireBuyerPage)
_AGREEMENTS = msgspec.json.Decoder(wire_tiers.WireAgreements)


class TierRoles:
    """The role of a shop that keeps contract prices.

    Attributes:
        _client: of the connector.
    """

    _client: OscarClient

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
        body = msgspec.json.encode({"agreement": agreement, "items": list(items.values())})
        call = Call("write contract prices", "contract-prices", body, "PUT")
        reply = await self._client.ask(call, _WRITTEN)
        answered = {str(item.product): item for item in reply.items}
        outcomes += [translate.tiers_outcome(one, answered.get(one)) for one in items]
        return outcomes

    async def tiers(
        self, agreement: ExternalId, products: Sequence[ExternalId]
    ) -> Mapping[ExternalId, PriceTiers]:
        """In as few calls as the length of an address allows."""
        found: dict[ExternalId, PriceTiers] = {}
        for some in id_groups(_numbers(products), _BATCH):
            path = f"{_prices_of(agreement)}&products={','.join(some)}"
            page = await self._client.ask(Call("read contract prices", path), _KEPT)
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
        body = msgspec.json.encode({"buyers": list(items.values())})
        call = Call("write buyers", "contract-buyers", body, "PUT")
        reply = await self._client.ask(call, _TOLD)
        answered = {str(item.account): item for item in reply.buyers}
        outcomes += [translate.buyer_outcome(one, answered.get(one)) for one in items]
        return outcomes

    async def buyers(self, accounts: Sequence[ExternalId]) -> Mapping[ExternalId, Buyer]:
        """In as few calls as the length of an address allows."""
        found: dict[ExternalId, Buyer] = {}
        for some in id_groups(_numbers(accounts), _BATCH):
            call = Call("read buyers", f"contract-buyers?accounts={','.join(some)}")
            page = await self._client.ask(call, _BUYERS)
            told = [translate.buyer(one) for one in page.buyers]
            found |= {one.account: one for one in told}
        return found

    async def stored_agreements(self) -> Sequence[ExternalId]:
        """All at once: there are as many as the ERP has price lists."""
        call = Call("read agreements", "contract-agreements")
        page = await self._client.ask(call, _AGREEMENTS)
        return [ExternalId(one) for one in page.agreements]

    async def drop_agreement(self, agreement: ExternalId) -> None:
        """One call; of an agreement that is not kept nothing is dropped."""
        call = Call("drop agreement", _prices_of(agreement), method="DELETE")
        await self._client.ask(call, _DROPPED)


def _numbers(ids: Sequence[ExternalId]) -> list[ExternalId]:
    """Those that the shop may have; a number is how it knows accounts and products alike."""
    return list(dict.fromkeys(one for one in ids if translate.product_id(one) is not None))


def _prices_of(agreement: ExternalId) -> str:
    return f"contract-prices?agreement={quote(agreement, safe='')}"
