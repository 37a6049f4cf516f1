"""Accounts from the companion's shapes."""

from __future__ import annotations

import datetime as dt

from panstore.connectors.oscar import wire_accounts as wire
from panstore.model.contract import Account
from panstore.model.ids import ExternalId

__all__ = ["account"]


def account(told: wire.WireAccount) -> Account:
    """Somebody who can log in, with what he typed about himself."""
    return Account(
        id=ExternalId(str(told.id)),
        email=told.email.strip(),
        name=told.name.strip(),
        company=told.company.strip(),
        vat_id=told.vat_id.strip(),
        active=told.active,
        opened_at=None if told.opened_at is None else told.opened_at.astimezone(dt.UTC),
    )
