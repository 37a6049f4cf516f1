"""In which language a buyer used the shop, noted with the order.

Oscar's order has no field for it, and after the checkout nobody can tell any more.
"""

import logging
from typing import Any

from django.conf import settings
from django.db import DatabaseError, transaction
from django.utils.translation import get_language
from oscar.apps.order.signals import order_placed

from oscar_panstore.models import OrderLanguage

log = logging.getLogger(__name__)


def connect() -> None:
    """Listen to orders that are placed; called once when the app is ready."""
    order_placed.connect(_placed, dispatch_uid="oscar_panstore_language")


def language_of(order: Any) -> str | None:
    """The language noted with an order, as `sl` or `en-gb`; null if none was."""
    noted = getattr(order, "panstore_language", None)
    return None if noted is None else str(noted.code)


def _placed(order: Any, **kwargs: Any) -> None:
    """Note it in the order's own transaction, where the shop speaks several languages.

    An order is worth more than its language: if it cannot be noted, the order stands without.
    """
    code = get_language()
    if not code or len(settings.LANGUAGES) <= 1:
        return
    try:
        with transaction.atomic():
            OrderLanguage.objects.create(order=order, code=code)
    except DatabaseError:
        log.exception("the language of order %s was not noted; run migrate", order.number)
