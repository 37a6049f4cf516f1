"""`panstore messages`: what buyers are told, and what became of it."""

from __future__ import annotations

import shlex
from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING, TypeVar

import msgspec
import phonenumbers

from panstore.cli.failures import RefusedError
from panstore.cli.host import DONE, USAGE, WAITING, Flag, GivenDesk, Limit
from panstore.cli.output import document, line, table, zoned
from panstore.cli.routes import chosen_routes
from panstore.engine.outbox import desk as outbox_desk
from panstore.engine.outbox.shown import MessageTold, messages_told, tell_message
from panstore.engine.story import find_order
from panstore.model.message import Channel, MessageState
from panstore.store.outbox import digest_of
from panstore.store.receipts import list_stopped

if TYPE_CHECKING:
    import sqlalchemy as sa

    from panstore.engine.engine import Engine
    from panstore.model.ids import ExternalId, RouteId
    from panstore.store.receipts import Stopped

__all__ = [
    "allow_messages",
    "bounced_messages",
    "list_messages",
    "resend_messages",
    "show_messages",
    "skip_messages",
    "stop_messages",
]

T = TypeVar("T")

_TROUBLE = frozenset({"unknown", "refused", "failed"})


def list_messages(  # noqa: PLR0913 - filters, all optional
    *,
    order: str | None = None,
    route: str | None = None,
    state: MessageState | None = None,
    channel: Channel | None = None,
    stopped: Flag = False,
    limit: Limit = 100,
    json: Flag = False,
    desk: GivenDesk,
) -> int:
    """List messages to buyers, the newest first.

    Args:
        order: only those of this order: the shop's id, or its printed number.
        route: only this route.
        state: only messages in this state.
        channel: only mails, or only SMS.
        stopped: list the stop list instead.
        limit: at most so many.
        json: print one JSON document.
    """
    if stopped:
        return _list_stopped(limit, json=json, desk=desk)

    async def ask(engine: Engine) -> tuple[list[MessageTold], str]:
        context = engine.context
        routes = [one.id for one in chosen_routes(context, route)]

        def read(connection: sa.Connection) -> list[MessageTold]:
            of: ExternalId | None = None
            on = None if route is None else routes[0]
            if order is not None:
                found = find_order(connection, routes, order, id_first=route is not None)
                on, of = _only(order, [(row.route, row.order_id) for row in found])
            return messages_told(
                connection, route=on, order_id=of, state=state, channel=channel, limit=limit
            )

        return await context.store.read(read), context.zone

    rows, zone = desk.ask(ask)
    if json:
        document({"messages": [msgspec.to_builtins(row) for row in rows]})
    elif not rows:
        line("No messages here.")
    else:
        table(
            ("id", "order", "message", "state", f"since ({zone})", "note"),
            [
                (row.id, row.number, _words(row), _state(row, zone), zoned(row.at, zone), row.note)
                for row in rows
            ],
        )
    return WAITING if any(row.state in _TROUBLE for row in rows) else DONE


def show_messages(message: str, /, *, json: Flag = False, desk: GivenDesk) -> int:
    """Show one message.

    Args:
        message: its id in `panstore messages list`.
        json: print one JSON document.
    """

    async def ask(engine: Engine) -> tuple[MessageTold, str]:
        return await _find(engine, message), engine.context.zone

    told, zone = desk.ask(ask)
    if json:
        document(msgspec.to_builtins(told))
        return DONE
    line(f"{told.what[:1].upper()}{told.what[1:]}: {_state(told, zone)} (times of {zone})")
    for title, text in (
        ("route", told.route),
        ("language", told.language),
        ("queued", zoned(told.queued_at, zone)),
        ("due", "" if told.due_at is None else zoned(told.due_at, zone)),
        ("sent", "" if told.sent_at is None else zoned(told.sent_at, zone)),
        ("ended", "" if told.ended_at is None else zoned(told.ended_at, zone)),
        ("attempts", str(told.attempts)),
        ("parts", str(told.parts) if told.parts else ""),
        ("price", told.price),
        ("provider's id", told.reference),
        ("note", told.note),
    ):
        if text:
            line(f"  {title}: {text}")
    for way in told.can:
        line(f"  You can: `panstore messages {way} {shlex.quote(told.id)}`")
    return DONE


def resend_messages(message: str, /, *, json: Flag = False, desk: GivenDesk) -> int:
    """Send a message once more.

    Args:
        message: its id in `panstore messages list`.
        json: print one JSON document.
    """

    async def work(engine: Engine) -> str:
        return await outbox_desk.resend(engine.context, message)

    new = desk.ask(_careful(message, work))
    if json:
        document({"id": message, "new": new})
    else:
        line(f"It is sent once more, as {new}.")
    return DONE


def skip_messages(message: str, /, *, json: Flag = False, desk: GivenDesk) -> int:
    """Never send a message.

    Args:
        message: its id in `panstore messages list`.
        json: print one JSON document.
    """

    async def work(engine: Engine) -> None:
        await outbox_desk.leave(engine.context, message)

    desk.ask(_careful(message, work))
    if json:
        document({"id": message, "state": "skipped"})
    else:
        line("It is not sent any more.")
    return DONE


