"""S4 on whole orders: what is booked and what is parked."""

import datetime as dt
from decimal import Decimal

import pytest
from msgspec.structs import replace
from pydantic import ValidationError

from panstore.model.errors import InvariantError
from panstore.model.ids import ExternalId
from panstore.model.order import Charge, Order, Payment
from panstore.model.sale import BookedLine
from panstore.modules.s4_orders.module import OrderModule, module
from panstore.modules.s4_orders.settings import OrderSettings
from panstore.sdk import Settings
from panstore.sdk.capabilities import Capabilities
from panstore.sdk.modules import (
    CreateProduct,
)
from tests.unit.modules.order_scene import (
    ADDRESS,
    ANA,
    COFFEE,
    NOTHING,
    PER_LINE,
    PLAIN_ERP,
    SETTINGS,
    TRYTON,
    amount,
    case,
    line,
    order,
    parked,
    sale,
)


def test_an_order_becomes_a_whole_sale() -> None:
    shipping = Charge("shipping", "post", "Pošta", amount("3.00", "0.66"))
    free = Charge("fee", "gift", "Gift wrap", amount("0.00", "0.00"))
    one = replace(
        order(line(amount("10.00", "2.20"), "2"), charges=(free, shipping)),
        payments=(
            Payment("voucher", Decimal(1), Decimal(1)),
            Payment("card", Decimal("14.86"), Decimal(0), "ch_1"),
        ),
        discounts=("Spring 10 %",),
        note=" Ring twice. ",
    )
    settings = OrderSettings(
        warehouse="LJ",
        delivery_methods={"post": "Pošta Slovenije"},
        payment_methods={"card": "Card"},
        unmapped_method="park",
    )
    booked = sale(module.due(case(one), settings))
    assert (booked.key, booked.shop_order, booked.number) == ("shop/77/order/1", "77", "100077")
    assert booked.date == dt.date(2026, 11, 25)
    assert (booked.currency, booked.warehouse, booked.total) == ("EUR", "LJ", Decimal("15.86"))
    assert booked.lines == (
        BookedLine(
            ExternalId("e-l1"),
            "goods",
            "Kava 250 g",
            Decimal(2),
            Decimal("5.0000"),
            Decimal("10.00"),
            Decimal(22),
        ),
        BookedLine(None, "shipping", "Pošta", Decimal(1), Decimal(3), Decimal(3), Decimal(22)),
    )
    assert (booked.delivery_method, booked.payment_method) == ("Pošta Slovenije", "Card")
    assert booked.note == "Ring twice.\nDiscounts: Spring 10 %\nPayment: card ch_1"
    assert (booked.customer, booked.billing, booked.shipping) == (ANA, ADDRESS, None)


def test_a_shipped_order_that_is_not_there_yet_is_imported() -> None:
    shipped = replace(COFFEE, stage="shipped")
    assert sale(module.due(case(shipped), SETTINGS)).total == Decimal("12.20")


def test_a_crate_is_booked_as_its_bottles() -> None:
    (booked,) = sale(module.due(case(factor="6"), SETTINGS)).lines
    assert (booked.quantity, booked.unit_net) == (Decimal(6), Decimal("1.6667"))
    assert booked.net == Decimal("10.00")


def test_a_difference_of_a_cent_becomes_a_rounding_line() -> None:
    by_piece = order(line(amount("24.57", "5.40"), "3"))
    booked = sale(module.due(case(by_piece), SETTINGS))
    assert booked.lines[-1] == BookedLine(
        None, "rounding", "Rounding", Decimal(1), Decimal("-0.01"), Decimal("-0.01"), Decimal(0)
    )
    assert booked.total == Decimal("29.97")


def test_vat_is_computed_the_way_the_erp_does() -> None:
    lines = (
        line(amount("3.00", "0.29", "9.5")),
        line(amount("3.00", "0.29", "9.5"), number=2),
    )
    assert kinds(order(*lines), PER_LINE) == ["goods", "goods"]
    assert kinds(order(*lines), PLAIN_ERP) == ["goods", "goods", "rounding"]


def kinds(one: Order, erp: Capabilities, factor: str = "1") -> list[str]:
    return [
        each.kind for each in sale(module.due(case(one, erp=erp, factor=factor), SETTINGS)).lines
    ]


def test_half_a_cent_goes_where_the_erp_lets_it_go() -> None:
    single = order(line(amount("3.00", "0.28", "9.5")))
    assert kinds(single, Capabilities(document_rounding="half_even")) == ["goods"]
    assert kinds(single, PLAIN_ERP) == ["goods", "rounding"]


