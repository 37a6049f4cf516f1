"""Which of our sales an outbox row concerns: the sale itself, its parcels, its invoices."""

from collections import defaultdict

from trytond.modules.panstore.batches import batches
from trytond.modules.panstore.folder_moves import OUT, RETURN
from trytond.modules.panstore.references import number_in
from trytond.pool import Pool
from trytond.transaction import Transaction


def sale_keys(rows):
    """Our keys by (kind, record id).

    Parcels and invoices that people have made or changed lead to the sale too. A record that is
    gone leads nowhere; what its deletion did to the sale is a row of its own.

    Args:
        rows: (kind, record id) of outbox rows; kinds that concern no sale are passed over.
    """
    ids = defaultdict(set)
    for kind, id_ in rows:
        ids[kind].add(id_)
    lines = {}  # (kind, record id) -> lines of sales
    for kind, model in (("shipment", OUT), ("return", RETURN)):
        lines |= _lines_of_shipments(kind, model, ids[kind])
    lines |= _lines_of_invoices(ids["invoice"])
    sales = dict(_select("sale.line", ("id", "sale"), "id", set().union(*lines.values())))
    keys = dict(
        _select("sale.sale", ("id", "panstore_key"), "id", ids["sale"] | set(sales.values()))
    )
    found = {("sale", id_): {id_} for id_ in ids["sale"]}
    for place, own in lines.items():
        found[place] = {sales[line] for line in own if line in sales}
    return {
        place: sorted(key for id_ in own if (key := keys.get(id_))) for place, own in found.items()
    }


def _lines_of_shipments(kind, model, ids):
    found = defaultdict(set)
    references = [f"{model},{id_}" for id_ in ids]
    for shipment, origin in _select("stock.move", ("shipment", "origin"), "shipment", references):
        if (origin or "").startswith("sale.line,"):
            found[kind, number_in(shipment)].add(number_in(origin))
    return found


def _lines_of_invoices(ids):
    found = defaultdict(set)
    credited = defaultdict(set)  # invoice line -> credit notes
    for invoice, origin in _select("account.invoice.line", ("invoice", "origin"), "invoice", ids):
        if (origin or "").startswith("sale.line,"):
            found["invoice", invoice].add(number_in(origin))
        elif (origin or "").startswith("account.invoice.line,"):
            credited[number_in(origin)].add(invoice)
    for line, origin in _select("account.invoice.line", ("id", "origin"), "id", credited):
        if (origin or "").startswith("sale.line,"):
            for note in credited[line]:
                found["invoice", note].add(number_in(origin))
    return found


def _select(model, columns, key, values):
    table = Pool().get(model).__table__()
    cursor = Transaction().connection.cursor()
    for part in batches(values):
        cursor.execute(
            *table.select(
                *(getattr(table, name) for name in columns),
                where=getattr(table, key).in_(part),
            )
        )
        yield from cursor.fetchall()
