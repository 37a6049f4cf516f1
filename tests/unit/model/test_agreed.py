"""An order at the agreed prices: what moves with them, and what a verdict is about."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal

import pytest
from msgspec.structs import replace

from panstore.model.agreed import as_agreed, lines_digest
from panstore.model.contract import Correction, PriceVerdict, VerdictOutcome
from panstore.model.customer import Customer
from panstore.model.ids import ExternalId
from panstore.model.order import Order, OrderLine, Payment, Refund, RefundedLine
from panstore.model.tax import Charged

AT = dt.datetime(2026, 11, 24, 12, tzinfo=dt.UTC)


def _charged(net: str, tax: str, rate: str = "22") -> Charged:
    return Charged(Decimal(net), Decimal(tax), Decimal(net) + Decimal(tax), Decimal(rate))


COFFEE = OrderLine(
    ExternalId("1"), ExternalId("s1"), "COFFEE", "Coffee", Decimal(3), _charged("30.00", "6.60")
)
BOOK = OrderLine(
    ExternalId("2"), ExternalId("s2"), "BOOK", "Book", Decimal(1), _charged("20.00", "1.90", "9.5")
)
ORDER = Order(
    id=ExternalId("77"),
    number="100077",
    placed_at=AT,
    status="new",
    stage="open",
    currency="EUR",
    customer=Customer(ExternalId("a"), "Ana", "ana@example.si"),
    lines=(COFFEE, BOOK),
    total=Decimal("58.50"),
)
AGREED = _charged("25.00", "5.50")


def _verdict(outcome: VerdictOutcome = "corrected", *, line: str = "1") -> PriceVerdict:
    return PriceVerdict(lines_digest(ORDER), outcome, (Correction(ExternalId(line), AGREED),))


def _given_back(*refunds: Refund) -> Order:
    return replace(ORDER, refunds=refunds)


def _piece(net: str, tax: str, pieces: int = 1, line: str = "1") -> Refund:
    part = RefundedLine(ExternalId(line), Decimal(pieces), _charged(net, tax))
    return Refund(ExternalId("r"), AT, part.charged.gross, (part,))


def test_a_corrected_line_moves_the_total() -> None:
    booked = as_agreed(ORDER, _verdict())
    assert [line.charged for line in booked.lines] == [AGREED, BOOK.charged]
    assert booked.total == Decimal("52.40")
    assert replace(booked, lines=ORDER.lines, total=ORDER.total) == ORDER


@pytest.mark.parametrize(
    "verdict", [_verdict("accepted"), _verdict("agreed"), PriceVerdict("", "corrected")]
)
def test_what_is_not_corrected_stays_as_it_is(verdict: PriceVerdict) -> None:
    assert as_agreed(ORDER, verdict) is ORDER


def test_pieces_come_back_at_the_agreed_price_and_their_cents_add_up() -> None:
    order = _given_back(*[_piece("10.00", "2.20")] * 3)
    booked = as_agreed(order, _verdict())
    parts = [refund.lines[0].charged for refund in booked.refunds]
    assert [part.gross for part in parts] == [Decimal("10.17"), Decimal("10.16"), Decimal("10.17")]
    assert sum(part.net for part in parts) == AGREED.net
    assert sum(part.gross for part in parts) == AGREED.gross
    assert booked.given_back == AGREED.gross


def test_money_alone_and_other_lines_come_back_as_they_were_given() -> None:
    order = _given_back(
        _piece("1.00", "0.22", pieces=0),
        _piece("20.00", "4.40", line="2"),
        _piece("1", "0", 1, "9"),
        _piece("1", "0", 0, "9"),
    )
    dearer = PriceVerdict("", "corrected", (Correction(COFFEE.id, _charged("40.00", "8.80")),))
    assert as_agreed(order, dearer).refunds == order.refunds


def _all(amount: str, *parts: RefundedLine) -> Refund:
    """Money given back for the order as a whole."""
    return Refund(ExternalId("r"), AT, Decimal(amount), parts)


@pytest.mark.parametrize("whole", [True, False])
def test_money_that_makes_up_for_what_was_charged_too_much_counts_once(whole: bool) -> None:
    """36.60 were charged and 30.50 agreed; the shop gives the 6.10 back, and it is booked so."""

    def money(net: str, tax: str) -> Refund:
        part = _piece(net, tax, pieces=0)
        return _all(str(part.amount)) if whole else part

    booked = as_agreed(_given_back(money("5.00", "1.10")), _verdict())
    assert booked.refunds == ()
    assert booked.total == Decimal("52.40")
    in_two = as_agreed(_given_back(money("2.00", "0.44"), money("3.00", "0.66")), _verdict())
    assert in_two == replace(booked, refunds=())
    # What is more is a reduction of the agreed price.
    more = as_agreed(_given_back(money("5.00", "1.10"), money("1.00", "0.22")), _verdict())
    assert [one.amount for one in more.refunds] == [Decimal("1.22")]
    more = as_agreed(_given_back(money("6.00", "1.32")), _verdict())
    assert [one.amount for one in more.refunds] == [Decimal("1.22")]
    if not whole:
        assert more.refunds[0].lines[0].charged == _charged("1.00", "0.22")


def test_a_line_that_comes_back_after_money_leaves_nothing_and_not_less() -> None:
    money = _piece("5.00", "1.10", pieces=0)
    rest = _piece("25.00", "5.50", pieces=3)
    booked = as_agreed(_given_back(money, rest), _verdict())
    assert [one.amount for one in booked.refunds] == [AGREED.gross]
    assert booked.refunds[0].lines[0].charged == AGREED
    # One piece of three: the shop keeps 20.33, and so much stays booked.
    booked = as_agreed(_given_back(money, _piece("8.33", "1.84")), _verdict())
    assert booked.given_back == AGREED.gross - (Decimal("36.60") - Decimal("16.27"))
    # The other way round.
    booked = as_agreed(_given_back(_piece("30.00", "6.60", pieces=3), _all("1.00")), _verdict())
    assert [one.amount for one in booked.refunds] == [AGREED.gross, Decimal("1.00")]


def test_a_line_that_comes_back_in_full_less_what_was_given_for_all_before() -> None:
    """The shop counts the line whole and takes off the 6.10 of before in the refund's sum."""
    line = RefundedLine(COFFEE.id, Decimal(3), COFFEE.charged)
    order = _given_back(_all("6.10"), _all("30.50", line))
    booked = as_agreed(order, _verdict())
    assert [one.amount for one in booked.refunds] == [AGREED.gross]
    assert booked.refunds[0].lines[0].charged == AGREED
    # Of what was never given for all nothing is taken off.
    odd = as_agreed(_given_back(_all("30.50", line)), _verdict())
    assert [one.amount for one in odd.refunds] == [AGREED.gross - Decimal("6.10")]


