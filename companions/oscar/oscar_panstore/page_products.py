"""Which products a page is going to show, found before it is rendered."""

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from django.core.paginator import Page
from django.db.models import QuerySet
from oscar.core.loading import get_class, get_model

from oscar_panstore.quotes import Wish

Product = get_model("catalogue", "Product")
CustomerHistoryManager = get_class("customer.history", "CustomerHistoryManager")

_DEEPEST = 4
_MOST = 300
_RECENT = 20


def wishes_of(request: Any, context: Mapping[str, Any]) -> list[Wish]:
    """One piece of each product that can be bought among those of a page.

    Args:
        request: Its cookie says what the visitor has looked at lately.
        context: Of the page's template.
    """
    shown = {product.pk: product for product in _found(context.values(), _DEEPEST)}
    ids = {pk for pk, product in shown.items() if not product.is_parent}
    parents = {pk for pk, product in shown.items() if product.is_parent}
    page = context.get("product")
    if isinstance(page, Product):
        # Oscar's product page reads these while it is rendered.
        beside = page.primary_recommendations.values_list("recommendation_id", flat=True)
        recent = [one for one in CustomerHistoryManager.extract(request) if type(one) is int]
        more = Product.objects.filter(pk__in=[*beside, *recent[-_RECENT:]])
        for pk, structure in more.values_list("pk", "structure"):
            (parents if structure == Product.PARENT else ids).add(pk)
    if parents:
        children = Product.objects.filter(parent_id__in=parents, is_public=True)
        ids.update(children.values_list("pk", flat=True))
    return [Wish(pk, 1) for pk in sorted(ids)[:_MOST]]


def _found(values: Iterable[Any], deeper: int) -> Iterator[Any]:
    for value in values:
        if isinstance(value, Product):
            yield value
        elif deeper:
            yield from _found(_inside(value), deeper - 1)


def _inside(value: Any) -> Iterable[Any]:
    """What a value of a template's context holds, as far as a page shows it."""
    if isinstance(value, Page):
        return _inside(value.object_list)
    if isinstance(value, QuerySet):
        # Reading it here is no waste: the template reads the same, already fetched rows. What is
        # neither read nor cut to a page may be the whole catalogue.
        ready = value._result_cache is not None or value.query.is_sliced
        return value if ready and issubclass(value.model, Product) else ()
    if isinstance(value, list | tuple):
        return value[:_MOST]
    if isinstance(value, dict):
        return list(value.values())
    # A result of the search index; reading the product is what the template will do.
    if hasattr(value, "searchindex") and value.model is Product:
        return (value.object,)
    return ()
