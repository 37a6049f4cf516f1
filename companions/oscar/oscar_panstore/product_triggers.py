"""Which products changed: database triggers on the shop's tables of goods.

A row per changed product, whatever changed it (the back office, an import, plain SQL), written in
the changer's own transaction. Unlike orders these are read by acknowledgement and not in order, so
no counter row is locked: two people who save two products do not wait for each other.
"""

# ruff: noqa: S608 - the SQL is made of table names known to Django, nothing from outside
from dataclasses import dataclass
from typing import Any

from django.db import connections
from oscar.core.loading import get_model

from oscar_panstore.models import ItemTax, JournalPosition, ProductChange

_PREFIX = "panstore_goods"
_SEQUENCE = "panstore_product_changes"

_PRODUCT = (
    "title",
    "description",
    "upc",
    "is_public",
    "structure",
    "parent_id",
    "product_class_id",
)
_VALUE = (
    "attribute_id",
    "value_text",
    "value_integer",
    "value_boolean",
    "value_float",
    "value_richtext",
    "value_date",
    "value_datetime",
    "value_option_id",
)


@dataclass(frozen=True)
class _Watch:
    """One trigger.

    Attributes:
        name: Part of the trigger's name, unique.
        table: Table watched.
        event: INSERT, UPDATE or DELETE.
        products: SQL query for the ids of the products concerned.
        columns: Only an update that alters one of these counts.
    """

    name: str
    table: str
    event: str
    products: str
    columns: tuple[str, ...] = ()


def _watches() -> list[_Watch]:
    in_category = _table("catalogue", "ProductCategory")
    category = _table("catalogue", "Category")
    value = _table("catalogue", "ProductAttributeValue")
    below = (
        f"SELECT placed.product_id FROM {in_category} AS placed "
        f"JOIN {category} AS below ON below.id = placed.category_id "
        "WHERE substr(below.path, 1, length(NEW.path)) = NEW.path"
    )
    own = "{row}.product_id"
    parts: list[tuple[str, str, str, tuple[str, ...]]] = [
        ("product", _table("catalogue", "Product"), "{row}.id", _PRODUCT),
        ("category", in_category, own, ("product_id", "category_id")),
        (
            "image",
            _table("catalogue", "ProductImage"),
            own,
            ("original", "display_order", "product_id"),
        ),
        ("value", value, own, _VALUE),
        # Prices and stock are none of this feed's news.
        ("record", _table("partner", "StockRecord"), own, ("partner_sku", "product_id")),
        ("tax", str(ItemTax._meta.db_table), own, ("code",)),
    ]
    return [
        *(
            _Watch(f"{name}_{ending}", table, event, f"SELECT {concerned.format(row=row)}", columns)
            for name, table, concerned, compared in parts
            for ending, event, row, columns in (
                ("new", "INSERT", "NEW", ()),
                ("changed", "UPDATE", "NEW", compared),
                ("gone", "DELETE", "OLD", ()),
            )
        ),
        _Watch("tree_changed", category, "UPDATE", below, ("name", "path")),
        _Watch(
            "attribute_changed",
            _table("catalogue", "ProductAttribute"),
            "UPDATE",
            f"SELECT product_id FROM {value} WHERE attribute_id = NEW.id",
            ("name", "code"),
        ),
    ]


def _table(app: str, model: str) -> str:
    return str(get_model(app, model)._meta.db_table)


def _sqlite(watch: _Watch) -> list[str]:
    name, changes = f"{_PREFIX}_{watch.name}", ProductChange._meta.db_table
    position = JournalPosition._meta.db_table
    counter = f"{position} WHERE id = {JournalPosition.PRODUCTS}"
    differs = " OR ".join(f"OLD.{column} IS NOT NEW.{column}" for column in watch.columns)
    body = (
        f"UPDATE {position} SET value = value + 1 WHERE id = {JournalPosition.PRODUCTS}; "
        f"DELETE FROM {changes} WHERE product_id IN ({watch.products}); "
        f"INSERT INTO {changes} (product_id, number) SELECT DISTINCT changed.product_id, "
        f"(SELECT value FROM {counter}) "
        f"FROM (SELECT NULL AS product_id WHERE 0 UNION {watch.products}) AS changed "
        "WHERE changed.product_id IS NOT NULL;"
    )
    return [
        f"DROP TRIGGER IF EXISTS {name}",
        f"CREATE TRIGGER {name} AFTER {watch.event} ON {watch.table} FOR EACH ROW "
        f"{f'WHEN {differs} ' if differs else ''}BEGIN {body} END",
    ]


def _postgresql(watch: _Watch) -> list[str]:
    name, changes = f"{_PREFIX}_{watch.name}", ProductChange._meta.db_table
    differs = " OR ".join(f"OLD.{column} IS DISTINCT FROM NEW.{column}" for column in watch.columns)
    # In order of id, so that two movers of categories do not wait for each other.
    body = (
        f"INSERT INTO {changes} (product_id, number) "
        f"SELECT changed.product_id, nextval('{_SEQUENCE}') "
        f"FROM (SELECT NULL::bigint AS product_id UNION {watch.products}) AS changed "
        "WHERE changed.product_id IS NOT NULL ORDER BY changed.product_id "
        "ON CONFLICT (product_id) DO UPDATE SET number = excluded.number;"
    )
    return [
        f"CREATE OR REPLACE FUNCTION {name}() RETURNS trigger LANGUAGE plpgsql AS "
        f"$$ BEGIN {body} RETURN NULL; END $$",
        f"DROP TRIGGER IF EXISTS {name} ON {watch.table}",
        f"CREATE TRIGGER {name} AFTER {watch.event} ON {watch.table} FOR EACH ROW "
        f"{f'WHEN ({differs}) ' if differs else ''}EXECUTE FUNCTION {name}()",
    ]


def install(using: str) -> None:
    """Put counter and triggers in place; may be called again at any time.

    Products the shop already has are not entered: PanStore's first look reads all of them.

    Args:
        using: Django's alias of the database; one of those the order journal knows.
    """
    connection: Any = connections[using]
    present = set(connection.introspection.table_names())
    watches = _watches()
    if not {watch.table for watch in watches} <= present:
        return
    write = _sqlite if connection.vendor == "sqlite" else _postgresql
    JournalPosition.objects.using(using).get_or_create(pk=JournalPosition.PRODUCTS)
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            cursor.execute(f"CREATE SEQUENCE IF NOT EXISTS {_SEQUENCE}")
        for watch in watches:
            for statement in write(watch):
                cursor.execute(statement)
