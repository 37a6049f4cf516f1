"""A sale is cancelled with everything that hangs on it, or not at all."""

from __future__ import annotations

from typing import Any

import pytest

from tests.companions.tryton.client import Erp, RefusedError, line, order, today
from tests.companions.tryton.test_sales import goods, lost, states

pytestmark = pytest.mark.real


def test_cancelling_gives_everything_back(erp: Erp, key: str) -> None:
    product = erp.fresh_product()
    on_hand = int(erp.figures(product)[0])
    made = erp.gateway("import_order", order(erp, key, product, 2))
    erp.gateway("reserve", key, True)
    assert [*map(int, erp.figures(product))] == [on_hand, 2, 0]
    gone = erp.gateway("cancel_order", key)
    assert (gone["state"], gone["repeated"]) == ("cancelled", False)
    assert (states(gone), gone["invoices"]) == (["cancelled"], [])
    assert goods(gone, product) == (2, 0, 0, 0)
    assert [*map(int, erp.figures(product))] == [on_hand, 0, 0]
    assert erp.gateway("cancel_order", key) == gone | {"repeated": True}
    assert erp.booked(key) == gone | {"repeated": True}
    sale = erp.read(
        "sale.sale", made["sale"], "state", "shipment_state", "invoice_state", "shipments"
    )
    assert (sale["state"], sale["shipment_state"], sale["invoice_state"]) == (
        "cancelled",
        "none",
        "none",
    )


def test_cancelled_sale_is_never_processed_again(erp: Erp, key: str) -> None:
    product = erp.fresh_product()
    made = erp.gateway("import_order", order(erp, key, product, 2))
    gone = erp.gateway("cancel_order", key)
    with pytest.raises(RefusedError, match="can not call"):
        erp.press("sale.sale", made["sale"], "process")
    for whole in (False, True):
        with pytest.raises(RefusedError, match=r"panstore\.order_cancelled: "):
            erp.gateway("reserve", key, whole)
    with pytest.raises(RefusedError, match=r"panstore\.order_cancelled: "):
        erp.gateway("issue_invoice", key, f"{key}/invoice")
    assert erp.booked(key) == gone | {"repeated": True}
    assert int(erp.figures(product)[2]) == 0


def test_cancelled_order_becomes_a_sale_again_under_the_next_key(erp: Erp, key: str) -> None:
    product = erp.fresh_product()
    shop = {"web_shop": erp.facts["web_shop"], "web_id": key[-12:]}
    first = erp.gateway("import_order", order(erp, key, product, **shop))
    with pytest.raises(RefusedError, match=r"panstore\.refused: "):
        erp.gateway("import_order", order(erp, f"{key}/2", product, **shop))
    erp.gateway("cancel_order", key)
    again = erp.gateway("import_order", order(erp, f"{key}/2", product, **shop))
    assert again["state"] == "open"
    both = [erp.read("sale.sale", s["sale"], "web_id")["web_id"] for s in (first, again)]
    assert both == [f"{key[-12:]} #{first['number']}", key[-12:]]
    extra = order(erp, f"{key}/extra", product, corrects=f"{key}/2", **shop)
    assert erp.gateway("import_order", extra)["state"] == "open"


@pytest.mark.parametrize("pressed", [["pick"], ["pick", "pack"], ["pick", "pack", "do"]])
def test_packed_or_sent_goods_are_a_persons_business(
    erp: Erp, key: str, pressed: list[str]
) -> None:
    product = erp.fresh_product()
    made = erp.gateway("import_order", order(erp, key, product))
    erp.gateway("reserve", key, True)
    erp.press("stock.shipment.out", erp.shipment_of(made["sale"]), *pressed)
    before = erp.booked(key)
    with pytest.raises(RefusedError, match=r"panstore\.order_shipped: "):
        erp.gateway("cancel_order", key)
    assert erp.booked(key) == before


@pytest.mark.parametrize("pressed", [["pick"], ["pick", "pack"]])
def test_parcel_a_person_has_unpacked_is_no_hindrance(
    erp: Erp, key: str, pressed: list[str]
) -> None:
    product = erp.fresh_product()
    on_hand = int(erp.figures(product)[0])
    made = erp.gateway("import_order", order(erp, key, product))
    erp.gateway("reserve", key, True)
    erp.press("stock.shipment.out", erp.shipment_of(made["sale"]), *pressed, "cancel")
    unpacked = erp.booked(key)
    assert (unpacked["state"], states(unpacked)) == ("open", ["cancelled"])
    assert erp.gateway("cancel_order", key)["state"] == "cancelled"
    assert [*map(int, erp.figures(product))] == [on_hand, 0, 0]


