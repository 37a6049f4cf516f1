"""Price shown = price charged: an order's lines beside what was agreed."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal

from panstore.model.contract import Correction, Offer
from panstore.model.money import minor_digits, round_half_up
from panstore.model.order import Order, OrderLine
from panstore.model.plan import Held
from panstore.model.quantity import plain
from panstore.model.tax import Charged, tax_on
from panstore.modules.s5_contract_prices.settings import ContractPriceSettings
from panstore.sdk.contracts import Checked, LineOffers
from panstore.sdk.modules import RouteView

__all__ = ["check_order"]

_HUNDRED = Decimal(100)
_ONE = Decimal(1)
_ZERO = Decimal(0)


def check_order(
    order: Order, lines: Sequence[LineOffers], settings: ContractPriceSettings, view: RouteView
) -> Checked | Held:
    """Compare what every line was charged with the prices that may have been shown for it.

    A line was charged as agreed if, for one of its offers, unit price x quantity less the line's
    own share of discounts, rounded once, is what it was charged, in the terms of the shop's prices
    (net or gross), give or take `tolerance_cents`. The share is that of the discount in the gross
    price before it, so vouchers and offers of the shop are no difference. Where an offer leaves it
    to the shop's usual price, nothing can differ. Refunds do not matter.

    Args:
        order: as the shop charged it.
        lines: all of the order, each with what may have been shown.
        settings: the route's.
        view: names the route in what a person can do.
    """
    digits = minor_digits(order.currency)
    tolerance = Decimal(settings.tolerance_cents).scaleb(-digits)
    found = [_Difference(one, order.currency) for one in lines]
    differing = [one for one in found if not one.agrees(tolerance)]
    if not differing:
        return Checked("agreed")
    shown = "; ".join(one.told() for one in differing)
    text = f"Order {order.number}: not charged as agreed: {shown}.{_sum(differing, order.currency)}"
    if settings.on_difference == "accept":
        did = (
            'It is booked at the prices charged, as on_difference = "accept" in the settings of S5'
            " says"
        )
        return Checked("accepted", f"{text} {did}.")
    if settings.on_difference == "correct":
        why = _hindrance(order, differing)
        if not why:
            did = (
                'It is booked at the agreed prices, as on_difference = "correct" in the settings'
                " of S5 says; the shop's order was left as it is"
            )
            made = tuple(Correction(one.line.id, one.agreed()) for one in differing)
            return Checked("corrected", f"{text} {did}.", made)
        text += f" It was not corrected because {why}."
    return Held(
        item=order.id,
        code="order.price_differs",
        reason=(
            f"{text} Nothing was booked for these lines in the ERP, so that no wrong amount"
            " is invoiced. Book it at the prices charged with `panstore contracts accept"
            f" {view.route} {order.id}`; or correct the agreement in the ERP, or the order in the"
            " shop, then retry."
        ),
    )


class _Difference:
    """One line beside its offers, those of the order's moment before the present one."""

    def __init__(self, beside: LineOffers, currency: str) -> None:
        self.line: OrderLine = beside.line
        self.offers = beside.offers
        self.exact = beside.exact
        self.currency = currency
        self.digits = minor_digits(currency)

    def agrees(self, tolerance: Decimal) -> bool:
        """Whether any offer explains what was charged; a line of no pieces costs nothing."""
        if not self.offers or self.line.quantity <= 0:
            return True
        return any(self._explains(offer, tolerance) for offer in self.offers)

    def _explains(self, offer: Offer, tolerance: Decimal) -> bool:
        if offer.state == "usual":
            return True
        due = self._due(offer)
        return due is not None and abs(self._charged(offer) - due) <= tolerance

    @property
    def can_be_agreed(self) -> bool:
        """Whether the offer of the order's moment says what the line should have cost."""
        return self._due(self.offers[0]) is not None

    @property
    def is_clear(self) -> bool:
        """Whether one offer is known to be the right one, or all come to the same."""
        return self.exact or len({self._due(offer) for offer in self.offers}) == 1

    @property
    def is_dearer(self) -> bool:
        """Whether the line would cost more than the buyer was shown; only if `can_be_agreed`."""
        return self.agreed().gross > self.line.charged.gross

    def agreed(self) -> Charged:
        """What the line costs by the offer of the order's moment; only if `can_be_agreed`."""
        offer, rate = self.offers[0], self.line.charged.rate
        due = self._due(offer) or _ZERO
        if offer.includes_tax:
            net = round_half_up(due / (1 + rate / _HUNDRED), self.digits)
            return Charged(net=net, tax=due - net, gross=due, rate=rate)
        tax = tax_on(due, rate, self.digits)
        return Charged(net=due, tax=tax, gross=due + tax, rate=rate)

    @property
    def more(self) -> Decimal | None:
        """By how much more than agreed was charged; None if no agreed price is known."""
        offer = self.offers[0]
        due = self._due(offer)
        return None if due is None else self._charged(offer) - due

    def told(self) -> str:
        """For people: the article, what was charged, what was agreed."""
        line, offer = self.line, self.offers[0]
        name = " ".join(part for part in (line.sku, line.title) if part) or f"line {line.id}"
        kind = "gross" if offer.includes_tax else "net"
        charged = f"{plain(self._charged(offer))} {self.currency} {kind}"
        if line.discount > 0:
            charged += f" after discounts of {plain(line.discount)} gross"
        text = f"{plain(line.quantity)} x {name} charged {charged}"
        due = self._due(offer)
        if due is not None:
            each = f"{plain(line.quantity)} x {offer.amount}"
            if line.discount > 0:
                each += " less the same share of discounts"
            return f"{text}, agreed {plain(due)} ({each}), {_signed(self._charged(offer) - due)}"
        if offer.state == "agreed":
            return f"{text}, agreed {offer.amount} {offer.currency} each, in another currency"
        return f"{text}, but it is not for sale under the agreement ({offer.code})"

    def _charged(self, offer: Offer) -> Decimal:
        charged = self.line.charged
        return charged.gross if offer.includes_tax else charged.net

    def _due(self, offer: Offer) -> Decimal | None:
        """What the line costs by an offer; None if that says nothing in the order's currency."""
        if offer.amount is None or offer.currency != self.currency:
            return None
        return round_half_up(offer.amount * self.line.quantity * self._share, self.digits)

    @property
    def _share(self) -> Decimal:
        """What discounts leave of the line, 0 to 1, by its gross amounts."""
        gross = self.line.charged.gross
        before = gross + self.line.discount
        return gross / before if self.line.discount > 0 and before > 0 else _ONE


