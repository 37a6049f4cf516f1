"""The order journal's writers: database triggers on the shop's order tables.

Triggers rather than Django signals, for two reasons. Django sends its signals after the save, and
Oscar changes an order's status outside any transaction: a crash between the two would lose the
entry. And whatever changes an order (the back office, a bulk update, a payment plug-in, plain SQL)
passes here.

They are put in place after every `migrate`, because SQLite drops a table's triggers when a
migration rebuilds the table.
"""

# ruff: noqa: S608 - the SQL is made of table names known to Django, nothing from outside
from dataclasses import dataclass
from typing import Any

from django.db import connections, transaction
from oscar.core.loading import get_model

from oscar_panstore.models import JournalEntry, JournalPosition

SUPPORTED = ("sqlite", "postgresql")
_PREFIX = "panstore_journal"


@dataclass(frozen=True)
class Watch:
    """One trigger: what happens on which table, and which orders it concerns.

    Attributes:
        name: Part of the trigger's name, unique.
        table: Table watched.
        event: INSERT, UPDATE or DELETE.
        kind: SQL expression for the entry's kind.
        order: SQL expression for the id of the order concerned; NULL: none, nothing is written.
        columns: Only an update that alters one of these counts; empty counts every update.
    """

    name: str
    table: str
    event: str
    kind: str
    order: str
    columns: tuple[str, ...] = ()


def watches() -> list[Watch]:
    """All triggers, for the table names of this shop."""
    order = get_model("order", "Order")._meta.db_table
    line = get_model("order", "Line")._meta.db_table
    note = get_model("order", "OrderNote")._meta.db_table
    source = get_model("payment", "Source")._meta.db_table
    payment = get_model("order", "PaymentEvent")._meta.db_table
    shipping = get_model("order", "ShippingEvent")._meta.db_table
    delivery = get_model("order", "ShippingAddress")._meta.db_table
    billing = get_model("order", "BillingAddress")._meta.db_table
    status = (
        f"CASE WHEN OLD.status <> NEW.status THEN '{JournalEntry.STATUS}' "
        f"ELSE '{JournalEntry.CHANGED}' END"
    )
    changed = f"'{JournalEntry.CHANGED}'"
    own, former = "NEW.order_id", "OLD.order_id"
    return [
        Watch("order_new", order, "INSERT", f"'{JournalEntry.PLACED}'", "NEW.id"),
        Watch(
            "order_changed",
            order,
            "UPDATE",
            status,
            "NEW.id",
            (
                "status",
                "number",
                "total_incl_tax",
                "total_excl_tax",
                "shipping_incl_tax",
                "shipping_code",
                "user_id",
                "billing_address_id",
                "shipping_address_id",
            ),
        ),
        Watch("order_gone", order, "DELETE", f"'{JournalEntry.GONE}'", "OLD.id"),
        # Not num_allocated: shipping the goods is no news about the order's content.
        Watch(
            "line_changed",
            line,
            "UPDATE",
            changed,
            own,
            ("status", "quantity", "line_price_incl_tax", "line_price_excl_tax", "partner_sku"),
        ),
        Watch("line_gone", line, "DELETE", changed, former),
        Watch("note_new", note, "INSERT", changed, own),
        Watch("note_changed", note, "UPDATE", changed, own, ("message",)),
        Watch("source_new", source, "INSERT", changed, own),
        Watch(
            "source_changed",
            source,
            "UPDATE",
            changed,
            own,
            ("amount_allocated", "amount_debited", "amount_refunded", "reference"),
        ),
        Watch("payment_new", payment, "INSERT", changed, own),
        Watch("shipping_new", shipping, "INSERT", changed, own),
        Watch(
            "delivery_changed",
            delivery,
            "UPDATE",
            changed,
            f"(SELECT id FROM {order} WHERE shipping_address_id = NEW.id)",
        ),
        Watch(
            "billing_changed",
            billing,
            "UPDATE",
            changed,
            f"(SELECT id FROM {order} WHERE billing_address_id = NEW.id)",
        ),
    ]


def statements(vendor: str) -> list[str]:
    """SQL that puts every trigger in place, replacing an older one of the same name.

    Args:
        vendor: Django's name of the database: `sqlite` or `postgresql`.
    """
    write = _sqlite if vendor == "sqlite" else _postgresql
    return [statement for watch in watches() for statement in write(watch)]


def _entry(watch: Watch) -> str:
    """The two statements of a trigger's body: take the next number, write the entry."""
    position, entry = JournalPosition._meta.db_table, JournalEntry._meta.db_table
    only = f"WHERE id = {JournalPosition.ONLY} AND {watch.order} IS NOT NULL"
    return (
        f"UPDATE {position} SET value = value + 1 {only}; "
        f"INSERT INTO {entry} (seq, order_id, kind) "
        f"SELECT value, {watch.order}, {watch.kind} FROM {position} {only};"
    )


def _sqlite(watch: Watch) -> list[str]:
    name = f"{_PREFIX}_{watch.name}"
    differs = " OR ".join(f"OLD.{column} IS NOT NEW.{column}" for column in watch.columns)
    return [
        f"DROP TRIGGER IF EXISTS {name}",
        f"CREATE TRIGGER {name} AFTER {watch.event} ON {watch.table} FOR EACH ROW "
        f"{f'WHEN {differs} ' if differs else ''}BEGIN {_entry(watch)} END",
    ]


def _postgresql(watch: Watch) -> list[str]:
    name = f"{_PREFIX}_{watch.name}"
    differs = " OR ".join(f"OLD.{column} IS DISTINCT FROM NEW.{column}" for column in watch.columns)
    return [
        f"CREATE OR REPLACE FUNCTION {name}() RETURNS trigger LANGUAGE plpgsql AS "
        f"$$ BEGIN {_entry(watch)} RETURN NULL; END $$",
        f"DROP TRIGGER IF EXISTS {name} ON {watch.table}",
        f"CREATE TRIGGER {name} AFTER {watch.event} ON {watch.table} FOR EACH ROW "
        f"{f'WHEN ({differs}) ' if differs else ''}EXECUTE FUNCTION {name}()",
    ]


def _watched_tables_exist(connection: Any) -> bool:
    present = set(connection.introspection.table_names())
    return {watch.table for watch in watches()} <= present


def install(using: str) -> None:
    """Put counter row and triggers in place; enter the orders the shop already has.

    May be called again at any time. Does nothing before the order tables exist (a first `migrate`
    calls it after each app) and on a database it does not know, which the app's check refuses.

    Args:
        using: Django's alias of the database.
    """
    connection: Any = connections[using]
    if connection.vendor not in SUPPORTED or not _watched_tables_exist(connection):
        return
    with transaction.atomic(using=using):
        position, _ = JournalPosition.objects.using(using).get_or_create(pk=JournalPosition.ONLY)
        with connection.cursor() as cursor:
            for statement in statements(connection.vendor):
                cursor.execute(statement)
        if position.value == 0:
            _enter_present_orders(using)


def _enter_present_orders(using: str) -> None:
    orders = get_model("order", "Order")._default_manager.using(using).order_by("id")
    ids = list(orders.values_list("id", flat=True))
    JournalEntry.objects.using(using).bulk_create(
        (
            JournalEntry(seq=seq, order_id=order_id, kind=JournalEntry.PLACED)
            for seq, order_id in enumerate(ids, start=1)
        ),
        batch_size=500,
    )
    JournalPosition.objects.using(using).filter(pk=JournalPosition.ONLY).update(value=len(ids))