def test_issued_invoice_has_to_be_credited_first(erp: Erp, key: str) -> None:
    product = erp.fresh_product()
    erp.gateway("import_order", order(erp, key, product))
    (invoice,) = erp.gateway("issue_invoice", key, f"{key}/invoice")["invoices"]
    before = erp.booked(key)
    with pytest.raises(RefusedError, match=r"panstore\.order_invoiced: .*" + invoice["number"]):
        erp.gateway("cancel_order", key)
    assert erp.booked(key) == before
    erp.gateway("credit_invoice", key, invoice["id"], f"{key}/credit", today())
    gone = erp.gateway("cancel_order", key)
    assert gone["state"] == "cancelled"
    assert [one["state"] for one in gone["invoices"]] == ["cancelled", "paid"]
    assert int(erp.figures(product)[2]) == 0


def test_quotation_is_cancelled_too(erp: Erp, key: str) -> None:
    product = erp.fresh_product()
    erp.gateway("import_order", order(erp, key, product, confirm=False))
    assert erp.gateway("cancel_order", key)["state"] == "cancelled"


def test_return_that_has_not_come_in_is_cancelled(erp: Erp, key: str) -> None:
    product = erp.fresh_product()
    changes: dict[str, Any] = {"lines": [line(erp, product, -1)], "expected_total": None}
    erp.gateway("import_order", order(erp, key, product, **changes))
    gone = erp.gateway("cancel_order", key)
    assert (gone["state"], states(gone)) == ("cancelled", ["cancelled"])
    made = erp.gateway("import_order", order(erp, f"{key}/2", product, **changes))
    erp.press("stock.shipment.out.return", made["shipments"][0]["id"], "receive")
    with pytest.raises(RefusedError, match=r"panstore\.order_shipped: "):
        erp.gateway("cancel_order", f"{key}/2")


def test_sale_a_person_has_given_up_is_cancelled(erp: Erp, key: str) -> None:
    product = erp.fresh_product()
    made = erp.gateway("import_order", order(erp, key, product, 2))
    sale, shipment = made["sale"], erp.shipment_of(made["sale"])
    erp.press("stock.shipment.out", shipment, "cancel")
    asked_about = erp.booked(key)
    assert asked_about["state"] == "open", "nobody has said what becomes of the goods"
    assert lost(asked_about, product) == 2
    asked = moves_in_exception(erp, sale)
    erp.answer("sale.handle.shipment.exception", "sale.sale", sale, "handle", ignore_moves=asked)
    assert erp.booked(key)["state"] == "cancelled"
    gone = erp.gateway("cancel_order", key)
    assert (gone["state"], gone["invoices"]) == ("cancelled", [])
    assert erp.read("sale.sale", sale, "state")["state"] == "cancelled"


def test_sale_whose_goods_a_person_wants_sent_anew_stays_open(erp: Erp, key: str) -> None:
    product = erp.fresh_product()
    made = erp.gateway("import_order", order(erp, key, product, 2))
    sale = made["sale"]
    erp.press("stock.shipment.out", erp.shipment_of(sale), "cancel")
    assert lost(erp.booked(key), product) == 2
    asked = moves_in_exception(erp, sale)
    erp.answer("sale.handle.shipment.exception", "sale.sale", sale, "handle", recreate_moves=asked)
    open_ = erp.booked(key)
    assert lost(open_, product) == 0
    assert (open_["state"], states(open_)) == ("open", ["cancelled", "waiting"])
    assert goods(erp.gateway("reserve", key, True), product) == (2, 2, 0, 0)
    assert erp.gateway("cancel_order", key)["state"] == "cancelled"


def moves_in_exception(erp: Erp, sale: int) -> list[int]:
    lines = erp.read("sale.sale", sale, "lines")["lines"]
    found: list[int] = []
    for id_ in lines:
        found += erp.read("sale.line", id_, "moves")["moves"]
    return found


def test_quotation_cancelled_by_a_person_is_cancelled(erp: Erp, key: str) -> None:
    wanted: dict[str, Any] = order(erp, key, erp.fresh_product(), confirm=False)
    made = erp.gateway("import_order", wanted)
    erp.press("sale.sale", made["sale"], "cancel")
    assert erp.booked(key)["state"] == "cancelled"
    assert erp.gateway("cancel_order", key)["repeated"] is True
