"""ReadDocuments: what was issued, for whom, figures that add up; or a refusal, never a guess."""

from __future__ import annotations

from decimal import Decimal

import pytest
from msgspec.structs import replace

from panstore.model.document import Document, DocumentKind
from panstore.model.ids import ExternalId
from panstore.model.invoice import CreditRequest, InvoiceRequest
from panstore.model.sale import BookedOrder, ErpOrder
from panstore.sdk.document_roles import ReadDocuments
from panstore.sdk.errors import NotFoundError, RejectedError
from panstore.sdk.order_roles import IssueInvoices
from panstore.testing.bookings import goods_line
from panstore.testing.suites.breaking import assert_rate_limited, assert_unavailable
from panstore.testing.suites.harness_orders import SalesHarness
from panstore.testing.suites.sold import creator, key_of, new_sale, present, product_of, sold
from panstore.testing.suites.suite import Suite, assert_exact

__all__ = ["ReadDocumentsSuite"]

_ZERO = Decimal(0)


def _reader(harness: SalesHarness) -> ReadDocuments:
    connector = harness.connector
    assert isinstance(connector, ReadDocuments)
    return connector


def _issuer(harness: SalesHarness) -> IssueInvoices:
    connector = harness.connector
    if not isinstance(connector, IssueInvoices):
        pytest.skip("declared: no invoices are issued")
    return connector


async def _invoiced(
    harness: SalesHarness, name: str, sale: ErpOrder | None = None
) -> tuple[ErpOrder, BookedOrder]:
    """A sale with one invoice."""
    issuer = _issuer(harness)
    wanted = sale or await new_sale(harness, name)
    await creator(harness).create_order(wanted)
    request = InvoiceRequest(key_of(name, "invoice"), wanted.key, "order", harness.today)
    return wanted, await issuer.issue_invoice(request)


def _assert_adds_up(paper: Document) -> None:
    """Lines to the net, rows of VAT to net and tax, both to the total; every line has its row."""
    assert_exact(paper, "document")
    nets = [line.net for line in paper.lines if line.net is not None]
    assert len(nets) == len(paper.lines), "a line has no amount"
    assert sum(nets, _ZERO) == paper.net, "the lines do not come to the net"
    assert sum((row.base for row in paper.vat), _ZERO) == paper.net, "the bases miss the net"
    assert sum((row.tax for row in paper.vat), _ZERO) == paper.tax, "the rows miss the tax"
    assert paper.net + paper.tax == paper.total
    rows = {(row.rate, row.category): row for row in paper.vat}
    assert len(rows) == len(paper.vat), "two rows of VAT for one rate"
    for line in paper.lines:
        assert line.rate is not None, f"{line.description} has no rate"
        assert (line.rate, line.category) in rows, f"no row of VAT for {line.description}"
    for row in paper.vat:
        assert (row.category == "S") == (row.rate > 0), f"{row.rate} % is no {row.category}"
        assert bool(row.reason) == (row.category not in {"S", "Z"}), f"why is it {row.category}?"


def _assert_ours(paper: Document, sale: ErpOrder) -> None:
    assert sale.billing is not None
    assert paper.buyer.name == sale.billing.name, "it is for somebody else"
    assert (paper.buyer.street, paper.buyer.city) == (sale.billing.street, sale.billing.city)
    assert (paper.order_number, paper.order_date) == (sale.number, sale.date)
    assert paper.seller.name
    assert paper.currency == sale.currency


