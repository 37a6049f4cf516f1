"""oscarapi's basket middleware, without a basket for everybody who only looks at a price."""

from typing import Any

from oscarapi.middleware import ApiBasketMiddleWare

# Nothing below these paths reads or changes a basket.
_WITHOUT_BASKET = ("/api/products/", "/api/categories/", "/api/countries/")


class BasketMiddleware(ApiBasketMiddleWare):  # type: ignore[misc]
    """Leaves reading paths alone.

    oscarapi 3.3 stores a new basket for each API call of a client without a session, also for a
    look at price or availability: a write, and SQLite has one writer at a time.
    """

    def is_api_request(self, request: Any) -> bool:
        """Whether the call may need a basket."""
        if request.path.startswith(_WITHOUT_BASKET):
            return False
        return bool(super().is_api_request(request))
