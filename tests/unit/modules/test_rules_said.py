"""What P1 and P2 say of their rules to who asks about an order."""

from __future__ import annotations

from panstore.modules.p1_invoices.module import module as p1
from panstore.modules.p1_invoices.settings import InvoiceSettings
from panstore.modules.p2_reservations.module import module as p2
from panstore.modules.p2_reservations.settings import ReservationSettings
from panstore.sdk.modules import Explains, RuleSaid
from panstore.sdk.rules import Rule
from tests.unit.modules.order_life import an_order, case, goods, paid, sale

OPEN = sale(goods("2"))
UNPAID = case(an_order(), [OPEN])


def test_a_rule_that_does_not_hold_says_which_part_and_with_which_values() -> None:
    settings = InvoiceSettings(rule=Rule("order.paid && order.total < 500.0"))
    assert isinstance(p1, Explains)
    [said] = p1.explain(UNPAID, settings)
    assert (said.setting, said.text, said.holds) == (
        "rule",
        "order.paid && order.total < 500.0",
        False,
    )
    assert "order.paid = false" in said.why
    assert "order.total" not in said.why


def test_a_rule_that_holds_needs_no_reason() -> None:
    settings = InvoiceSettings(rule=Rule("order.paid"))
    assert isinstance(p1, Explains)
    told = p1.explain(case(an_order(payments=paid()), [OPEN]), settings)
    assert told == (RuleSaid("rule", "order.paid", holds=True),)


def test_when_the_unpaid_give_their_goods_back_the_second_rule_matters_too() -> None:
    assert isinstance(p2, Explains)
    told = p2.explain(UNPAID, ReservationSettings())
    assert told == (RuleSaid("rule", "true", holds=True),)
    told = p2.explain(UNPAID, ReservationSettings(unpaid_hours=24))
    assert [(one.setting, one.holds) for one in told] == [("rule", True), ("unpaid_rule", True)]


def test_a_rule_that_cannot_be_worked_out_says_so() -> None:
    settings = InvoiceSettings(rule=Rule("100 / (order.total_minor - 1220) > 0"))
    assert isinstance(p1, Explains)
    [said] = p1.explain(UNPAID, settings)
    assert said.holds is None
    assert "could not be worked out" in said.why
