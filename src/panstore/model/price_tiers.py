"""Contract prices as a shop keeps them that stores prices: tiers per agreement, not per buyer."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal

import msgspec

from panstore.model.contract import OfferState
from panstore.model.ids import ExternalId
from panstore.model.plan import OutcomeState

__all__ = [
    "Buyer",
    "BuyerOutcome",
    "PriceTier",
    "PriceTiers",
    "TiersOutcome",
    "TiersWrite",
    "decode_tiers",
    "encode_tiers",
]


class PriceTier(msgspec.Struct, frozen=True):
    """What holds from a quantity on, until the next tier.

    Attributes:
        least: sales units, > 0.
        amount: of one sales unit, > 0; only where `state` is `agreed`.
        until: aware UTC; from then on nobody knows, and PanStore writes anew. None: no date rules.
    """

    least: Decimal
    state: OfferState
    amount: Decimal | None = None
    until: dt.datetime | None = None


class PriceTiers(msgspec.Struct, frozen=True, tag="tiers"):
    """All that a shop keeps of one variant under one agreement.

    Attributes:
        tiers: by `least`, ascending, no two neighbours alike; empty: the shop's own price holds,
            and the shop keeps nothing of the variant.
        includes_tax: whether the amounts are gross.
    """

    tiers: tuple[PriceTier, ...]
    currency: str
    includes_tax: bool = False


class TiersWrite(msgspec.Struct, frozen=True):
    """One absolute write.

    Attributes:
        product: the shop's id of the variant.
    """

    product: ExternalId
    tiers: PriceTiers
    sku: str = ""


class TiersOutcome(msgspec.Struct, frozen=True):
    """What became of one write.

    Attributes:
        code, message: why it was refused, in the shop's words.
    """

    product: ExternalId
    state: OutcomeState
    code: str = ""
    message: str = ""


class Buyer(msgspec.Struct, frozen=True):
    """At what an account of a shop buys.

    Attributes:
        agreement: None: at the shop's own prices, and the shop keeps nothing of the account.
        title: of the agreement, for the buyer to read.
    """

    account: ExternalId
    agreement: ExternalId | None
    title: str = ""


class BuyerOutcome(msgspec.Struct, frozen=True):
    """What became of one buyer's write."""

    account: ExternalId
    state: OutcomeState
    code: str = ""
    message: str = ""


_encoder = msgspec.json.Encoder(order="deterministic")
_decoder: msgspec.json.Decoder[PriceTiers] = msgspec.json.Decoder(PriceTiers)


def encode_tiers(tiers: PriceTiers) -> str:
    """Canonical text, for the ledger and the audit."""
    return _encoder.encode(tiers).decode()


def decode_tiers(text: str) -> PriceTiers:
    """The tiers that `encode_tiers` wrote."""
    return _decoder.decode(text)