def stop_messages(
    address: str,
    /,
    *,
    channel: Channel | None = None,
    reason: str = "asked for",
    json: Flag = False,
    desk: GivenDesk,
) -> int:
    """Send nothing to an address or number any more.

    Args:
        address: e-mail address, or telephone number with + and country code.
        channel: mail or sms; else told by the address.
        reason: for people.
        json: print one JSON document.
    """
    on, to = _address(address, channel)

    async def work(engine: Engine) -> tuple[bool, str]:
        fresh = await outbox_desk.stop(engine.context, on, to, reason)
        return fresh, await _digest(engine, on, to)

    fresh, digest = desk.ask(work)
    if json:
        document({"channel": on, "recipient": digest, "stopped": True})
    else:
        line(
            "Nothing is sent to it any more."
            if fresh
            else "Nothing was sent to it before, and nothing is."
        )
    return DONE


def allow_messages(
    address: str,
    /,
    *,
    channel: Channel | None = None,
    json: Flag = False,
    desk: GivenDesk,
) -> int:
    """Take an address or number off the stop list.

    Args:
        address: e-mail address, or telephone number with + and country code.
        channel: mail or sms; else told by the address.
        json: print one JSON document.
    """
    on, to = _address(address, channel)

    async def work(engine: Engine) -> tuple[bool, str]:
        done = await outbox_desk.allow(engine.context, on, to)
        return done, await _digest(engine, on, to)

    done, digest = desk.ask(work)
    if not done:
        raise RefusedError(
            "it is not on the stop list. Nothing was changed.",
            "see that it is written as when it was stopped; `panstore messages list --stopped` "
            "shows since when and why, not whom.",
        )
    if json:
        document({"channel": on, "recipient": digest, "stopped": False})
    else:
        line("It may be sent to again. What was stopped stays so; see `panstore messages resend`.")
    return DONE


def bounced_messages(
    message: str,
    /,
    *,
    reason: str = "it came back",
    json: Flag = False,
    desk: GivenDesk,
) -> int:
    """Say that a message came back.

    Args:
        message: its id in `panstore messages list`.
        reason: what the mail server or the provider said, for people.
        json: print one JSON document.
    """

    async def work(engine: Engine) -> None:
        await outbox_desk.bounced(engine.context, message, reason)

    desk.ask(_careful(message, work))
    if json:
        document({"id": message, "state": "failed"})
    else:
        line("It counts as not arrived, and waits for a person among the parked records.")
    return DONE


def _list_stopped(limit: int, *, json: bool, desk: GivenDesk) -> int:
    async def ask(engine: Engine) -> tuple[list[Stopped], str]:
        context = engine.context
        return await context.store.read(lambda c: list_stopped(c, limit=limit)), context.zone

    rows, zone = desk.ask(ask)
    if json:
        document({"stopped": [msgspec.to_builtins(row) for row in rows]})
    elif not rows:
        line("The stop list is empty.")
    else:
        table(
            ("channel", "digest", f"since ({zone})", "reason"),
            [(row.channel, row.recipient[:12], zoned(row.since, zone), row.reason) for row in rows],
        )
    return DONE


def _careful(
    message: str, work: Callable[[Engine], Awaitable[T]]
) -> Callable[[Engine], Awaitable[T]]:
    """Say in words that there is no such message, or that it cannot be done with it."""

    async def careful(engine: Engine) -> T:
        try:
            return await work(engine)
        except KeyError:
            raise _unknown(message) from None
        except outbox_desk.NotPossibleError as error:
            raise RefusedError(
                f"{error} Nothing was changed.",
                f"`panstore messages show {shlex.quote(message)}` says what can be done.",
            ) from None

    return careful


async def _find(engine: Engine, message: str) -> MessageTold:
    found = await engine.context.store.read(lambda c: tell_message(c, message))
    if found is None:
        raise _unknown(message)
    return found


def _unknown(message: str) -> RefusedError:
    return RefusedError(
        f"there is no message {message!r}. Nothing was changed.",
        "`panstore messages list` shows them with their ids.",
    )


def _only(order: str, found: list[tuple[RouteId, ExternalId]]) -> tuple[RouteId, ExternalId]:
    if not found:
        raise RefusedError(f"order {order!r} is not known.", "see `panstore orders list`.")
    if len(found) > 1:
        raise RefusedError(
            f"{order!r} means several orders.",
            f"`panstore orders show {shlex.quote(order)}` lists them; name the route and the "
            "shop's id.",
            code=USAGE,
        )
    return found[0]


def _address(text: str, channel: Channel | None) -> tuple[Channel, str]:
    """Channel and address as messages have it: numbers in E.164."""
    wanted = text.strip()
    if (channel or "mail") == "mail" and "@" in wanted:
        return "mail", wanted
    if channel != "mail":
        try:
            number = phonenumbers.parse(wanted, None)
        except phonenumbers.NumberParseException:
            pass
        else:
            return "sms", phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)
    raise RefusedError(
        f"{text!r} is no {'e-mail address' if channel == 'mail' else 'address'}. "
        "Nothing was changed.",
        "give an e-mail address, or a telephone number with + and the country code.",
        code=USAGE,
    )


async def _digest(engine: Engine, channel: Channel, recipient: str) -> str:
    """As `panstore messages list --stopped` shows it."""
    return await engine.context.store.read(lambda c: digest_of(c, channel, recipient))


def _words(told: MessageTold) -> str:
    kind = "mail" if told.channel == "mail" else "SMS"
    again = f" ({told.again + 1}.)" if told.again else ""
    return f"{kind}: {told.about}{again}"


def _state(told: MessageTold, zone: str) -> str:
    due = "" if told.due_at is None else f", due {zoned(told.due_at, zone)}"
    return f"{told.says}{due}{', maybe twice' if told.maybe_twice else ''}"
