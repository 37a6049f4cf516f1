"""The connector's part in an order's life, on recorded answers."""

from __future__ import annotations

import base64
import datetime as dt
from decimal import Decimal

import pytest
from msgspec.structs import replace

from panstore.connectors.tryton.connector import TrytonConnector
from panstore.model.customer import MatchCriterion
from panstore.model.ids import ExternalId, OrderKey
from panstore.model.invoice import CreditRequest, InvoiceRequest
from panstore.sdk.errors import NotFoundError, OutcomeUnknownError, RejectedError
from panstore.sdk.order_roles import ReservationPage
from panstore.sdk.roles import NewProduct
from tests.connectors.tryton.replay import NULL, Replay, made, recorded
from tests.connectors.tryton.test_map_orders import GOODS, ORDER, SHIPPING

GATEWAY = "model.panstore.gateway"


async def test_an_order_is_one_call(replay: Replay, erp: TrytonConnector) -> None:
    replay.usually("import_order")
    booked = await erp.create_order(ORDER)
    assert (booked.number, booked.total, booked.repeated) == ("1", Decimal("28.30"), False)
    assert replay.methods() == ["import_order"]
    taxes = [line["taxes"] for line in replay.calls[0][1][0]["lines"]]
    assert taxes == [[242], [242], []]


async def test_a_rate_the_company_has_not_is_refused_before_anything_is_sent(
    replay: Replay, erp: TrytonConnector
) -> None:
    replay.usually("products")
    order = replace(ORDER, lines=(replace(GOODS, rate=Decimal(25)),))
    with pytest.raises(RejectedError, match="no sales tax of 25 %") as caught:
        await erp.create_order(order)
    assert (caught.value.code, caught.value.field) == ("unknown_tax", "taxes")
    assert "import_order" not in replay.methods()


async def test_two_taxes_of_one_rate_are_told_apart_by_the_product_or_refused(
    replay: Replay,
) -> None:
    rate = {"__class__": "Decimal", "decimal": "0.22"}
    body = {"result": [{"id": id_, "name": "DDV", "rate": rate} for id_ in (242, 250)]}
    double = {"status": 200, "headers": {}, "body": body}
    for _ in range(3):
        replay.once(f"{GATEWAY}.taxes", double)
    replay.usually("products")
    replay.usually("import_order")
    erp = made(replay.url)
    await erp.start()
    product = recorded("products")["body"]["result"][0]
    own = replace(GOODS, product=ExternalId(str(product["id"])), rate=Decimal("9.5"))
    await erp.create_order(replace(ORDER, lines=(own,)))
    assert replay.calls[-1][1][0]["lines"][0]["taxes"] == [product["taxes"][0]["id"]]
    with pytest.raises(RejectedError, match="several sales taxes of 22 %") as caught:
        await erp.create_order(replace(ORDER, lines=(SHIPPING,)))
    assert caught.value.code == "ambiguous_tax"
    await erp.close()


async def test_ids_of_another_system_are_refused_before_anything_is_sent(
    replay: Replay, erp: TrytonConnector
) -> None:
    with pytest.raises(RejectedError, match="nothing was sent") as caught:
        await erp.create_order(replace(ORDER, party=ExternalId("P-1")))
    assert caught.value.code == "illegal_id"
    assert replay.calls == []


async def test_an_answer_of_another_form_after_a_write_is_an_unknown_outcome(
    replay: Replay, erp: TrytonConnector
) -> None:
    replay.once(f"{GATEWAY}.import_order", NULL)
    with pytest.raises(OutcomeUnknownError):
        await erp.create_order(ORDER)
    replay.once(f"{GATEWAY}.create_product", NULL)
    with pytest.raises(OutcomeUnknownError):
        await erp.create_product(NewProduct(OrderKey("k"), "CAJ", "Čajnik", "1.00", "22"))


async def test_sales_are_asked_for_in_parts_and_unknown_ones_are_left_out(
    replay: Replay, erp: TrytonConnector
) -> None:
    replay.once(f"{GATEWAY}.booked_orders", "booked_orders")
    replay.once(f"{GATEWAY}.booked_orders", {"status": 200, "headers": {}, "body": {"result": []}})
    keys = [OrderKey(f"shop/{n}/order/1") for n in range(501)]
    first, back = await erp.booked_orders(keys)
    assert [len(params[0]) for _, params, _ in replay.calls] == [500, 1]
    assert (first.key, first.state, first.repeated) == ("shop/1/order/1", "done", True)
    assert (back.key, back.goods[0].shipped) == ("shop/1/return/1", Decimal(-2))
    assert await erp.booked_orders([]) == []


async def test_each_step_of_an_order_answers_with_the_sale(
    replay: Replay, erp: TrytonConnector
) -> None:
    for name in ("reserve", "release", "cancel_order", "issue_invoice", "credit_invoice"):
        replay.usually(name)
    key, day = OrderKey("shop/1/order/1"), dt.date(2026, 11, 24)
    assert (await erp.reserve(key, whole=True)).all_reserved
    assert not (await erp.release(key)).reserved
    assert (await erp.cancel_order(key)).state == "cancelled"
    request = InvoiceRequest(OrderKey("shop/1/invoice/1"), key, "order", day)
    (invoice,) = (await erp.issue_invoice(request)).standing_invoices
    credit = CreditRequest(OrderKey("shop/1/credit/1"), key, invoice.id, day)
    assert (await erp.credit_invoice(credit)).standing_invoices == ()
    sent = {"__class__": "date", "year": 2026, "month": 11, "day": 24}
    assert [params[:-1] for _, params, _ in replay.calls] == [
        [key, True],
        [key],
        [key],
        [key, "shop/1/invoice/1", "order", sent, None],
        [key, int(invoice.id), "shop/1/credit/1", sent],
    ]


