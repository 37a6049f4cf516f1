"""At what accounts buy, as shops that keep contract prices were last told."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Sequence

import msgspec
import sqlalchemy as sa

from panstore.model.ids import ExternalId, RouteId
from panstore.store.tables import buyer_ledger
from panstore.store.upsert import insert

__all__ = [
    "KeptBuyer",
    "doubt_buyers",
    "forget_buyers",
    "is_wanted",
    "kept_buyers",
    "known_accounts",
    "record_buyers",
    "released_accounts",
    "title_of",
    "waiting_for",
]


class KeptBuyer(msgspec.Struct, frozen=True):
    """What a shop was last told of an account.

    Attributes:
        wanted: its agreement as the ERP last said, empty for none.
        agreement, title: what the shop knows; empty for none.
        stale: the shop has to be asked before that is believed.
    """

    account: ExternalId
    wanted: ExternalId
    agreement: ExternalId
    title: str
    stale: bool = False


_COLUMNS = [buyer_ledger.c[name] for name in KeptBuyer.__struct_fields__]
_CHANGED = ("wanted", "agreement", "title", "stale", "written_at")


def kept_buyers(
    connection: sa.Connection, route: RouteId, accounts: Sequence[str]
) -> dict[ExternalId, KeptBuyer]:
    """What is known of these accounts; those the shop was never told about are left out."""
    rows = connection.execute(
        sa.select(*_COLUMNS).where(
            buyer_ledger.c.route == route, buyer_ledger.c.account.in_(accounts)
        )
    )
    return {ExternalId(row.account): KeptBuyer(*row) for row in rows}


def record_buyers(
    connection: sa.Connection, route: RouteId, buyers: Iterable[KeptBuyer], *, now: dt.datetime
) -> None:
    """Write down what the shop was told, and what it shall be told."""
    rows = [
        {"route": route, "written_at": now, **msgspec.structs.asdict(one)}
        for one in sorted(buyers, key=lambda one: one.account)
    ]
    if not rows:
        return
    statement = insert(connection, buyer_ledger)
    connection.execute(
        statement.on_conflict_do_update(
            index_elements=["route", "account"],
            set_={name: statement.excluded[name] for name in _CHANGED},
        ),
        rows,
    )


def forget_buyers(connection: sa.Connection, route: RouteId, accounts: Sequence[str]) -> None:
    """The shop keeps nothing of these accounts any more, and shall not."""
    connection.execute(
        sa.delete(buyer_ledger).where(
            buyer_ledger.c.route == route, buyer_ledger.c.account.in_(accounts)
        )
    )


def doubt_buyers(connection: sa.Connection, route: RouteId) -> None:
    """Say that the shop may know something else of every account."""
    connection.execute(
        sa.update(buyer_ledger).where(buyer_ledger.c.route == route).values(stale=True)
    )


def known_accounts(
    connection: sa.Connection, route: RouteId, *, after: str, limit: int
) -> list[ExternalId]:
    """Accounts the shop was told about, in their order, from behind `after`."""
    rows = connection.execute(
        sa
        .select(buyer_ledger.c.account)
        .where(buyer_ledger.c.route == route, buyer_ledger.c.account > after)
        .order_by(buyer_ledger.c.account)
        .limit(limit)
    )
    return [ExternalId(account) for account in rows.scalars()]


def released_accounts(connection: sa.Connection, route: RouteId) -> list[ExternalId]:
    """Accounts that are to buy as everybody, of which the shop has not confirmed it."""
    rows = connection.execute(
        sa
        .select(buyer_ledger.c.account)
        .where(buyer_ledger.c.route == route, buyer_ledger.c.wanted == "")
        .order_by(buyer_ledger.c.account)
    )
    return [ExternalId(account) for account in rows.scalars()]


def is_wanted(connection: sa.Connection, route: RouteId, agreement: ExternalId) -> bool:
    """Whether anybody buys at an agreement, or shall."""
    for column in (buyer_ledger.c.wanted, buyer_ledger.c.agreement):
        found = connection.execute(
            sa
            .select(sa.literal(1))
            .select_from(buyer_ledger)
            .where(buyer_ledger.c.route == route, column == agreement)
            .limit(1)
        ).first()
        if found is not None:
            return True
    return False


def title_of(connection: sa.Connection, route: RouteId, agreement: ExternalId) -> str:
    """What buyers read of an agreement; empty while nobody has it."""
    row = connection.execute(
        sa
        .select(buyer_ledger.c.title)
        .where(buyer_ledger.c.route == route, buyer_ledger.c.agreement == agreement)
        .limit(1)
    ).first()
    return "" if row is None else str(row.title)


def waiting_for(
    connection: sa.Connection, route: RouteId, agreement: ExternalId
) -> list[ExternalId]:
    """Accounts that shall buy at an agreement, and do not yet as far as the shop knows."""
    rows = connection.execute(
        sa.select(buyer_ledger.c.account).where(
            buyer_ledger.c.route == route,
            buyer_ledger.c.wanted == agreement,
            buyer_ledger.c.agreement != agreement,
        )
    )
    return [ExternalId(account) for account in rows.scalars()]
