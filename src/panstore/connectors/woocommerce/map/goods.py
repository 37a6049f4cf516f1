"""Products and variations as variants, with their stock and prices; and back."""

from __future__ import annotations

import datetime as dt
import html
import re
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal

import msgspec

from panstore.connectors.woocommerce.map.settings import STANDARD, Terms
from panstore.connectors.woocommerce.wire import WireBareGoods, WireGoods
from panstore.model.ids import ExternalId
from panstore.model.plan import Operation, WriteOutcome
from panstore.model.price import PriceTarget, Promotion
from panstore.model.product import Variant
from panstore.model.quantity import plain
from panstore.model.stock import ShopStock, StockTarget
from panstore.sdk.errors import MappingError

__all__ = [
    "Parent",
    "bare",
    "is_sold_from_stock",
    "number",
    "present_price",
    "present_stock",
    "price_item",
    "price_outcome",
    "refused",
    "row",
    "stock_item",
    "stock_outcome",
    "variant",
]

_ROW = msgspec.json.Decoder(WireGoods)
_BARE = msgspec.json.Decoder(WireBareGoods)

_ID = re.compile(r"[1-9][0-9]{0,17}")
_AMOUNT = re.compile(r"[0-9]{1,15}(\.[0-9]{1,10})?")
_PUBLISHED = "publish"
_VARIATION = "variation"
_TAXABLE = "taxable"
# A collection of other products, and goods that another shop sells.
_NOT_SOLD = frozenset({"grouped", "external"})
# Products with variations, those of plugins (`variable-subscription`) included.
_WITH_VARIATIONS = "variable"
_NOT_TAXED = "(not taxed)"
_MIDNIGHT = dt.time()
# PHP's integers in the column of stock quantities.
_MOST = Decimal(10) ** 15


@dataclass(frozen=True, slots=True)
class Parent:
    """What a variation takes from its product.

    Attributes:
        name: HTML-escaped, as the shop answers.
        sku: HTML-escaped; shown as that of each variation that has none itself.
    """

    name: str
    status: str
    sku: str = ""


def number(id_: ExternalId) -> int | None:
    """The number WooCommerce knows it by, None if it cannot be one."""
    return int(id_) if _ID.fullmatch(id_) else None


def row(raw: msgspec.Raw) -> WireGoods:
    """A row of a list.

    Raises:
        MappingError: it is not as WooCommerce answers; a plugin has changed it.
    """
    try:
        return _ROW.decode(raw)
    except msgspec.DecodeError as error:
        found = _BARE.decode(raw)
        words = f"cannot be read ({error}); a plugin of the shop has changed how it answers"
        raise MappingError(f"product {found.id} of the shop", "its data", words) from error


def bare(less: WireBareGoods) -> WireGoods:
    """A row that cannot be read, as far as it can: enough to be seen and named, not to be sold."""
    return WireGoods(
        less.id,
        type=_if_text(less.type, "simple"),
        parent_id=less.parent_id if isinstance(less.parent_id, int) else 0,
        status=_if_text(less.status, ""),
        name=_if_text(less.name, ""),
        sku=_if_text(less.sku, ""),
    )


def _if_text(said: object, otherwise: str) -> str:
    return said if isinstance(said, str) else otherwise


def is_sold_from_stock(goods: WireGoods) -> bool:
    """Whether it is itself put into a cart and taken from a stock."""
    return goods.type not in _NOT_SOLD and not goods.type.startswith(_WITH_VARIATIONS)


def variant(goods: WireGoods, parent: Parent | None, rates: Mapping[str, Decimal]) -> Variant:
    """A product that is sold, or a variation.

    Args:
        goods: as the shop lists it.
        parent: the product of a variation; None if it is none, or its product is in the trash or
            gone.
        rates: VAT in per cent by the shop's tax class.
    """
    title, active = _plain(goods.name), goods.status == _PUBLISHED
    sku = _plain(goods.sku)
    if parent is not None:
        # No two may have one SKU, so it is the product's, lent (WooCommerce 10.5, source: `get_sku`
        # of class-wc-product-variation.php). Taken for its own, all of them would be one article.
        sku = "" if sku == _plain(parent.sku) else sku
        title = f"{_plain(parent.name)} - {title}".strip(" -")
    if goods.parent_id:
        active = active and parent is not None and parent.status == _PUBLISHED
    rate = rates.get(goods.tax_class or STANDARD)
    if rates and goods.tax_status != _TAXABLE:
        rate = Decimal(0)
    return Variant(
        id=ExternalId(str(goods.id)),
        sku=sku,
        title=title,
        # WooCommerce takes an EAN with hyphens.
        gtin=goods.global_unique_id.replace("-", "").strip(),
        parent=ExternalId(str(goods.parent_id)) if goods.parent_id else None,
        active=active,
        tracked=bool(goods.manage_stock) or not goods.virtual,
        tax_rates=() if rate is None else (rate,),
    )


def _plain(text: str) -> str:
    return html.unescape(text).strip()


def present_stock(goods: WireGoods) -> ShopStock | None:
    """What a visitor can buy of it now.

    Returns:
        None where it has no stock of its own: the shop sells it without counting, or from the
        stock of its product. What is written to it then is never equal to what it has.
    """
    if goods.manage_stock is not True or goods.stock_quantity is None:
        return None
    return ShopStock(ExternalId(str(goods.id)), goods.stock_quantity)


def present_price(goods: WireGoods, terms: Terms) -> PriceTarget | None:
    """Its price, None where the shop has none, and so does not sell it."""
    if not _AMOUNT.fullmatch(goods.regular_price):
        return None
    tax_class = goods.tax_class or STANDARD
    if goods.tax_status != _TAXABLE:
        # It is none of the classes; with one of them it would be taxed.
        tax_class = _NOT_TAXED
    return PriceTarget(
        amount=_amount(goods.regular_price, terms),
        currency=terms.currency,
        includes_tax=terms.includes_tax,
        tax_class=tax_class if terms.taxes else None,
        promotion=_promotion(goods, terms),
    )


