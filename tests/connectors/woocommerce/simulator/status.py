"""What the shop tells of itself: the interface's index, WordPress's root, the system status."""

from __future__ import annotations

import datetime as dt
from zoneinfo import ZoneInfo

from tests.connectors.woocommerce.simulator.answers import item
from tests.connectors.woocommerce.simulator.router import WooAnswer, WooRequest, route, route_names
from tests.connectors.woocommerce.simulator.shop import SimWoo

__all__ = ["NAMESPACES"]

NAMESPACES = (
    "oembed/1.0",
    "wc/v3",
    "wc/v1",
    "wc/pos/v1/catalog",
    "jetpack/v4",
    "wc-admin",
    "wc-analytics",
    "wc/store",
    "wc/store/v1",
    "wc/private",
    "wc/v2",
    "wc-admin-email",
    "wc-telemetry",
    "wccom-site/v3",
    "wp-abilities/v1",
    "wp/v2",
    "wp-site-health/v1",
    "wp-block-editor/v1",
)
_SYMBOLS = {"EUR": "&euro;", "USD": "&#36;", "GBP": "&pound;", "CHF": "&#67;&#72;&#70;"}


@route("GET", r"/?", namespace="/wp-json", public=True)
def root(shop: SimWoo, request: WooRequest) -> WooAnswer:
    """WordPress's own root: the only place where the time zone can be read (recorded 01)."""
    offset = shop.now().astimezone(ZoneInfo(shop.zone)).utcoffset() or dt.timedelta()
    hours = offset / dt.timedelta(hours=1)
    body = {
        "name": "Sample shop",
        "description": "",
        "url": shop.home,
        "home": shop.home,
        "gmt_offset": int(hours) if hours == int(hours) else hours,
        "timezone_string": shop.zone,
        "namespaces": [
            name for name in NAMESPACES if shop.active or not name.startswith(("wc", "wccom"))
        ],
    }
    return item(request, body)


@route("GET", r"", public=True)
def index(shop: SimWoo, request: WooRequest) -> WooAnswer:
    """The index of the interface: routes by name, each only named here."""
    routes = {name: {"namespace": "wc/v3"} for name in route_names()}
    up = {"up": [{"href": f"{shop.home}/wp-json/"}]}
    return item(request, {"namespace": "wc/v3", "routes": routes, "_links": up})


@route("GET", r"/system_status")
def system_status(shop: SimWoo, request: WooRequest) -> WooAnswer:
    """Versions, currency and formats; a small part of what WooCommerce tells."""
    body = {
        "environment": {
            "home_url": shop.home,
            "site_url": shop.home,
            "version": "10.5.0",
            "wp_version": "6.9.7",
            "language": "en_US",
            "default_timezone": "UTC",
        },
        "settings": {
            "api_enabled": False,
            "currency": shop.currency,
            "currency_symbol": _SYMBOLS.get(shop.currency, shop.currency),
            "currency_position": "left",
            "thousand_separator": ",",
            "decimal_separator": shop.decimal_separator,
            "number_of_decimals": shop.decimals,
            "HPOS_enabled": True,
        },
    }
    return item(request, body)
