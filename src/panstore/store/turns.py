"""One after the other where two transactions would not see each other."""

from __future__ import annotations

import sqlalchemy as sa

__all__ = ["take_turn"]


def take_turn(connection: sa.Connection, name: str) -> None:
    """Whoever takes the turn of that name waits for others who have it, until they have committed.

    On SQLite there is one writer anyway.
    """
    if connection.dialect.name == "postgresql":
        number = sa.func.hashtext(f"panstore {name}")
        connection.execute(sa.select(sa.func.pg_advisory_xact_lock(number)))
