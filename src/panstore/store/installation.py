"""Secrets that are this installation's own."""

from __future__ import annotations

import hashlib
import hmac

import sqlalchemy as sa

from panstore.store.tables import installation

__all__ = ["own_key"]


def own_key(connection: sa.Connection, purpose: str) -> bytes:
    """A key for signing that no other installation has, one for each purpose.

    It is made from the secret that a store gets when it is made, so it stays as long as the store
    does, whatever else is changed in the settings.

    Args:
        purpose: words of our own; no channel and colon, with which digests of recipients begin.
    """
    secret = connection.execute(
        sa.select(installation.c.value).where(installation.c.name == "recipients")
    ).scalar_one()
    return hmac.new(secret.encode(), f"panstore key {purpose}".encode(), hashlib.sha256).digest()
