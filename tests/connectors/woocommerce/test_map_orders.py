"""Recorded orders become orders of ours, to the cent."""

from __future__ import annotations

import copy
import datetime as dt
from decimal import Decimal
from typing import Any

import pytest

from panstore.connectors.woocommerce.map.order_words import VAT_KEYS, OrderWords
from panstore.connectors.woocommerce.map.orders import broken_order, gone_order, head, order
from panstore.model.customer import Address
from panstore.model.ids import ExternalId
from panstore.model.order import Charge, Order, Payment, PickupPoint, Refund, RefundedLine
from panstore.model.tax import Charged
from panstore.sdk.errors import MappingError
from panstore.testing.suites import assert_exact
from tests.connectors.woocommerce.order_recordings import all_orders, answer, encoded

NEGATIVE = "32-order-bad-lines[5]"
"""WooCommerce takes an order of minus one piece."""

ORDERS = {name: one for name, one in all_orders().items() if name != NEGATIVE}
WORDS = OrderWords()
RECORDED_DAY = dt.datetime(2026, 11, 24, tzinfo=dt.UTC)


def read(document: Any, words: OrderWords = WORDS, refunds: Any = ()) -> Order:
    return order(encoded(document), words, encoded(list(refunds)))


def with_(document: dict[str, Any], **changes: Any) -> dict[str, Any]:
    return {**copy.deepcopy(document), **changes}


def charged(net: str, tax: str, rate: str) -> Charged:
    return Charged(Decimal(net), Decimal(tax), Decimal(net) + Decimal(tax), Decimal(rate))


def adds_up(found: Order) -> bool:
    parts = [line.charged.gross for line in found.lines]
    parts += [charge.charged.gross for charge in found.charges]
    return sum(parts, Decimal(0)) == found.total


@pytest.mark.parametrize("name", ORDERS)
def test_every_recorded_order_adds_up_to_the_cent(name: str) -> None:
    found = read(ORDERS[name], OrderWords(stages={**WORDS.stages, "checkout-draft": "open"}))
    assert adds_up(found)
    assert_exact(found)


def test_minus_one_piece_is_refused() -> None:
    with pytest.raises(MappingError, match=r"order 888: line_items\[0\].quantity is -1"):
        read(all_orders()[NEGATIVE])


def guest() -> dict[str, Any]:
    return copy.deepcopy(answer("27-order-create-guest", 0))


def shipped_order() -> dict[str, Any]:
    return copy.deepcopy(answer("30-order-shipping-fee", 0))


def test_a_guest_is_read_as_he_typed_it() -> None:
    found = read(guest())
    assert (found.id, found.number) == ("876", "876")
    assert found.placed_at == RECORDED_DAY.replace(hour=3, minute=50, second=34)
    assert (found.status, found.stage, found.currency) == ("processing", "open", "EUR")
    assert found.customer.account is None
    assert (found.customer.name, found.customer.email) == ("Bea Buyer", "guest@shop.example")
    assert found.customer.phone == "+49 30 000000"
    home = Address("Bea Buyer", "Sample Street 1", "10115", "Berlin", "DE")
    assert found.shipping == home
    assert found.billing == Address(
        "Bea Buyer", "Sample Street 1", "10115", "Berlin", "DE", phone="+49 30 000000"
    )
    assert found.note == "Ring twice & wait"
    assert found.tags == ("rest-api",)
    assert found.payments == (Payment("bacs", Decimal("24.28"), Decimal("24.28"), "T-1"),)
    assert found.is_paid


def test_an_account_is_known_by_its_number() -> None:
    found = read(answer("26-order-create-customer", 0))
    assert found.customer.account == "4"
    assert found.customer.company == "Buyer GmbH"
    assert found.payments == (Payment("cod", Decimal("36.43"), Decimal(0)),)
    assert not found.is_paid


