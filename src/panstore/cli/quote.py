"""What one account of a shop is shown, and why."""

from __future__ import annotations

import datetime as dt
from contextlib import suppress
from decimal import Decimal
from typing import TYPE_CHECKING, Annotated, Any
from zoneinfo import ZoneInfo

import msgspec
from cyclopts import Parameter, validators

from panstore.cli.accounts import account_named, contract_routes
from panstore.cli.failures import RefusedError
from panstore.cli.host import DONE, USAGE, WAITING, Flag, GivenDesk
from panstore.cli.output import document, line, number, table, zoned

if TYPE_CHECKING:
    from panstore.engine.context import Context, Route
    from panstore.engine.contracts.for_people import Beside
    from panstore.engine.engine import Engine
    from panstore.model.contract import Offer, Quote, QuotedLine
    from panstore.model.ids import ExternalId

__all__ = ["quote_contracts"]

Quantity = Annotated[Decimal, Parameter(validator=validators.Number(gt=0))]
_STATES = {"agreed": "agreed", "usual": "the shop's own price", "withheld": "not for sale"}


def quote_contracts(
    route: str,
    account: str,
    sku: Annotated[list[str], Parameter(negative=())],
    /,
    *,
    quantity: Quantity = Decimal(1),
    at: dt.datetime | None = None,
    json: Flag = False,
    desk: GivenDesk,
) -> int:
    """Show what an account of the shop pays, and why.

    Args:
        route: the route's name in the settings.
        account: the shop's id of the account, or its e-mail address.
        sku: codes of articles, as in the shop.
        quantity: how many sales units of each.
        at: for which day or moment, e.g. 2026-12-01; now if left out.
        json: print one JSON document.
    """

    async def ask(engine: Engine) -> tuple[Quote, str, str, list[Beside]]:
        from panstore.engine.contracts.for_people import (  # noqa: PLC0415 - slow to import
            beside,
        )
        from panstore.engine.contracts.quotes import (  # noqa: PLC0415 - slow to import
            BadQuestionError,
            quote,
        )
        from panstore.model.contract import QuoteLine, QuoteRequest  # noqa: PLC0415

        context = engine.context
        [chosen] = contract_routes(context, route)
        moment = at
        if moment is not None and moment.tzinfo is None:
            moment = moment.replace(tzinfo=ZoneInfo(chosen.zone))
        request = QuoteRequest(
            account=await account_named(context, chosen, account),
            lines=tuple(QuoteLine(sku=one, quantity=quantity) for one in sku),
            at=moment,
        )
        try:
            given = await quote(context, chosen, request)
        except BadQuestionError as error:
            raise RefusedError(
                f"{error}. Nothing was asked.", "correct it and ask again.", code=USAGE
            ) from None
        finally:
            # What was found is written down beside the answer; it must not outlive the store.
            await context.contracts.stop()
        if not given.contract:
            return given, chosen.zone, await _why_nothing(context, chosen, request.account), []
        return given, chosen.zone, "", await beside(context, chosen, request)

    answer, zone, why, told = desk.ask(ask)
    if json:
        document(_plain(answer, told))
    elif answer.contract:
        _print(answer, zone, told)
    else:
        _print_nothing(answer, why)
    withheld = any(one.offer.state == "withheld" for one in answer.lines)
    return WAITING if withheld or not answer.certain else DONE


async def _why_nothing(context: Context, route: Route, account: ExternalId) -> str:
    """Why an account has no agreed prices: who is asked depends on whether anybody linked it."""
    from panstore.engine.contracts.ends import (  # noqa: PLC0415 - slow to import
        accounts_by_id,
        agreements_by_party,
    )
    from panstore.sdk.errors import RemoteError  # noqa: PLC0415 - slow to import
    from panstore.store.account_links import account_link  # noqa: PLC0415 - slow to import

    link = await context.store.read(lambda c: account_link(c, route.id, account))
    if link is None:
        with suppress(RemoteError):
            if account not in await accounts_by_id(context, route, [account]):
                return f"{route.shop} has no account {account}"
        return "it is linked to no party"
    try:
        party = (await agreements_by_party(context, route, [link.party])).get(link.party)
    except RemoteError:
        return f"its party {link.party} had no agreement when {route.erp} last answered"
    if party is None:
        return f"{route.erp} has no party {link.party}"
    if not party.active:
        return f"its party {link.party} is not active in {route.erp}"
    return f"its party {link.party} has no agreement in {route.erp}"


def _plain(answer: Quote, told: list[Beside]) -> dict[str, Any]:
    """As the shop is told, and beside each line what everybody pays."""
    plain: dict[str, Any] = msgspec.to_builtins(answer)
    for one, beside in zip(plain["lines"], told, strict=True):
        usual = beside.usual
        one["usual"] = None if usual is None else f"{usual.amount:f}"
    return plain


def _print_nothing(answer: Quote, why: str) -> None:
    line(f"This account has no agreed prices: {why}. It is shown the shop's own prices.")
    if not answer.certain:
        line("The ERP does not answer now: this is what was last known.")


def _print(answer: Quote, zone: str, told: list[Beside]) -> None:
    line(f"Agreement: {answer.title or 'not known'}")
    table(
        ("code", "quantity", "what holds", "price", "list price", "until", "why"),
        [
            (
                one.sku or one.product,
                number(one.quantity),
                _STATES[one.offer.state],
                _price(one.offer),
                "" if beside.usual is None else _price(beside.usual),
                "" if one.offer.valid_until is None else zoned(one.offer.valid_until, zone),
                _why(one, answer.title, zone),
            )
            for one, beside in zip(answer.lines, told, strict=True)
        ],
    )
    for reason in dict.fromkeys(one.wrong for one in told if one.wrong):
        line(f"For you, not for the shop: {reason}")
    if not answer.certain:
        line("The ERP does not answer now: some of it is only what was last known.")
    line(f"Prices are for one sales unit. Times in {zone}.")


def _price(offer: Offer) -> str:
    if offer.amount is None:
        return ""
    return f"{offer.amount:f} {offer.currency} {'gross' if offer.includes_tax else 'net'}"


def _why(one: QuotedLine, title: str, zone: str) -> str:
    offer = one.offer
    if offer.state == "agreed" and not offer.reason:
        parts = [f"as agreed in {title or 'the agreement'} for {number(one.quantity)}"]
    else:
        parts = [f"{offer.reason} [{offer.code}]" if offer.code else offer.reason]
    if offer.as_of is not None:
        parts.append(f"last known at {zoned(offer.as_of, zone)}")
    return "; ".join(part for part in parts if part)
