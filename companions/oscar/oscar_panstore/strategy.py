"""Prices from net stock records, with the tax of each item's own class.

The record's price is net. Tax is rounded half-up to the cent: per piece where one piece is shown,
per line in a basket, so that an order's lines add up to its total and a line's tax is the rate
times its net amount (what an ERP computes from the same line).
"""

from collections.abc import Callable
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

from django.utils.translation import gettext as _
from oscar.core.loading import get_class, get_classes

from oscar_panstore import conf, contract_prices
from oscar_panstore.models import ItemTax
from oscar_panstore.quotes import AGREED, USUAL, Wish

PurchaseInfo = get_class("partner.strategy", "PurchaseInfo")
StockRequired, Structured = get_classes("partner.strategy", ["StockRequired", "Structured"])
Availability, Unavailable = get_classes("partner.availability", ["Base", "Unavailable"])
FixedPrice, UnavailablePrice = get_classes("partner.prices", ["FixedPrice", "Unavailable"])

_CENT = Decimal("0.01")


class NoPrice(Availability):  # type: ignore[misc, valid-type]
    """Cannot be bought because it has no price for this buyer, in this quantity.

    It is not `Unavailable`: of that Oscar's basket says that it was taken off sale.
    """

    code = "unavailable"

    def __init__(self, message: str) -> None:
        self.message = message

    def is_purchase_permitted(self, quantity: int) -> tuple[bool, str]:
        """Never, and why."""
        del quantity
        return False, self.message


def rounded(amount: Decimal) -> Decimal:
    """To the cent, half-up."""
    return amount.quantize(_CENT, ROUND_HALF_UP)


def tax_class_of(product: Any) -> str:
    """Tax class of an item: its own, else its parent's, else the shop's default."""
    for item in (product, product.parent if product.is_child else None):
        if item is None:
            continue
        try:
            return str(item.panstore_tax.code)
        except ItemTax.DoesNotExist:
            continue
    return conf.default_tax_class()


