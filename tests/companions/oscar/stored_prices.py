"""What PanStore has the shop keep of buyers' own prices, in few words."""

from __future__ import annotations

from typing import Any

from tests.companions.oscar.client import Reply
from tests.companions.oscar.contract_world import Buyer, World

__all__ = ["LIST", "buy_under", "keep", "put", "tier"]

LIST = "list-7"


def tier(
    amount: str | None, least: str = "1", state: str = "agreed", until: str | None = None
) -> dict[str, Any]:
    """One tier as PanStore writes it."""
    return {"least": least, "state": state, "amount": amount, "until": until}


def put(world: World, path: str, body: Any) -> Reply:
    return world.running.api.call("PUT", f"/panstore/v1/{path}", body)


def keep(
    world: World, product: int, *tiers: dict[str, Any], agreement: str = LIST, **more: Any
) -> dict[str, Any]:
    """Have the shop keep the tiers of one product; what it said of it."""
    item = {"product": product, "currency": "EUR", "includes_tax": False, "tiers": list(tiers)}
    reply = put(world, "contract-prices", {"agreement": agreement, "items": [item | more]})
    assert reply.status == 200, reply
    (outcome,) = reply.body["items"]
    found: dict[str, Any] = outcome
    return found


def buy_under(world: World, buyer: Buyer, agreement: str | None, title: str = "Wholesale") -> None:
    """From now on that buyer buys under an agreement, or none."""
    item = {"account": int(buyer.account), "agreement": agreement, "title": title}
    reply = put(world, "contract-buyers", {"buyers": [item]})
    assert reply.status == 200, reply
    assert [one["outcome"] for one in reply.body["buyers"]] == ["done"]
