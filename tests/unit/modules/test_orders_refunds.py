"""What is left of an order after its refunds: to the cent, rate by rate."""

from decimal import Decimal

from msgspec.structs import replace

from panstore.model.ids import ExternalId
from panstore.model.order import Charge, Order, OrderLine
from panstore.model.tax import Charged
from panstore.modules.s4_orders.refunds import after_refunds
from tests.unit.modules.order_desk import NOW, refund, refunded
from tests.unit.modules.order_scene import amount, line, order

SHIPPING = Charge("shipping", "post", "Pošta", amount("3.00", "0.66"))
TWO = order(
    line(amount("30.00", "6.60"), "3"),
    line(amount("10.00", "0.95", "9.5"), number=2, title="Moka", sku="MOKA"),
    charges=(SHIPPING,),
)


def left(one: Order) -> tuple[tuple[OrderLine, ...], list[tuple[str, str, Charged]]]:
    """Lines and charges after the refunds, which always add up to the rest of the total."""
    rest = after_refunds(one)
    assert rest.total == one.total - one.given_back
    parts = [each.charged for each in rest.lines] + [each.charged for each in rest.charges]
    assert sum((part.gross for part in parts), Decimal(0)) == rest.total
    assert not rest.refunds
    return rest.lines, [(each.kind, each.name, each.charged) for each in rest.charges]


def test_without_refunds_nothing_changes() -> None:
    assert after_refunds(TWO) is TWO


def test_pieces_and_their_money_come_off_the_line() -> None:
    back = refund("12.20", refunded("l1", "1", "10.00", "2.20"))
    lines, charges = left(replace(TWO, refunds=(back,)))
    assert (lines[0].quantity, lines[0].charged) == (Decimal(2), amount("20.00", "4.40"))
    assert lines[1] == TWO.lines[1]
    assert charges == [("shipping", "Pošta", SHIPPING.charged)]


def test_a_line_that_comes_back_whole_is_gone() -> None:
    back = refund("36.60", refunded("l1", "3", "30.00", "6.60"))
    lines, _ = left(replace(TWO, refunds=(back,)))
    assert [each.id for each in lines] == ["l2"]


def test_more_pieces_than_were_ordered_are_all_of_them() -> None:
    back = refund("36.60", refunded("l1", "5", "30.00", "6.60"))
    lines, _ = left(replace(TWO, refunds=(back,)))
    assert [each.id for each in lines] == ["l2"]


def test_money_without_pieces_makes_the_line_cheaper() -> None:
    discounted = replace(TWO, lines=(replace(TWO.lines[0], discount=Decimal(6)), TWO.lines[1]))
    back = refund("6.10", refunded("l1", "0", "5.00", "1.10"))
    (first, _), _ = left(replace(discounted, refunds=(back,)))
    assert (first.quantity, first.charged) == (Decimal(3), amount("25.00", "5.50"))
    assert first.discount == Decimal("12.10")  # an article created from it keeps its price
    pieces = refund("12.20", refunded("l1", "1", "10.00", "2.20"))
    (first, _), _ = left(replace(discounted, refunds=(pieces,)))
    assert first.discount == Decimal(4)


def test_what_the_shop_keeps_of_returned_goods_is_a_fee() -> None:
    back = refund("30.50", refunded("l1", "3", "25.00", "5.50"), reason="Restocking")
    lines, charges = left(replace(TWO, refunds=(back,)))
    assert [each.id for each in lines] == ["l2"]
    assert charges[1:] == [("fee", "Kava 250 g: Restocking", amount("5.00", "1.10"))]


def test_more_money_than_the_goods_had_cost_is_a_discount() -> None:
    back = refund("48.80", refunded("l1", "1", "40.00", "8.80"))
    lines, charges = left(replace(TWO, refunds=(back,)))
    assert (lines[0].quantity, lines[0].charged.gross) == (Decimal(2), Decimal(0))
    assert charges[1:] == [("discount", "Kava 250 g: Refund", amount("-10.00", "-2.20"))]
    unnamed = replace(TWO, lines=(replace(TWO.lines[0], title="", sku="KAVA"), TWO.lines[1]))
    _, charges = left(replace(unnamed, refunds=(back,)))
    assert charges[1][1] == "KAVA: Refund"


