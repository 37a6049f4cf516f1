"""S5 never shows a wrong price, and takes exactly what it has shown."""

import datetime as dt
from decimal import Decimal
from fractions import Fraction

import msgspec
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.strategies import DrawFn

from panstore.model.contract import ContractPrice, Offer
from panstore.model.money import round_half_up
from panstore.model.order import Order, OrderLine
from panstore.model.plan import Held
from panstore.model.price import midnight
from panstore.model.tax import Charged, tax_on
from panstore.modules.s5_contract_prices.module import module
from panstore.modules.s5_contract_prices.settings import ContractPriceSettings
from panstore.sdk.contracts import Checked, ContractItem, LineOffers
from panstore.sdk.modules import RouteView
from panstore.testing.strategies import decimals, links, moments, orders, rates, route_views

CENT = Decimal("0.01")
HUNDRED = Decimal(100)
ONE = Decimal(1)
PERSON = ("Žagar", "example", "Vrt", "12345679")
EXACT = ContractPriceSettings(tolerance_cents=0)
CORRECT = ContractPriceSettings(tolerance_cents=0, on_difference="correct")


def some_settings() -> st.SearchStrategy[ContractPriceSettings]:
    return st.builds(
        ContractPriceSettings,
        missing=st.sampled_from(("usual", "withhold")),
        below_cost=st.sampled_from(("sell", "usual", "withhold")),
        on_difference=st.sampled_from(("park", "accept", "correct")),
        tolerance_cents=st.integers(0, 3),
    )


def maybe(one: st.SearchStrategy[Decimal]) -> st.SearchStrategy[Decimal | None]:
    return st.one_of(one, one, st.none(), decimals(-1, 0, 2))


@st.composite
def prices(draw: DrawFn) -> ContractPrice:
    """What an ERP says under an agreement, wrong answers included."""
    return ContractPrice(
        variant=draw(links()).erp,
        quantity=ONE,
        amount=draw(maybe(decimals(0, 900, 4))),
        usual=draw(maybe(decimals(0, 900, 2))),
        currency=draw(st.sampled_from(("EUR", "EUR", "EUR", "USD"))),
        cost=draw(st.one_of(st.none(), decimals(0, 900, 4))),
        includes_tax=draw(st.booleans()),
        tax_rates=tuple(draw(st.one_of(st.tuples(rates()), st.lists(rates(), max_size=2)))),
        valid_until=draw(st.none() | st.dates(dt.date(2024, 1, 1), dt.date(2030, 1, 1))),
        problem=draw(st.sampled_from(("", "", "", "division by zero"))),
    )


@st.composite
def items(draw: DrawFn) -> ContractItem:
    price = draw(st.one_of(st.none(), prices(), prices(), prices()))
    return ContractItem(
        link=draw(links()),
        quantity=draw(decimals(1, 50)),
        price=price,
        as_of=draw(st.none() | moments()),
        reachable=draw(st.booleans()),
        agreement=draw(st.sampled_from(("Gostinci", ""))),
    )


@given(items(), some_settings(), route_views())
def test_an_amount_is_above_zero_in_the_shops_terms_and_only_where_it_was_agreed(
    item: ContractItem, settings: ContractPriceSettings, view: RouteView
) -> None:
    found = module.offer(item, settings, view)
    offer, shop, price = found.offer, view.shop, item.price
    assert (offer.amount is None) == (offer.state != "agreed")
    assert offer.includes_tax == shop.prices_include_tax
    assert (offer.code == "") == (offer.reason == "") == (offer.state == "agreed")
    assert shop.currency in {None, offer.currency} or offer.state != "agreed"
    if offer.amount is not None:
        assert offer.amount > 0
        assert offer.amount == round(offer.amount, shop.price_digits)
        assert price is not None
        assert price.amount is not None
        assert price.amount > 0
        assert not price.problem
        exact = Fraction(price.amount) * Fraction(item.link.factor or 0)
        if price.includes_tax != offer.includes_tax:
            share = 1 + Fraction(price.tax_rates[0]) / 100
            exact = exact * share if offer.includes_tax else exact / share
        assert abs(Fraction(offer.amount) - exact) <= Fraction(1, 2 * 10**shop.price_digits)