def test_a_line_has_the_id_of_what_is_sold() -> None:
    simple = read(guest()).lines[0]
    assert (simple.product, simple.sku, simple.title) == ("33", "ART-0020", "Sample product 0020")
    assert simple.charged == charged("20.40", "3.88", "19")
    red, parent = (read(answer("28-order-create-variation", at)).lines[0] for at in (0, 1))
    assert (red.product, red.sku, red.title) == ("864", "SHIRT-RS", "Polo shirt - Red, S")
    assert red.note == "", "what tells a variation apart stands in its title"
    assert parent.product == "863", "somebody ordered the parent: nobody knows which variation"


def test_what_does_not_exist_any_more_has_no_product() -> None:
    (line,) = read(answer("32-order-bad-lines", 0)).lines
    assert (line.product, line.sku, line.title, line.quantity) == (None, "", "", Decimal(1))


def test_coupons_are_in_the_lines() -> None:
    found = read(answer("29-order-coupon", 1))
    assert found.discounts == ("ten",)
    (line,) = found.lines
    assert (line.charged, line.discount) == (charged("18.36", "3.49", "19"), Decimal("2.43"))
    assert found.charges == ()


def test_shipping_fees_and_reductions_are_charges() -> None:
    assert read(shipped_order()).charges == (
        Charge("shipping", "flat_rate", "Parcel", charged("4.90", "0.93", "19")),
        Charge("fee", "Small order fee", "Small order fee", charged("2.00", "0.38", "19")),
        Charge("discount", "Goodwill", "Goodwill", charged("-1.00", "-0.19", "19")),
    )


def test_own_prices_and_wishes_are_kept() -> None:
    first, second = read(answer("31-order-own-line-prices", 0)).lines
    assert (first.title, first.note) == ("Own line name", "erp_line: 10")
    assert (first.discount, second.discount) == (Decimal("5.35"), Decimal("6.20"))


def test_hidden_entries_and_markup_are_no_wishes() -> None:
    document = guest()
    document["line_items"][0]["meta_data"] += [
        {
            "id": 1,
            "key": "engraving",
            "display_key": "Engraving",
            "display_value": "<b>A &amp; B</b>",
        },
        {"id": 2, "key": "files", "value": ["x"], "display_key": "Files", "display_value": ["x"]},
    ]
    assert read(document).lines[0].note == "Engraving: A & B"


def test_each_line_has_its_own_rate() -> None:
    found = read(answer("40-order-tax-none", 1))
    assert [line.charged.rate for line in found.lines] == [7, 19]
    untaxed = read(answer("40-order-tax-none", 2))
    assert [line.charged for line in untaxed.lines] == [charged("20.40", "0.00", "0")]


def test_prices_entered_with_tax_come_to_what_was_paid() -> None:
    found = read(answer("40-order-tax-none", 4))
    assert found.total == Decimal("20.40")
    assert found.lines[0].charged == charged("17.14", "3.26", "19")


def test_two_rates_on_a_line_are_one_and_a_compound_one_is_on_top() -> None:
    document = guest()
    document["tax_lines"] = [
        {"rate_id": 2, "compound": True, "rate_percent": 10},
        {"rate_id": 1, "compound": False, "rate_percent": 5},
    ]
    document["line_items"][0]["taxes"] = [{"id": 2, "total": "1.00"}, {"id": 1, "total": "1.00"}]
    assert read(document).lines[0].charged.rate == Decimal("15.5")
    document["tax_lines"][0]["compound"] = False
    assert read(document).lines[0].charged.rate == Decimal(15)


def test_a_rate_that_the_order_does_not_say_is_the_shop_s() -> None:
    document = guest()
    document["tax_lines"][0]["rate_percent"] = None
    with pytest.raises(MappingError, match=r"at which rate 3\.88 of VAT was charged"):
        read(document)
    known = read(document, OrderWords(rates={1: Decimal("19.0000")}))
    assert str(known.lines[0].charged.rate) == "19"
    document["line_items"][0]["taxes"] = []
    with pytest.raises(MappingError, match="rate ids none"):
        read(document)
    document = guest()
    document["tax_lines"][0]["rate_percent"] = -1
    with pytest.raises(MappingError, match="rate_percent is -1"):
        read(document)


