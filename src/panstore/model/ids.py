"""Identifiers: ours are made by us and never change, external ones are opaque strings."""

from typing import NewType

__all__ = ["ConnectionId", "ExternalId", "ItemId", "ModuleCode", "OrderKey", "RouteId", "order_key"]

ConnectionId = NewType("ConnectionId", str)
"""Name of one configured use of a connector, as written in `panstore.toml`."""

RouteId = NewType("RouteId", str)
"""One shop with its ERP; settings, links, ledger and marks belong to a route."""

ItemId = NewType("ItemId", str)
"""Our own id of one sellable variant on one route."""

ExternalId = NewType("ExternalId", str)
"""Id given by an outside system; compared for equality only, never parsed."""

ModuleCode = NewType("ModuleCode", str)
"""Code of a module: S1, S2, S4 ..."""

OrderKey = NewType("OrderKey", str)
"""Idempotency key of a document: `connection/external order id/purpose/revision`."""


def order_key(
    connection: ConnectionId, order: ExternalId, purpose: str, revision: int = 1
) -> OrderKey:
    """Key under which a document is created once in the other system.

    Args:
        connection: the shop's connection.
        order: immutable external id of the order, never its printed number.
        purpose: what the document is for, e.g. `order` or `invoice`.
        revision: from 1; raised when a document is cancelled and created again.
    """
    return OrderKey(f"{connection}/{order}/{purpose}/{revision}")
