"""S5's look at an order: what it charges beside what was agreed, to the cent."""

from decimal import Decimal

import msgspec
import pytest

from panstore.model.contract import Offer
from panstore.model.order import Order, OrderLine, Payment
from panstore.model.plan import Held
from panstore.model.tax import Charged
from panstore.modules.s5_contract_prices.module import module
from panstore.modules.s5_contract_prices.settings import ContractPriceSettings
from panstore.sdk.contracts import Checked, LineOffers
from tests.unit.modules.order_scene import amount, line, order
from tests.unit.modules.test_contract_offers import view

PARK = ContractPriceSettings()
ACCEPT = ContractPriceSettings(on_difference="accept")
CORRECT = ContractPriceSettings(on_difference="correct")
EXACT = ContractPriceSettings(tolerance_cents=0)
EXACT_CORRECT = ContractPriceSettings(on_difference="correct", tolerance_cents=0)
USUAL = Offer("usual", "EUR", code="contract.missing")
WITHHELD = Offer("withheld", "EUR", code="contract.zero")


def at(price: str, *, gross: bool = False, currency: str = "EUR") -> Offer:
    return Offer("agreed", currency, Decimal(price), includes_tax=gross)


def coffee(net: str, tax: str, quantity: str = "1", discount: str = "0") -> OrderLine:
    made = line(amount(net, tax), quantity, sku="KAVA-250")
    return msgspec.structs.replace(made, discount=Decimal(discount))


def check(
    given: OrderLine,
    *offers: Offer,
    settings: ContractPriceSettings = PARK,
    payments: tuple[Payment, ...] = (),
    exact: bool = False,
) -> Checked | Held:
    whole = msgspec.structs.replace(order(given), payments=payments)
    return module.check(whole, [LineOffers(given, offers, exact)], settings, view())


def parked(found: Checked | Held) -> Held:
    assert isinstance(found, Held)
    assert (found.item, found.code) == ("77", "order.price_differs")
    assert found.reason.startswith("Order 100077: not charged as agreed: ")
    assert "Nothing was booked for these lines in the ERP" in found.reason
    assert "`panstore contracts accept shop 77`" in found.reason
    return found


def test_what_is_charged_as_agreed_may_be_booked() -> None:
    assert check(coffee("30.00", "6.60", "3"), at("10.00")) == Checked("agreed")


def test_gross_prices_are_compared_gross() -> None:
    # Three times 4.10 net would be 12.30: what matters is that 15.00 was charged, as shown.
    assert check(coffee("12.30", "2.70", "3"), at("5.00", gross=True)) == Checked("agreed")
    found = parked(check(coffee("12.30", "2.70", "3"), at("5.10", gross=True)))
    assert "charged 15 EUR gross, agreed 15.3 (3 x 5.10), 0.3 too little" in found.reason


@pytest.mark.parametrize(
    ("net", "tax", "told"),
    [
        ("30.02", "6.60", "charged 30.02 EUR net, agreed 30 (3 x 10.00), 0.02 too much"),
        ("29.98", "6.60", "charged 29.98 EUR net, agreed 30 (3 x 10.00), 0.02 too little"),
    ],
)
def test_more_and_less_than_agreed_are_parked_with_the_figures(
    net: str, tax: str, told: str
) -> None:
    found = parked(check(coffee(net, tax, "3"), at("10.00")))
    assert f"3 x KAVA-250 Kava 250 g {told}. In all 0.02 EUR too" in found.reason


@pytest.mark.parametrize("net", ["29.99", "30.01"])
def test_one_cent_is_no_difference_unless_a_company_says_so(net: str) -> None:
    given = coffee(net, "6.60", "3")
    assert check(given, at("10.00")) == Checked("agreed")
    parked(check(given, at("10.00"), settings=EXACT))


