"""From the companion's shapes to PanStore's values and back; pure and exact."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Iterable, Mapping
from decimal import Decimal
from typing import Any

import msgspec

from panstore.connectors.oscar import wire
from panstore.model.customer import Address, Customer
from panstore.model.ids import ExternalId
from panstore.model.order import Charge, Order, OrderLine, OrderStage, Payment
from panstore.model.plan import Operation, WriteOutcome
from panstore.model.price import PriceTarget
from panstore.model.product import Variant
from panstore.model.quantity import plain
from panstore.model.stock import ShopStock, StockTarget
from panstore.model.tax import Charged
from panstore.sdk.errors import MappingError
from panstore.sdk.roles import BrokenOrder

__all__ = [
    "broken_order",
    "gone_order",
    "order",
    "present_price",
    "present_stock",
    "price_item",
    "price_outcome",
    "product_id",
    "stock_item",
    "stock_outcome",
    "tax_classes",
    "variant",
]

_ID = re.compile(r"[1-9][0-9]{0,17}")
_QUANTITY = re.compile(r"[0-9]{1,15}(\.[0-9]{1,10})?")
_PLACE = re.compile(r"(?P<what>.*) - at `\$\.?(?P<field>.*)`", re.DOTALL)
_ORDER = msgspec.json.Decoder(wire.WireOrder)


def product_id(id_: ExternalId) -> int | None:
    """The number Oscar knows a variant by, None if it cannot be one of Oscar's ids."""
    return int(id_) if _ID.fullmatch(id_) else None


def variant(product: wire.WireProduct, rates: Mapping[str, Decimal]) -> Variant:
    """A sellable product.

    Args:
        product: as the shop lists it.
        rates: VAT in per cent by the shop's tax class.
    """
    rate = rates.get(product.tax_class or "")
    return Variant(
        id=ExternalId(str(product.id)),
        sku=(product.sku or "").strip(),
        title=product.title.strip(),
        gtin=(product.upc or "").strip(),
        parent=None if product.parent_id is None else ExternalId(str(product.parent_id)),
        active=product.is_public,
        tracked=product.tracks_stock,
        tax_rates=() if rate is None else (rate,),
    )


def present_stock(product: wire.WireProduct) -> ShopStock:
    """What a visitor can buy of it now; nothing where it has no stock record."""
    return ShopStock(ExternalId(str(product.id)), Decimal(product.free or 0))


def present_price(product: wire.WireProduct) -> PriceTarget | None:
    """Its net price, None where the shop has none."""
    if product.price is None or product.currency is None:
        return None
    return PriceTarget(
        amount=Decimal(product.price),
        currency=product.currency,
        includes_tax=False,
        tax_class=product.tax_class,
    )


def tax_classes(rates: Mapping[str, str]) -> dict[str, str]:
    """VAT rate -> tax class, from the shop's own table; a rate with two classes is left out.

    Args:
        rates: the shop's tax class -> VAT in per cent.
    """
    found: dict[str, list[str]] = {}
    for code, rate in rates.items():
        found.setdefault(plain(Decimal(rate)), []).append(code)
    return {rate: codes[0] for rate, codes in found.items() if len(codes) == 1}


def stock_outcome(target: ExternalId, item: wire.WireStockOutcome) -> WriteOutcome:
    """What became of one stock write, with the free quantity now stored."""
    if item.outcome == "refused":
        return _refused(target, item.error)
    if item.free is None:
        return WriteOutcome(target, "done")
    return WriteOutcome(target, "done", StockTarget(max(Decimal(item.free), Decimal(0))))


def price_outcome(target: ExternalId, item: wire.WirePriceOutcome) -> WriteOutcome:
    """What became of one price write, with the price now stored."""
    if item.outcome == "refused":
        return _refused(target, item.error)
    if item.price is None or item.currency is None:
        return WriteOutcome(target, "done")
    stored = PriceTarget(
        amount=Decimal(item.price),
        currency=item.currency,
        includes_tax=False,
        tax_class=item.tax_class,
    )
    return WriteOutcome(target, "done", stored)


def _refused(target: ExternalId, error: wire.WireError | None) -> WriteOutcome:
    if error is None:
        return _refusal(target, "refused", "the shop did not say why")
    return _refusal(target, error.code, error.message)


