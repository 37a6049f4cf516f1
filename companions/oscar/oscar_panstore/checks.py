"""Checks of the shop's settings, run by `manage.py check` and at start."""

from typing import Any

from django.apps import apps
from django.conf import settings
from django.core.checks import CheckMessage, Error, Warning, register  # noqa: A004
from django.core.exceptions import ImproperlyConfigured
from django.db import connections
from oscar.core.loading import get_class

from oscar_panstore import conf, triggers, webhooks
from oscar_panstore.guard import GuardedOrderCreation
from oscar_panstore.placement import WholeOrderPlacement

_MIDDLEWARE = "oscar_panstore.middleware.ContractPricesMiddleware"
_LOADER = 'OSCAR_DYNAMIC_CLASS_LOADER = "oscar_panstore.loader.load_classes"'


@register
def check_settings(**kwargs: Any) -> list[CheckMessage]:
    """Wrong settings, and parts of the companion that the shop does not use."""
    found: list[CheckMessage] = []
    try:
        conf.default_tax_class()
        conf.order_details()
        conf.account_details()
        conf.price_down()
        conf.contract_source()
        if conf.webhook_urls() or conf.price_url():
            webhooks.signing_key(conf.webhook_secret())
    except ImproperlyConfigured as error:
        found.append(Error(str(error), id="oscar_panstore.E001"))
    for alias in connections:
        vendor = connections[alias].vendor
        if alias == "default" and vendor not in triggers.SUPPORTED:
            found.append(
                Error(
                    f"The order journal works on {' and '.join(triggers.SUPPORTED)}, "
                    f"not on {vendor}: orders would go unnoticed.",
                    id="oscar_panstore.E002",
                )
            )
    own_prices = (
        getattr(settings, "PANSTORE_PRICE_URL", "")
        or getattr(settings, "PANSTORE_CONTRACT_SOURCE", "ask") == "stored"
    )
    if own_prices and _MIDDLEWARE not in settings.MIDDLEWARE:
        found.append(
            Warning(
                "Buyers' prices are looked for one by one, and their pages may be kept by a cache.",
                hint=f"Add {_MIDDLEWARE!r} to MIDDLEWARE, after Oscar's basket middleware.",
                id="oscar_panstore.W004",
            )
        )
    if own_prices and not _templates_count():
        found.append(
            Warning(
                "The shop's pages do not say what they showed: an old window can order at prices "
                "it never showed, and a basket with an item that has no price shows a total.",
                hint="Put 'oscar_panstore' before Oscar's apps in INSTALLED_APPS, or use the tags "
                "its README names in your own templates and silence this.",
                id="oscar_panstore.W005",
            )
        )
    if not issubclass(get_class("order.utils", "OrderCreator"), GuardedOrderCreation):
        found.append(
            Warning(
                "The checkout guard is not part of this shop's OrderCreator: the last piece can be "
                "sold several times.",
                hint=f"Set {_LOADER}, or add GuardedOrderCreation to your own OrderCreator.",
                id="oscar_panstore.W001",
            )
        )
    if not issubclass(get_class("checkout.mixins", "OrderPlacementMixin"), WholeOrderPlacement):
        found.append(
            Warning(
                "Orders become visible before their payments are saved.",
                hint=f"Set {_LOADER}, or add WholeOrderPlacement to your OrderPlacementMixin.",
                id="oscar_panstore.W002",
            )
        )
    if getattr(settings, "OSCAR_ORDER_STATUS_PIPELINE", {}) == {}:
        found.append(
            Warning(
                "OSCAR_ORDER_STATUS_PIPELINE is empty: PanStore cannot change an order's status.",
                id="oscar_panstore.W003",
            )
        )
    return found


def _templates_count() -> bool:
    """Whether the companion's templates are found before Oscar's own of the same names."""
    names = [app.name for app in apps.get_app_configs()]
    return "oscar" not in names or names.index("oscar_panstore") < names.index("oscar")
