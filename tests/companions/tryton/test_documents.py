"""What stands on an invoice, a credit note and a delivery note, as it was booked."""

from __future__ import annotations

import shutil
from decimal import Decimal
from typing import Any

import pypdfium2  # type: ignore[import-untyped]
import pytest

from tests.companions.tryton.client import Erp, RefusedError, line, order, today
from tests.companions.tryton.test_invoicing import ship, ship_what_is_there

pytestmark = pytest.mark.real


def assert_adds_up(paper: dict[str, Any]) -> None:
    """To the cent: lines to the net, rows of VAT to net and tax, both to the total."""
    assert sum(one["net"] for one in paper["lines"]) == paper["net"]
    assert sum(row["base"] for row in paper["vat"]) == paper["net"]
    assert sum(row["tax"] for row in paper["vat"]) == paper["tax"]
    assert paper["net"] + paper["tax"] == paper["total"]


def mixed(erp: Erp, key: str) -> dict[str, Any]:
    """An order of two rates and of something without VAT, sent elsewhere than it is paid."""
    full, reduced = erp.fresh_product(), erp.fresh_product()
    taxes = erp.facts["taxes"]
    lines = [
        line(erp, full, 3, "8.1967"),
        line(erp, reduced, 2, "4.5662") | {"taxes": [taxes["9.5"]]},
        line(erp, None, 1, "-1.0000") | {"description": "Discount"},
        line(erp, None, 1, "-0.0100") | {"description": "Rounding", "taxes": []},
    ]
    return order(
        erp,
        key,
        full,
        lines=lines,
        expected_total=None,
        carrier=erp.facts["carriers"]["post"],
        shipment_address={
            "name": "Mojca Novak",
            "street": "Glavni trg 5",
            "postcode": "2000",
            "city": "Maribor",
            "country": "SI",
        },
    )


def test_an_invoice_carries_what_was_booked(erp: Erp, key: str) -> None:
    made = erp.gateway("import_order", mixed(erp, key))
    erp.gateway("reserve", key, False)
    ship(erp, erp.shipment_of(made["sale"]))
    (invoice,) = erp.gateway("issue_invoice", key, f"{key}/invoice", "order", today())["invoices"]
    paper = erp.gateway("document", key, "invoice", invoice["id"])
    assert_adds_up(paper)
    assert (paper["number"], paper["total"]) == (invoice["number"], made["total"])
    assert [(row["rate"], row["tax"] == 0) for row in paper["vat"]] == [
        (Decimal("0.22"), False),
        (Decimal("0.095"), False),
        (Decimal(0), True),
    ]
    first, second, discount, rounding = paper["lines"]
    assert (first["quantity"], first["unit_net"], first["rate"]) == (
        3,
        Decimal("8.1967"),
        Decimal("0.22"),
    )
    assert first["code"] in erp.facts["skus"]
    assert (first["description"], first["unit"]) == ("As the shop names it", "kos")
    assert (second["rate"], rounding["rate"]) == (Decimal("0.095"), 0)
    assert (discount["net"], discount["code"], discount["unit"]) == (Decimal("-1.00"), None, None)

    seller, buyer, receiver = paper["seller"], paper["buyer"], paper["receiver"]
    assert (seller["name"], seller["iban"], seller["bic"]) == (
        "Zelena skodelica d.o.o.",
        "SI56263300012039086",
        "PRIMSI2X",
    )
    assert seller["identifiers"][0] == {"type": "eu_vat", "code": "SI50223054"}
    assert len(seller["extra"]) == 2
    assert all(seller[name] for name in ("email", "phone", "website", "street", "country"))
    assert (buyer["name"], buyer["city"], receiver["name"], receiver["city"]) == (
        "Jože Čebelar",
        "Ljubljana",
        "Mojca Novak",
        "Maribor",
    )
    assert (buyer["identifiers"], buyer["iban"]) == ([], None)
    assert (paper["order_number"], paper["order_date"]) == (key[-12:], today())
    assert (paper["delivered"], paper["payment_method"]) == (today(), "card")
    assert paper["delivery_method"] == "Pošta Slovenije"
    assert (paper["paid"], (paper["due"] - today()).days) == (0, 8)
    assert paper["reference"].startswith("RF")
    assert paper["reference"].endswith(invoice["number"][-1])
    assert (paper["credits"], paper["taken_back_by"]) == (None, None)


