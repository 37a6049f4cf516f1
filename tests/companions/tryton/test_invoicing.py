"""Invoices and credit notes: once per key, for what is due, whoever else had a hand in it."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest

from tests.companions.tryton.client import Erp, RefusedError, line, order, today
from tests.companions.tryton.test_sales import goods

pytestmark = pytest.mark.real


def issued(sale: dict[str, Any]) -> list[tuple[str, str, Decimal]]:
    """Key, state and total of what is issued, oldest first."""
    return [
        (one["key"], one["state"], one["total"])
        for one in sale["invoices"]
        if one["state"] != "draft"
    ]


def ship(erp: Erp, shipment: int) -> None:
    erp.press("stock.shipment.out", shipment, "assign_try", "pick", "pack", "do")


def ship_what_is_there(erp: Erp, shipment: int) -> None:
    erp.press("stock.shipment.out", shipment, "assign_try")
    erp.answer("stock.shipment.assign", "stock.shipment.out", shipment, "ignore")
    erp.press("stock.shipment.out", shipment, "pick", "pack", "do")


def post_by_hand(erp: Erp, sale: int) -> int:
    """Post the draft of a sale as a person does."""
    (invoice,) = erp.read("sale.sale", sale, "invoices")["invoices"]
    erp.call("account.invoice.write", [invoice], {"invoice_date": today()})
    erp.press("account.invoice", invoice, "post")
    return int(invoice)


def test_invoicing_and_crediting(erp: Erp, key: str) -> None:
    product = erp.fresh_product()
    wanted = order(erp, key, product)
    total = wanted["expected_total"]
    erp.gateway("import_order", wanted)
    first = erp.gateway("issue_invoice", key, f"{key}/invoice/1", "order", today())
    (invoice,) = first["invoices"]
    assert issued(first) == [(f"{key}/invoice/1", "posted", total)]
    assert (invoice["date"], invoice["credits"], first["repeated"]) == (today(), None, False)
    assert invoice["number"].startswith(f"{today().year}-")
    assert goods(first, product)[3] == 1
    again = erp.gateway("issue_invoice", key, f"{key}/invoice/1", "order", today())
    assert again == first | {"repeated": True}

    erp.gateway("credit_invoice", key, invoice["id"], f"{key}/credit/1", today())
    # Tryton settles the note with the invoice just after the call.
    noted = erp.booked(key)
    assert issued(noted) == [
        (f"{key}/invoice/1", "cancelled", total),
        (f"{key}/credit/1", "paid", -total),
    ]
    assert noted["invoices"][1]["credits"] == invoice["id"]
    assert goods(noted, product)[3] == 0
    repeated = erp.gateway("credit_invoice", key, invoice["id"], f"{key}/credit/1", today())
    assert repeated == noted
    with pytest.raises(RefusedError, match=r"panstore\.already_credited: "):
        erp.gateway("credit_invoice", key, invoice["id"], f"{key}/credit/2")
    with pytest.raises(RefusedError, match=r"panstore\.illegal_state: "):
        erp.gateway("credit_invoice", key, noted["invoices"][1]["id"], f"{key}/credit/3")
    with pytest.raises(RefusedError, match=r"panstore\.unknown_invoice: "):
        erp.gateway("credit_invoice", key, 999_999, f"{key}/credit/4")


def test_credited_goods_can_be_invoiced_again(erp: Erp, key: str) -> None:
    wanted = order(erp, key, erp.fresh_product())
    erp.gateway("import_order", wanted)
    (invoice,) = erp.gateway("issue_invoice", key, f"{key}/invoice/1")["invoices"]
    erp.gateway("credit_invoice", key, invoice["id"], f"{key}/credit/1")
    again = erp.gateway("issue_invoice", key, f"{key}/invoice/2")
    assert issued(again)[-1] == (f"{key}/invoice/2", "posted", wanted["expected_total"])


def test_invoice_a_person_has_posted_is_taken_over(erp: Erp, key: str) -> None:
    # Taxed as the ERP would itself, else it warns the person who posts.
    teapot = erp.facts["skus"]["DS-103"]
    sale = erp.gateway("import_order", order(erp, key, teapot))["sale"]
    invoice = post_by_hand(erp, sale)
    taken = erp.gateway("issue_invoice", key, f"{key}/invoice/1")
    assert [(one["id"], one["key"]) for one in taken["invoices"]] == [(invoice, f"{key}/invoice/1")]
    with pytest.raises(RefusedError, match=r"panstore\.nothing_to_invoice: "):
        erp.gateway("issue_invoice", key, f"{key}/invoice/2")


def test_credit_note_of_a_person_is_taken_over(erp: Erp, key: str) -> None:
    teapot = erp.facts["skus"]["DS-103"]
    erp.gateway("import_order", order(erp, key, teapot))
    (invoice,) = erp.gateway("issue_invoice", key, f"{key}/invoice/1")["invoices"]
    erp.answer(
        "account.invoice.credit",
        "account.invoice",
        invoice["id"],
        "credit",
        with_refund=True,
        invoice_date=today(),
    )
    by_hand = erp.booked(key)
    assert [one["key"] for one in by_hand["invoices"]] == [f"{key}/invoice/1", None]
    taken = erp.gateway("credit_invoice", key, invoice["id"], f"{key}/credit/1")
    assert [one["key"] for one in taken["invoices"]] == [f"{key}/invoice/1", f"{key}/credit/1"]
    assert len(taken["invoices"]) == 2


def test_draft_a_person_has_changed_is_posted_as_it_is(erp: Erp, key: str) -> None:
    teapot = erp.facts["skus"]["DS-103"]
    made = erp.gateway("import_order", order(erp, key, teapot))
    (draft,) = made["invoices"]
    erp.call("account.invoice.write", [draft["id"]], {"comment": "Thank you, dear neighbour"})
    (invoice,) = erp.gateway("issue_invoice", key, f"{key}/invoice")["invoices"]
    assert (invoice["id"], invoice["state"]) == (draft["id"], "posted")


def test_only_what_has_left_is_invoiced(erp: Erp, key: str) -> None:
    product = erp.fresh_product()
    erp.count(product, 2)
    wanted = order(erp, key, product, 5)
    made = erp.gateway("import_order", wanted)
    drafts = made["invoices"]
    with pytest.raises(RefusedError, match=r"panstore\.nothing_to_invoice: "):
        erp.gateway("issue_invoice", key, f"{key}/invoice/1", "shipped")
    assert erp.booked(key)["invoices"] == drafts, "the refused call left everything as it was"

    ship_what_is_there(erp, erp.shipment_of(made["sale"]))
    first = erp.gateway("issue_invoice", key, f"{key}/invoice/1", "shipped", today())
    # With the first goods come the charges that have no parcel.
    assert issued(first) == [(f"{key}/invoice/1", "posted", Decimal("28.30"))]
    assert goods(first, product) == (5, 0, 2, 2)
    with pytest.raises(RefusedError, match=r"panstore\.nothing_to_invoice: "):
        erp.gateway("issue_invoice", key, f"{key}/invoice/2", "shipped")

    erp.count(product, 3)
    ship(erp, first["shipments"][1]["id"])
    second = erp.gateway("issue_invoice", key, f"{key}/invoice/2", "shipped", today())
    assert issued(second)[1] == (f"{key}/invoice/2", "posted", Decimal("36.60"))
    assert sum(total for _, _, total in issued(second)) == wanted["expected_total"]
    assert goods(second, product) == (5, 0, 5, 5)
    with pytest.raises(RefusedError, match=r"panstore\.nothing_to_invoice: "):
        erp.gateway("issue_invoice", key, f"{key}/invoice/3", "shipped")


@pytest.mark.parametrize("on_product", [True, False])
def test_parts_come_to_the_total_of_the_sale(erp: Erp, key: str, on_product: bool) -> None:
    rounding = erp.facts["services"]["rounding"] if on_product else None
    product = erp.fresh_product()
    erp.count(product, 1)
    lines = [line(erp, product, 3, "8.1900")]
    # VAT on 24.57 is 5.41, on 8.19 and 16.38 it is 1.80 and 3.60.
    wanted = order(erp, key, product, lines=lines, expected_total=Decimal("29.98"))
    made = erp.gateway("import_order", wanted)
    ship_what_is_there(erp, erp.shipment_of(made["sale"]))
    erp.gateway("issue_invoice", key, f"{key}/invoice/1", "shipped", today(), rounding)
    erp.count(product, 2)
    ship(erp, erp.booked(key)["shipments"][1]["id"])
    done = erp.gateway("issue_invoice", key, f"{key}/invoice/2", "shipped", today(), rounding)
    assert [total for _, _, total in issued(done)] == [Decimal("9.99"), Decimal("19.99")]
    last = erp.read("account.invoice", done["invoices"][1]["id"], "lines")["lines"]
    (extra,) = [
        one
        for one in (
            erp.read("account.invoice.line", id_, "origin", "amount", "product", "taxes")
            for id_ in last
        )
        if not one["origin"]
    ]
    assert (extra["amount"], extra["product"], tuple(extra["taxes"])) == (
        Decimal("0.01"),
        rounding,
        (),
    )


def test_two_parcels_that_have_left_are_one_invoice(erp: Erp, key: str) -> None:
    product = erp.fresh_product()
    erp.count(product, 2)
    made = erp.gateway("import_order", order(erp, key, product, 3))
    ship_what_is_there(erp, erp.shipment_of(made["sale"]))
    erp.count(product, 1)
    ship(erp, erp.booked(key)["shipments"][1]["id"])
    both = erp.gateway("issue_invoice", key, f"{key}/invoice", "shipped")
    assert issued(both) == [(f"{key}/invoice", "posted", made["total"])]


def test_everything_is_invoiced_after_part_of_it_was(erp: Erp, key: str) -> None:
    product = erp.fresh_product()
    erp.count(product, 2)
    made = erp.gateway("import_order", order(erp, key, product, 5))
    ship_what_is_there(erp, erp.shipment_of(made["sale"]))
    erp.gateway("issue_invoice", key, f"{key}/invoice/1", "shipped")
    rest = erp.gateway("issue_invoice", key, f"{key}/invoice/2", "order")
    assert [key for key, _, _ in issued(rest)] == [f"{key}/invoice/1", f"{key}/invoice/2"]
    assert sum(total for _, _, total in issued(rest)) == made["total"]


def test_sale_of_charges_alone_needs_no_parcel(erp: Erp, key: str) -> None:
    product = erp.facts["skus"]["KZ-101-250"]
    erp.gateway("import_order", order(erp, key, product))
    fee = order(
        erp,
        f"{key}/supplement",
        product,
        corrects=key,
        lines=[line(erp, None, 1, "-2.0000")],
        expected_total=Decimal("-2.44"),
    )
    made = erp.gateway("import_order", fee)
    assert (made["goods"], made["shipments"]) == ([], [])
    done = erp.gateway("issue_invoice", f"{key}/supplement", f"{key}/credit", "shipped")
    assert issued(done) == [(f"{key}/credit", "posted", Decimal("-2.44"))]


def test_unknown_scope_is_refused(erp: Erp, key: str) -> None:
    with pytest.raises(RefusedError, match=r"panstore\.refused: "):
        erp.gateway("issue_invoice", key, f"{key}/invoice", "everything")
