"""`panstore sms`: texts to buyers on demand, shown before they are sent."""

from __future__ import annotations

import shlex
from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING, TypeVar

import msgspec

from panstore.cli.failures import RefusedError
from panstore.cli.host import DONE, TROUBLE, USAGE, Flag, GivenDesk
from panstore.cli.output import document, line, table
from panstore.cli.routes import chosen_routes
from panstore.engine.outbox.desk import NotPossibleError
from panstore.engine.outbox.on_demand import (
    Asked,
    Preview,
    UnknownTemplateError,
    preview,
    send_on_demand,
    templates_of,
)
from panstore.engine.story import find_order

if TYPE_CHECKING:
    from panstore.engine.engine import Engine
    from panstore.model.ids import ExternalId, RouteId

__all__ = ["preview_sms", "send_sms", "templates_sms"]

T = TypeVar("T")

_ENCODINGS = {"gsm7": "plain letters (up to 160)", "ucs2": "all letters (up to 70)"}


def send_sms(
    order: str,
    /,
    *,
    template: str,
    again: Flag = False,
    route: str | None = None,
    json: Flag = False,
    desk: GivenDesk,
) -> int:
    """Send a buyer an SMS about an order.

    Args:
        order: the shop's id of the order, or its printed number.
        template: name of the text; `panstore sms templates` lists them.
        again: send it also if the buyer was told the same before.
        route: only look on this route; the shop's id then goes before numbers.
        json: print one JSON document.
    """

    async def work(engine: Engine, on: RouteId, id_: ExternalId) -> Asked:
        return await send_on_demand(engine.context, on, id_, template, again=again)

    asked = desk.ask(_about(order, route, work))
    if json:
        document(msgspec.to_builtins(asked))
    else:
        line(f'The SMS "{template}" of order {asked.number} is on its way, as {asked.id}.')
        line(f"`panstore messages show {shlex.quote(asked.id)}` says what became of it.")
    return DONE


def preview_sms(
    order: str,
    /,
    *,
    template: str,
    route: str | None = None,
    json: Flag = False,
    desk: GivenDesk,
) -> int:
    """Show an SMS about an order without sending it.

    Args:
        order: the shop's id of the order, or its printed number.
        template: name of the text; `panstore sms templates` lists them.
        route: only look on this route; the shop's id then goes before numbers.
        json: print one JSON document.
    """

    async def work(engine: Engine, on: RouteId, id_: ExternalId) -> Preview:
        return await preview(engine.context, on, id_, template)

    shown = desk.ask(_about(order, route, work))
    if json:
        document(msgspec.to_builtins(shown))
        return TROUBLE if shown.problem else DONE
    if shown.text:
        line(shown.text)
        line("")
    for title, text in (
        ("to", shown.recipient),
        ("language", shown.language),
        ("letters", _ENCODINGS[shown.encoding] if shown.encoding else ""),
        ("parts", str(shown.parts) if shown.parts else ""),
        ("price", shown.price),
        ("would not be sent", shown.problem),
    ):
        if text:
            line(f"  {title}: {text}")
    return TROUBLE if shown.problem else DONE


def templates_sms(*, route: str | None = None, json: Flag = False, desk: GivenDesk) -> int:
    """List the texts that buyers can be sent.

    Args:
        route: only this route.
        json: print one JSON document.
    """

    async def work(engine: Engine) -> list[tuple[RouteId, dict[str, object]]]:
        return [
            (one.id, msgspec.to_builtins(template))
            for one in chosen_routes(engine.context, route)
            for template in templates_of(one)
        ]

    rows = desk.ask(work)
    if json:
        document({"templates": [{"route": on, **row} for on, row in rows]})
    elif not rows:
        line("No route has P4 switched on.")
    else:
        table(
            ("route", "template", "sent", "sl", "en"),
            [
                (
                    on,
                    str(row["name"]),
                    "by itself" if row["automatic"] else "on demand",
                    str(row["sl"]),
                    str(row["en"]),
                )
                for on, row in rows
            ],
        )
    return DONE


def _about(
    order: str,
    route: str | None,
    work: Callable[[Engine, RouteId, ExternalId], Awaitable[T]],
) -> Callable[[Engine], Awaitable[T]]:
    """Find the order, and say in words why it cannot be done."""

    async def careful(engine: Engine) -> T:
        routes = [one.id for one in chosen_routes(engine.context, route)]
        found = await engine.context.store.read(
            lambda c: find_order(c, routes, order, id_first=route is not None)
        )
        if not found:
            raise RefusedError(
                f"order {order!r} is not known. Nothing was sent.",
                "see `panstore orders list`; an order just placed takes a moment to arrive.",
            )
        if len(found) > 1:
            raise RefusedError(
                f"{order!r} means several orders. Nothing was sent.",
                f"`panstore orders show {shlex.quote(order)}` lists them; name the route and the "
                "shop's id.",
                code=USAGE,
            )
        try:
            return await work(engine, found[0].route, found[0].order_id)
        except KeyError:
            raise RefusedError(
                f"what the shop said of order {order!r} is not kept here any more. Nothing was "
                "sent.",
                "see `panstore orders show`.",
            ) from None
        except UnknownTemplateError as error:
            raise RefusedError(str(error), "see `panstore sms templates`.", code=USAGE) from None
        except NotPossibleError as error:
            raise RefusedError(
                str(error), "`panstore sms preview` shows it; --again sends it once more."
            ) from None

    return careful
