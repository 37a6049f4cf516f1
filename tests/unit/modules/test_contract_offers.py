"""S5's offers on examples a shop owner would check with a pencil."""

import datetime as dt
from decimal import Decimal

import msgspec
import pytest
from pydantic import ValidationError

from panstore.model.contract import ContractPrice, Offer
from panstore.model.errors import InvariantError
from panstore.model.ids import ConnectionId, ExternalId, ItemId, RouteId
from panstore.model.link import Link
from panstore.model.plan import Held
from panstore.modules.s5_contract_prices.module import module
from panstore.modules.s5_contract_prices.settings import ContractPriceSettings
from panstore.sdk import Settings
from panstore.sdk.capabilities import Capabilities
from panstore.sdk.contracts import ContractItem, Offered
from panstore.sdk.modules import RouteView

NET = Capabilities(price_batch=100, currency="EUR")
GROSS = Capabilities(price_batch=100, prices_include_tax=True)
CLASSES = Capabilities(price_batch=100, tax_classes={"22": "standard", "9.5": "reduced"})
DEFAULT = ContractPriceSettings()
NOW = dt.datetime(2026, 11, 24, 5, tzinfo=dt.UTC)
ONE = Decimal(1)


def view(shop: Capabilities = NET) -> RouteView:
    return RouteView(
        route=RouteId("shop"),
        erp_connection=ConnectionId("erp"),
        shop_connection=ConnectionId("shop"),
        now=NOW,
        zone="Europe/Ljubljana",
        erp=Capabilities(contract_batch=100),
        shop=shop,
    )


def price(
    amount: str | None = "80.00",
    *,
    usual: str | None = "100",
    cost: str | None = None,
    currency: str = "EUR",
    gross: bool = False,
    rates: tuple[str, ...] = ("22",),
    until: dt.date | None = None,
    problem: str = "",
) -> ContractPrice:
    return ContractPrice(
        variant=ExternalId("e1"),
        quantity=ONE,
        amount=None if amount is None else Decimal(amount),
        usual=None if usual is None else Decimal(usual),
        cost=None if cost is None else Decimal(cost),
        currency=currency,
        includes_tax=gross,
        tax_rates=tuple(Decimal(rate) for rate in rates),
        valid_until=until,
        problem=problem,
    )


def item(
    given: ContractPrice | None, factor: Decimal | None = ONE, sku: str = "KAVA-250"
) -> ContractItem:
    link = Link(
        item=ItemId("i1"),
        route=RouteId("shop"),
        erp=ExternalId("e1"),
        shop=ExternalId("s1"),
        factor=factor,
        sku=sku,
    )
    return ContractItem(link=link, quantity=ONE, price=given, agreement="Gostinci")


def offered(
    given: ContractPrice | None,
    shop: Capabilities = NET,
    *,
    factor: Decimal | None = ONE,
    settings: ContractPriceSettings = DEFAULT,
) -> Offered:
    return module.offer(item(given, factor), settings, view(shop))


def agreed(given: Offered) -> Decimal:
    offer = given.offer
    assert (offer.state, offer.code, offer.reason) == ("agreed", "", "")
    assert offer.amount is not None
    return offer.amount


def withheld(given: Offered) -> Held:
    offer, held = given.offer, given.held
    assert held is not None
    assert (offer.state, offer.amount, offer.code) == ("withheld", None, held.code)
    assert offer.reason == "it is not for sale under this agreement until a person has mended" + (
        " something"
    )
    assert (held.item, held.sku) == ("i1", "KAVA-250")
    assert held.reason.startswith("KAVA-250 under agreement Gostinci: ")
    assert "PanStore withholds it from buyers under this agreement" in held.reason
    return held


def test_a_net_price_stays_net_where_the_shop_stores_net() -> None:
    found = offered(price(rates=()))
    assert found == Offered(Offer("agreed", "EUR", Decimal("80.00")))


def test_a_net_price_becomes_gross_where_the_shop_stores_gross() -> None:
    found = offered(price(), GROSS)
    assert agreed(found) == Decimal("97.60")
    assert found.offer.includes_tax


def test_a_gross_price_becomes_net_where_the_shop_stores_net() -> None:
    assert agreed(offered(price("97.60", gross=True))) == Decimal("80.00")


def test_the_price_of_a_crate_is_six_times_the_price_of_a_bottle_rounded_once() -> None:
    assert agreed(offered(price("1.2345"), factor=Decimal(6))) == Decimal("7.41")


