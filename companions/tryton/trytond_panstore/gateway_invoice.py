"""Invoices and credit notes of a sale: created, dated and posted once per key."""

from trytond.i18n import gettext
from trytond.modules.panstore.access import GatewayError, for_panstore
from trytond.modules.panstore.folder_invoices import ISSUED, standing
from trytond.modules.panstore.folders import folder
from trytond.modules.panstore.gateway_order import locked_sale
from trytond.modules.panstore.retry import by_key, with_key
from trytond.pool import Pool, PoolMeta
from trytond.rpc import RPC

_DRAFTS = ("draft", "validated")
# What the sale's field *invoice method* has to be for each scope.
_METHODS = {"order": ("order", "manual"), "shipped": ("fulfillment",)}


class Gateway(metaclass=PoolMeta):
    __name__ = "panstore.gateway"

    @classmethod
    def __setup__(cls):
        super().__setup__()
        cls.__rpc__.update(
            issue_invoice=RPC(readonly=False),
            credit_invoice=RPC(readonly=False),
        )

    @classmethod
    @for_panstore
    def issue_invoice(cls, order_key, key, scope="order", date=None, rounding=None):
        """Issue one invoice of a sale, posted, under a key.

        The sale's invoice method becomes what the scope needs, and stays so. The drafts that
        Tryton has made are replaced by one for all that is due; a draft that a person has changed
        is posted as it is. Where nothing is due because a person has posted the invoice already,
        that one takes our key and is the result. What an invoice had that was cancelled by its
        credit note is due again.

        Args:
            order_key: key of the sale.
            key: key of the invoice.
            scope: "order", everything not invoiced yet; "shipped", what has left (or has come
                back) and is not invoiced yet, together with shipping, fees and discounts, which
                have no parcel.
            date: invoice date, or null for today in the company's time zone.
            rounding: id of the product on which the last of several invoices books the cents by
                which their sum would miss the sale's total, as VAT is rounded on each; null
                books them on the company's default revenue account.

        Returns:
            The sale as it stands, see `folders`; `repeated` where the key was there already.

        Raises:
            GatewayError: nothing was changed. Codes: unknown_order, order_cancelled,
                nothing_to_invoice, refused.
        """
        if scope not in _METHODS:
            raise GatewayError("refused", f"there is no scope {scope!r}, only order and shipped")
        sale = locked_sale(order_key)
        if by_key("account.invoice", key):
            return folder(sale, repeated=True)
        if folder(sale, repeated=False)["state"] == "cancelled":
            raise GatewayError(
                "order_cancelled", f"sale {sale.rec_name} is cancelled; nothing was invoiced"
            )
        with_key("account.invoice", key, lambda: _issue(sale, key, scope, date, rounding))
        return folder(sale, repeated=False)

    @classmethod
    @for_panstore
    def credit_invoice(cls, order_key, invoice, key, date=None):
        """Take a whole posted or paid invoice of a sale back by a credit note under a key.

        A posted invoice is cancelled by its note. A paid one stays, and so does the note, as the
        money has to go back. Where a person has credited it already, that note takes our key.

        Args:
            order_key: key of the sale.
            invoice: id of the invoice.
            key: key of the credit note.
            date: its date, or null for today in the company's time zone.

        Returns:
            The sale as it stands, see `folders`; `repeated` where the key was there already.

        Raises:
            GatewayError: nothing was changed. Codes: unknown_order; unknown_invoice, the sale has
                no such invoice; already_credited, under another key; illegal_state, it is not
                issued, or is a credit note; refused.
        """
        sale = locked_sale(order_key)
        if by_key("account.invoice", key):
            return folder(sale, repeated=True)
        with_key("account.invoice", key, lambda: _take_back(sale, invoice, key, date))
        return folder(sale, repeated=False)


def _issue(sale, key, scope, date, rounding):
    pool = Pool()
    Invoice = pool.get("account.invoice")
    Sale = pool.get("sale.sale")
    draft = _changed_draft(sale, scope) or _due(sale, scope, rounding)
    if draft:
        values = {"panstore_key": key}
        if date:
            values["invoice_date"] = date
        Invoice.write([draft], values)
        Invoice.post([Invoice(draft.id)])
        return
    posted = [
        one["id"]
        for one in standing(folder(Sale(sale.id), repeated=True)["invoices"])
        if not one["key"]
    ]
    if not posted:
        raise GatewayError(
            "nothing_to_invoice",
            f"sale {sale.rec_name} has nothing to invoice"
            + (" of what has left" if scope == "shipped" else ""),
        )
    Invoice.write([Invoice(min(posted))], {"panstore_key": key})


def _changed_draft(sale, scope):
    """The oldest draft that a person has changed; its content is theirs to say."""
    changed = [i for i in sale.invoices if i.state in _DRAFTS and not _is_as_made(i, sale)]
    if changed and scope == "shipped" and sale.invoice_method not in _METHODS[scope]:
        raise GatewayError(
            "refused",
            f"the draft invoice {changed[0].rec_name} of sale {sale.rec_name} was changed by hand "
            "and is for more than has left; nothing was changed. Post or delete it",
        )
    return min(changed, key=lambda i: i.id, default=None)