def test_a_price_that_was_true_shortly_before_is_as_good() -> None:
    given = coffee("10.00", "2.20")
    assert check(given, at("11.50"), at("10.00")) == Checked("agreed")
    found = parked(check(given, at("11.50"), at("9.00")))
    assert "agreed 11.5 (1 x 11.50), 1.5 too little" in found.reason


@pytest.mark.parametrize("offers", [(), (USUAL,), (at("11.50"), USUAL)])
def test_where_the_shops_own_price_may_hold_nothing_differs(offers: tuple[Offer, ...]) -> None:
    assert check(coffee("10.00", "2.20"), *offers, settings=EXACT) == Checked("agreed")


def test_a_line_of_no_pieces_charges_nothing() -> None:
    assert check(coffee("0", "0", "0"), at("10.00"), settings=EXACT) == Checked("agreed")


def test_what_is_not_for_sale_was_sold_all_the_same() -> None:
    found = parked(check(coffee("10.00", "2.20"), WITHHELD))
    assert "but it is not for sale under the agreement (contract.zero)." in found.reason
    assert "In all" not in found.reason


def test_another_currency_than_the_agreements_differs() -> None:
    found = parked(check(coffee("10.00", "2.20"), at("10.00", currency="USD")))
    assert "agreed 10.00 USD each, in another currency" in found.reason


def test_free_is_a_difference_too() -> None:
    parked(check(coffee("0", "0"), at("10.00")))


def test_a_voucher_of_the_shop_is_no_difference() -> None:
    # 3 x 10.00 net, 36.60 gross, ten per cent off.
    given = coffee("27.00", "5.94", "3", discount="3.66")
    assert check(given, at("10.00"), settings=EXACT) == Checked("agreed")
    found = parked(check(given, at("11.00")))
    assert "charged 27 EUR net after discounts of 3.66 gross, agreed 29.7 (3 x 11.00 less" in (
        found.reason
    )


def test_a_voucher_for_everything_leaves_nothing_to_differ() -> None:
    assert check(coffee("0", "0", discount="12.20"), at("10.00"), settings=EXACT) == Checked(
        "agreed"
    )


def test_a_difference_is_accepted_by_setting_and_told() -> None:
    found = check(coffee("12.00", "2.64"), at("11.50"), settings=ACCEPT)
    assert isinstance(found, Checked)
    assert (found.outcome, found.corrections) == ("accepted", ())
    assert found.reason == (
        "Order 100077: not charged as agreed: 1 x KAVA-250 Kava 250 g charged 12 EUR net, agreed"
        " 11.5 (1 x 11.50), 0.5 too much. In all 0.5 EUR too much. It is booked at the prices"
        ' charged, as on_difference = "accept" in the settings of S5 says.'
    )


def test_an_unpaid_order_is_corrected_by_setting() -> None:
    found = check(coffee("24.00", "5.28", "2"), at("11.50"), settings=CORRECT)
    assert isinstance(found, Checked)
    assert found.outcome == "corrected"
    (one,) = found.corrections
    assert (one.line, one.charged) == ("l1", amount("23.00", "5.06"))
    assert "booked at the agreed prices" in found.reason


def test_a_correction_keeps_the_share_of_discounts() -> None:
    given = coffee("21.60", "4.75", "2", discount="2.93")
    found = check(given, at("11.50"), settings=CORRECT)
    assert isinstance(found, Checked)
    assert found.corrections[0].charged == amount("20.70", "4.55")


def test_a_gross_correction_takes_vat_out_of_the_agreed_gross() -> None:
    found = check(coffee("24.00", "5.28", "2"), at("13.99", gross=True), settings=CORRECT)
    assert isinstance(found, Checked)
    assert found.corrections[0].charged == Charged(
        net=Decimal("22.93"), tax=Decimal("5.05"), gross=Decimal("27.98"), rate=Decimal(22)
    )


