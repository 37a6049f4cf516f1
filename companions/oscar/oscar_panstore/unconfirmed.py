"""Orders at prices that nobody could confirm: noted with the order, told to its buyer.

The page before said so; the page and the mail that confirm the order say it again, because that is
what the buyer keeps.
"""

import logging
from typing import Any

from django.db import DatabaseError, transaction
from django.utils.html import format_html
from django.utils.translation import gettext as _
from oscar.apps.order.signals import order_placed

from oscar_panstore import contract_prices
from oscar_panstore.models import UnconfirmedPrices

log = logging.getLogger(__name__)


def connect() -> None:
    """Listen to orders that are placed; called once when the app is ready."""
    order_placed.connect(_placed, dispatch_uid="oscar_panstore_unconfirmed")


def is_unconfirmed(order: Any) -> bool:
    """Whether it was noted of an order."""
    try:
        return UnconfirmedPrices.objects.filter(order=order).exists()
    except DatabaseError:
        log.exception("nobody knows whether prices were confirmed; run migrate")
        return False


def word() -> str:
    """What its buyer is told."""
    return _(
        "Your agreed prices could not be confirmed when you ordered: the order is at the prices "
        "shown here."
    )


def _placed(order: Any, **kwargs: Any) -> None:
    """Note it in the order's own transaction.

    An order is worth more than this word: if it cannot be noted, the order stands without.
    """
    basket = order.basket
    request = getattr(basket.strategy, "request", None) if basket is not None else None
    prices, user = contract_prices.prices_of(request), contract_prices.buyer_of(request)
    if prices is None or user is None or prices.contract(user) is None:
        return
    wishes = [contract_prices.Wish(line.product_id, line.quantity) for line in basket.all_lines()]
    if not prices.is_unconfirmed(user, wishes):
        return
    try:
        with transaction.atomic():
            UnconfirmedPrices.objects.create(order=order)
    except DatabaseError:
        log.exception("unconfirmed prices of order %s were not noted; run migrate", order.number)


class UnconfirmedInMail:
    """Mixin for the shop's `order.utils.OrderDispatcher`."""

    def dispatch_order_messages(
        self, order: Any, messages: dict[str, Any], event_code: str, *args: Any, **kwargs: Any
    ) -> Any:
        """Oscar's own sending; the mail that confirms an order has a word more where it is due."""
        placed = self.ORDER_PLACED_EVENT_CODE  # type: ignore[attr-defined]
        if event_code == placed and is_unconfirmed(order):
            messages = {**messages, **_with_word(messages)}
        return super().dispatch_order_messages(  # type: ignore[misc]
            order, messages, event_code, *args, **kwargs
        )


def _with_word(messages: dict[str, Any]) -> dict[str, str]:
    """Text and HTML of a mail with the word at the end; what is empty stays so."""
    said: dict[str, str] = {}
    if messages.get("body"):
        said["body"] = f"{messages['body'].rstrip()}\n\n{word()}\n"
    if messages.get("html"):
        start, end, rest = messages["html"].rpartition("</body>")
        paragraph = format_html('<p style="text-align: center">{}</p>', word())
        said["html"] = f"{start}{paragraph}{end}{rest}" if end else f"{rest}{paragraph}"
    return said