def test_cents_are_rounding_and_more_is_a_difference() -> None:
    document = with_(guest(), total="24.29")
    rounding = Charge("rounding", "rounding", "Rounding", charged("0.01", "0", "0"))
    assert read(document).charges == (rounding,)
    assert read(with_(document, total="24.26")).charges[0].charged.gross == Decimal("-0.02")
    more = read(with_(document, total="24.31"))
    assert more.charges == ()
    assert not adds_up(more), "it is set aside with the difference"
    yen = with_(document, currency="JPY", total="26")
    assert read(yen).charges[0].charged.gross == Decimal("1.72")


def test_the_shop_s_statuses_are_understood() -> None:
    stages = {status: read(with_(guest(), status=status)).stage for status in WORDS.stages}
    assert stages["completed"] == stages["refunded"] == "shipped"
    assert stages["cancelled"] == stages["failed"] == stages["trash"] == "cancelled"
    assert stages["pending"] == stages["on-hold"] == stages["processing"] == "open"
    with pytest.raises(MappingError, match=r"order 876: status is 'packed'.*`statuses`"):
        read(with_(guest(), status="packed"))
    own = OrderWords(stages={**WORDS.stages, "packed": "open"})
    assert read(with_(guest(), status="packed"), own).stage == "open"


def test_a_payment_is_what_the_shop_says_unless_the_method_pays_later() -> None:
    refused = read(with_(guest(), status="failed", date_paid_gmt=None))
    assert refused.payment_failed
    later = read(guest(), OrderWords(unpaid_methods=frozenset({"bacs"})))
    assert not later.is_paid
    by_hand = with_(guest(), payment_method="", transaction_id=None)
    assert read(by_hand).payments == (Payment("", Decimal("24.28"), Decimal("24.28")),)
    assert read(with_(by_hand, date_paid_gmt=None)).payments == ()


def test_a_free_order_is_paid() -> None:
    document = with_(guest(), total="0.00", line_items=[], tax_lines=[])
    assert read(document).payments == ()
    assert read(document).is_paid


@pytest.mark.parametrize("key", VAT_KEYS)
def test_a_vat_id_is_found_where_plugins_keep_it(key: str) -> None:
    document = guest()
    document["meta_data"] = [{"id": 1, "key": key, "value": " SI12345679 "}]
    assert read(document).customer.vat_id == "SI12345679"


def test_a_vat_id_may_stand_in_the_address_and_is_text() -> None:
    document = guest()
    document["meta_data"] = [{"id": 1, "key": "vat_id", "value": {"no": "text"}}]
    document["billing"]["vat_id"] = "DE1"
    assert read(document).customer.vat_id == "DE1"


def test_the_language_is_noted_by_plugins() -> None:
    document = guest()
    document["meta_data"] = [{"id": 1, "key": "trp_language", "value": "de_AT"}]
    assert read(document).language == "de-AT"


def test_an_order_that_is_fetched_names_the_place() -> None:
    document = shipped_order()
    document["shipping_lines"][0] |= {"method_id": "local_pickup", "instance_id": "3"}
    assert read(document).pickup == PickupPoint("local_pickup:3", "Parcel")
    document["shipping_lines"][0]["meta_data"] = [
        {"id": 1, "key": "pickup_location", "value": "Main Street"}
    ]
    assert read(document).pickup == PickupPoint("local_pickup:3", "Main Street")
    document["shipping_lines"] = []
    assert read(document).pickup is None


def test_lines_of_nothing_are_none_and_wrong_ones_are_named() -> None:
    document = with_(guest(), total="0.00")
    line = document["line_items"][0]
    line |= {"quantity": 0, "total": "0.00", "total_tax": "0.00"}
    assert read(document).lines == ()
    line |= {"quantity": -1, "total": "1.00"}
    with pytest.raises(MappingError, match=r"order 876: line_items\[0\].quantity is -1"):
        read(document)


def test_refunds_say_for_what() -> None:
    found = read(answer("37-order-refunds", 5), refunds=answer("37-order-refunds", 6))
    at = RECORDED_DAY.replace(hour=3, minute=50, second=45)
    assert found.refunds == (
        Refund(ExternalId("906"), at, Decimal("1.00"), reason="Scratch"),
        Refund(
            ExternalId("907"),
            at,
            Decimal("12.28"),
            (RefundedLine(ExternalId("282"), Decimal(1), charged("10.32", "1.96", "19")),),
        ),
    )
    assert found.total == Decimal("49.12"), "as before any refund"
    assert found.payments[0].refunded == Decimal("13.28")
    assert found.is_paid


