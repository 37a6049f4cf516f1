"""Web orders from WooCommerce's JSON."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Iterable
from decimal import Decimal
from typing import Any

import msgspec

from panstore.connectors.woocommerce import wire_orders as wire
from panstore.connectors.woocommerce.map.order_money import Rates, charges, rounding
from panstore.connectors.woocommerce.map.order_people import address, customer, language, pickup
from panstore.connectors.woocommerce.map.order_text import (
    first,
    line_note,
    meta_text,
    moment,
    shown,
)
from panstore.connectors.woocommerce.map.order_words import DRAFTS, UNPAID, OrderWords
from panstore.connectors.woocommerce.map.refunds import Sold, refunds
from panstore.model.ids import ExternalId
from panstore.model.order import Order, OrderLine, OrderStage, Payment, Refund
from panstore.model.tax import Charged
from panstore.sdk.errors import MappingError
from panstore.sdk.roles import BrokenOrder

__all__ = ["broken_order", "gone_order", "head", "order"]

_ID = re.compile(r"[1-9][0-9]{0,17}")
_QUANTITY = re.compile(r"[0-9]{1,15}(\.[0-9]{1,10})?")
_PLACE = re.compile(r"(?P<what>.*) - at `\$\.?(?P<field>.*)`", re.DOTALL)
_HEAD = msgspec.json.Decoder(wire.WireOrderHead)
_ORDER = msgspec.json.Decoder(wire.WireOrder)
_NOTHING = Decimal(0)


def head(raw: bytes | msgspec.Raw) -> wire.WireOrderHead | None:
    """What a feed has to know of an order; None if not even that can be read."""
    try:
        return _HEAD.decode(raw)
    except msgspec.ValidationError:
        return None


def order(
    raw: bytes | msgspec.Raw, words: OrderWords, given_back: bytes | msgspec.Raw = b"[]"
) -> Order:
    """One order, to the cent as it was charged.

    Args:
        raw: JSON of the order.
        words: how orders of this shop are understood.
        given_back: JSON of its refunds, a list.

    Raises:
        MappingError: a field is missing, of the wrong form, or has no meaning for us.
    """
    try:
        document = _ORDER.decode(raw)
    except msgspec.ValidationError as error:
        raise _misshapen(raw, error) from error
    record = f"order {document.number or document.id}"
    placed_at = moment(record, "date_created_gmt", document.date_created_gmt)
    stage = _stage(record, document.status, words)
    rates = Rates(record, document.tax_lines, words.rates)
    sold = list(_sold(record, document.line_items, rates))
    lines = tuple(_line(line, charged, rates) for line, charged in sold)
    numbered = dict(charges(document, rates))
    total = Decimal(document.total)
    costs = tuple(
        one
        for some in numbered.values()
        for one in some
        if one.kind == "shipping" or one.charged.gross
    )
    parts = Sold({line.id: charged for line, charged in sold}, numbered, rates)
    back = refunds(record, given_back, parts)
    return Order(
        id=ExternalId(str(document.id)),
        number=document.number or str(document.id),
        placed_at=placed_at,
        status=document.status,
        stage=stage,
        currency=document.currency,
        customer=customer(document, words.vat_keys),
        lines=lines,
        total=total,
        charges=(*costs, *rounding(document.currency, total, lines, costs)),
        billing=address(document.billing),
        shipping=address(document.shipping),
        payments=_payments(document, total, back, words),
        discounts=tuple(shown(coupon.code) for coupon in document.coupon_lines),
        note=(document.customer_note or "").strip(),
        refunds=back,
        pickup=pickup(document),
        tags=(document.created_via,) if document.created_via else (),
        language=language(document),
    )


def _misshapen(raw: bytes | msgspec.Raw, error: msgspec.ValidationError) -> MappingError:
    id_, number = _identity(msgspec.json.decode(raw))
    place = _PLACE.fullmatch(str(error))
    what, field = (place["what"], place["field"]) if place else (str(error), "")
    return MappingError(f"order {number or id_}", field or "the document", f"is wrong: {what}")


def _stage(record: str, status: str, words: OrderWords) -> OrderStage:
    stage = words.stages.get(status)
    if stage is None:
        raise MappingError(
            record,
            "status",
            f"is {status!r}, and nobody has said whether the goods are then still in the shop:"
            " add it to `statuses` of the connection as open, shipped or cancelled",
        )
    return stage


def _sold(
    record: str, lines: list[wire.WireLine], rates: Rates
) -> Iterable[tuple[wire.WireLine, Charged]]:
    """Each line with what it was charged; a line of no pieces and no price is none any more."""
    for at, line in enumerate(lines):
        field = f"line_items[{at}]"
        charged = rates.charged(field, line.total, line.total_tax, line.taxes)
        if not line.quantity and not charged.net and not charged.tax:
            continue
        if not (line.quantity.is_finite() and line.quantity > 0):
            raise MappingError(record, f"{field}.quantity", f"is {line.quantity}")
        yield line, charged


def _line(line: wire.WireLine, charged: Charged, rates: Rates) -> OrderLine:
    before = rates.charged("", line.subtotal or line.total, "", [])
    gross_before = before.net + Decimal(line.subtotal_tax or line.total_tax or 0)
    product = line.variation_id or line.product_id
    return OrderLine(
        id=ExternalId(str(line.id)),
        product=ExternalId(str(product)) if product else None,
        sku=first(line.sku),
        title=shown(line.name),
        quantity=line.quantity,
        charged=charged,
        discount=max(gross_before - charged.gross, _NOTHING),
        note=line_note(line),
    )


def _payments(
    document: wire.WireOrder, total: Decimal, back: tuple[Refund, ...], words: OrderWords
) -> tuple[Payment, ...]:
    """The one payment of an order, if it has a method or was paid.

    WooCommerce notes the moment at which an order was paid. Cash on delivery is paid when the order
    is completed; what it calls paid of a purchase on account is a setting. What became of an unpaid
    order by our own word is no payment.
    """
    method = (document.payment_method or "").strip()
    by_our_word = meta_text(document.meta_data, (UNPAID,)) != ""
    believed = not by_our_word and method not in words.unpaid_methods
    was_paid = bool(document.date_paid_gmt) and believed
    if not total or not (method or was_paid):
        return ()
    paid = total if was_paid else _NOTHING
    payment = Payment(
        method=method,
        amount=total,
        paid=paid,
        reference=(document.transaction_id or "").strip(),
        refunded=min(paid, sum((one.amount for one in back), _NOTHING)),
        failed=document.status == "failed" and not was_paid,
    )
    return (payment,)


def broken_order(
    raw: bytes | msgspec.Raw, error: MappingError, words: OrderWords
) -> BrokenOrder | None:
    """What can be read of an order that `order` refused, None if not even its id.

    Its lines hold goods unless its status certainly says that they do not.
    """
    document = msgspec.json.decode(raw)
    id_, _ = _identity(document)
    if not id_:
        return None
    status, lines = document.get("status"), document.get("line_items")
    closed = isinstance(status, str) and (
        words.stages.get(status, "open") != "open" or status in DRAFTS
    )
    held = () if closed or not isinstance(lines, list) else tuple(_holds(lines))
    return BrokenOrder(ExternalId(id_), str(error), held, _moment(document.get("date_created_gmt")))


def gone_order(id_: ExternalId) -> BrokenOrder:
    """An order that was deleted in the shop for good; it holds nothing any more."""
    return BrokenOrder(id_, "it was deleted there, and holds no goods any more")


def _identity(document: Any) -> tuple[str, str]:
    """Id and number of an order of any shape, empty where they cannot be read."""
    if not isinstance(document, dict):
        return "", ""
    id_, number = document.get("id"), document.get("number")
    known = isinstance(id_, int) and _ID.fullmatch(str(id_)) is not None
    return (str(id_) if known else "", number if isinstance(number, str) else "")


def _moment(written: Any) -> dt.datetime | None:
    """Aware UTC, None where no moment is written."""
    try:
        return moment("", "", written) if isinstance(written, str) else None
    except MappingError:
        return None


def _holds(lines: list[Any]) -> Iterable[tuple[ExternalId, Decimal]]:
    for line in lines:
        if not isinstance(line, dict):
            continue
        product, quantity = _product(line), str(line.get("quantity"))
        if product and _QUANTITY.fullmatch(quantity) and Decimal(quantity) > 0:
            yield ExternalId(product), Decimal(quantity)


def _product(line: dict[str, Any]) -> str:
    for field in ("variation_id", "product_id"):
        text = str(line.get(field))
        if _ID.fullmatch(text):
            return text
    return ""
