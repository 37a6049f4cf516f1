"""Row locks on stock records and products, always taken in the same order."""

from collections.abc import Collection
from typing import Any

from django.db import connection
from django.db.models import F, Q
from oscar.core.loading import get_model

from oscar_panstore.models import JournalPosition

Product = get_model("catalogue", "Product")
StockRecord = get_model("partner", "StockRecord")


def locked_stockrecords(ids: Collection[int]) -> list[Any]:
    """Stock records by id, locked until the transaction ends, freshly read.

    Everybody locks in id order and takes the journal's counter row only afterwards, so two
    transactions cannot wait for each other.

    Args:
        ids: Ids of the records; unknown ones are left out of the answer.

    Returns:
        The records in id order, with their products.
    """
    _write_lock()
    found = StockRecord.objects.select_for_update(of=_of()).filter(pk__in=ids)
    return list(found.select_related("product").order_by("pk"))


def lock_products(ids: Collection[int]) -> None:
    """Lock products and what hangs on them, in id order, until the transaction ends.

    The back office saves a product with its parts, so its row's lock holds off the parts as well.

    Args:
        ids: Ids of pages; their variants are locked with them.
    """
    _write_lock()
    wanted = Q(pk__in=ids) | Q(parent_id__in=ids)
    # A basket's line points at its product; a stronger lock would make buyers wait, or worse.
    locked = Product.objects.select_for_update(no_key=True)
    list(locked.filter(wanted).order_by("pk").values_list("pk"))


def _write_lock() -> None:
    if not connection.features.has_select_for_update:
        # SQLite has one write lock for all. Taking it before the first read means that what is
        # read is still true when it is written, whatever the transaction mode of the shop.
        JournalPosition.objects.filter(pk=JournalPosition.ONLY).update(value=F("value"))


def _of() -> tuple[str, ...]:
    # Lock the stock rows only, not the products joined to them.
    return ("self",) if connection.features.has_select_for_update_of else ()
