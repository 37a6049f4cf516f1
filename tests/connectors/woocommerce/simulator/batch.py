"""Batches: up to 100 items in one call, each with an outcome of its own, always 200."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

from tests.connectors.woocommerce.simulator.answers import error_item, refused, trimmed
from tests.connectors.woocommerce.simulator.router import (
    Handler,
    Refused,
    WooAnswer,
    WooRequest,
)
from tests.connectors.woocommerce.simulator.shop import SimWoo

__all__ = ["LIMIT", "run_batch"]

LIMIT = 100
"""Items of one call; with one more, nothing at all is done (recorded 20-batch-limit)."""

IdOf = Callable[[Any], Mapping[str, str]]


def run_batch(
    shop: SimWoo, request: WooRequest, create: Handler, update: Handler, delete: Handler
) -> WooAnswer:
    """Do what a batch asks for, item by item, in the order sent: creations, changes, removals.

    The items are not checked against the schema, and removals are for good (WooCommerce 10.5,
    recorded 19-batch and 21-batch-unvalidated). There is no transaction around them.

    Raises:
        Refused: 413 for more than 100 items.
    """
    told = request.fields()
    parts = {name: _items(told.get(name)) for name in ("create", "update", "delete")}
    if sum(len(part) for part in parts.values()) > LIMIT:
        raise refused(
            "woocommerce_rest_request_entity_too_large",
            f"Unable to accept more than {LIMIT} items for this request.",
            413,
        )
    path = request.path.removesuffix("/batch")
    plain = replace(request, method="POST", path=path, query={}, validated=False)
    body: dict[str, Any] = {}
    if parts["create"]:
        body["create"] = [_create(shop, plain, create, each) for each in parts["create"]]
    if parts["update"]:
        body["update"] = [_update(shop, plain, update, each) for each in parts["update"]]
    if parts["delete"]:
        body["delete"] = [
            _delete(shop, plain, delete, each) for each in parts["delete"] if _number(each)
        ]
    kept = trimmed(replace(request, query=_only_fields(request)), body) if body else {}
    return WooAnswer(200, kept or [])


def _only_fields(request: WooRequest) -> dict[str, str]:
    return {name: value for name, value in request.query.items() if name == "_fields"}


def _items(told: Any) -> list[Any]:
    """A list; of an object in its place PHP takes the values (recorded 19, exchange 6)."""
    if isinstance(told, dict):
        return list(told.values())
    return told if isinstance(told, list) else []


def _number(told: Any) -> int:
    try:
        return int(told)
    except (TypeError, ValueError):
        return 0


def _one(
    shop: SimWoo, request: WooRequest, handler: Handler, identity: Any, shown: Any
) -> dict[str, Any]:
    """Apply one item; `shown` is the id that an error carries."""
    captured = {**request.captured, "id": str(_number(identity))}
    try:
        if shop.between_items is not None:
            shop.between_items(request.path, _number(identity))
        with shop.saving():
            answer = handler(shop, replace(request, captured=captured))
    except Refused as fault:
        return error_item(shown, fault)
    body: dict[str, Any] = answer.body
    return body


def _create(shop: SimWoo, request: WooRequest, handler: Handler, told: Any) -> dict[str, Any]:
    content = json.dumps(told if isinstance(told, dict) else {}).encode()
    return _one(shop, replace(request, body=content), handler, 0, 0)


def _update(shop: SimWoo, request: WooRequest, handler: Handler, told: Any) -> dict[str, Any]:
    fields = told if isinstance(told, dict) else {}
    asked = replace(request, method="PUT", body=json.dumps(fields).encode())
    return _one(shop, asked, handler, fields.get("id"), fields.get("id"))


def _delete(shop: SimWoo, request: WooRequest, handler: Handler, told: Any) -> dict[str, Any]:
    asked = replace(request, method="DELETE", query={"force": "true"}, body=b"")
    return _one(shop, asked, handler, told, _number(told))
