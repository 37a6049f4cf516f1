"""`panstore person`: what is held about one person, shown or deleted."""

from __future__ import annotations

import json as text_format
import os
import shlex
from pathlib import Path
from typing import TYPE_CHECKING, Any

from panstore.cli.failures import RefusedError
from panstore.cli.host import DONE, USAGE, WAITING, Flag, GivenDesk
from panstore.cli.output import document, line, plain
from panstore.engine import persons
from panstore.engine.contracts.accounts import accounts_named

if TYPE_CHECKING:
    import sqlalchemy as sa

    from panstore.engine.context import Context
    from panstore.engine.engine import Engine

__all__ = ["erase_person", "export_person"]


def export_person(person: str, /, *, out: Path | None = None, desk: GivenDesk) -> int:
    """Write all that is held about a person as one JSON document.

    Args:
        person: e-mail address or telephone number.
        out: file to write it to; only its owner may read it. Else it is printed.
    """
    wanted = _named(person)

    async def ask(engine: Engine) -> dict[str, Any] | None:
        context = engine.context
        accounts = await _accounts(context, wanted)

        def read(connection: sa.Connection) -> dict[str, Any] | None:
            held = persons.find_person(connection, wanted, accounts)
            now = context.clock.now()
            return None if held.nothing else persons.export(connection, held, now=now)

        return await context.store.read(read)

    found = desk.ask(ask)
    if found is None:
        raise _unknown()
    if out is None:
        document(found)
        return DONE
    text = text_format.dumps(found, indent=2, ensure_ascii=False, default=plain)
    try:
        with os.fdopen(os.open(out, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
            file.write(text + "\n")
    except FileExistsError:
        raise RefusedError(
            f"{out} is there already. It was left as it is.", "name another file with --out."
        ) from None
    line(f"Written to {out}: {_count(len(found['orders']), len(found['messages']))}.")
    return DONE


def erase_person(
    person: str,
    /,
    *,
    also_open: Flag = False,
    stop: Flag = False,
    yes: Flag = False,
    json: Flag = False,
    desk: GivenDesk,
) -> int:
    """Delete what is held about a person.

    Args:
        person: e-mail address or telephone number.
        also_open: leave orders that are not finished alone, and erase them as well.
        stop: keep a digest of the address, so that nothing is ever sent to it again.
        yes: do it; else it is only said what would be deleted.
        json: print one JSON document.
    """
    wanted = _named(person)

    async def work(engine: Engine) -> tuple[persons.Held, persons.Erased | None]:
        context = engine.context
        accounts = await _accounts(context, wanted)

        def change(connection: sa.Connection) -> tuple[persons.Held, persons.Erased | None]:
            held = persons.find_person(connection, wanted, accounts)
            if held.nothing and not stop:
                return held, None
            return held, persons.erase(
                connection, context, held, also_open=also_open, stop_too=stop
            )

        if yes:
            return await context.store.write(change)
        found = await context.store.read(lambda c: persons.find_person(c, wanted, accounts))
        return found, None

    held, erased = desk.ask(work)
    if held.nothing and erased is None:
        raise _unknown()
    if erased is not None and not erased.done:
        raise RefusedError(
            f"{_these(erased.open_orders)} not finished. Nothing was deleted.",
            "wait until they are, or let them be left alone with --also-open and look after them "
            "by hand.",
        )
    if json:
        document(_plain(held, erased))
    else:
        _print(held, erased, stop=stop)
    return WAITING if erased is None else DONE


async def _accounts(context: Context, person: persons.Person) -> set[persons.ShopAccount]:
    """The person's accounts, as the shops say now; they know accounts by their address only."""
    return await accounts_named(context, person.address) if person.channel == "mail" else set()


def _plain(held: persons.Held, erased: persons.Erased | None) -> dict[str, object]:
    what: dict[str, object] = {
        "orders": len(held.orders),
        "messages": len(held.messages),
        "accounts": len(held.links),
    }
    if erased is None:
        return what | {"erased": False}
    return what | {
        "erased": True,
        "skipped": erased.skipped,
        "stopped_messages": erased.stopped,
    }


def _print(held: persons.Held, erased: persons.Erased | None, *, stop: bool) -> None:
    count = _count(len(held.orders), len(held.messages))
    if erased is None:
        if held.links:
            count += f", {len(held.links)} linked account{'s' if len(held.links) != 1 else ''}"
        line(f"Held: {count}. Nothing was deleted; call it again with --yes to do it.")
        return
    line(f"Erased: {count}.")
    if erased.skipped:
        these = _these(erased.open_orders)
        line(f"{these[:1].upper()}{these[1:]} left alone from now on.")
    if erased.stopped:
        line(f"Messages that will not be sent any more: {erased.stopped}.")
    if erased.links:
        line(f"Accounts that buy for nobody any more: {erased.links}.")
    if stop:
        line("Nothing is sent to this address any more.")
    line("The shop and the ERP keep their own copies: erase the person there as well.")


def _named(text: str) -> persons.Person:
    found = persons.person_named(text)
    if found is None:
        raise RefusedError(
            f"{text!r} is neither an e-mail address nor a telephone number. Nothing was done.",
            f"give one of the two, e.g. `panstore person export {shlex.quote('ana@example.com')}`.",
            code=USAGE,
        )
    return found


def _unknown() -> RefusedError:
    return RefusedError(
        "nothing is held about this person. Nothing was changed.",
        "see that the address is written as in the order; what an order said of its buyer is "
        "deleted by itself when [engine] payload_days are over.",
    )


def _count(orders: int, messages: int) -> str:
    return (
        f"{orders} order{'s' if orders != 1 else ''}, "
        f"{messages} message{'s' if messages != 1 else ''}"
    )


def _these(numbers: list[str]) -> str:
    return f"order{'s' if len(numbers) > 1 else ''} {', '.join(numbers)} " + (
        "are" if len(numbers) > 1 else "is"
    )
