"""How much is there, how much is promised: the figures behind what a shop may offer."""

from collections import defaultdict

from sql import Literal
from sql.aggregate import Max, Sum
from sql.conditionals import Case
from sql.operators import NotIn
from trytond.modules.panstore.access import GatewayError, for_panstore
from trytond.modules.panstore.batches import batches
from trytond.modules.panstore.changes import PROMISING_STATES
from trytond.modules.panstore.quantities import exact
from trytond.pool import Pool, PoolMeta
from trytond.rpc import RPC
from trytond.transaction import Transaction


class Gateway(metaclass=PoolMeta):
    __name__ = "panstore.gateway"

    @classmethod
    def __setup__(cls):
        super().__setup__()
        cls.__rpc__.update(stock_levels=RPC())

    @classmethod
    @for_panstore
    def stock_levels(cls, warehouse_ids, product_ids):
        """Stock of products in warehouses, each promised piece counted exactly once.

        The *zone* of a warehouse is its storage location with all that is below it, but never its
        input, output or lost-and-found location. For each product and warehouse:

        - `on_hand`: what done moves brought into the zone less what they took out of it.
        - `reserved`: moves in state *assigned* that leave the zone.
        - `demand`: what is promised but not reserved, the sum of three parts:

          A. moves in state *draft* that leave the zone: the inventory moves of waiting customer
             shipments, supplier returns, internal shipments out of the zone, production;
          B. outgoing moves (in state draft) of customer shipments that are still in state *draft*.
             Such a shipment has no inventory moves yet, these come with *waiting*. Where the goods
             leave from the zone itself, A has them already and B leaves them out;
          C. of each line of a confirmed or processing sale of this warehouse the quantity that no
             outgoing move was made for: shipping by hand or after payment, a sale whose processing
             still waits in the queue.

        Why nothing counts twice: A and B are different moves, A leaves the zone, B starts outside
        of it. An inventory move (A) exists only for shipments past *draft*, so it never stands
        beside the outgoing move it serves (B, only *draft*). C is a line's quantity *less* all
        outgoing moves of that line, in whatever state, so a piece is either in C or in a move. A
        reserved or done move is no longer draft. Goods picked or packed have left the zone by a
        done move, which lowers `on_hand`, and their outgoing move starts outside of the zone.
        Cancelled moves promise nothing until the ERP's user recreates them. A quotation promises
        nothing. A move from the zone into the zone changes nothing.

        Goods to arrive never count, returned goods do when they are back in the zone.

        Args:
            warehouse_ids: ids of warehouses.
            product_ids: ids of products, or null for all active goods.

        Returns:
            A list of {"product", "warehouse", "on_hand", "reserved", "demand", "unit"}, one per
            pair, also where there is no stock. Quantities are Decimals in the product's default
            unit, which is `unit`; `on_hand` can be negative, the others cannot.
        """
        Location = Pool().get("stock.location")
        products = _Products(product_ids)
        levels = []
        for warehouse in Location.browse(warehouse_ids):
            if warehouse.type != "warehouse":
                raise GatewayError(
                    "unknown_warehouse", f"location {warehouse.id} is not a warehouse"
                )
            levels.extend(_of_warehouse(warehouse, products))
        return levels


class _Products:
    """The products asked for, with unit and digits read by SQL."""

    def __init__(self, ids):
        pool = Pool()
        product = pool.get("product.product").__table__()
        template = pool.get("product.template").__table__()
        uom = pool.get("product.uom").__table__()
        goods = template.type.in_(pool.get("stock.move").get_product_types())
        query = product.join(template, condition=product.template == template.id).join(
            uom, condition=template.default_uom == uom.id
        )
        cursor = Transaction().connection.cursor()
        self.unit, self.digits = {}, {}
        self.all = ids is None
        wheres = (
            [goods & (product.active == Literal(True))]
            if ids is None
            else [product.id.in_(part) for part in batches(ids)]
        )
        for where in wheres:
            cursor.execute(
                *query.select(
                    product.id, template.default_uom, uom.digits, where=where, order_by=product.id
                )
            )
            for id_, unit, digits in cursor.fetchall():
                self.unit[id_] = unit
                self.digits[id_] = digits

    def wheres(self, column):
        """Conditions that together choose the products; one statement each."""
        if self.all:
            return [Literal(1) == 1]
        return [column.in_(part) for part in batches(self.unit)]

    def quantity(self, product, amount):
        """`amount` (float) of `product` as its unit has it."""
        return exact(amount, self.digits[product])


