"""What oscarapi leaves open to anybody is closed; what visitors need stays open."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from tests.companions.oscar.conftest import RunningShop

pytestmark = pytest.mark.real


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("POST", "/api/categories-bulk/"),
        ("POST", "/api/categories-bulk.json"),
        ("GET", "/api/categories-bulk/"),
        ("GET", "/api/orderlineattributes/1/"),
        ("GET", "/api/orderlineattributes/1.json"),
    ],
)
def test_open_holes_are_closed(shop: RunningShop, method: str, path: str) -> None:
    before = shop.visitor().get("/api/categories/")
    body = [{"data": {"name": "Vdor"}}] if method == "POST" else None
    assert shop.visitor().call(method, path, body).status == 403
    assert shop.visitor().get("/api/categories/") == before


@pytest.mark.parametrize("suffix", ["", ".json"])
def test_a_visitor_can_change_nothing_of_a_line_but_its_quantity(
    shop: RunningShop, product: Callable[..., int], suffix: str
) -> None:
    dear, cheap = product(price="100.00"), product(price="1.00")
    visitor = shop.visitor()
    visitor.put_in(dear)
    (line,) = visitor.get(f"{visitor.basket}lines/")
    record = visitor.get(f"/api/products/{cheap}/stockrecords/")[0]["url"]
    path = line["url"].rstrip("/") + suffix + ("" if suffix else "/")
    for change in (
        {"stockrecord": record},
        {"product": f"{shop.url}/api/products/{cheap}/"},
        {"quantity": 1, "stockrecord": record},
    ):
        assert visitor.call("PATCH", path, change).status == 403, change
    assert visitor.call("PATCH", line["url"], {"quantity": 2}).status == 200
    (after,) = visitor.get(f"{visitor.basket}lines/")
    assert (after["stockrecord"], after["product"], after["quantity"]) == (
        line["stockrecord"],
        line["product"],
        2,
    )


def test_a_visitor_cannot_add_raw_lines_or_alter_the_basket(
    shop: RunningShop, product: Callable[..., int]
) -> None:
    visitor = shop.visitor()
    raw = {"basket": visitor.basket, "product": f"{shop.url}/api/products/{product()}/"}
    assert visitor.call("POST", f"{visitor.basket}lines/", raw).status == 403
    assert visitor.call("PATCH", visitor.basket, {"status": "Submitted"}).status == 403
    assert visitor.call("PUT", visitor.basket, {"owner": None}).status == 403


def test_the_admin_api_and_strangers_baskets_are_closed(
    shop: RunningShop, product: Callable[..., int]
) -> None:
    stranger, owner = shop.visitor(), shop.visitor()
    owner.put_in(product())
    assert stranger.call("GET", "/api/admin/products/").status == 404
    assert stranger.call("GET", f"{owner.basket}lines/").status in {403, 404}
    assert stranger.check_out(basket=owner.basket).status == 401


def test_no_other_path_of_oscarapi_writes_without_a_login(shop: RunningShop) -> None:
    """Every path, tried as a stranger; a write is taken by his own basket and checkout only."""
    listed = shop.manage("shell", "-v0", "-c", _LIST_PATHS).split()
    assert len(listed) > 30
    stranger = shop.visitor()
    own = {"/api/basket/", "/api/checkout/", "/api/login/", "/api/baskets/"}
    for path in listed:
        if any(path.startswith(place) for place in own):
            continue
        for method in ("POST", "PUT", "PATCH", "DELETE"):
            reply = stranger.call(method, path, {})
            assert reply.status in {401, 403, 404, 405}, (method, path, reply.status)


_LIST_PATHS = """
import re
from oscarapi.urls import urlpatterns
for pattern in urlpatterns:
    route = str(pattern.pattern)
    if "format" in route:
        continue
    route = re.sub(r"<int:\\w+>", "1", route)
    route = re.sub(r"\\(\\?P<\\w+>(\\[A-z\\]\\{2\\}|\\.\\*)\\)", "SI", route)
    print("/api/" + route.strip("^$"))
"""
