"""Whatever is corrected, the rest of the order stays what it is, to the cent."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal

from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from panstore.model.agreed import as_agreed, lines_digest
from panstore.model.contract import Correction, PriceVerdict
from panstore.model.ids import ExternalId
from panstore.model.money import minor_digits, round_half_up
from panstore.model.order import Order, Refund, RefundedLine
from panstore.model.tax import Charged, tax_on
from panstore.testing.strategies import orders

AT = dt.datetime(2026, 11, 24, 12, tzinfo=dt.UTC)
_ZERO = Decimal(0)


def _sum(order: Order) -> Decimal:
    return sum((line.charged.gross for line in order.lines), _ZERO)


def _upto(charged: Charged, share: Decimal, digits: int) -> tuple[Decimal, Decimal]:
    if share == 1:
        return charged.net, charged.gross
    return round_half_up(charged.net * share, digits), round_half_up(charged.gross * share, digits)


@st.composite
def corrected(draw: st.DrawFn) -> tuple[Order, PriceVerdict]:
    """An order, some of its lines corrected, some lines given back piece by piece."""
    order = draw(orders())
    digits = minor_digits(order.currency)
    corrections: list[Correction] = []
    refunds: list[Refund] = []
    for line in order.lines:
        if draw(st.booleans()):
            net = round_half_up(line.charged.net * draw(st.integers(1, 300)) / 100, digits)
            tax = tax_on(net, line.charged.rate, digits)
            agreed = Charged(net, tax, net + tax, line.charged.rate)
            corrections.append(Correction(line.id, agreed))
        parts = draw(st.integers(0, 4))
        before = (_ZERO, _ZERO)
        for number in range(1, parts + 1):
            net, gross = _upto(line.charged, Decimal(number) / parts, digits)
            back = Charged(
                net - before[0],
                gross - before[1] - (net - before[0]),
                gross - before[1],
                line.charged.rate,
            )
            before = (net, gross)
            part = RefundedLine(line.id, line.quantity / parts, back)
            refunds.append(Refund(ExternalId(f"r{len(refunds)}"), AT, back.gross, (part,)))
    verdict = PriceVerdict(lines_digest(order), "corrected", tuple(corrections))
    return replace(order, refunds=tuple(refunds)), verdict


@given(corrected())
def test_lines_cost_what_is_agreed_and_the_rest_is_untouched(
    made: tuple[Order, PriceVerdict],
) -> None:
    order, verdict = made
    booked = as_agreed(order, verdict)
    agreed = {one.line: one.charged for one in verdict.corrections}
    for line, before in zip(booked.lines, order.lines, strict=True):
        assert line == replace(before, charged=agreed.get(line.id, before.charged))
    assert booked.total - _sum(booked) == order.total - _sum(order)
    rest = {"lines": order.lines, "total": order.total, "refunds": order.refunds}
    assert replace(booked, **rest) == order


@given(corrected())
def test_a_line_that_came_back_whole_leaves_nothing(made: tuple[Order, PriceVerdict]) -> None:
    order, verdict = made
    booked = as_agreed(order, verdict)
    returned = {part.line for refund in order.refunds for part in refund.lines}
    for line, before in zip(booked.lines, order.lines, strict=True):
        if line.id not in returned or not before.charged.gross:
            continue
        parts = [p.charged for r in booked.refunds for p in r.lines if p.line == line.id]
        if order.is_void:
            continue  # the last refund takes whatever is left of the whole
        assert sum((part.net for part in parts), _ZERO) == line.charged.net
        assert sum((part.gross for part in parts), _ZERO) == line.charged.gross


@given(corrected())
def test_a_void_order_is_void_and_a_verdict_outlives_refunds(
    made: tuple[Order, PriceVerdict],
) -> None:
    order, verdict = made
    assert lines_digest(order) == verdict.digest
    if order.is_void:
        assert as_agreed(order, verdict).is_void


@st.composite
def money_back(draw: st.DrawFn) -> tuple[Order, PriceVerdict]:
    """An order corrected downwards, of which money is given back, with and without pieces."""
    order = draw(orders())
    digits = minor_digits(order.currency)
    cent = Decimal(1).scaleb(-digits)
    corrections: list[Correction] = []
    refunds: list[Refund] = []
    left = {line.id: line.charged.gross for line in order.lines}
    for line in order.lines:
        net = round_half_up(line.charged.net * draw(st.integers(1, 99)) / 100, digits)
        tax = min(tax_on(net, line.charged.rate, digits), line.charged.gross - net)
        agreed = Charged(net, tax, net + tax, line.charged.rate)
        corrections.append(Correction(line.id, agreed))
    for line in draw(st.lists(st.sampled_from(order.lines), max_size=5)) if order.lines else ():
        most = int(left[line.id] / cent)
        gross = draw(st.integers(0, most)) * cent
        net = round_half_up(gross / (1 + line.charged.rate / 100), digits)
        left[line.id] -= gross
        if not gross:
            continue
        pieces = draw(st.sampled_from([_ZERO, Decimal(1)]))
        back = Charged(net, gross - net, gross, line.charged.rate)
        parts = () if draw(st.booleans()) else (RefundedLine(line.id, pieces, back),)
        refunds.append(Refund(ExternalId(f"r{len(refunds)}"), AT, gross, parts))
    verdict = PriceVerdict(lines_digest(order), "corrected", tuple(corrections))
    return replace(order, refunds=tuple(refunds)), verdict


@given(money_back())
def test_no_cent_is_given_back_twice(made: tuple[Order, PriceVerdict]) -> None:
    order, verdict = made
    booked = as_agreed(order, verdict)
    assert booked.given_back <= order.given_back
    # Nobody owes more than the shop says, nor less than nothing for what he has not given back.
    assert booked.total - booked.given_back <= order.total - order.given_back
    surplus = {
        before.id: before.charged.gross - line.charged.gross
        for before, line in zip(order.lines, booked.lines, strict=True)
    }
    for_all = sum((one.amount for one in order.refunds if not one.lines), _ZERO)
    parts = [part for refund in order.refunds for part in refund.lines]
    money = dict.fromkeys(surplus, _ZERO)
    for part in parts:
        money[part.line] += part.charged.gross
    made_up = for_all <= sum(surplus.values(), _ZERO) and not (for_all and parts)
    if made_up and all(money[id_] <= surplus[id_] for id_ in money):
        assert booked.given_back == 0 or any(part.quantity for part in parts)
    for refund in booked.refunds:
        for part in refund.lines:
            assert part.charged.gross == part.charged.net + part.charged.tax
