"""Goods, stock and prices, both ways, without loss."""

from __future__ import annotations

import datetime as dt
import json
from decimal import Decimal
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from panstore.connectors.woocommerce.map import goods as translate
from panstore.connectors.woocommerce.map.echo import FACT_FIELDS, Fingerprint, fingerprint
from panstore.connectors.woocommerce.map.goods import Parent
from panstore.connectors.woocommerce.map.settings import Terms
from panstore.connectors.woocommerce.wire import GOODS_FIELDS, WireBareGoods, WireGoods
from panstore.model.ids import ExternalId, ItemId
from panstore.model.plan import Operation, Value, WriteOutcome
from panstore.model.price import PriceTarget, Promotion
from panstore.model.product import Variant
from panstore.model.stock import ShopStock, StockTarget
from panstore.sdk.errors import MappingError
from panstore.testing.suites import assert_exact
from tests.connectors.woocommerce.order_recordings import FOLDER, answer, deliveries, exchanges

TERMS = Terms("EUR", rates={"standard": Decimal(19), "reduced-rate": Decimal(7)})
NET = PriceTarget(Decimal("9.90"), "EUR", includes_tax=False, tax_class="standard")


def goods(**fields: Any) -> WireGoods:
    return msgspec.convert({"id": 13, "regular_price": "10.00"} | fields, WireGoods)


def write(value: Value, target: str = "13") -> Operation:
    return Operation(ItemId("item"), ExternalId(target), None, value, "test")


def recorded_goods() -> dict[str, Any]:
    """Every product and variation in an answer of 04 to 22, by file and place."""
    found: dict[str, Any] = {}
    for path in sorted(FOLDER.glob("[0-2][0-9]-*.json")):
        for at, exchange in enumerate(exchanges(path.stem)):
            body = exchange["response"]["body"]
            if isinstance(body, dict) and "regular_price" in body and "sku" in body:
                found[f"{path.stem}[{at}]"] = body
    return found


RECORDED = recorded_goods()


@pytest.mark.parametrize("name", RECORDED)
def test_every_recorded_product_is_understood(name: str) -> None:
    found = msgspec.json.decode(json.dumps(RECORDED[name]), type=WireGoods)
    variant = translate.variant(found, None, TERMS.rates)
    assert_exact((variant, translate.present_stock(found), translate.present_price(found, TERMS)))
    assert variant.id == str(RECORDED[name]["id"])


def test_a_recorded_product() -> None:
    found = msgspec.convert(answer("04-product-create-simple", 0), WireGoods)
    assert translate.variant(found, None, TERMS.rates) == Variant(
        ExternalId("858"), "BOLT-M8", "Steel bolt M8", "4006381333931", tax_rates=(Decimal(19),)
    )
    assert translate.present_stock(found) == ShopStock(ExternalId("858"), Decimal(40))
    assert translate.present_price(found, TERMS) == PriceTarget(
        Decimal("12.50"), "EUR", includes_tax=False, tax_class="standard"
    )


def test_a_recorded_variation_is_named_by_its_product_too() -> None:
    row = answer("14-variations-batch", 2)[0]
    found = msgspec.convert(row, WireGoods)
    parent = Parent("Polo &amp; shirt", "publish")
    variant = translate.variant(found, parent, TERMS.rates)
    assert (variant.id, variant.parent, variant.sku) == ("866", "863", "SHIRT-BS")
    assert variant.title == "Polo & shirt - Blue, S"
    assert variant.active
    assert not translate.variant(found, Parent("Polo", "draft"), {}).active
    alone = translate.variant(found, None, {})
    # Its product is in the trash or gone, so nobody can buy it.
    assert (alone.title, alone.active) == ("Blue, S", False)


def test_a_variation_of_any_attribute_has_its_products_name() -> None:
    assert translate.variant(goods(parent_id=9), Parent("Tea", "publish"), {}).title == "Tea"


def test_a_variation_without_an_sku_does_not_have_its_product_s() -> None:
    parent = Parent("Polo", "publish", "A &amp; B")
    assert translate.variant(goods(parent_id=9, sku="A &amp; B"), parent, {}).sku == ""
    assert translate.variant(goods(parent_id=9, sku="A &amp; B-S"), parent, {}).sku == "A & B-S"


@pytest.mark.parametrize("status", ["draft", "pending", "private", "future", "trash"])
def test_what_is_not_published_is_not_active(status: str) -> None:
    assert not translate.variant(goods(status=status), None, {}).active


def test_text_is_unescaped_and_an_ean_has_no_hyphens() -> None:
    shown = goods(name=" A &amp; B &#8220;x&#8221; ", sku="a&amp;b", global_unique_id="978-3-16 ")
    variant = translate.variant(shown, None, {})
    assert (variant.title, variant.sku, variant.gtin) == ("A & B \u201cx\u201d", "a&b", "978316")


