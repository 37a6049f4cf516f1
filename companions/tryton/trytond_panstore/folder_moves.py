"""Lines of sales, what was and will be moved for them, and in which parcels."""

from collections import defaultdict
from dataclasses import dataclass

from trytond.modules.panstore.batches import batches
from trytond.modules.panstore.quantities import Units, exact
from trytond.modules.panstore.references import number_in, place_in
from trytond.pool import Pool
from trytond.transaction import Transaction

OUT = "stock.shipment.out"
RETURN = "stock.shipment.out.return"
# Picked goods lie in the output zone: the system can no longer give them back, only a person can.
PACKED = frozenset({"picked", "packed"})
LEFT = {OUT: frozenset({"shipped", "done"}), RETURN: frozenset({"received", "done"})}


@dataclass
class Line:
    """A line of a sale; `quantity` in the product's default unit, or in its own without one."""

    id: int
    sale: int
    product: int | None
    stored: bool
    quantity: float
    default_unit: int | None
    digits: int
    invoiced: float = 0

    @property
    def sign(self):
        return -1 if self.quantity < 0 else 1


@dataclass
class Move:
    """What a shipment moves for a line; `reserved` and `quantity` in the default unit."""

    id: int
    line: Line
    product: int
    shipment: tuple[str, int] | None
    state: str
    quantity: float
    settled: bool  # a person has said what becomes of it after it was cancelled
    ignored: bool
    reserved: float = 0
    left: bool = False


def goods_of(moves):
    rows = {}
    for move in moves:
        row = rows.setdefault(move.product, [0, 0, move.line.digits])
        row[0] += move.quantity
        row[1] += move.reserved
    return [
        {
            "product": product,
            "quantity": exact(quantity, digits),
            "reserved": exact(reserved, digits),
        }
        for product, (quantity, reserved, digits) in rows.items()
        if quantity
    ]


def lines_of(sale_ids):
    """Lines by id; quantities in the default unit."""
    pool = Pool()
    line = pool.get("sale.line").__table__()
    product = pool.get("product.product").__table__()
    template = pool.get("product.template").__table__()
    uom = pool.get("product.uom").__table__()
    stored = set(pool.get("stock.move").get_product_types())
    convert = Units()
    cursor = Transaction().connection.cursor()
    found = {}
    query = (
        line
        .join(product, "LEFT", condition=line.product == product.id)
        .join(template, "LEFT", condition=product.template == template.id)
        .join(uom, "LEFT", condition=template.default_uom == uom.id)
    )
    for part in batches(sale_ids):
        cursor.execute(
            *query.select(
                line.id,
                line.sale,
                line.product,
                line.quantity,
                line.unit,
                template.type,
                template.default_uom,
                uom.digits,
                where=line.sale.in_(part) & (line.type == "line"),
                order_by=[line.sale, line.id],
            )
        )
        for id_, sale, product_id, quantity, unit, kind, default, digits in cursor.fetchall():
            found[id_] = Line(
                id=id_,
                sale=sale,
                product=product_id,
                stored=kind in stored,
                quantity=convert(quantity or 0, unit, default),
                default_unit=default,
                digits=digits or 0,
            )
    return found


def moves_of(lines):
    """What was and will be moved for the lines, but the way from storage to the output zone."""
    pool = Pool()
    move = pool.get("stock.move").__table__()
    cursor = Transaction().connection.cursor()
    ignored = _related("sale.line-ignored-stock.move", lines)
    recreated = _related("sale.line-recreated-stock.move", lines)
    found = []
    stored = [line.id for line in lines.values() if line.stored]
    for part in batches(stored):
        cursor.execute(
            *move.select(
                move.id,
                move.origin,
                move.product,
                move.shipment,
                move.state,
                move.internal_quantity,
                where=move.origin.in_([f"sale.line,{id_}" for id_ in part]),
                order_by=move.id,
            )
        )
        for id_, origin, product, shipment, state, quantity in cursor.fetchall():
            found.append(
                Move(
                    id=id_,
                    line=lines[number_in(origin)],
                    product=product,
                    shipment=place_in(shipment),
                    state=state,
                    quantity=quantity or 0,
                    settled=id_ in ignored or id_ in recreated,
                    ignored=id_ in ignored,
                )
            )
    return found


