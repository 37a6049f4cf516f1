"""Which saves in the shop become webhooks.

Django's signals are enough here, since a notice may be lost. The API's own writes go by bulk
updates, which send no signals, or say so with `quietly`.
"""

from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from contextvars import ContextVar
from operator import attrgetter
from typing import Any

from django.core.exceptions import ObjectDoesNotExist
from django.db import transaction
from django.db.models.signals import post_delete, post_save, pre_save
from oscar.core.loading import get_model

from oscar_panstore import conf, journal
from oscar_panstore.webhooks import Notice, sender

_quiet: ContextVar[bool] = ContextVar("panstore_quiet", default=False)
_STOCK_FIELDS = ("num_in_stock", "partner_sku", "product_id")
_PRICE_FIELDS = ("price", "price_currency")
_PARTS = (
    ("order", "Line", "order_id"),
    ("order", "LineAttribute", "line.order_id"),
    ("order", "OrderDiscount", "order_id"),
    ("order", "Surcharge", "order_id"),
    ("order", "OrderNote", "order_id"),
    ("order", "PaymentEvent", "order_id"),
    ("order", "PaymentEventQuantity", "event.order_id"),
    ("order", "ShippingEvent", "order_id"),
    ("order", "ShippingEventQuantity", "event.order_id"),
    ("payment", "Source", "order_id"),
    ("payment", "Transaction", "source.order_id"),
)


@contextmanager
def quietly() -> Iterator[None]:
    """Saves inside make no notice: PanStore itself asked for them and has the answer."""
    before = _quiet.set(True)
    try:
        yield
    finally:
        _quiet.reset(before)


def connect() -> None:
    """Listen to the shop's models; called once when the app is ready."""
    uid = "oscar_panstore"
    order = get_model("order", "Order")
    post_save.connect(_order_saved, sender=order, dispatch_uid=uid)
    for app, name, way in _PARTS:
        part, told = get_model(app, name), _PartChanged(way)
        post_save.connect(told, sender=part, dispatch_uid=uid, weak=False)
        post_delete.connect(told, sender=part, dispatch_uid=uid, weak=False)
    product = get_model("catalogue", "Product")
    post_save.connect(_product_saved, sender=product, dispatch_uid=uid)
    post_delete.connect(_product_saved, sender=product, dispatch_uid=uid)
    stockrecord = get_model("partner", "StockRecord")
    pre_save.connect(_stockrecord_to_be_saved, sender=stockrecord, dispatch_uid=uid)
    post_save.connect(_stockrecord_saved, sender=stockrecord, dispatch_uid=uid)


def order_changed(order_id: int) -> None:
    """Tell of an order that was changed quietly, once for all that was changed of it.

    PanStore knows its own change, but not what the shop made of it (stock, line statuses).
    """
    _after_commit("order.changed", order_id)


def products_written(products: Iterable[int]) -> None:
    """Wake PanStore for the rows its own write has left in the list of changed products.

    It knows them again by their content; found by chance later, they would look like lost notices.
    """
    for product in products:
        _after_commit("product.changed", product)


def _after_commit(kind: str, record: int | None) -> None:
    if record is None or _quiet.get() or not conf.webhook_urls():
        return

    def tell() -> None:
        seq = journal.position() if kind == "order.changed" else 0
        sender.send(Notice(kind, record, seq))

    transaction.on_commit(tell, robust=True)


def _order_saved(instance: Any, **kwargs: Any) -> None:
    _after_commit("order.changed", instance.pk)


class _PartChanged:
    """Tells of the order that a saved or deleted part belongs to.

    Args:
        way: Attributes that lead from the part to the order's id, joined by dots.
    """

    def __init__(self, way: str) -> None:
        self._order_of = attrgetter(way)

    def __call__(self, instance: Any, **kwargs: Any) -> None:
        # A part deleted together with its owner finds no order; the owner's notice covers it.
        with suppress(ObjectDoesNotExist):
            _after_commit("order.changed", self._order_of(instance))


def _product_saved(instance: Any, **kwargs: Any) -> None:
    _after_commit("product.changed", instance.pk)


def _is_real_save(kwargs: dict[str, Any]) -> bool:
    # Oscar sends the save signals by hand when an order allocates pieces, then without the key
    # `update_fields`, which Django's own signal always has (django-oscar 4.2,
    # partner/abstract_models.py). The order's own notice covers that.
    return "update_fields" in kwargs


def _stockrecord_to_be_saved(sender: Any, instance: Any, **kwargs: Any) -> None:
    if _is_real_save(kwargs) and not _quiet.get() and conf.webhook_urls():
        fields = (*_STOCK_FIELDS, *_PRICE_FIELDS)
        before = sender.objects.filter(pk=instance.pk).values(*fields).first()
        instance.panstore_before = before


def _stockrecord_saved(instance: Any, **kwargs: Any) -> None:
    if not _is_real_save(kwargs):
        return
    before = getattr(instance, "panstore_before", None) or {}
    for kind, fields in (("stock.changed", _STOCK_FIELDS), ("price.changed", _PRICE_FIELDS)):
        if any(before.get(field) != getattr(instance, field) for field in fields):
            _after_commit(kind, instance.product_id)
