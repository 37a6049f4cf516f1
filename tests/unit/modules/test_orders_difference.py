"""S4 after goods have left or an invoice was issued: returns and supplements, to the cent."""

from decimal import Decimal

from msgspec.structs import replace

from panstore.model.ids import ExternalId, OrderKey
from panstore.model.order import Charge, Order, OrderLine
from panstore.model.sale import BookedLine
from panstore.modules.s4_orders.content import PART
from panstore.modules.s4_orders.settings import OrderSettings
from tests.unit.modules.order_desk import Desk, refund, refunded
from tests.unit.modules.order_scene import SETTINGS, amount, case, line, order, parked

SHIPPING = Charge("shipping", "post", "Pošta", amount("3.00", "0.66"))
COFFEE = line(amount("30.00", "6.60"), "3")
MOKA = line(amount("10.00", "0.95", "9.5"), number=2, title="Moka")
BOTH = order(COFFEE, MOKA, charges=(SHIPPING,))
RETURN, SUPPLEMENT = OrderKey("shop/77/return/1"), OrderKey("shop/77/supplement/1")


def shipped(one: Order = BOTH, *later: OrderLine, factor: str = "1") -> Desk:
    """An order whose goods have left.

    Args:
        later: lines whose articles are linked, though the order has them only later.
    """
    linked = case(order(*one.lines, *later), factor=factor)
    new = Desk(replace(linked, order=one), SETTINGS)
    assert new.run() is None
    new.ship()
    assert new.run() is None
    return new


def coffee(quantity: str, unit: str, net: str) -> BookedLine:
    return BookedLine(
        ExternalId("e-l1"),
        "goods",
        "Kava 250 g",
        Decimal(quantity),
        Decimal(unit),
        Decimal(net),
        Decimal(22),
    )


def money(kind: str, net: str, rate: str = "22") -> BookedLine:
    value = Decimal(net)
    assert kind in {"fee", "discount"}
    name = "Price difference"
    return BookedLine(
        None, "fee" if kind == "fee" else "discount", name, Decimal(1), value, value, Decimal(rate)
    )


def test_returned_goods_come_back_at_the_price_they_were_booked_at() -> None:
    ours = shipped()
    back = refund("12.20", refunded("l1", "1", "10.00", "2.20"))
    assert ours.edit(replace(BOTH, refunds=(back,))) is None
    made = ours.made[-1]
    assert (made.key, made.corrects, made.party) == (RETURN, "shop/77/order/1", "party")
    assert (made.total, made.note) == (Decimal("-12.20"), "")
    assert made.lines == (coffee("-1", "10", "-10.00"),)
    assert made.date.isoformat() == "2026-11-25"
    kept = ours.kept[RETURN]
    assert kept.goods == (("s1", Decimal(-1)),)
    assert ours.run() is None
    assert len(ours.made) == 2


def test_a_return_of_a_return_is_not_made() -> None:
    ours = shipped()
    back = refund("12.20", refunded("l1", "1", "10.00", "2.20"))
    ours.edit(replace(BOTH, refunds=(back,)))
    more = refund("24.40", refunded("l1", "2", "20.00", "4.40"), number=2)
    assert ours.edit(replace(BOTH, refunds=(back, more))) is None
    assert ours.made[-1].key == "shop/77/return/2"
    assert ours.made[-1].lines == (coffee("-2", "10", "-20.00"),)
    assert ours.total == BOTH.total - Decimal("36.60")


def test_all_given_back_after_shipping_returns_everything() -> None:
    ours = shipped()
    back = replace(
        refund(
            str(BOTH.total),
            refunded("l1", "3", "30.00", "6.60"),
            refunded("l2", "1", "10.00", "0.95", "9.5"),
        ),
        charges=(SHIPPING,),
    )
    assert ours.edit(replace(BOTH, refunds=(back,))) is None
    assert ours.pieces() == {}
    assert ours.nets() == {}
    assert ours.total == 0
    ours.order = replace(ours.order, stage="cancelled")
    assert ours.run() is None


def test_money_given_back_without_goods_is_a_discount() -> None:
    ours = shipped()
    assert ours.edit(replace(BOTH, refunds=(refund(str(BOTH.total)),))) is None
    made = ours.made[-1]
    assert made.key == RETURN
    assert {each.kind for each in made.lines} == {"discount"}
    assert ours.nets() == {}
    assert len(ours.pieces()) == 2
    assert ours.total == 0


def test_what_is_added_later_is_a_supplement_at_its_own_price() -> None:
    more = replace(COFFEE, id=ExternalId("l8"), quantity=Decimal(1), charged=amount("9.00", "1.98"))
    ours = shipped()
    bigger = order(COFFEE, MOKA, more, charges=(SHIPPING,))
    assert ours.edit(bigger) is None
    made = ours.made[-1]
    assert (made.key, made.corrects) == (SUPPLEMENT, "shop/77/order/1")
    assert made.lines == (coffee("1", "9", "9.00"),)
    assert ours.kept[SUPPLEMENT].goods == (("s1", Decimal(1)),)
    assert ours.total == bigger.total


