"""Whether something in the shop is still what our own write left there.

The shop shows goods in two ways: as they are stored (`context=edit`, and in answers to writes) and
as pages show them (otherwise, and in messages), where texts have been put into paragraphs
(WooCommerce 10.5, recorded 07-product-text). So there are two ways to compare: exactly, and by what
both have in common.
"""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass

import msgspec

from panstore.connectors.woocommerce.wire import WireFact

__all__ = ["FACT_FIELDS", "Fingerprint", "fingerprint"]

FACT_FIELDS = ",".join(WireFact.__struct_fields__)
"""Value of `_fields` where rows are only read to be compared; together with `context=edit`."""

_VARIATION = "variation"
_FACT = msgspec.json.Decoder(WireFact)
_ENCODER = msgspec.json.Encoder(order="deterministic")
_PARAGRAPH = re.compile(r"</?p\b[^<>]*>|<br\b[^<>]*>", re.IGNORECASE)
_AROUND_TAG = re.compile(r"\s*(<[^<>]*>)\s*")


@dataclass(frozen=True, slots=True)
class Fingerprint:
    """Digests of all that people or programs can change of a product or variation.

    Attributes:
        id: of it.
        exact: equal only for equal values, of two documents that show them as stored.
        shown: equal also where one shows them as stored and the other as pages do; then the two may
            differ in paragraphs, and in the short description.
    """

    id: int
    exact: str
    shown: str


def fingerprint(document: bytes | msgspec.Raw) -> Fingerprint | None:
    """Digests of a product or variation, None for what is none.

    Args:
        document: JSON as the shop answers to a write, lists it, or sends it in a message; with
            all of `FACT_FIELDS`.
    """
    try:
        fact = _FACT.decode(document)
    except (msgspec.DecodeError, UnicodeDecodeError):
        return None
    if fact.type == _VARIATION:
        _as_variation(fact)
    exact = _digest(fact)
    if isinstance(fact.description, str):
        fact.description = _without_paragraphs(fact.description)
    # Pages change its quotes too.
    fact.short_description = None
    return Fingerprint(fact.id, exact, _digest(fact))


def _digest(fact: WireFact) -> str:
    return hashlib.blake2b(_ENCODER.encode(fact), digest_size=16).hexdigest()


def _without_paragraphs(text: str) -> str:
    """Words and other tags of a text, in one line."""
    bare = _AROUND_TAG.sub(r"\1", _PARAGRAPH.sub(" ", text))
    return " ".join(bare.split())


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
