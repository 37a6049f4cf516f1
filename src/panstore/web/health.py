"""Is the process alive, is it ready, and figures for Prometheus."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Any

import sqlalchemy as sa
from litestar import Request, Response, get
from litestar.status_codes import HTTP_200_OK, HTTP_503_SERVICE_UNAVAILABLE
from prometheus_client import CONTENT_TYPE_LATEST, REGISTRY, CollectorRegistry, Gauge
from prometheus_client.exposition import generate_latest
from sqlalchemy.exc import SQLAlchemyError

from panstore.engine.status import Status, look
from panstore.store.database import Store
from panstore.store.migrate import pending
from panstore.web.site import site_of

__all__ = ["live", "metrics", "ready"]

_LEAST_FREE_BYTES = 100 * 1024 * 1024


@get("/health/live", include_in_schema=False)
async def live() -> dict[str, bool]:
    """The event loop answers."""
    return {"live": True}


@get("/health/ready", include_in_schema=False)
async def ready(request: Request[Any, Any, Any]) -> Response[dict[str, Any]]:
    """Work can be taken: the store answers, is migrated, and has space.

    A dead shop or ERP does not matter here: its work waits, and `/api/v1/status` tells of it.
    """
    store = site_of(request).engine.context.store
    checks = {"disk": _disk(store)}
    try:
        missing = await store.read(_missing_revisions)
        checks["store"] = ""
        checks["migrations"] = f"missing: {', '.join(missing)}" if missing else ""
    except (SQLAlchemyError, OSError) as error:
        checks["store"] = f"does not answer ({type(error).__name__})"
    fine = not any(checks.values())
    return Response(
        {"ready": fine, "checks": {name: what or "fine" for name, what in checks.items()}},
        status_code=HTTP_200_OK if fine else HTTP_503_SERVICE_UNAVAILABLE,
    )


def _missing_revisions(connection: sa.Connection) -> list[str]:
    return pending(connection)


def _disk(store: Store) -> str:
    database = sa.make_url(store.url).database
    if not store.is_sqlite or not database:
        return ""
    free = shutil.disk_usage(Path(database).parent).free
    return "" if free >= _LEAST_FREE_BYTES else f"only {free // 1024**2} MiB are free"


@get("/metrics", include_in_schema=False)
async def metrics(request: Request[Any, Any, Any]) -> Response[bytes]:
    """Counters of this process and the state of the store, for Prometheus."""
    context = site_of(request).engine.context
    status = await context.store.read(lambda c: look(c, context))
    text = generate_latest(REGISTRY) + generate_latest(_gauges(status))
    return Response(text, media_type=CONTENT_TYPE_LATEST)


def _gauges(status: Status) -> CollectorRegistry:
    found = CollectorRegistry()
    works = Gauge(
        "panstore_connection_works", "1 if the connection works", ["connection"], registry=found
    )
    for connection in status.connections:
        works.labels(connection.id).set(connection.state not in {"resting", "trouble"})
    labels = ["route", "module"]
    waiting = Gauge("panstore_waiting", "Keys marked and not worked", labels, registry=found)
    oldest = Gauge(
        "panstore_oldest_waiting_seconds", "Age of the oldest of them", labels, registry=found
    )
    held = Gauge("panstore_held", "Changes that a brake holds", labels, registry=found)
    for route in status.routes:
        for module in route.modules:
            waiting.labels(route.id, module.code).set(module.waiting)
            held.labels(route.id, module.code).set(module.held)
            age = (status.at - module.oldest).total_seconds() if module.oldest else 0
            oldest.labels(route.id, module.code).set(max(0, age))
    Gauge("panstore_parked", "Records that wait for a person", registry=found).set(status.parked)
    Gauge("panstore_approvals_waiting", "Mass changes that wait", registry=found).set(
        len(status.waiting)
    )
    return found
