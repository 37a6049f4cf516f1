"""Notes and reasons of refunds are not kept with facts and intents, which never expire."""

from __future__ import annotations

import importlib
from decimal import Decimal

import msgspec
import pytest
import sqlalchemy as sa
from alembic.migration import MigrationContext
from alembic.operations import Operations

from panstore.model.ids import ExternalId, RouteId
from panstore.model.sale import Booked, BookedLine
from panstore.store.database import Store
from panstore.store.facts import FactRow, NewIntent, add_fact, begin_intent, facts_of, intents_of
from panstore.store.tables import facts, intents
from tests.store.samples import NOW

ROUTE = RouteId("main")
ONE = Decimal(1)


def _line(kind: str, description: str) -> BookedLine:
    product = ExternalId("p1") if kind == "goods" else None
    return BookedLine(product, kind, description, ONE, ONE, ONE, Decimal(22))  # type: ignore[arg-type]


def _booked(goods: str, charge: str) -> str:
    lines = (_line("goods", goods), _line("discount", charge))
    return msgspec.json.encode(Booked(lines, Decimal("2.44"), "content", "address")).decode()


SENT = _booked("Moka pot\nFor Maja, 040 123 456", "Refund: jan@x.si was not at home")
KEPT = _booked("Moka pot", "")
TOLD = '{"update":{"lines":[]},"detail":"x"}'


def _keep(connection: sa.Connection) -> None:
    add_fact(connection, ROUTE, "1", FactRow("ordered", 1, NOW, detail=SENT))
    add_fact(connection, ROUTE, "1", FactRow("cancelled", 1, NOW, detail="shop/1/order/1"))
    for key, detail in (("a", SENT), ("b", TOLD)):
        begin_intent(
            connection, NewIntent(key, "order", detail=detail), route=ROUTE, order_id="1", now=NOW
        )


def _details(connection: sa.Connection) -> tuple[set[str], set[str]]:
    return (
        {fact.detail for fact in facts_of(connection, ROUTE, "1")},
        {intent.detail for intent in intents_of(connection, ROUTE, "1")},
    )


def test_only_names_of_articles_are_kept(store: Store) -> None:
    store.run(_keep)
    assert store._read(_details) == ({KEPT, "shop/1/order/1"}, {KEPT, TOLD})


@pytest.mark.parametrize("page", [1, 2, 1000])
def test_what_was_kept_before_is_cut_by_the_migration(
    store: Store, monkeypatch: pytest.MonkeyPatch, page: int
) -> None:
    migration = importlib.import_module("panstore.store.migrations.versions.0005_no_notes_before")
    monkeypatch.setattr(migration, "_PAGE", page)

    def before(connection: sa.Connection) -> None:
        for revision in (2, 3):
            add_fact(connection, ROUTE, "1", FactRow("ordered", revision, NOW))
        _keep(connection)
        connection.execute(sa.update(facts).where(facts.c.name == "ordered").values(detail=SENT))
        connection.execute(sa.update(intents).where(intents.c.key == "a").values(detail=SENT))
        connection.execute(sa.text("DROP INDEX ix_orders_number"))
        with Operations.context(MigrationContext.configure(connection)):
            migration.upgrade()

    store.run(before)
    assert store._read(_details) == ({KEPT, "shop/1/order/1"}, {KEPT, TOLD})