@pytest.mark.parametrize("amount", ["100", "120"])
def test_what_was_agreed_is_agreed_also_where_others_pay_no_more(amount: str) -> None:
    found = offered(price(amount))
    assert agreed(found) == Decimal(amount)
    assert found.held is None


def test_the_erps_day_ends_an_offer_at_midnight_in_the_companys_zone() -> None:
    until = dt.date(2027, 7, 1)
    instant = dt.datetime(2027, 6, 30, 22, tzinfo=dt.UTC)
    assert offered(price(until=until)).offer.valid_until == instant
    assert offered(price(None, until=until)).offer.valid_until == instant
    assert offered(price("0", until=until)).offer.valid_until == instant


def test_what_was_last_known_says_since_when_and_keeps_its_end() -> None:
    earlier = NOW - dt.timedelta(hours=2)
    known = msgspec.structs.replace(
        item(price(until=dt.date(2026, 12, 1))), as_of=earlier, reachable=False
    )
    found = module.offer(known, DEFAULT, view())
    assert agreed(found) == Decimal("80.00")
    assert found.offer.as_of == earlier
    assert not found.offer.certain
    assert found.offer.valid_until == dt.datetime(2026, 11, 30, 23, tzinfo=dt.UTC)


def test_an_erp_that_is_down_leaves_the_usual_price_and_parks_nothing() -> None:
    nothing = msgspec.structs.replace(item(None), reachable=False)
    found = module.offer(nothing, DEFAULT, view(GROSS))
    assert found.held is None
    assert (found.offer.state, found.offer.code) == ("usual", "contract.not_known")
    assert not found.offer.certain
    assert (found.offer.currency, found.offer.includes_tax) == ("EUR", True)
    assert "cannot be asked at present" in found.offer.reason


def test_an_article_the_erp_lost_is_withheld() -> None:
    assert withheld(offered(None)).code == "contract.unknown_article"
    assert offered(None).offer.certain


@pytest.mark.parametrize("factor", [None, Decimal(0)])
@pytest.mark.parametrize("given", [None, price()])
def test_without_a_factor_it_is_withheld_and_the_command_shown(
    given: ContractPrice | None, factor: Decimal | None
) -> None:
    held = withheld(offered(given, factor=factor))
    assert held.code == "contract.no_factor"
    assert "`panstore links set shop e1 s1 --factor N`" in held.reason


def test_a_formula_the_erp_cannot_compute_is_parked_in_its_words_which_no_buyer_reads() -> None:
    found = offered(price(problem="name 'cots_price' is not defined."))
    held = withheld(found)
    assert held.code == "contract.formula"
    assert "name 'cots_price' is not defined. PanStore" in held.reason


@pytest.mark.parametrize("amount", ["0", "0.00", "-1"])
def test_zero_is_never_a_bargain(amount: str) -> None:
    held = withheld(offered(price(amount)))
    assert held.code == "contract.zero"
    assert f"the price {amount.removesuffix('.00')} EUR" in held.reason


def test_a_price_that_rounds_to_zero_is_withheld() -> None:
    held = withheld(offered(price("0.004")))
    assert held.code == "contract.zero"
    assert "rounds to zero in the 2 decimal places" in held.reason


def test_of_what_the_agreement_says_nothing_the_usual_price_holds() -> None:
    found = offered(price(None))
    assert found.held is None
    assert (found.offer.state, found.offer.amount) == ("usual", None)
    assert (found.offer.code, found.offer.reason) == (
        "contract.missing",
        "the agreement says nothing about this article",
    )


def test_of_what_the_agreement_says_nothing_nothing_is_sold_if_a_company_wants_so() -> None:
    held = withheld(offered(price(None), settings=ContractPriceSettings(missing="withhold")))
    assert held.code == "contract.missing"
    assert 'set missing = "usual"' in held.reason


@pytest.mark.parametrize("usual", [None, "0"])
def test_without_any_price_it_is_withheld(usual: str | None) -> None:
    held = withheld(offered(price(None, usual=usual)))
    assert held.code == "contract.missing"
    assert "neither the agreement nor the ERP's list price" in held.reason


def test_a_price_in_another_currency_than_the_shops_is_withheld() -> None:
    held = withheld(offered(price(currency="USD")))
    assert held.code == "contract.currency"
    assert "gives its price in USD, the shop sells in EUR" in held.reason