def _hindrance(order: Order, differing: Sequence[_Difference]) -> str:
    """Why agreed prices must not simply be booked; empty if they may."""
    if order.received != 0:
        return f"{plain(order.received)} {order.currency} of it have been paid already"
    if not all(one.can_be_agreed for one in differing):
        return "not all of these lines have an agreed price"
    # Nobody has asked at that time, so nobody knows when the price changed.
    if not all(one.is_clear for one in differing):
        return "the agreed price has changed since about the time of the order"
    if any(one.is_dearer for one in differing):
        return "the shop charged less than agreed, and a buyer is never charged more than he saw"
    # What a shop announces as a payment is all that the buyer has said yes to; less may be taken.
    promised = sum((one.amount - one.paid for one in order.payments if not one.failed), _ZERO)
    due = order.total + sum(
        (one.agreed().gross - one.line.charged.gross for one in differing), _ZERO
    )
    if promised > 0 and due > promised:
        return (
            f"it would come to {plain(due)} {order.currency}, and a payment of only"
            f" {plain(promised)} is announced"
        )
    return ""


def _sum(differing: Sequence[_Difference], currency: str) -> str:
    known = [one.more for one in differing if one.more is not None]
    if not known:
        return ""
    total = sum(known, _ZERO)
    return f" In all {_signed(total, currency)}." if total else " In all it comes to the same."


def _signed(more: Decimal, currency: str = "") -> str:
    amount = f"{plain(abs(more))} {currency}".rstrip()
    return f"{amount} too {'much' if more > 0 else 'little'}"