def test_a_credit_note_names_its_invoice_and_both_can_be_printed(erp: Erp, key: str) -> None:
    erp.gateway("import_order", mixed(erp, key))
    (invoice,) = erp.gateway("issue_invoice", key, f"{key}/invoice")["invoices"]
    erp.gateway("credit_invoice", key, invoice["id"], f"{key}/credit")
    old, note = erp.booked(key)["invoices"]
    assert (old["state"], note["credits"]) == ("cancelled", invoice["id"])
    back = erp.gateway("document", key, "credit_note", note["id"])
    assert_adds_up(back)
    assert (back["total"], back["credits"]) == (-invoice["total"], invoice["number"])
    assert (back["lines"][0]["quantity"], back["due"], back["reference"]) == (-3, None, None)
    paper = erp.gateway("document", key, "invoice", invoice["id"])
    assert_adds_up(paper)
    assert (paper["total"], paper["paid"]) == (invoice["total"], 0)
    assert paper["taken_back_by"] == note["number"]
    for kind, id_ in (("invoice", note["id"]), ("credit_note", invoice["id"])):
        with pytest.raises(RefusedError, match=r"panstore\.unknown_document: "):
            erp.gateway("document", key, kind, id_)


def test_a_delivery_note_carries_its_parcel(erp: Erp, key: str) -> None:
    product = erp.fresh_product()
    there = int(erp.figures(product)[0])
    wanted = order(
        erp, key, product, there + 1, carrier=erp.facts["carriers"]["post"], expected_total=None
    )
    made = erp.gateway("import_order", wanted)
    shipment = erp.shipment_of(made["sale"])
    with pytest.raises(RefusedError, match=r"panstore\.not_issued: .* waiting"):
        erp.gateway("document", key, "delivery_note", shipment)
    erp.gateway("reserve", key, False)
    erp.call("stock.shipment.out.write", [shipment], {"reference": "RR123456789SI"})
    ship_what_is_there(erp, shipment)
    paper = erp.gateway("document", key, "delivery_note", shipment)
    (parcel,) = [one for one in erp.booked(key)["shipments"] if one["id"] == shipment]
    assert (paper["number"], paper["date"]) == (parcel["number"], today())
    assert (paper["carrier"], paper["tracking"]) == ("Pošta Slovenije", "RR123456789SI")
    (only,) = paper["lines"]
    assert (only["quantity"], only["net"], only["rate"]) == (there, None, None)
    assert only["description"] == "As the shop names it"
    assert (paper["vat"], paper["total"], paper["receiver"]) == ([], 0, None)
    assert (paper["buyer"]["street"], paper["order_number"]) == ("Dunajska cesta 1", key[-12:])


def test_what_is_not_there_or_not_issued_is_refused(erp: Erp, key: str) -> None:
    made = erp.gateway("import_order", order(erp, key, erp.fresh_product()))
    (draft,) = made["invoices"]
    with pytest.raises(RefusedError, match=r"panstore\.not_issued: "):
        erp.gateway("document", key, "invoice", draft["id"])
    for kind in ("invoice", "credit_note", "delivery_note", "poem"):
        with pytest.raises(RefusedError, match=r"panstore\.unknown_document: "):
            erp.gateway("document", key, kind, 999_999)
    with pytest.raises(RefusedError, match=r"panstore\.unknown_order: "):
        erp.gateway("document", f"{key}/other", "invoice", draft["id"])


