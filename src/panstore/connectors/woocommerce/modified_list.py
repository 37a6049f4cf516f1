"""Asks the shop for rows of a list that moves while it is read (see `map.modified`)."""

from __future__ import annotations

import datetime as dt
import hashlib
from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Protocol, TypeVar

import msgspec

from panstore.connectors.woocommerce.client import Call, Page
from panstore.connectors.woocommerce.map.modified import (
    LATE_S,
    Crowd,
    Position,
    Row,
    Step,
    crowded,
    leave_page,
    read_on,
)

T = TypeVar("T")

__all__ = ["PAGE", "Dated", "Found", "Lists", "ModifiedList", "digest", "gmt", "moment_of"]

PAGE = 100
"""Most rows WooCommerce gives at once (recorded 15-list-paging)."""

_UNKNOWN_SKEW_S = 120
"""How far the shop's clock may be behind ours where its answers carry no date."""

_DIGEST_BYTES = 8

_LEFT_OUT_PAGES = 5
"""How many pages of ids a question leaves out at most: its address must not grow without end."""

_ROWS = msgspec.json.Decoder(list[msgspec.Raw])


def digest(content: bytes | msgspec.Raw) -> str:
    """Of a row's JSON; equal for equal content."""
    return hashlib.blake2b(bytes(content), digest_size=_DIGEST_BYTES).hexdigest()


def gmt(second: int) -> str:
    """A second as WooCommerce reads it right: naive UTC (recorded 16-modified-after)."""
    return dt.datetime.fromtimestamp(second, dt.UTC).strftime("%Y-%m-%dT%H:%M:%S")


class Dated(Protocol):
    """What has to be known of a row."""

    id: int
    date_modified_gmt: str | None


class Lists(Protocol):
    """Who is asked: `WooClient`."""

    async def page(self, call: Call, decoder: msgspec.json.Decoder[list[T]]) -> Page[T]:
        """Part of a list."""


class Found(msgspec.Struct, frozen=True):
    """Rows that are new, as they came, and where to read on."""

    rows: tuple[msgspec.Raw, ...]
    position: Position
    more: bool


class ModifiedList:
    """One list of the shop, read on from a position.

    Args:
        client: asks.
        call: the question, without what chooses and orders its rows.
        head: what has to be known of a row; raises a `RemoteError` where it cannot be read.
        now: our clock, aware.
        size: rows asked for at once.
    """

    def __init__(
        self,
        client: Lists,
        call: Call,
        head: Callable[[msgspec.Raw], Dated],
        now: Callable[[], dt.datetime],
        *,
        size: int = PAGE,
    ) -> None:
        self._client = client
        self._call = call
        self._head = head
        self._now = now
        self._size = size

    async def read(self, position: Position, limit: int) -> Found:
        """The next rows that were modified, in one question where the list allows it.

        Args:
            position: where the last reading ended.
            limit: most rows wanted, >= 1.

        Raises:
            RemoteError: nothing was read; the position holds.
        """
        if position.crowd is not None:
            return await self._leave_page(position, position.crowd, limit)
        began, started = self._now(), 0
        left_out: frozenset[int] = frozenset()
        while True:
            page = await self._ask(_after(position.through, left_out, self._size))
            rows = [self._row(raw) for raw in page.rows]
            if not left_out:
                started = _by_their_clock(began, page.skew)
                second = crowded(rows, size=self._size, started=started)
                if second is not None:
                    return await self._enter_crowd(position, second, min(limit, self._size))
            step = read_on(position, rows, size=self._size, limit=limit, started=started)
            if not step.known:
                return _found(step, page.rows)
            left_out |= step.known
            if len(left_out) > _LEFT_OUT_PAGES * self._size:
                # So much changed just now that it cannot be left out of a question. When its
                # seconds are finished it needs not be.
                return Found((), position, more=False)

    async def begin(self) -> Position:
        """The position behind everything there is now."""
        began = self._now()
        page = await self._client.page(self._call_with({"per_page": "1"}), _ROWS)
        position = Position(_by_their_clock(began, page.skew) - LATE_S)
        while True:
            found = await self.read(position, self._size)
            position = found.position
            if not found.more:
                return position

    async def _enter_crowd(self, position: Position, second: int, size: int) -> Found:
        page = await self._ask(_within(second, 1, size))
        if not page.pages:
            through = max(position.through, second)
            return Found((), msgspec.structs.replace(position, through=through), more=True)
        crowd = Crowd(second, page.pages, size)
        return Found((), msgspec.structs.replace(position, crowd=crowd), more=True)

    async def _leave_page(self, position: Position, crowd: Crowd, limit: int) -> Found:
        if limit < crowd.size:
            # The same rows in smaller pages.
            crowd = Crowd(crowd.second, -(-crowd.page * crowd.size // limit), limit)
            position = msgspec.structs.replace(position, crowd=crowd)
        page = await self._ask(_within(crowd.second, crowd.page, crowd.size))
        return _found(leave_page(position, [self._row(raw) for raw in page.rows]), page.rows)

    async def _ask(self, query: Mapping[str, str]) -> Page[msgspec.Raw]:
        return await self._client.page(self._call_with(query), _ROWS)

    def _call_with(self, query: Mapping[str, str]) -> Call:
        return replace(self._call, query={**self._call.query, **query})

    def _row(self, raw: msgspec.Raw) -> Row:
        head = self._head(raw)
        return Row(head.id, _second(head.date_modified_gmt), digest(raw))


def _after(through: int, left_out: frozenset[int], size: int) -> dict[str, str]:
    query = {"orderby": "modified", "order": "asc", "per_page": str(size)}
    if through >= 0:
        # With the flag and without a zone; anything else is read as another time.
        query |= {"modified_after": gmt(through), "dates_are_gmt": "true"}
    if left_out:
        query["exclude"] = ",".join(map(str, sorted(left_out)))
    return query


def _within(second: int, page: int, size: int) -> dict[str, str]:
    return {
        "orderby": "id",
        "order": "asc",
        "per_page": str(size),
        "page": str(page),
        "modified_after": gmt(second - 1),
        "modified_before": gmt(second + 1),
        "dates_are_gmt": "true",
    }


def _by_their_clock(began: dt.datetime, skew: dt.timedelta | None) -> int:
    """The shop's second in which something began here, rather too early than too late."""
    if skew is None:
        skew = dt.timedelta(seconds=_UNKNOWN_SKEW_S)
    return int((began - skew).timestamp())


def moment_of(written: str | None) -> dt.datetime | None:
    """A time of WooCommerce's `*_gmt` fields, aware UTC; None where none is written."""
    try:
        moment = dt.datetime.fromisoformat(written or "")
    except ValueError:
        return None
    return moment.replace(tzinfo=moment.tzinfo or dt.UTC)


def _second(written: str | None) -> int:
    """Seconds since 1970; 0 where nothing is written, which no question with a bound finds."""
    moment = moment_of(written)
    return 0 if moment is None else max(0, int(moment.timestamp()))


def _found(step: Step, rows: list[msgspec.Raw]) -> Found:
    return Found(tuple(rows[at] for at in step.take), step.position, step.more)
