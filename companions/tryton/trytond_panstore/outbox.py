"""The outbox: what changed, for whoever wants to know, until every consumer has acknowledged it.

Rows are never consumed by "id greater than": ids are given before the commit, so on PostgreSQL a
row with a lower id can become visible after one with a higher id. A consumer pulls what it has not
acknowledged, stores it durably, and acknowledges exactly those ids. Pulling and acknowledging
again is harmless.
"""

import datetime as dt

from sql import Literal
from sql.aggregate import Count, Min
from sql.operators import Exists, Not
from trytond.model import Index, ModelSQL, Unique, fields
from trytond.modules.panstore.access import GatewayError, for_panstore
from trytond.modules.panstore.batches import batches
from trytond.modules.panstore.sale_keys import sale_keys
from trytond.pool import Pool, PoolMeta
from trytond.rpc import RPC
from trytond.transaction import Transaction

PULL_LIMIT = 5000
_TRIM_OLDEST = 200


def _now():
    return dt.datetime.now(dt.timezone.utc).replace(tzinfo=None)


class Outbox(ModelSQL):
    """One change of one record, written by the transaction that made it (see `changes`)."""

    __name__ = "panstore.outbox"
    kind = fields.Char("Kind", required=True)
    record_id = fields.Integer("Record", required=True)
    code = fields.Char("Code")
    deleted = fields.Boolean("Deleted")

    @classmethod
    def __setup__(cls):
        super().__setup__()
        cls.__rpc__.update(
            register=RPC(readonly=False),
            unregister=RPC(readonly=False),
            pull=RPC(),
            acknowledge=RPC(readonly=False),
            pending=RPC(),
        )

    @classmethod
    @for_panstore
    def register(cls, consumer):
        """Start to keep rows for `consumer`; it sees none of what was there before.

        Returns:
            {"consumer": name, "repeated": whether it was registered already}.
        """
        cursor = Transaction().connection.cursor()
        Consumer = Pool().get("panstore.outbox.consumer")
        Acknowledgement = Pool().get("panstore.outbox.acknowledgement")
        if Consumer.search([("name", "=", consumer)]):
            return {"consumer": consumer, "repeated": True}
        alone = not Consumer.search([], limit=1)
        (record,) = Consumer.create([{"name": consumer}])
        outbox, acknowledged = cls.__table__(), Acknowledgement.__table__()
        if alone:
            cursor.execute(*acknowledged.delete())
            cursor.execute(*outbox.delete())
        else:
            # Rows whose transaction is still running are not visible here, hence stay pending.
            cursor.execute(
                *acknowledged.insert(
                    [acknowledged.consumer, acknowledged.outbox],
                    outbox.select(Literal(record.id), outbox.id),
                )
            )
        return {"consumer": consumer, "repeated": False}

    @classmethod
    @for_panstore
    def unregister(cls, consumer):
        """Keep no more rows for `consumer`; unknown names are fine."""
        Consumer = Pool().get("panstore.outbox.consumer")
        Acknowledgement = Pool().get("panstore.outbox.acknowledgement")
        cursor = Transaction().connection.cursor()
        for record in Consumer.search([("name", "=", consumer)]):
            acknowledged = Acknowledgement.__table__()
            cursor.execute(*acknowledged.delete(where=acknowledged.consumer == record.id))
            Consumer.delete([record])
        return {"consumer": consumer}

    @classmethod
    @for_panstore
    def pull(cls, consumer, limit=1000):
        """Rows `consumer` has not acknowledged, oldest id first, at most `limit` (up to 5000).

        Returns:
            A list of {"id", "kind", "record_id", "code", "deleted", "at", "sales"}; `at` is naive
            UTC, just before the commit; `sales` are our keys of the sales that a sale, shipment,
            return or invoice belongs to now, empty where it belongs to none of ours.
        """
        cursor = Transaction().connection.cursor()
        outbox = cls.__table__()
        cursor.execute(
            *outbox.select(
                outbox.id,
                outbox.kind,
                outbox.record_id,
                outbox.code,
                outbox.deleted,
                outbox.create_date,
                where=cls._unacknowledged(outbox, cls._consumer(consumer)),
                order_by=outbox.id,
                limit=max(1, min(int(limit), PULL_LIMIT)),
            )
        )
        rows = cursor.fetchall()
        keys = sale_keys((kind, record_id) for _, kind, record_id, *_ in rows)
        return [
            {
                "id": id_,
                "kind": kind,
                "record_id": record_id,
                "code": code,
                "deleted": bool(deleted),
                "at": _datetime(at),
                "sales": keys.get((kind, record_id), []),
            }
            for id_, kind, record_id, code, deleted, at in rows
        ]

    @classmethod
    @for_panstore
    def pending(cls, consumer):
        """How much `consumer` has not acknowledged: {"count", "oldest_at" (naive UTC or null)}."""
        cursor = Transaction().connection.cursor()
        outbox = cls.__table__()
        cursor.execute(
            *outbox.select(
                Count(Literal(1)),
                Min(outbox.create_date),
                where=cls._unacknowledged(outbox, cls._consumer(consumer)),
            )
        )
        count, oldest = cursor.fetchone()
        return {"count": count, "oldest_at": _datetime(oldest)}

    @classmethod
    @for_panstore
    def acknowledge(cls, consumer, ids):
        """Tell that `consumer` has stored the rows `ids` durably; never send them to it again.

        Rows every registered consumer has acknowledged are deleted here, these and a few of the
        oldest. Unknown and repeated ids are fine.

        Returns:
            {"acknowledged": how many of `ids` were waiting for this consumer}.
        """
        cursor = Transaction().connection.cursor()
        Consumer = Pool().get("panstore.outbox.consumer")
        Acknowledgement = Pool().get("panstore.outbox.acknowledgement")
        consumer_id = cls._consumer(consumer)
        outbox, acknowledged = cls.__table__(), Acknowledgement.__table__()
        table = Consumer.__table__()
        # Also lets one call per consumer through at a time.
        cursor.execute(
            *table.update([table.acknowledged_at], [_now()], where=table.id == consumer_id)
        )
        known = 0
        for part in batches(ids):
            fresh = outbox.select(
                Literal(consumer_id),
                outbox.id,
                where=outbox.id.in_(part) & cls._unacknowledged(outbox, consumer_id),
            )
            cursor.execute(
                *acknowledged.insert([acknowledged.consumer, acknowledged.outbox], fresh)
            )
            known += max(cursor.rowcount, 0)
            cls._trim(part)
        cls._trim(cls._oldest())
        return {"acknowledged": known}

    @classmethod
    def trim_unclaimed(cls):
        """Delete rows while nobody is registered; run daily by the scheduler."""
        Consumer = Pool().get("panstore.outbox.consumer")
        if not Consumer.search([], limit=1):
            outbox = cls.__table__()
            Transaction().connection.cursor().execute(*outbox.delete())

    @classmethod
    def _oldest(cls):
        # Two consumers that acknowledge a row at the same moment do not see each other, so the
        # row stays; one of the next calls finds it among the oldest.
        cursor = Transaction().connection.cursor()
        outbox = cls.__table__()
        cursor.execute(*outbox.select(outbox.id, order_by=outbox.id, limit=_TRIM_OLDEST))
        return [id_ for (id_,) in cursor.fetchall()]

    @classmethod
    def _trim(cls, ids):
        """Delete those of `ids` that every registered consumer has acknowledged."""
        if not ids:
            return
        cursor = Transaction().connection.cursor()
        Consumer = Pool().get("panstore.outbox.consumer")
        Acknowledgement = Pool().get("panstore.outbox.acknowledgement")
        outbox, acknowledged = cls.__table__(), Acknowledgement.__table__()
        consumer = Consumer.__table__()
        cursor.execute(
            *acknowledged.select(
                acknowledged.outbox,
                where=acknowledged.outbox.in_(ids),
                group_by=acknowledged.outbox,
                having=Count(acknowledged.consumer) >= consumer.select(Count(Literal(1))),
            )
        )
        done = [id_ for (id_,) in cursor.fetchall()]
        if done:
            cursor.execute(*acknowledged.delete(where=acknowledged.outbox.in_(done)))
            cursor.execute(*outbox.delete(where=outbox.id.in_(done)))

    @classmethod
    def _unacknowledged(cls, outbox, consumer_id):
        acknowledged = Pool().get("panstore.outbox.acknowledgement").__table__()
        return Not(
            Exists(
                acknowledged.select(
                    Literal(1),
                    where=(acknowledged.consumer == consumer_id)
                    & (acknowledged.outbox == outbox.id),
                )
            )
        )

    @classmethod
    def _consumer(cls, name):
        Consumer = Pool().get("panstore.outbox.consumer")
        found = Consumer.search([("name", "=", name)], limit=1)
        if not found:
            raise GatewayError(
                "unknown_consumer", f"the outbox keeps nothing for {name!r}; register it first"
            )
        return found[0].id


