"""A sale as it stands, with its parcels and invoices: what every call about an order answers.

However many sales are asked for, the number of statements is the same, up to the size of a batch.
"""

from collections import defaultdict
from dataclasses import dataclass, field

from trytond.modules.panstore.folder_invoices import ISSUED, Invoicing, standing
from trytond.modules.panstore.folder_moves import goods_of, lines_of, moves_of, parcels_of
from trytond.modules.panstore.quantities import exact
from trytond.pool import Pool

_AMOUNTS = ("ordered", "reserved", "shipped", "invoiced", "lost")


def folders(sales, *, repeated=True):
    """The sales as they stand.

    Args:
        sales: records of `sale.sale`.
        repeated: whether the call had been made before.

    Returns:
        For each a dictionary with
            key, sale (id), number, party (id), total (with tax), currency, repeated;
            state: "open" (also a draft or quotation), "done", or "cancelled": nothing of it will
                be delivered any more, because the sale is cancelled or because a person has
                cancelled all its parcels, let that stand, and nothing is invoiced;
            goods: [{"product", "ordered", "reserved", "shipped", "invoiced", "lost"}], one per
                product that has stock, in its default unit, below zero in a return. Invoiced
                counts invoices that are posted or paid and not credited. Lost is what was in
                parcels that were cancelled and not made anew: nobody is promised it any more;
            shipments: [{"id", "number", "state", "returned", "carrier", "tracking", "date",
                "goods": [{"product", "quantity", "reserved"}]}] with state "waiting",
                "reserved", "packed" (picked is packed), "shipped" or "cancelled";
            invoices: [{"id", "number", "state", "total", "currency", "key", "date", "credits"}]
                with state "draft", "posted", "paid" or "cancelled". A draft that was thrown away
                is not among them. `credits` is the id of the invoice that a credit note takes
                back whole.
    """
    ids = [sale.id for sale in sales]
    # What was written in this transaction is read back, not what the records remember.
    sales = Pool().get("sale.sale").browse(ids)
    lines = lines_of(ids)
    moves = moves_of(lines)
    invoicing = Invoicing(lines)
    found = {sale.id: _Folder(sale, repeated=repeated) for sale in sales}
    for line in lines.values():
        found[line.sale].lines.append(line)
    for move in moves:
        found[move.line.sale].moves.append(move)
    for folder in found.values():
        folder.invoices = invoicing.of(folder.sale.id)
    parcels = parcels_of(moves)
    return [found[id_].values(parcels) for id_ in ids]


def folder(sale, *, repeated):
    """One sale as it stands; see `folders`."""
    return folders([sale], repeated=repeated)[0]


@dataclass
class _Folder:
    sale: object
    repeated: bool
    lines: list = field(default_factory=list)
    moves: list = field(default_factory=list)
    invoices: list = field(default_factory=list)

    def values(self, parcels):
        sale = self.sale
        return {
            "key": sale.panstore_key,
            "sale": sale.id,
            "number": sale.number,
            "party": sale.party.id,
            "state": self._state(),
            "total": sale.total_amount,
            "currency": sale.currency.code,
            "repeated": self.repeated,
            "goods": self._goods(),
            "shipments": self._shipments(parcels),
            "invoices": self.invoices,
        }

    def _state(self):
        if self.sale.state == "cancelled" or self._given_up():
            return "cancelled"
        return "done" if self.sale.state == "done" else "open"

    def _given_up(self):
        """Whether a person has cancelled all the parcels and let that stand."""
        if any(one["state"] in ISSUED for one in standing(self.invoices)):
            return False
        stored = {line.id for line in self.lines if line.stored}
        return (
            bool(stored)
            and stored == {move.line.id for move in self.moves}
            and all(move.state == "cancelled" and move.settled for move in self.moves)
            and any(move.ignored for move in self.moves)
        )

    def _goods(self):
        digits = {}
        rows = defaultdict(lambda: dict.fromkeys(_AMOUNTS, 0))
        for line in self.lines:
            if line.stored:
                digits.setdefault(line.product, line.digits)
                rows[line.product]["ordered"] += line.quantity
                rows[line.product]["invoiced"] += line.invoiced
        for move in self.moves:
            # A person may send another product than was ordered.
            digits.setdefault(move.product, move.line.digits)
            rows[move.product]["reserved"] += move.line.sign * move.reserved
            if move.left:
                rows[move.product]["shipped"] += move.line.sign * move.quantity
            if move.state == "cancelled" and (move.ignored or not move.settled):
                rows[move.product]["lost"] += move.line.sign * move.quantity
        return [
            {"product": product}
            | {name: exact(amount, digits[product]) for name, amount in row.items()}
            for product, row in rows.items()
        ]

    def _shipments(self, parcels):
        by_parcel = defaultdict(list)
        for move in self.moves:
            if move.shipment in parcels:
                by_parcel[move.shipment].append(move)
        return [
            parcels[place] | {"goods": goods_of(moves)}
            for place, moves in sorted(by_parcel.items(), key=lambda item: item[0])
        ]