def test_an_exchange_is_a_return_and_then_a_supplement() -> None:
    tea = line(amount("50.00", "11.00"), number=3, title="Tea")
    ours = shipped(BOTH, tea)
    changed = order(replace(COFFEE, quantity=Decimal(1), charged=amount("8.00", "1.76")), MOKA, tea)
    assert ours.edit(changed) is None
    assert ours.done[1:] == ["create 77/return/1", "create 77/supplement/2"]
    first, second = ours.made[1:]
    assert first.lines == (coffee("-2", "10", "-20.00"), money("discount", "-5.00"))
    assert [each.kind for each in second.lines] == ["goods"]
    assert ours.kept[RETURN].content == PART
    assert ours.kept[RETURN].goods == (("s1", Decimal(-2)),)
    assert ours.kept[second.key].goods == (("s3", Decimal(1)),)
    assert ours.total == changed.total
    assert ours.nets() == {Decimal(22): Decimal("58.00"), Decimal("9.5"): Decimal("10.00")}


def test_in_an_exchange_what_becomes_dearer_goes_with_the_supplement() -> None:
    tea = line(amount("20.00", "4.40"), number=3, title="Tea")
    ours = shipped(BOTH, tea)
    changed = order(COFFEE, tea, charges=(replace(SHIPPING, charged=amount("4.00", "0.88")),))
    ours.edit(replace(changed, total=changed.total - Decimal("0.01")))
    assert [each.kind for each in ours.made[1].lines] == ["goods"]
    assert [each.kind for each in ours.made[2].lines] == ["goods", "fee", "rounding"]
    assert ours.total == changed.total - Decimal("0.01")


def test_another_price_alone_is_a_fee_or_a_discount() -> None:
    ours = shipped()
    cheaper = replace(COFFEE, charged=amount("27.00", "5.94"))
    assert ours.edit(order(cheaper, MOKA, charges=(SHIPPING,))) is None
    assert ours.made[-1].key == RETURN
    assert ours.made[-1].lines == (money("discount", "-3.00"),)
    assert ours.edit(BOTH) is None
    assert ours.made[-1].key == "shop/77/supplement/2"
    assert ours.made[-1].lines == (money("fee", "3.00"),)


def test_another_vat_rate_alone_moves_money_and_no_goods() -> None:
    ours = shipped()
    reduced = order(COFFEE, replace(MOKA, charged=amount("10.00", "2.20")), charges=(SHIPPING,))
    assert ours.edit(reduced) is None
    assert ours.made[-1].key == SUPPLEMENT
    assert sorted(ours.made[-1].lines, key=lambda each: each.net) == [
        money("discount", "-10.00", "9.5"),
        money("fee", "10.00"),
    ]
    assert ours.run() is None


def test_another_name_alone_books_nothing() -> None:
    ours = shipped()
    assert ours.edit(replace(BOTH, lines=(replace(COFFEE, note="With a card"), MOKA))) is None
    assert len(ours.made) == 1


def test_an_invoice_alone_fixes_the_sale_as_well() -> None:
    ours = Desk(case(BOTH), SETTINGS)
    ours.run()
    ours.invoice()
    back = refund("24.40", refunded("l1", "2", "20.00", "4.40"))
    assert ours.edit(replace(BOTH, refunds=(back,), note="Ring twice.")) is None
    made = ours.made[-1]
    assert made.key == RETURN
    assert made.note == "Has not left yet, do not send: 2 x Kava 250 g\nRing twice."


def test_of_goods_that_have_left_in_part_the_rest_stays_in_the_house() -> None:
    ours = Desk(case(BOTH), SETTINGS)
    ours.run()
    ours.ship(pieces="1")
    back = refund("24.40", refunded("l1", "2", "20.00", "4.40"))
    assert ours.edit(replace(BOTH, refunds=(back,))) is None
    assert ours.made[-1].note == "Has not left yet, do not send: 1 x Kava 250 g"
    more = refund("12.20", refunded("l1", "1", "10.00", "2.20"), number=2)
    assert ours.edit(replace(BOTH, refunds=(back, more))) is None
    assert ours.made[-1].note == "Has not left yet, do not send: 1 x Kava 250 g"


def test_a_supplement_nobody_has_packed_is_cancelled_when_it_is_taken_back() -> None:
    ours = shipped()
    four = order(replace(COFFEE, quantity=Decimal(4), charged=amount("40.00", "8.80")), MOKA)
    assert ours.edit(replace(four, charges=(SHIPPING,), total=four.total + Decimal("3.66"))) is None
    assert ours.edit(BOTH) is None
    assert ours.done[1:] == ["create 77/supplement/1", "cancel 77/supplement/1"]
    assert [one.key for one in ours.standing()] == ["shop/77/order/1"]


