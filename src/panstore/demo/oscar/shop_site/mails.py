"""The shop's own mails to its buyers: an order was placed, or goes on."""

import logging
from typing import Any

from django.conf import settings
from django.db import transaction
from django.template.loader import render_to_string
from django.urls import reverse
from oscar.apps.order.signals import order_status_changed
from oscar.core.loading import get_class, get_model
from oscarapi.signals import oscarapi_post_checkout

Order = get_model("order", "Order")
logger = logging.getLogger("shop_site.mails")

_NEWS = {
    "Waiting for goods": "is waiting for goods",
    "Being processed": "is being packed",
    "Partly shipped": "is partly on its way",
    "Shipped": "is on its way",
    "Cancelled": "is cancelled",
    "Returned": "came back to us",
    "Refunded": "is refunded",
}


def connect() -> None:
    """Listen; called once when the app is ready."""
    order_status_changed.connect(_status_changed, dispatch_uid="shop_site")
    # Oscar's checkout pages send their mail themselves, oscarapi does not.
    oscarapi_post_checkout.connect(_placed, dispatch_uid="shop_site")


def _status_changed(order: Any, new_status: str, **kwargs: Any) -> None:
    del kwargs
    if new_status in _NEWS:
        # After the commit: by then parcels and invoices of the same call are there, too. Django
        # names what failed by its `__qualname__`, which a partial has not.
        transaction.on_commit(lambda: _send_news(order.pk, new_status), robust=True)


def _placed(order: Any, **kwargs: Any) -> None:
    del kwargs
    transaction.on_commit(lambda: _send_confirmation(order.pk), robust=True)


def _send_news(order_id: int, status: str) -> None:
    order = Order.objects.get(pk=order_id)
    news = _NEWS[status]
    context = {"order": order, "news": news, "url": _page(order)}
    messages = {
        "subject": f"Your order {order.number} {news}",
        "body": render_to_string("shop_site/mails/news.txt", context),
        "html": "",
        "sms": "",
    }
    _dispatcher().dispatch_order_messages(order, messages, "ORDER_NEWS")


def _send_confirmation(order_id: int) -> None:
    order = Order.objects.get(pk=order_id)
    context = {"order": order, "lines": order.lines.all(), "user": order.user}
    _dispatcher().send_order_placed_email_for_user(order, context)


def _dispatcher() -> Any:
    return get_class("order.utils", "OrderDispatcher")(logger=logger)


def _page(order: Any) -> str:
    """Address of the buyer's page of the order; a guest's carries a signature."""
    if order.user_id:
        path = reverse("customer:order", kwargs={"order_number": order.number})
    else:
        signed = {"order_number": order.number, "hash": order.verification_hash()}
        path = reverse("customer:anon-order", kwargs=signed)
    return f"{settings.SHOP_URL}{path}"
