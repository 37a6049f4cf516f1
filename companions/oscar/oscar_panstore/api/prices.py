"""Writing prices: the net price of one piece and the item's tax class."""

from decimal import Decimal
from typing import Any, NamedTuple

from django.db import connection, transaction
from django.utils import timezone
from oscar.core.loading import get_model

from oscar_panstore import conf, locks, signals, strategy
from oscar_panstore.api import fields
from oscar_panstore.api.errors import ApiError, refused
from oscar_panstore.api.http import Call
from oscar_panstore.api.products import money, record_of
from oscar_panstore.models import ItemTax

Product = get_model("catalogue", "Product")
StockRecord = get_model("partner", "StockRecord")
_LARGEST = Decimal("9999999999.99")


class _Wanted(NamedTuple):
    product: Any
    record: int
    price: Decimal
    currency: str
    tax_class: str


def write_prices(call: Call) -> dict[str, Any]:
    """Set net prices of up to 500 products, absolute, in one transaction.

    Zero, negative and over-long prices, fractions of a cent, unknown tax classes and other
    currencies are refused per item; the others go through.
    """
    items = fields.batch(call.body, "items")
    with transaction.atomic():
        products = _products(items)
        outcomes: list[dict[str, Any]] = []
        wanted: list[_Wanted] = []
        for item in items:
            try:
                one = _wanted(fields.mapping(item), products)
            except ApiError as error:
                shown = item.get("product") if isinstance(item, dict) else None
                outcomes.append({"product": shown, "outcome": "refused", "error": error.body()})
                continue
            wanted.append(one)
            outcomes.append({
                "product": one.product.pk,
                "outcome": "done",
                "error": None,
                "price": money(one.price),
                "currency": one.currency,
                "tax_class": one.tax_class,
            })
        _store(wanted)
    return {"items": outcomes}


def _products(items: list[Any]) -> dict[int, Any]:
    ids = {
        int(str(item["product"]))
        for item in items
        if isinstance(item, dict) and str(item.get("product")).isdigit()
    }
    found = Product.objects.filter(pk__in=ids).select_related(
        "panstore_tax", "parent__panstore_tax"
    )
    return {product.pk: product for product in found.prefetch_related("stockrecords__partner")}


def _wanted(item: dict[str, Any], products: dict[int, Any]) -> _Wanted:
    product_id = fields.integer(item, "product", least=1)
    if product_id not in products:
        message = f"Product {product_id} does not exist in the shop; it was left out."
        raise ApiError(404, "unknown_product", message, "product")
    product = products[product_id]
    record = record_of(product)
    if record is None:
        message = f"Product {product_id} has no stock record (a parent, or not for sale)."
        raise refused("no_stockrecord", message, "product")
    currency = fields.text(item, "currency", longest=3, required=False, default=conf.currency())
    if currency != conf.currency():
        message = f"The shop sells in {conf.currency()}; {currency} is not converted."
        raise refused("currency", message, "currency")
    return _Wanted(product, record.pk, net_price(item), currency, _tax_class(item, product))


def net_price(item: dict[str, Any], name: str = "price") -> Decimal:
    """An item's price, which the shop must be able to hold to the cent."""
    price = fields.decimal(item, name)
    if price <= 0:
        message = f"A price of {price:f} is never a price; nothing was changed."
        raise refused("not_positive", message, name)
    if price > _LARGEST:
        raise refused("too_long", f"The shop holds prices up to {_LARGEST:f}.", name)
    if price != price.quantize(Decimal("0.01")):
        message = f"The shop holds whole cents; {price:f} has more. Round it first."
        raise refused("fraction_of_cent", message, name)
    return price.quantize(Decimal("0.01"))


def _tax_class(item: dict[str, Any], product: Any) -> str:
    if item.get("tax_class") is None:
        return strategy.tax_class_of(product)
    code = fields.text(item, "tax_class", longest=32)
    known = conf.tax_rates()
    if code not in known:
        message = f"The shop knows no tax class {code!r}; it knows {', '.join(sorted(known))}."
        raise refused("unknown_tax_class", message, "tax_class", allowed=sorted(known))
    return code


def _store(wanted: list[_Wanted]) -> None:
    rows = {one.record: one for one in wanted}
    present = {record.pk: record for record in locks.locked_stockrecords(list(rows))}
    changed = [
        one
        for one in rows.values()
        if (present[one.record].price, present[one.record].price_currency)
        != (one.price, one.currency)
    ]
    taxed = [one for one in rows.values() if _own_class(one.product) != one.tax_class]
    ItemTax.objects.bulk_create(
        [ItemTax(product_id=one.product.pk, code=one.tax_class) for one in taxed],
        update_conflicts=True,
        unique_fields=["product"],
        update_fields=["code"],
    )
    if changed:
        now = connection.ops.adapt_datetimefield_value(timezone.now())
        table = connection.ops.quote_name(StockRecord._meta.db_table)
        with connection.cursor() as cursor:
            cursor.executemany(
                f"UPDATE {table} SET price = %s, price_currency = %s, date_updated = %s "  # noqa: S608
                "WHERE id = %s",
                [(_stored(one.price), one.currency, now, one.record) for one in changed],
            )
    products = sorted({one.product.pk for one in (*changed, *taxed)})
    if products:
        transaction.on_commit(
            lambda: signals.values_written.send(
                sender=StockRecord, kind="price", products=products
            ),
            robust=True,
        )


def _own_class(product: Any) -> str | None:
    tax = getattr(product, "panstore_tax", None)
    return None if tax is None else str(tax.code)


def _stored(price: Decimal) -> Any:
    return connection.ops.adapt_decimalfield_value(price, max_digits=12, decimal_places=2)
