"""S4 books to the cent or parks, asks each question once, and never trips over an order."""

from collections import defaultdict
from decimal import Decimal
from fractions import Fraction
from math import floor

import msgspec
from hypothesis import assume, given
from hypothesis import strategies as st

from panstore.model.customer import FoundCustomer, MatchBy, MatchCriterion
from panstore.model.ids import ExternalId
from panstore.model.plan import Held
from panstore.model.sale import ErpOrder, NewCustomer
from panstore.modules.s4_orders.module import module
from panstore.modules.s4_orders.policy import comparable, normal_email, normal_vat
from panstore.modules.s4_orders.settings import OrderSettings
from panstore.sdk.capabilities import Capabilities
from panstore.sdk.modules import CreateOrder, CreateProduct, Due, FindCustomer, OrderCase
from panstore.testing.strategies import decimals, found_customers, order_cases, texts

ALL_MODES: tuple[MatchBy, ...] = ("vat", "email", "address", "generic")
MODES = st.lists(st.sampled_from(ALL_MODES), min_size=1, max_size=4, unique=True)
CENTS = st.integers(-5, 5).map(lambda n: Decimal(n).scaleb(-2))
WRONG_TOTALS = st.one_of(
    CENTS, CENTS, CENTS, st.just(Decimal(0)), decimals(-3, 3, 2), st.just(Decimal("0.005"))
)


@st.composite
def settings_of_s4(draw: st.DrawFn) -> OrderSettings:
    return OrderSettings(
        warehouse="LJ",
        match=tuple(draw(MODES)),
        generic_customer="WEB",
        unknown_product=draw(st.sampled_from(("park", "create"))),
        rounding_limit_cents_per_line=draw(st.integers(0, 3)),
        delivery_methods={"post": "Post"},
        unmapped_method=draw(st.sampled_from(("pass", "pass", "pass", "park"))),
    )


def rounded(value: Fraction, digits: int, how: str) -> Fraction:
    """Python's integers as a second opinion on rounding."""
    scaled = value * 10**digits
    if how == "half_even":
        return Fraction(round(scaled), 10**digits)
    size = floor(abs(scaled) + Fraction(1, 2))
    return Fraction(size if scaled >= 0 else -size, 10**digits)


def total_in_the_erp(sale: ErpOrder, erp: Capabilities) -> Fraction:
    """What the ERP will compute, written apart from the module and in exact fractions."""
    how = erp.document_rounding
    net, bases = Fraction(0), defaultdict[object, Fraction](Fraction)
    for number, line in enumerate(sale.lines):
        exact = Fraction(line.quantity) * Fraction(line.unit_net)
        amount = rounded(exact, 2, how)
        assert amount == Fraction(line.net)
        net += amount
        key: tuple[object, ...] = (line.rate, exact < 0 if erp.tax_by_sign else None)
        bases[(*key, number) if erp.tax_rounding == "line" else key] += (
            exact if erp.tax_base == "exact" else amount
        )
    taxes = (
        rounded(base * Fraction(key[0]) / 100, 2, how)  # type: ignore[index]
        for key, base in bases.items()
    )
    return net + sum(taxes, Fraction(0))


def played_out(
    case: OrderCase, settings: OrderSettings, reply: dict[MatchBy, tuple[FoundCustomer, ...]]
) -> tuple[Due, list[MatchCriterion]]:
    """Answer every question until the module wants something else."""
    asked: list[MatchCriterion] = []
    answers: dict[MatchCriterion, tuple[FoundCustomer, ...]] = {}
    while True:
        step = module.due(msgspec.structs.replace(case, answers=answers), settings)
        if not isinstance(step, FindCustomer):
            return step, asked
        assert step.criterion not in answers
        asked.append(step.criterion)
        answers[step.criterion] = reply.get(step.criterion.by, ())


REPLIES = st.dictionaries(st.sampled_from(ALL_MODES), found_customers(), max_size=4)


@given(order_cases(WRONG_TOTALS, ready=True), settings_of_s4(), REPLIES)
def test_a_booked_order_has_exactly_the_total_that_was_charged(
    case: OrderCase, settings: OrderSettings, reply: dict[MatchBy, tuple[FoundCustomer, ...]]
) -> None:
    step, asked = played_out(case, settings, reply)
    assert isinstance(step, CreateOrder | Held)
    if isinstance(step, Held):
        assert step.item == case.order.id
        assert f"Order {case.order.number}" in step.reason
        assert "not imported" in step.reason
        return
    sale, erp = step.order, case.view.erp
    assert total_in_the_erp(sale, erp) == Fraction(case.order.total)
    assert sale.total == case.order.total
    places = {-int(line.unit_net.normalize().as_tuple().exponent) for line in sale.lines}
    assert max(places) <= erp.document_digits
    assert [line.kind for line in sale.lines].count("rounding") <= 1
    assert [each.by for each in asked] == [
        mode for mode in settings.match if mode in {each.by for each in asked}
    ]


