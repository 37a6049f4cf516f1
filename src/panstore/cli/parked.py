"""`panstore parked`: records that wait for a person."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from panstore.cli.failures import RefusedError
from panstore.cli.host import DONE, WAITING, Flag, GivenDesk, Limit, Number
from panstore.cli.output import document, line, zoned
from panstore.engine.context import ORDERS
from panstore.store import parked as table
from panstore.store.order_list import printed_numbers

if TYPE_CHECKING:
    from panstore.engine.engine import Engine
    from panstore.model.ids import RouteId

__all__ = ["list_parked", "retry_parked", "skip_parked"]


def list_parked(
    *,
    limit: Limit = 200,
    json: Flag = False,
    desk: GivenDesk,
) -> int:
    """List parked records, the newest first.

    Args:
        limit: at most so many.
        json: print one JSON document.
    """

    async def ask(engine: Engine) -> tuple[list[table.Parked], dict[tuple[RouteId, str], str], str]:
        context = engine.context
        rows, numbers = await context.store.read(
            lambda c: (table.list_parked(c, limit=limit), printed_numbers(c, ORDERS))
        )
        return rows, numbers, context.zone

    rows, numbers, zone = desk.ask(ask)
    if json:
        document({"parked": [msgspec.structs.asdict(row) for row in rows]})
    elif not rows:
        line("Nothing is parked.")
    else:
        for row in rows:
            number = numbers.get((row.route, row.key)) if row.module == ORDERS else None
            line(f"{row.id}  {number or row.label or row.key}  ({row.module} on {row.route})")
            line(f"    {row.reason}")
            line(f"    since {zoned(row.parked_at, zone)}, {row.code}")
        line(f"Times in {zone}.")
    return WAITING if rows else DONE


def retry_parked(record: Number, /, *, json: Flag = False, desk: GivenDesk) -> int:
    """Work a parked record again.

    Args:
        record: its number in `panstore parked list`.
        json: print one JSON document.
    """
    return _decide(record, "retried", json=json, desk=desk)


def skip_parked(record: Number, /, *, json: Flag = False, desk: GivenDesk) -> int:
    """Leave a parked record alone.

    Args:
        record: its number in `panstore parked list`.
        json: print one JSON document.
    """
    return _decide(record, "skipped", json=json, desk=desk)


def _decide(record: int, state: str, *, json: bool, desk: GivenDesk) -> int:
    async def work(engine: Engine) -> table.Parked:
        found = await engine.context.store.read(lambda c: table.find(c, record))
        if found is None or found.state != "open":
            was = "is not there" if found is None else f"was {found.state} before"
            raise RefusedError(
                f"parked record {record} {was}. Nothing was changed.",
                "`panstore parked list` shows those that wait.",
            )
        await (engine.retry(record) if state == "retried" else engine.skip(record))
        return found

    found = desk.ask(work)
    if json:
        document({"id": record, "state": state, "label": found.label, "key": found.key})
    else:
        line(f"{found.label or found.key} is {state}.")
    return DONE