def _of_warehouse(warehouse, products):
    zone = _zone(warehouse)
    on_hand, reserved, demand = _moves(warehouse, zone, products)
    for part in (_draft_shipments(warehouse, zone, products), _unmoved_lines(warehouse, products)):
        for product, amount in part.items():
            demand[product] += amount
    for product, unit in products.unit.items():
        yield {
            "product": product,
            "warehouse": warehouse.id,
            "on_hand": products.quantity(product, on_hand[product]),
            "reserved": products.quantity(product, reserved[product]),
            "demand": products.quantity(product, demand[product]),
            "unit": unit,
        }


def _zone(warehouse):
    Location = Pool().get("stock.location")
    storage = warehouse.storage_location.id
    with Transaction().set_context(active_test=False):
        below = Location.search([
            ("parent", "child_of", [storage], "parent"),
            ("type", "in", ["storage", "view"]),
        ])
    aside = {
        location.id
        for location in (
            warehouse.input_location,
            warehouse.output_location,
            warehouse.lost_found_location,
        )
        if location and location.id != storage
    }
    return sorted({location.id for location in below} - aside)


def _company():
    return Transaction().context.get("company")


def _moves(warehouse, zone, products):
    """What is on hand, reserved, and part A of the demand."""
    pool = Pool()
    move = pool.get("stock.move").__table__()
    cursor = Transaction().connection.cursor()
    on_hand, reserved, demand = defaultdict(float), defaultdict(float), defaultdict(float)
    closed = _add_closed_periods(zone, products, on_hand)
    leaves = move.from_location.in_(zone) & NotIn(move.to_location, zone)
    enters = move.to_location.in_(zone) & NotIn(move.from_location, zone)
    done = move.state == "done"
    if closed:
        done &= move.effective_date > closed
    concerned = (leaves & (move.state.in_(["draft", "assigned"]) | done)) | (enters & done)
    for where in products.wheres(move.product):
        cursor.execute(
            *move.select(
                move.product,
                move.state,
                Sum(Case((leaves, move.internal_quantity), else_=0)),
                Sum(Case((enters, move.internal_quantity), else_=0)),
                where=(move.company == _company()) & concerned & where,
                group_by=[move.product, move.state],
            )
        )
        for product, state, out, into in cursor.fetchall():
            if state == "done":
                on_hand[product] += into - out
            elif state == "assigned":
                reserved[product] += out
            else:
                demand[product] += out
    return on_hand, reserved, demand


def _add_closed_periods(zone, products, on_hand):
    """Add the balance of the last closed stock period to `on_hand`; its end or None.

    Tryton keeps these sums so that nobody has to add up all moves since the beginning.
    """
    pool = Pool()
    period = pool.get("stock.period").__table__()
    cache = pool.get("stock.period.cache").__table__()
    cursor = Transaction().connection.cursor()
    cursor.execute(
        *period.select(
            Max(period.date), where=(period.state == "closed") & (period.company == _company())
        )
    )
    (closed,) = cursor.fetchone()
    if not closed:
        return None
    for where in products.wheres(cache.product):
        cursor.execute(
            *cache.join(period, condition=cache.period == period.id).select(
                cache.product,
                Sum(cache.internal_quantity),
                where=(period.date == closed)
                & (period.company == _company())
                & cache.location.in_(zone)
                & where,
                group_by=cache.product,
            )
        )
        for product, amount in cursor.fetchall():
            on_hand[product] += amount or 0
    return closed


