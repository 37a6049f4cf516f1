"""Agreements and their prices: what Tryton says of a list, per article and quantity."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal

import msgspec
import pytest

from panstore.connectors.tryton.map.contracts import (
    agreement,
    contract_prices,
    price_breaks,
    price_lines,
)
from panstore.connectors.tryton.wire import TaxRow
from panstore.connectors.tryton.wire_contracts import AgreementRow, ContractPriceRow, PriceBreaksRow
from panstore.model.contract import Agreement, ContractPrice, PriceWish
from panstore.model.ids import ExternalId

VAT = TaxRow(1, "DDV 22 %", Decimal("0.22"))
ROW = ContractPriceRow(
    product=7,
    quantity=Decimal("1.0"),
    price=Decimal("8.5000"),
    list_price=Decimal("10.0000"),
    cost=Decimal(4),
    currency="EUR",
    taxes=[VAT],
    valid_until=dt.date(2026, 12, 1),
    error=None,
)


def wish(product: str = "7", quantity: str = "1") -> PriceWish:
    return PriceWish(ExternalId(product), Decimal(quantity))


def one(row: ContractPriceRow, asked: PriceWish | None = None) -> ContractPrice:
    (price,) = contract_prices([asked or wish()], [row])
    return price


@pytest.mark.parametrize(
    ("row", "expected"),
    [
        (
            AgreementRow(5, " Novak ", active=True, price_list=117, price_list_name=" Pogodbe "),
            Agreement(ExternalId("5"), ExternalId("117"), "Novak", "Pogodbe"),
        ),
        (
            AgreementRow(6, None, active=False, price_list=None, price_list_name=None),
            Agreement(ExternalId("6"), None, active=False),
        ),
    ],
)
def test_a_party_buys_by_its_list_or_as_everybody(row: AgreementRow, expected: Agreement) -> None:
    assert agreement(row) == expected


def test_a_price_by_a_list_is_told_whole() -> None:
    assert one(ROW) == ContractPrice(
        ExternalId("7"),
        Decimal(1),
        Decimal("8.5000"),
        Decimal("10.0000"),
        "EUR",
        Decimal(4),
        includes_tax=False,
        tax_rates=(Decimal(22),),
        valid_until=dt.date(2026, 12, 1),
    )


def test_a_list_that_is_silent_has_no_amount() -> None:
    price = one(msgspec.structs.replace(ROW, price=None))
    assert (price.amount, price.usual, price.problem) == (None, Decimal("10.0000"), "")


@pytest.mark.parametrize(
    ("error", "problem"), [("division by zero", "division by zero"), ("", "Tryton could not")]
)
def test_what_cannot_be_computed_has_a_problem_and_no_amount(error: str, problem: str) -> None:
    price = one(msgspec.structs.replace(ROW, error=error))
    assert price.amount is None
    assert price.problem.startswith(problem)


def test_each_wish_has_the_answer_for_its_own_quantity() -> None:
    rows = [
        msgspec.structs.replace(ROW, quantity=Decimal("12.0"), price=Decimal(7)),
        msgspec.structs.replace(ROW, product=8, price=Decimal(3)),
        ROW,
    ]
    asked = [wish(), wish("7", "12"), wish("9"), wish("sku"), wish("8")]
    answers = list(contract_prices(asked, rows))
    assert [(one.variant, one.quantity, one.amount) for one in answers] == [
        ("7", Decimal(1), Decimal("8.5")),
        ("7", Decimal(12), Decimal(7)),
        ("8", Decimal(1), Decimal(3)),
    ]


def test_a_quantity_finer_than_tryton_counts_is_asked_as_tryton_counts() -> None:
    fine = wish("7", "0.33333333333333333333333333333")
    [line] = price_lines([fine, wish("sku-1")])
    assert line == {"product": 7, "quantity": Decimal("0.333333333333333")}
    row = msgspec.structs.replace(ROW, quantity=Decimal("0.333333333333333"))
    assert one(row, fine).quantity == fine.quantity


def test_breaks_are_told_ascending_and_once() -> None:
    row = PriceBreaksRow(7, [Decimal("12.0"), Decimal("2.5"), Decimal(12)])
    assert price_breaks([row, PriceBreaksRow(8, [])]) == {
        "7": (Decimal("2.5"), Decimal(12)),
        "8": (),
    }
