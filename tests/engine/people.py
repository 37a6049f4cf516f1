"""People around PanStore: buyers and clerks of the shop, the ERP's warehouse and its books.

What they cannot do (ship what is not there, refund twice) they leave, as people do.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from decimal import Decimal

from panstore.model.customer import Address
from panstore.model.ids import ExternalId
from panstore.model.order import Order
from panstore.sdk.errors import RejectedError
from panstore.testing.world import Scene, SoldOutError, shipping_charge
from panstore.testing.world.documents import Sale

__all__ = ["People"]

_STREETS = ("Glavna ulica 1", "Stranska pot 2", "Zadnja vas 3")


class People:
    """Everybody outside, for one scene."""

    def __init__(self, scene: Scene) -> None:
        self._scene = scene
        self._shop = scene.shop
        self._erp = scene.erp

    # -- the shop ------------------------------------------------------------------------------

    def order(self, id_: ExternalId) -> Order:
        """The order as it stands."""
        entry = self._shop.orders.get(id_)
        assert entry is not None
        return entry.order

    def buy(
        self,
        lines: Sequence[tuple[int, int]],
        *,
        shipping: bool = False,
        discount: int = 0,
        guard: bool = True,
    ) -> ExternalId | None:
        """Place an order for (place of the goods, pieces); None where they are sold out."""
        goods = self._scene.shop_links
        wanted = {goods[place].shop: pieces for place, pieces in lines}
        charges = [shipping_charge(Decimal("3.99"), Decimal(22))] if shipping else []
        try:
            order = self._shop.place_order(
                *wanted.items(),
                charges=charges,
                discount_percent=Decimal(discount),
                guard=guard,
            )
        except SoldOutError:
            return None
        return order.id

    def pay(self, id_: ExternalId, *, half: bool = False) -> None:
        order = self.order(id_)
        if order.stage != "cancelled":
            self._shop.desk.pay(id_, round(order.total / 2, 2) if half else None)

    def fail_payment(self, id_: ExternalId) -> None:
        self._shop.desk.fail_payment(id_)

    def edit(self, id_: ExternalId, place: int, pieces: int) -> None:
        variant = self._scene.shop_links[place].shop
        try:
            self._shop.desk.edit(id_, {variant: pieces})
        except SoldOutError:
            return

    def move(self, id_: ExternalId, street: int) -> None:
        """Change where it goes."""
        order = self.order(id_)
        if order.stage == "open" and order.shipping is not None:
            shipping = Address("Ana Novak", _STREETS[street], "1000", "Ljubljana", "SI")
            self._shop.desk.readdress(id_, shipping)

    def cancel(self, id_: ExternalId) -> None:
        self._shop.cancel(id_)

    def uncancel(self, id_: ExternalId) -> None:
        try:
            self._shop.desk.uncancel(id_)
        except SoldOutError:
            return

    def refund_pieces(self, id_: ExternalId, line: int, pieces: int) -> None:
        lines = self.order(id_).lines
        self._shop.desk.refund(id_, lines=[(lines[line % len(lines)].id, pieces)])

    def refund_money(self, id_: ExternalId, cents: int) -> None:
        self._shop.desk.refund(id_, Decimal(cents) / 100, reason="a scratch")

    def refund_all(self, id_: ExternalId) -> None:
        """All lines and charges that are left, which voids the order."""
        order = self.order(id_)
        back = {
            line.id: sum(
                (p.quantity for r in order.refunds for p in r.lines if p.line == line.id),
                Decimal(0),
            )
            for line in order.lines
        }
        left = [(one.id, one.quantity - back[one.id]) for one in order.lines]
        self._shop.desk.refund(
            id_,
            order.total - order.given_back,
            lines=[(line, n) for line, n in left if n > 0],
            reason="all of it",
        )

    # -- the ERP -------------------------------------------------------------------------------

    def sales(self, id_: ExternalId) -> list[Sale]:
        """Sales of the order that are not cancelled, oldest first."""
        found = self._erp.sales.of_shop_order(id_)
        return [sale for sale in found if sale.state == "confirmed"]

    def ship(self, id_: ExternalId, *, pieces: int | None = None) -> None:
        """The warehouse sends what is set aside, or some pieces of it."""
        for sale in self.sales(id_):
            aside = sale.reserved
            if pieces is not None:
                aside = {one: min(n, Decimal(pieces)) for one, n in aside.items()}
            if aside and all(parcel.state != "packed" for parcel in sale.parcels):
                self._erp.deliveries.ship(sale.id, aside, carrier="Post", tracking=f"T{sale.id}")
            elif any(parcel.state == "packed" for parcel in sale.parcels):
                self._erp.deliveries.ship(sale.id, carrier="Post", tracking=f"T{sale.id}")

    def pack(self, id_: ExternalId) -> None:
        """The warehouse packs what is set aside whole."""
        for sale in self.sales(id_):
            goods = {one: n for one, n in sale.goods.items() if n > 0}
            if goods and sale.reserved == goods:
                self._erp.deliveries.pack(sale.id)

    def receive(self, id_: ExternalId) -> None:
        """What comes back has come."""
        for sale in self.sales(id_):
            self._erp.deliveries.receive(sale.id)

    def see_it_through(self, id_: ExternalId) -> None:
        """What is kept leaves as far as it is set aside; what is given back and left comes."""
        kept: dict[ExternalId, Decimal] = defaultdict(Decimal)
        held: dict[ExternalId, Decimal] = defaultdict(Decimal)
        for sale in self._erp.sales.of_shop_order(id_):
            if sale.state == "cancelled":
                continue
            for variant, quantity in sale.goods.items():
                kept[variant] += 0 if self.order(id_).is_void else quantity
                held[variant] += sale.shipped.get(variant, Decimal(0))
        for sale in self.sales(id_):
            if any(parcel.returned and parcel.waits for parcel in sale.parcels):
                if any(held[one] > kept[one] for one in sale.goods):
                    self._erp.deliveries.receive(sale.id)
                continue
            part = {v: min(n, kept[v] - held[v]) for v, n in sale.reserved.items()}
            part = {variant: n for variant, n in part.items() if n > 0}
            for variant, n in part.items():
                held[variant] += n
            if part and all(parcel.state != "packed" for parcel in sale.parcels):
                self._erp.deliveries.ship(sale.id, part, carrier="Post", tracking=f"T{sale.id}")
            elif part:
                self._erp.deliveries.ship(sale.id, carrier="Post", tracking=f"T{sale.id}")

    def cancel_sale(self, id_: ExternalId) -> None:
        """Somebody cancels the sale in the ERP."""
        for sale in self.sales(id_)[:1]:
            try:
                self._erp.deliveries.cancel(sale.id)
            except RejectedError:
                return

    def drop_parcel(self, id_: ExternalId) -> None:
        """Somebody cancels what has not left, and leaves the sale as it is."""
        for sale in self.sales(id_)[:1]:
            self._erp.deliveries.drop_parcel(sale.id)

    def make_parcel_anew(self, id_: ExternalId) -> None:
        for sale in self.sales(id_):
            self._erp.deliveries.make_parcel_anew(sale.id)

    def invoice(self, id_: ExternalId) -> None:
        """Somebody issues an invoice in the ERP."""
        for sale in self.sales(id_):
            self._erp.billing.post_by_hand(sale.id)

    def draft(self, id_: ExternalId) -> None:
        """Somebody prepares an invoice and leaves it."""
        for sale in self.sales(id_)[:1]:
            if not sale.papers:
                self._erp.billing.draft(sale.id)

    def goods_arrive(self, place: int, pieces: int) -> None:
        variant = self._scene.shop_links[place].erp
        self._erp.set_on_hand(variant, self._erp.on_hand["LJ"].get(variant, Decimal(0)) + pieces)

    def sell_elsewhere(self, place: int, pieces: int) -> None:
        """Another channel sells what nobody has been promised, and it leaves at once."""
        variant = self._scene.shop_links[place].erp
        if self._erp.available(variant, ("LJ",)) >= pieces:
            self._erp.deliveries.ship(self._erp.sell(variant, pieces).id)
