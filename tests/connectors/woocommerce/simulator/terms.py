"""Terms: categories, tags and the values of global attributes, all in one table."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from tests.connectors.woocommerce.simulator.answers import refused
from tests.connectors.woocommerce.simulator.router import tables
from tests.connectors.woocommerce.simulator.text import clean, kses, slug

if TYPE_CHECKING:
    from tests.connectors.woocommerce.simulator.shop import SimWoo

__all__ = [
    "UNCATEGORIZED",
    "add_term",
    "count_of",
    "named",
    "page",
    "remove",
    "term",
    "term_by_name",
    "update_term",
]

UNCATEGORIZED = 15
"""The category of what has none; it has this number in every new shop."""

tables(
    """
    CREATE TABLE term (
        id INTEGER PRIMARY KEY, taxonomy TEXT NOT NULL, name TEXT NOT NULL, slug TEXT NOT NULL,
        parent INTEGER NOT NULL, description TEXT NOT NULL, display TEXT NOT NULL,
        menu_order INTEGER NOT NULL, image TEXT NOT NULL
    );
    CREATE INDEX term_name ON term(taxonomy, name);
    CREATE INDEX term_slug ON term(taxonomy, slug);
    """
)


def named(name: str) -> str:
    """A term's name as it is kept: escaped (recorded 10, exchange 0)."""
    return kses(clean(name))


def term(shop: SimWoo, taxonomy: str, identity: int) -> sqlite3.Row | None:
    """One term by its id."""
    row: sqlite3.Row | None = shop.db.execute(
        "SELECT * FROM term WHERE taxonomy = ? AND id = ?", (taxonomy, identity)
    ).fetchone()
    return row


def term_by_name(
    shop: SimWoo, taxonomy: str, name: str, parent: int | None = None
) -> sqlite3.Row | None:
    """One term by its name or slug, whatever the case."""
    row: sqlite3.Row | None = shop.db.execute(
        "SELECT * FROM term WHERE taxonomy = ? AND (name = ? COLLATE NOCASE OR slug = ?)"
        " AND (? IS NULL OR parent = ?) ORDER BY id",
        (taxonomy, named(name), slug(name), parent, parent),
    ).fetchone()
    return row


def add_term(shop: SimWoo, taxonomy: str, told: dict[str, Any]) -> sqlite3.Row:
    """A new term.

    Raises:
        Refused: 400 `empty_term_name`, or `term_exists` with the number of the one that is there.
    """
    name, parent = named(told.get("name") or ""), int(told.get("parent") or 0)
    if not name:
        raise refused("empty_term_name", "A name is required for this term.", 400)
    same = term_by_name(shop, taxonomy, name, parent)
    if same is not None and not told.get("slug"):
        where = "with this parent" if taxonomy == "product_cat" else "in this taxonomy"
        message = f"A term with the name provided already exists {where}."
        raise refused("term_exists", message, 400, resource_id=same["id"])
    identity = shop.next_id("term")
    values = (
        identity,
        taxonomy,
        name,
        _free(shop, taxonomy, slug(told.get("slug") or name)),
        parent,
        kses(told.get("description") or ""),
        told.get("display") or "default",
        int(told.get("menu_order") or 0),
        "",
    )
    shop.db.execute("INSERT INTO term VALUES (?,?,?,?,?,?,?,?,?)", values)
    made = term(shop, taxonomy, identity)
    assert made is not None
    return made


def _free(shop: SimWoo, taxonomy: str, wanted: str) -> str:
    name, number = wanted, 1
    while shop.db.execute(
        "SELECT 1 FROM term WHERE taxonomy = ? AND slug = ?", (taxonomy, name)
    ).fetchone():
        number += 1
        name = f"{wanted}-{number}"
    return name


def update_term(shop: SimWoo, identity: int, told: dict[str, Any]) -> None:
    """Change what was told of a term."""
    turned: dict[str, Callable[[Any], Any]] = {
        "name": named,
        "slug": slug,
        "parent": int,
        "description": kses,
        "display": str,
        "menu_order": int,
    }
    for column, turn in turned.items():
        if told.get(column) is not None:
            shop.db.execute(
                f"UPDATE term SET {column} = ? WHERE id = ?", (turn(told[column]), identity)
            )


def remove(shop: SimWoo, identity: int) -> None:
    """Remove a term for good; what was in it keeps the number and is shown without it."""
    shop.db.execute("DELETE FROM term WHERE id = ?", (identity,))
    shop.db.execute("DELETE FROM product_term WHERE term = ?", (identity,))


def count_of(shop: SimWoo, identity: int) -> int:
    """How many published products are in a term."""
    found: int = shop.db.execute(
        "SELECT count(*) FROM product_term JOIN product ON product.id = product"
        " WHERE term = ? AND status = 'publish'",
        (identity,),
    ).fetchone()[0]
    return found


def page(
    shop: SimWoo, taxonomy: str, query: dict[str, Any], per_page: int, first: int
) -> tuple[int, list[sqlite3.Row]]:
    """(number of all, one page) of the terms that a query asks for, by name."""
    where, values = ["taxonomy = ?"], [taxonomy]
    for name, column in (("slug", "slug"), ("parent", "parent")):
        if name in query:
            where.append(f"{column} = ?")
            values.append(query[name])
    if "search" in query:
        where.append("(name LIKE ? OR slug LIKE ?)")
        values += [f"%{named(query['search'])}%"] * 2
    if "include" in query:
        where.append(f"id IN ({','.join('?' * len(query['include']))})")
        values += query["include"]
    if query.get("hide_empty"):
        where.append("EXISTS (SELECT 1 FROM product_term WHERE term = term.id)")
    condition = " AND ".join(where)
    by = {"id": "id", "slug": "slug"}.get(query.get("orderby", ""), "name COLLATE NOCASE")
    way = "DESC" if query.get("order") == "desc" else "ASC"
    total: int = shop.db.execute(f"SELECT count(*) FROM term WHERE {condition}", values).fetchone()[
        0
    ]
    rows = shop.db.execute(
        f"SELECT * FROM term WHERE {condition} ORDER BY {by} {way}, id LIMIT ? OFFSET ?",
        (*values, per_page, first),
    ).fetchall()
    return total, rows
