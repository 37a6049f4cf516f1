"""`panstore link`: what two full catalogues have in common, proposed, edited, confirmed."""

from __future__ import annotations

import sys
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import msgspec
from cyclopts import Parameter, validators

from panstore.cli.failures import RefusedError
from panstore.cli.host import DONE, USAGE, WAITING, Flag, GivenDesk, Limit
from panstore.cli.output import document, line, number, table
from panstore.cli.routes import chosen_routes

if TYPE_CHECKING:
    from panstore.engine.context import Context, Route
    from panstore.engine.engine import Engine
    from panstore.engine.link_apply import Applied
    from panstore.engine.link_sheet import Wish
    from panstore.engine.link_wizard import Proposal, Proposals

__all__ = ["apply_link", "propose_link"]

Confidence = Annotated[Decimal, Parameter(validator=validators.Number(gte=0, lte=1))]


def propose_link(
    *,
    route: str | None = None,
    out: Path | None = None,
    conflicts: Flag = False,
    limit: Limit = 50,
    json: Flag = False,
    desk: GivenDesk,
) -> int:
    """Propose which articles are the same; nothing is written.

    Args:
        route: the route, needed if there are several.
        out: file to write the proposals to, as CSV for Excel.
        conflicts: only pairs where something else fits as well.
        limit: print at most so many pairs.
        json: print one JSON document.
    """

    async def ask(engine: Engine) -> tuple[Route, Proposals]:
        from panstore.engine.link_wizard import propose  # noqa: PLC0415 - slow to import

        chosen = _one(engine.context, route)
        return chosen, await propose(engine.context, chosen)

    chosen, found = desk.ask(ask)
    if out is not None:
        _write(out, chosen, found)
    shown = [p for p in found.pairs if p.conflict or not conflicts][:limit]
    if json:
        document(msgspec.to_builtins(msgspec.structs.replace(found, pairs=shown)))
    else:
        _print(found, shown, out)
    return WAITING if found.pairs else DONE


def apply_link(
    sheet: Path | None = None,
    /,
    *,
    min_confidence: Confidence | None = None,
    route: str | None = None,
    yes: Flag = False,
    json: Flag = False,
    desk: GivenDesk,
) -> int:
    """Link what was confirmed.

    Args:
        sheet: the edited file of proposals; rows that say yes are linked.
        min_confidence: without a file: link pairs from this confidence on, e.g. 0.9, that have no
            conflict and need no factor.
        route: the route, needed if there are several.
        yes: do it without asking.
        json: print one JSON document.
    """
    if (sheet is None) == (min_confidence is None):
        raise RefusedError(
            "what is to be linked must be said in one way. Nothing was changed.",
            "name the edited file, or say --min-confidence 0.9.",
            code=USAGE,
        )

    async def work(engine: Engine) -> tuple[int, Applied | None]:
        from panstore.engine.link_apply import apply  # noqa: PLC0415 - slow to import
        from panstore.engine.link_sheet import SheetError  # noqa: PLC0415

        chosen = _one(engine.context, route)
        try:
            wishes = await _wishes(engine.context, chosen, sheet, min_confidence)
            if not (yes or _agreed(len(wishes), chosen.id)):
                return len(wishes), None
            return len(wishes), await apply(engine.context, chosen, wishes)
        except SheetError as error:
            raise RefusedError(str(error), "correct it and call this again.") from error

    count, done = desk.ask(work)
    if done is None:
        line(f"Pairs to be linked: {count}. Nothing was changed; say --yes to do it.")
        return WAITING
    if json:
        document(msgspec.to_builtins(done))
    else:
        line(f"Linked: {done.made}. Linked before: {done.before}. They are brought in step now.")
        for why in done.left:
            line(f"Not linked: {why}")
    return WAITING if done.left else DONE


async def _wishes(
    context: Context, route: Route, sheet: Path | None, least: Decimal | None
) -> list[Wish]:
    from panstore.engine.link_sheet import Wish, read_sheet  # noqa: PLC0415 - slow to import
    from panstore.engine.link_wizard import propose  # noqa: PLC0415

    if sheet is not None:
        try:
            content = sheet.read_bytes()  # noqa: ASYNC240 - nothing else runs in this process
        except OSError as error:
            raise RefusedError(
                f"{sheet} cannot be read: {error.strerror}. Nothing was changed.",
                "name the file that `panstore link propose --out` has written.",
            ) from error
        return read_sheet(content, route.id)
    found = await propose(context, route)
    return [
        Wish(pair.erp.id, pair.shop.id, pair.factor)
        for pair in found.pairs
        if pair.confidence >= 100 * (least or 0) and not pair.conflict and pair.factor is not None
    ]


def _agreed(count: int, route: str) -> bool:
    """A person's word; without a terminal there is nobody to give it."""
    if not count or not sys.stdin.isatty():
        return False
    return input(f"Link {count} pairs on {route}? [y/N] ").strip().casefold() in {"y", "yes", "da"}


def _one(context: Context, wanted: str | None) -> Route:
    found = chosen_routes(context, wanted)
    if len(found) != 1:
        raise RefusedError(
            "there are several routes. Nothing was done.",
            f"say --route, one of: {', '.join(sorted(r.id for r in found))}.",
            code=USAGE,
        )
    return found[0]


def _write(out: Path, route: Route, found: Proposals) -> None:
    from panstore.engine.link_sheet import write_sheet  # noqa: PLC0415 - slow to import

    try:
        with out.open("xb") as file:
            file.write(write_sheet(route.id, found).encode("utf-8-sig"))
    except FileExistsError:
        raise RefusedError(
            f"{out} is there already. It was left as it is.", "name another file with --out."
        ) from None


def _print(found: Proposals, shown: list[Proposal], out: Path | None) -> None:
    if shown:
        table(
            ("sure", "in the ERP", "in the shop", "factor", "why", "conflict"),
            [
                (
                    f"{p.confidence} %",
                    f"{p.erp.id} {p.erp.sku} {p.erp.title}",
                    f"{p.shop.id} {p.shop.sku} {p.shop.title}",
                    "say it" if p.factor is None else number(p.factor),
                    p.reason,
                    p.conflict,
                )
                for p in shown
            ],
        )
    doubtful = sum(bool(p.conflict) for p in found.pairs)
    line(f"Pairs proposed: {len(found.pairs)}, of them with a conflict: {doubtful}.")
    line(f"Alone in the ERP: {len(found.erp_alone)}, alone in the shop: {len(found.shop_alone)}.")
    line("Nothing was written." if out is None else f"Nothing was linked; the sheet is {out}.")
