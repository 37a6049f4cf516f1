"""The simulated ERP keeps the rules of the trade that the engine's tests rely on."""

import datetime as dt
from decimal import Decimal

import pytest
from msgspec.structs import replace

from panstore.model.customer import MatchCriterion
from panstore.model.ids import ExternalId, OrderKey
from panstore.model.sale import ErpOrder
from panstore.sdk.errors import RejectedError
from panstore.sdk.roles import NewProduct, PriceQuery
from panstore.testing.bookings import goods_line, one_line_sale
from panstore.testing.world import (
    TRYTON_RULES,
    BookingRules,
    DatedPrice,
    History,
    SimClock,
    SimErp,
)
from panstore.testing.world.sales import erp_total


@pytest.fixture
def erp() -> SimErp:
    return SimErp(History(SimClock()))


def order(product: ExternalId) -> ErpOrder:
    line = goods_line(product, Decimal(2), Decimal(10), Decimal(22))
    return one_line_sale(OrderKey("shop/1/order/1"), line, warehouse="LJ")


def test_a_sale_raises_demand_and_shipping_takes_goods_and_promise_away(erp: SimErp) -> None:
    tea = erp.add_variant("TEA", on_hand=10)
    sale = erp.sales.create(order(tea))
    assert erp.available(tea) == 8
    erp.deliveries.reserve(sale.id)
    assert erp.level(tea, "LJ").reserved == 2
    assert erp.level(tea, "LJ").demand == 0
    assert erp.available(tea) == 8
    erp.deliveries.ship(sale.id)
    level = erp.level(tea, "LJ")
    assert level.on_hand == 8
    assert level.reserved == level.demand == 0


def test_a_cancelled_sale_frees_its_goods(erp: SimErp) -> None:
    tea = erp.add_variant("TEA", on_hand=10)
    sale = erp.sell(tea, 3)
    erp.deliveries.cancel(sale.id)
    assert erp.available(tea) == 10


def test_the_same_key_gives_back_the_first_sale(erp: SimErp) -> None:
    tea = erp.add_variant("TEA", on_hand=10)
    first, second = erp.sales.create(order(tea)), erp.sales.create(order(tea))
    assert (first.id, first.repeated, second.repeated) == (second.id, False, True)
    assert (len(erp.sales), len(erp.parties)) == (1, 1)
    assert erp.available(tea) == 8


def test_without_keys_it_creates_again() -> None:
    erp = SimErp(History(SimClock()), keyed=False)
    tea = erp.add_variant("TEA", on_hand=10)
    erp.sales.create(order(tea))
    erp.sales.create(order(tea))
    assert [sale.number for sale in erp.sales.by_key("shop/1/order/1")] == ["SO00001", "SO00002"]


def changed(sale: ErpOrder, fault: str) -> ErpOrder:
    match fault:
        case "total_differs":
            return replace(sale, total=Decimal("24.41"))
        case "currency_inactive":
            return replace(sale, currency="USD")
        case "unknown_product":
            return replace(sale, lines=(replace(sale.lines[0], product=ExternalId("E999")),))
        case "unknown_warehouse":
            return replace(sale, warehouse="XX")
        case _:
            return replace(sale, party=ExternalId("P99"))


@pytest.mark.parametrize(
    "fault",
    ["total_differs", "currency_inactive", "unknown_product", "unknown_warehouse", "unknown_party"],
)
def test_a_refused_sale_leaves_nothing(erp: SimErp, fault: str) -> None:
    tea = erp.add_variant("TEA", on_hand=10)
    with pytest.raises(RejectedError) as caught:
        erp.sales.create(changed(order(tea), fault))
    assert caught.value.code == fault
    assert (len(erp.sales), len(erp.parties)) == (0, 0)
    assert erp.available(tea) == 10