class ReadDocumentsSuite(Suite):
    """For ERPs that give what they have issued, so that it can be printed and mailed."""

    async def test_an_invoice_is_the_orders_and_adds_up(self, harness: SalesHarness) -> None:
        sale, answer = await _invoiced(harness, "PAPER-1")
        (invoice,) = answer.standing_invoices
        paper = await _reader(harness).document(sale.key, "invoice", invoice.id)
        assert (paper.kind, paper.id, paper.number) == ("invoice", invoice.id, invoice.number)
        assert (paper.total, paper.date) == (sale.total, harness.today)
        _assert_adds_up(paper)
        _assert_ours(paper, sale)
        (line,) = paper.lines
        assert (line.quantity, line.unit_net) == (Decimal(2), sale.lines[0].unit_net)
        assert line.code == "CONF-PAPER-1"
        assert (paper.paid, paper.owed) == (_ZERO, sale.total)
        assert paper.due is not None
        assert paper.due >= paper.date

    async def test_several_rates_and_charges_add_up(self, harness: SalesHarness) -> None:
        start = await new_sale(harness, "PAPER-2", quantity=3)
        goods = goods_line(product_of(start), Decimal(3), Decimal("7.33"), harness.vat_rate)
        lines = (
            goods,
            replace(goods, product=None, kind="shipping", quantity=Decimal(1), net=goods.unit_net),
            replace(
                goods_line(product_of(start), Decimal(1), Decimal("-0.01"), _ZERO),
                product=None,
                kind="rounding",
                description="Rounding",
            ),
        )
        # 21.99 and 7.33 at 22 %: 4.84 and 1.61 line by line, 6.45 in one; the same either way.
        wanted = replace(start, lines=lines, total=Decimal("35.76"))
        sale, answer = await _invoiced(harness, "PAPER-2", wanted)
        (invoice,) = answer.standing_invoices
        paper = await _reader(harness).document(sale.key, "invoice", invoice.id)
        assert paper.total == sale.total
        _assert_adds_up(paper)
        assert [row.rate for row in paper.vat] == [harness.vat_rate, 0]

    async def test_a_credit_note_names_its_invoice_and_both_can_be_read(
        self, harness: SalesHarness
    ) -> None:
        sale, answer = await _invoiced(harness, "PAPER-3")
        (invoice,) = answer.standing_invoices
        await _issuer(harness).credit_invoice(
            CreditRequest(key_of("PAPER-3", "credit"), sale.key, invoice.id, harness.today)
        )
        (note,) = [
            one for one in (await present(harness, sale.key)).invoices if one.credits == invoice.id
        ]
        back = await _reader(harness).document(sale.key, "credit_note", note.id)
        assert (back.kind, back.total, back.credits) == (
            "credit_note",
            -sale.total,
            invoice.number,
        )
        assert back.owed == 0
        _assert_adds_up(back)
        _assert_ours(back, sale)
        assert [line.quantity for line in back.lines] == [-2]
        old = await _reader(harness).document(sale.key, "invoice", invoice.id)
        assert (old.total, old.taken_back_by, old.owed) == (sale.total, note.number, _ZERO)
        _assert_adds_up(old)

    async def test_a_delivery_note_is_of_what_has_left(self, harness: SalesHarness) -> None:
        sale, made = await sold(harness, "PAPER-4", quantity=3)
        await harness.ship_part(made.id, {product_of(sale): Decimal(2)}, tracking="TRACK-9")
        (parcel,) = [
            one for one in (await present(harness, sale.key)).shipments if one.state == "shipped"
        ]
        paper = await _reader(harness).document(sale.key, "delivery_note", parcel.id)
        assert (paper.kind, paper.number) == ("delivery_note", parcel.number)
        _assert_ours(paper, sale)
        (line,) = paper.lines
        assert (line.quantity, line.code) == (Decimal(2), "CONF-PAPER-4")
        assert (line.net, line.rate, paper.vat, paper.total) == (None, None, (), _ZERO)
        if harness.tracking:
            assert paper.tracking == "TRACK-9"

    async def test_what_is_not_issued_is_refused(self, harness: SalesHarness) -> None:
        sale, made = await sold(harness, "PAPER-5", quantity=3)
        await harness.ship_part(made.id, {product_of(sale): Decimal(1)})
        found = await present(harness, sale.key)
        waiting = [one for one in found.shipments if one.state in {"waiting", "reserved"}]
        assert waiting
        papers: list[tuple[DocumentKind, ExternalId]] = [
            ("delivery_note", one.id) for one in waiting
        ]
        papers += [("invoice", one.id) for one in found.invoices if one.state == "draft"]
        for kind, id_ in papers:
            with pytest.raises(RejectedError) as caught:
                await _reader(harness).document(sale.key, kind, id_)
            assert caught.value.code == "not_issued"

    async def test_what_is_not_there_is_an_error(self, harness: SalesHarness) -> None:
        sale, answer = await _invoiced(harness, "PAPER-6")
        other, _ = await sold(harness, "PAPER-7")
        (invoice,) = answer.standing_invoices
        reader = _reader(harness)
        kinds: tuple[DocumentKind, ...] = ("invoice", "credit_note", "delivery_note")
        for kind in kinds:
            with pytest.raises(NotFoundError):
                await reader.document(sale.key, kind, harness.unknown_id)
        with pytest.raises(NotFoundError):
            await reader.document(sale.key, "credit_note", invoice.id)
        with pytest.raises(NotFoundError):
            await reader.document(other.key, "invoice", invoice.id)
        with pytest.raises(NotFoundError):
            await reader.document(key_of("PAPER-NEVER", "order"), "invoice", invoice.id)

    async def test_a_question_that_was_not_taken_is_an_error(self, harness: SalesHarness) -> None:
        sale, answer = await _invoiced(harness, "PAPER-8")
        (invoice,) = answer.standing_invoices
        reader = _reader(harness)
        await assert_unavailable(harness, lambda: reader.document(sale.key, "invoice", invoice.id))
        await assert_rate_limited(harness, lambda: reader.document(sale.key, "invoice", invoice.id))
