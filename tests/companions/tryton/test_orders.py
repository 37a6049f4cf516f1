"""A web order is in the ERP whole, to the cent and once, or not at all."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest

from tests.companions.tryton.client import Erp, RefusedError, order

pytestmark = pytest.mark.real


def sales_with(erp: Erp, key: str) -> list[int]:
    found: list[int] = erp.call("sale.sale.search", [("panstore_key", "=", key)], 0, None, None)
    return found


def test_order_becomes_a_processed_sale(erp: Erp, key: str) -> None:
    wanted = order(erp, key, erp.fresh_product(), 2)
    made = erp.gateway("import_order", wanted)
    assert made["total"] == wanted["expected_total"]
    assert (made["state"], made["repeated"], made["currency"]) == ("open", False, "EUR")
    assert made["key"] == key
    assert made["number"]
    sale = erp.read("sale.sale", made["sale"], "reference", "comment", "invoices", "shipments")
    assert sale["reference"] == wanted["number"]
    assert sale["comment"] == "ring twice"
    assert len(sale["invoices"]) == len(sale["shipments"]) == 1
    party = erp.read("party.party", made["party"], "name", "panstore_key", "addresses")
    assert party["name"] == "Jože Čebelar"
    assert party["panstore_key"] == wanted["party"]["key"]
    assert len(party["addresses"]) == 1
    assert erp.gateway("booked_orders", [key]) == [made | {"repeated": True}]


def test_importing_again_gives_the_first_result(erp: Erp, key: str) -> None:
    wanted = order(erp, key, erp.fresh_product())
    first = erp.gateway("import_order", wanted)
    again = erp.gateway("import_order", wanted)
    assert again == first | {"repeated": True}
    assert sales_with(erp, key) == [first["sale"]]


def test_unknown_key_is_no_order(erp: Erp) -> None:
    assert erp.gateway("booked_orders", ["never/seen"]) == []


def test_same_buyer_is_the_same_party_and_a_new_address_is_added(erp: Erp, key: str) -> None:
    product = erp.fresh_product()
    buyer = order(erp, key, product)["party"]
    first = erp.gateway("import_order", order(erp, key, product, party=buyer))
    typed_anew = {
        "street": "DUNAJSKA  cesta 1",
        "postcode": "1000",
        "city": "ljubljana",
        "country": "si",
    }
    elsewhere = typed_anew | {"street": "Celovška cesta 2", "name": "Jožetova mama"}
    second = erp.gateway(
        "import_order",
        order(
            erp,
            f"{key}/2",
            product,
            party=buyer,
            invoice_address=typed_anew,
            shipment_address=elsewhere,
        ),
    )
    assert second["party"] == first["party"]
    addresses = erp.read("party.party", first["party"], "addresses")["addresses"]
    texts = [erp.read("party.address", id_, "street", "party_name") for id_ in addresses]
    assert [(text["street"], text["party_name"] or None) for text in texts] == [
        ("Dunajska cesta 1", None),
        ("Celovška cesta 2", "Jožetova mama"),
    ]


def test_party_given_by_id_is_used(erp: Erp, key: str) -> None:
    party = next(iter(erp.facts["parties"].values()))
    made = erp.gateway("import_order", order(erp, key, erp.fresh_product(), party={"id": party}))
    assert made["party"] == party


def test_vat_number_counts_only_if_it_is_valid(erp: Erp, key: str) -> None:
    product = erp.fresh_product()
    types = []
    for number, vat in enumerate(("SI 4567 1249", "12345")):
        wanted = order(erp, f"{key}/{number}", product)
        wanted["party"]["vat"] = vat
        party = erp.gateway("import_order", wanted)["party"]
        (identifier,) = erp.read("party.party", party, "identifiers")["identifiers"]
        types.append(erp.read("party.identifier", identifier, "type")["type"])
    assert types == ["eu_vat", None]


def test_quotation_only(erp: Erp, key: str) -> None:
    product = erp.fresh_product()
    before = erp.figures(product)
    made = erp.gateway("import_order", order(erp, key, product, confirm=False))
    assert erp.read("sale.sale", made["sale"], "state")["state"] == "quotation"
    assert erp.figures(product) == before


def test_carrier_and_web_identity_are_kept(erp: Erp, key: str) -> None:
    carrier, shop = erp.facts["carriers"]["post"], erp.facts["web_shop"]
    wanted = order(erp, key, erp.fresh_product(), carrier=carrier, web_shop=shop, web_id=key)
    made = erp.gateway("import_order", wanted)
    sale = erp.read("sale.sale", made["sale"], "carrier", "web_shop", "web_id", "lines")
    assert (sale["carrier"], sale["web_shop"], sale["web_id"]) == (carrier, shop, key)
    assert len(sale["lines"]) == len(wanted["lines"])


def test_line_without_product_is_charged(erp: Erp, key: str) -> None:
    wanted = order(erp, key, erp.fresh_product())
    wanted["lines"].append({
        "product": None,
        "description": "Voucher",
        "quantity": 1,
        "unit_price": Decimal("-2.0000"),
        "taxes": [erp.facts["taxes"]["22"]],
    })
    wanted["expected_total"] -= Decimal("2.44")
    made = erp.gateway("import_order", wanted)
    assert made["total"] == wanted["expected_total"]
    (invoice,) = erp.gateway("issue_invoice", key, f"{key}/invoice")["invoices"]
    assert invoice["total"] == wanted["expected_total"]


@pytest.mark.parametrize(
    ("code", "changes"),
    [
        ("total_differs", {"expected_total": Decimal("16.11")}),
        ("currency_inactive", {"currency": "USD"}),
        ("unknown_warehouse", {"warehouse": "XX"}),
        ("unknown_party", {"party": {"id": 999_999}}),
        ("unknown_country", {"invoice_address": {"street": "A", "country": "XX"}}),
        ("unknown_carrier", {"carrier": 999_999}),
        ("illegal_order", {"lines": []}),
        ("illegal_order", {"party": {}}),
        (
            "unknown_product",
            {"lines": [{"product": 999_999, "quantity": 1, "unit_price": 1, "taxes": []}]},
        ),
        (
            "unknown_tax",
            {"lines": [{"product": None, "quantity": 1, "unit_price": 1, "taxes": [999_999]}]},
        ),
    ],
)
def test_refusal_says_why_and_leaves_nothing(
    erp: Erp, key: str, code: str, changes: dict[str, Any]
) -> None:
    wanted = order(erp, key, erp.facts["skus"]["KZ-101-250"], **changes)
    with pytest.raises(RefusedError, match=rf"panstore\.{code}: ") as refused:
        erp.gateway("import_order", wanted)
    assert refused.value.kind == "UserError"
    assert sales_with(erp, key) == []
    party = erp.gateway("find_parties", {"key": f"{key}/buyer"})
    assert party == []


def test_quantity_the_unit_does_not_have_is_refused(erp: Erp, key: str) -> None:
    wanted = order(erp, key, erp.fresh_product(), expected_total=None)
    wanted["lines"][0]["quantity"] = Decimal("1.5")
    with pytest.raises(RefusedError, match=r"panstore\.refused: "):
        erp.gateway("import_order", wanted)
    assert sales_with(erp, key) == []


def test_key_is_neither_copied_nor_changed_by_hand(erp: Erp, key: str) -> None:
    made = erp.gateway("import_order", order(erp, key, erp.fresh_product()))
    (copied,) = erp.call("sale.sale.copy", [made["sale"]], {})
    assert erp.read("sale.sale", copied, "panstore_key")["panstore_key"] is None
    with pytest.raises(RefusedError, match="not allowed to modify"):
        erp.call("sale.sale.write", [copied], {"panstore_key": key})


def test_user_outside_the_group_is_refused(erp: Erp) -> None:
    erp_user = Erp(erp.facts | {"user": "admin", "password": erp.facts["admin_password"]})
    erp_user.create(
        "res.user",
        name="Clerk",
        login="clerk",
        password="a-long-enough-one-7",
        companies=[["add", [erp.facts["company"]]]],
        company=erp.facts["company"],
    )
    clerk = Erp(erp.facts | {"user": "clerk", "password": "a-long-enough-one-7"})
    with pytest.raises(RefusedError, match=r"panstore\.not_allowed: "):
        clerk.gateway("ping")