@given(order_cases(ready=True))
def test_an_honest_order_of_usual_size_is_never_parked_for_its_total(case: OrderCase) -> None:
    assume(all(line.quantity <= 12 for line in case.order.lines))
    links = {
        key: msgspec.structs.replace(link, factor=Decimal(1)) for key, link in case.links.items()
    }
    erp = msgspec.structs.replace(case.view.erp, document_digits=4)
    view = msgspec.structs.replace(case.view, erp=erp)
    step, _ = played_out(
        msgspec.structs.replace(case, links=links, view=view),
        OrderSettings(warehouse="LJ", rounding_limit_cents_per_line=7),
        {},
    )
    assert isinstance(step, CreateOrder)


@given(order_cases(WRONG_TOTALS), settings_of_s4(), REPLIES)
def test_any_order_whatever_is_wrong_with_it_gets_a_next_step(
    case: OrderCase, settings: OrderSettings, reply: dict[MatchBy, tuple[FoundCustomer, ...]]
) -> None:
    step, _ = played_out(case, settings, reply)
    assert (step is None) == (case.order.stage == "cancelled")


@given(order_cases(WRONG_TOTALS), settings_of_s4())
def test_the_same_case_gives_the_same_step_however_the_tables_are_ordered(
    case: OrderCase, settings: OrderSettings
) -> None:
    turned = msgspec.structs.replace(case, links=dict(reversed(list(case.links.items()))))
    assert module.due(turned, settings) == module.due(case, settings)


@given(order_cases(ready=True), settings_of_s4(), REPLIES)
def test_one_answer_decides_and_several_never_do(
    case: OrderCase, settings: OrderSettings, reply: dict[MatchBy, tuple[FoundCustomer, ...]]
) -> None:
    step, asked = played_out(case, settings, reply)
    answers = [reply.get(each.by, ()) for each in asked]
    if not isinstance(step, CreateOrder):
        return
    single = [found[0].id for found in answers if len(found) == 1]
    if single:
        assert step.order.party == single[0]
        assert len(answers[-1]) == 1
    else:
        assert isinstance(step.order.party, NewCustomer)
        assert all(not found for found in answers)


@given(order_cases(ready=True), order_cases(ready=True))
def test_two_first_orders_of_one_person_give_one_key(case: OrderCase, other: OrderCase) -> None:
    same = msgspec.structs.replace(
        other.order,
        customer=case.order.customer,
        billing=case.order.billing,
        shipping=case.order.shipping,
    )
    settings = OrderSettings(warehouse="LJ", rounding_limit_cents_per_line=100_000)
    first, asked = played_out(case, settings, {})
    second, _ = played_out(msgspec.structs.replace(other, order=same), settings, {})
    assert isinstance(first, CreateOrder)
    assert isinstance(second, CreateOrder)
    mine, theirs = first.order.party, second.order.party
    assert isinstance(mine, NewCustomer)
    assert isinstance(theirs, NewCustomer)
    if asked:
        assert mine.key == theirs.key
    else:
        assert mine.key == f"shop/customer/order/{case.order.id}"


@given(order_cases(), settings_of_s4())
def test_a_product_is_created_only_where_that_is_set(
    case: OrderCase, settings: OrderSettings
) -> None:
    step = module.due(case, settings)
    if isinstance(step, CreateProduct):
        assert settings.unknown_product == "create"
        assert step.shop_variant not in case.links
        assert Decimal(step.product.net) >= 0


@given(texts(), st.sampled_from(("SI", "GR", "")))
def test_bringing_texts_into_one_form_twice_changes_nothing(text: str, country: str) -> None:
    assert comparable(comparable(text)) == comparable(text)
    assert normal_email(normal_email(text)) == normal_email(text)
    assert normal_vat(normal_vat(text, country), country) == normal_vat(text, country)


@given(order_cases(WRONG_TOTALS, ready=True), settings_of_s4(), texts().filter(bool))
def test_a_named_party_buys_whatever_is_said_of_the_buyer(
    case: OrderCase, settings: OrderSettings, party: str
) -> None:
    linked = msgspec.structs.replace(case, party=ExternalId(party))
    step = module.due(linked, settings)
    assert not isinstance(step, FindCustomer)
    if isinstance(step, CreateOrder) and step.fact == "imported":
        assert step.order.party == party
