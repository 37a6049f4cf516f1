"""The sums of an order as WooCommerce makes them: tax per line, then totals. Pure.

Recorded 29 to 31, 39 and 40 (WooCommerce 10.5). What they show and this file keeps:

- a line keeps what it was given with all its decimals, six at most where the shop computed it;
- the tax of a line is kept unrounded and *shown* rounded, so the order's tax is the sum of rounded
  lines, but its discount tax is rounded once, from the unrounded ones (0.855 becomes 0.86);
- a negative fee is taxed in proportion to what it is taken from, even one that says `none`;
- a fee, a shipping line and a goods line are each rounded before they are added.

Amounts are `Decimal` in the shop's currency.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import ROUND_FLOOR, ROUND_HALF_DOWN, ROUND_HALF_UP, Decimal
from typing import Any

__all__ = [
    "ROUNDING",
    "Rate",
    "RatesOf",
    "Totals",
    "discounted",
    "net_of",
    "retax",
    "rounded",
    "tax_on",
]

ROUNDING = 6
"""Decimals that WooCommerce computes with inside (its rounding precision with 2 decimals shown)."""

_HUNDRED = Decimal(100)


@dataclass(frozen=True, slots=True)
class Rate:
    """One row of the shop's tax table.

    Attributes:
        percent: 19 for 19 %.
        code: as an order's tax line shows it, `DE-VAT-1`.
        shipping: it is raised on shipping as well.
    """

    rate_id: int
    percent: Decimal
    code: str
    label: str
    compound: bool = False
    shipping: bool = True


RatesOf = Callable[[str], Sequence[Rate]]
"""The rates of a tax class (`""` is the standard one) at the buyer's place."""


def rounded(value: Decimal, decimals: int, *, down: bool = False) -> Decimal:
    """Half away from zero; half towards zero if `down` (tax where prices are entered with it)."""
    mode = ROUND_HALF_DOWN if down else ROUND_HALF_UP
    return value.quantize(Decimal(1).scaleb(-decimals), rounding=mode)


def tax_on(net: Decimal, rates: Sequence[Rate]) -> dict[str, Decimal]:
    """The unrounded tax of a net amount by the rate's id; a compound rate taxes the tax too."""
    plain = {
        str(rate.rate_id): rounded(net * rate.percent / _HUNDRED, ROUNDING)
        for rate in rates
        if not rate.compound
    }
    base = net + sum(plain.values(), Decimal(0))
    for rate in rates:
        if rate.compound:
            plain[str(rate.rate_id)] = tax = rounded(base * rate.percent / _HUNDRED, ROUNDING)
            base += tax
    return plain


def net_of(gross: Decimal, rates: Sequence[Rate]) -> Decimal:
    """What is left of a price entered with tax (recorded 40: 17.142857 of 20.40)."""
    net = gross
    for rate in reversed([rate for rate in rates if rate.compound]):
        net -= rounded(net - net / (1 + rate.percent / _HUNDRED), ROUNDING)
    plain = sum((rate.percent for rate in rates if not rate.compound), Decimal(0))
    return net - rounded(net - net / (1 + plain / _HUNDRED), ROUNDING)


def discounted(
    lines: Sequence[tuple[Decimal, Decimal]], kind: str, amount: Decimal, decimals: int
) -> list[Decimal]:
    """What a coupon takes off each line, in whole cents.

    Args:
        lines: (what the line costs before this coupon, its quantity).
        kind: `percent`, `fixed_cart` or `fixed_product`.
        amount: percent, or the shop's currency.
        decimals: of the shop's prices.
    """
    cent = Decimal(1).scaleb(-decimals)
    whole = sum((price for price, _ in lines), Decimal(0))
    if kind == "fixed_product":
        return [min(price, rounded(amount * quantity, decimals)) for price, quantity in lines]
    if whole <= 0:
        return [Decimal(0) for _ in lines]
    due = rounded(whole * amount / _HUNDRED, decimals) if kind == "percent" else min(amount, whole)
    off = [(due * price / whole).quantize(cent, rounding=ROUND_FLOOR) for price, _ in lines]
    rest = due - sum(off, Decimal(0))
    for index, (price, _) in enumerate(lines):
        if rest > 0 and off[index] + cent <= price:
            off[index] += cent
            rest -= cent
    return off


@dataclass(slots=True)
class Totals:
    """What the head of an order says.

    Attributes:
        goods_tax: rounded tax of lines and fees by the rate's id, in the order of appearance.
        shipping_taxes: the same of its shipping lines.
    """

    total: Decimal
    discount: Decimal
    discount_tax: Decimal
    shipping: Decimal
    goods_tax: dict[str, Decimal] = field(default_factory=dict)
    shipping_taxes: dict[str, Decimal] = field(default_factory=dict)

    @property
    def cart_tax(self) -> Decimal:
        return sum(self.goods_tax.values(), Decimal(0))

    @property
    def shipping_tax(self) -> Decimal:
        return sum(self.shipping_taxes.values(), Decimal(0))


