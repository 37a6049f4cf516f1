"""What one request knows of its buyer's own prices.

Prices are asked for in batches: a page says first what it is going to show, and the first price
that is needed fetches all of it. What was answered is kept for the request and by buyer, so that a
log-in or log-out half-way can never show one buyer the prices of another.
"""

from collections.abc import Iterable
from typing import Any, NamedTuple

from django.utils import timezone

from oscar_panstore import conf, contract_memory, contract_tables, quotes
from oscar_panstore.quotes import MOST_PIECES, WITHHELD, Offer, Wish

_ATTRIBUTE = "_panstore_prices"


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
        self.confirmed: dict[str, str] | None = None
        self._wanted: dict[Wish, None] = {}
        self._offers: dict[tuple[Any, Wish], Offer] = {}
        self._contracts: dict[Any, Contract | None] = {}
        self._marks: dict[Any, str] = {}

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
        self._marks.clear()
        self.want(wishes)
        self.fetch(user)

    def contract(self, user: Any) -> Contract | None:
        """Under what this buyer buys, as far as anything was asked yet."""
        return self._contracts.get(user.pk)

    def is_unconfirmed(self, user: Any, wishes: Iterable[Wish]) -> bool:
        """Whether some of these prices are only those last known; asks nothing."""
        offers = [self._offers.get((user.pk, wish)) for wish in wishes]
        return any(offer is not None and not offer.certain for offer in offers)

    def _learn(self, user: Any, wishes: list[Wish]) -> None:
        self.asked = True
        quote = _quote(user, wishes)
        before, mark = self._contracts.get(user.pk), self._marks.get(user.pk)
        if not quote.contract or (mark is not None and not quotes.same_mark(mark, quote.mark)):
            # Between two questions of one request he was unlinked, or buys for another party or at
            # something else: nothing that was said before holds; all of it is asked for anew.
            self.want([wish for pk, wish in self._offers if pk == user.pk])
            self._offers = {key: one for key, one in self._offers.items() if key[0] != user.pk}
            before = mark = None
        certain = quote.certain and (before is None or before.certain)
        self._contracts[user.pk] = Contract(quote.title, certain) if quote.contract else None
        if mark is None or not quote.mark.endswith("."):
            self._marks[user.pk] = quote.mark
        self._offers.update({(user.pk, wish): one for wish, one in quote.offers.items()})


def _quote(user: Any, wishes: list[Wish]) -> quotes.Quote:
    """From the shop's tables, or from PanStore, or what PanStore said last."""
    if conf.keeps_prices():
        return contract_tables.look_up(user.pk, wishes)
    # So many pieces cannot be bought as agreed; the page keeps its other prices.
    too_many = {wish: Offer(WITHHELD) for wish in wishes if wish.quantity > MOST_PIECES}
    fit = [wish for wish in wishes if wish not in too_many]
    quote = _answer(user, fit or [Wish(wishes[0].product, 1)])
    return quote._replace(offers=quote.offers | too_many) if quote.contract else quote


def _answer(user: Any, wishes: list[Wish]) -> quotes.Quote:
    asked_at = timezone.now()
    # A shop that went back to a backup gives ids again: when he registered tells people apart.
    joined = getattr(user, "date_joined", None)
    told = joined.isoformat() if joined is not None and timezone.is_aware(joined) else None
    try:
        quote = quotes.ask(str(user.pk), wishes, told)
    except quotes.UnansweredError:
        return contract_memory.recall(user.pk, wishes)
    contract_memory.remember(user.pk, quote, asked_at)
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
