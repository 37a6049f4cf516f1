"""IssueInvoices: one invoice for one thing, numbered, dated, to the cent; or nothing."""

from __future__ import annotations

import asyncio
from decimal import Decimal

import pytest
from msgspec.structs import replace

from panstore.model.ids import OrderKey
from panstore.model.invoice import CreditRequest, InvoiceRequest, InvoiceScope
from panstore.model.sale import BookedOrder
from panstore.sdk.errors import NotFoundError, RejectedError
from panstore.sdk.order_roles import IssueInvoices
from panstore.testing.suites.breaking import (
    assert_rate_limited,
    assert_unavailable,
    assert_unknown,
)
from panstore.testing.suites.harness import Disturbance
from panstore.testing.suites.harness_orders import SalesHarness
from panstore.testing.suites.sold import creator, key_of, new_sale, present, product_of, sold
from panstore.testing.suites.suite import Suite, assert_exact

__all__ = ["IssueInvoicesSuite"]


def _issuer(harness: SalesHarness) -> IssueInvoices:
    connector = harness.connector
    assert isinstance(connector, IssueInvoices)
    return connector


def _need_keys(harness: SalesHarness) -> None:
    if not harness.connector.capabilities.keyed_documents:
        pytest.skip("declared: documents are not keyed")


def _request(
    harness: SalesHarness,
    name: str,
    sale: OrderKey,
    *,
    revision: int = 1,
    scope: InvoiceScope = "order",
) -> InvoiceRequest:
    return InvoiceRequest(key_of(name, "invoice", revision), sale, scope, harness.today)


async def _issued(
    harness: SalesHarness, name: str
) -> tuple[InvoiceRequest, BookedOrder, CreditRequest]:
    """A sale with an invoice, and what would take it back."""
    sale, _ = await sold(harness, name)
    request = _request(harness, name, sale.key)
    answer = await _issuer(harness).issue_invoice(request)
    credit = CreditRequest(
        key_of(name, "credit"), sale.key, answer.standing_invoices[0].id, harness.today
    )
    return request, answer, credit


async def _assert_one_invoice(harness: SalesHarness, answer: BookedOrder) -> None:
    papers = await harness.papers(answer.id)
    assert [paper.total for paper in papers] == [answer.total], "not one invoice for all of it"


_BROKEN: list[tuple[Disturbance, bool]] = [
    ("lost", True),
    ("dropped", False),
    ("cut", True),
    ("garbage", True),
    ("time_out", True),
]