def retax(
    order: dict[str, Any],
    rates_of: RatesOf,
    decimals: int,
    *,
    gross: bool,
    at_subtotal: bool = False,
) -> Totals:
    """Tax every line of `order` anew, in place, and add up.

    Args:
        order: as kept by the shop: `line_items`, `shipping_lines` and `fee_lines` hold amounts as
            text in `total` (and `subtotal`), their tax class, `taxable`, and get `taxes` and, for
            lines, `subtotal_taxes` by the rate's id, unrounded, as text.
        rates_of: the tax table at the buyer's place.
        decimals: of the shop's prices.
        gross: the shop enters its prices with tax (then tax is rounded half towards zero).
        at_subtotal: parts are added up first and rounded then, so that the parts as they are shown
            may be cents away from the total (`woocommerce_tax_round_at_subtotal`; source).
    """
    lines, fees, shipping = order["line_items"], order["fee_lines"], order["shipping_lines"]
    for line in lines:
        rates = rates_of(line["tax_class"]) if line["taxable"] else ()
        line["taxes"] = _text(tax_on(Decimal(line["total"]), rates))
        line["subtotal_taxes"] = _text(tax_on(Decimal(line["subtotal"]), rates))
    for row in shipping:
        rates = [rate for rate in rates_of(_shipping_class(lines)) if rate.shipping]
        row["taxes"] = _text(tax_on(Decimal(row["total"]), rates))
    for fee in fees:
        fee["taxes"] = _text(_fee_tax(fee, order, rates_of))
    return _totals(order, decimals, gross=gross, at_subtotal=at_subtotal)


def _totals(order: Mapping[str, Any], decimals: int, *, gross: bool, at_subtotal: bool) -> Totals:
    lines, fees, shipping = order["line_items"], order["fee_lines"], order["shipping_lines"]
    places = ROUNDING if at_subtotal else decimals
    goods = _added(lines, "total", places)
    before = _added(lines, "subtotal", places)
    carried = _added(shipping, "total", decimals)
    totals = Totals(
        total=goods + _added(fees, "total", places) + carried,
        discount=rounded(before - goods, decimals),
        discount_tax=rounded(_taxed(lines, "subtotal_taxes") - _taxed(lines, "taxes"), decimals),
        shipping=carried,
        goods_tax=_by_rate([*lines, *fees], places, down=gross),
        shipping_taxes=_by_rate(shipping, places, down=gross),
    )
    whole = totals.total + totals.cart_tax + totals.shipping_tax
    totals.total = rounded(whole, decimals)
    return totals


def _fee_tax(
    fee: Mapping[str, Any], order: Mapping[str, Any], rates_of: RatesOf
) -> dict[str, Decimal]:
    total = Decimal(fee["total"])
    if total >= 0:
        taxable = fee["tax_status"] != "none"
        return tax_on(total, rates_of(fee["tax_class"])) if taxable else {}
    costs: dict[str | None, Decimal] = {}
    for line in order["line_items"]:
        kind = line["tax_class"] if line["taxable"] else None
        costs[kind] = costs.get(kind, Decimal(0)) + Decimal(line["total"])
    for other in order["fee_lines"]:
        if Decimal(other["total"]) > 0:
            kind = other["tax_class"] if other["tax_status"] != "none" else None
            costs[kind] = costs.get(kind, Decimal(0)) + Decimal(other["total"])
    for row in order["shipping_lines"]:
        kind = _shipping_class(order["line_items"])
        costs[kind] = costs.get(kind, Decimal(0)) + Decimal(row["total"])
    whole = sum(costs.values(), Decimal(0))
    taxes: dict[str, Decimal] = {}
    for kind, cost in costs.items():
        if kind is not None and whole:
            for rate, tax in tax_on(total * cost / whole, rates_of(kind)).items():
                taxes[rate] = taxes.get(rate, Decimal(0)) + tax
    return taxes


def _shipping_class(lines: Sequence[Mapping[str, Any]]) -> str:
    """Shipping goes by the goods: the standard class where any line has it, else the first's."""
    classes = [line["tax_class"] for line in lines if line["taxable"]]
    return "" if "" in classes or not classes else str(classes[0])


def _added(rows: Sequence[Mapping[str, Any]], key: str, decimals: int) -> Decimal:
    return sum((rounded(Decimal(row[key]), decimals) for row in rows), Decimal(0))


def _taxed(rows: Sequence[Mapping[str, Any]], key: str) -> Decimal:
    return sum((Decimal(tax) for row in rows for tax in row[key].values()), Decimal(0))


def _by_rate(rows: Sequence[Mapping[str, Any]], decimals: int, *, down: bool) -> dict[str, Decimal]:
    found: dict[str, Decimal] = {}
    for row in rows:
        for rate, tax in row["taxes"].items():
            found[rate] = found.get(rate, Decimal(0)) + rounded(Decimal(tax), decimals, down=down)
    return found


def _text(taxes: Mapping[str, Decimal]) -> dict[str, str]:
    return {rate: str(tax) for rate, tax in taxes.items()}
