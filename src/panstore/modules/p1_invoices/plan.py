"""P1's plan: the next invoice or credit note for one web order."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from decimal import Decimal
from zoneinfo import ZoneInfo

import msgspec

from panstore.model.ids import ExternalId
from panstore.model.invoice import CreditRequest, Invoice, InvoiceRequest, InvoiceScope
from panstore.model.money import minor_digits
from panstore.model.plan import Held
from panstore.model.sale import BookedOrder
from panstore.modules.p1_invoices.pieces import (
    Article,
    articles_of,
    is_awaited,
    nothing_leaves,
    undercuts,
)
from panstore.modules.p1_invoices.settings import InvoiceSettings
from panstore.sdk.modules import CreditInvoice, Due, IssueInvoice, OrderCase

__all__ = ["next_step"]


def next_step(case: OrderCase, settings: InvoiceSettings) -> Due:
    """What is due in the books for this order.

    What stands in the ERP decides, whoever made it: an invoice that a person has posted is an
    invoice. What a person has taken back is not issued again.
    """
    sales = [sale for _, sale in sorted(case.sales.items()) if sale.state != "cancelled"]
    if not sales:
        return None
    order = case.order
    left = any(_left(sale) for sale in sales)
    if order.is_void and not left:
        # What is packed may still be stopped; S4 asks a person for that.
        return None if any(sale.shipped for sale in sales) else _take_back(case, sales)
    if order.stage == "cancelled":
        # Cancelled with goods on their way: S4 shows it to a person, who knows what was agreed.
        return None
    return _issue(case, sales, settings) or _credit_returns(case, sales, settings)


def _left(sale: BookedOrder) -> bool:
    """Whether anything of it has left, or has come back."""
    return any(parcel.state == "shipped" for parcel in sale.shipments) or any(
        goods.shipped for goods in sale.goods
    )


def _take_back(case: OrderCase, sales: list[BookedOrder]) -> Due:
    partly = None
    for sale in sales:
        books = _books(sale)
        if books.partly and books.standing:
            # The whole invoice would be more than what is left of it.
            partly = partly or _partly_held(case, sale)
            continue
        for invoice in books.standing:
            revision = len(case.all("credited")) + 1
            return CreditInvoice(
                CreditRequest(
                    key=case.key("credit", revision),
                    sale=sale.key,
                    invoice=invoice.id,
                    date=_business_day(case),
                ),
                revision,
                f"nothing is left to deliver, so invoice {invoice.number} is taken back",
            )
    return partly


def _issue(case: OrderCase, sales: list[BookedOrder], settings: InvoiceSettings) -> Due:
    rest = _is_rest_due(sales, articles_of(sales, void=case.order.is_void), settings)
    due = [
        (sale, scope)
        for sale in sales
        if not _is_return(sale) and (scope := _open_scope(sale, settings, rest=rest)) is not None
    ]
    if not due:
        return None
    holds = settings.rule.judge(case, "rule of P1")
    if isinstance(holds, Held):
        return holds
    if not holds:
        return None
    owed = case.order.total - case.order.given_back
    # A sale that a person has cancelled counts: the shop's amount was booked, then decided upon.
    booked = sum((sale.total for sale in case.sales.values()), Decimal(0))
    if booked != owed:
        return _total_held(case, booked, owed)
    for sale, scope in due:
        if not _taken_back(case, sale):
            return _invoice(case, sale, scope, f"the rule holds: {settings.rule}")
    return _taken_back_held(case, due[0][0])


def _credit_returns(case: OrderCase, sales: list[BookedOrder], settings: InvoiceSettings) -> Due:
    """Credit notes for goods and money that go back, once there is an invoice to credit."""
    if not any(_books(sale).standing for sale in sales if not _is_return(sale)):
        return None
    articles = articles_of(sales, void=case.order.is_void)
    held = None
    for sale in sales:
        if not _is_return(sale) or _books(sale).standing or _waits(sale, articles, settings):
            continue
        if _taken_back(case, sale):
            return _taken_back_held(case, sale)
        if _is_too_much(sale, sales, articles):
            if held is None and _is_all_invoiced(sales):
                held = _too_much_held(case, sale)
            continue
        came = "went back" if sale.all_shipped else "go back"
        return _invoice(case, sale, "order", f"goods or money of an invoiced order {came}")
    return held


def _is_rest_due(
    sales: Sequence[BookedOrder], articles: Mapping[ExternalId, Article], settings: InvoiceSettings
) -> bool:
    """Whether what has not left never will, and its credit note can follow at once.

    That note takes back what no parcel's invoice has charged: without an invoice of its own the
    buyer would be given more than he has paid for. An invoice whose note has to wait for goods
    would charge him for what he never had.
    """
    backs = [sale for sale in sales if _is_return(sale)]
    if not backs or not nothing_leaves(articles):
        return False
    waiting = [one for one in backs if not _books(one).standing and _waits(one, articles, settings)]
    return not any(articles[goods.product].open for one in waiting for goods in one.goods)


def _waits(
    back: BookedOrder, articles: Mapping[ExternalId, Article], settings: InvoiceSettings
) -> bool:
    """Whether a return is credited only when its goods have come."""
    return settings.credit == "received" and is_awaited(back, articles)


def _is_too_much(
    back: BookedOrder, sales: Sequence[BookedOrder], articles: Mapping[ExternalId, Article]
) -> bool:
    """Whether its credit note would run ahead of the invoices, in pieces or in money.

    Each invoice for a part is rounded for itself, so that pieces may cost a cent more or less than
    the note for them.
    """
    documents = [invoice.total for sale in sales for invoice in sale.standing_invoices]
    cents = Decimal(len(back.goods) * len(documents)).scaleb(-minor_digits(back.currency))
    return undercuts(back, articles) or sum(documents, back.total) < -cents


def _is_all_invoiced(sales: Sequence[BookedOrder]) -> bool:
    """Whether no invoice is to come any more."""
    return all(
        _is_return(sale)
        or (
            all(goods.ordered <= goods.invoiced for goods in sale.goods)
            and bool(sale.goods or _books(sale).standing)
        )
        for sale in sales
    )


def _open_scope(
    sale: BookedOrder, settings: InvoiceSettings, *, rest: bool = False
) -> InvoiceScope | None:
    """For what the sale has no invoice yet; None if it has one for everything it can have.

    Args:
        rest: what has not left never will, and is invoiced all the same.
    """
    if rest and any(goods.ordered > goods.invoiced for goods in sale.goods):
        return "order"
    untouched = not _books(sale).standing and not any(goods.invoiced for goods in sale.goods)
    if untouched and (settings.scope == "order" or not sale.goods):
        return "order"
    open_ = any(min(goods.shipped, goods.ordered) > goods.invoiced for goods in sale.goods)
    return "shipped" if open_ else None


def _invoice(case: OrderCase, sale: BookedOrder, scope: InvoiceScope, reason: str) -> IssueInvoice:
    revision = len(case.all("invoiced")) + 1
    request = InvoiceRequest(
        key=case.key("invoice", revision), sale=sale.key, scope=scope, date=_business_day(case)
    )
    return IssueInvoice(request, revision, reason)


def _is_return(sale: BookedOrder) -> bool:
    return sale.total < 0 or any(goods.ordered < 0 for goods in sale.goods)


class _Books(msgspec.Struct, frozen=True):
    """The documents of one sale.

    Attributes:
        standing: in force.
        taken_back: issued once, in force no more.
        partly: whether somebody has taken back a part of what stands.
    """

    standing: tuple[Invoice, ...]
    taken_back: tuple[Invoice, ...]
    partly: bool


def _books(sale: BookedOrder) -> _Books:
    """A credit note that names no invoice takes back the one with its amount, else a part.

    Which way the amount goes tells what of its documents stands for the sale: goods that come back
    may cost the buyer something all the same.
    """
    sign = -1 if sale.total < 0 else 1
    standing = [one for one in sale.standing_invoices if one.total * sign >= 0]
    partly = False
    for note in sale.standing_invoices:
        if note.total * sign >= 0:
            continue
        whole = next((one for one in standing if one.total == -note.total), None)
        if whole is None:
            partly = True
        else:
            standing.remove(whole)
    taken_back = (
        one
        for one in sale.invoices
        if one.number and one.credits is None and one.total * sign >= 0
        if one.state != "draft" and one not in standing
    )
    return _Books(tuple(standing), tuple(taken_back), partly)


def _taken_back(case: OrderCase, sale: BookedOrder) -> bool:
    """Whether somebody else has taken back an invoice of it, or a part of one."""
    books = _books(sale)
    shown = {invoice.id for invoice in sale.invoices}
    issued = [fact for fact in case.all("invoiced") if fact.detail == sale.key]
    gone = sum(fact.reference not in shown for fact in issued)
    ours = sum(fact.detail == sale.key for fact in case.all("credited"))
    return books.partly or len(books.taken_back) + gone > ours


def _business_day(case: OrderCase) -> dt.date:
    return case.view.now.astimezone(ZoneInfo(case.view.zone)).date()


def _total_held(case: OrderCase, booked: Decimal, owed: Decimal) -> Held:
    order = case.order
    return Held(
        item=order.id,
        code="invoice.total",
        reason=f"Order {order.number}: its sales in the ERP come to {booked} {order.currency}, but"
        f" the shop charged {owed} {order.currency} (refunds taken off). No invoice was issued."
        " Correct the sale in the ERP or the order in the shop, then retry; or issue the invoice"
        " in the ERP by hand.",
    )


def _taken_back_held(case: OrderCase, sale: BookedOrder) -> Held:
    return Held(
        item=case.order.id,
        code="invoice.taken_back",
        reason=f"Order {case.order.number}: an invoice of sale {sale.number}, or a part of one, was"
        " taken back in the ERP by somebody else. No other one was issued. Issue one in the ERP by"
        " hand if the buyer shall have it, or cancel the sale there; skip the order if it is right"
        " as it is.",
    )


def _partly_held(case: OrderCase, sale: BookedOrder) -> Held:
    return Held(
        item=case.order.id,
        code="invoice.partly_taken_back",
        reason=f"Order {case.order.number}: nothing of it is to be delivered any more, but a part"
        f" of an invoice of sale {sale.number} was taken back in the ERP by somebody else. PanStore"
        " took nothing back, because a credit note for the whole would be too much. Credit the"
        " rest in the ERP by hand; the sale is then cancelled by itself.",
    )


def _too_much_held(case: OrderCase, sale: BookedOrder) -> Held:
    return Held(
        item=case.order.id,
        code="invoice.credit_too_much",
        reason=f"Order {case.order.number}: sale {sale.number} takes back more than the order's"
        " invoices charge, or articles that are on none of them, and no invoice is to come any"
        " more. No credit note was issued. Issue the right one in the ERP by hand, or correct the"
        " sale there and retry; skip the order if it is right as it is.",
    )
