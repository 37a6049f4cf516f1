"""Puts one question per page for all its prices, and keeps the page out of every cache."""

from collections.abc import Callable
from typing import Any

from django.utils.cache import patch_cache_control, patch_vary_headers

from oscar_panstore import conf, contract_prices, shown_prices
from oscar_panstore.page_products import wishes_of

# oscarapi takes a session from a header, too.
_WHO_IT_IS = ("Cookie", "Authorization", "Session-Id")
_OK = 200
_SHOWING_BASKET = frozenset({"basket", "checkout"})


class ContractPricesMiddleware:
    """Stands after Oscar's basket middleware; does nothing where no buyer has own prices."""

    def __init__(self, get_response: Callable[[Any], Any]) -> None:
        self.get_response = get_response

    def __call__(self, request: Any) -> Any:
        """The answer, marked as one buyer's own where it may hold his prices."""
        response = self.get_response(request)
        if not conf.has_own_prices():
            return response
        patch_vary_headers(response, _WHO_IT_IS)
        prices = contract_prices.prices_of(request)
        if prices is not None and prices.asked:
            # What only leads on to another page shows nothing yet.
            if response.status_code == _OK and _shows_basket(request):
                shown_prices.note_shown(request)
            if response.has_header("Cache-Control"):
                del response.headers["Cache-Control"]
            patch_cache_control(response, private=True, no_store=True)
        return response

    def process_template_response(self, request: Any, response: Any) -> Any:
        """Ask for everything the page is going to show, the basket in its corner too."""
        prices = contract_prices.prices_of(request)
        user = contract_prices.buyer_of(request)
        context = getattr(response, "context_data", None)
        if prices is None or user is None or not isinstance(context, dict):
            return response
        wishes = wishes_of(request, context)
        if wishes:
            prices.want(wishes)
            basket = getattr(request, "basket", None)
            if basket is not None:
                prices.want(contract_prices.basket_wishes(basket))
            prices.fetch(user)
        return response


def _shows_basket(request: Any) -> bool:
    match = request.resolver_match
    if match is None:
        return False
    # oscarapi has no namespace; its calls are named `api-basket`, `basket-lines-list` and so on.
    return not _SHOWING_BASKET.isdisjoint(match.namespaces) or "basket" in (match.url_name or "")
