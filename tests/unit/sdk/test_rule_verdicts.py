"""What a rule says of an order, and why it does not hold."""

from decimal import Decimal

import pytest

from panstore.model.order import Order
from panstore.model.plan import Held
from panstore.sdk.rules import Part, Rule, RuleFailedError, Verdict
from tests.unit.modules.order_life import an_order, case, paid

CARD = Rule('order.paid && order.total < 500.0 && !("backorder" in order.tags)')
BROKEN = Rule("1 / (order.line_count - 1) == 1")


@pytest.mark.parametrize(
    ("total", "holds"),
    [("499.99", True), ("500.00", False), ("500", False), ("500.01", False), ("499.9999", True)],
)
@pytest.mark.parametrize("limit", ["500", "500.0", "500.00"])
def test_a_limit_is_met_to_the_cent(total: str, limit: str, *, holds: bool) -> None:
    assert Rule(f"order.total < {limit}").holds(case(an_order(total))) is holds
    assert Rule("order.total_minor < 50000").holds(case(an_order("499.99"))) is True
    assert Rule(f"order.total >= {limit}").holds(case(an_order(total))) is not holds


@pytest.mark.parametrize(
    ("order", "holds"),
    [
        (an_order(payments=paid()), True),
        (an_order(), False),
        (an_order("500", payments=paid("500")), False),
        (an_order(payments=paid(), tags=("backorder",)), False),
    ],
)
def test_the_example_of_the_docs(order: Order, *, holds: bool) -> None:
    assert CARD.holds(case(order)) is holds


def test_a_rule_that_holds_needs_no_words() -> None:
    told = CARD.explain(case(an_order(payments=paid())))
    assert told == Verdict(holds=True)
    assert told.words() == ""


def test_a_rule_that_does_not_hold_names_what_did_not() -> None:
    told = CARD.explain(case(an_order("500.00", tags=("b2b", "backorder"))))
    assert told.parts == (
        Part("order.paid", (("order.paid", "false"),)),
        Part("order.total < 500.0", (("order.total", "500"),)),
        Part('!("backorder" in order.tags)', (("order.tags", "[b2b, backorder]"),)),
    )
    assert told.words() == (
        "not order.paid (order.paid = false); not order.total < 500.0 (order.total = 500);"
        ' not !("backorder" in order.tags) (order.tags = [b2b, backorder])'
    )


def test_a_rule_of_several_lines_is_told_on_one() -> None:
    rule = Rule("\norder.paid\n  && order.total <\n 500.0\n")
    said = rule.said(case(an_order("500.00")), "rule")
    assert str(rule) == said.text == "order.paid && order.total < 500.0"
    assert "\n" not in said.why


def test_brackets_around_and_are_opened() -> None:
    rule = Rule("(order.paid && (order.total > 1)) && (order.guest || order.pickup)")
    told = rule.explain(case(an_order()))
    assert [part.text for part in told.parts] == ["order.paid"]


def test_or_is_one_part() -> None:
    told = Rule('order.paid || order.payment_method == "cod"').explain(case(an_order()))
    assert told.words() == (
        'not order.paid || order.payment_method == "cod"'
        ' (order.paid = false, order.payment_method = "")'
    )


def test_a_part_without_names_has_no_values() -> None:
    assert Rule("order.guest && false").explain(case(an_order())).words() == "not false"


def test_values_are_told_shortly_and_without_the_buyer() -> None:
    order = an_order(tags=tuple("abcdefg"))
    rule = Rule(
        'order.email == "" && order.postcode == "" && order.tags.size() < 3'
        " && order.line_count > 5 && order.lines.all(l, l.total < 0)"
    )
    assert [part.values for part in rule.explain(case(order)).parts] == [
        (("order.email", "(not shown)"),),
        (("order.postcode", "(not shown)"),),
        (("order.tags", "[a, b, c, d, e and 2 more]"),),
        (("order.line_count", "1"),),
        (("order.lines", "[...]"),),
    ]


def test_a_part_that_cannot_be_worked_out_is_not_the_reason() -> None:
    told = Rule("order.paid && 1 / (order.line_count - 1) == 1").explain(case(an_order()))
    assert [part.text for part in told.parts] == ["order.paid"]


@pytest.mark.parametrize(
    ("rule", "why"),
    [
        (BROKEN, "division by zero"),
        (Rule("1 % (order.line_count - 1) == 1"), "by zero"),
        (Rule("order.total_minor * 999999999999999 * 999999999999999 > 1"), "overflow"),
    ],
)
def test_a_rule_that_cannot_be_worked_out_says_why(rule: Rule, why: str) -> None:
    one = case(an_order())
    with pytest.raises(RuleFailedError, match=why):
        rule.holds(one)
    told = rule.explain(one)
    assert told.holds is None
    assert told.words().startswith("could not be worked out: ")
    held = rule.judge(one, "rule of P2")
    assert isinstance(held, Held)
    assert (held.item, held.code) == ("77", "rule.failed")
    assert f"Order 100077: the rule of P2, {rule}, could not be worked out" in held.reason


def test_a_rule_is_judged_where_it_can_be() -> None:
    assert Rule("order.guest").judge(case(an_order()), "rule of P1") is True
    assert Rule("order.paid").judge(case(an_order()), "rule of P1") is False


@pytest.mark.parametrize(
    "total",
    [
        "1234567890123.456",
        "0.1234567890123456",
        "NaN",
        "sNaN",
        "-Infinity",
        "1E+200",
        "1.00000000000000000000000000000000001",
    ],
)
def test_an_amount_that_would_not_be_exact_is_refused(total: str) -> None:
    order = an_order()
    order = Order(
        **{n: getattr(order, n) for n in order.__struct_fields__} | {"total": Decimal(total)}
    )
    with pytest.raises(RuleFailedError, match=r"order\.total is .* more than 15 digits"):
        Rule("order.total > 1").holds(case(order))


@pytest.mark.parametrize("total", ["123456789012.345", "1E+20", "0.000000000000000000123"])
def test_up_to_fifteen_digits_are_exact(total: str) -> None:
    assert Rule("order.total > 0").holds(case(an_order(total)))


def test_a_line_s_amounts_are_seen_too() -> None:
    with pytest.raises(RuleFailedError, match=r"order\.lines\.total is"):
        Rule("order.lines.all(l, l.total > 1)").holds(case(an_order("1.234567890123456")))


def test_a_huge_whole_number_is_refused() -> None:
    with pytest.raises(RuleFailedError, match=r"order\.total_minor is"):
        Rule("order.total_minor > 1").holds(case(an_order("10000000000000.00")))


def test_values_that_no_rule_asks_for_are_not_looked_at() -> None:
    assert Rule("order.guest").holds(case(an_order("1.234567890123456")))
