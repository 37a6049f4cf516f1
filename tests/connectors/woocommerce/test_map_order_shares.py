"""Charges of WooCommerce orders whose rates are of parts of them (source; not in the recordings).

A reduction as a negative fee is taxed in proportion to what it is taken from.
"""

from __future__ import annotations

import copy
from decimal import Decimal
from typing import Any

import pytest

from panstore.connectors.woocommerce.map.order_words import OrderWords
from panstore.connectors.woocommerce.map.orders import order
from panstore.model.order import Charge, Order
from panstore.model.tax import Charged
from tests.connectors.woocommerce.order_recordings import answer, encoded

RATES = [
    {"rate_id": 1, "compound": False, "rate_percent": 19},
    {"rate_id": 2, "compound": False, "rate_percent": 7},
]


def charged(net: str, tax: str, rate: str) -> Charged:
    return Charged(Decimal(net), Decimal(tax), Decimal(net) + Decimal(tax), Decimal(rate))


def part(net: str, tax: str, **taxes: str) -> dict[str, Any]:
    told = [{"id": int(id_.removeprefix("r")), "total": total} for id_, total in taxes.items()]
    return {"total": net, "total_tax": tax, "taxes": told, "meta_data": []}


def with_fee(fee: dict[str, Any], refund: dict[str, Any] | None = None) -> Order:
    document = copy.deepcopy(answer("30-order-shipping-fee", 0))
    document["tax_lines"], document["shipping_lines"] = RATES, []
    document["fee_lines"] = [{**fee, "id": 241, "name": "Prepaid"}]
    (line,) = document["line_items"]
    total = Decimal(line["total"]) + Decimal(line["total_tax"])
    document["total"] = str(total + Decimal(fee["total"]) + Decimal(fee["total_tax"]))
    back = []
    if refund is not None:
        meta = [{"key": "_note"}, {"key": "_refunded_item_id", "value": "241"}]
        gross = -Decimal(refund["total"]) - Decimal(refund["total_tax"])
        back = [
            {
                "id": 950,
                "date_created_gmt": "2026-11-25T10:00:00",
                "amount": str(abs(gross)),
                "fee_lines": [{**refund, "meta_data": meta}],
            }
        ]
    return order(encoded(document), OrderWords(), encoded(back))


def reduction(net: str, tax: str, rate: str) -> Charge:
    return Charge("discount", "Prepaid", "Prepaid", charged(net, tax, rate))


@pytest.mark.parametrize(
    ("fee", "expected"),
    [
        # 15.00 of the goods at 19 %, 5.00 at 7 %: three quarters and one.
        (
            part("-10.00", "-1.60", r1="-1.425", r2="-0.175"),
            [("-7.50", "-1.42", "19"), ("-2.50", "-0.18", "7")],
        ),
        # The same, with taxes that were rounded before.
        (
            part("-10.00", "-1.61", r1="-1.43", r2="-0.18"),
            [("-7.43", "-1.43", "19"), ("-2.57", "-0.18", "7")],
        ),
        # Half of the goods are not taxed at all.
        (part("-10.00", "-0.95", r1="-0.95"), [("-5.00", "-0.95", "19"), ("-5.00", "0.00", "0")]),
        # Rates on the whole stay together, and so does what nothing explains.
        (part("-10.00", "-2.60", r1="-1.90", r2="-0.70"), [("-10.00", "-2.60", "26")]),
        (part("-10.00", "-2.34", r1="-1.71", r2="-0.63"), [("-10.00", "-2.34", "26")]),
        (part("-10.00", "-5.00", r1="-4.00", r2="-1.00"), [("-10.00", "-5.00", "26")]),
    ],
)
def test_a_reduction_is_taxed_as_what_it_is_taken_from(
    fee: dict[str, Any], expected: list[tuple[str, str, str]]
) -> None:
    assert list(with_fee(fee).charges) == [reduction(*one) for one in expected]


def test_shipping_may_be_split_as_well_but_one_wrong_rate_is_left_alone() -> None:
    found = with_fee(part("10.00", "1.60", r1="1.425", r2="0.175"))
    assert [one.charged for one in found.charges] == [
        charged("7.50", "1.42", "19"),
        charged("2.50", "0.18", "7"),
    ]
    assert [one.kind for one in found.charges] == ["fee", "fee"]
    found = with_fee(part("10.00", "0.95", r1="0.95"))
    assert [one.charged for one in found.charges] == [charged("10.00", "0.95", "19")]


def test_what_is_given_back_of_it_is_split_too() -> None:
    fee = part("10.00", "1.60", r1="1.425", r2="0.175")
    found = with_fee(fee, part("-10.00", "-1.60", r1="-1.425", r2="-0.175"))
    (refund,) = found.refunds
    assert refund.charges == found.charges