@pytest.mark.parametrize(
    ("fields", "tracked"),
    [
        ({}, True),
        ({"virtual": True}, False),
        ({"virtual": True, "manage_stock": True}, True),
        ({"virtual": True, "manage_stock": "parent"}, True),
    ],
)
def test_a_service_is_not_tracked_unless_the_shop_counts_it(
    fields: dict[str, Any], tracked: bool
) -> None:
    assert translate.variant(goods(**fields), None, {}).tracked is tracked


@pytest.mark.parametrize(
    ("fields", "rates"),
    [
        ({}, (Decimal(19),)),
        ({"tax_class": "reduced-rate"}, (Decimal(7),)),
        ({"tax_class": "unheard-of"}, ()),
        ({"tax_status": "none"}, (Decimal(0),)),
        ({"tax_status": "shipping", "tax_class": "unheard-of"}, (Decimal(0),)),
    ],
)
def test_the_rate_is_that_of_its_class(fields: dict[str, Any], rates: tuple[Decimal]) -> None:
    assert translate.variant(goods(**fields), None, TERMS.rates).tax_rates == rates


def test_a_shop_without_taxes_says_no_rate() -> None:
    assert translate.variant(goods(tax_status="none"), None, {}).tax_rates == ()


@pytest.mark.parametrize(
    ("kind", "sold"),
    [
        ("simple", True),
        ("variation", True),
        ("subscription", True),
        ("variable", False),
        ("variable-subscription", False),
        ("grouped", False),
        ("external", False),
    ],
)
def test_what_is_sold_from_a_stock(kind: str, sold: bool) -> None:
    assert translate.is_sold_from_stock(goods(type=kind)) is sold


@pytest.mark.parametrize(
    "fields",
    [
        {"manage_stock": False, "stock_quantity": None},
        {"manage_stock": "parent", "stock_quantity": 7},
        {"manage_stock": True, "stock_quantity": None},
    ],
)
def test_without_a_stock_of_its_own_it_has_none(fields: dict[str, Any]) -> None:
    assert translate.present_stock(goods(**fields)) is None


def test_an_oversold_article_is_below_zero() -> None:
    stock = translate.present_stock(goods(manage_stock=True, stock_quantity=-949))
    assert stock == ShopStock(ExternalId("13"), Decimal(-949))


@pytest.mark.parametrize("price", ["", "abc", "-5", "1e3", "10,50"])
def test_what_is_no_price_is_none(price: str) -> None:
    assert translate.present_price(goods(regular_price=price), TERMS) is None


def test_a_price_keeps_what_it_has_more_and_lacks_nothing() -> None:
    for said, amount in (("10.123456", "10.123456"), ("10", "10.00"), ("10.5000", "10.50")):
        present = translate.present_price(goods(regular_price=said), TERMS)
        assert present is not None
        assert f"{present.amount}" == amount


def test_a_shop_without_taxes_has_no_classes_and_untaxed_goods_are_in_none() -> None:
    none = translate.present_price(goods(), Terms("EUR", includes_tax=True, taxes=False))
    assert none == PriceTarget(Decimal("10.00"), "EUR", includes_tax=True)
    untaxed = translate.present_price(goods(tax_status="none"), TERMS)
    assert untaxed is not None
    assert untaxed.tax_class not in {None, *TERMS.rates}


DAYS = (dt.date(2030, 5, 1), dt.date(2030, 5, 31))


@pytest.mark.parametrize(
    ("fields", "promotion"),
    [
        ({}, None),
        ({"sale_price": "abc"}, None),
        ({"sale_price": "8.00"}, Promotion(Decimal("8.00"))),
        (
            {
                "sale_price": "8.00",
                "date_on_sale_from": "2030-05-01T00:00:00",
                "date_on_sale_to": "2030-05-31T23:59:59",
            },
            Promotion(Decimal("8.00"), *DAYS),
        ),
        # It ends with the first second of the day, so the day before was the last.
        (
            {"sale_price": "8.00", "date_on_sale_to": "2030-06-01T00:00:00"},
            Promotion(Decimal("8.00"), None, DAYS[1]),
        ),
        ({"sale_price": "8.00", "date_on_sale_to": "soon"}, Promotion(Decimal("8.00"))),
    ],
)
def test_a_sale_price_is_a_promotion(fields: dict[str, Any], promotion: Promotion | None) -> None:
    present = translate.present_price(goods(**fields), TERMS)
    assert present is not None
    assert present.promotion == promotion


def test_a_stock_item_counts_and_says_that_it_counts() -> None:
    item = translate.stock_item(write(StockTarget(Decimal("7.00"))))
    assert item == {"id": 13, "manage_stock": True, "stock_quantity": 7}