async def test_a_refused_step_has_the_companions_code(replay: Replay, erp: TrytonConnector) -> None:
    replay.once(f"{GATEWAY}.cancel_order", "order_shipped")
    with pytest.raises(RejectedError) as caught:
        await erp.cancel_order(OrderKey("shop/1/order/1"))
    assert caught.value.code == "order_shipped"
    replay.once(f"{GATEWAY}.issue_invoice", "nothing_to_invoice")
    request = InvoiceRequest(
        OrderKey("k"), OrderKey("shop/1/order/1"), "order", dt.date(2026, 11, 24)
    )
    with pytest.raises(RejectedError) as caught:
        await erp.issue_invoice(request)
    assert caught.value.code == "nothing_to_invoice"


async def test_an_invoice_of_another_system_is_not_credited(
    replay: Replay, erp: TrytonConnector
) -> None:
    request = CreditRequest(
        OrderKey("k"), OrderKey("shop/1/order/1"), ExternalId("INV-1"), dt.date(2026, 11, 24)
    )
    with pytest.raises(RejectedError) as caught:
        await erp.credit_invoice(request)
    assert caught.value.code == "illegal_id"
    assert replay.calls == []


async def test_reservations_come_in_pages(replay: Replay, erp: TrytonConnector) -> None:
    replay.once(f"{GATEWAY}.reservations", "reservations")
    page = await erp.reservations(None, 1)
    assert page.keys == ("shop/1/order/1",)
    assert page.after is not None
    last = {"status": 200, "headers": {}, "body": {"result": {"keys": [], "after": None}}}
    replay.once(f"{GATEWAY}.reservations", last)
    assert await erp.reservations(page.after, 1) == ReservationPage((), None)
    assert [params[:2] for _, params, _ in replay.calls] == [[0, 1], [int(page.after), 1]]


async def test_a_buyer_is_asked_for_by_one_criterion(replay: Replay, erp: TrytonConnector) -> None:
    replay.usually("find_parties")
    (found,) = await erp.find_customers(MatchCriterion("email", "ana@example.com"))
    party = recorded("find_parties")["body"]["result"][0]
    assert (found.id, found.name) == (str(party["id"]), party["name"])
    assert replay.calls[0][1][0] == {"email": "ana@example.com"}


async def test_a_product_is_created_with_its_key(replay: Replay, erp: TrytonConnector) -> None:
    done = {"status": 200, "headers": {}, "body": {"result": {"product": 9, "repeated": False}}}
    replay.once(f"{GATEWAY}.create_product", done)
    new = NewProduct(OrderKey("shop/9/product/1"), "CAJ", "Čajnik", "15.99", "9.5")
    assert await erp.create_product(new) == "9"
    assert replay.calls[0][1][0]["net"] == {"__class__": "Decimal", "decimal": "15.99"}


async def test_a_document_is_one_question(replay: Replay, erp: TrytonConnector) -> None:
    replay.usually("document")
    key = OrderKey("shop/1/order/1")
    paper = await erp.document(key, "invoice", ExternalId("309"))
    assert (paper.id, paper.number) == ("309", "2026-00001")
    (_, params, _) = replay.calls[-1]
    assert params[:3] == [key, "invoice", 309]


async def test_a_document_that_is_not_there_or_not_issued_is_told_apart(
    replay: Replay, erp: TrytonConnector
) -> None:
    key = OrderKey("shop/1/order/1")
    replay.once(f"{GATEWAY}.document", "document_unknown")
    with pytest.raises(NotFoundError, match="has no invoice"):
        await erp.document(key, "invoice", ExternalId("999999"))
    replay.once(f"{GATEWAY}.document", "document_draft")
    with pytest.raises(RejectedError) as caught:
        await erp.document(key, "invoice", ExternalId("309"))
    assert caught.value.code == "not_issued"
    replay.calls.clear()
    with pytest.raises(NotFoundError, match="no id of such a document"):
        await erp.document(key, "delivery_note", ExternalId("return-5"))
    assert replay.calls == []


async def test_a_document_with_a_tax_that_is_no_percentage_is_not_shown_wrong(
    replay: Replay, erp: TrytonConnector
) -> None:
    answer = recorded("document")
    answer["body"]["result"]["lines"][0]["rate"] = None
    replay.once(f"{GATEWAY}.document", answer)
    with pytest.raises(RejectedError, match="print it in Tryton") as caught:
        await erp.document(OrderKey("shop/1/order/1"), "invoice", ExternalId("309"))
    assert caught.value.code == "no_rate"


async def test_trytons_own_page_comes_as_a_file(replay: Replay, erp: TrytonConnector) -> None:
    content = {"__class__": "bytes", "base64": base64.b64encode(b"%PDF-1.6").decode()}
    body = {"result": {"name": "Invoice-2026-00001 [š/1].pdf", "content": content}}
    replay.once(f"{GATEWAY}.print_document", {"status": 200, "headers": {}, "body": body})
    page = await erp.print_document(OrderKey("k"), "invoice", ExternalId("309"), "sl")
    assert (page.name, page.content) == ("Invoice-2026-00001-s-1.pdf", b"%PDF-1.6")
    assert page.media_type == "application/pdf"
    refused = {"error": ["UserError", ["panstore.no_print: no LibreOffice", "", None]]}
    replay.once(f"{GATEWAY}.print_document", {"status": 200, "headers": {}, "body": refused})
    with pytest.raises(RejectedError) as caught:
        await erp.print_document(OrderKey("k"), "invoice", ExternalId("309"), "sl")
    assert caught.value.code == "no_print"