@given(items(), some_settings(), route_views())
def test_what_is_withheld_is_parked_and_what_is_parked_says_what_was_done(
    item: ContractItem, settings: ContractPriceSettings, view: RouteView
) -> None:
    found = module.offer(item, settings, view)
    if found.offer.state == "withheld":
        assert found.held is not None
    if found.held is None:
        return
    assert found.held.item == item.link.item
    assert (found.held.code == "contract.below_cost") or found.offer.state == "withheld"
    done = {"agreed": "all the same", "usual": "usual price", "withheld": "withholds it"}
    assert done[found.offer.state] in found.held.reason
    if item.price is not None and item.price.problem:
        # What the shop is told may be read by a buyer.
        assert item.price.problem not in found.offer.reason


@given(items(), some_settings(), route_views())
def test_an_offer_ends_with_the_day_the_erp_names_and_says_how_old_it_is(
    item: ContractItem, settings: ContractPriceSettings, view: RouteView
) -> None:
    offer = module.offer(item, settings, view).offer
    day = None if item.price is None else item.price.valid_until
    assert offer.valid_until == (None if day is None else midnight(day, view.zone))
    assert offer.as_of == (None if item.price is None else item.as_of)


@given(items(), prices(), decimals(1, 900, 4), decimals(0, 40, 4), some_settings(), route_views())
def test_who_agreed_on_a_higher_price_is_never_shown_a_lower_one(
    item: ContractItem,
    price: ContractPrice,
    amount: Decimal,
    more: Decimal,
    settings: ContractPriceSettings,
    view: RouteView,
) -> None:
    replace = msgspec.structs.replace
    item = replace(item, price=replace(price, amount=amount))
    higher = replace(item, price=replace(price, amount=amount + more))
    low = module.offer(item, settings, view).offer.amount
    high = module.offer(higher, settings, view).offer.amount
    if low is not None:
        assert high is not None
        assert high >= low


@st.composite
def sold(draw: DrawFn, *, discounts: bool = False) -> tuple[OrderLine, Offer]:
    """A line that charges exactly what was offered, as a shop computes it."""
    gross_prices = draw(st.booleans())
    digits = draw(st.integers(0, 2))
    unit, rate = draw(decimals(1, 500, digits)), draw(rates())
    quantity = draw(decimals(1, 400))
    whole = unit * quantity
    before = whole if gross_prices else whole + tax_on(whole, rate)
    off = draw(decimals(0, 100)) / HUNDRED if discounts else Decimal(0)
    discount = round_half_up(before * off)
    if gross_prices:
        gross = before - discount
        charged = _from_gross(gross, rate)
    else:
        share = (before - discount) / before
        charged = _from_net(round_half_up(whole * share), rate, gross=before - discount)
    line = OrderLine(
        id=draw(links()).shop,
        product=draw(links()).shop,
        sku="SKU-1",
        title="Kava 250 g",
        quantity=quantity,
        charged=charged,
        discount=discount,
    )
    return line, Offer("agreed", "EUR", unit, includes_tax=gross_prices)


def _from_gross(gross: Decimal, rate: Decimal) -> Charged:
    net = round_half_up(gross / (1 + rate / HUNDRED))
    return Charged(net=net, tax=gross - net, gross=gross, rate=rate)


def _from_net(net: Decimal, rate: Decimal, gross: Decimal | None = None) -> Charged:
    whole = net + tax_on(net, rate) if gross is None else gross
    return Charged(net=net, tax=whole - net, gross=whole, rate=rate)


def moved(line: OrderLine, offer: Offer, by: Decimal) -> OrderLine:
    """The line with so much more charged, in the terms of the offer."""
    old = line.charged
    new = (
        _from_gross(old.gross + by, old.rate)
        if offer.includes_tax
        else Charged(net=old.net + by, tax=old.tax, gross=old.gross + by, rate=old.rate)
    )
    return msgspec.structs.replace(line, charged=new)


def check(
    order: Order, line: OrderLine, *offers: Offer, settings: ContractPriceSettings, view: RouteView
) -> Checked | Held:
    whole = msgspec.structs.replace(
        order, currency="EUR", lines=(line,), total=line.charged.gross, payments=()
    )
    return module.check(whole, [LineOffers(line, offers)], settings, view)


