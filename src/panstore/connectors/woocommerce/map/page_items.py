"""What is written of a product or variation, in the shop's words, checked before it is sent."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

import msgspec
from msgspec import UNSET

from panstore.connectors.woocommerce.map.pages import (
    JOINED,
    KEY_META,
    LABEL_META,
    Shop,
    hidden_label,
    plain_text,
    taken_out,
)
from panstore.connectors.woocommerce.map.settings import STANDARD
from panstore.connectors.woocommerce.wire_pages import WireAttribute, WirePage
from panstore.model.ids import ExternalId
from panstore.model.price import sales_price
from panstore.model.product import Attributes, CategoryPath, ProductFields, VariantFields
from panstore.model.product_plan import ProductOutcome

__all__ = [
    "BUILDING_META",
    "WAS_META",
    "Item",
    "Known",
    "as_it_is",
    "as_it_was",
    "attributes_before",
    "cannot_split",
    "carried_over",
    "entries_said",
    "label_kept",
    "marks",
    "page_fields",
    "refusal",
    "single_again",
    "single_attributes",
    "single_before",
    "status_of",
    "taken_by",
    "variant_fields",
    "variation_attributes",
    "variation_before",
    "variation_options",
    "what_is_wrong",
    "with_options",
]

Item = dict[str, Any]

BUILDING_META = "_panstore_building"
"""Set on a product whose variations are not all there yet."""

WAS_META = "_panstore_was"
"""What a product was while it was sold itself, until its variations are there."""

_HIDDEN = "private"
_PUBLISHED = "publish"
_LONGEST_SKU = 100
_SKU_TAKEN = frozenset({"product_invalid_sku", "woocommerce_rest_product_not_created"})
_GTIN_TAKEN = "product_invalid_global_unique_id"


@dataclass(frozen=True, slots=True)
class Known:
    """What has to be known to say something to the shop.

    Attributes:
        tax_classes: VAT in per cent -> the shop's tax class.
        categories: ids of the categories by path.
        shared: ids of the attributes that all products share, by name in lower case.
    """

    shop: Shop
    tax_classes: Mapping[str, str]
    categories: Mapping[CategoryPath, int]
    shared: Mapping[str, int]


def refusal(code: str, message: str, taken: int | None = None) -> ProductOutcome:
    """A write that was not done, and left nothing behind."""
    holder = None if taken is None else ExternalId(str(taken))
    return ProductOutcome("refused", code=code, message=message, taken=holder)


def taken_by(code: str) -> str:
    """Our word for a refusal of the shop.

    Source: WooCommerce 10.5, recorded 04 (GTIN), 17 (a SKU kept by the trash), 18 (SKU).
    """
    if code in _SKU_TAKEN:
        return "sku_taken"
    return "gtin_taken" if code == _GTIN_TAKEN else code


def what_is_wrong(
    fields: ProductFields, variants: Sequence[VariantFields], known: Known
) -> ProductOutcome | None:
    """Why it cannot be said to the shop at all, None if it can.

    WooCommerce does not check the items of a batch (10.5, recorded 21-batch-unvalidated), so
    everything is checked here.
    """
    if fields.tax is not UNSET and fields.tax not in known.tax_classes:
        classes = ", ".join(sorted(known.tax_classes)) or "none"
        words = f"the shop has no tax class for {fields.tax or 'no rate'} %; it has {classes}"
        return refusal("unknown_tax", words)
    if fields.name is not UNSET and not fields.name.strip():
        return refusal("no_name", "the shop takes no product without a name")
    for one in variants:
        if one.sku is not UNSET and len(one.sku) > _LONGEST_SKU:
            return refusal("too_long", f"the shop keeps {_LONGEST_SKU} characters of a code")
        if isinstance(one.weight, Decimal) and not (one.weight.is_finite() and one.weight >= 0):
            return refusal("not_a_weight", f"{one.weight} is no weight")
        if isinstance(one.price, Decimal) and not (one.price.is_finite() and one.price >= 0):
            return refusal("not_a_price", f"{one.price} is no price")
    return None


def cannot_split(row: WirePage) -> ProductOutcome | None:
    """Why goods that are sold by themselves cannot become a product with variations."""
    if row.type == "simple":
        return None
    words = f"the shop sells it as '{row.type}', which has no variations; make it a simple product"
    return refusal("not_simple", words)


def page_fields(fields: ProductFields, known: Known) -> Item:
    """The set fields of a product's page, its visibility apart."""
    item: Item = {}
    if fields.name is not UNSET:
        item["name"] = _slashed(fields.name)
    if fields.description is not UNSET:
        item["description"] = _slashed(fields.description)
    if fields.tax is not UNSET:
        slug = known.tax_classes[fields.tax]
        # On products the standard class has no name.
        item |= {"tax_status": "taxable", "tax_class": "" if slug == STANDARD else slug}
    if fields.categories is not UNSET:
        item["categories"] = [{"id": known.categories[path]} for path in fields.categories]
    return item


