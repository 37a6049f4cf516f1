"""Web orders from the companion's document."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Iterable, Mapping
from decimal import Decimal
from typing import Any

import msgspec

from panstore.connectors.oscar import wire
from panstore.connectors.oscar.config import OrderMeaning
from panstore.connectors.oscar.map.refunds import Share, given_back
from panstore.model.customer import Address, Customer
from panstore.model.ids import ExternalId
from panstore.model.money import round_half_up
from panstore.model.order import Charge, Order, OrderLine, Payment, PickupPoint
from panstore.model.quantity import plain
from panstore.model.tax import Charged
from panstore.sdk.errors import MappingError
from panstore.sdk.roles import BrokenOrder

__all__ = ["broken_order", "gone_order", "order"]

_ID = re.compile(r"[1-9][0-9]{0,17}")
_QUANTITY = re.compile(r"[0-9]{1,15}(\.[0-9]{1,10})?")
_PLACE = re.compile(r"(?P<what>.*) - at `\$\.?(?P<field>.*)`", re.DOTALL)
_ORDER = msgspec.json.Decoder(wire.WireOrder)
_NOTHING = Decimal(0)


def order(raw: bytes | msgspec.Raw, stages: Mapping[str, OrderMeaning]) -> Order:
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
    placed_at = _utc(record, "placed_at", document.placed_at)
    for at, refund in enumerate(document.refunds):
        refund.at = _utc(record, f"refunds[{at}].at", refund.at)
    for at, returned in enumerate(document.returns):
        returned.at = _utc(record, f"returns[{at}].at", returned.at)
    meaning = _meaning(record, document.status, stages)
    sold = list(_sold(record, document.lines))
    if sold and all(share.cancelled == share.quantity for _, share in sold):
        # Each line by itself or the order as a whole: it is the same, and as it was charged.
        meaning = "cancelled" if meaning == "open" else meaning
        sold = [(line, Share(one.quantity, one.charged)) for line, one in sold]
    shares = {line.id: share for line, share in sold}
    charges = tuple(_charges(record, document))
    payments = tuple(_payment(payment) for payment in document.payments)
    total = _total(document, [share for _, share in sold], charges)
    return Order(
        id=ExternalId(str(document.id)),
        number=document.number,
        placed_at=placed_at,
        status=document.status,
        stage="shipped" if meaning == "returned" else meaning,
        currency=document.currency,
        customer=_customer(document),
        lines=tuple(_line(line, share) for line, share in sold if share.cancelled < share.quantity),
        total=total,
        charges=charges,
        billing=_address(document.billing_address),
        shipping=_address(document.shipping_address),
        payments=payments,
        discounts=tuple(_discount(discount) for discount in document.discounts),
        note=document.note.strip(),
        refunds=given_back(
            document.refunds,
            _returns(document, shares, meaning),
            shares,
            charges,
            total=total,
            paid=sum((payment.paid for payment in payments), _NOTHING),
        ),
        pickup=_pickup(document.pickup),
        tags=tuple(tag.strip() for tag in document.tags if tag.strip()),
        language=document.language or "",
    )


def _misshapen(raw: bytes | msgspec.Raw, error: msgspec.ValidationError) -> MappingError:
    id_, number = _identity(msgspec.json.decode(raw))
    place = _PLACE.fullmatch(str(error))
    what, field = (place["what"], place["field"]) if place else (str(error), "")
    return MappingError(f"order {number or id_}", field or "the document", f"is wrong: {what}")


def _utc(record: str, field: str, moment: dt.datetime) -> dt.datetime:
    try:
        return moment.astimezone(dt.UTC)
    except OverflowError as error:
        raise MappingError(record, field, f"is {moment.isoformat()}") from error


def _meaning(record: str, status: str, stages: Mapping[str, OrderMeaning]) -> OrderMeaning:
    meaning = stages.get(status)
    if meaning is None:
        raise MappingError(
            record,
            "status",
            f"is {status!r}, and nobody has said whether the goods are then still in the shop:"
            " add it to `statuses` of the connection as open, shipped, returned or cancelled",
        )
    return meaning


def _sold(record: str, lines: list[wire.WireLine]) -> Iterable[tuple[wire.WireLine, Share]]:
    """Each line by pieces; a line of no pieces and no price is none any more."""
    for at, line in enumerate(lines):
        quantity, field = Decimal(line.quantity), f"lines[{at}]"
        charged = _charged(record, field, line.line_price_excl, line.line_price_incl, line.tax_rate)
        cancelled = Decimal(line.cancelled)
        if not quantity and not charged.gross and not charged.net:
            continue
        if quantity <= 0:
            raise MappingError(record, f"{field}.quantity", f"is {line.quantity}")
        if not 0 <= cancelled <= quantity:
            raise MappingError(record, f"{field}.cancelled", f"is {line.cancelled}")
        yield line, Share(quantity, charged, cancelled)


def _line(line: wire.WireLine, share: Share) -> OrderLine:
    """What is still to be delivered or was: the line without its cancelled pieces."""
    left = share.quantity - share.cancelled
    discount = Decimal(line.line_price_before_discounts_incl) - share.charged.gross
    if share.cancelled:
        discount = round_half_up(discount * left / share.quantity)
    return OrderLine(
        id=ExternalId(str(line.id)),
        product=None if line.product is None else ExternalId(str(line.product)),
        sku=(line.sku or "").strip(),
        title=line.title.strip(),
        quantity=left,
        charged=share.part(share.cancelled, left) if share.cancelled else share.charged,
        discount=max(discount, _NOTHING),
        note="; ".join(f"{one.name}: {one.value}" for one in line.options),
    )


def _total(document: wire.WireOrder, shares: Iterable[Share], charges: Iterable[Charge]) -> Decimal:
    """What is charged for what is left.

    Oscar leaves an order's total alone when a line of it is cancelled; a shop may lower it. It is
    lowered here where it still is the sum of everything. Where it is neither, it stays as stored:
    the order is then set aside with the difference, which is better than a guess.
    """
    stored = Decimal(document.total_incl_tax)
    lines = [(share.charged.gross, share.part(_NOTHING, share.cancelled)) for share in shares]
    full = sum((gross for gross, _ in lines), _NOTHING)
    full += sum((charge.charged.gross for charge in charges), _NOTHING)
    if stored != full:
        return stored
    return stored - sum((out.gross for _, out in lines), _NOTHING)


def _returns(
    document: wire.WireOrder, shares: Mapping[int, Share], meaning: OrderMeaning
) -> list[wire.WireReturn]:
    """What the shop noted, and everything where the order's status says so."""
    if meaning != "returned":
        return document.returns
    changes = [one.at for one in document.status_changes]
    at = _utc(f"order {document.number}", "status_changes", max([*changes, document.placed_at]))
    noted: dict[int, Decimal] = {}
    for row in (row for one in document.returns for row in one.lines):
        noted[row.line] = noted.get(row.line, _NOTHING) + Decimal(row.quantity)
    rest = {
        id_: share.quantity - share.cancelled - noted.get(id_, _NOTHING)
        for id_, share in shares.items()
    }
    lines = [wire.WirePieces(id_, plain(left)) for id_, left in rest.items() if left > 0]
    return [*document.returns, wire.WireReturn("order", at, lines)]


