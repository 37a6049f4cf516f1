"""What the parts of an order were charged, to the cent, with the rates of their VAT."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from decimal import Decimal
from typing import Literal

from panstore.connectors.woocommerce import wire_orders as wire
from panstore.connectors.woocommerce.map.order_text import shown
from panstore.model.money import minor_digits
from panstore.model.order import Charge, OrderLine
from panstore.model.quantity import plain
from panstore.model.tax import Charged
from panstore.sdk.errors import MappingError

__all__ = ["Rates", "amount", "charges", "rounding"]

_NOTHING = Decimal(0)
_LEAST_PERCENT = Decimal("0.0001")
"""WooCommerce keeps four decimals of a rate."""


def amount(text: str) -> Decimal:
    """Zero where WooCommerce has no value."""
    return Decimal(text) if text else _NOTHING


class Rates:
    """The VAT rates of one order.

    Args:
        record: the order, for errors.
        lines: the order's own word on its rates.
        known: the shop's present rates by id, for orders from before WooCommerce noted them.
    """

    def __init__(
        self, record: str, lines: Sequence[wire.WireTaxLine], known: Mapping[int, Decimal]
    ) -> None:
        self._record = record
        self._percent = dict(known)
        for line in lines:
            if line.rate_percent is not None:
                self._percent[line.rate_id] = line.rate_percent
        self._compound = {line.rate_id for line in lines if line.compound}

    def charged(self, field: str, net: str, tax: str, taxes: Sequence[wire.WireLineTax]) -> Charged:
        """Net and tax as the shop rounded them.

        Raises:
            MappingError: VAT was charged and nobody says at which rate.
        """
        net_, tax_ = amount(net), amount(tax)
        rate = self._rate(field, tax_, [one.id for one in taxes if one.total])
        return Charged(net=net_, tax=tax_, gross=net_ + tax_, rate=rate)

    def shares(
        self, field: str, net: str, tax: str, taxes: Sequence[wire.WireLineTax]
    ) -> tuple[Charged, ...]:
        """The same of a charge, apart by rate where its rates were not raised on the whole.

        A reduction as a negative fee is taxed in proportion to what it is taken from, be that taxed
        at 19 %, at 7 % or not at all (WooCommerce 10.5, source: `get_fees_from_cart` of
        class-wc-cart-totals.php and `calculate_taxes` of class-wc-order-item-fee.php), and plugins
        for German shops do the same to shipping. Then each tax says of how much it was taken.

        Returns:
            Together exactly the net and the tax of the charge; one part where its rates were raised
            on the whole, or where the parts would not add up to it.

        Raises:
            MappingError: as above.
        """
        whole = self.charged(field, net, tax, taxes)
        told: dict[Decimal, Decimal] = {}
        for one in taxes:
            percent, part = self._percent.get(one.id, _NOTHING), amount(one.total or "")
            if part and percent >= _LEAST_PERCENT:
                told[percent] = told.get(percent, _NOTHING) + part
        cent = Decimal(1).scaleb(int(whole.tax.as_tuple().exponent))
        on_the_whole = abs(whole.net * whole.rate / 100 - whole.tax) <= cent * len(taxes)
        if on_the_whole or not told or (len(told) == 1 and whole.net > 0):
            return (whole,)
        # A tax may have been rounded to the cent before it was noted.
        vague = cent + sum((cent * 50 / percent for percent in told), _NOTHING)
        bases = {percent: part * 100 / percent for percent, part in told.items()}
        if any(abs(one) > abs(whole.net) + vague or one * whole.net < 0 for one in bases.values()):
            return (whole,)
        nets = {percent: one.quantize(whole.net) for percent, one in bases.items()}
        rest = whole.net - sum(nets.values(), _NOTHING)
        if rest * whole.net < 0 and abs(rest) > vague:
            return (whole,)
        if abs(rest) > vague:
            nets[_NOTHING] = rest
        parts = {
            percent: [part, told.get(percent, _NOTHING).quantize(whole.tax)]
            for percent, part in nets.items()
        }
        most = max(told, key=lambda percent: abs(nets[percent]))
        parts[most][0] += whole.net - sum(nets.values(), _NOTHING)
        parts[most][1] += whole.tax - sum((tax_ for _, tax_ in parts.values()), _NOTHING)
        return tuple(
            Charged(net=net_, tax=tax_, gross=net_ + tax_, rate=Decimal(plain(percent)))
            for percent, (net_, tax_) in sorted(parts.items(), reverse=True)
        )

    def _rate(self, field: str, tax: Decimal, applied: Sequence[int]) -> Decimal:
        """Of several rates together; a compound one is taken of the others' tax as well."""
        known = [id_ for id_ in applied if id_ in self._percent]
        if tax and not (known and len(known) == len(applied)):
            raise MappingError(
                self._record,
                f"{field}.taxes",
                f"do not say at which rate {plain(tax)} of VAT was charged (rate ids"
                f" {', '.join(map(str, applied)) or 'none'}): the rate was deleted in the shop, or"
                " another program computed the tax. Compute the order's totals again in the shop",
            )
        rate = _NOTHING
        for id_ in sorted(known, key=lambda one: one in self._compound):
            percent = self._percent[id_]
            if not (percent.is_finite() and percent >= 0):
                raise MappingError(self._record, "tax_lines.rate_percent", f"is {percent}")
            rate += percent * (100 + rate) / 100 if id_ in self._compound else percent
        return Decimal(plain(rate))


def charges(document: wire.WireOrder, rates: Rates) -> Iterable[tuple[int, Sequence[Charge]]]:
    """Shipping and fees with the shop's ids of their lines, those that cost nothing as well.

    A line is several charges where its rates are of parts of it.
    """
    for at, line in enumerate(document.shipping_lines):
        field, code, name = f"shipping_lines[{at}]", line.method_id or "", shown(line.method_title)
        parts = rates.shares(field, line.total, line.total_tax, line.taxes)
        yield line.id, [Charge("shipping", code, name, charged) for charged in parts]
    for at, fee in enumerate(document.fee_lines):
        parts = rates.shares(f"fee_lines[{at}]", fee.total, fee.total_tax, fee.taxes)
        # A fee has no code in WooCommerce; by its name the ERP's people know it again.
        name = shown(fee.name)
        kinds: list[Literal["discount", "fee"]] = [
            "discount" if charged.gross < 0 else "fee" for charged in parts
        ]
        yield (
            fee.id,
            [Charge(kind, name, name, one) for kind, one in zip(kinds, parts, strict=True)],
        )


def rounding(
    currency: str, total: Decimal, lines: Sequence[OrderLine], others: Sequence[Charge]
) -> tuple[Charge, ...]:
    """The cents that lie between the total and the sum of its parts.

    WooCommerce rounds each part by itself and, by the setting `woocommerce_tax_round_at_subtotal`,
    VAT only once. What is more than one cent for each part and rate is no rounding: it stays a
    difference, with which the order is set aside.
    """
    parts = [one.charged for one in lines] + [one.charged for one in others]
    off = total - sum((part.gross for part in parts), _NOTHING)
    most = Decimal(len(parts) + len({part.rate for part in parts})).scaleb(-minor_digits(currency))
    if not off or abs(off) > most:
        return ()
    charged = Charged(net=off, tax=_NOTHING, gross=off, rate=_NOTHING)
    return (Charge("rounding", "rounding", "Rounding", charged),)
