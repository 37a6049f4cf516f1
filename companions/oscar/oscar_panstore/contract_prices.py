"""What one request knows of its buyer's own prices.

Prices are asked for in batches: a page says first what it is going to show, and the first price
that is needed fetches all of it. What was answered is kept for the request and by buyer, so that a
log-in or log-out half-way can never show one buyer the prices of another.
"""

from collections.abc import Iterable
from decimal import Decimal
from typing import Any, NamedTuple

from django.utils.translation import gettext as _
from oscar.core.loading import get_class

from oscar_panstore import conf, contract_memory, contract_tables, guard, quotes
from oscar_panstore.quotes import Offer, Wish

Applicator = get_class("offer.applicator", "Applicator")
UnableToPlaceOrder = get_class("order.exceptions", "UnableToPlaceOrder")

_ATTRIBUTE = "_panstore_prices"
_SHOWN = "panstore_shown"


class PriceChangedError(UnableToPlaceOrder, ValueError):  # type: ignore[misc, valid-type]
    """A price is not what the buyer was shown; shown as `guard.SoldOutError` is."""


class Contract(NamedTuple):
    """Under what a buyer buys, for pages.

    Attributes:
        title: Of the agreement.
        certain: False while prices are only those last known.
    """

    title: str
    certain: bool


class Prices:
    """The prices of one request.

    Attributes:
        asked: Whether anything in the answer depends on who is logged in.
        confirmed: Lines and prices with which an order may be placed, None before it was asked.
    """

    def __init__(self) -> None:
        self.asked = False
        self.confirmed: dict[str, Decimal | None] | None = None
        self._wanted: dict[Wish, None] = {}
        self._offers: dict[tuple[Any, Wish], Offer] = {}
        self._contracts: dict[Any, Contract | None] = {}

    def want(self, wishes: Iterable[Wish]) -> None:
        """Say what will be needed; it is asked for together with the next price."""
        self._wanted.update(dict.fromkeys(wishes))

    def knows(self, user: Any, wish: Wish) -> bool:
        """Whether the price needs no question."""
        if user.pk in self._contracts and self._contracts[user.pk] is None:
            return True
        return (user.pk, wish) in self._offers

    def offer(self, user: Any, wish: Wish) -> Offer | None:
        """What this buyer pays; None: as everybody."""
        if not self.knows(user, wish):
            self.want([wish])
            self.fetch(user)
        return self._offers.get((user.pk, wish))

    def fetch(self, user: Any) -> None:
        """Ask for all that is wanted and not known, in one question."""
        wishes = [wish for wish in self._wanted if not self.knows(user, wish)]
        self._wanted.clear()
        if wishes:
            self._learn(user, wishes)

    def fetch_again(self, user: Any, wishes: Iterable[Wish]) -> None:
        """Ask anew, whatever is known."""
        self._offers.clear()
        self._contracts.clear()
        self.want(wishes)
        self.fetch(user)

    def contract(self, user: Any) -> Contract | None:
        """Under what this buyer buys, as far as anything was asked yet."""
        return self._contracts.get(user.pk)

    def _learn(self, user: Any, wishes: list[Wish]) -> None:
        self.asked = True
        quote = _quote(user.pk, wishes)
        before = self._contracts.get(user.pk)
        certain = quote.certain and (before is None or before.certain)
        self._contracts[user.pk] = Contract(quote.title, certain) if quote.contract else None
        if not quote.contract:
            # Unlinked between two questions of one request: nothing of the agreement holds.
            self._offers = {key: one for key, one in self._offers.items() if key[0] != user.pk}
        self._offers.update({(user.pk, wish): one for wish, one in quote.offers.items()})


def _quote(user_id: Any, wishes: list[Wish]) -> quotes.Quote:
    """From the shop's tables, or from PanStore, or what PanStore said last."""
    if conf.keeps_prices():
        return contract_tables.look_up(user_id, wishes)
    try:
        quote = quotes.ask(str(user_id), wishes)
    except quotes.UnansweredError:
        return contract_memory.recall(user_id, wishes)
    contract_memory.remember(user_id, quote)
    return quote


def prices_of(request: Any) -> Prices | None:
    """The request's prices; None where nobody has own ones, or there is no request."""
    # A REST framework wraps the request, and makes a strategy of its own for the wrapped one.
    request = getattr(request, "_request", request)
    if request is None or not conf.has_own_prices():
        return None
    found = getattr(request, _ATTRIBUTE, None)
    if not isinstance(found, Prices):
        found = Prices()
        setattr(request, _ATTRIBUTE, found)
    return found


def buyer_of(request: Any) -> Any:
    """Who is logged in now, None for a visitor."""
    user = getattr(request, "user", None)
    return user if user is not None and user.is_authenticated else None


def basket_wishes(basket: Any) -> list[Wish]:
    """What a basket needs: each line by its quantity, and one piece as its page showed it."""
    lines = [(line.product_id, max(line.quantity, 1)) for line in basket.all_lines()]
    return [Wish(product, n) for product, many in lines for n in dict.fromkeys((many, 1))]


def note_shown(request: Any) -> None:
    """Remember in the session at what the buyer was shown his basket, if it is another price.

    For everybody who is logged in: a price may change by a link that is made or taken away.
    """
    if prices_of(request) is None or buyer_of(request) is None:
        return
    lines = request.basket.all_lines()
    shown = {_shown_key(line): str(price) for line in lines if (price := _net(line)) is not None}
    if request.session.get(_SHOWN) != shown:
        request.session[_SHOWN] = shown


def confirm(basket: Any) -> None:
    """Ask once more before an order is placed, and refuse other prices than the buyer was shown.

    Must run before the transaction that places the order where PanStore is asked: a question takes
    time, and SQLite has one writer. Prices that the shop keeps are read inside of it.

    Raises:
        PriceChangedError: If a line has another price; the text is for the buyer.
    """
    request = getattr(basket.strategy, "request", None)
    prices, user = prices_of(request), buyer_of(request)
    if prices is None or user is None:
        return
    shown = request.session.get(_SHOWN, {})
    charged = {line.pk: _net(line) for line in basket.all_lines()}
    prices.fetch_again(user, basket_wishes(basket))
    # The lines anew, because each keeps the price it was given first.
    basket.reset_offer_applications()
    changed, withheld = [], []
    for line in basket.all_lines():
        now, before = _net(line), shown.get(_shown_key(line))
        if now is None:
            withheld.append(guard.gone(line.product.get_title()))
        elif now != charged[line.pk] or (before is not None and Decimal(before) != now):
            changed.append(line.product.get_title())
    Applicator().apply(basket, user, request)
    if withheld:
        raise PriceChangedError(" ".join(withheld))
    if changed:
        note_shown(request)
        raise PriceChangedError(_changed(changed))
    prices.confirmed = _content(basket)


def is_confirmed(basket: Any) -> bool:
    """Whether these very lines have been confirmed in this request, at the prices they have."""
    prices = prices_of(getattr(basket.strategy, "request", None))
    return prices is not None and prices.confirmed == _content(basket)


def _content(basket: Any) -> dict[str, Decimal | None]:
    return {_shown_key(line): _net(line) for line in basket.all_lines()}


def _net(line: Any) -> Decimal | None:
    price = line.purchase_info.price
    return price.excl_tax if price.exists else None


def _shown_key(line: Any) -> str:
    return f"{line.pk}:{line.quantity}"


def _changed(titles: list[str]) -> str:
    return _(
        "Your price of %(titles)s has just changed. Nothing was ordered; please look at the "
        "prices again and confirm your order."
    ) % {"titles": ", ".join(f"“{title}”" for title in titles)}