def _draft_shipments(warehouse, zone, products):
    """Part B: outgoing moves of customer shipments that have no inventory moves yet."""
    pool = Pool()
    Move = pool.get("stock.move")
    move = Move.__table__()
    shipment = pool.get("stock.shipment.out").__table__()
    cursor = Transaction().connection.cursor()
    found = defaultdict(float)
    is_of = move.shipment.like("stock.shipment.out,%") & (
        Move.shipment.sql_id(move.shipment, Move) == shipment.id
    )
    for where in products.wheres(move.product):
        cursor.execute(
            *move.join(shipment, condition=is_of).select(
                move.product,
                Sum(move.internal_quantity),
                where=(shipment.state == "draft")
                & (shipment.warehouse == warehouse.id)
                & (move.state == "draft")
                & (move.company == _company())
                & NotIn(move.from_location, zone)
                & NotIn(move.to_location, zone)
                & where,
                group_by=move.product,
            )
        )
        for product, amount in cursor.fetchall():
            found[product] += amount
    return found


def _unmoved_lines(warehouse, products):
    """Part C: what lines of confirmed sales promise without any move made for it."""
    pool = Pool()
    Uom = pool.get("product.uom")
    lines = _promising_lines(warehouse, products)
    moved = _moved_quantities(lines)
    released = _released_by_ignored_invoices([
        line for line, values in lines.items() if values[3] == "invoice"
    ])
    found = defaultdict(float)
    units = {}
    for line, (product, quantity, unit, _) in lines.items():
        rest = quantity - released.get(line, 0)
        default = products.unit[product]
        if unit != default:
            for id_ in (unit, default):
                units.setdefault(id_, Uom(id_))
            rest = Uom.compute_qty(units[unit], rest, units[default], round=False)
        found[product] += max(rest - moved.get(line, 0), 0)
    return found


def _promising_lines(warehouse, products):
    pool = Pool()
    line = pool.get("sale.line").__table__()
    sale = pool.get("sale.sale").__table__()
    product = pool.get("product.product").__table__()
    template = pool.get("product.template").__table__()
    cursor = Transaction().connection.cursor()
    found = {}
    for where in products.wheres(line.product):
        cursor.execute(
            *line
            .join(sale, condition=line.sale == sale.id)
            .join(product, condition=line.product == product.id)
            .join(template, condition=product.template == template.id)
            .select(
                line.id,
                line.product,
                line.quantity,
                line.unit,
                sale.shipment_method,
                where=sale.state.in_(PROMISING_STATES)
                & (sale.warehouse == warehouse.id)
                & (sale.company == _company())
                & (line.type == "line")
                & (line.quantity > 0)
                & template.type.in_(pool.get("stock.move").get_product_types())
                & where,
            )
        )
        for id_, *values in cursor.fetchall():
            if values[0] in products.unit:
                found[id_] = values
    return found


def _moved_quantities(lines):
    """Quantity in the default unit by line of its outgoing moves, but those made anew."""
    pool = Pool()
    Move = pool.get("stock.move")
    move = Move.__table__()
    recreated = pool.get("sale.line-recreated-stock.move").__table__()
    cursor = Transaction().connection.cursor()
    found = {}
    for part in batches(lines):
        cursor.execute(
            *move.select(
                Move.origin.sql_id(move.origin, Move),
                Sum(move.internal_quantity),
                where=move.origin.in_([f"sale.line,{line}" for line in part])
                & NotIn(move.id, recreated.select(recreated.move)),
                group_by=move.origin,
            )
        )
        found.update((line, amount) for line, amount in cursor.fetchall())
    return found


def _released_by_ignored_invoices(lines):
    """Quantity in the line's unit that will not be shipped as its invoice is ignored.

    Only where shipping follows the payment; few sales are, so the ERP's own records are asked.
    """
    pool = Pool()
    Line = pool.get("sale.line")
    Uom = pool.get("product.uom")
    found = {}
    for line in Line.browse(lines):
        ignored = set(line.sale.invoices_ignored)
        found[line.id] = sum(
            Uom.compute_qty(invoiced.unit or line.unit, invoiced.quantity, line.unit)
            for invoiced in line.invoice_lines
            if invoiced.invoice in ignored
        )
    return found