class NetPrices(StockRequired, Structured):  # type: ignore[misc, valid-type]
    """Net price of the stock record plus tax by class; stock is required where it is tracked."""

    def __init__(self, request: Any = None) -> None:
        super().__init__(request)
        self._priceless: dict[int, set[int]] = {}

    @property
    def user(self) -> Any:
        """The buyer as known now, None for a visitor.

        Looked up at each use: with token or Basic login a REST framework learns who the user is
        only after Oscar's middleware has made the strategy.
        """
        return contract_prices.buyer_of(self.request)

    @user.setter
    def user(self, value: Any) -> None:
        # Oscar's constructor stores the user of that moment; it is too early to be believed.
        del value

    def net_price(self, product: Any, stockrecord: Any) -> Decimal | None:
        """Net price of one piece where PanStore knows no other for this buyer; None: not for sale.

        The place to override for a shop's own prices that depend on `self.user`.
        """
        del product
        return stockrecord.price if stockrecord is not None else None

    def net_price_for(self, product: Any, stockrecord: Any, quantity: int) -> Decimal | None:
        """Net price of one piece when this buyer takes so many, as agreed with him.

        The default price of a visitor, of the search index, and of who has no agreement.
        """
        prices, user = contract_prices.prices_of(self.request), self.user
        offer = None
        if stockrecord is not None and prices is not None and user is not None:
            offer = prices.offer(user, Wish(product.pk, quantity))
        if offer is None or offer.state == USUAL:
            return self.net_price(product, stockrecord)
        if offer.state != AGREED or stockrecord.price_currency != conf.currency():
            return None
        return offer.amount

    def select_stockrecord(self, product: Any) -> Any:
        """The oldest stock record: the one that the stock and price calls write."""
        return min(product.stockrecords.all(), key=lambda record: record.pk, default=None)

    def availability_policy(self, product: Any, stockrecord: Any, quantity: int = 1) -> Any:
        """As Oscar's, and nothing without a price can be bought."""
        if self.net_price_for(product, stockrecord, quantity) is None:
            return NoPrice(self._why_no_price(product, stockrecord, quantity))
        if quantity == 1 and self._priceless.get(product.pk):
            return Unavailable()
        policy = super().availability_policy(product, stockrecord)
        if contract_prices.prices_of(self.request) is not None and self.user is not None:
            policy.is_purchase_permitted = self._priced(product, stockrecord, policy)
        return policy

    def _why_no_price(self, product: Any, stockrecord: Any, quantity: int) -> str:
        if quantity > 1 and self.net_price_for(product, stockrecord, 1) is not None:
            return _("It is not for sale in this quantity at present.")
        return _("There is no price for it at present.")

    def _priced(
        self, product: Any, stockrecord: Any, policy: Any
    ) -> Callable[[int], tuple[bool, Any]]:
        """As Oscar's answer, but no for so many pieces as have no price."""
        by_stock = policy.is_purchase_permitted

        def is_purchase_permitted(quantity: int) -> tuple[bool, Any]:
            quantity = max(quantity, 1)
            if self.net_price_for(product, stockrecord, quantity) is None:
                return False, self._why_no_price(product, stockrecord, quantity)
            permitted: tuple[bool, Any] = by_stock(quantity)
            return permitted

        return is_purchase_permitted

    def pricing_policy(self, product: Any, stockrecord: Any) -> Any:
        """Price of one piece."""
        return self._price(product, stockrecord, quantity=1)

    def parent_pricing_policy(self, product: Any, children_stock: list[tuple[Any, Any]]) -> Any:
        """Lowest price among the variants that have one."""
        del product
        prices = [self.pricing_policy(child, record) for child, record in children_stock]
        return min(
            (price for price in prices if price.exists),
            key=lambda price: price.excl_tax,
            default=UnavailablePrice(),
        )

    def fetch_for_line(self, line: Any, stockrecord: Any = None) -> Any:
        """Price for a basket line: its tax is rounded once for the line, not once per piece."""
        # As in Oscar itself the record written on the line is not believed: a buyer can set it
        # through oscarapi, and would pay the price of another product.
        del stockrecord
        product, quantity = line.product, max(line.quantity, 1)
        self._want_basket_of(line, quantity)
        record = self.select_stockrecord(product)
        price = self._price(product, record, quantity=quantity)
        # Oscar adds up a basket by lines, and passes over one without a price only if the product
        # itself, a single piece of it, cannot be bought.
        lines = self._priceless.setdefault(product.pk, set())
        lines.discard(line.pk) if price.exists else lines.add(line.pk)
        if self._is_known(line, price, record):
            # Oscar warns the buyer when this differs from the price at adding. The rounding per
            # line and the price for a larger quantity are no new prices.
            line.price_incl_tax = price.incl_tax
        return PurchaseInfo(
            price=price,
            availability=self.availability_policy(product, record, quantity),
            stockrecord=record,
        )

    def _want_basket_of(self, line: Any, quantity: int) -> None:
        """One question for all lines of a basket, not one for each."""
        prices, user = contract_prices.prices_of(self.request), self.user
        if prices is None or user is None:
            return
        if not prices.knows(user, Wish(line.product_id, quantity)):
            prices.want(contract_prices.basket_wishes(line.basket))

    def _is_known(self, line: Any, price: Any, record: Any) -> bool:
        """Whether the line's price is the one the buyer saw when he put the goods in."""
        known = line.price_incl_tax
        if not price.exists or known is None:
            return False
        if abs(known - price.incl_tax) < _CENT:
            return True
        if contract_prices.prices_of(self.request) is None or self.user is None:
            return False
        one = self._price(line.product, record, quantity=1)
        return bool(one.exists and abs(known - one.incl_tax) < _CENT)

    def _price(self, product: Any, stockrecord: Any, *, quantity: int) -> Any:
        net = self.net_price_for(product, stockrecord, quantity)
        if net is None:
            return UnavailablePrice()
        code = tax_class_of(product)
        rates = conf.tax_rates()
        if code not in rates:
            # A class without a rate must not be sold at a guessed one.
            return UnavailablePrice()
        tax = rounded(net * quantity * rates[code] / 100) / quantity
        return FixedPrice(currency=stockrecord.price_currency, excl_tax=net, tax=tax, tax_code=code)


class Selector:
    """What Oscar asks for a strategy."""

    def strategy(self, request: Any = None, user: Any = None, **kwargs: Any) -> NetPrices:
        """The strategy for a request (or for none, as in the search index)."""
        del user, kwargs
        return NetPrices(request)
