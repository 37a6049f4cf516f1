"""An order's life on the real systems: who buys, who works at the shop and the ERP, what stands."""

from __future__ import annotations

import itertools
from collections.abc import Callable
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, Protocol

from panstore.demo import erp as demo_erp
from tests.companions.oscar.buying import check_out, mails_to
from tests.companions.oscar.client import ShopClient
from tests.companions.oscar.staff import Staff
from tests.companions.tryton.client import Erp, today
from tests.connectors.tryton.office import Office
from tests.connectors.tryton.sales_people import SalesPeople
from tests.e2e.demo import eventually

__all__ = ["Life", "Place", "Sold"]

_PATIENCE_S = 60.0
_buyers = itertools.count(1)


class Place(Protocol):
    """Running systems: the demo, or the same three started one by one."""

    @property
    def directory(self) -> Any: ...

    @property
    def facts(self) -> dict[str, Any]: ...

    @property
    def erp(self) -> Erp: ...

    @property
    def shop(self) -> ShopClient: ...


@dataclass(frozen=True)
class Sold:
    """One order of the shop.

    Attributes:
        id: the shop's, in its API; number: as the buyer sees it.
        buyer: his e-mail address.
        goods: what was bought, by the ids in both systems.
    """

    id: int
    number: str
    buyer: str
    goods: dict[str, Any]


class Life:
    """Everybody who has a part in an order, and a look into the ERP's and the shop's own records.

    Args:
        place: running systems.
    """

    def __init__(self, place: Place) -> None:
        self.shop = place.shop
        self.erp = place.erp
        self.office = Office(demo_erp.facts(place.directory))
        self.people = SalesPeople(self.office)
        admin = place.facts["shop"]["admin"]
        self.staff = Staff(self.shop.url, admin["user"], admin["password"])
        self.erp_today = today()
        self._shop_directory = place.directory / "shop"
        # The first ones are for those who play a whole day; nobody else takes these.
        self._fresh = iter(place.facts["skus"][:80:-1])

    def goods(self, on_hand: int = 20) -> dict[str, Any]:
        """A product that nobody else uses, so many pieces of which the shop offers."""
        taken: dict[str, Any] = next(self._fresh)
        self.count(taken, on_hand)
        assert self.offered(taken, on_hand) == on_hand
        return taken

    def count(self, goods: dict[str, Any], on_hand: int) -> None:
        """Somebody counts the shelf in the ERP's first warehouse."""
        self.erp.count(goods["erp_id"], on_hand)

    def offered(self, goods: dict[str, Any], wanted: int) -> Decimal:
        """What the shop offers of a product, waited for."""
        return eventually(lambda: self.free(goods), lambda free: free == wanted, within_s=20)

    def free(self, goods: dict[str, Any]) -> Decimal:
        """What the shop offers of a product now."""
        return Decimal(self.shop.product(goods["shop_id"])["free"])

    def buy(self, goods: dict[str, Any], quantity: int = 2, method: str = "invoice") -> Sold:
        """A guest buys at the shop's pages."""
        before = self.shop.watermark()
        # Unlike any other's of this demo, which may be started again on the same directory.
        buyer = f"guest-{next(_buyers)}-{before}@example.com"
        _, number = check_out(self.shop.url, goods["shop_id"], method, buyer, quantity)
        placed = {str(one["number"]): int(one["id"]) for one in self.shop.orders_after(before)}
        return Sold(placed[number], number, buyer, goods)

    def order(self, sold: Sold) -> dict[str, Any]:
        """The order as the shop has it now."""
        found: dict[str, Any] = self.shop.get(f"/panstore/v1/orders/{sold.id}")
        return found

    def status(self, sold: Sold, wanted: str) -> str:
        """The status in the shop, waited for."""
        return eventually(
            lambda: str(self.order(sold)["status"]), lambda s: s == wanted, within_s=_PATIENCE_S
        )

    def total(self, sold: Sold) -> Decimal:
        """What the buyer was charged."""
        return Decimal(self.order(sold)["total_incl_tax"])

    def first_line(self, sold: Sold) -> dict[str, Any]:
        line: dict[str, Any] = self.order(sold)["lines"][0]
        return line

    def mails(self, sold: Sold, count: int) -> list[tuple[str, str]]:
        """Subject and text of what the shop has sent to the buyer, once there are so many."""
        return mails_to(self._shop_directory, sold.buyer, count)

    def sales(self, sold: Sold) -> list[dict[str, Any]]:
        """All sales of the order in the ERP, by PanStore's key, as Tryton keeps them."""
        keys = ["panstore_key", "like", f"shop/{sold.id}/%"]
        fields = ["panstore_key", "number", "state", "total_amount", "lines", "invoices"]
        found: list[dict[str, Any]] = self.erp.call(
            "sale.sale.search_read", [keys], 0, None, [["id", "ASC"]], fields
        )
        return found

    def living(self, sold: Sold) -> list[dict[str, Any]]:
        """Those that were not cancelled."""
        return [sale for sale in self.sales(sold) if sale["state"] != "cancelled"]

    def sale(self, sold: Sold) -> int:
        """The only sale, waited for."""
        (found,) = eventually(lambda: self.sales(sold), bool, within_s=_PATIENCE_S)
        return int(found["id"])

    def papers(self, sold: Sold) -> list[tuple[str, Decimal]]:
        """Number and total of every invoice and credit note of the order that is in the books."""
        return [
            (paper.number, paper.total)
            for sale in self.sales(sold)
            for paper in self.people.papers(sale["id"])
        ]

    def invoiced(self, sold: Sold) -> Decimal:
        """Sum of all invoices and credit notes."""
        return sum((total for _, total in self.papers(sold)), Decimal(0))

    def set_aside(self, goods: dict[str, Any]) -> Decimal:
        """Pieces that are reserved in the ERP."""
        return self.people.set_aside(goods["erp_id"])

    def becomes(self, look: Callable[[], Any], wanted: Any) -> Any:
        """What `look` gives in the end."""
        return eventually(look, lambda found: found == wanted, within_s=_PATIENCE_S)

    def assert_books(self, sold: Sold, owed: Decimal, *, invoiced: bool = True) -> None:
        """One living sale under our keys, all of them together what is owed, and so the invoices.

        Args:
            owed: what the buyer was charged, less what he was given back.
            invoiced: whether the order has come so far.
        """
        living = self.living(sold)
        first = [sale for sale in living if "/order/" in sale["panstore_key"]]
        assert len(first) == (0 if owed == 0 and not living else 1), living
        assert sum((sale["total_amount"] for sale in living), Decimal(0)) == owed
        keys = [sale["panstore_key"] for sale in self.sales(sold)]
        assert len(set(keys)) == len(keys)
        assert self.invoiced(sold) == (owed if invoiced else 0), self.papers(sold)