@pytest.mark.parametrize("free", ["1.5", "-1", "NaN", "Infinity", "1e15"])
def test_what_the_shop_would_bend_into_a_quantity_is_not_sent(free: str) -> None:
    item = translate.stock_item(write(StockTarget(Decimal(free))))
    assert isinstance(item, WriteOutcome)
    assert (item.state, item.code) == ("refused", "not_a_quantity")


@pytest.mark.parametrize("target", ["0", "abc", "13 ", "-1", "1" * 19, "\u0661"])
def test_an_id_that_cannot_be_one_is_refused(target: str) -> None:
    for item in (
        translate.stock_item(write(StockTarget(Decimal(1)), target)),
        translate.price_item(write(NET, target), TERMS),
    ):
        assert isinstance(item, WriteOutcome)
        assert item.code == "unknown_product"


def test_a_value_of_the_wrong_kind_is_refused() -> None:
    wrong = (
        translate.stock_item(write(NET)),
        translate.price_item(write(StockTarget(Decimal(1))), TERMS),
    )
    assert [one.code for one in wrong if isinstance(one, WriteOutcome)] == [
        "not_a_quantity",
        "not_a_price",
    ]


def test_a_price_item_takes_away_what_is_not_named() -> None:
    assert translate.price_item(write(NET), TERMS) == {
        "id": 13,
        "regular_price": "9.90",
        "sale_price": "",
        "date_on_sale_from": "",
        "date_on_sale_to": "",
        "tax_status": "taxable",
        "tax_class": "standard",
    }


def test_a_promotion_lasts_until_the_end_of_its_last_day() -> None:
    value = msgspec.structs.replace(NET, tax_class=None, promotion=Promotion(Decimal(8), *DAYS))
    assert translate.price_item(write(value), TERMS) == {
        "id": 13,
        "regular_price": "9.90",
        "sale_price": "8.00",
        "date_on_sale_from": "2030-05-01T00:00:00",
        "date_on_sale_to": "2030-05-31T23:59:59",
    }


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"amount": Decimal("9.901")}, "not_a_price"),
        ({"amount": Decimal("NaN")}, "not_a_price"),
        ({"amount": Decimal(-1)}, "not_a_price"),
        ({"amount": Decimal("1e15")}, "not_a_price"),
        ({"promotion": Promotion(Decimal("0.001"))}, "not_a_price"),
        ({"currency": "USD"}, "wrong_currency"),
        ({"includes_tax": True}, "wrong_terms"),
    ],
)
def test_a_price_the_shop_would_blank_or_bend_is_not_sent(
    changes: dict[str, Any], code: str
) -> None:
    item = translate.price_item(write(msgspec.structs.replace(NET, **changes)), TERMS)
    assert isinstance(item, WriteOutcome)
    assert (item.state, item.code) == ("refused", code)


def test_a_gross_shop_takes_gross_prices_only() -> None:
    item = translate.price_item(write(NET), Terms("EUR", includes_tax=True))
    assert isinstance(item, WriteOutcome)
    assert "with tax" in item.message


amounts = st.decimals(0, 10**9, places=2)
days = st.dates(dt.date(2000, 1, 1), dt.date(2100, 1, 1))


@given(amounts, st.none() | st.builds(Promotion, amounts, st.none() | days, st.none() | days))
def test_a_price_comes_back_as_it_went(amount: Decimal, promotion: Promotion | None) -> None:
    value = msgspec.structs.replace(NET, amount=amount, promotion=promotion)
    item = translate.price_item(write(value), TERMS)
    assert isinstance(item, dict)
    stored = {name: said or None for name, said in item.items() if name.startswith("date_")}
    back = translate.price_outcome(ExternalId("13"), goods(**item | stored), TERMS)
    assert (back.state, back.stored) == ("done", value)


@given(st.integers(0, 10**9))
def test_a_stock_comes_back_as_it_went(free: int) -> None:
    item = translate.stock_item(write(StockTarget(Decimal(free))))
    assert isinstance(item, dict)
    back = translate.stock_outcome(ExternalId("13"), goods(**item))
    assert (back.state, back.stored) == ("done", StockTarget(Decimal(free)))


def test_an_order_after_the_write_may_have_taken_it_below_zero() -> None:
    back = translate.stock_outcome(ExternalId("13"), goods(manage_stock=True, stock_quantity=-2))
    assert back.stored == StockTarget(Decimal(0))


def test_what_was_not_stored_is_not_called_done() -> None:
    assert translate.stock_outcome(ExternalId("13"), goods()).state == "unknown"
    blanked = translate.price_outcome(ExternalId("13"), goods(regular_price=""), TERMS)
    assert blanked.state == "unknown"


def encoded(document: Any) -> bytes:
    return json.dumps(document).encode()