@given(sold(), st.integers(0, 100), st.booleans(), orders(), route_views())
def test_what_was_shown_is_taken_within_the_tolerance_and_not_a_cent_more(
    scene: tuple[OrderLine, Offer],
    cents: int,
    less: bool,
    order: Order,
    view: RouteView,
) -> None:
    line, offer = scene
    settings = ContractPriceSettings(tolerance_cents=cents)
    sign = -1 if less else 1
    within = moved(line, offer, CENT * cents * sign)
    assert check(order, within, offer, settings=settings, view=view) == Checked("agreed")
    beyond = moved(line, offer, CENT * (cents + 1) * sign)
    assert isinstance(check(order, beyond, offer, settings=settings, view=view), Held)


@given(sold(discounts=True), orders(), route_views())
def test_a_discount_of_the_shop_is_no_difference_at_all(
    scene: tuple[OrderLine, Offer], order: Order, view: RouteView
) -> None:
    line, offer = scene
    assert check(order, line, offer, settings=EXACT, view=view) == Checked("agreed")


@given(sold(), decimals(1, 900, 2), orders(), route_views())
def test_any_price_that_may_have_been_shown_is_good(
    scene: tuple[OrderLine, Offer], other: Decimal, order: Order, view: RouteView
) -> None:
    line, offer = scene
    present = msgspec.structs.replace(offer, amount=other)
    assert check(order, line, present, offer, settings=EXACT, view=view) == Checked("agreed")


@given(sold(discounts=True), decimals(1, 900, 2), orders(), route_views())
def test_a_corrected_order_charges_what_was_agreed_with_the_discount_in_proportion(
    scene: tuple[OrderLine, Offer], other: Decimal, order: Order, view: RouteView
) -> None:
    line, offer = scene
    present = msgspec.structs.replace(offer, amount=other)
    found = check(order, line, present, settings=CORRECT, view=view)
    if isinstance(found, Held):
        assert "never charged more than he saw" in found.reason
        return
    if found.outcome == "agreed":
        return
    (one,) = found.corrections
    assert one.charged.gross <= line.charged.gross
    old, new = line.charged, one.charged
    assert one.line == line.id
    assert (new.rate, new.gross > 0) == (old.rate, old.gross > 0)
    share = Fraction(old.gross) / Fraction(old.gross + line.discount)
    due = Fraction(other) * Fraction(line.quantity) * share
    got = new.gross if offer.includes_tax else new.net
    assert abs(Fraction(got) - due) <= Fraction(1, 200)
    # With the discount in proportion, too, looking again finds nothing.
    exact = line.discount * new.gross / old.gross
    again = msgspec.structs.replace(line, charged=new, discount=exact)
    assert check(order, again, present, settings=ContractPriceSettings(), view=view) == (
        Checked("agreed")
    )


@given(
    orders(),
    st.lists(
        st.sampled_from((
            Offer("agreed", "EUR", Decimal("11.50")),
            Offer("agreed", "EUR", Decimal("0.99"), includes_tax=True),
            Offer("agreed", "USD", Decimal("11.50")),
            Offer("withheld", "EUR", code="contract.zero"),
            Offer("usual", "EUR", code="contract.missing"),
        )),
        min_size=4,
        max_size=4,
    ),
    some_settings(),
    route_views(),
)
def test_a_difference_is_told_without_the_person_and_corrected_only_while_nothing_is_paid(
    order: Order, offers: list[Offer], settings: ContractPriceSettings, view: RouteView
) -> None:
    lines = [LineOffers(line, (offers[at],)) for at, line in enumerate(order.lines)]
    found = module.check(order, lines, settings, view)
    assert not any(word in found.reason for word in PERSON)
    if isinstance(found, Held):
        assert found.item == order.id
        assert settings.on_difference != "accept"
        return
    assert (found.outcome == "agreed") == (not found.reason)
    if found.outcome == "corrected":
        assert order.received == 0
        promised = sum(one.amount for one in order.payments if not one.failed)
        agreed = {one.line: one.charged.gross for one in found.corrections}
        more = sum(agreed[one.id] - one.charged.gross for one in order.lines if one.id in agreed)
        assert promised == 0 or order.total + more <= promised
        assert all(one.charged.gross >= 0 for one in found.corrections)
    else:
        assert found.corrections == ()