def test_vat_may_be_taken_from_the_line_before_it_is_rounded() -> None:
    eleven = order(line(amount("3.00", "0.28", "9.5")))  # 11 x 0.2727 is 2.9997
    assert kinds(eleven, Capabilities(tax_base="exact"), "11") == ["goods"]
    assert kinds(eleven, PLAIN_ERP, "11") == ["goods", "rounding"]


def test_discounts_may_be_rounded_apart_from_goods() -> None:
    voucher = Charge("discount", "", "Voucher", amount("-1.00", "-0.10", "9.5"))
    mixed = order(line(amount("4.00", "0.38", "9.5")), charges=(voucher,))
    assert kinds(mixed, Capabilities(tax_by_sign=True)) == ["goods", "discount"]
    assert kinds(mixed, PLAIN_ERP) == ["goods", "discount", "rounding"]


def test_all_of_trytons_ways_together() -> None:
    fee = Charge("fee", "", "Packing", amount("1.00", "0.10", "9.5"))
    mixed = order(line(amount("2.00", "0.18", "9.5")), charges=(fee,))
    assert kinds(mixed, TRYTON) == ["goods", "fee"]


def test_a_gift_is_booked_at_zero() -> None:
    gift = order(line(amount("0.00", "0.00"), "2", title="", sku="GIFT"))
    (booked,) = sale(module.due(case(gift), SETTINGS)).lines
    assert (booked.description, booked.unit_net, booked.net) == ("GIFT", NOTHING, NOTHING)


def test_what_the_buyer_asked_for_with_a_line_is_in_its_description() -> None:
    ring = order(replace(line(amount("90.00", "19.80")), note=" For Maja "))
    (booked,) = sale(module.due(case(ring), SETTINGS)).lines
    assert booked.description == "Kava 250 g\nFor Maja"


def test_the_shop_s_own_rounding_is_a_rounding_line() -> None:
    down = Charge("rounding", "", "Cash rounding", amount("-0.02", "0.00", "0"))
    booked = sale(module.due(case(order(COFFEE.lines[0], charges=(down,))), SETTINGS))
    assert [(each.kind, each.description, each.net) for each in booked.lines[1:]] == [
        ("rounding", "Cash rounding", Decimal("-0.02"))
    ]
    assert booked.total == Decimal("12.18")


def test_a_payment_that_failed_tells_nothing() -> None:
    failed = Payment("card", Decimal("12.20"), Decimal(0), "ch_1", failed=True)
    later = Payment("bank", Decimal("12.20"), Decimal(0), "SI99")
    booked = sale(module.due(case(replace(COFFEE, payments=(failed, later))), SETTINGS))
    assert (booked.payment_method, booked.note) == ("bank", "Payment: bank SI99")
    booked = sale(module.due(case(replace(COFFEE, payments=(failed,))), SETTINGS))
    assert (booked.payment_method, booked.note) == ("", "")


def test_another_currency_that_the_erp_books_stays_as_it_is() -> None:
    yen = order(line(amount("1000", "220")))
    both = OrderSettings(warehouse="LJ", currencies=("EUR", "JPY"))
    booked = sale(module.due(case(replace(yen, currency="JPY")), both))
    assert (booked.currency, booked.total) == ("JPY", Decimal(1220))
    assert booked.lines[0].net == Decimal(1000)


def test_a_difference_beyond_rounding_is_parked_and_shown_line_by_line() -> None:
    wrong_vat = order(
        line(amount("10.00", "0.95")),
        charges=(Charge("fee", "", "", amount("1.00", "0.22")),),
    )
    reason = parked(module.due(case(wrong_vat), SETTINGS), "order.total")
    assert "charged 12.17 EUR, the ERP would make it 13.42 EUR" in reason
    assert "Kava 250 g: charged 10.95, recomputed 12.2 (1 x 10 + 22 % VAT)" in reason
    assert "fee: charged 1.22, recomputed 1.22" in reason


def test_a_total_in_parts_of_a_cent_cannot_be_booked() -> None:
    broken = order(line(amount("10.00", "2.20")), total="12.205")
    assert "12.205" in parked(module.due(case(broken), SETTINGS), "order.total")


def test_a_shop_that_contradicts_itself_is_parked() -> None:
    free = Charge("shipping", "", "Pick-up", amount("0.00", "0.00"))
    wrong = order(line(amount("10.00", "2.20"), title=""), total="13.20", charges=(free,))
    reason = parked(module.due(case(wrong), SETTINGS), "order.sum")
    assert "add up to 12.2 EUR" in reason
    assert "(line l1: 12.2)" in reason


