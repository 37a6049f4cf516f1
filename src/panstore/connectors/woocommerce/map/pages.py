"""Products with their variations, as the shop holds them."""

from __future__ import annotations

import hashlib
import html
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal

import msgspec

from panstore.connectors.woocommerce.map.settings import STANDARD, Terms
from panstore.connectors.woocommerce.wire_pages import WireCategory, WirePage
from panstore.model.ids import ExternalId
from panstore.model.product import (
    Attributes,
    CategoryPath,
    Product,
    ProductFields,
    ProductVariant,
    VariantFields,
)
from panstore.model.quantity import plain

__all__ = [
    "JOINED",
    "KEY_META",
    "LABEL",
    "LABEL_META",
    "WEIGHT_DIGITS",
    "Shop",
    "category_paths",
    "has_variations",
    "hidden_label",
    "is_exchanged",
    "page",
    "plain_text",
    "taken_out",
]

KEY_META = "_panstore_key"
"""Where a product or variation that PanStore made carries the key it was made under."""

LABEL_META = "_panstore_label"
"""Set on a product whose variations differ by nothing but a label that PanStore gave them."""

LABEL = "Variant"
"""Name of that label: without any attribute a buyer could not choose between variations."""

JOINED = " | "
"""Between several values of one attribute, as WooCommerce itself writes them."""

WEIGHT_DIGITS = 5
"""Decimal places of a kilogram that survive a shop that weighs in pounds or ounces."""

_PUBLISHED = "publish"
_NOT_TAXED = "0"
_KILOGRAMS = {
    "kg": Decimal(1),
    "g": Decimal("0.001"),
    "lbs": Decimal("0.45359237"),
    "oz": Decimal("0.028349523125"),
}
_METRIC = frozenset({"kg", "g"})
_NUMBER = re.compile(r"[0-9]{1,9}(\.[0-9]{1,9})?")
_DEEPEST = 50
# Where goods are put that are put nowhere; its name differs from language to language.
_NOWHERE = frozenset({
    *("uncategorized", "uncategorised", "nekategorizirano", "brez-kategorije", "unkategorisiert"),
    *("nekategorisano", "senza-categoria", "non-classe", "sin-categorizar", "sem-categoria"),
    *("geen-categorie", "bez-kategorii", "nezarazene", "nezaradene", "okategoriserade"),
})


@dataclass(frozen=True, slots=True)
class Shop:
    """What has to be known of a shop to understand its products.

    Attributes:
        terms: how it states prices.
        weight_unit: kg, g, lbs or oz; another word means that no weight is understood.
        paths: of all its categories, by id.
    """

    terms: Terms
    weight_unit: str
    paths: Mapping[int, CategoryPath]


def plain_text(text: str) -> str:
    """A name as people read it; WooCommerce keeps it HTML-escaped (10.5, recorded 07)."""
    return html.unescape(text).strip()


def has_variations(row: WirePage) -> bool:
    """Whether variations of it are sold, not it itself."""
    return row.type.startswith("variable")


def is_exchanged(row: WirePage) -> bool:
    """Not a collection of other products, nor goods another shop sells, nor a variation."""
    return row.type not in {"grouped", "external", "variation"}


def category_paths(categories: Iterable[WireCategory]) -> dict[int, CategoryPath]:
    """Names from the root down, by id.

    The category of what is in none is left out, and so is one whose parents go in a circle or are
    not there.
    """
    rows = {one.id: one for one in categories}
    paths: dict[int, CategoryPath] = {}
    for one in rows.values():
        names: list[str] = []
        here: WireCategory | None = one
        while here is not None and len(names) < _DEEPEST:
            names.insert(0, plain_text(here.name))
            if not here.parent:
                paths[one.id] = tuple(names)
                break
            here = rows.get(here.parent)
    return {
        id_: path
        for id_, path in paths.items()
        if all(path) and not (len(path) == 1 and rows[id_].slug in _NOWHERE)
    }


