"""P1's plan: the next invoice or credit note for one web order."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from zoneinfo import ZoneInfo

from panstore.model.invoice import CreditRequest, Invoice, InvoiceRequest, InvoiceScope
from panstore.model.plan import Held
from panstore.model.sale import BookedOrder
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
    if order.is_void and not any(sale.shipped for sale in sales):
        return _take_back(case, sales)
    if order.stage == "cancelled":
        # Cancelled with goods on their way: S4 shows it to a person, who knows what was agreed.
        return None
    for sale in sales:
        if _taken_back(case, sale):
            return _taken_back_held(case, sale)
    return _issue(case, sales, settings) or _credit_returns(case, sales, settings)


def _take_back(case: OrderCase, sales: list[BookedOrder]) -> Due:
    for sale in sales:
        for invoice in _standing(sale):
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
    return None


def _issue(case: OrderCase, sales: list[BookedOrder], settings: InvoiceSettings) -> Due:
    due = [
        (sale, scope)
        for sale in sales
        if not _is_return(sale) and (scope := _open_scope(sale, settings)) is not None
    ]
    if not due:
        return None
    holds = settings.rule.judge(case, "rule of P1")
    if isinstance(holds, Held):
        return holds
    if not holds:
        return None
    owed = case.order.total - case.order.given_back
    booked = sum((sale.total for sale in sales), Decimal(0))
    if booked != owed:
        return _total_held(case, booked, owed)
    sale, scope = due[0]
    return _invoice(case, sale, scope, f"the rule holds: {settings.rule}")


def _credit_returns(case: OrderCase, sales: list[BookedOrder], settings: InvoiceSettings) -> Due:
    """Credit notes for goods and money that go back, once there is an invoice to credit."""
    invoiced = any(_standing(sale) for sale in sales if not _is_return(sale))
    for sale in sales:
        if not invoiced or not _is_return(sale) or _standing(sale):
            continue
        if settings.credit == "at_once" or sale.all_shipped:
            came = "went back" if sale.all_shipped else "go back"
            return _invoice(case, sale, "order", f"goods or money of an invoiced order {came}")
    return None


def _open_scope(sale: BookedOrder, settings: InvoiceSettings) -> InvoiceScope | None:
    """For what the sale has no invoice yet; None if it has one for everything it can have."""
    untouched = not _standing(sale) and not any(goods.invoiced for goods in sale.goods)
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


def _standing(sale: BookedOrder) -> tuple[Invoice, ...]:
    """Documents in force; one that names none but has the other sign takes back the first."""
    sign = -1 if _is_return(sale) else 1
    against = [one for one in sale.standing_invoices if one.total * sign < 0]
    return tuple(one for one in sale.standing_invoices if one.total * sign >= 0)[len(against) :]


def _taken_back(case: OrderCase, sale: BookedOrder) -> bool:
    """Whether an invoice of ours stands no more, and not because of a credit note of ours."""
    standing = {invoice.id for invoice in _standing(sale)}
    issued = [fact for fact in case.all("invoiced") if fact.detail == sale.key]
    ours = sum(fact.detail == sale.key for fact in case.all("credited"))
    return sum(fact.reference not in standing for fact in issued) > ours


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
        reason=f"Order {case.order.number}: an invoice that PanStore issued for sale {sale.number}"
        " was taken back in the ERP by somebody else. No other one was issued. Issue one in the"
        " ERP by hand if the buyer shall have it, or cancel the sale there; skip the order if it"
        " is right as it is.",
    )
