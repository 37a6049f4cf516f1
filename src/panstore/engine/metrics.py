"""What Prometheus sees of the engine."""

from __future__ import annotations

from collections.abc import Iterable

from prometheus_client import Counter, Histogram

from panstore.store.audit import Entry

__all__ = [
    "GAPS",
    "OUTCOMES",
    "OWN_TIME",
    "QUOTED",
    "QUOTE_TIME",
    "TURNS",
    "UNCERTAIN",
    "observe",
]

OWN_TIME = Histogram(
    "panstore_own_seconds",
    "From the mark to the last reply, without calls to outside systems and the wait for them",
    ["module"],
    buckets=(0.01, 0.025, 0.05, 0.1, 0.15, 0.25, 0.5, 1, 2.5, 10, 60),
)
OUTCOMES = Counter("panstore_outcomes_total", "What became of records", ["module", "outcome"])
GAPS = Counter(
    "panstore_gaps_total", "Changes that only polling found: their event was lost", ["connection"]
)


TURNS = Histogram(
    "panstore_turn_seconds",
    "Waiting for a free call of a connection or for the end of its short rest; not own time",
    ["connection", "lane"],
    buckets=(0.001, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 10, 60),
)
QUOTE_TIME = Histogram(
    "panstore_quote_seconds",
    "Answering a shop's question for contract prices, without waiting for the ERP",
    ["route"],
    buckets=(0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.5, 2.5),
)
QUOTED = Counter(
    "panstore_quoted_total", "Contract prices that were known, or asked for", ["route", "how"]
)
UNCERTAIN = Counter(
    "panstore_quotes_uncertain_total",
    "Answers with prices that were only last known, because the ERP did not answer",
    ["route"],
)


def observe(entries: Iterable[Entry]) -> None:
    """Count audit entries and the time they took."""
    for entry in entries:
        OUTCOMES.labels(entry.module, entry.outcome).inc()
        if entry.own_ms is not None and entry.outcome == "written":
            OWN_TIME.labels(entry.module).observe(entry.own_ms / 1000)
