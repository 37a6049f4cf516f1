"""Holes of django-oscar-api 3.3 that the companion closes.

Include these paths before `oscarapi.urls`, at the same place. Found by trying every path without
a login and by reading `oscarapi/urls.py` and the serializers of 3.3.0:

- `categories-bulk/` has no permission class: anybody may write, and read, the category tree.
- `orderlineattributes/<id>/` has none either: anybody may read what buyers wrote into any order.
- `baskets/<id>/lines/` (POST) adds lines with any stock record and without asking whether the
  goods are there; `basket/add-product/` does the same properly.
- `baskets/<id>/lines/<id>/` (PUT, PATCH) documents that only the quantity can be changed, but
  takes product, stock record and basket too: one thing is paid and another's stock is taken.
- `baskets/<id>/` (PUT, PATCH) lets a buyer set status and owner of a basket.

Each path also answers with a format suffix (`.json`), so the patterns allow one. Everything else of
oscarapi goes on unchanged.
"""

import json
from collections.abc import Callable
from typing import Any

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.urls import path, re_path
from django.views.decorators.csrf import csrf_exempt
from oscarapi.utils.loading import get_api_classes

_View = Callable[..., HttpResponse]
_READ = ("GET", "HEAD", "OPTIONS")

(_basket,) = get_api_classes("views.basic", ["BasketDetail"])
_lines, _basket_line = get_api_classes("views.basket", ["LineList", "BasketLineDetail"])


def _refusal(request: HttpRequest) -> JsonResponse:
    detail = f"{request.method} {request.path} is closed in this shop."
    return JsonResponse({"detail": detail}, status=403)


@csrf_exempt
def closed(request: HttpRequest, **arguments: Any) -> HttpResponse:
    """Refuse, for everybody."""
    return _refusal(request)


def only(methods: tuple[str, ...], view: _View) -> _View:
    """The view, for some methods only."""

    @csrf_exempt
    def gate(request: HttpRequest, **arguments: Any) -> HttpResponse:
        if request.method not in methods:
            return _refusal(request)
        return view(request, **arguments)

    return gate


def only_quantity(view: _View) -> _View:
    """The view, where a change may name nothing but the quantity."""

    @csrf_exempt
    def gate(request: HttpRequest, **arguments: Any) -> HttpResponse:
        if request.method in {"PUT", "PATCH"} and _names(request) != {"quantity"}:
            detail = "Only 'quantity' can be changed, by PATCH with a JSON body."
            return JsonResponse({"detail": detail}, status=403)
        return view(request, **arguments)

    return gate


def _names(request: HttpRequest) -> set[str]:
    """Top-level names of a JSON body; empty for anything else."""
    if not request.headers.get("Content-Type", "").startswith("application/json"):
        return set()
    try:
        body = json.loads(request.body)
    except ValueError:
        return set()
    return set(body) if isinstance(body, dict) else set()


_basket_gate = only((*_READ, "DELETE"), _basket.as_view())
_lines_gate = only(_READ, _lines.as_view())
_basket_line_gate = only_quantity(_basket_line.as_view())

# The names are oscarapi's own: it recognises a basket's URL by the name of its path.
urlpatterns = [
    path("baskets/<int:pk>/", _basket_gate, name="basket-detail"),
    path("baskets/<int:pk>/lines/", _lines_gate, name="basket-lines-list"),
    path("baskets/<int:basket_pk>/lines/<int:pk>/", _basket_line_gate, name="basket-line-detail"),
    re_path(r"^baskets/(?P<pk>\d+)\.\w+/?$", _basket_gate),
    re_path(r"^baskets/(?P<pk>\d+)/lines\.\w+/?$", _lines_gate),
    re_path(r"^baskets/(?P<basket_pk>\d+)/lines/(?P<pk>\d+)\.\w+/?$", _basket_line_gate),
    re_path(r"^categories-bulk(?:\.\w+)?/?$", closed),
    re_path(r"^orderlineattributes(?:/.*)?$", closed),
]