def test_a_shop_of_any_currency_takes_the_one_it_asked_for() -> None:
    found = offered(price(currency="USD"), CLASSES)
    assert agreed(found) == Decimal(80)
    assert found.offer.currency == "USD"


@pytest.mark.parametrize(("rates", "word"), [((), "no VAT rate"), (("22", "9.5"), "22 %, 9.5 %")])
def test_gross_cannot_be_made_of_net_with_no_rate_or_several(
    rates: tuple[str, ...], word: str
) -> None:
    held = withheld(offered(price(rates=rates), GROSS))
    assert held.code == "contract.tax"
    assert f"the ERP puts {word} on a sale of it" in held.reason
    assert "make gross prices of net ones" in held.reason
    back = withheld(offered(price(rates=rates, gross=True)))
    assert "make net prices of gross ones" in back.reason


def test_where_nothing_depends_on_rates_several_do_not_matter() -> None:
    assert agreed(offered(price(rates=("22", "9.5")), CLASSES)) == Decimal(80)


def test_a_rate_the_shop_has_no_class_for_is_withheld() -> None:
    held = withheld(offered(price(rates=("5.0",)), CLASSES))
    assert held.code == "contract.tax"
    assert "no tax class for 5 % VAT (it has 22 %, 9.5 %)" in held.reason


def test_below_cost_is_sold_with_an_alarm() -> None:
    found = offered(price("80", cost="80.01"))
    assert agreed(found) == Decimal(80)
    assert found.held is not None
    assert found.held.code == "contract.below_cost"
    assert (
        "its agreed price 80 EUR net (list price 100 EUR net) is below its cost 80.01 EUR, for one"
        " stock unit. It is sold at" in found.held.reason
    )


def test_the_list_price_stands_beside_what_is_wrong_where_there_is_one() -> None:
    gross = price("0", usual="122", gross=True)
    assert (
        "the price 0 EUR (list price 100 EUR net), and that is" in withheld(offered(gross)).reason
    )
    for usual in (None, "0"):
        assert "list price" not in withheld(offered(price("0", usual=usual))).reason


@pytest.mark.parametrize(
    ("below_cost", "usual", "state"),
    [
        ("usual", "100", "usual"),
        ("usual", None, "withheld"),
        ("usual", "0", "withheld"),
        ("withhold", "100", "withheld"),
    ],
)
def test_below_cost_is_not_sold_where_a_company_wants_so(
    below_cost: str, usual: str | None, state: str
) -> None:
    settings = ContractPriceSettings.model_validate({"below_cost": below_cost})
    found = offered(price("80", cost="90", usual=usual), settings=settings)
    assert (found.offer.state, found.offer.code) == (state, "contract.below_cost")
    assert "cost" not in found.offer.reason
    assert found.held is not None
    seen = "Buyers under this agreement see" if state == "usual" else "PanStore withholds it"
    assert seen in found.held.reason


def test_cost_is_compared_without_vat_and_not_per_crate() -> None:
    assert offered(price("97.60", gross=True, cost="80"), GROSS).held is None
    assert offered(price("97.50", gross=True, cost="80"), GROSS).held is not None
    assert offered(price("80", cost="80"), factor=Decimal("0.5")).held is None
    # Rates that nothing depends on otherwise: the highest counts, none is no VAT.
    assert offered(price("97.50", gross=True, cost="80", rates=("9.5", "22")), GROSS).held
    assert offered(price("80", gross=True, cost="80", rates=()), GROSS).held is None


def test_without_a_code_or_a_name_the_article_is_named_by_the_shops_id() -> None:
    unnamed = msgspec.structs.replace(item(price("0"), sku=""), agreement="")
    held = module.offer(unnamed, DEFAULT, view()).held
    assert held is not None
    assert held.reason.startswith("article s1 of the shop under an agreement: ")


@pytest.mark.parametrize(
    "settings",
    [
        {"currency": "eur"},
        {"missing": "zero"},
        {"below_cost": "park"},
        {"on_difference": "ignore"},
        {"tolerance_cents": -1},
        {"tolerance_cents": 101},
        {"last_known_hours": 0},
        {"price_list": "4"},
    ],
)
def test_settings_that_cannot_work_are_refused(settings: dict[str, object]) -> None:
    with pytest.raises(ValidationError):
        ContractPriceSettings.model_validate(settings)


def test_settings_of_another_module_are_refused() -> None:
    with pytest.raises(InvariantError, match="S5 was given Settings"):
        module.offer(item(price()), Settings(), view())
