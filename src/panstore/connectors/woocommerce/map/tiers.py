"""Contract prices that the shop keeps, from the plugin's shapes and back."""

from __future__ import annotations

from decimal import Decimal

from panstore.connectors.woocommerce import wire_tiers as shapes
from panstore.connectors.woocommerce.map.goods import number
from panstore.model.ids import ExternalId
from panstore.model.plan import OutcomeState
from panstore.model.price_tiers import (
    Buyer,
    BuyerOutcome,
    PriceTier,
    PriceTiers,
    TiersOutcome,
    TiersWrite,
)
from panstore.model.quantity import plain

__all__ = [
    "buyer",
    "buyer_item",
    "buyer_outcome",
    "tiers",
    "tiers_item",
    "tiers_outcome",
]

_LONGEST_TITLE = 255


def tiers_item(write: TiersWrite) -> dict[str, object] | TiersOutcome:
    """One item of a write of tiers, or why it cannot be said to the shop at all."""
    id_ = number(write.product)
    if id_ is None:
        message = f"{write.product!r} is no product id of the shop"
        return TiersOutcome(write.product, "refused", "unknown_product", message)
    return {
        "product": id_,
        "currency": write.tiers.currency,
        "includes_tax": write.tiers.includes_tax,
        "tiers": [_tier_item(one) for one in write.tiers.tiers],
    }


def _tier_item(tier: PriceTier) -> dict[str, object]:
    return {
        "least": plain(tier.least),
        "state": tier.state,
        "amount": None if tier.amount is None else plain(tier.amount),
        "until": None if tier.until is None else tier.until.isoformat(),
    }


def tiers_outcome(product: ExternalId, item: shapes.WireTiersOutcome | None) -> TiersOutcome:
    """What became of one write; None: the answer does not mention it."""
    state, code, message = _outcome(item)
    return TiersOutcome(product, state, code, message)


def tiers(told: shapes.WireTiers) -> PriceTiers:
    """What the shop keeps of one product."""
    return PriceTiers(
        tuple(
            PriceTier(
                Decimal(one.least),
                one.state,
                None if one.amount is None else Decimal(one.amount),
                one.until,
            )
            for one in told.tiers
        ),
        told.currency,
        told.includes_tax,
    )


def buyer_item(buyer: Buyer) -> dict[str, object] | BuyerOutcome:
    """One item of a write of buyers, or why it cannot be said to the shop at all."""
    # A number is how WordPress knows accounts and products alike.
    id_ = number(buyer.account)
    if id_ is None:
        message = f"{buyer.account!r} is no id of an account of the shop"
        return BuyerOutcome(buyer.account, "refused", "unknown_account", message)
    title = buyer.title[:_LONGEST_TITLE]
    return {"account": id_, "agreement": buyer.agreement, "title": title}


def buyer_outcome(account: ExternalId, item: shapes.WireBuyerOutcome | None) -> BuyerOutcome:
    """What became of one write; None: the answer does not mention it."""
    state, code, message = _outcome(item)
    return BuyerOutcome(account, state, code, message)


def buyer(told: shapes.WireBuyer) -> Buyer:
    """Under which agreement an account buys."""
    return Buyer(ExternalId(str(told.account)), ExternalId(told.agreement), told.title)


def _outcome(
    item: shapes.WireTiersOutcome | shapes.WireBuyerOutcome | None,
) -> tuple[OutcomeState, str, str]:
    if item is None:
        return "unknown", "unmentioned", "the shop's answer does not mention it"
    if item.outcome == "done":
        return "done", "", ""
    error = item.error or shapes.WireItemRefusal("refused", "the shop did not say why")
    return "refused", error.code, error.message