def test_the_limit_counts_lines_and_rates() -> None:
    one_over = order(line(amount("10.00", "2.20")), total="12.23")
    parked(module.due(case(one_over), SETTINGS), "order.sum")
    strict = OrderSettings(warehouse="LJ", rounding_limit_cents_per_line=0)
    parked(module.due(case(order(line(amount("24.57", "5.40"), "3"))), strict), "order.total")
    two_off = order(line(amount("10.00", "2.20")), total="12.22")
    assert sale(module.due(case(two_off), SETTINGS)).lines[-1].net == Decimal("0.02")


def test_a_currency_the_erp_does_not_book_is_parked() -> None:
    dollars = replace(COFFEE, currency="USD")
    assert "paid in USD" in parked(module.due(case(dollars), SETTINGS), "order.currency")


def test_orders_without_sense_are_parked() -> None:
    parked(module.due(case(order()), SETTINGS), "order.empty")
    none = order(line(amount("0.00", "0.00"), "0"))
    assert "ordered 0 times" in parked(module.due(case(none), SETTINGS), "order.quantity")
    unnamed = order(line(amount("0.00", "0.00"), "0", title=""))
    assert "l1 was ordered" in parked(module.due(case(unnamed), SETTINGS), "order.quantity")


def test_an_article_deleted_in_the_shop_parks_the_order() -> None:
    gone = order(replace(COFFEE.lines[0], product=None))
    reason = parked(module.due(case(gone), SETTINGS), "order.product_gone")
    assert "Kava 250 g (KAVA-250) no longer exists in the shop" in reason


def test_unknown_articles_park_the_order_and_are_named() -> None:
    reason = parked(module.due(case(known=False), SETTINGS), "order.unknown_product")
    assert "Kava 250 g (KAVA-250) is not linked" in reason


def test_an_unknown_article_is_created_at_its_price_before_discounts() -> None:
    settings = OrderSettings(warehouse="LJ", unknown_product="create")
    cheap = order(
        replace(line(amount("18.00", "3.96"), "2", sku="KAVA-250"), discount=Decimal("2.44"))
    )
    step = module.due(case(cheap, known=False), settings)
    assert isinstance(step, CreateProduct)
    assert step.shop_variant == "s1"
    assert step.product.key == "shop/s1/product/1"
    assert (step.product.sku, step.product.title) == ("KAVA-250", "Kava 250 g")
    assert (step.product.net, step.product.rate) == ("10", "22")


@pytest.mark.parametrize("factor", [None, "0"])
def test_without_a_factor_the_order_is_parked(factor: str | None) -> None:
    reason = parked(module.due(case(factor=factor), SETTINGS), "unit.no_factor")
    assert "`panstore links set " in reason


def test_a_method_nobody_mapped_is_passed_on_or_parks_by_setting() -> None:
    one = replace(
        order(
            line(amount("10.00", "2.20")),
            charges=(Charge("shipping", "", "Courier", amount("1.00", "0.22")),),
        ),
        payments=(Payment("card", Decimal("13.42"), Decimal(0)),),
    )
    booked = sale(module.due(case(one), SETTINGS))
    assert (booked.delivery_method, booked.payment_method) == ("Courier", "card")
    strict = OrderSettings(warehouse="LJ", unmapped_method="park")
    reason = parked(module.due(case(one), strict), "order.delivery_method")
    assert "the shop's delivery method Courier" in reason
    half = strict.model_copy(update={"delivery_methods": {"Courier": "DHL"}})
    parked(module.due(case(one), half), "order.payment_method")
    assert sale(module.due(case(), strict)).payment_method == ""


@pytest.mark.parametrize(
    ("settings", "word"),
    [
        ({"match": ["generic"]}, "generic_customer must name"),
        ({"match": ["email", "email"]}, "named twice"),
        ({"match": []}, "at least 1"),
        ({"warehouse": ""}, "at least 1"),
        ({"currencies": ["eur"]}, "match pattern"),
        ({"ware": "LJ"}, "ware"),
    ],
)
def test_settings_that_cannot_work_are_refused(settings: dict[str, object], word: str) -> None:
    with pytest.raises(ValidationError, match=word):
        OrderSettings.model_validate({"warehouse": "LJ", **settings})


def test_web_orders_begin_at_midnight_of_the_company_s_day() -> None:
    orders = OrderModule()
    assert orders.begins(SETTINGS, "Europe/Ljubljana") is None
    day = OrderSettings(warehouse="LJ", from_date=dt.date(2026, 11, 1))
    begun = orders.begins(day, "Europe/Ljubljana")
    assert begun == dt.datetime(2026, 10, 31, 23, tzinfo=dt.UTC)


def test_settings_of_another_module_are_refused() -> None:
    with pytest.raises(InvariantError, match="S4 was given Settings"):
        module.due(case(), Settings())
