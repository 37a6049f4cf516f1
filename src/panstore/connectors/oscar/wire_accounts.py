"""Shapes of the companion's call for accounts."""

from __future__ import annotations

import msgspec

from panstore.connectors.oscar.wire import Id, Moment

__all__ = ["WireAccount", "WireAccountPage"]


class WireAccount(msgspec.Struct):
    """Somebody who can log in.

    Source: companions/oscar/oscar_panstore/api/accounts.py, 0.1, 2026-11-24.
    """

    id: Id
    email: str
    name: str = ""
    company: str = ""
    vat_id: str = ""
    active: bool = True
    opened_at: Moment | None = None


class WireAccountPage(msgspec.Struct):
    """`GET accounts`."""

    accounts: list[WireAccount]
    next: Id | None = None