def stock_item(operation: Operation) -> dict[str, object] | WriteOutcome:
    """One item of a stock write, or why it cannot be said to the shop at all."""
    target, value = operation.target, operation.after
    number = product_id(target)
    if number is None:
        return _no_id(target)
    if not isinstance(value, StockTarget) or not value.free.is_finite() or value.free < 0:
        return _refusal(target, "not_a_quantity", f"{value} is no free quantity")
    return {"product": number, "free": plain(value.free)}


def price_item(operation: Operation) -> dict[str, object] | WriteOutcome:
    """One item of a price write, or why it cannot be said to the shop at all."""
    target, value = operation.target, operation.after
    number = product_id(target)
    if number is None:
        return _no_id(target)
    if not isinstance(value, PriceTarget) or not value.amount.is_finite():
        return _refusal(target, "not_a_price", f"{value} is no price")
    if value.includes_tax:
        return _refusal(target, "wrong_terms", "the shop stores net prices")
    if value.promotion is not None:
        return _refusal(target, "no_dates", "the shop has no prices with dates")
    price = {"product": number, "price": plain(value.amount), "currency": value.currency}
    return price if value.tax_class is None else {**price, "tax_class": value.tax_class}


def _no_id(target: ExternalId) -> WriteOutcome:
    return _refusal(target, "unknown_product", f"{target!r} is no product id of the shop")


def _refusal(target: ExternalId, code: str, message: str) -> WriteOutcome:
    return WriteOutcome(target, "refused", None, code, message)


def order(raw: bytes | msgspec.Raw, stages: Mapping[str, OrderStage]) -> Order:
    """One order, to the cent as it was charged.

    Args:
        raw: JSON of the order.
        stages: what each status of the shop means for the goods.

    Raises:
        MappingError: a field is missing, of the wrong form, or has no meaning for us.
    """
    try:
        document = _ORDER.decode(raw)
    except msgspec.ValidationError as error:
        raise _misshapen(raw, error) from error
    record = f"order {document.number}"
    billing = _address(document.billing_address)
    shipping = _address(document.shipping_address)
    return Order(
        id=ExternalId(str(document.id)),
        number=document.number,
        placed_at=_utc(record, document.placed_at),
        status=document.status,
        stage=_stage(record, document.status, stages),
        currency=document.currency,
        customer=_customer(document),
        lines=tuple(_line(record, at, line) for at, line in enumerate(document.lines)),
        total=Decimal(document.total_incl_tax),
        charges=tuple(_charges(record, document)),
        billing=billing,
        shipping=shipping,
        payments=tuple(_payment(payment) for payment in document.payments),
        discounts=tuple(_discount(discount) for discount in document.discounts),
        note=document.note.strip(),
    )


def _misshapen(raw: bytes | msgspec.Raw, error: msgspec.ValidationError) -> MappingError:
    id_, number = _identity(msgspec.json.decode(raw))
    place = _PLACE.fullmatch(str(error))
    what, field = (place["what"], place["field"]) if place else (str(error), "")
    return MappingError(f"order {number or id_}", field or "the document", f"is wrong: {what}")


def _utc(record: str, moment: dt.datetime) -> dt.datetime:
    try:
        return moment.astimezone(dt.UTC)
    except OverflowError as error:
        raise MappingError(record, "placed_at", f"is {moment.isoformat()}") from error


def _stage(record: str, status: str, stages: Mapping[str, OrderStage]) -> OrderStage:
    stage = stages.get(status)
    if stage is None:
        raise MappingError(
            record,
            "status",
            f"is {status!r}, and nobody has said whether the goods are then still in the shop:"
            " add it to `statuses` of the connection as open, shipped or cancelled",
        )
    return stage


def _line(record: str, at: int, line: wire.WireLine) -> OrderLine:
    quantity = Decimal(line.quantity)
    if quantity <= 0:
        raise MappingError(record, f"lines[{at}].quantity", f"is {line.quantity}")
    gross = Decimal(line.line_price_incl)
    return OrderLine(
        id=ExternalId(str(line.id)),
        product=None if line.product is None else ExternalId(str(line.product)),
        sku=(line.sku or "").strip(),
        title=line.title.strip(),
        quantity=quantity,
        charged=_charged(
            record, f"lines[{at}]", line.line_price_excl, line.line_price_incl, line.tax_rate
        ),
        discount=max(Decimal(line.line_price_before_discounts_incl) - gross, Decimal(0)),
    )