def test_an_order_of_which_only_the_surplus_was_left_is_void() -> None:
    nothing = PriceVerdict(
        "", "corrected", tuple(Correction(one.id, _charged("0", "0")) for one in ORDER.lines)
    )
    order = _given_back(_all("58.50"))
    assert order.is_void
    booked = as_agreed(order, nothing)
    assert booked.is_void
    assert booked.given_back == booked.total == 0


def test_what_came_back_of_a_line_that_cost_nothing_stays() -> None:
    free = replace(COFFEE, charged=_charged("0", "0"))
    order = replace(_given_back(_piece("1.00", "0.22")), lines=(free, BOOK))
    assert as_agreed(order, _verdict()).refunds == order.refunds


def test_an_order_that_was_given_back_whole_is_void_at_agreed_prices_too() -> None:
    dearer = PriceVerdict("", "corrected", (Correction(COFFEE.id, _charged("40.00", "8.80")),))
    order = _given_back(Refund(ExternalId("r"), AT, ORDER.total))
    booked = as_agreed(order, dearer)
    assert order.is_void
    assert booked.is_void
    assert booked.given_back == booked.total == Decimal("70.70")


def test_a_verdict_is_about_goods_and_their_money() -> None:
    digest = lines_digest(ORDER)
    same = (
        replace(ORDER, status="paid", stage="shipped", total=Decimal(1), note="x"),
        replace(ORDER, payments=(Payment("card", Decimal(1), Decimal(1)),)),
        _given_back(_piece("1", "0")),
        replace(ORDER, lines=(BOOK, COFFEE)),
        replace(ORDER, lines=(replace(COFFEE, quantity=Decimal("3.00"), title="Kava"), BOOK)),
        replace(ORDER, lines=(COFFEE, replace(BOOK, discount=Decimal("0.00")))),
    )
    assert {lines_digest(one) for one in same} == {digest}
    other = (
        replace(ORDER, currency="USD"),
        replace(ORDER, lines=(COFFEE,)),
        *(
            replace(ORDER, lines=(changed, BOOK))
            for changed in (
                replace(COFFEE, id=ExternalId("3")),
                replace(COFFEE, product=None),
                replace(COFFEE, quantity=Decimal(2)),
                replace(COFFEE, charged=_charged("30.01", "6.59")),
                replace(COFFEE, charged=_charged("30.00", "6.60", "9.5")),
                replace(COFFEE, discount=Decimal("0.01")),
            )
        ),
    )
    digests = [lines_digest(one) for one in other]
    assert digest not in digests
    assert len(set(digests)) == len(digests)