def delivered(kind: str) -> dict[str, Any]:
    """The last message about a product of this type (recorded 48)."""
    bodies = [json.loads(one["body"]) for one in deliveries("48-webhook-product")[3:]]
    found: dict[str, Any] = next(body for body in bodies if body.get("type") == kind)
    return found


def test_the_message_about_our_own_write_is_known() -> None:
    (written,) = [
        one["response"]["body"]
        for one in exchanges("48-webhook-product")
        if one["request"]["body"] and one["request"]["body"].get("sku") == "HOOK-1"
    ]
    ours = fingerprint(encoded(written))
    assert ours is not None
    assert ours.id == 923
    assert ours == fingerprint(encoded(delivered("simple")))
    assert ours != fingerprint(encoded(delivered("simple") | {"stock_quantity": 2}))


def test_a_variation_is_known_in_the_shape_of_a_product_too() -> None:
    """As a batch answered (recorded 14), and as a message showed it later with another stock."""
    written = answer("14-variations-batch", 0)["update"][0]
    message = delivered("variation")
    assert (written["id"], message["id"], message["stock_quantity"]) == (864, 864, 8)
    ours = fingerprint(encoded(written))
    assert ours != fingerprint(encoded(message))
    assert ours == fingerprint(encoded(message | {"stock_quantity": 9}))
    picture = {"id": 7, "src": "https://shop.example/red.jpg"}
    assert fingerprint(encoded(written | {"image": picture})) == fingerprint(
        encoded(message | {"stock_quantity": 9, "images": [picture]})
    )


def test_what_a_shop_changes_by_itself_is_no_change_and_what_people_change_is_one() -> None:
    whole = answer("04-product-create-simple", 0)
    ours = fingerprint(encoded(whole))
    for field, value in (
        ("date_modified", "2030-01-01T00:00:00"),
        ("total_sales", 99),
        ("related_ids", [1]),
        ("price_html", "<b>"),
    ):
        assert fingerprint(encoded(whole | {field: value})) == ours
    for field in FACT_FIELDS.split(","):
        # `image` is a variation's.
        if field not in {"id", "type"}:
            assert fingerprint(encoded(whole | {field: 4711})) != ours, field


def digests(document: Any) -> Fingerprint:
    found = fingerprint(encoded(document))
    assert found is not None
    return found


def test_texts_are_known_in_the_form_of_pages_too() -> None:
    """The same product as it was answered to a write, and as it was read (recorded 07)."""
    whole = answer("07-product-text", 0)
    written, read = digests(whole), digests(answer("07-product-text", 1))
    assert written.exact != read.exact
    assert written.shown == read.shown
    for changed in ("<p>Other words</p>", whole["description"].replace("<h2>", "<h3>")):
        assert digests(whole | {"description": changed}).shown != written.shown


@pytest.mark.parametrize(
    ("text", "same"),
    [
        ("<p>a b</p>\n<p>c</p>", True),
        ("a\nb<br />c", True),
        ("a b c", True),
        ("ab c", False),
        ("a <b>b</b> c", False),
        ("a b", False),
    ],
)
def test_pages_differ_from_what_is_stored_in_paragraphs_only(text: str, same: bool) -> None:
    stored = digests({"id": 1, "description": "a b c"})
    assert (digests({"id": 1, "description": text}).shown == stored.shown) is same


def test_a_variations_name_and_class_are_written_in_two_ways() -> None:
    one = fingerprint(encoded({"id": 1, "type": "variation", "name": "Red", "tax_class": "parent"}))
    two = fingerprint(encoded({"id": 1, "type": "variation", "name": "Shirt - Red"}))
    assert one == two


@pytest.mark.parametrize("content", [b"webhook_id=12", b"[]", b'{"id": 0}', b"\xff"])
def test_what_is_no_product_has_no_fingerprint(content: bytes) -> None:
    assert fingerprint(content) is None


def test_all_that_is_read_is_asked_for() -> None:
    assert set(GOODS_FIELDS.split(",")) == set(WireGoods.__struct_fields__)


def test_a_row_that_a_plugin_has_bent_is_refused_by_name_or_shown_as_far_as_it_can_be() -> None:
    bent = {"id": 13, "sku": 5, "status": "publish", "name": "Tea", "parent_id": 9}
    with pytest.raises(MappingError, match="product 13 of the shop"):
        translate.row(msgspec.Raw(encoded(bent)))
    assert translate.row(msgspec.Raw(encoded({"id": 13}))) == WireGoods(13)
    less = msgspec.convert(bent, WireBareGoods)
    assert translate.bare(less) == WireGoods(13, status="publish", name="Tea", parent_id=9)
    nothing = translate.bare(msgspec.convert({"id": 13, "parent_id": "9"}, WireBareGoods))
    assert nothing == WireGoods(13, status="")
    assert not translate.variant(nothing, None, {}).active
