"""What was given back of an order, as the shop noted it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from decimal import Decimal

import msgspec

from panstore.connectors.woocommerce import wire_orders as wire
from panstore.connectors.woocommerce.map.order_money import Rates, amount
from panstore.connectors.woocommerce.map.order_text import moment
from panstore.model.ids import ExternalId
from panstore.model.order import Charge, Refund, RefundedLine
from panstore.model.tax import Charged
from panstore.sdk.errors import MappingError

__all__ = ["Sold", "refunds"]

_REFUNDED_ITEM = "_refunded_item_id"
_NOTHING = Decimal(0)
_REFUNDS = msgspec.json.Decoder(list[wire.WireRefund])


class Sold(msgspec.Struct, frozen=True):
    """The parts of an order that may be given back, by the shop's ids of its lines."""

    lines: Mapping[int, Charged]
    charges: Mapping[int, Sequence[Charge]]
    rates: Rates


def refunds(record: str, raw: bytes | msgspec.Raw, sold: Sold) -> tuple[Refund, ...]:
    """All refunds of more than nothing, in order of time.

    Args:
        record: the order, for errors.
        raw: JSON of `GET orders/ID/refunds`.
        sold: what was sold; what is given back keeps its rate.

    Raises:
        MappingError: a field is missing or of the wrong form.
    """
    try:
        told = _REFUNDS.decode(raw)
    except msgspec.ValidationError as error:
        raise MappingError(record, "refunds", f"are of a wrong form: {error}") from error
    found = [_refund(record, one, sold) for one in told if amount(one.amount) > 0]
    return tuple(sorted(found, key=lambda one: (one.at, int(one.id))))


def _refund(record: str, told: wire.WireRefund, sold: Sold) -> Refund:
    return Refund(
        id=ExternalId(str(told.id)),
        at=moment(record, "refunds.date_created_gmt", told.date_created_gmt),
        amount=amount(told.amount),
        lines=tuple(_lines(told.line_items, sold.lines)),
        charges=tuple(_charges([*told.shipping_lines, *told.fee_lines], sold)),
        reason=(told.reason or "").strip(),
    )


def _lines(
    told: Sequence[wire.WireRefundedLine], sold: Mapping[int, Charged]
) -> Iterable[RefundedLine]:
    for one in told:
        id_ = _names(one)
        line = sold.get(id_)
        quantity = max(-one.quantity, _NOTHING)
        if line is not None and (quantity or amount(one.total) or amount(one.total_tax)):
            yield RefundedLine(ExternalId(str(id_)), quantity, _back(one, line.rate))


def _charges(told: Sequence[wire.WireRefundedCharge], sold: Sold) -> Iterable[Charge]:
    for one in told:
        parts = sold.charges.get(_names(one))
        if not parts or not (amount(one.total) or amount(one.total_tax)):
            continue
        charge, backs = parts[0], [_back(one, parts[0].charged.rate)]
        if len(parts) > 1:
            told_apart = sold.rates.shares("refunds", one.total, one.total_tax, one.taxes)
            backs = [_negative(back) for back in told_apart]
        for back in backs:
            yield Charge(charge.kind, charge.code, charge.name, back)


def _names(told: wire.WireRefundedLine | wire.WireRefundedCharge) -> int:
    """The line it gives back, 0 if it does not say."""
    for entry in told.meta_data:
        if (
            entry.key == _REFUNDED_ITEM
            and str(entry.value).isascii()
            and str(entry.value).isdigit()
        ):
            return int(str(entry.value))
    return 0


def _back(told: wire.WireRefundedLine | wire.WireRefundedCharge, rate: Decimal) -> Charged:
    net, tax = -amount(told.total), -amount(told.total_tax)
    return Charged(net=net, tax=tax, gross=net + tax, rate=rate)


def _negative(told: Charged) -> Charged:
    return Charged(net=-told.net, tax=-told.tax, gross=-told.gross, rate=told.rate)
