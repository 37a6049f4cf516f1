"""Goods of a simulated ERP's sales: set aside, packed, gone, back again, or never needed."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from typing import TYPE_CHECKING

from panstore.model.ids import ExternalId, OrderKey
from panstore.model.sale import BookedOrder
from panstore.sdk.errors import RejectedError
from panstore.sdk.order_roles import ReservationPage
from panstore.testing.world.documents import Parcel, Sale

if TYPE_CHECKING:
    from panstore.testing.world.erp import SimErp

__all__ = ["Deliveries"]

_ZERO = Decimal(0)


class Deliveries:
    """The warehouse's part of every sale; each change goes into the ERP's change feed."""

    def __init__(self, erp: SimErp) -> None:
        self._erp = erp
        self._parcels = 0

    # -- what PanStore may ask for -------------------------------------------------------------

    def reserve_for(self, key: OrderKey, *, whole: bool) -> BookedOrder:
        """Set aside what is there, never more than is on hand."""
        sale = self._erp.sales.first(key, "reserve")
        self.reserve(sale.id, whole=whole)
        return sale.booked(repeated=False)

    def release_for(self, key: OrderKey) -> BookedOrder:
        """Give back what is set aside and not packed."""
        sale = self._erp.sales.first(key, "release")
        self.release(sale.id)
        return sale.booked(repeated=False)

    def cancel_for(self, key: OrderKey) -> BookedOrder:
        """Cancel a sale, or give it back as it is where it is cancelled already."""
        sale = self._erp.sales.first(key, "cancel_order")
        if sale.state == "cancelled":
            return sale.booked(repeated=True)
        self._cancel(sale)
        return sale.booked(repeated=False)

    def reservations(self, after: str | None, limit: int) -> ReservationPage:
        """Sales of ours with goods set aside, oldest first."""
        last = int(after) if after else 0
        found: list[OrderKey] = []
        for number, sale in enumerate(self._erp.sales, 1):
            if number <= last or not sale.key or not sale.reserved:
                continue
            if len(found) == limit:
                return ReservationPage(tuple(found), str(last))
            found.append(OrderKey(sale.key))
            last = number
        return ReservationPage(tuple(found), None)

    # -- what the ERP's people do as well ------------------------------------------------------

    def reserve(self, id_: ExternalId, *, whole: bool = False) -> None:
        """Assign goods to the sale: demand becomes reserved, availability stays.

        Raises:
            RejectedError: the sale is cancelled.
        """
        sale = self._live(id_, "reserve")
        parcel = self._open(sale)
        if parcel is None:
            return
        take: dict[ExternalId, Decimal] = {}
        for variant, quantity in parcel.goods.items():
            missing = quantity - parcel.reserved.get(variant, _ZERO)
            there = min(missing, max(_ZERO, self._erp.unreserved(variant, sale.warehouse)))
            if whole and there < missing:
                return
            if there > 0:
                take[variant] = there
        for variant, quantity in take.items():
            self._move(sale, variant, reserved=quantity, demand=-quantity)
            parcel.reserved[variant] = parcel.reserved.get(variant, _ZERO) + quantity
        if take:
            self._erp.sale_changed(sale, take)

    def release(self, id_: ExternalId) -> None:
        """Give back what is set aside and not packed; the promise stays."""
        sale = self._erp.sales.get(id_)
        parcel = self._open(sale)
        if parcel is None or not parcel.reserved:
            return
        given, parcel.reserved = parcel.reserved, {}
        for variant, quantity in given.items():
            self._move(sale, variant, reserved=-quantity, demand=quantity)
        self._erp.sale_changed(sale, given)

    def pack(self, id_: ExternalId) -> None:
        """All that has not left is put into a parcel; what was not set aside is now."""
        sale = self._live(id_, "pack")
        parcel = self._open(sale)
        if parcel is None:
            return
        for variant, quantity in parcel.goods.items():
            missing = quantity - parcel.reserved.get(variant, _ZERO)
            if missing > self._erp.unreserved(variant, sale.warehouse):
                self._erp.taken_by_hand.add((sale.warehouse, variant))
            self._move(sale, variant, reserved=missing, demand=-missing)
        parcel.reserved = dict(parcel.goods)
        parcel.state = "packed"
        self._erp.sale_changed(sale, parcel.goods)

    def ship(
        self,
        id_: ExternalId,
        part: Mapping[ExternalId, Decimal | int] | None = None,
        *,
        carrier: str = "",
        tracking: str = "",
    ) -> None:
        """Goods leave: on hand falls, and the promise with it.

        Args:
            part: stock units by variant that leave now, everything unless given; the rest waits
                in a parcel of its own.
        """
        sale = self._live(id_, "ship")
        if sale.state == "done":
            raise self._refused("ship", f"sale {sale.number} has left", "illegal_state")
        parcels = [one for one in sale.parcels if one.waits and not one.returned]
        if part is not None and parcels:
            self._split(sale, parcels[0], {one: Decimal(n) for one, n in part.items() if n})
            parcels = parcels[:1]
        for parcel in parcels:
            self._leave(sale, parcel)
            parcel.carrier, parcel.tracking = carrier, tracking
        self._close(sale)
        self._erp.sale_changed(sale, sale.goods)

    def receive(self, id_: ExternalId) -> None:
        """Goods of a return have come in: on hand rises."""
        sale = self._live(id_, "receive")
        levels = self._erp.on_hand[sale.warehouse]
        for parcel in sale.parcels:
            if not (parcel.returned and parcel.waits):
                continue
            for variant, quantity in parcel.goods.items():
                levels[variant] = levels.get(variant, _ZERO) + quantity
            self._mark_left(parcel)
        self._close(sale)
        self._erp.sale_changed(sale, sale.goods)

    def cancel(self, id_: ExternalId) -> None:
        """A person of the ERP cancels the sale."""
        sale = self._live(id_, "cancel_order")
        self._cancel(sale)
        sale.by_hand = True

    def drop_parcel(self, id_: ExternalId) -> None:
        """A person cancels what has not left; the sale lives on, and nobody is promised it."""
        sale = self._live(id_, "drop_parcel")
        for parcel in sale.parcels:
            if parcel.waits and not parcel.returned:
                self._forget(sale, parcel)
                parcel.state = "cancelled"
        self._erp.sale_changed(sale, sale.goods)

    def make_parcel_anew(self, id_: ExternalId) -> None:
        """What was in cancelled parcels is promised again, in one of its own."""
        sale = self._live(id_, "make_parcel_anew")
        lost = sale.lost
        for parcel in sale.parcels:
            parcel.anew = parcel.anew or parcel.state == "cancelled"
        if lost:
            sale.parcels.append(self._parcel(lost))
            for variant, quantity in lost.items():
                self._move(sale, variant, demand=quantity)
            self._erp.sale_changed(sale, lost)

    # -- how ----------------------------------------------------------------------------------

    def begin(self, sale: Sale) -> None:
        """Promise the goods of a new sale; what comes back is promised to nobody."""
        leaving = {one: n for one, n in sale.goods.items() if n > 0}
        coming = {one: -n for one, n in sale.goods.items() if n < 0}
        if leaving:
            sale.parcels.append(self._parcel(leaving))
        if coming:
            sale.parcels.append(self._parcel(coming, returned=True))
        for variant, quantity in leaving.items():
            self._move(sale, variant, demand=quantity)
        self._close(sale)
        self._erp.sale_changed(sale, sale.goods)

    def _cancel(self, sale: Sale) -> None:
        if sale.on_the_way:
            raise self._refused(
                "cancel_order", f"something of {sale.number} is packed or gone", "order_shipped"
            )
        if sale.standing:
            numbers = ", ".join(paper.number for paper in sale.standing)
            raise self._refused(
                "cancel_order", f"{numbers} of {sale.number} stands", "order_invoiced"
            )
        for parcel in sale.parcels:
            self._forget(sale, parcel)
            parcel.state = "cancelled"
        sale.papers = [paper for paper in sale.papers if paper.posted is not None]
        sale.state = "cancelled"
        sale.cancelled = self._erp.history.tick()
        self._erp.sale_changed(sale, sale.goods)

    def _split(self, sale: Sale, parcel: Parcel, part: dict[ExternalId, Decimal]) -> None:
        """Leave `part` in the parcel; the rest gets one of its own with what it has set aside."""
        if any(n > parcel.goods.get(one, _ZERO) for one, n in part.items()) or not part:
            raise self._refused("ship", f"{part} is not in {parcel.number}", "illegal_state")
        rest = {one: n - part.get(one, _ZERO) for one, n in parcel.goods.items()}
        other = self._parcel({one: n for one, n in rest.items() if n})
        for variant, had in parcel.reserved.items():
            over = had - part.get(variant, _ZERO)
            if over > 0:
                other.reserved[variant] = over
                parcel.reserved[variant] = had - over
        parcel.goods = part
        parcel.reserved = {one: n for one, n in parcel.reserved.items() if n}
        if other.goods:
            sale.parcels.append(other)

    def _leave(self, sale: Sale, parcel: Parcel) -> None:
        self._forget(sale, parcel)
        levels = self._erp.on_hand[sale.warehouse]
        for variant, quantity in parcel.goods.items():
            levels[variant] = levels.get(variant, _ZERO) - quantity
            if self._erp.unreserved(variant, sale.warehouse) < 0:
                self._erp.taken_by_hand.add((sale.warehouse, variant))
        self._mark_left(parcel)

    def _mark_left(self, parcel: Parcel) -> None:
        parcel.state = "shipped"
        parcel.shipped_at = self._erp.history.clock.now()

    def _forget(self, sale: Sale, parcel: Parcel) -> None:
        """Neither promised nor set aside any more."""
        if parcel.returned or not parcel.waits:
            return
        for variant, quantity in parcel.goods.items():
            reserved = parcel.reserved.get(variant, _ZERO)
            self._move(sale, variant, reserved=-reserved, demand=reserved - quantity)
        parcel.reserved = {}

    @staticmethod
    def _close(sale: Sale) -> None:
        if not any(parcel.waits for parcel in sale.parcels):
            sale.state = "done"

    @staticmethod
    def _open(sale: Sale) -> Parcel | None:
        """What has to leave and is not packed."""
        found = (one for one in sale.parcels if one.state == "open" and not one.returned)
        return next(found, None)

    def _parcel(self, goods: dict[ExternalId, Decimal], *, returned: bool = False) -> Parcel:
        self._parcels += 1
        number = f"{'RET' if returned else 'PAR'}{self._parcels:05}"
        return Parcel(ExternalId(f"D{self._parcels}"), number, goods, returned)

    def _move(
        self,
        sale: Sale,
        variant: ExternalId,
        *,
        demand: Decimal = _ZERO,
        reserved: Decimal = _ZERO,
    ) -> None:
        for levels, by in ((self._erp.demand, demand), (self._erp.reserved, reserved)):
            place = sale.warehouse, variant
            left = levels.get(place, _ZERO) + by
            if left:
                levels[place] = left
            else:
                levels.pop(place, None)

    def _live(self, id_: ExternalId, operation: str) -> Sale:
        sale = self._erp.sales.get(id_)
        if sale.state == "cancelled":
            raise self._refused(operation, f"sale {sale.number} is cancelled", "order_cancelled")
        return sale

    def _refused(self, operation: str, what: str, code: str) -> RejectedError:
        return RejectedError(self._erp.name, operation, what, code=code)
