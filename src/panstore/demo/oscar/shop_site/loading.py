"""Oscar's class loader with the companion's parts and this shop's own few classes.

A larger shop would fork the Oscar apps it changes; a few classes do not need that.
"""

from importlib import import_module
from typing import Any

from oscar_panstore.loader import load_classes as load_companion_classes

_OWN = {
    ("shipping.repository", "Repository"): ("shop_site.shipping", "Repository"),
    ("checkout.applicator", "SurchargeApplicator"): ("shop_site.fees", "SurchargeApplicator"),
    ("checkout.views", "PaymentDetailsView"): ("shop_site.checkout", "PaymentDetailsView"),
    ("search.forms", "BrowseCategoryForm"): ("shop_site.search", "BrowseCategoryForm"),
    ("search.forms", "CategoryForm"): ("shop_site.search", "CategoryForm"),
    ("search.forms", "SearchForm"): ("shop_site.search", "SearchForm"),
}


def load_classes(module_label: str, classnames: list[str], module_prefix: str) -> list[Any]:
    """Own classes first, else what the companion's loader gives."""
    found = load_companion_classes(module_label, classnames, module_prefix)
    return [
        _own(module_label, name, original) for name, original in zip(classnames, found, strict=True)
    ]


def _own(module_label: str, name: str, original: Any) -> Any:
    if (module_label, name) not in _OWN:
        return original
    module, ours = _OWN[module_label, name]
    return getattr(import_module(module), ours)
