"""Whether something in the shop is still what our own write left there."""

from __future__ import annotations

import hashlib

import msgspec

from panstore.connectors.woocommerce.wire import WireFact

__all__ = ["FACT_FIELDS", "fingerprint"]

FACT_FIELDS = ",".join(WireFact.__struct_fields__)
"""Value of `_fields` where rows are only read to be compared."""

_VARIATION = "variation"
_FACT = msgspec.json.Decoder(WireFact)
_ENCODER = msgspec.json.Encoder(order="deterministic")


def fingerprint(document: bytes | msgspec.Raw) -> tuple[int, str] | None:
    """Id of a product or variation, and a digest of all that people or programs can change of it.

    Args:
        document: JSON as the shop answers to a write, lists it, or sends it in a message; with
            all of `FACT_FIELDS`.

    Returns:
        Equal digests only for equal values; unequal ones perhaps for equal values, where the shop
        writes them in two ways. None for what is no product.
    """
    try:
        fact = _FACT.decode(document)
    except (msgspec.DecodeError, UnicodeDecodeError):
        return None
    if fact.type == _VARIATION:
        _as_variation(fact)
    digest = hashlib.blake2b(_ENCODER.encode(fact), digest_size=16)
    return fact.id, digest.hexdigest()


def _as_variation(fact: WireFact) -> None:
    """Take away what a variation has only where it is shown in the shape of a product.

    Its name and tax class are those of its product in some answers; its picture is one in the one
    shape, a list in the other (WooCommerce 10.5, recorded 14-variations-batch,
    48-webhook-product).
    """
    fact.name = fact.tax_class = None
    fact.short_description = fact.catalog_visibility = fact.categories = None
    if fact.images is None:
        fact.images = [] if fact.image is None else [fact.image]
    fact.image = None
