"""What was given back: money and goods the shop noted, in whatever order and however often."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from panstore.connectors.oscar import map as translate
from panstore.connectors.oscar.config import OSCAR_STAGES
from panstore.model.order import Order
from panstore.testing.suites import assert_exact
from tests.connectors.oscar.recordings import encoded, guest_order

D = Decimal
COFFEE, HONEY = 1, 2
# The recorded order: 3 coffees for 24.30, 1 honey for 13.55, the post for 3.90.
TOTAL = D("41.75")


def moment(day: int) -> str:
    return f"2026-11-{day:02}T10:00:00.000000Z"


def money(amount: str, *pieces: tuple[int, int], day: int = 25, id_: str = "") -> dict[str, Any]:
    lines = [{"line": line, "quantity": str(quantity)} for line, quantity in pieces]
    return {"id": id_ or f"event-{day}", "at": moment(day), "amount": amount, "lines": lines}


def goods(*pieces: tuple[int, int], day: int = 26) -> dict[str, Any]:
    lines = [{"line": line, "quantity": str(quantity)} for line, quantity in pieces]
    return {"id": f"event-{day}", "at": moment(day), "lines": lines}


def paid(amount: str, refunded: str = "0.00") -> dict[str, str]:
    return {"method": "Card", "allocated": amount, "debited": amount, "refunded": refunded}


def order(
    *refunds: dict[str, Any],
    returns: tuple[dict[str, Any], ...] = (),
    payments: tuple[dict[str, str], ...] = (paid("41.75"),),
    cancelled: dict[int, str] | None = None,
    **changes: Any,
) -> Order:
    document = guest_order(
        refunds=list(refunds), returns=list(returns), payments=list(payments), **changes
    )
    for line in document["lines"]:
        line["cancelled"] = (cancelled or {}).get(line["id"], "0")
    return translate.order(encoded(document), OSCAR_STAGES)


def told(found: Order) -> list[tuple[str, list[tuple[str, str, str]], list[str]]]:
    """Each refund: amount, (line, pieces, gross) and kinds of charges given back."""
    return [
        (
            str(refund.amount),
            [(str(p.line), str(p.quantity), str(p.charged.gross)) for p in refund.lines],
            [charge.kind for charge in refund.charges],
        )
        for refund in found.refunds
    ]


def test_pieces_of_a_line_are_given_back_for_their_price() -> None:
    found = order(money("8.10", (COFFEE, 1)), money("16.20", (COFFEE, 2), day=26))
    assert told(found) == [
        ("8.10", [("1", "1", "8.10")], []),
        ("16.20", [("1", "2", "16.20")], []),
    ]
    assert sum((r.lines[0].charged.net for r in found.refunds), D(0)) == found.lines[0].charged.net
    assert (found.lines[0].quantity, found.total) == (D(3), TOTAL)
    assert not found.is_void


@pytest.mark.parametrize(
    ("amount", "pieces", "expected"),
    [
        # Less than the goods: each its share, to the cent.
        (
            "20.00",
            ((COFFEE, 3), (HONEY, 1)),
            ([("1", "3", "12.84"), ("2", "1", "7.16")], []),
        ),
        # Just the shipping on top.
        ("17.45", ((HONEY, 1),), ([("2", "1", "13.55")], ["shipping"])),
        # Something on top: a reduction of everything, which needs no words here.
        ("15.00", ((HONEY, 1),), ([("2", "1", "13.55")], [])),
        # Money only.
        ("5.00", (), ([], [])),
    ],
)
def test_an_amount_that_is_not_the_price_of_the_goods(
    amount: str, pieces: tuple[tuple[int, int], ...], expected: Any
) -> None:
    assert told(order(money(amount, *pieces))) == [(amount, *expected)]


@pytest.mark.parametrize("pieces", [(), ((COFFEE, 3), (HONEY, 1))])
def test_all_given_back_leaves_nothing(pieces: tuple[tuple[int, int], ...]) -> None:
    found = order(money("41.75", *pieces), payments=(paid("41.75", "41.75"),))
    assert found.is_void
    assert (found.given_back, found.received, found.is_paid) == (TOTAL, D(0), True)


def test_no_piece_is_given_back_twice() -> None:
    found = order(money("24.30", (COFFEE, 3)), money("8.10", (COFFEE, 1), day=26))
    assert told(found) == [("24.30", [("1", "3", "24.30")], []), ("8.10", [], [])]


def test_a_piece_of_a_line_that_is_gone_is_money() -> None:
    assert told(order(money("8.10", (99, 1)))) == [("8.10", [], [])]


class TestPaidTooMuch:
    def test_a_second_payment_given_back_changes_nothing(self) -> None:
        found = order(money("41.75"), payments=(paid("41.75"), paid("41.75", "41.75")))
        assert found.refunds == ()
        assert (found.is_void, found.is_paid, found.received) == (False, True, TOTAL)

    def test_both_given_back_leave_nothing(self) -> None:
        found = order(
            money("41.75"),
            money("41.75", day=26),
            payments=(paid("41.75", "41.75"), paid("41.75", "41.75")),
        )
        assert (found.is_void, found.given_back) == (True, TOTAL)

    def test_goods_named_are_given_back_all_the_same(self) -> None:
        found = order(money("13.55", (HONEY, 1)), payments=(paid("41.75"), paid("41.75")))
        assert told(found) == [("13.55", [("2", "1", "13.55")], [])]


class TestCancelledLines:
    def test_a_cancelled_line_counts_nothing(self) -> None:
        found = order(cancelled={HONEY: "1"}, payments=())
        assert [line.id for line in found.lines] == ["1"]
        assert (found.total, found.stage) == (D("28.20"), "open")

    def test_a_piece_less(self) -> None:
        found = order(cancelled={COFFEE: "1"}, payments=())
        coffee = found.lines[0]
        assert (coffee.quantity, coffee.charged.gross, coffee.discount) == (
            D(2),
            D("16.20"),
            D("1.80"),
        )
        assert found.total == D("33.65")

    def test_a_shop_that_lowers_its_total_itself(self) -> None:
        found = order(cancelled={HONEY: "1"}, payments=(), total_incl_tax="28.20")
        assert found.total == D("28.20")

    def test_a_total_nobody_understands_stays_so_that_it_is_seen(self) -> None:
        found = order(cancelled={HONEY: "1"}, payments=(), total_incl_tax="30.00")
        assert found.total == D("30.00")

    @pytest.mark.parametrize("pieces", [(), ((HONEY, 1),)])
    def test_money_for_it_is_explained_by_it(self, pieces: tuple[tuple[int, int], ...]) -> None:
        found = order(
            money("13.55", *pieces),
            cancelled={HONEY: "1"},
            payments=(paid("41.75", "13.55"),),
        )
        assert (found.refunds, found.total, found.is_paid) == ((), D("28.20"), True)

    def test_money_named_for_it_is_explained_also_where_nothing_was_paid(self) -> None:
        found = order(money("13.55", (HONEY, 1)), cancelled={HONEY: "1"}, payments=())
        assert (found.refunds, found.total) == ((), D("28.20"))

    @pytest.mark.parametrize("status", ["Pending", "Cancelled"])
    def test_all_lines_cancelled_is_the_order_cancelled(self, status: str) -> None:
        found = order(
            money("41.75", (COFFEE, 3), (HONEY, 1)),
            cancelled={COFFEE: "3", HONEY: "1"},
            status=status,
        )
        assert (found.stage, found.is_void) == ("cancelled", True)
        assert (len(found.lines), found.total, found.given_back) == (2, TOTAL, TOTAL)

    def test_a_line_of_no_pieces_and_no_price_is_none(self) -> None:
        document = guest_order()
        document["lines"][1] |= {
            "quantity": "0",
            "line_price_incl": "0.00",
            "line_price_excl": "0.00",
        }
        assert len(translate.order(encoded(document), OSCAR_STAGES).lines) == 1


class TestGoodsThatCameBack:
    def test_they_are_given_back_until_somebody_notes_the_money(self) -> None:
        found = order(returns=(goods((COFFEE, 2)),))
        assert told(found) == [("16.20", [("1", "2", "16.20")], [])]
        assert found.refunds[0].id == "return-event-26"

    @pytest.mark.parametrize("day", [25, 27])
    @pytest.mark.parametrize(
        ("amount", "gross"), [("16.20", "16.20"), ("10.00", "10.00"), ("18.00", "16.20")]
    )
    def test_they_go_to_the_money_noted_before_or_after(
        self, day: int, amount: str, gross: str
    ) -> None:
        found = order(money(amount, day=day), returns=(goods((COFFEE, 2)),))
        assert told(found) == [(amount, [("1", "2", gross)], [])]

    def test_they_go_to_the_money_of_the_same_amount(self) -> None:
        found = order(money("2.00", day=20), money("13.55", day=27), returns=(goods((HONEY, 1)),))
        assert told(found) == [("2.00", [], []), ("13.55", [("2", "1", "13.55")], [])]

    def test_a_refund_that_names_them_needs_no_second(self) -> None:
        found = order(money("8.10", (COFFEE, 1)), returns=(goods((COFFEE, 1)),))
        assert told(found) == [("8.10", [("1", "1", "8.10")], [])]

    def test_more_came_back_than_was_named(self) -> None:
        found = order(money("8.10", (COFFEE, 1)), returns=(goods((COFFEE, 3)),))
        assert told(found) == [
            ("8.10", [("1", "1", "8.10")], []),
            ("16.20", [("1", "2", "16.20")], []),
        ]

    def test_a_status_says_that_all_came_back(self) -> None:
        found = order(returns=(goods((COFFEE, 1)),), status="Returned")
        assert found.stage == "shipped"
        pieces = [(str(p.line), int(p.quantity)) for refund in found.refunds for p in refund.lines]
        assert sorted(pieces) == [("1", 1), ("1", 2), ("2", 1)]
        assert found.given_back == TOTAL - D("3.90")

    def test_the_word_refunded_alone_gives_nothing_back(self) -> None:
        found = order(status="Refunded")
        assert (found.stage, found.refunds) == ("shipped", ())


AMOUNT = st.integers(0, 6000).map(lambda cents: f"{cents / 100:.2f}")
PIECES = st.lists(st.tuples(st.sampled_from([COFFEE, HONEY, 99]), st.integers(0, 4)), max_size=3)
DAY = st.integers(1, 28)
MONEY = st.builds(lambda amount, pieces, day: money(amount, *pieces, day=day), AMOUNT, PIECES, DAY)
GOODS = st.builds(lambda pieces, day: goods(*pieces, day=day), PIECES, DAY)
CANCELLED = st.fixed_dictionaries({
    COFFEE: st.sampled_from("0123"),
    HONEY: st.sampled_from("01"),
})


@given(
    refunds=st.lists(MONEY, max_size=4),
    returns=st.lists(GOODS, max_size=3),
    received=st.lists(AMOUNT, max_size=2),
    cancelled=CANCELLED,
)
@settings(max_examples=400, deadline=None)
def test_whatever_is_noted_no_piece_and_no_cent_is_given_back_twice(
    refunds: list[dict[str, Any]],
    returns: list[dict[str, Any]],
    received: list[str],
    cancelled: dict[int, str],
) -> None:
    found = order(
        *refunds,
        returns=tuple(returns),
        payments=tuple(paid(amount) for amount in received),
        cancelled=cancelled,
    )
    assert_exact(found)
    noted = sum((D(refund["amount"]) for refund in refunds), D(0))
    goods_only = [one for one in found.refunds if one.id.startswith("return-")]
    assert found.given_back - sum((one.amount for one in goods_only), D(0)) <= noted
    for refund in found.refunds:
        assert refund.amount > 0
        parts = [p.charged.gross for p in refund.lines] + [c.charged.gross for c in refund.charges]
        assert sum(parts, D(0)) <= refund.amount
        assert all(0 <= p.charged.net <= p.charged.gross for p in refund.lines)
    for line in found.lines:
        back = [p for refund in found.refunds for p in refund.lines if p.line == line.id]
        assert sum((p.quantity for p in back), D(0)) <= line.quantity
        assert sum((p.charged.gross for p in back), D(0)) <= line.charged.gross
    charges = [charge.kind for refund in found.refunds for charge in refund.charges]
    assert len(charges) == len(set(charges))
    assert list(found.refunds) == sorted(found.refunds, key=lambda one: (one.at, one.id))


def with_a_gift(*refunds: dict[str, Any], returns: tuple[dict[str, Any], ...]) -> Order:
    """The recorded order, with the honey for nothing."""
    document = guest_order(refunds=list(refunds), returns=list(returns), payments=[paid("28.20")])
    document["total_incl_tax"] = "28.20"
    for line in document["lines"]:
        line["cancelled"] = "0"
        if line["id"] == HONEY:
            line |= {name: "0.00" for name in line if name.startswith(("line_price", "unit_price"))}
    return translate.order(encoded(document), OSCAR_STAGES)


def test_a_gift_that_comes_back_alone_gives_nothing_back() -> None:
    assert with_a_gift(returns=(goods((HONEY, 1)),)).refunds == ()


def test_a_gift_among_what_comes_back_for_less_stays_a_gift() -> None:
    found = with_a_gift(money("5.00"), returns=(goods((COFFEE, 1), (HONEY, 1)),))
    assert told(found) == [("5.00", [("1", "1", "5.00"), ("2", "1", "0.00")], [])]
