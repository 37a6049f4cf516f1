"""S4 on buyers: what is asked, who is taken, who is never guessed."""

import msgspec
import pytest

from panstore.model.customer import Customer, FoundCustomer, MatchCriterion
from panstore.model.ids import ExternalId
from panstore.model.sale import NewCustomer
from panstore.modules.s4_orders.module import module
from panstore.modules.s4_orders.policy import normal_email, normal_vat
from panstore.modules.s4_orders.settings import OrderSettings
from panstore.sdk.modules import (
    FindCustomer,
)
from tests.unit.modules.order_scene import (
    ADDRESS,
    ANA,
    BY_ADDRESS,
    BY_EMAIL,
    COFFEE,
    SETTINGS,
    case,
    parked,
    sale,
)


def test_the_modes_are_asked_in_order_and_skipped_without_data() -> None:
    company = msgspec.structs.replace(ANA, vat_id="si 123 456 79")
    one = msgspec.structs.replace(COFFEE, customer=company)
    by_vat = MatchCriterion(by="vat", value="SI12345679")
    assert module.due(case(one, answers={}), SETTINGS) == FindCustomer(by_vat)
    assert module.due(case(one, answers={by_vat: ()}), SETTINGS) == FindCustomer(BY_EMAIL)
    step = module.due(case(answers={BY_EMAIL: ()}), SETTINGS)
    assert step == FindCustomer(BY_ADDRESS)
    found = (FoundCustomer(ExternalId("5"), "Ana"),)
    assert sale(module.due(case(answers={BY_EMAIL: found}), SETTINGS)).party == "5"


def test_several_answers_pass_on_and_park_if_nobody_decides() -> None:
    two = (FoundCustomer(ExternalId("5"), "Ana"), FoundCustomer(ExternalId("6"), "Ana Ž."))
    one = (FoundCustomer(ExternalId("6"), "Ana Ž."),)
    assert sale(module.due(case(answers={BY_EMAIL: two, BY_ADDRESS: one}), SETTINGS)).party == "6"
    step = module.due(case(answers={BY_EMAIL: two, BY_ADDRESS: ()}), SETTINGS)
    reason = parked(step, "customer.ambiguous")
    assert "the e-mail address belongs to those with the ids 5, 6" in reason


def test_a_new_buyer_gets_a_key_that_names_nobody() -> None:
    party = sale(module.due(case(), SETTINGS)).party
    assert isinstance(party, NewCustomer)
    assert party.customer == ANA
    assert party.key.startswith("shop/customer/email/")
    assert "ana" not in party.key.removeprefix("shop/customer/email/")


def test_a_buyer_without_any_data_stands_for_the_order_alone() -> None:
    nameless = msgspec.structs.replace(
        COFFEE, customer=Customer(account=None, name="", email=""), billing=None
    )
    party = sale(module.due(case(nameless), SETTINGS)).party
    assert isinstance(party, NewCustomer)
    assert party.key == "shop/customer/order/77"


def test_an_incomplete_address_is_not_asked_for() -> None:
    homeless = msgspec.structs.replace(
        COFFEE, billing=None, shipping=msgspec.structs.replace(ADDRESS, street=" ")
    )
    party = sale(module.due(case(homeless, answers={BY_EMAIL: ()}), SETTINGS)).party
    assert isinstance(party, NewCustomer)


def test_one_generic_customer_for_all_web_orders() -> None:
    settings = OrderSettings(warehouse="LJ", match=("generic",), generic_customer="WEB")
    question = MatchCriterion(by="generic", value="WEB")
    assert module.due(case(answers={}), settings) == FindCustomer(question)
    found = (FoundCustomer(ExternalId("9"), "Web"),)
    assert sale(module.due(case(answers={question: found}), settings)).party == "9"
    reason = parked(module.due(case(answers={question: ()}), settings), "customer.generic_missing")
    assert "no active party with the code WEB" in reason
    twice = (*found, FoundCustomer(ExternalId("8"), "Web 2"))
    step = module.due(case(answers={question: twice}), settings)
    assert "the code WEB belongs to" in parked(step, "customer.ambiguous")


def test_the_party_a_person_named_wins_over_every_mode_and_nobody_is_asked() -> None:
    linked = ExternalId("42")
    for settings in (
        SETTINGS,
        OrderSettings(warehouse="LJ", match=("generic",), generic_customer="WEB"),
    ):
        step = module.due(msgspec.structs.replace(case(answers={}), party=linked), settings)
        assert sale(step).party == linked
    several = (FoundCustomer(ExternalId("5"), "Ana"), FoundCustomer(ExternalId("6"), "Ana"))
    colleague = case(answers={BY_EMAIL: several, BY_ADDRESS: several})
    step = module.due(msgspec.structs.replace(colleague, party=linked), SETTINGS)
    assert sale(step).party == linked


@pytest.mark.parametrize(
    ("text", "country", "expected"),
    [
        ("SI 12345679", "", "SI12345679"),
        ("12345679", "si", "SI12345679"),
        ("123456789", "GR", "EL123456789"),
        ("12345679", "", "12345679"),
        ("SI", "SI", ""),
        ("--", "SI", ""),
    ],
)
def test_vat_ids_are_brought_into_one_form(text: str, country: str, expected: str) -> None:
    assert normal_vat(text, country) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [(" Ana@X.SI", "ana@x.si"), ("ana", ""), ("@", ""), ("ana @x", ""), ("", "")],
)
def test_email_addresses_are_brought_into_one_form(text: str, expected: str) -> None:
    assert normal_email(text) == expected
