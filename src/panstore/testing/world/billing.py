"""Invoices and credit notes of a simulated ERP, numbered without gaps."""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from decimal import Decimal
from typing import TYPE_CHECKING

from msgspec.structs import replace

from panstore.model.ids import ExternalId
from panstore.model.invoice import CreditRequest, InvoiceRequest, InvoiceScope
from panstore.model.sale import BookedOrder
from panstore.sdk.errors import NotFoundError, RejectedError
from panstore.testing.world.documents import Paper, Sale
from panstore.testing.world.reckoning import erp_total

if TYPE_CHECKING:
    from panstore.testing.world.erp import SimErp

__all__ = ["Billing"]

_ZERO = Decimal(0)


class Billing:
    """The book-keeper's part of every sale; each change goes into the ERP's change feed."""

    def __init__(self, erp: SimErp) -> None:
        self._erp = erp
        self._papers = 0
        self._posted = 0

    def issue(self, request: InvoiceRequest) -> BookedOrder:
        """Issue one invoice under its key, or give back the sale with the first.

        Without keyed documents it issues another one for the same things each time it is asked.

        Raises:
            NotFoundError: no sale has that key.
            RejectedError: `code` says why; nothing remains.
        """
        sale = self._erp.sales.first(request.sale, "issue_invoice")
        own = [paper for paper in sale.papers if paper.key == request.key]
        if own and self._erp.keyed:
            return sale.booked(repeated=True)
        if sale.state == "cancelled":
            raise self._refused("issue_invoice", f"{sale.number} is cancelled", "order_cancelled")
        others = [paper for paper in sale.standing if paper.key != request.key]
        left = _left(sale, request.scope, others)
        if not left:
            mine = next((paper for paper in reversed(others) if not paper.key), None)
            if mine is None:
                raise self._refused(
                    "issue_invoice", f"nothing of {sale.number} is left", "nothing_to_invoice"
                )
            mine.key = request.key
            self._erp.sale_changed(sale)
            return sale.booked(repeated=True)
        draft = next((paper for paper in sale.papers if paper.posted is None), None)
        if draft is None:
            draft = self._paper(sale)
        draft.key = request.key
        self._post(sale, draft, left, request.date)
        return sale.booked(repeated=False)

    def credit(self, request: CreditRequest) -> BookedOrder:
        """Take an issued invoice back under a key, or give back the sale with the first.

        Raises:
            NotFoundError: no sale has that key, or it has no such invoice.
            RejectedError: `code` says why; nothing remains.
        """
        sale = self._erp.sales.first(request.sale, "credit_invoice")
        own = [paper for paper in sale.papers if paper.key == request.key]
        if own and self._erp.keyed:
            return sale.booked(repeated=True)
        found = next((one for one in sale.papers if one.id == request.invoice), None)
        if found is None:
            raise NotFoundError(
                self._erp.name, "credit_invoice", f"{sale.number} has no {request.invoice}"
            )
        if not found.stands and not own:
            raise self._refused(
                "credit_invoice", f"{found.number or found.id} does not stand", "already_credited"
            )
        self._take_back(sale, found, request.date, request.key)
        return sale.booked(repeated=False)

    # -- what the ERP's people do --------------------------------------------------------------

    def draft(self, id_: ExternalId) -> Paper:
        """A person prepares an invoice for the whole sale and does not post it."""
        sale = self._erp.sales.get(id_)
        paper = self._paper(sale)
        self._erp.sale_changed(sale)
        return paper

    def post_by_hand(self, id_: ExternalId, scope: InvoiceScope = "order") -> Paper | None:
        """A person issues an invoice for what is left; None where nothing is."""
        sale = self._erp.sales.get(id_)
        left = _left(sale, scope, sale.standing)
        if sale.state == "cancelled" or not left:
            return None
        paper = self._paper(sale)
        paper.by_hand = True
        self._post(sale, paper, left, self._today())
        return paper

    def credit_by_hand(self, id_: ExternalId, invoice: ExternalId) -> None:
        """A person takes an issued invoice of the sale back."""
        sale = self._erp.sales.get(id_)
        for paper in sale.standing:
            if paper.id == invoice:
                self._take_back(sale, paper, self._today(), "")

    # -- how ----------------------------------------------------------------------------------

    def _post(self, sale: Sale, paper: Paper, left: dict[int, Decimal], date: dt.date) -> None:
        before = sale.invoiced_lines()
        paper.quantities = left
        paper.date = date
        paper.total = self._total(sale, left, before)
        self._number(paper, "INV")
        self._erp.sale_changed(sale)

    def _total(self, sale: Sale, left: dict[int, Decimal], before: dict[int, Decimal]) -> Decimal:
        """Partial invoices are reckoned alone, the last one takes what is left of the sale."""
        whole = all(
            before.get(place, _ZERO) + left.get(place, _ZERO) == line.quantity
            for place, line in enumerate(sale.lines)
        )
        if whole:
            return sale.total - sum((paper.total for paper in sale.standing), _ZERO)
        lines = [replace(sale.lines[place], quantity=n) for place, n in left.items()]
        return erp_total(lines, sale.currency, self._erp.rules)

    def _take_back(self, sale: Sale, paper: Paper, date: dt.date, key: str) -> None:
        note = self._paper(sale)
        note.key, note.date, note.credits, note.by_hand = key, date, paper.id, not key
        note.quantities = dict(paper.quantities)
        note.total = -paper.total
        self._number(note, "CRE")
        paper.credited = True
        self._erp.sale_changed(sale)

    def _number(self, paper: Paper, prefix: str) -> None:
        self._posted += 1
        paper.number = f"{prefix}{self._posted:05}"
        paper.posted = self._erp.history.tick()

    def _paper(self, sale: Sale) -> Paper:
        self._papers += 1
        paper = Paper(ExternalId(f"I{self._papers}"), sale.currency, {})
        sale.papers.append(paper)
        return paper

    def _today(self) -> dt.date:
        return self._erp.history.clock.now().date()

    def _refused(self, operation: str, what: str, code: str) -> RejectedError:
        return RejectedError(self._erp.name, operation, what, code=code)


def _left(sale: Sale, scope: InvoiceScope, papers: list[Paper]) -> dict[int, Decimal]:
    """What of each line is to be invoiced: all of it, or the goods that have left.

    Shipping, fees and discounts go onto the first invoice.
    """
    done = sale.invoiced_lines(papers)
    rest = {place: line.quantity - done.get(place, _ZERO) for place, line in enumerate(sale.lines)}
    if scope == "shipped" and sale.goods:
        rest = _shipped(sale, rest, done)
    return {place: quantity for place, quantity in rest.items() if quantity}


def _shipped(sale: Sale, rest: dict[int, Decimal], done: dict[int, Decimal]) -> dict[int, Decimal]:
    """Of `rest` what has left, line by line; nothing at all where no goods are due."""
    due: dict[ExternalId, Decimal] = defaultdict(Decimal, sale.shipped)
    for place, quantity in done.items():
        product = sale.lines[place].product
        if sale.lines[place].kind == "goods" and product is not None:
            due[product] -= quantity
    if not any(due.values()):
        return {}
    found: dict[int, Decimal] = {}
    for place, quantity in rest.items():
        line = sale.lines[place]
        if line.kind != "goods" or line.product is None:
            found[place] = quantity
            continue
        take = min(abs(quantity), abs(due[line.product])).copy_sign(quantity)
        found[place] = take
        due[line.product] -= take
    return found
