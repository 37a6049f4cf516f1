"""Prices for buyers with an agreement: as the ERP computes them, in the shop's terms."""

from __future__ import annotations

import hashlib

from panstore.engine import metrics
from panstore.engine.context import Context, Route
from panstore.engine.contracts.answers import Maker, buys, contract_of_route, day_of, find_out
from panstore.engine.contracts.approvals import is_another
from panstore.engine.contracts.heirs import take_from_heirs
from panstore.engine.contracts.inquiry import Inquiry
from panstore.engine.contracts.judge import tell_people
from panstore.engine.contracts.question import BadQuestionError, check_question
from panstore.model.contract import AccountLink, Agreement, Quote, QuotedLine, QuoteRequest
from panstore.model.ids import ExternalId
from panstore.sdk.errors import RejectedError

__all__ = ["BadQuestionError", "quote"]


async def quote(context: Context, route: Route, request: QuoteRequest) -> Quote:
    """Answer a shop's question for one of its accounts.

    Args:
        request: at most 500 lines; the account is the one that is logged in, put there by the
            shop's server.

    Returns:
        An answer for every line; an article that is not linked has the shop's own price. While the
        ERP cannot be asked, what was last known, marked so, or the shop's own price, by setting.

    Raises:
        BadQuestionError: nobody can mean that.
    """
    begun = context.clock.timer()
    check_question(request, context.clock.now())
    inquiry = Inquiry(context, route)
    given = await _quote(context, route, request, inquiry)
    own = context.clock.timer() - begun - inquiry.waited
    metrics.QUOTE_TIME.labels(route.id).observe(max(0.0, own))
    metrics.QUOTED.labels(route.id, "asked").inc(inquiry.missed)
    metrics.QUOTED.labels(route.id, "known").inc(max(0, len(given.lines) - inquiry.missed))
    if not given.certain:
        metrics.UNCERTAIN.labels(route.id).inc()
    return given


async def _quote(context: Context, route: Route, request: QuoteRequest, inquiry: Inquiry) -> Quote:
    cache = context.contracts.cache(route.erp)
    currency = request.currency or contract_of_route(route)[1].currency
    today = day_of(context.clock.now(), route)
    day = today if request.at is None else day_of(request.at, route)
    try:
        answer = await find_out(context, route, request, inquiry, (currency, day))
    except RejectedError as error:
        raise BadQuestionError(f"the ERP does not sell in {currency}: {error.what}") from error
    agreement, link = answer.agreement, answer.place.link
    if link is not None and is_another(link, request.opened_at):
        context.contracts.write(_take_from_heir(context, route, link))
        return Quote(contract=False, version=cache.version or 0, account=request.account)
    if link is None or not buys(agreement):
        certain = agreement.reachable and agreement.as_of is None
        return Quote(
            contract=False,
            version=cache.version or 0,
            certain=certain,
            account=request.account,
        )
    made = Maker(context, route, currency, day, answer)
    lines, certain = [], agreement.reachable and agreement.as_of is None
    for line, good in zip(request.lines, answer.place.goods, strict=True):
        offer, sure = made.line(line, good)
        certain = certain and sure
        lines.append(QuotedLine(line.product, line.sku, line.quantity, offer))
    if day == today:
        tell_people(context, route, made.judgements)
    return Quote(
        contract=True,
        lines=tuple(lines),
        title="" if agreement.value is None else agreement.value.title,
        version=cache.version or 0,
        certain=certain,
        account=request.account,
        mark=_mark(link.party, agreement.value),
    )


async def _take_from_heir(context: Context, route: Route, link: AccountLink) -> None:
    try:
        await take_from_heirs(context, route, [link], cause="price asked for")
    except Exception:
        # It is shown no agreed price all the same, and the next question tries again.
        context.log.exception("an approval of another account was not taken back")


def _mark(party: ExternalId, agreement: Agreement | None) -> str:
    """Of the party and of its agreement, which may not be known; nobody can tell from it which."""
    names = ("party", party), ("agreement", None if agreement is None else agreement.id)
    return ".".join(
        "" if name is None else hashlib.sha256(f"{kind} {name}".encode()).hexdigest()[:16]
        for kind, name in names
    )
