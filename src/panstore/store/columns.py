"""What all tables are made of: names of constraints, kinds of columns."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa

from panstore.store.times import UtcTime

__all__ = ["flag", "metadata", "number", "serial", "text", "time"]

metadata = sa.MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "pk": "pk_%(table_name)s",
        "fk": "fk_%(table_name)s_%(column_0_name)s",
    }
)


def text(name: str, *, key: bool = False, null: bool = False) -> sa.Column[Any]:
    """A text, empty rather than missing unless `null`."""
    return sa.Column(name, sa.Text, primary_key=key, nullable=null and not key)


def time(name: str, *, key: bool = False, null: bool = False) -> sa.Column[Any]:
    """An aware UTC time."""
    return sa.Column(name, UtcTime, primary_key=key, nullable=null and not key)


def number(name: str, default: int = 0) -> sa.Column[Any]:
    """A whole number."""
    return sa.Column(name, sa.Integer, nullable=False, default=default)


def flag(name: str) -> sa.Column[Any]:
    """Yes or no."""
    return sa.Column(name, sa.Boolean, nullable=False, default=False)


def serial() -> sa.Column[Any]:
    """A number the database gives."""
    big = sa.BigInteger().with_variant(sa.Integer, "sqlite")
    return sa.Column("id", big, primary_key=True, autoincrement=True)