class IssueInvoicesSuite(Suite):
    """For ERPs that issue invoices and credit notes."""

    async def test_an_invoice_is_issued_dated_and_to_the_cent(self, harness: SalesHarness) -> None:
        request, answer, _ = await _issued(harness, "INVOICE-1")
        assert_exact(answer, "answer")
        (invoice,) = answer.standing_invoices
        assert invoice.number
        assert (invoice.total, invoice.currency) == (answer.total, harness.currency)
        assert (invoice.key, invoice.date) == (request.key, harness.today)
        assert answer.goods[0].invoiced == 2
        (paper,) = await harness.papers(answer.id)
        assert (paper.number, paper.total) == (invoice.number, answer.total)
        assert (await present(harness, request.sale)).standing_invoices == (invoice,)

    async def test_the_same_key_twice_is_one_invoice(self, harness: SalesHarness) -> None:
        _need_keys(harness)
        request, first, _ = await _issued(harness, "INVOICE-2")
        second = await _issuer(harness).issue_invoice(request)
        assert second.standing_invoices == first.standing_invoices
        assert (first.repeated, second.repeated) == (False, True)
        await _assert_one_invoice(harness, second)

    async def test_the_same_key_at_the_same_time_is_one_invoice(
        self, harness: SalesHarness
    ) -> None:
        _need_keys(harness)
        sale, _ = await sold(harness, "INVOICE-3")
        request = _request(harness, "INVOICE-3", sale.key)
        answers: list[BookedOrder] = await asyncio.gather(
            *(_issuer(harness).issue_invoice(request) for _ in range(3))
        )
        assert len({answer.standing_invoices for answer in answers}) == 1
        await _assert_one_invoice(harness, answers[0])

    async def test_what_is_invoiced_is_not_invoiced_again(self, harness: SalesHarness) -> None:
        request, answer, _ = await _issued(harness, "INVOICE-4")
        with pytest.raises(RejectedError) as caught:
            await _issuer(harness).issue_invoice(
                replace(request, key=key_of("INVOICE-4", "invoice", 2))
            )
        assert caught.value.code == "nothing_to_invoice"
        await _assert_one_invoice(harness, answer)

    async def test_an_invoice_made_by_hand_is_the_result(self, harness: SalesHarness) -> None:
        sale, made = await sold(harness, "INVOICE-5")
        await harness.invoice_by_hand(made.id)
        request = _request(harness, "INVOICE-5", sale.key)
        answer = await _issuer(harness).issue_invoice(request)
        assert [one.key for one in answer.standing_invoices] == [request.key]
        await _assert_one_invoice(harness, answer)

    async def test_what_has_left_is_invoiced_part_by_part(self, harness: SalesHarness) -> None:
        sale, made = await sold(harness, "INVOICE-6", quantity=3)
        first = _request(harness, "INVOICE-6", sale.key, scope="shipped")
        with pytest.raises(RejectedError) as caught:
            await _issuer(harness).issue_invoice(first)
        assert caught.value.code == "nothing_to_invoice"
        assert await harness.papers(made.id) == []
        await harness.ship_part(made.id, {product_of(sale): Decimal(1)})
        answer = await _issuer(harness).issue_invoice(first)
        assert answer.goods[0].invoiced == 1
        await harness.ship(made.id)
        answer = await _issuer(harness).issue_invoice(
            _request(harness, "INVOICE-6", sale.key, revision=2, scope="shipped")
        )
        assert answer.goods[0].invoiced == 3
        papers = await harness.papers(made.id)
        assert len(papers) == 2
        assert sum(paper.total for paper in papers) == sale.total

    async def test_the_invoice_of_a_return_is_a_credit_note(self, harness: SalesHarness) -> None:
        first, made = await sold(harness, "INVOICE-7")
        await harness.ship(made.id)
        back = await new_sale(harness, "INVOICE-7", quantity=-1, product=product_of(first))
        returned = await creator(harness).create_order(replace(back, corrects=first.key))
        assert returned.total == back.total
        answer = await _issuer(harness).issue_invoice(
            _request(harness, "INVOICE-7", back.key, revision=2)
        )
        assert [one.total for one in answer.standing_invoices] == [back.total]
        assert back.total < 0
        assert [one.total for one in await harness.papers(returned.id)] == [back.total]

    async def test_after_a_broken_reply_there_is_one_invoice(self, harness: SalesHarness) -> None:
        for what, happened in _BROKEN:
            name = f"INVOICE-{what}"
            sale, made = await sold(harness, name)
            request = _request(harness, name, sale.key)
            await assert_unknown(
                harness,
                what,
                lambda r=request: _issuer(harness).issue_invoice(r),  # type: ignore[misc]
            )
            assert bool(await harness.papers(made.id)) == happened
            found = await present(harness, sale.key)
            keys = [one.key for one in found.standing_invoices]
            assert keys == [request.key] * happened, "the look-up does not tell what is there"
            if not found.standing_invoices:
                found = await _issuer(harness).issue_invoice(request)
            await _assert_one_invoice(harness, found)

    async def test_a_call_that_was_not_taken_issues_nothing(self, harness: SalesHarness) -> None:
        sale, made = await sold(harness, "INVOICE-8")
        request = _request(harness, "INVOICE-8", sale.key)
        await assert_rate_limited(harness, lambda: _issuer(harness).issue_invoice(request))
        await assert_unavailable(harness, lambda: _issuer(harness).issue_invoice(request))
        assert await harness.papers(made.id) == []

    async def test_an_invoice_for_nothing_is_an_error(self, harness: SalesHarness) -> None:
        never = key_of("INVOICE-NEVER", "order")
        with pytest.raises((NotFoundError, RejectedError)):
            await _issuer(harness).issue_invoice(_request(harness, "INVOICE-NEVER", never))
        sale, made = await sold(harness, "INVOICE-9")
        await harness.cancel_by_hand(made.id)
        with pytest.raises(RejectedError):
            await _issuer(harness).issue_invoice(_request(harness, "INVOICE-9", sale.key))
        assert await harness.papers(made.id) == []

    async def test_a_credit_note_takes_the_whole_invoice_back(self, harness: SalesHarness) -> None:
        request, answer, credit = await _issued(harness, "CREDIT-1")
        taken = await _issuer(harness).credit_invoice(credit)
        assert taken.standing_invoices == ()
        assert taken.goods[0].invoiced == 0
        (note,) = [one for one in taken.invoices if one.key == credit.key]
        assert (note.total, note.credits) == (-answer.total, credit.invoice)
        totals = [paper.total for paper in await harness.papers(answer.id)]
        assert sorted(totals) == [-answer.total, answer.total]
        again = replace(request, key=key_of("CREDIT-1", "invoice", 2))
        assert len((await _issuer(harness).issue_invoice(again)).standing_invoices) == 1

    async def test_an_invoice_is_taken_back_once(self, harness: SalesHarness) -> None:
        _need_keys(harness)
        _, answer, credit = await _issued(harness, "CREDIT-2")
        first = await _issuer(harness).credit_invoice(credit)
        second = await _issuer(harness).credit_invoice(credit)
        assert (first.repeated, second.repeated) == (False, True)
        with pytest.raises(RejectedError):
            await _issuer(harness).credit_invoice(
                replace(credit, key=key_of("CREDIT-2", "credit", 2))
            )
        assert len(await harness.papers(answer.id)) == 2

    async def test_after_a_broken_reply_there_is_one_credit_note(
        self, harness: SalesHarness
    ) -> None:
        for what, happened in _BROKEN:
            _, answer, credit = await _issued(harness, f"CREDIT-{what}")
            await assert_unknown(
                harness,
                what,
                lambda c=credit: _issuer(harness).credit_invoice(c),  # type: ignore[misc]
            )
            found = await present(harness, credit.sale)
            assert (found.standing_invoices == ()) == happened
            if found.standing_invoices:
                await _issuer(harness).credit_invoice(credit)
            totals = [paper.total for paper in await harness.papers(answer.id)]
            assert sorted(totals) == [-answer.total, answer.total]
