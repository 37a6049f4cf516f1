"""A model of a list of WooCommerce that moves while it is read; it has a clock of its own.

It answers what was modified after a second, in whole seconds, rows of one second in any order, and
may write a row over between finding and showing it. What it shows of a row that is written late
was not there before.
"""

from __future__ import annotations

import datetime as dt
import json
import random
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TypeVar

import msgspec

from panstore.connectors.woocommerce.client import Call, Page

T = TypeVar("T")


@dataclass
class Row:
    second: int
    content: int


@dataclass
class MovingList:
    """The list.

    Attributes:
        clock: its present second.
        dated: whether its answers say the time.
        ahead: seconds our clock is ahead of its own.
        asked: how many questions there were.
        meanwhile: called between finding and showing the rows of each question.
    """

    clock: int = 1_000_000
    dated: bool = True
    ahead: int = 0
    asked: int = 0
    rows: dict[int, Row] = field(default_factory=dict)
    late: list[tuple[int, int, int, int]] = field(default_factory=list)
    order: random.Random = field(default_factory=lambda: random.Random(0))
    meanwhile: Callable[[], None] = lambda: None
    contents: int = 0

    def now(self) -> dt.datetime:
        """Our clock."""
        return dt.datetime.fromtimestamp(self.clock + self.ahead, dt.UTC)

    def write(self, id_: int, *, late: int = 0) -> None:
        """Edit or make a row; `late` seconds lie between the time it writes and its being there."""
        self.contents += 1
        self.late.append((self.clock + late, id_, self.clock, self.contents))
        self._arrive()

    def delete(self, id_: int) -> None:
        self.rows.pop(id_, None)
        self.late = [one for one in self.late if one[1] != id_]

    def tick(self, seconds: int) -> None:
        self.clock += seconds
        self._arrive()

    def _arrive(self) -> None:
        for one in sorted(self.late):
            at, id_, second, content = one
            if at <= self.clock:
                self.late.remove(one)
                self.rows[id_] = Row(second, content)

    async def page(self, call: Call, decoder: msgspec.json.Decoder[list[T]]) -> Page[T]:
        self.asked += 1
        query = dict(call.query)
        size, number = int(query["per_page"]), int(query.get("page", "1"))
        found = [id_ for id_, row in self.rows.items() if self._wanted(id_, row, query)]
        self.order.shuffle(found)
        by_id = query.get("orderby") == "id"
        found.sort(key=lambda id_: id_ if by_id else self.rows[id_].second)
        chosen = found[(number - 1) * size : number * size]
        self.meanwhile()
        body = [self._shown(id_) for id_ in chosen if id_ in self.rows]
        skew = dt.timedelta(seconds=self.ahead) if self.dated else None
        rows = decoder.decode(json.dumps(body).encode())
        return Page(rows, len(found), -(-len(found) // size), skew)

    def _wanted(self, id_: int, row: Row, query: dict[str, str]) -> bool:
        left_out = {int(one) for one in query.get("exclude", "").split(",") if one}
        after, before = query.get("modified_after"), query.get("modified_before")
        if after or before:
            assert query["dates_are_gmt"] == "true"
        return (
            id_ not in left_out
            and (after is None or row.second > _second(after))
            and (before is None or row.second < _second(before))
        )

    def _shown(self, id_: int) -> dict[str, object]:
        row = self.rows[id_]
        moment = dt.datetime.fromtimestamp(row.second, dt.UTC).strftime("%Y-%m-%dT%H:%M:%S")
        return {"id": id_, "date_modified_gmt": moment, "content": row.content}


def _second(written: str) -> int:
    return int(dt.datetime.fromisoformat(written).replace(tzinfo=dt.UTC).timestamp())
