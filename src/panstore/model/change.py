"""Signals say *look here* and carry no truth; marks remember where to look."""

from __future__ import annotations

import datetime as dt
from typing import Literal

import msgspec

from panstore.model.ids import ExternalId, ModuleCode, RouteId

__all__ = ["Mark", "Signal", "SignalKind"]

SignalKind = Literal["stock", "price", "price_list", "product", "order", "sale", "customer"]
"""What a signal is about. A price list that changed touches every item of the route; a `sale` is
named by our own key and stands for its parcels and invoices too; a `customer` is a
party of the ERP."""


class Signal(msgspec.Struct, frozen=True):
    """Something changed in a system.

    Attributes:
        id: the system's id of what changed.
        deleted: it is gone; `code` then still tells people which it was.
    """

    kind: SignalKind
    id: ExternalId
    deleted: bool = False
    code: str = ""


class Mark(msgspec.Struct, frozen=True):
    """A dirty key: the present value has to be read and compared.

    Attributes:
        key: our item id, or an order's external id for document modules.
        version: grows with each mark; a mark is deleted only at the version that was worked.
        marked_at: when the oldest unworked change was noticed, aware UTC.
        attempts: how often working it failed since it last succeeded.
        cause: where the signal came from, for the audit.
    """

    route: RouteId
    module: ModuleCode
    key: str
    version: int
    marked_at: dt.datetime
    attempts: int = 0
    cause: str = ""
