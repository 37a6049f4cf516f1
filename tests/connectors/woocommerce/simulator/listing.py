"""What every list knows: pages, order, ids to take or leave, and moments with their traps."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

from tests.connectors.woocommerce.simulator.answers import page_headers, trimmed
from tests.connectors.woocommerce.simulator.router import WooAnswer, WooRequest
from tests.connectors.woocommerce.simulator.schema import Between, Kind, ListOf, checked

if TYPE_CHECKING:
    from tests.connectors.woocommerce.simulator.shop import SimWoo

__all__ = ["PARAMETERS", "Where", "bound", "checked_query", "listed", "page_of"]

PARAMETERS: Mapping[str, Kind] = {
    "page": Between(1),
    "per_page": Between(1, 100),
    "offset": "integer",
    "order": ("asc", "desc"),
    "after": "date",
    "before": "date",
    "modified_after": "date",
    "modified_before": "date",
    "dates_are_gmt": "boolean",
    "include": ListOf("integer"),
    "exclude": ListOf("integer"),
}
"""Query parameters of most lists."""


@dataclass
class Where:
    """Conditions of a query, joined by AND."""

    parts: list[str] = field(default_factory=list)
    values: list[Any] = field(default_factory=list)

    def add(self, part: str, *values: Any) -> None:
        self.parts.append(part)
        self.values += values

    def among(self, column: str, values: Sequence[Any], *, never: bool = False) -> None:
        """`column` is (never) one of `values`."""
        marks = ",".join("?" * len(values))
        self.add(f"{column} {'NOT ' if never else ''}IN ({marks})", *values)

    @property
    def sql(self) -> str:
        return " AND ".join(self.parts) or "1"


def checked_query(request: WooRequest, more: Mapping[str, Kind] | None = None) -> dict[str, Any]:
    """The query's known parameters, checked.

    Raises:
        Refused: 400 `rest_invalid_param`.
    """
    return checked(request.query, {**PARAMETERS, **(more or {})})


def page_of(query: Mapping[str, Any]) -> tuple[int, int, int]:
    """(page, items per page, first item from 0); an offset given wins over the page."""
    page, per_page = int(query.get("page", 1)), int(query.get("per_page", 10))
    offset = query.get("offset")
    return page, per_page, (page - 1) * per_page if offset is None else int(offset)


def bound(shop: SimWoo, query: Mapping[str, Any], name: str) -> str | None:
    """A date filter's bound as a kept stamp (UTC), read as WordPress reads it.

    Without a zone the text is a moment of the shop's own zone; with one it is turned into that.
    `dates_are_gmt` then holds the *local* text for UTC: right for a text without zone, wrong by
    the zone's offset for one with (WooCommerce 10.5, recorded 16-modified-after).
    """
    text = query.get(name)
    if not text:
        return None
    moment = dt.datetime.fromisoformat(text)
    zone = ZoneInfo(shop.zone)
    local = moment.replace(tzinfo=zone) if moment.tzinfo is None else moment.astimezone(zone)
    utc = local.replace(tzinfo=dt.UTC) if query.get("dates_are_gmt") else local.astimezone(dt.UTC)
    return utc.strftime("%Y-%m-%dT%H:%M:%S")


def listed(
    request: WooRequest, query: Mapping[str, Any], total: int, bodies: Sequence[Mapping[str, Any]]
) -> WooAnswer:
    """A page of a list with its headers."""
    page, per_page, _ = page_of(query)
    return WooAnswer(
        200, trimmed(request, list(bodies)), page_headers(request, total, per_page, page)
    )