def _charged(record: str, field: str, net: str, gross: str, rate: str | None) -> Charged:
    """Net and gross as stored; the tax is what lies between them."""
    tax = Decimal(gross) - Decimal(net)
    if rate is None and tax:
        raise MappingError(
            record,
            f"{field}.tax_rate",
            f"is not known, though {plain(tax)} of VAT was charged: the shop recorded no tax class"
            " of PANSTORE_TAX_RATES when it was ordered",
        )
    percent = Decimal(rate or 0)
    if percent < 0:
        raise MappingError(record, f"{field}.tax_rate", f"is {rate}")
    return Charged(net=Decimal(net), tax=tax, gross=Decimal(gross), rate=percent)


def _charges(record: str, document: wire.WireOrder) -> Iterable[Charge]:
    shipping = document.shipping
    if shipping.code or Decimal(shipping.incl) or Decimal(shipping.excl):
        charged = _charged(record, "shipping", shipping.excl, shipping.incl, shipping.tax_rate)
        yield Charge("shipping", shipping.code, shipping.name.strip(), charged)
    for at, fee in enumerate(document.surcharges):
        charged = _charged(record, f"surcharges[{at}]", fee.excl, fee.incl, fee.tax_rate)
        yield Charge("fee", fee.code, fee.name.strip(), charged)


def _customer(document: wire.WireOrder) -> Customer:
    buyer = document.customer
    nowhere = wire.WireAddress(country="ZZ")
    billing = document.billing_address or nowhere
    shipping = document.shipping_address or nowhere
    return Customer(
        account=None if buyer.id is None else ExternalId(str(buyer.id)),
        name=_joined(" ", buyer.first_name, buyer.last_name),
        email=(buyer.email or "").strip(),
        phone=billing.phone.strip() or shipping.phone.strip(),
        company=billing.company.strip() or shipping.company.strip(),
        vat_id=billing.vat_id.strip() or shipping.vat_id.strip(),
    )


def _address(address: wire.WireAddress | None) -> Address | None:
    if address is None:
        return None
    return Address(
        name=_joined(" ", address.first_name, address.last_name),
        street=_joined(", ", address.line1, address.line2, address.line3),
        postcode=address.postcode.strip(),
        city=address.line4.strip(),
        country=address.country,
        company=address.company.strip(),
        region=address.state.strip(),
        phone=address.phone.strip(),
    )


def _payment(payment: wire.WirePayment) -> Payment:
    """Authorised or received, whichever is more; a shop may debit without allocating first."""
    allocated, debited = Decimal(payment.allocated), Decimal(payment.debited)
    return Payment(
        method=payment.method,
        amount=max(allocated, debited),
        paid=debited - Decimal(payment.refunded),
        reference=(payment.reference or "").strip(),
    )


def _discount(discount: wire.WireDiscount) -> str:
    if discount.code and discount.code != discount.name:
        return f"{discount.name} ({discount.code})".strip()
    return discount.name


def _joined(between: str, *parts: str) -> str:
    return between.join(part.strip() for part in parts if part.strip())


def broken_order(
    raw: bytes | msgspec.Raw, error: MappingError, stages: Mapping[str, OrderStage]
) -> BrokenOrder | None:
    """What can be read of an order that `order` refused, None if not even its id.

    Its lines hold goods unless its status certainly says that they do not.
    """
    document = msgspec.json.decode(raw)
    id_, _ = _identity(document)
    if not id_:
        return None
    status, lines = document.get("status"), document.get("lines")
    closed = isinstance(status, str) and stages.get(status, "open") != "open"
    held = () if closed or not isinstance(lines, list) else tuple(_holds(lines))
    return BrokenOrder(ExternalId(id_), str(error), held)


def _identity(document: Any) -> tuple[str, str]:
    """Id and number of an order of any shape, empty where they cannot be read."""
    if not isinstance(document, dict):
        return "", ""
    id_, number = document.get("id"), document.get("number")
    known = _ID.fullmatch(str(id_)) is not None
    return (str(id_) if known else "", number if isinstance(number, str) else "")


def _holds(lines: list[Any]) -> Iterable[tuple[ExternalId, Decimal]]:
    for line in lines:
        if not isinstance(line, dict):
            continue
        product, quantity = str(line.get("product")), str(line.get("quantity"))
        if _ID.fullmatch(product) and _QUANTITY.fullmatch(quantity) and Decimal(quantity) > 0:
            yield ExternalId(product), Decimal(quantity)


def gone_order(id_: int) -> BrokenOrder:
    """An order that was deleted in the shop; it holds nothing any more."""
    return BrokenOrder(ExternalId(str(id_)), "it was deleted there, and holds no goods any more")
