"""What a buyer was shown is what he orders.

The page with the button that orders says in its form at what it showed the basket, so that a page
in an old window orders nothing that another one has shown since. Where no form passes (the API, a
payment that leads back from another site) what was shown last in the session counts.
"""

from decimal import Decimal
from typing import Any

from django.utils.translation import gettext as _
from oscar.core.loading import get_class

from oscar_panstore import contract_prices, guard

Applicator = get_class("offer.applicator", "Applicator")
UnableToPlaceOrder = get_class("order.exceptions", "UnableToPlaceOrder")

# Of the form's field and of the session's key.
FIELD = "panstore_shown"
# Of the session: the basket that was being paid for last, whatever has been shown since.
_PAYING = "panstore_paying"


class PriceChangedError(UnableToPlaceOrder, ValueError):  # type: ignore[misc, valid-type]
    """A price is not what the buyer was shown; shown as `guard.SoldOutError` is."""


def note_shown(request: Any) -> None:
    """Remember in the session at what the buyer was shown his basket, if it is another price.

    For everybody who is logged in: a price may change by a link that is made or taken away.
    """
    if _has_own_prices(request):
        _note(request, request.basket)


def form_value(request: Any) -> str:
    """At what this page shows the basket, for its form; empty where nobody has own prices."""
    if not _has_own_prices(request):
        return ""
    return " ".join(f"{line}={price}" for line, price in _content(request.basket).items())


def without_price(basket: Any) -> list[Any]:
    """Lines of a basket that have no price for its buyer: its total would leave them out.

    Args:
        basket: Nothing on a page that has none, such as one about an error.
    """
    lines = basket.all_lines() if basket else []
    return [line for line in lines if not line.purchase_info.price.exists]


def confirm(basket: Any) -> None:
    """Ask once more before an order is placed, and refuse other prices than the buyer was shown.

    Must run before the transaction that places the order where PanStore is asked: a question takes
    time, and SQLite has one writer. Prices that the shop keeps are read inside of it.

    Raises:
        PriceChangedError: If a line has another price, or the page showed another basket; the text
            is for the buyer.
    """
    request = getattr(basket.strategy, "request", None)
    prices, user = contract_prices.prices_of(request), contract_prices.buyer_of(request)
    if prices is None or user is None:
        return
    by_form = _from_form(request)
    shown = shown_last(request) if by_form is None else by_form
    charged = _content(basket)
    prices.fetch_again(user, contract_prices.basket_wishes(basket))
    # The lines anew, because each keeps the price it was given first.
    basket.reset_offer_applications()
    now = _content(basket)
    withheld = [guard.gone(line.product.get_title()) for line in without_price(basket)]
    differ = {
        line
        for line, price in now.items()
        if price != charged.get(line) or price != shown.get(line, price)
    }
    changed = [line.product.get_title() for line in basket.all_lines() if _key(line) in differ]
    Applicator().apply(basket, user, request)
    if withheld:
        raise PriceChangedError(" ".join(withheld))
    another = by_form is not None and by_form.keys() != now.keys()
    if changed or another:
        _note(request, basket)
        raise PriceChangedError(_changed(changed) if changed else _another_basket())
    prices.confirmed = now


def confirm_before_payment(basket: Any) -> None:
    """As `confirm`; what passed counts as shown when the buyer comes back from paying elsewhere.

    Raises:
        PriceChangedError: As `confirm`.
    """
    confirm(basket)
    request = getattr(basket.strategy, "request", None)
    if request is not None and _has_own_prices(request):
        _note(request, basket)
        request.session[_PAYING] = request.session[FIELD]


def shown_last(request: Any) -> dict[str, str]:
    """At what the session was shown its basket, and the one it pays for elsewhere meanwhile."""
    return {**request.session.get(_PAYING, {}), **request.session.get(FIELD, {})}


def is_confirmed(basket: Any) -> bool:
    """Whether these very lines have been confirmed in this request, at the prices they have."""
    prices = contract_prices.prices_of(getattr(basket.strategy, "request", None))
    return prices is not None and prices.confirmed == _content(basket)


def _has_own_prices(request: Any) -> bool:
    prices, user = contract_prices.prices_of(request), contract_prices.buyer_of(request)
    return prices is not None and user is not None


def _note(request: Any, basket: Any) -> None:
    shown = _content(basket)
    if request.session.get(FIELD) != shown:
        request.session[FIELD] = shown


def _content(basket: Any) -> dict[str, str]:
    """Each line that has a price, by quantity and currency, with the net price of a piece."""
    priced = [line for line in basket.all_lines() if line.purchase_info.price.exists]
    return {_key(line): _written(line.purchase_info.price.excl_tax) for line in priced}


def _key(line: Any) -> str:
    return f"{line.pk}:{line.quantity}:{line.purchase_info.price.currency}"


def _written(price: Decimal) -> str:
    # The same price in the same words, whether it comes from a table or from an answer.
    return f"{price.normalize():f}"


def _from_form(request: Any) -> dict[str, str] | None:
    """What the page said that it showed; None where no form says anything."""
    said = request.POST.get(FIELD)
    if said is None:
        return None
    parts = (part.rpartition("=") for part in said.split())
    return {line: price for line, _, price in parts}


def _changed(titles: list[str]) -> str:
    return _(
        "Your price of %(titles)s has just changed. Nothing was ordered; please look at the "
        "prices again and confirm your order."
    ) % {"titles": ", ".join(f"“{title}”" for title in titles)}


def _another_basket() -> str:
    return _(
        "Your basket has changed since this page was shown, perhaps in another window. Nothing was "
        "ordered; please look at it again and confirm your order."
    )