def test_what_was_received_is_taken_off(erp: Erp, key: str) -> None:
    erp.gateway("import_order", order(erp, key, erp.fresh_product()))
    (invoice,) = erp.gateway("issue_invoice", key, f"{key}/invoice")["invoices"]
    assert erp.gateway("document", key, "invoice", invoice["id"])["paid"] == 0
    receive(erp, invoice["id"], Decimal("5.00"))
    assert erp.gateway("document", key, "invoice", invoice["id"])["paid"] == Decimal("5.00")
    receive(erp, invoice["id"], invoice["total"] - Decimal("5.00"))
    paper = erp.gateway("document", key, "invoice", invoice["id"])
    assert (paper["paid"], erp.booked(key)["invoices"][0]["state"]) == (paper["total"], "paid")


def receive(erp: Erp, invoice: int, amount: Decimal) -> None:
    """Money comes in at the counter, as the accountant books it; less than all of it, too."""
    wizard = "wizard.account.invoice.pay"
    about = {"active_model": "account.invoice", "active_id": invoice, "active_ids": [invoice]}
    session, first, _ = erp.call_plain(f"{wizard}.create")
    asked = erp.call_plain(f"{wizard}.execute", session, {}, first, **about)
    said = {"start": filled(asked) | {"amount": amount, "payment_method": cash(erp)}}
    asked = erp.call_plain(f"{wizard}.execute", session, said, "choice", **about)
    if "view" in asked:
        said["ask"] = filled(asked) | {"type": "partial"}
        erp.call_plain(f"{wizard}.execute", session, said, "pay", **about)
    erp.call_plain(f"{wizard}.delete", session)


def filled(asked: dict[str, Any]) -> dict[str, Any]:
    """What the form proposes, without the names of records beside their ids."""
    proposed = asked["view"]["defaults"] | asked["view"].get("values", {})
    return {name: value for name, value in proposed.items() if not name.endswith(".")}


def cash(erp: Erp) -> int:
    """The way to pay in cash, made once."""
    known: list[int] = erp.call("account.invoice.payment.method.search", [])
    if known:
        return known[0]
    (journal,) = erp.call("account.journal.search", [["type", "=", "cash"]], 0, 1)
    (account,) = erp.call("account.account.search", [["code", "=", "1.1.1"]], 0, 1) or erp.call(
        "account.account.search", [["name", "=", "Main Cash"]], 0, 1
    )
    return erp.create(
        "account.invoice.payment.method",
        name="Cash",
        company=erp.facts["company"],
        journal=journal,
        credit_account=account,
        debit_account=account,
    )


def test_trytons_own_page_where_its_server_makes_pdfs(erp: Erp, key: str) -> None:
    made = erp.gateway("import_order", order(erp, key, erp.fresh_product()))
    (draft,) = made["invoices"]
    with pytest.raises(RefusedError, match=r"panstore\.not_issued: "):
        erp.gateway("print_document", key, "invoice", draft["id"])
    (invoice,) = erp.gateway("issue_invoice", key, f"{key}/invoice")["invoices"]
    erp.gateway("reserve", key, False)
    shipment = erp.shipment_of(made["sale"])
    ship(erp, shipment)
    if shutil.which("soffice") is None:
        with pytest.raises(RefusedError, match=r"panstore\.no_print: .* install LibreOffice"):
            erp.gateway("print_document", key, "invoice", invoice["id"])
        pytest.skip("LibreOffice (soffice) is not installed, so Tryton makes no PDFs here")
    for kind, id_, word in (
        ("invoice", invoice["id"], invoice["number"]),
        ("delivery_note", shipment, "Jože Čebelar"),
    ):
        page = erp.gateway("print_document", key, kind, id_)
        assert page["name"].endswith(".pdf")
        with pypdfium2.PdfDocument(page["content"]) as pdf:
            assert word in pdf[0].get_textpage().get_text_bounded()