class Consumer(ModelSQL):
    """Somebody the outbox keeps rows for."""

    __name__ = "panstore.outbox.consumer"
    name = fields.Char("Name", required=True)
    acknowledged_at = fields.Timestamp("Acknowledged At")

    @classmethod
    def __setup__(cls):
        super().__setup__()
        table = cls.__table__()
        cls._sql_constraints.append((
            "name_unique",
            Unique(table, table.name),
            "panstore.msg_consumer_unique",
        ))


class Acknowledgement(ModelSQL):
    """One consumer has stored one row; without foreign keys, as it lives and dies with the row."""

    __name__ = "panstore.outbox.acknowledgement"
    consumer = fields.Integer("Consumer", required=True)
    outbox = fields.Integer("Outbox", required=True)

    @classmethod
    def __setup__(cls):
        super().__setup__()
        table = cls.__table__()
        cls._sql_constraints.append((
            "acknowledgement_unique",
            Unique(table, table.consumer, table.outbox),
            "panstore.msg_acknowledgement_unique",
        ))
        cls._sql_indexes.add(Index(table, (table.outbox, Index.Equality())))


class Cron(metaclass=PoolMeta):
    __name__ = "ir.cron"

    @classmethod
    def __setup__(cls):
        super().__setup__()
        cls.method.selection.append((
            "panstore.outbox|trim_unclaimed",
            "Trim the PanStore Outbox Nobody Reads",
        ))


def _datetime(value):
    """SQLite gives text for a column it computed itself."""
    if isinstance(value, str):
        return dt.datetime.fromisoformat(value)
    return value
