"""The shop's settings this app reads, each with its default and its check.

Every function reads Django's settings when it is called, so that tests and settings that come from
the environment need no import order.
"""

from collections.abc import Callable
from decimal import Decimal, InvalidOperation
from typing import Any

from django.conf import settings
from django.core.exceptions import ImproperlyConfigured
from django.utils.module_loading import import_string


def api_token_list() -> list[str]:
    """Tokens accepted besides those in the database, in clear; may be empty."""
    return [str(token) for token in getattr(settings, "PANSTORE_API_TOKENS", ()) if token]


def webhook_urls() -> list[str]:
    """Where change notices go; an empty list switches them off."""
    return [str(url) for url in getattr(settings, "PANSTORE_WEBHOOK_URLS", ()) if url]


def webhook_secret() -> str:
    """Signing secret as Standard Webhooks writes it: `whsec_` and base64."""
    return str(getattr(settings, "PANSTORE_WEBHOOK_SECRET", "") or "")


def webhook_timeout_s() -> float:
    """Seconds one delivery may take before it is given up; the journal stays the truth."""
    return float(getattr(settings, "PANSTORE_WEBHOOK_TIMEOUT_S", 1.0))


def checkout_guard() -> bool:
    """Whether a checkout re-checks free stock; `panstore_guard` may override it at run time."""
    return bool(getattr(settings, "PANSTORE_CHECKOUT_GUARD", True))


def tax_rates() -> dict[str, Decimal]:
    """Tax classes the shop knows: code -> rate in per cent.

    Raises:
        ImproperlyConfigured: If a rate is not a number from 0 to 100.
    """
    rates: dict[str, Decimal] = {}
    for code, written in getattr(settings, "PANSTORE_TAX_RATES", {"0": "0"}).items():
        try:
            rate = Decimal(str(written))
        except InvalidOperation:
            rate = Decimal(-1)
        if not 0 <= rate <= 100:  # noqa: PLR2004 - per cent
            raise ImproperlyConfigured(
                f"PANSTORE_TAX_RATES: the rate of class {code!r} is {written!r}; "
                "it must be a number of per cent from 0 to 100."
            )
        rates[str(code)] = rate
    return rates


def default_tax_class() -> str:
    """Tax class of an item that has none of its own: the setting, else the highest rate known."""
    wanted = getattr(settings, "PANSTORE_DEFAULT_TAX_CLASS", None)
    rates = tax_rates()
    if wanted is None:
        return max(rates, key=lambda code: rates[code])
    if str(wanted) not in rates:
        raise ImproperlyConfigured(
            f"PANSTORE_DEFAULT_TAX_CLASS is {wanted!r}, which PANSTORE_TAX_RATES does not list; "
            f"it lists {', '.join(sorted(rates))}."
        )
    return str(wanted)


def partner_code() -> str | None:
    """Code of the partner (supplier, warehouse) whose stock records PanStore writes."""
    return getattr(settings, "PANSTORE_PARTNER_CODE", None)


def product_class_name() -> str:
    """Name of the product class given to products that PanStore creates."""
    return str(getattr(settings, "PANSTORE_PRODUCT_CLASS", "Goods"))


def currency() -> str:
    """The shop's default currency, ISO 4217."""
    return str(settings.OSCAR_DEFAULT_CURRENCY)


def cancelled_statuses() -> frozenset[str]:
    """Order statuses that give the allocated pieces back."""
    return frozenset(getattr(settings, "PANSTORE_CANCELLED_STATUSES", ("Cancelled",)))


def shipped_statuses() -> frozenset[str]:
    """Order statuses after which the allocated pieces have left the house."""
    return frozenset(getattr(settings, "PANSTORE_SHIPPED_STATUSES", ("Shipped", "Complete")))


def returned_statuses() -> frozenset[str]:
    """Line statuses that say that the whole line came back."""
    return frozenset(getattr(settings, "PANSTORE_RETURNED_STATUSES", ("Returned",)))


def event_words(setting: str) -> frozenset[str]:
    """Names or codes of the event types that mean one thing, in small letters.

    The defaults are the words Oscar itself gives as examples (django-oscar 4.2,
    order/abstract_models.py: "'Paid', 'Failed', 'Refunded'", "'Shipped', 'Cancelled', 'Returned'").

    Args:
        setting: PANSTORE_PAID_EVENTS, PANSTORE_FAILED_EVENTS or PANSTORE_REFUNDED_EVENTS for
            payment events; PANSTORE_CANCELLED_EVENTS or PANSTORE_RETURNED_EVENTS for shipping
            events.
    """
    return frozenset(str(word).lower() for word in getattr(settings, setting, _EVENTS[setting]))


