"""A sheet goes out, is edited in Excel, and comes back; what is wrong names line and column."""

from __future__ import annotations

from decimal import Decimal

import pytest

from panstore.engine.link_sheet import SheetError, Wish, read_sheet, write_sheet
from panstore.engine.link_wizard import Proposal, Proposals
from panstore.model.ids import ExternalId, RouteId
from panstore.model.product import Variant

ROUTE = RouteId("shop")
HEAD = "route;take;erp_id;shop_id;factor\n"


def _proposals() -> Proposals:
    erp = Variant(ExternalId("1"), "A", '=čaj; "šipek"')
    shop = Variant(ExternalId("-a"), "A", "Čaj")
    return Proposals(
        pairs=[
            Proposal(erp, shop, Decimal(1), 97, "same code", ""),
            Proposal(Variant(ExternalId("2"), "", "x"), shop, None, 99, "same EAN", ""),
        ],
        erp_alone=[Variant(ExternalId("3"), "C", "ž")],
        shop_alone=[Variant(ExternalId("c"), "D", "š")],
    )


@pytest.mark.parametrize("letters", ["utf-8", "utf-8-sig", "cp1250", "utf-16"])
@pytest.mark.parametrize("separator", [";", ",", "\t"])
def test_what_goes_out_comes_back_from_excel(letters: str, separator: str) -> None:
    text = write_sheet(ROUTE, _proposals())
    assert "'=čaj" in text
    if separator != ";":
        text = text.replace("čaj; ", "čaj ").replace(";", separator)
    assert read_sheet(text.encode(letters), ROUTE) == [
        Wish(ExternalId("1"), ExternalId("-a"), Decimal(1), 2, "A", "A")
    ]


@pytest.mark.parametrize("code", ["'X", "-5 ' A", "''", "@a", "A'", "=1"])
def test_a_code_comes_back_as_it_was_also_when_the_sign_before_it_is_gone(code: str) -> None:
    variant = Variant(ExternalId("1"), code, "")
    pair = Proposal(variant, Variant(ExternalId("a"), "X", ""), Decimal(1), 97, "same EAN", "")
    text = write_sheet(ROUTE, Proposals(pairs=[pair], erp_alone=[], shop_alone=[]))
    assert [wish.erp_code for wish in read_sheet(text.encode(), ROUTE)] == [code]


def test_a_sign_that_is_part_of_a_code_stays() -> None:
    """Somebody typed it, or another program left out the one that we put before it."""
    head = "route;take;erp_id;shop_id;factor;erp_code\n"
    [wish] = read_sheet((head + "shop;yes;1;a;1;'X\n").encode(), ROUTE)
    assert wish.erp_code == "'X"


def test_parts_of_a_unit_are_no_thousands() -> None:
    [wish] = read_sheet((HEAD + "shop;yes;1;a;0,125\n").encode(), ROUTE)
    assert wish.factor == Decimal("0.125")


def test_a_person_takes_leaves_and_says_another_id_and_factor() -> None:
    sheet = HEAD + "shop;da;1;b;0,5\nshop;ne;2;c;\nshop;;3;d;\nshop;X;4;e;\n"
    assert read_sheet(sheet.encode(), ROUTE) == [
        Wish(ExternalId("1"), ExternalId("b"), Decimal("0.5"), 2),
        Wish(ExternalId("4"), ExternalId("e"), None, 5),
    ]


@pytest.mark.parametrize(
    ("sheet", "where"),
    [
        ("route;take;erp_id;shop_id\n", "line 1: the column factor"),
        (HEAD + "shop;maybe;1;a;1\n", "line 2, column take"),
        (HEAD + "other;yes;1;a;1\n", "line 2, column route"),
        (HEAD + "shop;yes;1;;1\n", "line 2, column shop_id"),
        (HEAD + "shop;yes;;a;1\n", "line 2, column erp_id"),
        (HEAD + "shop;yes;1;a;six\n", "line 2, column factor"),
        (HEAD + "shop;yes;1;a;-1\n", "line 2, column factor"),
        (HEAD + "shop;yes;1;a;1.000\n", "line 2, column factor: '1.000' may be a thousand or one"),
        (HEAD + "shop;yes;1;a;12,500\n", "line 2, column factor"),
        (HEAD + "shop;yes;1;a;\nshop;yes;1;b;\n", "line 3, column erp_id: 1 is taken in line 2"),
        (HEAD + "shop;yes;1;a;\nshop;yes;2;a;\n", "line 3, column shop_id: a is taken in line 2"),
        ("", "line 1"),
    ],
)
def test_what_is_wrong_names_line_and_column(sheet: str, where: str) -> None:
    with pytest.raises(SheetError, match=where):
        read_sheet(sheet.encode(), ROUTE)