def _is_as_made(invoice, sale):
    """Whether a draft has nothing that Tryton would not make again."""
    if invoice.state != "draft" or invoice.comment or set(invoice.sales) != {sale}:
        return False
    lines = set(sale.line_lines)
    return all(
        line.origin in lines
        and line.unit_price == line.origin.unit_price
        and set(line.taxes) == set(line.origin.taxes)
        and line.description == line.origin.description
        and line.origin._get_invoice_line_quantity() == line.origin._get_invoiced_quantity()
        for line in invoice.lines
    )


def _due(sale, scope, rounding):
    """One draft for all that is due, or None."""
    Invoice = Pool().get("account.invoice")
    drafts = [i for i in sale.invoices if i.state in _DRAFTS]
    changes = _changes_for(sale, scope)
    if len(drafts) != 1 or changes or not _is_all_drafted(sale):
        Invoice.delete(drafts)
        sale, drafts = _drafted_anew(sale, changes)
    if scope == "shipped" and not any(_is_goods(line) for i in drafts for line in i.lines):
        # Shipping and fees alone are due as soon as the sale is confirmed; they wait for goods.
        goods = folder(sale, repeated=True)["goods"]
        if any(abs(row["shipped"]) < abs(row["ordered"]) for row in goods):
            return None
    if not drafts:
        return None
    _meet_the_total(sale, drafts[0], rounding)
    return Invoice(drafts[0].id)


def _changes_for(sale, scope):
    """What of the sale has to be written so that Tryton drafts what the scope means."""
    changes = {}
    if sale.invoice_method not in _METHODS[scope]:
        changes["invoice_method"] = _METHODS[scope][0]
    known = {*sale.invoices_ignored, *sale.invoices_recreated}
    taken_back = [
        i.id for i in sale.invoices if i.state == "cancelled" and i.cancel_move and i not in known
    ]
    if taken_back:
        changes["invoices_recreated"] = [("add", taken_back)]
    return changes


def _is_all_drafted(sale):
    return all(
        line._get_invoice_line_quantity() == line._get_invoiced_quantity()
        for line in sale.line_lines
    )


def _drafted_anew(sale, changes):
    Sale = Pool().get("sale.sale")
    if changes:
        Sale.write([Sale(sale.id)], changes)
    sale = Sale(sale.id)
    if sale.invoice_method == "manual":
        Sale.manual_invoice([sale])
    else:
        Sale.process([sale])
    sale = Sale(sale.id)
    return sale, [i for i in sale.invoices if i.state in _DRAFTS]


def _meet_the_total(sale, draft, rounding):
    """Let the last of several invoices bring their sum to the sale's total."""
    earlier = standing(folder(sale, repeated=True)["invoices"])
    if not earlier or any(
        line._get_invoiced_quantity() != line.quantity for line in sale.line_lines
    ):
        return
    missing = sale.total_amount - draft.total_amount - sum(one["total"] for one in earlier)
    # A cent at most for each line of each invoice; more than that is no rounding but somebody's
    # decision.
    most = sale.currency.rounding * len(sale.line_lines) * (len(earlier) + 1)
    if missing and abs(missing) <= most:
        _add_rounding(draft, missing, rounding)


def _add_rounding(draft, amount, product):
    pool = Pool()
    Line = pool.get("account.invoice.line")
    line = Line(invoice=draft)
    line.on_change_invoice()
    line.type = "line"
    line.currency = draft.currency
    line.description = gettext("panstore.msg_rounding")
    line.quantity = 1
    if product:
        line.product = pool.get("product.product")(product)
        line.unit = line.product.default_uom
        line.account = line.product.account_revenue_used
    else:
        line.account = pool.get("account.configuration")(1).get_multivalue(
            "default_category_account_revenue", company=draft.company.id
        )
    line.unit_price = amount
    line.taxes = []
    line.save()


def _is_goods(line):
    return bool(line.product) and line.product.type in Pool().get("stock.move").get_product_types()


def _take_back(sale, invoice_id, key, date):
    Invoice = Pool().get("account.invoice")
    invoices = {one["id"]: one for one in folder(sale, repeated=True)["invoices"]}
    found = invoices.get(invoice_id)
    if not found:
        raise GatewayError(
            "unknown_invoice", f"sale {sale.rec_name} has no invoice {invoice_id}; nothing was done"
        )
    notes = [
        one for one in invoices.values() if one["credits"] == invoice_id and one["state"] in ISSUED
    ]
    if notes and not notes[0]["key"]:
        Invoice.write([Invoice(notes[0]["id"])], {"panstore_key": key})
        return
    if notes:
        raise GatewayError(
            "already_credited",
            f"invoice {found['number']} has been credited by {notes[0]['number']}; nothing was "
            "done",
        )
    if found["state"] not in ISSUED or found["credits"] is not None:
        raise GatewayError(
            "illegal_state",
            f"invoice {found['number'] or invoice_id} is "
            + ("a credit note" if found["credits"] is not None else found["state"])
            + "; only a posted or paid invoice can be credited; nothing was done",
        )
    _credit(Invoice(invoice_id), key, date)


def _credit(invoice, key, date):
    Invoice = type(invoice)
    values = {"panstore_key": key}
    if date:
        values["invoice_date"] = date
    if invoice.state == "posted":
        Invoice.credit([invoice], refund=True, **values)
    else:
        (note,) = Invoice.credit([invoice], **values)
        Invoice.post([note])
