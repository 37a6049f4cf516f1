"""The API as a whole: tokens, error bodies, what ping says."""

from __future__ import annotations

import pytest

from tests.companions.oscar.client import ShopClient
from tests.companions.oscar.conftest import RunningShop

pytestmark = pytest.mark.real


def test_ping_tells_what_panstore_must_know(shop: RunningShop) -> None:
    facts = shop.api.get("/panstore/v1/ping")
    assert facts["shop"] == "Vrt & Dom"
    assert facts["oscar"].startswith("4.2")
    assert (facts["currency"], facts["prices_include_tax"]) == ("EUR", False)
    assert facts["tax_rates"] == {"22": "22", "9.5": "9.5", "0": "0"}
    assert "Shipped" in facts["order_statuses"]["Pending"]
    assert facts["time"].endswith("Z")


@pytest.mark.parametrize(
    ("header", "code"),
    [
        ({}, "token_missing"),
        ({"Authorization": "Basic dGVzdDp0ZXN0"}, "token_missing"),
        ({"Authorization": "Bearer wrong"}, "token_unknown"),
    ],
)
def test_nothing_without_a_known_token(
    shop: RunningShop, header: dict[str, str], code: str
) -> None:
    anybody = ShopClient(shop.url)
    for method, path in (
        ("GET", "ping"),
        ("GET", "products"),
        ("POST", "products"),
        ("POST", "stock"),
        ("POST", "prices"),
        ("GET", "orders"),
        ("GET", "orders/1"),
        ("POST", "orders/1/status"),
    ):
        reply = anybody.call(method, f"/panstore/v1/{path}", headers=header)
        assert (reply.status, reply.body["error"]["code"]) == (401, code), path
        assert reply.headers["WWW-Authenticate"].startswith("Bearer")


def test_a_token_is_made_once_kept_as_a_hash_and_can_be_revoked(shop: RunningShop) -> None:
    token = shop.manage("panstore_token", "reader", "--read-only").strip()
    reader = ShopClient(shop.url, token)
    assert reader.get("/panstore/v1/ping")["token"] == {"name": "reader", "read_only": True}
    refused = reader.call("POST", "/panstore/v1/prices", {"items": []})
    assert (refused.status, refused.body["error"]["code"]) == (403, "read_only_token")
    assert token.encode() not in (shop.directory / "shop.sqlite3").read_bytes()
    assert "reader" in shop.manage("panstore_token", "--list")
    shop.manage("panstore_token", "reader", "--revoke")
    assert reader.call("GET", "/panstore/v1/ping").status == 401


def test_error_bodies_have_one_shape(shop: RunningShop) -> None:
    cases = [
        (shop.api.call("GET", "/panstore/v1/nothing"), 404, "unknown_path"),
        (shop.api.call("GET", "/panstore/v1/orders/999999"), 404, "unknown_order"),
        (shop.api.call("DELETE", "/panstore/v1/products"), 405, "method_not_allowed"),
        (shop.api.call("POST", "/panstore/v1/stock", raw=b"{broken"), 400, "not_json"),
        (shop.api.call("POST", "/panstore/v1/stock", {"items": []}), 422, "invalid"),
        (shop.api.call("POST", "/panstore/v1/prices", {"items": "x"}), 422, "invalid"),
        (shop.api.call("GET", "/panstore/v1/orders?after=x"), 422, "invalid"),
        (
            shop.api.call("POST", "/panstore/v1/prices", {"items": [{}] * 501}),
            413,
            "batch_too_large",
        ),
        (
            shop.api.call("POST", "/panstore/v1/products", raw=b" " * (21 * 1024 * 1024)),
            413,
            "body_too_large",
        ),
    ]
    for reply, status, code in cases:
        assert (reply.status, reply.body["error"]["code"]) == (status, code)
        assert set(reply.body["error"]) >= {"code", "message", "field"}