def _amount(text: str, terms: Terms) -> Decimal:
    """The amount, with the shop's decimals unless it has more of them."""
    value = Decimal(text)
    cent = Decimal(1).scaleb(-terms.digits)
    rounded = value.quantize(cent)
    return rounded if rounded == value else value


def _promotion(goods: WireGoods, terms: Terms) -> Promotion | None:
    if not _AMOUNT.fullmatch(goods.sale_price):
        return None
    ends = _moment(goods.date_on_sale_to)
    last = None if ends is None else ends.date()
    if ends is not None and ends.time() == _MIDNIGHT:
        # A sale ends with this very second, so the day before was its last.
        last = ends.date() - dt.timedelta(days=1)
    starts = _moment(goods.date_on_sale_from)
    first = None if starts is None else starts.date()
    return Promotion(_amount(goods.sale_price, terms), first, last)


def _moment(text: str | None) -> dt.datetime | None:
    """A time of the shop's own zone, without a zone, as WooCommerce writes it."""
    try:
        return dt.datetime.fromisoformat(text or "")
    except ValueError:
        return None


def stock_item(operation: Operation) -> dict[str, object] | WriteOutcome:
    """One item of a stock write, or why it cannot be said to the shop at all.

    WooCommerce does not check the items of a batch: "abc" becomes 0, 3.7 becomes 3 (10.5,
    recorded 21-batch-unvalidated). So everything is checked here.
    """
    target, value = operation.target, operation.after
    id_ = number(target)
    if id_ is None:
        return _no_id(target)
    if not isinstance(value, StockTarget) or not value.free.is_finite():
        return refused(target, "not_a_quantity", f"{value} is no free quantity")
    if not 0 <= value.free < _MOST or value.free != value.free.to_integral_value():
        words = f"{plain(value.free)} is no whole quantity from 0 up, and the shop takes no other"
        return refused(target, "not_a_quantity", words)
    return {"id": id_, "manage_stock": True, "stock_quantity": int(value.free)}


def price_item(operation: Operation, terms: Terms) -> dict[str, object] | WriteOutcome:
    """One item of a price write, or why it cannot be said to the shop at all.

    A price that WooCommerce does not understand is blanked, and the goods are not sold any more;
    "10,50" becomes 1050 (10.5, recorded 08-product-prices).
    """
    target, value = operation.target, operation.after
    id_ = number(target)
    if id_ is None:
        return _no_id(target)
    if not isinstance(value, PriceTarget):
        return refused(target, "not_a_price", f"{value} is no price")
    if value.currency != terms.currency:
        words = f"the price is in {value.currency}, the shop sells in {terms.currency}"
        return refused(target, "wrong_currency", words)
    if value.includes_tax != terms.includes_tax:
        kind = "with tax" if terms.includes_tax else "without tax"
        return refused(target, "wrong_terms", f"the shop stores prices {kind}")
    promotion = value.promotion
    amounts = [value.amount, *([] if promotion is None else [promotion.amount])]
    texts = [_text(amount, terms.digits) for amount in amounts]
    if None in texts:
        shown = " and ".join(f"{amount}" for amount in amounts)
        words = f"{shown} is no amount from 0 up with at most {terms.digits} decimal places"
        return refused(target, "not_a_price", words)
    item: dict[str, object] = {
        "id": id_,
        "regular_price": texts[0],
        "sale_price": "" if promotion is None else texts[1],
        "date_on_sale_from": _first_second(None if promotion is None else promotion.starts),
        "date_on_sale_to": _last_second(None if promotion is None else promotion.ends),
    }
    if value.tax_class is not None:
        item |= {"tax_status": _TAXABLE, "tax_class": value.tax_class}
    return item


def _text(amount: Decimal, digits: int) -> str | None:
    """The amount as WooCommerce reads it, None if it cannot be said exactly."""
    if not amount.is_finite() or not 0 <= amount < _MOST:
        return None
    rounded = amount.quantize(Decimal(1).scaleb(-digits))
    return f"{rounded:f}" if rounded == amount else None


# Empty takes a date away; times are in the shop's own zone.
def _first_second(day: dt.date | None) -> str:
    return "" if day is None else f"{day.isoformat()}T00:00:00"


def _last_second(day: dt.date | None) -> str:
    return "" if day is None else f"{day.isoformat()}T23:59:59"


def stock_outcome(target: ExternalId, goods: WireGoods) -> WriteOutcome:
    """What became of one stock write, with the free quantity now stored."""
    present = present_stock(goods)
    if present is None:
        words = "the shop answered, but it keeps no stock of it all the same"
        return WriteOutcome(target, "unknown", None, "not_stored", words)
    return WriteOutcome(target, "done", StockTarget(max(present.free, Decimal(0))))


def price_outcome(target: ExternalId, goods: WireGoods, terms: Terms) -> WriteOutcome:
    """What became of one price write, with the price now stored."""
    present = present_price(goods, terms)
    if present is None:
        words = "the shop answered, but it has no price for it all the same"
        return WriteOutcome(target, "unknown", None, "not_stored", words)
    return WriteOutcome(target, "done", present)


def refused(target: ExternalId, code: str, message: str) -> WriteOutcome:
    """A refusal of one item."""
    return WriteOutcome(target, "refused", None, code, message)


def _no_id(target: ExternalId) -> WriteOutcome:
    return refused(target, "unknown_product", f"{target!r} is no product id of the shop")
