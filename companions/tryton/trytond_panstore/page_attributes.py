"""Attributes of variants as people read them: label and text."""

import datetime as dt
import json
from decimal import Decimal, InvalidOperation

from trytond.modules.panstore.access import GatewayError
from trytond.modules.panstore.quantities import plain
from trytond.pool import Pool
from trytond.tools import slugify

SET_NAME = "PanStore"
_TRUE, _FALSE = "yes", "no"
_JOINED_BY = "; "


def shown_attributes(variant):
    """[[label, text]] in order of label, each once; what has no text is left out."""
    found = {}
    for attribute, value in _known(variant):
        label, text = attribute.string.strip(), _text(attribute, value)
        if text:
            # Two definitions may have one label.
            found[label if label not in found else f"{label} ({attribute.name})"] = text
    return [list(pair) for pair in sorted(found.items())]


def write_attributes(variant, wanted):
    """Make the attributes that are shown those that are wanted.

    Args:
        variant: the variant.
        wanted: [[label, text]]; a label nobody knows becomes a new attribute for text.

    Raises:
        GatewayError: illegal_attribute.
    """
    Product = Pool().get("product.product")
    if [list(pair) for pair in wanted] == shown_attributes(variant):
        return
    known = _known(variant)
    kept = {attribute.name: value for attribute, value in known if not _text(attribute, value)}
    labels = {attribute.string.strip(): attribute for attribute, _ in reversed(known)}
    labels |= {
        f"{attribute.string.strip()} ({attribute.name})": attribute
        for attribute, _ in known
        if labels[attribute.string.strip()] != attribute
    }
    values, used = {}, []
    for label, text in wanted:
        attribute = labels.get(label) or _definition(label, variant.template)
        values[attribute.name] = _value(attribute, text)
        used.append(attribute)
    _allow(variant.template, used)
    Product.write([variant], {"attributes": kept | values})


def _known(variant):
    """Definition and value of what the variant has, in order of the definition's name."""
    Attribute = Pool().get("product.attribute")
    values = dict(variant.attributes or {})
    if not values:
        return []
    found = Attribute.search([("name", "in", list(values))], order=[("name", "ASC")])
    return [(attribute, values[attribute.name]) for attribute in found]


def _definition(label, template):
    """The attribute with this label, one of the product's set first; a new one if there is none."""
    Attribute = Pool().get("product.attribute")
    found = Attribute.search([("string", "=", label)], order=[("id", "ASC")])
    inside = set(template.attribute_set.attributes) if template.attribute_set else set()
    for attribute in [one for one in found if one in inside] + found:
        return attribute
    Attribute.lock()
    return Attribute.create([{"name": _free_name(label), "string": label, "type_": "char"}])[0]


def _free_name(label):
    Attribute = Pool().get("product.attribute")
    base = slugify(label.lower(), hyphenate="_") or "attribute"
    name, number = base, 1
    while Attribute.search([("name", "=", name)], limit=1):
        number += 1
        name = f"{base}_{number}"
    return name


def _allow(template, attributes):
    """Put attributes into the product's set; it gets ours if it has none."""
    pool = Pool()
    Set = pool.get("product.attribute.set")
    if not attributes:
        return
    allowed = template.attribute_set
    if not allowed:
        found = Set.search([("name", "=", SET_NAME)], order=[("id", "ASC")], limit=1)
        allowed = found[0] if found else Set.create([{"name": SET_NAME}])[0]
        pool.get("product.template").write([template], {"attribute_set": allowed.id})
    missing = [one.id for one in attributes if one not in set(allowed.attributes)]
    if missing:
        Set.write([allowed], {"attributes": [("add", sorted(set(missing)))]})


def _text(attribute, value):
    """A value in words; dates and numbers in one form, whatever language the user reads."""
    if value is None or value == "":
        return ""
    return _WRITERS.get(attribute.type_, _plain_text)(attribute, value)


def _plain_text(_attribute, value):
    return str(value).strip()


def _choice_text(attribute, value):
    return _choices(attribute).get(value, "")


def _choices_text(attribute, values):
    return _JOINED_BY.join(filter(None, (_choice_text(attribute, one) for one in values)))


def _number_text(_attribute, value):
    return plain(Decimal(str(value)))


def _day_text(_attribute, value):
    return value.isoformat()


_WRITERS = {
    "boolean": lambda _, value: _TRUE if value else _FALSE,
    "float": _number_text,
    "numeric": _number_text,
    "date": _day_text,
    "datetime": _day_text,
    "selection": _choice_text,
    "multiselection": _choices_text,
}


def _value(attribute, text):
    """The value that is shown as `text`."""
    try:
        return _READERS.get(attribute.type_, _as_text)(attribute, text)
    except (ValueError, KeyError, InvalidOperation) as error:
        raise GatewayError(
            "illegal_attribute",
            f"{text!r} cannot be written into the attribute {attribute.string!r}, which is of the "
            f"type {attribute.type_}; correct the value, or the type in the ERP",
        ) from error


def _choices(attribute):
    return dict(json.loads(attribute.selection_json))


def _as_text(_attribute, text):
    return text


def _as_boolean(_attribute, text):
    return {_TRUE: True, _FALSE: False}[text.strip().lower()]


def _as_choice(attribute, text):
    return {label: value for value, label in _choices(attribute).items()}[text]


def _as_choices(attribute, text):
    return [_as_choice(attribute, one) for one in text.split(_JOINED_BY)]


def _as_numeric(_attribute, text):
    number = Decimal(text)
    if not number.is_finite():
        raise ValueError(text)
    return number


_READERS = {
    "boolean": _as_boolean,
    "integer": lambda _, text: int(text),
    "float": lambda _, text: float(_as_numeric(_, text)),
    "numeric": _as_numeric,
    "date": lambda _, text: dt.date.fromisoformat(text),
    "datetime": lambda _, text: dt.datetime.fromisoformat(text),
    "selection": _as_choice,
    "multiselection": _as_choices,
}