def page(row: WirePage, variations: Sequence[WirePage], shop: Shop) -> Product:
    """A product with its variations; one that is sold itself is its own only variant."""
    paths = {shop.paths[one.id] for one in row.categories if one.id in shop.paths}
    fields = ProductFields(
        name=plain_text(row.name),
        description=row.description.strip(),
        tax=_rate(row, shop.terms),
        categories=tuple(sorted(paths)),
        active=row.status == _PUBLISHED,
    )
    if has_variations(row):
        shown = sorted(variations, key=lambda one: (one.menu_order, one.id))
        label = hidden_label(row)
        variants = tuple(_variant(one, _options(one, label), shop) for one in shown)
    else:
        variants = (_variant(row, _values(row), shop),)
    tracked = any(bool(one.manage_stock) or not one.virtual for one in (row, *variations))
    found = Product(ExternalId(str(row.id)), fields, variants, tracked=tracked)
    return msgspec.structs.replace(found, version=_digest(found))


def _digest(product: Product) -> str:
    """Without prices: S2 writes them all the time, S3 only those of what it makes."""
    replace = msgspec.structs.replace
    bare = [replace(one, fields=replace(one.fields, price=None)) for one in product.variants]
    product = replace(product, variants=tuple(bare))
    text = msgspec.json.encode(product, order="deterministic")
    return hashlib.blake2b(text, digest_size=12).hexdigest()


def _rate(row: WirePage, terms: Terms) -> str:
    if row.tax_status != "taxable":
        return _NOT_TAXED
    rate = terms.rates.get(row.tax_class or STANDARD)
    return "" if rate is None else plain(rate)


def _variant(row: WirePage, attributes: Attributes, shop: Shop) -> ProductVariant:
    fields = VariantFields(
        sku=plain_text(row.sku),
        gtin=row.global_unique_id.strip(),
        weight=_kilograms(row.weight, shop.weight_unit),
        attributes=attributes,
        active=row.status == _PUBLISHED,
        price=_net(row, shop.terms),
    )
    return ProductVariant(ExternalId(str(row.id)), fields)


def _kilograms(text: str, unit: str) -> Decimal | None:
    if not _NUMBER.fullmatch(text) or unit not in _KILOGRAMS:
        return None
    weight = Decimal(text) * _KILOGRAMS[unit]
    return weight if unit in _METRIC else weight.quantize(Decimal(1).scaleb(-WEIGHT_DIGITS))


def taken_out(weight: Decimal | None, unit: str) -> str:
    """Kilograms as the shop keeps them; empty where nobody has said."""
    if weight is None or unit not in _KILOGRAMS:
        return ""
    said = weight / _KILOGRAMS[unit]
    return plain(said if unit in _METRIC else said.quantize(Decimal(1).scaleb(-9)))


def _net(row: WirePage, terms: Terms) -> Decimal | None:
    """The price without VAT where it is kept so; what a gross one contains is S2's business."""
    if terms.includes_tax or not _NUMBER.fullmatch(row.regular_price):
        return None
    return Decimal(row.regular_price)


def _values(row: WirePage) -> Attributes:
    """Attributes of a product that is sold itself."""
    return _named((one.name, JOINED.join(one.options)) for one in row.attributes)


def _options(row: WirePage, label: str) -> Attributes:
    """By what a variation differs from its sisters; "any" is no option."""
    return _named((one.name, one.option) for one in row.attributes if one.name != label)


def hidden_label(row: WirePage) -> str:
    """Name of the attribute that is nothing but a label of ours; empty if there is none."""
    return LABEL if row.kept(LABEL_META) else ""


def _named(pairs: Iterable[tuple[str, str]]) -> Attributes:
    said = {plain_text(name): plain_text(value) for name, value in pairs}
    return tuple(sorted((name, value) for name, value in said.items() if name and value))