def _pickup(point: wire.WirePickup | None) -> PickupPoint | None:
    return None if point is None else PickupPoint(point.code, point.name.strip())


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
        company=_first(buyer.company, billing.company, shipping.company),
        vat_id=_first(buyer.vat_id, billing.vat_id, shipping.vat_id),
    )


def _first(*words: str) -> str:
    return next((word.strip() for word in words if word.strip()), "")


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
        paid=debited,
        reference=(payment.reference or "").strip(),
        refunded=Decimal(payment.refunded),
        failed=payment.failed,
    )


def _discount(discount: wire.WireDiscount) -> str:
    if discount.code and discount.code != discount.name:
        return f"{discount.name} ({discount.code})".strip()
    return discount.name


def _joined(between: str, *parts: str) -> str:
    return between.join(part.strip() for part in parts if part.strip())


def broken_order(
    raw: bytes | msgspec.Raw, error: MappingError, stages: Mapping[str, OrderMeaning]
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
    return BrokenOrder(ExternalId(id_), str(error), held, _moment(document.get("placed_at")))


def _moment(written: Any) -> dt.datetime | None:
    """Aware UTC, None where no moment is written."""
    try:
        moment = dt.datetime.fromisoformat(written)
        return None if moment.tzinfo is None else moment.astimezone(dt.UTC)
    except (TypeError, ValueError, OverflowError):
        return None


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
