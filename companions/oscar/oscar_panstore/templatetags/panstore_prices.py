"""What a page can say of its buyer's agreement."""

from typing import Any

from django import template

from oscar_panstore import contract_prices

register = template.Library()


@register.simple_tag(takes_context=True)
def panstore_contract(context: Any) -> contract_prices.Contract | None:
    """The agreement whose prices this page shows: `title` and `certain`; None without one.

    It asks nothing by itself: a page without prices has no agreement to speak of.
    """
    request = context.get("request")
    prices, user = contract_prices.prices_of(request), contract_prices.buyer_of(request)
    return None if prices is None or user is None else prices.contract(user)