def test_a_return_that_has_not_come_is_cancelled_when_the_goods_are_kept() -> None:
    ours = shipped()
    back = refund("12.20", refunded("l1", "1", "10.00", "2.20"))
    ours.edit(replace(BOTH, refunds=(back,)))
    assert ours.edit(BOTH) is None
    assert ours.done[1:] == ["create 77/return/1", "cancel 77/return/1"]


def test_a_supplement_that_has_left_comes_back_as_a_return() -> None:
    ours = shipped()
    four = replace(COFFEE, quantity=Decimal(4), charged=amount("40.00", "8.80"))
    ours.edit(order(four, MOKA, charges=(SHIPPING,)))
    ours.ship(SUPPLEMENT)
    assert ours.edit(BOTH) is None
    assert ours.made[-1].key == "shop/77/return/2"
    assert ours.made[-1].lines == (coffee("-1", "10", "-10.00"),)
    ours.invoice("shop/77/return/2")
    assert ours.edit(order(four, MOKA, charges=(SHIPPING,))) is None
    assert ours.made[-1].key == "shop/77/supplement/3"


def test_a_later_money_document_stands_when_goods_are_taken_back() -> None:
    ours = shipped()
    cheaper = replace(COFFEE, charged=amount("27.00", "5.94"))
    ours.edit(order(cheaper, MOKA, charges=(SHIPPING,)))
    two = replace(COFFEE, quantity=Decimal(2), charged=amount("18.00", "3.96"))
    assert ours.edit(order(two, MOKA, charges=(SHIPPING,))) is None
    assert ours.made[-1].lines == (coffee("-1", "10", "-10.00"), money("fee", "1.00"))
    assert ours.total == order(two, MOKA, charges=(SHIPPING,)).total


def test_several_prices_of_one_article_come_back_last_first() -> None:
    gift = replace(COFFEE, id=ExternalId("l9"), quantity=Decimal(1), charged=amount("0.00", "0.00"))
    ours = shipped(order(COFFEE, gift))
    one = order(replace(COFFEE, quantity=Decimal(2), charged=amount("18.00", "3.96")))
    assert ours.edit(one) is None
    assert ours.made[-1].lines == (
        coffee("-1", "0", "0.00"),
        coffee("-1", "10", "-10.00"),
        money("discount", "-2.00"),
    )


def test_of_several_prices_only_as_many_pieces_come_back_as_there_are_less() -> None:
    gift = replace(COFFEE, id=ExternalId("l9"), quantity=Decimal(1), charged=amount("0.00", "0.00"))
    ours = shipped(order(COFFEE, gift))
    assert ours.edit(order(replace(COFFEE, charged=amount("27.00", "5.94")))) is None
    assert ours.made[-1].lines == (coffee("-1", "0", "0.00"), money("discount", "-3.00"))


def test_crates_come_back_as_their_bottles() -> None:
    ours = shipped(order(line(amount("30.00", "6.60"), "3")), factor="6")
    back = refund("12.20", refunded("l1", "1", "10.00", "2.20"))
    assert ours.edit(replace(ours.order, refunds=(back,))) is None
    made = ours.made[-1]
    assert made.lines[0].quantity == Decimal(-6)
    assert ours.kept[RETURN].goods == (("s1", Decimal(-1)),)
    assert ours.total == Decimal("24.40")


def test_the_shop_s_own_rounding_may_change_by_more_than_a_cent() -> None:
    down = Charge("rounding", "", "Cash rounding", amount("-0.20", "0.00", "0"))
    ours = shipped(order(COFFEE, charges=(down,)))
    changed = order(COFFEE, charges=(replace(down, charged=amount("0.05", "0.00", "0")),))
    assert ours.edit(changed) is None
    (rounding,) = ours.made[-1].lines
    assert (rounding.kind, rounding.net) == ("rounding", Decimal("0.25"))
    assert ours.total == changed.total


A_CENT = refund("0.02", refunded("l1", "0", "0.01", "0.01"))
ODD = order(line(amount("29.98", "6.60"), "3"))
"""Of which the cent's VAT is a cent less in the whole, and nothing on a document of its own."""


def test_a_cent_that_is_left_over_is_a_rounding_line() -> None:
    ours = shipped(ODD)
    assert ours.edit(replace(ODD, refunds=(A_CENT,))) is None
    assert [each.kind for each in ours.made[-1].lines] == ["discount", "rounding"]
    assert ours.total == Decimal("36.56")


def test_a_difference_that_cannot_be_booked_to_the_cent_is_parked() -> None:
    ours = shipped(ODD)
    ours.settings = OrderSettings(warehouse="LJ", rounding_limit_cents_per_line=0)
    reason = parked(ours.edit(replace(ODD, refunds=(A_CENT,))), "order.difference")
    assert "the difference of -0.02 EUR could not be booked" in reason
    assert "leaves -0.01 over" in reason
    assert len(ours.made) == 1


def test_a_difference_that_stands_in_the_way_is_parked() -> None:
    ours = shipped()
    dollars = replace(BOTH, currency="USD", lines=(COFFEE,))
    reason = parked(ours.edit(dollars), "order.currency")
    assert "Sale S-1 in the ERP stays as it was" in reason
