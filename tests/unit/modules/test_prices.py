"""S2 on examples a shop owner would check with a pencil."""

import datetime as dt
from decimal import Decimal

import pytest
from pydantic import ValidationError

from panstore.model.errors import InvariantError
from panstore.model.ids import ConnectionId, ExternalId, ItemId, RouteId
from panstore.model.link import Link
from panstore.model.plan import Held, Plan
from panstore.model.price import PriceTarget, Promotion, SalesPrice
from panstore.modules.s2_prices.module import module
from panstore.modules.s2_prices.policy import due_again
from panstore.modules.s2_prices.settings import PriceSettings
from panstore.sdk import Settings
from panstore.sdk.capabilities import Capabilities
from panstore.sdk.errors import UnsupportedError
from panstore.sdk.modules import PriceItem, RouteView
from panstore.sdk.roles import PriceQuery

NET = Capabilities(price_batch=100, currency="EUR")
GROSS = Capabilities(price_batch=100, prices_include_tax=True)
CLASSES = Capabilities(price_batch=100, tax_classes={"22": "standard", "9.5": "reduced"})
DATED = Capabilities(price_batch=100, dated_prices=True)
LIST_PRICE = PriceSettings()
ONE = Decimal(1)
NOW = dt.datetime(2026, 11, 24, 5, tzinfo=dt.UTC)
TODAY = dt.date(2026, 11, 24)


def view(shop: Capabilities = NET, now: dt.datetime = NOW) -> RouteView:
    return RouteView(
        route=RouteId("shop"),
        erp_connection=ConnectionId("erp"),
        shop_connection=ConnectionId("shop"),
        now=now,
        zone="Europe/Ljubljana",
        erp=Capabilities(),
        shop=shop,
    )


def price(
    amount: str | None = "80.00",
    *,
    currency: str = "EUR",
    gross: bool = False,
    rates: tuple[str, ...] = ("22",),
    until: dt.date | None = None,
    promotion: Promotion | None = None,
) -> SalesPrice:
    return SalesPrice(
        variant=ExternalId("e1"),
        amount=None if amount is None else Decimal(amount),
        currency=currency,
        includes_tax=gross,
        tax_rates=tuple(Decimal(rate) for rate in rates),
        valid_until=until,
        promotion=promotion,
    )


def planned(
    given: SalesPrice | None,
    shop: Capabilities = NET,
    *,
    factor: Decimal | None = ONE,
    sku: str = "KAVA-250",
    present: PriceTarget | None = None,
    settings: PriceSettings = LIST_PRICE,
) -> Plan:
    link = Link(
        item=ItemId("i1"),
        route=RouteId("shop"),
        erp=ExternalId("e1"),
        shop=ExternalId("s1"),
        factor=factor,
        sku=sku,
    )
    return module.plan([PriceItem(link=link, price=given, present=present)], settings, view(shop))


def target(plan: Plan) -> PriceTarget:
    (operation,) = plan.operations
    assert isinstance(operation.after, PriceTarget)
    return operation.after


def held(plan: Plan) -> Held:
    assert plan.operations == ()
    assert plan.unchanged == ()
    (one,) = plan.held
    assert "No price was written" in one.reason
    return one


def test_a_net_price_stays_net_where_the_shop_stores_net() -> None:
    plan = planned(price("80", rates=()))
    assert target(plan) == PriceTarget(Decimal("80.00"), "EUR", includes_tax=False)
    assert plan.operations[0].reason == "the list price 80 EUR net -> 80.00 EUR net"


def test_a_net_price_becomes_gross_where_the_shop_stores_gross() -> None:
    assert target(planned(price("80.00"), GROSS)).amount == Decimal("97.60")


def test_a_gross_price_becomes_net_where_the_shop_stores_net() -> None:
    assert target(planned(price("97.60", gross=True))).amount == Decimal("80.00")


def test_the_price_of_a_crate_is_six_times_the_price_of_a_bottle() -> None:
    settings = PriceSettings(price_list="4")
    plan = planned(price("1.2345"), factor=Decimal(6), settings=settings)
    assert target(plan).amount == Decimal("7.41")
    assert plan.operations[0].reason == ("price list 4 1.2345 EUR net x 6 -> 7.41 EUR net")


def test_what_is_in_step_is_not_written() -> None:
    present = PriceTarget(Decimal("80.0"), "EUR", includes_tax=False)
    assert planned(price(), present=present).unchanged == ("i1",)


def test_the_tax_class_follows_the_rate() -> None:
    written = target(planned(price(rates=("9.50",)), CLASSES))
    assert written.tax_class == "reduced"
    assert written.amount == Decimal("80.00")


@pytest.mark.parametrize("amount", [None, "0", "-1", "0.00"])
def test_a_price_that_is_none_is_parked(amount: str | None) -> None:
    one = held(planned(price(amount)))
    assert one.code == "price.missing"
    assert one.reason.startswith("KAVA-250: the ERP has ")


def test_a_price_that_rounds_to_zero_is_parked() -> None:
    one = held(planned(price("0.004"), sku=""))
    assert one.code == "price.missing"
    assert one.reason.startswith("article s1 of the shop: its price 0.004 EUR rounds to zero")


def test_an_article_the_erp_lost_is_parked() -> None:
    assert held(planned(None)).code == "price.article_gone"


@pytest.mark.parametrize("factor", [None, Decimal(0)])
def test_without_a_factor_the_item_is_parked(factor: Decimal | None) -> None:
    assert held(planned(price(), factor=factor)).code == "unit.no_factor"


def test_a_price_in_another_currency_is_parked() -> None:
    one = held(planned(price(currency="USD")))
    assert one.code == "price.currency"
    assert "in USD, the shop sells in EUR" in one.reason


