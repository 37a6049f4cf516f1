"""What a page can say of its buyer's agreement, and of what it does not know."""

from typing import Any

from django import template
from django.utils.html import format_html

from oscar_panstore import contract_prices, shown_prices, unconfirmed

register = template.Library()


@register.simple_tag(takes_context=True)
def panstore_contract(context: Any) -> contract_prices.Contract | None:
    """The agreement whose prices this page shows: `title` and `certain`; None without one.

    It asks nothing by itself: a page without prices has no agreement to speak of.
    """
    request = context.get("request")
    prices, user = contract_prices.prices_of(request), contract_prices.buyer_of(request)
    return None if prices is None or user is None else prices.contract(user)


@register.simple_tag(takes_context=True)
def panstore_shown_prices(context: Any) -> str:
    """For the form that orders: at what this page shows the basket; nothing for a visitor."""
    shown = shown_prices.form_value(context.get("request"))
    if not shown:
        return ""
    field = '<input type="hidden" name="{}" value="{}">'
    return format_html(field, shown_prices.FIELD, shown)


@register.simple_tag
def panstore_without_price(basket: Any) -> list[Any]:
    """Lines of the basket that have no price; as long as there are any, its total is none."""
    return shown_prices.without_price(basket)


@register.simple_tag
def panstore_unconfirmed(order: Any) -> str:
    """What to tell of an order whose prices nobody could confirm; nothing of any other."""
    return unconfirmed.word() if unconfirmed.is_unconfirmed(order) else ""
