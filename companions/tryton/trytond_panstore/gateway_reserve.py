"""Goods set aside for one sale, and given back."""

from sql import Literal
from sql.operators import Concat, Exists, NotIn
from trytond.modules.panstore.access import GatewayError, for_panstore
from trytond.modules.panstore.folder_moves import OUT, PACKED
from trytond.modules.panstore.folders import folder
from trytond.modules.panstore.gateway_order import locked_sale, sale_by_key
from trytond.pool import Pool, PoolMeta
from trytond.rpc import RPC
from trytond.transaction import Transaction

_PAGE_LIMIT = 5000
_OPEN = ("draft", "waiting")


class Gateway(metaclass=PoolMeta):
    __name__ = "panstore.gateway"

    @classmethod
    def __setup__(cls):
        super().__setup__()
        cls.__rpc__.update(
            reserve=RPC(readonly=False),
            release=RPC(readonly=False),
            reservations=RPC(),
        )

    @classmethod
    @for_panstore
    def reserve(cls, order_key, whole):
        """Set aside what is there for the waiting parcels of a sale; never forces.

        Repeating it is harmless: what is set aside stays so. Trying in vain leaves nothing behind,
        not even a change for the outbox: Tryton writes the moves anew, and who waits for the goods
        would take that for their coming.

        Args:
            order_key: key of the sale.
            whole: all the goods in its open parcels, or leave everything as it was.

        Returns:
            The sale as it stands, see `folders`.

        Raises:
            GatewayError: nothing was changed. Codes: unknown_order, order_cancelled, refused.
        """
        Shipment = Pool().get(OUT)
        sale = locked_sale(order_key)
        parcels = own_parcels(sale, _OPEN)
        drafts = [parcel for parcel in parcels if parcel.state == "draft"]
        Shipment.wait(drafts)
        before = set_aside(parcels)
        Shipment.assign_try(parcels)
        parcels = Shipment.browse([parcel.id for parcel in parcels])
        in_vain = not drafts and set_aside(parcels) == before
        if in_vain or (whole and any(parcel.state != "assigned" for parcel in parcels)):
            undo()
            sale = sale_by_key(order_key)
        found = folder(sale, repeated=False)
        if found["state"] == "cancelled":
            raise GatewayError(
                "order_cancelled", f"sale {sale.rec_name} is cancelled; nothing was set aside"
            )
        return found

    @classmethod
    @for_panstore
    def release(cls, order_key):
        """Give back what is set aside in parcels that nobody has picked; they wait again.

        Returns:
            The sale as it stands, see `folders`.

        Raises:
            GatewayError: unknown_order, refused.
        """
        sale = locked_sale(order_key)
        parcels = own_parcels(sale, ("waiting", "assigned"))
        Pool().get(OUT).wait([
            parcel
            for parcel in parcels
            if parcel.state == "assigned" or any(m.state == "assigned" for m in parcel.moves)
        ])
        return folder(sale, repeated=False)

    @classmethod
    @for_panstore
    def reservations(cls, after=0, limit=1000):
        """Sales with a key of ours for which goods are set aside, picked and packed ones too.

        Args:
            after: what the page before said; 0 to begin.
            limit: at most so many, up to 5000.

        Returns:
            {"keys": [...], "after": what to give to the next call, or null on the last page}.
        """
        limit = max(1, min(int(limit), _PAGE_LIMIT))
        rows = _with_reservations(int(after), limit)
        return {
            "keys": [key for _, key in rows],
            "after": rows[-1][0] if len(rows) == limit else None,
        }


def own_parcels(sale, states):
    """Customer shipments of a sale in one of the states.

    Raises:
        GatewayError: refused, as one also carries goods of another sale, and what is done to a
            parcel is done to all of it.
    """
    parcels = [parcel for parcel in sale.shipments if parcel.state in states]
    for parcel in parcels:
        if {move.sale for move in parcel.outgoing_moves} - {sale, None}:
            raise GatewayError(
                "refused",
                f"parcel {parcel.rec_name} carries goods of other sales too; nothing was changed. "
                "Take them apart, or do it in the ERP by hand",
            )
    return parcels


def set_aside(parcels):
    """Stock units that are set aside in these parcels, by parcel and product."""
    found = {}
    for parcel in parcels:
        for move in parcel.inventory_moves:
            if move.state == "assigned":
                key = parcel.id, move.product.id
                found[key] = found.get(key, 0) + move.internal_quantity
    return found


def undo():
    """Take back everything this transaction has done; it can go on reading."""
    transaction = Transaction()
    transaction.rollback()
    transaction.tasks.clear()


def _with_reservations(after, limit):
    """(id, key) of sales, lowest id first."""
    pool = Pool()
    Move = pool.get("stock.move")
    sale = pool.get("sale.sale").__table__()
    line = pool.get("sale.line").__table__()
    shipment = pool.get(OUT).__table__()
    move, picking = Move.__table__(), Move.__table__()
    assigned = Exists(
        picking.select(
            Literal(1),
            where=(picking.origin == Concat("stock.move,", move.id))
            & (picking.state == "assigned"),
        )
    )
    query = (
        shipment
        .join(move, condition=move.shipment == Concat(f"{OUT},", shipment.id))
        .join(line, condition=move.origin == Concat("sale.line,", line.id))
        .join(sale, condition=line.sale == sale.id)
    )
    cursor = Transaction().connection.cursor()
    cursor.execute(
        *query.select(
            sale.id,
            sale.panstore_key,
            where=shipment.state.in_(["waiting", "assigned", *PACKED])
            & NotIn(move.state, ["cancelled", "done"])
            & (shipment.state.in_(sorted(PACKED)) | (move.state == "assigned") | assigned)
            & (sale.panstore_key != None)  # noqa: E711 - SQL
            & (sale.id > after),
            group_by=[sale.id, sale.panstore_key],
            order_by=sale.id,
            limit=limit,
        )
    )
    return cursor.fetchall()