def test_a_refund_of_nothing_is_none() -> None:
    told = answer("37-order-refunds", 10)
    assert told[0]["amount"] == ""
    found = read(answer("37-order-refunds", 5), refunds=told)
    assert [one.id for one in found.refunds] == ["906", "907"]


def test_shipping_and_fees_are_given_back_by_their_lines() -> None:
    def back(line: int, net: str, tax: str) -> dict[str, Any]:
        meta = [{"id": 1, "key": "_refunded_item_id", "value": str(line)}]
        return {"id": 900, "total": net, "total_tax": tax, "meta_data": meta}

    told = {
        "id": 950,
        "date_created_gmt": "2026-11-25T10:00:00",
        "amount": "8.21",
        "line_items": [
            {**back(239, "0.00", "0.00"), "quantity": 0},
            {**back(1, "-1.00", "0.00"), "quantity": -1},
            {"id": 9, "quantity": -1, "total": "-1.00", "total_tax": "", "meta_data": []},
        ],
        "shipping_lines": [back(240, "-4.90", "-0.93")],
        "fee_lines": [back(241, "-2.00", "-0.38"), back(242, "0.00", "0.00")],
    }
    (refund,) = read(shipped_order(), refunds=[told]).refunds
    assert refund.lines == ()
    assert refund.charges == (
        Charge("shipping", "flat_rate", "Parcel", charged("4.90", "0.93", "19")),
        Charge("fee", "Small order fee", "Small order fee", charged("2.00", "0.38", "19")),
    )
    with pytest.raises(MappingError, match="order 883: refunds are of a wrong form"):
        read(shipped_order(), refunds=[{"id": 1}])


def test_what_is_wrong_is_named() -> None:
    with pytest.raises(MappingError, match="order 876: total is wrong: Expected `str`"):
        read(with_(guest(), total=1.5))
    with pytest.raises(MappingError, match="order 876: date_created_gmt is 'soon' and no moment"):
        read(with_(guest(), date_created_gmt="soon"))
    with pytest.raises(MappingError, match="order : the document is wrong"):
        read([])


def test_an_order_that_cannot_be_read_still_holds_its_goods() -> None:
    document = with_(answer("28-order-create-variation", 0), total=None)
    document["line_items"] += ["no line", {"product_id": 0, "quantity": 1}, {"quantity": 1.5}]
    error = MappingError("order 877", "total", "is wrong")
    broken = broken_order(encoded(document), error, WORDS)
    assert broken is not None
    assert broken.holds == (("864", Decimal(1)), ("853", Decimal(2)))
    assert broken.placed_at is not None
    for closed in ("completed", "cancelled", "checkout-draft"):
        told = broken_order(encoded(with_(document, status=closed)), error, WORDS)
        assert told is not None
        assert told.holds == ()
    bare = broken_order(b'{"id":5,"line_items":0,"date_created_gmt":"soon"}', error, WORDS)
    assert bare is not None
    assert (bare.id, bare.holds, bare.placed_at) == ("5", (), None)
    timeless = broken_order(b'{"id":5}', error, WORDS)
    assert timeless is not None
    assert timeless.placed_at is None
    assert broken_order(b'{"id":true}', error, WORDS) is None
    assert broken_order(b"[]", error, WORDS) is None


def test_the_head_of_an_order_is_enough_for_a_feed() -> None:
    found = head(encoded(answer("37-order-refunds", 5)))
    assert found is not None
    assert (found.id, found.status, found.date_modified_gmt) == (
        905,
        "processing",
        "2026-11-24T03:50:45",
    )
    assert [one.id for one in found.refunds] == [906, 907]
    assert head(b'{"id":"x"}') is None


def test_a_deleted_order_holds_nothing() -> None:
    assert gone_order(ExternalId("5")).holds == ()