def test_a_refund_in_another_rate_is_taken_in_the_line_s_own() -> None:
    back = refund("12.20", refunded("l1", "1", "11.14", "1.06", "9.5"))
    (first, _), _ = left(replace(TWO, refunds=(back,)))
    assert first.charged == amount("20.00", "4.40")


def test_shipping_is_given_back_whole_or_in_part() -> None:
    whole = replace(refund("3.66"), charges=(SHIPPING,))
    assert left(replace(TWO, refunds=(whole,)))[1] == [("shipping", "Pošta", amount("0", "0"))]
    half = replace(refund("1.22"), charges=(replace(SHIPPING, charged=amount("1.00", "0.22")),))
    assert left(replace(TWO, refunds=(half,)))[1] == [("shipping", "Pošta", amount("2.00", "0.44"))]


def test_a_charge_that_is_not_in_the_order_becomes_a_discount() -> None:
    other = Charge("fee", "wrap", "", amount("1.00", "0.22"))
    back = replace(refund("1.22"), charges=(other,))
    shipping, discount = left(replace(TWO, refunds=(back,)))[1]
    assert shipping[2] == SHIPPING.charged
    assert discount == ("discount", "wrap", amount("-1.00", "-0.22"))
    dearer = replace(SHIPPING, charged=amount("4.00", "0.88"), name="")
    _, discount = left(replace(TWO, refunds=(replace(refund("4.88"), charges=(dearer,)),)))[1]
    assert discount == ("discount", "post", amount("-4.00", "-0.88"))
    taxless = Charge("shipping", "", "", amount("3.00", "0.00", "0"))
    _, discount = left(replace(TWO, refunds=(replace(refund("3.00"), charges=(taxless,)),)))[1]
    assert discount == ("discount", "Refund", amount("-3.00", "0.00", "0"))


def test_money_nobody_explains_is_spread_over_the_rates() -> None:
    one = replace(
        TWO, charges=(), total=Decimal("47.55"), refunds=(refund("10.00", reason="Sorry"),)
    )
    lines, charges = left(one)
    assert lines == TWO.lines
    assert charges == [
        ("discount", "Sorry", amount("-2.10", "-0.20", "9.5")),
        ("discount", "Sorry", amount("-6.31", "-1.39")),
    ]


def test_a_refund_smaller_than_its_lines_leaves_a_fee() -> None:
    back = refund("10.00", refunded("l1", "1", "10.00", "2.20"))
    lines, charges = left(replace(TWO, refunds=(back,)))
    assert lines[0].quantity == Decimal(2)
    assert sum(each[2].gross for each in charges[1:]) == Decimal("2.20")
    assert {each[0] for each in charges[1:]} == {"fee"}


def test_lines_the_order_has_no_more_count_as_money() -> None:
    back = refund("12.20", refunded("l7", "1", "10.00", "2.20"))
    lines, charges = left(replace(TWO, refunds=(back,)))
    assert lines == TWO.lines
    assert sum(each[2].gross for each in charges[1:]) == Decimal("-12.20")


def test_where_nothing_is_left_one_rate_takes_the_rest() -> None:
    one = order(line(amount("10.00", "2.20")))
    first = refund("12.20", refunded("l1", "1", "10.00", "2.20"))
    more = refund("1.22", number=2)
    lines, charges = left(replace(one, refunds=(first, more)))
    assert lines == ()
    assert charges == [("discount", "Refund", amount("-1.00", "-0.22"))]


def test_refunds_come_one_after_the_other() -> None:
    first = refund("12.20", refunded("l1", "1", "10.00", "2.20"))
    second = refund("24.40", refunded("l1", "2", "20.00", "4.40"), number=2)
    third = refund("1.22", refunded("l1", "0", "1.00", "0.22"), number=3)
    lines, charges = left(replace(TWO, refunds=(first, second, third)))
    assert [each.id for each in lines] == ["l2"]
    assert charges[1:] == [("discount", "Kava 250 g: Refund", amount("-1.00", "-0.22"))]
    assert first.at == NOW
    assert first.id == ExternalId("r1")
