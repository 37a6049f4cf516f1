"""Looks for words in all that is kept, whatever table it may be in."""

from __future__ import annotations

import sqlalchemy as sa

from panstore.store.database import Store

__all__ = ["columns_with"]


async def columns_with(store: Store, *words: str) -> set[str]:
    """`table.column` of every column of the database with one of the words in it, in any case."""

    def look(connection: sa.Connection) -> set[str]:
        here = sa.MetaData()
        here.reflect(connection)
        return {
            f"{table.name}.{name}"
            for table in here.sorted_tables
            for row in connection.execute(sa.select(table)).mappings()
            for name, value in row.items()
            if any(word.casefold() in _text(value).casefold() for word in words)
        }

    return await store.read(look)


def _text(value: object) -> str:
    if isinstance(value, (bytes, memoryview)):
        return bytes(value).decode(errors="replace")
    return str(value)