def _slashed(text: str) -> str:
    """A backslash is taken off on the way in (10.5, recorded 07; `wp_filter_post_kses`)."""
    return text.replace("\\", "\\\\")


def variant_fields(fields: VariantFields, known: Known, tax: str) -> Item:
    """The set fields of a variant, attributes and visibility apart.

    Args:
        tax: VAT in per cent that the price is to include where the shop keeps gross prices.
    """
    item: Item = {}
    if fields.sku is not UNSET:
        item["sku"] = fields.sku
    if fields.gtin is not UNSET:
        item["global_unique_id"] = fields.gtin
    if fields.weight is not UNSET:
        item["weight"] = taken_out(fields.weight, known.shop.weight_unit)
    if isinstance(fields.price, Decimal):
        price = _price(fields.price, known, tax)
        if price is not None:
            item["regular_price"] = price
    return item


def _price(net: Decimal, known: Known, tax: str) -> str | None:
    """None where it would be nothing, or cannot be said without its VAT: then S2 says it."""
    terms = known.shop.terms
    if terms.includes_tax and not tax:
        return None
    price = sales_price(
        net,
        factor=Decimal(1),
        given_gross=False,
        wanted_gross=terms.includes_tax,
        rate=Decimal(tax) if tax else None,
        digits=terms.digits,
    )
    return f"{price:f}" if price > 0 else None


def status_of(*active: object) -> Item:
    """Visible only where all that were said are true; nothing where none was said."""
    said = [one for one in active if one is not UNSET]
    return {"status": _PUBLISHED if all(said) else _HIDDEN} if said else {}


def _same(one: str, other: str) -> bool:
    return plain_text(one).casefold() == plain_text(other).casefold()


def _entry(name: str, known: Known) -> WireAttribute:
    return WireAttribute(name=name, id=known.shared.get(name.casefold(), 0))


def _stands(one: WireAttribute, position: int) -> Item:
    who: Item = {"id": one.id} if one.id else {"name": one.name}
    kind = {"visible": one.visible, "variation": one.variation, "options": one.options}
    return {**who, "position": position, **kind}


def attributes_before(row: WirePage) -> list[Item]:
    """A product's attributes as they are, in the words of a write."""
    return entries_said(row.attributes)


def single_attributes(said: Attributes, row: WirePage | None, known: Known) -> list[Item]:
    """All attributes of a product that is sold itself; one of unchanged value stays as it is."""
    had = [] if row is None else row.attributes
    items: list[WireAttribute] = []
    for name, value in said:
        entry = next((one for one in had if _same(one.name, name)), None) or _entry(name, known)
        if plain_text(JOINED.join(entry.options)) != value:
            entry = WireAttribute(
                name=entry.name,
                id=entry.id,
                visible=entry.visible,
                options=[part.strip() for part in value.split(JOINED) if part.strip()],
            )
        items.append(entry)
    return entries_said(items)


def variation_options(row: WirePage) -> Attributes:
    """All options of a variation as they are kept, a label among them."""
    return tuple((one.name, one.option) for one in row.attributes if one.option)


def with_options(
    row: WirePage | None, finals: Sequence[Attributes], known: Known
) -> tuple[list[WireAttribute], bool]:
    """The attributes of a product so that each of its variations can have its options.

    Args:
        row: the product as it is, None for a new one.
        finals: options of all its variations as they shall be.

    Returns:
        All attributes of the product, and whether they differ from those it has.
    """
    entries = [] if row is None else list(row.attributes)
    changed = False
    for name, value in (pair for final in finals for pair in final):
        place = next((n for n, one in enumerate(entries) if _same(one.name, name)), None)
        entry = _entry(name, known) if place is None else entries[place]
        kept = value.replace("|", "/")
        known_value = any(plain_text(option) == plain_text(kept) for option in entry.options)
        if entry.variation and known_value and place is not None:
            continue
        changed = True
        options = entry.options if known_value else [*entry.options, kept]
        grown = WireAttribute(
            name=entry.name, id=entry.id, visible=entry.visible, variation=True, options=options
        )
        if place is None:
            entries.append(grown)
        else:
            entries[place] = grown
    return entries, changed