_EVENTS = {
    "PANSTORE_PAID_EVENTS": ("Paid",),
    "PANSTORE_FAILED_EVENTS": ("Failed",),
    "PANSTORE_REFUNDED_EVENTS": ("Refunded",),
    "PANSTORE_CANCELLED_EVENTS": ("Cancelled",),
    "PANSTORE_RETURNED_EVENTS": ("Returned",),
}


def shipped_event() -> str:
    """Name of the shipping event type that is made of a parcel that left."""
    return str(getattr(settings, "PANSTORE_SHIPPED_EVENT", "Shipped"))


def invoice_word() -> str:
    """What stands before an invoice's number in the order's history."""
    return str(getattr(settings, "PANSTORE_INVOICE_WORD", "Invoice"))


def pickup_points() -> dict[str, str]:
    """Shipping codes with which the buyer fetches the goods -> name of the place, may be empty."""
    points = getattr(settings, "PANSTORE_PICKUP", {})
    return {str(code): str(name) for code, name in points.items()}


def order_details() -> Callable[[Any], dict[str, Any]] | None:
    """The shop's own function for what Oscar's orders have no field for; None without one.

    Raises:
        ImproperlyConfigured: If the dotted path of the setting leads nowhere.
    """
    path = getattr(settings, "PANSTORE_ORDER_DETAILS", None)
    if not path:
        return None
    try:
        found: Callable[[Any], dict[str, Any]] = import_string(path)
    except ImportError as error:
        raise ImproperlyConfigured(
            f"PANSTORE_ORDER_DETAILS is {path!r}, which cannot be imported ({error}); "
            "it must be the dotted path of a function that takes an order."
        ) from error
    return found


def account_details() -> Callable[[list[Any]], dict[Any, dict[str, str]]] | None:
    """The shop's own function for company and VAT id of accounts; None without one.

    Raises:
        ImproperlyConfigured: If the dotted path of the setting leads nowhere.
    """
    path = getattr(settings, "PANSTORE_ACCOUNT_DETAILS", None)
    if not path:
        return None
    try:
        found: Callable[[list[Any]], dict[Any, dict[str, str]]] = import_string(path)
    except ImportError as error:
        raise ImproperlyConfigured(
            f"PANSTORE_ACCOUNT_DETAILS is {path!r}, which cannot be imported ({error}); it must be "
            "the dotted path of a function that takes a list of accounts."
        ) from error
    return found


def price_url() -> str:
    """Where PanStore is asked for buyers' prices; empty: everybody pays the shop's prices.

    Raises:
        ImproperlyConfigured: If it is not an HTTP address.
    """
    url = str(getattr(settings, "PANSTORE_PRICE_URL", "") or "")
    if url and not url.startswith(("http://", "https://")):
        raise ImproperlyConfigured(
            f"PANSTORE_PRICE_URL is {url!r}; it must be the address of PanStore's price service, "
            "such as https://panstore.example.com/prices/shop."
        )
    return url


def contract_source() -> str:
    """Whether buyers' own prices are asked for or kept in the shop's tables.

    Raises:
        ImproperlyConfigured: If it is neither `ask` nor `stored`.
    """
    source = str(getattr(settings, "PANSTORE_CONTRACT_SOURCE", "ask"))
    if source not in {"ask", "stored"}:
        raise ImproperlyConfigured(
            f"PANSTORE_CONTRACT_SOURCE is {source!r}; it must be ask or stored."
        )
    return source


def keeps_prices() -> bool:
    """Whether buyers' own prices stand in the shop's tables, and nobody is asked."""
    return contract_source() == "stored"


def has_own_prices() -> bool:
    """Whether any buyer may have prices of his own."""
    return keeps_prices() or bool(price_url())


def price_timeout_s() -> float:
    """Seconds a page may wait for prices, for all of a question.

    PanStore itself waits 3 s for a slow ERP and then says what was last known; who waits less hears
    nothing at all then.
    """
    return float(getattr(settings, "PANSTORE_PRICE_TIMEOUT_S", 3.5))


def price_down() -> str:
    """What buyers with an agreement see while PanStore does not answer, or a price is over.

    Raises:
        ImproperlyConfigured: If it is none of `last_known`, `usual` and `withhold`.
    """
    mode = str(getattr(settings, "PANSTORE_PRICE_DOWN", "last_known"))
    if mode not in {"last_known", "usual", "withhold"}:
        raise ImproperlyConfigured(
            f"PANSTORE_PRICE_DOWN is {mode!r}; it must be last_known, usual or withhold."
        )
    return mode


def order_statuses() -> dict[str, list[str]]:
    """The shop's order pipeline: status -> statuses that may follow."""
    pipeline = getattr(settings, "OSCAR_ORDER_STATUS_PIPELINE", {})
    return {str(status): [str(one) for one in following] for status, following in pipeline.items()}