def parcels_of(moves):
    """Shipments of the moves by (model, id), and what the moves then have reserved and sent."""
    pool = Pool()
    found, states = {}, {}
    for model in (OUT, RETURN):
        ids = {m.shipment[1] for m in moves if m.shipment and m.shipment[0] == model}
        for shipment in pool.get(model).browse(sorted(ids)):
            states[model, shipment.id] = shipment.state
            found[model, shipment.id] = _parcel(model, shipment)
    picking = _assigned_inventory([m.id for m in moves])
    for move in moves:
        state = states.get(move.shipment)
        if state is None:
            # Sent without a parcel, or in one of another kind: the move itself tells.
            move.left = move.state == "done"
            move.reserved = move.quantity if move.state == "assigned" else 0
            continue
        alive = move.state != "cancelled"
        move.left = alive and state in LEFT[move.shipment[0]]
        if not alive or move.left:
            move.reserved = 0
        elif state in PACKED:
            move.reserved = move.quantity
        else:
            own = move.quantity if move.state == "assigned" else 0
            move.reserved = own + picking.get(move.id, 0)
    for move in moves:
        # What was taken out of a parcel that goes on without it is no part of it.
        if move.state == "cancelled" and states.get(move.shipment) != "cancelled":
            move.shipment = None
    return found


def _parcel(model, shipment):
    carrier = getattr(shipment, "carrier", None)
    return {
        "id": shipment.id,
        "number": shipment.number,
        "state": _parcel_state(model, shipment.state),
        "returned": model == RETURN,
        "carrier": carrier.party.rec_name if carrier else None,
        "tracking": _tracking(shipment),
        "date": shipment.effective_date if shipment.state != "cancelled" else None,
    }


def _parcel_state(model, state):
    if state == "cancelled":
        return state
    if state in LEFT[model]:
        return "shipped"
    if state in PACKED:
        return "packed"
    return "reserved" if state == "assigned" else "waiting"


def _tracking(shipment):
    """Numbers to follow the parcel by, separated by spaces.

    Those of the packages and of the shipment as carriers' modules write them (module
    `stock_package_shipping`), else the shipment's reference, where people write it.
    """
    numbers = [
        package.shipping_reference
        for package in getattr(shipment, "packages", ())
        if getattr(package, "shipping_reference", None)
    ]
    whole = getattr(shipment, "shipping_reference", None) or (
        None if numbers else shipment.reference
    )
    return " ".join(dict.fromkeys([*filter(None, [whole]), *numbers])) or None


def _assigned_inventory(outgoing):
    """Quantity on its way from storage and assigned, by the outgoing move it is for."""
    pool = Pool()
    move = pool.get("stock.move").__table__()
    cursor = Transaction().connection.cursor()
    found = defaultdict(float)
    for part in batches(outgoing):
        cursor.execute(
            *move.select(
                move.origin,
                move.internal_quantity,
                where=move.origin.in_([f"stock.move,{id_}" for id_ in part])
                & (move.state == "assigned"),
            )
        )
        for origin, quantity in cursor.fetchall():
            found[number_in(origin)] += quantity or 0
    return found


def _related(model, lines):
    """Moves that stand in a relation with one of the lines."""
    relation = Pool().get(model).__table__()
    cursor = Transaction().connection.cursor()
    found = set()
    for part in batches(lines):
        cursor.execute(*relation.select(relation.move, where=relation.sale_line.in_(part)))
        found.update(move for (move,) in cursor.fetchall())
    return found
