"""Fields of products one by one: their names, their canonical text, and words for people."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal
from typing import Any

import msgspec
from msgspec import UNSET

from panstore.model.product import ProductFields, VariantFields
from panstore.model.product_plan import Side
from panstore.model.quantity import plain

__all__ = [
    "PRODUCT_FIELDS",
    "VARIANT_FIELDS",
    "FieldValue",
    "decode_field",
    "decode_value",
    "encode_field",
    "encode_value",
    "field_words",
    "fields_set",
]

PRODUCT_FIELDS: tuple[str, ...] = ProductFields.__struct_fields__
"""Names of the fields of a product."""

"""Names of a product's fields, in order."""

VARIANT_FIELDS: tuple[str, ...] = VariantFields.__struct_fields__
"""Likewise of a variant's, the price among them."""
"""Names of the fields of a variant."""

_TYPES: dict[str, Any] = {
    field.name: field.type
    for kind in (VariantFields, ProductFields)
    for field in msgspec.structs.fields(kind)
}
_encoder = msgspec.json.Encoder(order="deterministic")


class FieldValue(msgspec.Struct, frozen=True):
    """One field of one record, as the audit keeps it before and after a write.

    Attributes:
        side: which system held it.
        variant: first part of the field's key, empty for the product itself.
        value: canonical text (`encode_field`), empty where the field did not exist.
    """

    side: Side
    variant: str
    field: str
    value: str


_value_decoder = msgspec.json.Decoder(FieldValue)


def encode_value(value: FieldValue) -> str:
    """Text for the columns `before` and `after` of the audit."""
    return _encoder.encode(value).decode()


def decode_value(text: str) -> FieldValue:
    """What `encode_value` wrote."""
    return _value_decoder.decode(text)


def encode_field(value: object) -> str:
    """Canonical text of a field's value; empty for UNSET. Equal values have equal texts."""
    if value is UNSET:
        return ""
    if isinstance(value, Decimal):
        value = plain(value)
    return _encoder.encode(value).decode()


def decode_field(name: str, text: str) -> Any:
    """The value that `encode_field` wrote for the field of that name."""
    return UNSET if not text else msgspec.json.decode(text, type=_TYPES[name])


def field_words(name: str, text: str) -> str:
    """A field's canonical text as people read it; a dash where there is nothing."""
    value = decode_field(name, text)
    if value is UNSET or value is None or value in ("", ()):
        return "-"
    if isinstance(value, bool):
        return "yes" if value else "no"
    words = _WORDS.get(name)
    return str(value) if words is None else words(value)


_WORDS: dict[str, Callable[[Any], str]] = {
    "weight": lambda value: f"{plain(value)} kg",
    "price": plain,
    "categories": lambda value: "; ".join(" > ".join(path) for path in value),
    "attributes": lambda value: ", ".join(f"{key}: {what}" for key, what in value),
    "images": lambda value: ", ".join(image.name or image.digest[:8] for image in value),
}


def fields_set(fields: ProductFields | VariantFields) -> dict[str, Any]:
    """Name and value of the fields that are set, in order."""
    return {
        name: value
        for name in fields.__struct_fields__
        if (value := getattr(fields, name)) is not UNSET
    }
