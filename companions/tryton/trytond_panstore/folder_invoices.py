"""Invoices and credit notes of sales."""

from collections import defaultdict

from trytond.modules.panstore.batches import batches
from trytond.modules.panstore.quantities import Units
from trytond.modules.panstore.references import number_in
from trytond.pool import Pool
from trytond.transaction import Transaction

ISSUED = frozenset({"posted", "paid"})
_STATES = {"validated": "draft"}


def standing(invoices):
    """Those of a folder's invoices that are issued and that no credit note has taken back."""
    taken_back = {one["credits"] for one in invoices if one["state"] in ISSUED}
    return [
        one
        for one in invoices
        if one["state"] in ISSUED and one["credits"] is None and one["id"] not in taken_back
    ]


class Invoicing:
    """Invoices and credit notes of lines; sets how much of each line is invoiced."""

    def __init__(self, lines):
        self._sales = defaultdict(set)  # invoice -> sales
        self._credited = defaultdict(set)  # credit note -> invoices
        by_line = {}  # invoice line -> (line of the sale, state of its invoice)
        convert = Units()
        for id_, origin, invoice, quantity, unit, state in _invoice_lines("sale.line", lines):
            line = lines[number_in(origin)]
            by_line[id_] = line, invoice, state
            self._sales[invoice].add(line.sale)
            if state in ISSUED:
                line.invoiced += convert(quantity or 0, unit, line.default_unit)
        for _, origin, note, quantity, unit, state in _invoice_lines(
            "account.invoice.line", by_line
        ):
            line, invoice, of_state = by_line[number_in(origin)]
            self._sales[note].add(line.sale)
            self._credited[note].add(invoice)
            # A note that has cancelled its invoice leaves nothing on either side.
            if state in ISSUED and of_state in ISSUED:
                line.invoiced += convert(quantity or 0, unit, line.default_unit)
        invoices = Pool().get("account.invoice").browse(sorted(self._sales))
        self._invoices = {invoice.id: invoice for invoice in invoices}
        self._by_sale = defaultdict(list)
        for invoice in invoices:
            if invoice.state != "cancelled" or invoice.number or invoice.panstore_key:
                for sale in self._sales[invoice.id]:
                    self._by_sale[sale].append(self._values(invoice))

    def of(self, sale):
        """Invoices of a sale as plain values, oldest first."""
        return self._by_sale[sale]

    def _values(self, invoice):
        return {
            "id": invoice.id,
            "number": invoice.number,
            "state": _STATES.get(invoice.state, invoice.state),
            "total": invoice.total_amount,
            "currency": invoice.currency.code,
            "key": invoice.panstore_key,
            "date": invoice.invoice_date,
            "credits": self._taken_back(invoice),
        }

    def _taken_back(self, note):
        credited = self._credited.get(note.id, ())
        if len(credited) != 1:
            return None
        (invoice,) = credited
        whole = self._invoices[invoice].total_amount == -note.total_amount
        return invoice if whole else None


def _invoice_lines(model, ids):
    pool = Pool()
    line = pool.get("account.invoice.line").__table__()
    invoice = pool.get("account.invoice").__table__()
    cursor = Transaction().connection.cursor()
    for part in batches(ids):
        cursor.execute(
            *line.join(invoice, condition=line.invoice == invoice.id).select(
                line.id,
                line.origin,
                line.invoice,
                line.quantity,
                line.unit,
                invoice.state,
                where=line.origin.in_([f"{model},{id_}" for id_ in part]) & (line.type == "line"),
                order_by=line.id,
            )
        )
        yield from cursor.fetchall()
