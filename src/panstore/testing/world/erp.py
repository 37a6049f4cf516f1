"""A simulated ERP: goods, stock, prices and sales, honest about what it knows.

Only state and the rules of the trade live here and in `pricing`; `erp_connector` speaks for it.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from decimal import Decimal

from panstore.model.ids import ExternalId
from panstore.model.product import Variant
from panstore.model.stock import StockLevel
from panstore.sdk.errors import RejectedError
from panstore.sdk.roles import NewProduct
from panstore.testing.world.billing import Billing
from panstore.testing.world.deliveries import Deliveries
from panstore.testing.world.documents import Sale
from panstore.testing.world.feed import ChangeRows, HeldRows
from panstore.testing.world.history import History
from panstore.testing.world.messages import Sender
from panstore.testing.world.pages import Pages
from panstore.testing.world.parties import Parties
from panstore.testing.world.pricing import Pricing
from panstore.testing.world.reckoning import BookingRules
from panstore.testing.world.sales import Sales
from panstore.testing.world.shelf import Shelf, pieces

__all__ = ["SimErp"]

_ZERO = Decimal(0)
_DEFAULT_RATE = Decimal(22)


class SimErp(Pricing):
    """An ERP in memory.

    Args:
        history: the world's; its clock is the ERP's clock.
        warehouses: codes, the first is where direct sales go out.
        currency: of the list prices.
        currencies: active for sales; `currency` is always among them.
        keyed: whether documents created twice under one key are one document. False plays an
            ERP without our companion: it creates another one each time it is asked.
        rules: how it reckons the total of a sale; half-up, VAT once per rate unless given.
    """

    def __init__(
        self,
        history: History,
        *,
        name: str = "erp",
        warehouses: tuple[str, ...] = ("LJ", "MB"),
        currency: str = "EUR",
        currencies: frozenset[str] = frozenset(),
        keyed: bool = True,
        rules: BookingRules | None = None,
    ) -> None:
        super().__init__()
        self.history = history
        self.name = name
        self.warehouses = warehouses
        self.currency = currency
        self.currencies = currencies | {currency}
        self.keyed = keyed
        self.rules = rules or BookingRules()
        self.password = "erp-password"  # noqa: S105 - of a simulated system
        self.shelf = Shelf("E")
        self.rows = ChangeRows()
        self.pages = Pages(self.shelf, "E", self._pages_changed)
        self.messages = Sender(name, history.clock, b"key of the simulated erp")
        self.parties = Parties(keyed=keyed)
        self.sales = Sales(self)
        self.deliveries = Deliveries(self)
        self.billing = Billing(self)
        self.on_hand: dict[str, dict[ExternalId, Decimal]] = {code: {} for code in warehouses}
        self.reserved: dict[tuple[str, ExternalId], Decimal] = {}
        self.demand: dict[tuple[str, ExternalId], Decimal] = {}
        self.taken_by_hand: set[tuple[str, ExternalId]] = set()
        """Places where people took or counted away what was set aside for somebody."""
        self._product_keys: dict[str, ExternalId] = {}

    # -- goods ---------------------------------------------------------------------------------

    def add_variant(
        self,
        sku: str,
        *,
        price: Decimal | None = Decimal("10.00"),
        on_hand: Decimal | int = 0,
        rate: Decimal = _DEFAULT_RATE,
        title: str = "",
        gtin: str = "",
        announce: bool = True,
    ) -> ExternalId:
        """Create a variant with its opening stock in the first warehouse.

        Args:
            price: net, per stock unit; None for no price.
            announce: whether it appears in the change feed; False for loading in bulk.
        """
        id_ = self.shelf.next_id()
        self.shelf.put(Variant(id_, sku, title or sku, gtin, unit="u", tax_rates=(rate,)))
        self.list_prices[id_] = price
        if on_hand:
            level = pieces(on_hand) if isinstance(on_hand, int) else on_hand
            self.on_hand[self.warehouses[0]][id_] = level
        if announce:
            self.rows.add("product", id_, code=sku)
            self.wake()
        return id_

    def change_variant(self, variant: Variant) -> None:
        """Replace what the ERP says of a variant (code, title, active ...)."""
        self.shelf.put(variant)
        self.rows.add("product", variant.id, code=variant.sku)
        self.wake()

    def _pages_changed(self, ids: Sequence[ExternalId]) -> None:
        for id_ in ids:
            self.list_prices.setdefault(id_, None)
            self.rows.add("product", id_)
        self.wake()

    def remove_variant(self, id_: ExternalId) -> None:
        """Delete a variant with its stock and prices."""
        gone = self.shelf.drop(id_)
        self.list_prices.pop(id_, None)
        self.costs.pop(id_, None)
        for levels in self.on_hand.values():
            levels.pop(id_, None)
        self.rows.add("product", id_, code=gone.sku if gone else "", deleted=True)
        self.wake()

    def create_product(self, product: NewProduct) -> ExternalId:
        """Create the variant, or give back the one of the same key where documents are keyed."""
        if self.keyed and (found := self._product_keys.get(product.key)) is not None:
            return found
        id_ = self.add_variant(
            product.sku,
            title=product.title,
            price=Decimal(product.net),
            rate=Decimal(product.rate),
        )
        self._product_keys[product.key] = id_
        return id_

    # -- stock ---------------------------------------------------------------------------------

    def set_on_hand(
        self, id_: ExternalId, quantity: Decimal | int, warehouse: str | None = None
    ) -> None:
        """An inventory: what really lies in the warehouse."""
        place = warehouse or self.warehouses[0], id_
        self.on_hand[place[0]][id_] = Decimal(quantity)
        if self.reserved.get(place, _ZERO) > quantity:
            self.taken_by_hand.add(place)
        self.stock_changed(id_)

    def stock_changed(self, *ids: ExternalId) -> None:
        """Put stock changes of these variants into the feed, then wake the listener."""
        for id_ in ids:
            variant = self.shelf.get(id_)
            self.rows.add("stock", id_, code=variant.sku if variant else "")
        self.wake()

    def sale_changed(self, sale: Sale, goods: Collection[ExternalId] = ()) -> None:
        """Put a sale of ours into the feed by its key, and the stock of these variants."""
        if sale.key:
            self.rows.add("sale", ExternalId(sale.key), code=sale.number)
        self.stock_changed(*goods)

    def unreserved(self, id_: ExternalId, warehouse: str) -> Decimal:
        """What lies in the warehouse and is set aside for nobody; negative when goods lack."""
        held = self.reserved.get((warehouse, id_), _ZERO)
        return self.on_hand[warehouse].get(id_, _ZERO) - held

    def level(self, id_: ExternalId, warehouse: str) -> StockLevel:
        """Present stock of a known variant.

        Raises:
            RejectedError: there is no such warehouse.
        """
        if warehouse not in self.on_hand:
            raise RejectedError(
                self.name, "stock_levels", f"no warehouse {warehouse}", code="unknown_warehouse"
            )
        variant = self.shelf.get(id_)
        return StockLevel(
            id_,
            warehouse,
            self.on_hand[warehouse].get(id_, _ZERO),
            self.reserved.get((warehouse, id_), _ZERO),
            self.demand.get((warehouse, id_), _ZERO),
            (variant.unit if variant else None) or "u",
        )

    def available(self, id_: ExternalId, warehouses: tuple[str, ...] | None = None) -> Decimal:
        """On hand - reserved - demand, summed over the warehouses."""
        levels = [self.level(id_, code) for code in warehouses or self.warehouses]
        return sum((one.on_hand - one.reserved - one.demand for one in levels), _ZERO)

    def sell(self, id_: ExternalId, quantity: Decimal | int, warehouse: str | None = None) -> Sale:
        """A sale typed into the ERP by its own people; confirmed, so it raises demand."""
        return self.sales.type_in(id_, Decimal(quantity), warehouse or self.warehouses[0])

    # -- signals -------------------------------------------------------------------------------

    def wake(self) -> None:
        """Tell the listener that the feed has rows; says nothing of what changed."""
        self.messages.send(type="outbox", database=self.name)

    def hold(self) -> HeldRows:
        """Open a transaction whose feed rows stay invisible until it commits."""
        return self.rows.hold()