def test_prices_follow_dated_lines_and_name_the_next_change(erp: SimErp) -> None:
    tea = erp.add_variant("TEA", price=Decimal("10.00"))
    web = ExternalId("web")
    erp.set_list_price(
        web, tea, DatedPrice(Decimal("8.00"), dt.date(2026, 3, 5), dt.date(2026, 3, 9))
    )

    def price_on(day: int) -> tuple[Decimal | None, dt.date | None]:
        found = erp.price(tea, PriceQuery(web, None, "EUR", dt.date(2026, 3, day)))
        return found.amount, found.valid_until

    assert price_on(2) == (Decimal("10.00"), dt.date(2026, 3, 5))
    assert price_on(5) == (Decimal("8.00"), dt.date(2026, 3, 10))
    assert price_on(10) == (Decimal("10.00"), None)


def test_a_promotion_is_the_line_of_today_or_the_next_one(erp: SimErp) -> None:
    tea = erp.add_variant("TEA")
    sale = ExternalId("sale")
    erp.set_list_price(
        sale, tea, DatedPrice(Decimal("7.00"), dt.date(2026, 3, 5), dt.date(2026, 3, 9))
    )
    found = erp.price(tea, PriceQuery(None, sale, "EUR", dt.date(2026, 3, 2)))
    assert found.amount == Decimal("10.00")
    assert found.promotion is not None
    assert (found.promotion.amount, found.promotion.starts) == (
        Decimal("7.00"),
        dt.date(2026, 3, 5),
    )
    assert found.valid_until == dt.date(2026, 3, 5)


def test_rows_of_an_open_transaction_come_late_and_are_not_lost(erp: SimErp) -> None:
    held = erp.hold()
    erp.add_variant("EARLY-NUMBER")
    erp.rows.resume()
    erp.add_variant("LATE-NUMBER")
    seen = erp.rows.pull(10)
    assert [signal.code for signal in seen.signals] == ["LATE-NUMBER"]
    erp.rows.acknowledge(seen.receipts)
    held.commit()
    assert [signal.code for signal in erp.rows.pull(10).signals] == ["EARLY-NUMBER"]


def test_buyers_are_found_without_regard_to_case_and_spaces(erp: SimErp) -> None:
    party = erp.parties.add("Ana Novak", email="Ana@Example.si", vat_id="SI 123", code="WEB")
    for criterion in (
        MatchCriterion("email", "ana@example.SI"),
        MatchCriterion("vat", "si123"),
        MatchCriterion("generic", "WEB"),
    ):
        assert [one.id for one in erp.parties.find(criterion)] == [party.id]
    party.active = False
    assert erp.parties.find(MatchCriterion("email", "ana@example.si")) == []


def test_a_product_is_created_once_under_its_key(erp: SimErp) -> None:
    new = NewProduct(OrderKey("shop/V1/product/1"), "NEW", "New thing", "5.00", "9.5")
    assert erp.create_product(new) == erp.create_product(new)
    assert [variant.sku for variant in erp.shelf] == ["NEW"]


@pytest.mark.parametrize(
    ("rules", "total"),
    [
        (BookingRules(), "3.11"),
        (BookingRules(tax_rounding="line"), "3.12"),
        (BookingRules(document_rounding="half_even"), "3.07"),
        (BookingRules(document_rounding="half_even", tax_base="exact"), "3.08"),
    ],
)
def test_totals_are_reckoned_by_the_rules(rules: BookingRules, total: str) -> None:
    lines = [
        goods_line(ExternalId("E1"), Decimal("0.5"), Decimal("1.69"), Decimal(22)) for _ in "123"
    ]
    assert erp_total(lines, "EUR", rules) == Decimal(total)


def test_lines_below_zero_can_be_reckoned_apart() -> None:
    lines = [
        goods_line(ExternalId("E1"), Decimal(1), Decimal("1.07"), Decimal(22)),
        goods_line(ExternalId("E1"), Decimal(-1), Decimal("0.02"), Decimal(22)),
    ]
    assert erp_total(lines, "EUR", BookingRules()) == Decimal("1.28")
    assert erp_total(lines, "EUR", TRYTON_RULES) == Decimal("1.29")
