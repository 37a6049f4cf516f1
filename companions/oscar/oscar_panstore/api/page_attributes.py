"""Attributes and weight of variants, as texts on the outside."""

import datetime as dt
import re
from collections.abc import Callable
from decimal import Decimal, InvalidOperation
from typing import Any

from django.core.exceptions import ObjectDoesNotExist
from django.utils.text import slugify
from oscar.core.loading import get_model

from oscar_panstore.api.errors import refused

ProductAttribute = get_model("catalogue", "ProductAttribute")

WEIGHT = "weight"
"""Code of the attribute that Oscar's shipping by weight reads, in kilograms (django-oscar 4.2,
shipping/scales.py)."""

_LONGEST_NAME = 128
_YES, _NO = ("yes", "true", "1"), ("no", "false", "0")


def _values(variant: Any) -> dict[str, Any]:
    """Values by code of attribute; a variant has those of its page that it does not override."""
    rows: dict[str, Any] = {}
    for owner in (variant.parent if variant.is_child else None, variant):
        if owner is not None:
            rows |= {row.attribute.code: row for row in owner.attribute_values.all()}
    return rows


def weight_of(variant: Any) -> Decimal | None:
    """Kilograms; None if nobody has said, or something that is no number."""
    row = _values(variant).get(WEIGHT)
    if row is None:
        return None
    try:
        weight = Decimal(str(row.value).strip())
    except InvalidOperation:
        return None
    return weight if weight.is_finite() and weight >= 0 else None


def attributes_of(variant: Any) -> dict[str, str]:
    """Name -> value as text; files and empty ones are left out."""
    found: dict[str, str] = {}
    for code, row in _values(variant).items():
        if code == WEIGHT or row.attribute.is_file or row.attribute.is_entity:
            continue
        text = _text(row)
        if text:
            found.setdefault(row.attribute.name.strip(), text)
    return dict(sorted(found.items()))


def _text(row: Any) -> str:
    if row.attribute.type == ProductAttribute.BOOLEAN:
        # Oscar's own word for it is of the visitor's language.
        return "" if row.value is None else ("Yes" if row.value else "No")
    if isinstance(row.value, dt.date):
        return row.value.isoformat()
    return "" if row.value is None else str(row.value_as_text).strip()


def write_weight(variant: Any, weight: Decimal | None) -> bool:
    """Keep a variant's weight; True if it was another."""
    if weight_of(variant) == weight:
        return False
    attribute, _ = ProductAttribute.objects.get_or_create(
        product_class=variant.get_product_class(),
        code=WEIGHT,
        defaults={"name": "Weight (kg)", "type": ProductAttribute.FLOAT},
    )
    try:
        attribute.save_value(variant, None if weight is None else _stored(attribute, str(weight)))
    except ValueError as error:
        message = f"The shop's attribute {WEIGHT!r} is of the type {attribute.type}."
        raise refused("attribute_type", message, "weight") from error
    return True


def write_attributes(variant: Any, wanted: dict[str, str]) -> bool:
    """Keep exactly these attributes (and the weight); True if anything was changed.

    Raises:
        ApiError: A value does not fit the type the shop's people gave the attribute.
    """
    present = attributes_of(variant)
    if present == wanted:
        return False
    known = {
        one.name.strip(): one
        for one in variant.get_product_class().attributes.exclude(code=WEIGHT).order_by("-pk")
    }
    for name in present.keys() - wanted.keys():
        known[name].save_value(variant, [] if known[name].is_multi_option else None)
    for name, text in wanted.items():
        if present.get(name) == text:
            continue
        attribute = known.get(name) or _made(variant.get_product_class(), name)
        try:
            attribute.save_value(variant, _stored(attribute, text))
        except (ValueError, ObjectDoesNotExist) as error:
            message = (
                f"{text!r} is no value of the attribute {name!r}, which is of the type "
                f"{attribute.get_type_display()} in the shop."
            )
            raise refused("attribute_value", message, "attributes") from error
    return True


def _made(product_class: Any, name: str) -> Any:
    if len(name) > _LONGEST_NAME:
        message = f"The name of attribute {name[:40]!r}… has more than {_LONGEST_NAME} characters."
        raise refused("too_long", message, "attributes")
    code = "a_" + re.sub(r"\W", "_", slugify(name))
    taken = set(product_class.attributes.values_list("code", flat=True))
    # Two names may come to the same code; letters of other scripts leave nothing of theirs.
    free, number = code[:120], 1
    while free in taken:
        number += 1
        free = f"{code[:120]}_{number}"
    return ProductAttribute.objects.create(
        product_class=product_class, name=name, code=free, type=ProductAttribute.TEXT
    )


def _stored(attribute: Any, text: str) -> Any:
    """A text as a value of the attribute's type.

    Raises:
        ValueError: It is none.
    """
    if attribute.is_multi_option:
        return list(attribute.option_group.options.filter(option__in=_options(attribute, text)))
    convert = _CONVERT.get(attribute.type)
    return text if convert is None else convert(text)


def _options(attribute: Any, text: str) -> list[str]:
    names = [part.strip() for part in text.split(",")]
    if attribute.option_group.options.filter(option__in=names).count() != len(set(names)):
        raise ValueError(text)
    return names


def _flag(text: str) -> bool:
    word = text.strip().lower()
    if word not in (*_YES, *_NO):
        raise ValueError(text)
    return word in _YES


_CONVERT: dict[str, Callable[[str], Any]] = {
    ProductAttribute.INTEGER: int,
    ProductAttribute.FLOAT: float,
    ProductAttribute.BOOLEAN: _flag,
    ProductAttribute.DATE: dt.date.fromisoformat,
    ProductAttribute.DATETIME: dt.datetime.fromisoformat,
}
