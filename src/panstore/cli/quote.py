"""What one account of a shop is shown, and why."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from typing import TYPE_CHECKING, Annotated
from zoneinfo import ZoneInfo

import msgspec
from cyclopts import Parameter, validators

from panstore.cli.accounts import account_named, contract_routes
from panstore.cli.failures import RefusedError
from panstore.cli.host import DONE, USAGE, WAITING, Flag, GivenDesk
from panstore.cli.output import document, line, number, table, zoned

if TYPE_CHECKING:
    from panstore.engine.engine import Engine
    from panstore.model.contract import Offer, Quote

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

    async def ask(engine: Engine) -> tuple[Quote, str]:
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
            return await quote(context, chosen, request), chosen.zone
        except BadQuestionError as error:
            raise RefusedError(
                f"{error}. Nothing was asked.", "correct it and ask again.", code=USAGE
            ) from None
        finally:
            # What was found is written down beside the answer; it must not outlive the store.
            await context.contracts.stop()

    answer, zone = desk.ask(ask)
    if json:
        document(msgspec.to_builtins(answer))
    else:
        _print(answer, zone)
    withheld = any(one.offer.state == "withheld" for one in answer.lines)
    return WAITING if withheld or not answer.certain else DONE


def _print(answer: Quote, zone: str) -> None:
    if not answer.contract:
        line(
            "This account has no agreed prices: it is linked to no party, or its party has no "
            "agreement. It is shown the shop's own prices."
        )
        if not answer.certain:
            line("The ERP does not answer now: this is what was last known.")
        return
    line(f"Agreement: {answer.title or 'not known'}")
    table(
        ("code", "quantity", "what holds", "price", "until", "why"),
        [
            (
                one.sku or one.product,
                number(one.quantity),
                _STATES[one.offer.state],
                _price(one.offer),
                "" if one.offer.valid_until is None else zoned(one.offer.valid_until, zone),
                _why(one.offer, zone),
            )
            for one in answer.lines
        ],
    )
    if not answer.certain:
        line("The ERP does not answer now: some of it is only what was last known.")
    line(f"Prices are for one sales unit. Times in {zone}.")


def _price(offer: Offer) -> str:
    if offer.amount is None:
        return ""
    return f"{offer.amount:f} {offer.currency} {'gross' if offer.includes_tax else 'net'}"


def _why(offer: Offer, zone: str) -> str:
    parts = [f"{offer.reason} [{offer.code}]" if offer.code else offer.reason]
    if offer.as_of is not None:
        parts.append(f"last known at {zoned(offer.as_of, zone)}")
    return "; ".join(part for part in parts if part)
