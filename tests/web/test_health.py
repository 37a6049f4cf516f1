"""Alive, ready, and figures for Prometheus."""

from __future__ import annotations

from collections import namedtuple

import pytest
import sqlalchemy as sa

from tests.web.counter import Counter

_Usage = namedtuple("_Usage", ["total", "used", "free"])


async def test_alive_and_ready(counter: Counter) -> None:
    assert (await counter.client.get("/health/live")).json() == {"live": True}
    answer = await counter.client.get("/health/ready")
    assert (answer.status_code, answer.json()["ready"]) == (200, True)


async def test_a_dead_shop_does_not_make_it_unready(counter: Counter) -> None:
    counter.scene.faults.script("shop", "orders_since", "unavailable", "unavailable", "unavailable")
    for _ in range(3):
        await counter.house.look()
    assert (await counter.client.get("/health/ready")).status_code == 200
    figures = (await counter.client.get("/metrics")).text
    assert 'panstore_connection_works{connection="shop"} 0.0' in figures
    assert 'panstore_connection_works{connection="erp"} 1.0' in figures


async def test_a_store_that_is_not_migrated_is_not_ready(counter: Counter) -> None:
    await counter.house.store.write(lambda c: c.execute(sa.text("DELETE FROM alembic_version")))
    answer = await counter.client.get("/health/ready")
    assert answer.status_code == 503
    assert answer.json()["checks"]["migrations"].startswith("missing")


async def test_a_full_disk_is_not_ready(counter: Counter, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("panstore.web.health.shutil.disk_usage", lambda _: _Usage(1, 1, 0))
    answer = await counter.client.get("/health/ready")
    assert answer.status_code == 503
    assert answer.json()["checks"]["disk"] == "only 0 MiB are free"


async def test_metrics_tell_of_the_store(counter: Counter) -> None:
    await counter.park_an_order()
    counter.scene.erp.set_on_hand(counter.scene.shop_links[0].erp, 4)
    await counter.house.look()
    figures = (await counter.client.get("/metrics")).text
    assert "panstore_parked 1.0" in figures
    assert 'panstore_waiting{module="S1",route="shop"} 1.0' in figures
    assert "panstore_outcomes_total" in figures


async def test_a_fault_of_ours_is_logged_and_told_without_its_inside(
    counter: Counter, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*_: object) -> None:
        raise ZeroDivisionError("an inner thing")

    logged: list[str] = []
    log = counter.house.engine.context.log
    monkeypatch.setattr(log, "error", lambda event, **more: logged.append(f"{event} {more}"))
    monkeypatch.setattr("panstore.web.api.look", broken)
    counter.client._transport.raise_server_exceptions = False  # type: ignore[attr-defined]
    answer = await counter.client.get("/api/v1/status", headers=counter.api)
    assert answer.status_code == 500
    assert "inner thing" not in answer.text
    assert len(logged) == 1
    assert "/api/v1/status" in logged[0]
