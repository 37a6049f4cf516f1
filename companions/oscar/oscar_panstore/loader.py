"""A class loader for Oscar that adds the companion's parts to the shop's classes.

With `OSCAR_DYNAMIC_CLASS_LOADER = "oscar_panstore.loader.load_classes"` a shop needs no fork of an
Oscar app. A shop that has forked them keeps its own classes: the mixins are put in front of
whatever Oscar's loader finds. A shop that sets `PANSTORE_OWN_STRATEGY = True` keeps its own prices.
"""

from functools import cache
from importlib import import_module
from typing import Any

from django.conf import settings
from oscar.core.loading import default_class_loader

_MIXINS = {
    ("order.utils", "OrderCreator"): ("oscar_panstore.guard", "GuardedOrderCreation"),
    ("order.processing", "EventHandler"): ("oscar_panstore.allocations", "SettledAllocations"),
    ("checkout.mixins", "OrderPlacementMixin"): (
        "oscar_panstore.placement",
        "WholeOrderPlacement",
    ),
    ("order.utils", "OrderDispatcher"): ("oscar_panstore.unconfirmed", "UnconfirmedInMail"),
    ("checkout.views", "PaymentDetailsView"): ("oscar_panstore.placement", "PricesBeforePayment"),
}
_REPLACED = {("partner.strategy", "Selector"): ("oscar_panstore.strategy", "Selector")}


def load_classes(module_label: str, classnames: list[str], module_prefix: str) -> list[Any]:
    """What Oscar's `get_classes` gives, with the companion's parts added.

    Args:
        module_label: Oscar's label of a module, such as `order.utils`.
        classnames: Names wanted from it.
        module_prefix: Package Oscar's own apps live in.
    """
    found = default_class_loader(module_label, classnames, module_prefix)
    return [
        _with_companion(module_label, name, original)
        for name, original in zip(classnames, found, strict=True)
    ]


def _with_companion(module_label: str, name: str, original: Any) -> Any:
    # Our own strategy module asks Oscar for the base classes while it is imported; it never asks
    # for `Selector`, so this cannot turn in a circle.
    place = (module_label, name)
    if place in _REPLACED and not getattr(settings, "PANSTORE_OWN_STRATEGY", False):
        module, ours = _REPLACED[place]
        return getattr(import_module(module), ours)
    if place in _MIXINS:
        return _mixed(*_MIXINS[place], original)
    return original


@cache
def _mixed(module: str, mixin: str, original: type) -> type:
    added = getattr(import_module(module), mixin)
    if issubclass(original, added):
        return original
    return type(original.__name__, (added, original), {"__module__": original.__module__})