@pytest.mark.parametrize(
    ("paid", "announced", "why"),
    [
        ("14.64", "14.64", "14.64 EUR of it have been paid"),
        ("0", "10.00", "it would come to 14.03 EUR, and a payment of only 10 is announced"),
    ],
)
def test_what_is_paid_or_would_be_more_than_announced_is_parked_and_not_corrected(
    paid: str, announced: str, why: str
) -> None:
    payment = Payment("card", Decimal(announced), Decimal(paid))
    found = check(coffee("12.00", "2.64"), at("11.50"), settings=CORRECT, payments=(payment,))
    assert f"It was not corrected because {why}" in parked(found).reason


def test_of_an_announced_payment_less_may_be_taken() -> None:
    payment = Payment("bank transfer", Decimal("14.64"), Decimal(0))
    found = check(coffee("12.00", "2.64"), at("11.50"), settings=CORRECT, payments=(payment,))
    assert isinstance(found, Checked)
    assert found.corrections[0].charged == amount("11.50", "2.53")


@pytest.mark.parametrize(
    "payment",
    [
        Payment("card", Decimal("14.64"), Decimal(0), failed=True),
        Payment("card", Decimal("14.64"), Decimal("14.64"), refunded=Decimal("14.64")),
    ],
)
def test_a_payment_that_came_to_nothing_does_not_hinder(payment: Payment) -> None:
    found = check(coffee("12.00", "2.64"), at("11.50"), settings=CORRECT, payments=(payment,))
    assert isinstance(found, Checked)


@pytest.mark.parametrize("offer", [WITHHELD, at("11.50", currency="USD")])
def test_without_an_agreed_price_nothing_can_be_corrected(offer: Offer) -> None:
    found = check(coffee("12.00", "2.64"), offer, settings=CORRECT)
    assert "because not all of these lines have an agreed price" in parked(found).reason


def test_a_whole_order_is_told_line_by_line_with_the_sum_and_no_person() -> None:
    lines = (
        line(amount("12.00", "2.64"), sku="KAVA-250"),
        line(amount("8.00", "1.76"), number=2, title="Grablje"),
        line(amount("5.00", "1.10"), number=3, title=""),
        line(amount("1.00", "0.22"), number=4, title="Lonec"),
    )
    whole: Order = order(*lines)
    offers = (at("11.50"), at("8.25"), at("5.25"), at("1.00"))
    found = module.check(
        whole, [LineOffers(a, (b,)) for a, b in zip(lines, offers, strict=True)], PARK, view()
    )
    reason = parked(found).reason
    assert "1 x KAVA-250 Kava 250 g charged 12" in reason
    assert "; 1 x Grablje charged 8 EUR net, agreed 8.25 (1 x 8.25), 0.25 too little;" in reason
    assert "1 x line l3 charged 5" in reason
    assert "Lonec" not in reason
    assert "In all it comes to the same." in reason
    assert "Ana" not in reason
    assert "example" not in reason


def test_between_two_agreed_prices_a_person_chooses() -> None:
    found = check(coffee("12.00", "2.64"), at("8.00"), at("9.00"), settings=CORRECT)
    assert (
        "It was not corrected because the agreed price has changed since about the time of the"
        " order" in parked(found).reason
    )


def test_the_price_that_held_at_the_orders_very_moment_is_booked() -> None:
    found = check(coffee("12.00", "2.64"), at("8.00"), at("9.00"), settings=CORRECT, exact=True)
    assert isinstance(found, Checked)
    assert found.corrections[0].charged == amount("8.00", "1.76")


@pytest.mark.parametrize("gross", [False, True])
def test_no_line_is_ever_corrected_to_more_than_the_buyer_was_shown(gross: bool) -> None:
    dear = at("14.65" if gross else "12.50", gross=gross)
    found = check(coffee("12.00", "2.64"), dear, settings=EXACT_CORRECT, exact=True)
    assert (
        "It was not corrected because the shop charged less than agreed, and a buyer is never"
        " charged more than he saw" in parked(found).reason
    )
