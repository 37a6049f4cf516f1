"""`panstore documents`: what the ERP has issued for a web order, as files."""

from __future__ import annotations

import asyncio
import shlex
from dataclasses import dataclass
from pathlib import Path, PurePosixPath, PureWindowsPath
from typing import TYPE_CHECKING

from panstore.cli.failures import RefusedError, say, words
from panstore.cli.host import DONE, TROUBLE, USAGE, Flag, GivenDesk
from panstore.cli.output import document, line, table
from panstore.cli.routes import chosen_routes
from panstore.engine.documents import (
    Issued,
    Printed,
    ask_issued,
    buyers_language,
    print_document,
)
from panstore.engine.story import find_order
from panstore.model.document import DocumentKind, Language
from panstore.model.errors import PanstoreError, sentence

if TYPE_CHECKING:
    from panstore.engine.engine import Engine
    from panstore.store.orders import OrderRow

__all__ = ["documents"]

_KINDS: dict[DocumentKind, str] = {
    "invoice": "invoice",
    "credit_note": "credit note",
    "delivery_note": "delivery note",
}


@dataclass(frozen=True)
class _Made:
    """A document of the order: written to a file, or why it was not."""

    issued: Issued
    printed: Printed | None = None
    file: Path | None = None
    what: str = ""
    remedy: str = ""

    def cells(self) -> tuple[str, ...]:
        date = self.issued.date if self.printed is None else self.printed.date
        total = "" if self.issued.total is None else f"{self.issued.total} {self.issued.currency}"
        return (
            _KINDS[self.issued.kind],
            self.issued.number,
            "-" if date is None else date.isoformat(),
            total or "-",
            "not written" if self.file is None else str(self.file),
        )

    def plain(self) -> dict[str, object]:
        date = self.issued.date if self.printed is None else self.printed.date
        return {
            "kind": self.issued.kind,
            "id": self.issued.id,
            "number": self.issued.number,
            "date": None if date is None else date.isoformat(),
            "total": self.issued.total,
            "currency": self.issued.currency,
            "language": None if self.printed is None else self.printed.language,
            "file": None if self.file is None else str(self.file),
            "problem": self.what or ("" if self.printed is None else self.printed.page.problem),
        }


def documents(
    order: str,
    /,
    *,
    route: str | None = None,
    kind: DocumentKind | None = None,
    language: Language | None = None,
    out: Path = Path(),
    json: Flag = False,
    desk: GivenDesk,
) -> int:
    """Write what the ERP has issued for an order as PDF files.

    Args:
        order: the shop's id of the order, or its printed number.
        route: only look on this route; the shop's id then goes before numbers.
        kind: only documents of this kind.
        language: of the pages; else the route's, or the buyer's.
        out: folder for the files; it is made if it is not there.
        json: print one JSON document.
    """

    async def work(engine: Engine) -> tuple[OrderRow, list[_Made]]:
        row = await _order(engine, order, route)
        issued = await ask_issued(engine.context, engine.context.routes[row.route], row.order_id)
        wanted = [one for one in issued if kind in {None, one.kind}]
        names: set[str] = set()
        return row, [await _make(engine, row, one, language, out, names) for one in wanted]

    row, made = desk.ask(work)
    if json:
        document({
            "id": row.order_id,
            "number": row.number,
            "route": row.route,
            "documents": [one.plain() for one in made],
        })
    elif not made:
        what = "Nothing" if kind is None else f"No {_KINDS[kind]}"
        line(f"{what} has been issued for order {row.number} on {row.route} yet.")
    else:
        table(("document", "number", "date", "total", "file"), [one.cells() for one in made])
    for one in made:
        _tell(one)
    return TROUBLE if any(one.file is None for one in made) else DONE


async def _order(engine: Engine, wanted: str, route: str | None) -> OrderRow:
    routes = [one.id for one in chosen_routes(engine.context, route)]
    found = await engine.context.store.read(
        lambda c: find_order(c, routes, wanted, id_first=route is not None)
    )
    if not found:
        raise RefusedError(
            f"order {wanted!r} is not known. Nothing was written.",
            "see `panstore orders list`; an order just placed takes a moment to arrive.",
        )
    if len(found) > 1:
        raise RefusedError(
            f"{wanted!r} means several orders. Nothing was written.",
            f"`panstore orders show {shlex.quote(wanted)}` lists them; name the route and the "
            "shop's id.",
            code=USAGE,
        )
    return found[0]


async def _make(
    engine: Engine,
    row: OrderRow,
    issued: Issued,
    language: Language | None,
    out: Path,
    names: set[str],
) -> _Made:
    """One that cannot be made must not keep the others from the person who wants them."""
    context = engine.context
    try:
        route = context.routes[row.route]
        spoken = language or await buyers_language(context, route, row.order_id)
        printed = await print_document(context, route, issued, spoken)
    except PanstoreError as error:
        return _Made(issued, what=sentence(error), remedy=words(error)[1])
    file = out / _free_name(printed.page.name, names)
    try:
        await asyncio.to_thread(_write, file, printed.page.content)
    except OSError as error:
        what = f"{file} cannot be written ({error.strerror or error})."
        return _Made(issued, printed, what=what, remedy="name another folder with --out.")
    return _Made(issued, printed, file)


def _free_name(name: str, names: set[str]) -> str:
    """A file name in the folder that was asked for, whatever a printer gives, and only once."""
    own = PureWindowsPath(PurePosixPath(name).name).name or "document.pdf"
    stem, dot, end = own.rpartition(".")
    free, count = own, 1
    while free.casefold() in names:
        count += 1
        free = f"{stem}-{count}{dot}{end}"
    names.add(free.casefold())
    return free


def _write(file: Path, content: bytes) -> None:
    """The same document has the same name, so an older copy is written over."""
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_bytes(content)


def _tell(made: _Made) -> None:
    name = f"{_KINDS[made.issued.kind]} {made.issued.number}"
    if made.file is None:
        say(f"{name} was not written: {made.what}", made.remedy)
    elif made.printed is not None and made.printed.page.problem:
        say(
            f"{name} was written, but not quite as wanted: {made.printed.page.problem}",
            "mend that and call the command again.",
        )
