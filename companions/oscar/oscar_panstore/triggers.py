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

from oscar_panstore import product_triggers
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
        joins: Whether the journal's last entry moves up instead of a new one being added, if it
            says that this order was placed: the order's lines are saved after it.
    """

    name: str
    table: str
    event: str
    kind: str
    order: str
    columns: tuple[str, ...] = ()
    joins: bool = False


def watches() -> list[Watch]:
    """All triggers, for the table names of this shop."""
    order = _table("order", "Order")
    status = (
        f"CASE WHEN OLD.status <> NEW.status THEN '{JournalEntry.STATUS}' "
        f"ELSE '{JournalEntry.CHANGED}' END"
    )
    return [
        Watch("order_new", order, "INSERT", f"'{JournalEntry.PLACED}'", "NEW.id"),
        Watch("order_changed", order, "UPDATE", status, "NEW.id", _ORDER),
        Watch("order_gone", order, "DELETE", f"'{JournalEntry.GONE}'", "OLD.id"),
        *_parts(),
        *_addresses(order),
    ]


_ORDER = (
    "status",
    "number",
    "total_incl_tax",
    "total_excl_tax",
    "shipping_incl_tax",
    "shipping_code",
    "user_id",
    "billing_address_id",
    "shipping_address_id",
)
# Not num_allocated: shipping the goods is no news about the order's content.
_LINE = (
    "status",
    "quantity",
    "line_price_incl_tax",
    "line_price_excl_tax",
    "line_price_before_discounts_incl_tax",
    "partner_sku",
    "product_id",
    "tax_code",
)
_SOURCE = ("amount_allocated", "amount_debited", "amount_refunded", "reference", "source_type_id")
# Notes of the system are for the shop's history only; the order's document leaves them out.
_PEOPLES_NOTE = "CASE WHEN {row}.note_type = 'System' THEN NULL ELSE {row}.order_id END"


def _parts() -> list[Watch]:
    """Rows that belong to an order, come with it or later, and may be changed or taken away."""
    own = "{row}.order_id"
    line, event = _owner("order", "Line", "line_id"), "event_id"
    payment = _owner("order", "PaymentEvent", event)
    shipping = _owner("order", "ShippingEvent", event)
    source = _owner("payment", "Source", "source_id")
    watched: list[tuple[str, tuple[str, str], str, tuple[str, ...]]] = [
        ("line", ("order", "Line"), own, _LINE),
        ("option", ("order", "LineAttribute"), line, ("value",)),
        ("discount", ("order", "OrderDiscount"), own, ("amount", "offer_name", "voucher_code")),
        ("fee", ("order", "Surcharge"), own, ("name", "code", "incl_tax", "excl_tax", "tax_code")),
        ("note", ("order", "OrderNote"), _PEOPLES_NOTE, ("message", "note_type")),
        ("source", ("payment", "Source"), own, _SOURCE),
        ("transaction", ("payment", "Transaction"), source, ("amount", "status", "txn_type")),
        ("payment", ("order", "PaymentEvent"), own, ("amount", "event_type_id", "reference")),
        # The pieces of an event are saved after it, in the back office each by itself.
        ("payment_pieces", ("order", "PaymentEventQuantity"), payment, ("quantity",)),
        ("shipping", ("order", "ShippingEvent"), own, ("event_type_id",)),
        ("shipping_pieces", ("order", "ShippingEventQuantity"), shipping, ("quantity",)),
    ]
    changed = f"'{JournalEntry.CHANGED}'"
    return [
        Watch(
            f"{name}_{ending}",
            _table(*model),
            event,
            changed,
            order.format(row=row),
            columns,
            joins=event == "INSERT",
        )
        for name, model, order, compared in watched
        for ending, event, row, columns in (
            ("new", "INSERT", "NEW", ()),
            ("changed", "UPDATE", "NEW", compared),
            ("gone", "DELETE", "OLD", ()),
        )
    ]


def _addresses(order: str) -> list[Watch]:
    return [
        Watch(
            f"{name}_changed",
            _table("order", model),
            "UPDATE",
            f"'{JournalEntry.CHANGED}'",
            f"(SELECT id FROM {order} WHERE {column} = NEW.id)",
        )
        for name, model, column in (
            ("delivery", "ShippingAddress", "shipping_address_id"),
            ("billing", "BillingAddress", "billing_address_id"),
        )
    ]


def _table(app: str, model: str) -> str:
    return str(get_model(app, model)._meta.db_table)


def _owner(app: str, model: str, column: str) -> str:
    """The order of the row that `column` points to; NULL when that row is gone as well."""
    return f"(SELECT order_id FROM {_table(app, model)} WHERE id = {{row}}.{column})"


def statements(vendor: str) -> list[str]:
    """SQL that puts every trigger in place, replacing an older one of the same name.

    Args:
        vendor: Django's name of the database: `sqlite` or `postgresql`.
    """
    write = _sqlite if vendor == "sqlite" else _postgresql
    return [statement for watch in watches() for statement in write(watch)]


def _entry(watch: Watch) -> str:
    """A trigger's body: take the next number, write the entry or move the last one up to it.

    An entry that moves is found by every reader, whether he has read it at its old number or not.
    """
    position, entry = JournalPosition._meta.db_table, JournalEntry._meta.db_table
    only = f"WHERE id = {JournalPosition.ONLY} AND {watch.order} IS NOT NULL"
    take = f"UPDATE {position} SET value = value + 1 {only}; "
    write = (
        f"INSERT INTO {entry} (seq, order_id, kind) "
        f"SELECT value, {watch.order}, {watch.kind} FROM {position} {only}"
    )
    if not watch.joins:
        return f"{take}{write};"
    number = f"(SELECT value FROM {position} WHERE id = {JournalPosition.ONLY})"
    move = (
        f"UPDATE {entry} SET seq = {number} WHERE seq = {number} - 1 "
        f"AND order_id = {watch.order} AND kind = '{JournalEntry.PLACED}'; "
    )
    return f"{take}{move}{write} AND NOT EXISTS (SELECT 1 FROM {entry} WHERE seq = {number});"


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
        product_triggers.install(using)
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