def variation_attributes(final: Attributes, entries: Sequence[WireAttribute]) -> list[Item]:
    """Options of one variation, named as its product names them."""
    items: list[Item] = []
    for name, value in final:
        entry = next(one for one in entries if _same(one.name, name))
        option = next(
            (one for one in entry.options if plain_text(one) == plain_text(value)),
            value.replace("|", "/"),
        )
        who: Item = {"id": entry.id} if entry.id else {"name": entry.name}
        items.append({**who, "option": option})
    return items


def variation_before(row: WirePage) -> Item:
    """Everything we may change of a variation, as it is, in the words of a write."""
    options = [
        {**({"id": one.id} if one.id else {"name": one.name}), "option": one.option}
        for one in row.attributes
    ]
    return {
        "id": row.id,
        "sku": row.sku,
        "global_unique_id": row.global_unique_id,
        "weight": row.weight,
        "regular_price": row.regular_price,
        "status": row.status,
        "attributes": options,
    }


def entries_said(entries: Sequence[WireAttribute]) -> list[Item]:
    """Attributes of a product in the words of a write."""
    return [_stands(one, position) for position, one in enumerate(entries)]


def carried_over(row: WirePage) -> Item:
    """What a variation takes over from the product it was while that was sold itself."""
    status = row.status if row.status in {_PUBLISHED, _HIDDEN} else _HIDDEN
    said = {"weight": row.weight, "virtual": row.virtual, "backorders": row.backorders}
    if row.virtual and not row.manage_stock:
        # Nobody counts it, so nobody would ever say how much there is.
        said["manage_stock"] = False
    return {**_codes_and_prices(row), **said, "status": status}


def single_before(row: WirePage) -> Item:
    """What makes a product one that is sold itself again, as it was.

    Its stock is as it was read: from then on nobody could buy it.
    """
    kept = None if row.stock_quantity is None else int(row.stock_quantity)
    stock = {"manage_stock": row.manage_stock, "stock_quantity": kept}
    return {"type": row.type, **_codes_and_prices(row), **stock}


def _codes_and_prices(row: WirePage) -> Item:
    return {
        "sku": row.sku,
        "global_unique_id": row.global_unique_id,
        "regular_price": row.regular_price,
        "sale_price": row.sale_price,
        "date_on_sale_from": row.date_on_sale_from or "",
        "date_on_sale_to": row.date_on_sale_to or "",
    }


class _Was(msgspec.Struct):
    """What is lost of a product when it becomes one with variations."""

    type: str
    sku: str
    global_unique_id: str
    regular_price: str
    sale_price: str
    date_on_sale_from: str | None
    date_on_sale_to: str | None
    manage_stock: bool | str
    stock_quantity: Decimal | None
    attributes: list[WireAttribute]


_WAS = msgspec.json.Decoder(_Was)


def as_it_is(row: WirePage) -> Item:
    """All of that, to be kept beside the product."""
    kept = _Was(**{name: getattr(row, name) for name in _Was.__struct_fields__})
    return {"key": WAS_META, "value": msgspec.json.encode(kept).decode()}


def as_it_was(row: WirePage) -> WirePage:
    """A product that was cut off on its way to variations, as it was before.

    What stock has been written to it since is newer than what it had.
    """
    try:
        was = _WAS.decode(row.kept(WAS_META))
    except msgspec.DecodeError:
        return row
    values = msgspec.structs.asdict(was)
    if row.manage_stock is True:
        values |= {"manage_stock": True, "stock_quantity": row.stock_quantity}
    return msgspec.structs.replace(row, **values)


def single_again(row: WirePage) -> Item:
    """Everything of `as_it_was`, in the words of a write."""
    gone = [{"key": name, "value": ""} for name in (WAS_META, LABEL_META)]
    return {**single_before(row), "attributes": attributes_before(row), "meta_data": gone}


def marks(key: str, *, label: bool = False, building: bool = False) -> list[Item]:
    """What PanStore keeps beside a record of its own."""
    kept: list[Item] = [{"key": KEY_META, "value": key}] if key else []
    if label:
        kept.append({"key": LABEL_META, "value": "1"})
    if building:
        kept.append({"key": BUILDING_META, "value": "1"})
    return kept


def label_kept(row: WirePage | None) -> bool:
    """Whether a product's variations go by labels of ours already."""
    return row is not None and bool(hidden_label(row))