@pytest.mark.parametrize(
    ("rates", "word"), [((), "no VAT rate at all"), (("22", "9.5"), "22 %, 9.5 %")]
)
@pytest.mark.parametrize("shop", [GROSS, CLASSES])
def test_no_rate_or_several_on_one_article_are_parked(
    rates: tuple[str, ...], word: str, shop: Capabilities
) -> None:
    one = held(planned(price(rates=rates), shop))
    assert one.code == "price.tax_rates"
    assert word in one.reason


def test_a_rate_the_shop_has_no_class_for_is_parked() -> None:
    one = held(planned(price(rates=("5",)), CLASSES))
    assert one.code == "price.tax_class"
    assert "no tax class for 5 % VAT (it has 22 %, 9.5 %)" in one.reason


def test_a_promotion_goes_along_with_its_days_where_the_shop_has_dates() -> None:
    offer = Promotion(Decimal("70.005"), starts=TODAY, ends=dt.date(2026, 12, 1))
    plan = planned(price(promotion=offer), DATED)
    assert target(plan).promotion == Promotion(
        Decimal("70.01"), starts=TODAY, ends=dt.date(2026, 12, 1)
    )
    assert plan.operations[0].reason.endswith("promotion 70.01 from 2026-11-24 to 2026-12-01")
    assert target(planned(price(promotion=offer), NET)).promotion is None


def test_a_promotion_without_days_holds_until_it_is_taken_away() -> None:
    plan = planned(price(promotion=Promotion(Decimal(70))), DATED)
    assert plan.operations[0].reason.endswith("promotion 70.00 from now to open")


def test_a_promotion_that_is_over_is_left_out() -> None:
    over = Promotion(Decimal(70), ends=dt.date(2026, 11, 23))
    assert target(planned(price(promotion=over), DATED)).promotion is None


def test_a_promotion_holds_on_its_only_day() -> None:
    today = Promotion(Decimal("70.00"), starts=TODAY, ends=TODAY)
    assert target(planned(price(promotion=today), DATED)).promotion == today


@pytest.mark.parametrize(
    ("offer", "word"),
    [
        (Promotion(Decimal(0)), "has no price above zero"),
        (
            Promotion(Decimal(1), starts=dt.date(2026, 12, 9), ends=dt.date(2026, 12, 1)),
            "ends before it starts",
        ),
    ],
)
def test_a_promotion_that_cannot_be_is_parked(offer: Promotion, word: str) -> None:
    one = held(planned(price(promotion=offer), DATED))
    assert one.code == "price.promotion"
    assert word in one.reason


def test_a_dated_price_is_due_again_at_local_midnight_also_across_the_clock_change() -> None:
    summer = planned(price(until=dt.date(2027, 4, 1)))
    assert summer.due_again == (("i1", dt.datetime(2027, 3, 31, 22, tzinfo=dt.UTC)),)
    winter = planned(price(None, until=dt.date(2026, 12, 1)))
    assert winter.due_again == (("i1", dt.datetime(2026, 11, 30, 23, tzinfo=dt.UTC)),)


def test_on_its_last_day_a_dated_price_is_due_at_the_end_of_that_day() -> None:
    today = planned(price(until=TODAY))
    assert today.due_again == (("i1", dt.datetime(2026, 11, 24, 23, tzinfo=dt.UTC)),)
    assert planned(price(until=dt.date(2026, 11, 23))).due_again == ()
    assert planned(price(until=dt.date(2026, 11, 1))).due_again == ()


def test_the_very_instant_of_midnight_belongs_to_the_new_day() -> None:
    first = dt.datetime(2026, 11, 23, 23, tzinfo=dt.UTC)
    assert due_again(TODAY, first, "Europe/Ljubljana") == first + dt.timedelta(days=1)
    last = first + dt.timedelta(days=1)
    assert due_again(TODAY, last, "Europe/Ljubljana") is None


def test_an_open_end_of_the_erp_does_not_overflow() -> None:
    (again,) = planned(price(until=dt.date.max)).due_again
    assert again[1].year == 9999


def test_the_query_is_for_the_business_day_of_the_company() -> None:
    late = dt.datetime(2026, 11, 24, 23, 30, tzinfo=dt.UTC)
    settings = PriceSettings(price_list="4", promotion_list="9")
    assert module.query(settings, view(DATED, late)) == PriceQuery(
        price_list=ExternalId("4"),
        promotion_list=ExternalId("9"),
        currency="EUR",
        day=dt.date(2026, 11, 25),
    )
    assert module.query(LIST_PRICE, view()) == PriceQuery(None, None, "EUR", TODAY)


def test_promotions_for_a_shop_without_dates_are_refused_before_anything_is_read() -> None:
    with pytest.raises(UnsupportedError, match="Take promotion_list out of the settings"):
        module.query(PriceSettings(promotion_list="9"), view(NET))


def test_a_currency_the_shop_does_not_sell_in_is_refused_before_anything_is_read() -> None:
    with pytest.raises(UnsupportedError, match="sells in EUR, but the settings"):
        module.query(PriceSettings(currency="USD"), view(NET))


@pytest.mark.parametrize("settings", [{"currency": "eur"}, {"price_list": ""}, {"list": "1"}])
def test_settings_that_cannot_work_are_refused(settings: dict[str, object]) -> None:
    with pytest.raises(ValidationError):
        PriceSettings.model_validate(settings)


def test_settings_of_another_module_are_refused() -> None:
    with pytest.raises(InvariantError, match="S2 was given Settings"):
        module.plan([], Settings(), view())
