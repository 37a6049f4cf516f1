"""Contract prices for people: who buys for whom, who could, and what somebody is shown."""

from __future__ import annotations

from collections.abc import Awaitable
from decimal import Decimal, InvalidOperation
from typing import Annotated, Any, Literal, TypeVar

from litestar import Request, get, post
from litestar.enums import RequestEncodingType
from litestar.exceptions import HTTPException, NotFoundException
from litestar.params import Body, FromPath, FromQuery
from litestar.response import Redirect, Template
from litestar.status_codes import (
    HTTP_200_OK,
    HTTP_400_BAD_REQUEST,
    HTTP_404_NOT_FOUND,
    HTTP_409_CONFLICT,
    HTTP_503_SERVICE_UNAVAILABLE,
)

from panstore.engine.context import Context, Route
from panstore.engine.contracts import accounts
from panstore.engine.contracts.ends import accounts_with_email
from panstore.engine.contracts.for_people import Beside, beside
from panstore.engine.contracts.proposals import Proposals, accounts_like, propose
from panstore.engine.contracts.quotes import BadQuestionError, quote
from panstore.model.contract import QuoteLine, QuoteRequest
from panstore.model.ids import ExternalId, RouteId
from panstore.sdk.errors import RemoteError
from panstore.web.access import require_csrf
from panstore.web.forms import see
from panstore.web.pages import render
from panstore.web.site import site_of

__all__ = ["CONTRACT_PAGES", "carefully", "contract_route"]

T = TypeVar("T")
_Request = Request[Any, Any, Any]
_Form = Annotated[dict[str, str], Body(media_type=RequestEncodingType.URL_ENCODED)]
_BY = "the console"
_ROWS = 200
_LOOKED = 50
_STATUS = {
    "unknown": HTTP_404_NOT_FOUND,
    "changed": HTTP_409_CONFLICT,
    "closed": HTTP_409_CONFLICT,
}


def contract_route(context: Context, name: str) -> Route:
    """The route of that name, where buyers have agreed prices.

    Raises:
        NotFoundException: there is none, or contract prices are off for it.
    """
    route = context.routes.get(RouteId(name))
    if route is None or route.contract is None:
        known = ", ".join(sorted(r.id for r in _routes(context))) or "none"
        raise NotFoundException(f"There are no contract prices on {name!r}; there are on: {known}.")
    return route


async def carefully(work: Awaitable[T]) -> T:
    """What cannot be done is said in words, with a status that fits."""
    try:
        return await work
    except accounts.AccountRefusedError as error:
        words = f"{_sentence(str(error))} What you can do: {error.remedy}"
        raise HTTPException(words, status_code=_STATUS[error.kind]) from None
    except BadQuestionError as error:
        words = f"{_sentence(str(error))}. Nothing was asked."
        raise HTTPException(words, status_code=HTTP_400_BAD_REQUEST) from None
    except RemoteError as error:
        words = f"{_sentence(str(error))}. Nothing was changed. Try again when it answers."
        raise HTTPException(words, status_code=HTTP_503_SERVICE_UNAVAILABLE) from None


@get("/contracts")
async def contracts(
    request: _Request,
    route: FromQuery[str | None] = None,
    after: FromQuery[str | None] = None,
) -> Template:
    """Accounts that buy for a party, with the names both systems give now."""
    return await _page(request, route, after=after)


@post("/contracts/{route:str}/find", status_code=HTTP_200_OK)
async def find(request: _Request, route: FromPath[str], data: _Form) -> Template:
    """Accounts that could buy for a party: those with an address, or a page of all of them.

    A form, since an address does not belong into a history or a log.
    """
    require_csrf(request, data)
    context = site_of(request).engine.context
    chosen, email = contract_route(context, route), data.get("email", "").strip()
    after = data.get("after") or None
    if email:
        found = await carefully(accounts_like(context, chosen, email))
    else:
        found = await carefully(propose(context, chosen, after, _LOOKED))
    return await _page(request, route, found=found, email=email)


@post("/contracts/{route:str}/try", status_code=HTTP_200_OK)
async def try_out(request: _Request, route: FromPath[str], data: _Form) -> Template:
    """What an account would see for an article, and why."""
    require_csrf(request, data)
    context = site_of(request).engine.context
    chosen = contract_route(context, route)
    tried = {name: data.get(name, "").strip() for name in ("account", "sku", "quantity")}
    line = QuoteLine(sku=tried["sku"], quantity=_quantity(tried["quantity"] or "1"))
    account = await carefully(_account(context, chosen, tried["account"]))
    if isinstance(account, str):
        asked = QuoteRequest(account, (line,))
        answer = await carefully(quote(context, chosen, asked))
        [told] = await beside(context, chosen, asked)
        return await _page(request, route, tried=tried, answer=answer, beside=told)
    many = "Several accounts have" if account else "No account has"
    unclear = f"{many} the address {tried['account']}. Say the account's id."
    return await _page(request, route, tried=tried, unclear=unclear)


@post("/contracts/{route:str}/{decision:str}")
async def decide(
    request: _Request,
    route: FromPath[str],
    decision: FromPath[Literal["link", "unlink"]],
    data: _Form,
) -> Redirect:
    """Approve that an account buys for a party, or take it back, as they stood on the page."""
    require_csrf(request, data)
    context = site_of(request).engine.context
    chosen = contract_route(context, route)
    account, party = (ExternalId(data.get(name, "").strip()) for name in ("account", "party"))
    if not account or not party:
        raise HTTPException(
            "An account and a party must both be named. Nothing was changed.",
            status_code=HTTP_400_BAD_REQUEST,
        )
    if decision == "link":
        await carefully(accounts.link(context, chosen, account, party, by=_BY))
    else:
        await carefully(accounts.unlink(context, chosen, account, by=_BY, seen=party))
    return see(f"/contracts?route={chosen.id}")


CONTRACT_PAGES = [contracts, find, try_out, decide]


async def _page(
    request: _Request,
    name: str | None,
    *,
    after: str | None = None,
    found: Proposals | None = None,
    email: str = "",
    **tried: Any,
) -> Template:
    context = site_of(request).engine.context
    routes = _routes(context)
    if name is None and routes:
        name = routes[0].id
    route = contract_route(context, name or "")
    start = None if after is None else ExternalId(after)
    linked = await accounts.listed(context, route, after=start, limit=_ROWS)
    return render(
        request,
        "contracts.html",
        page="contracts",
        routes=[r.id for r in routes],
        route=route,
        linked=linked,
        found=found,
        email=email,
        tried=tried.get("tried") or {"account": "", "sku": "", "quantity": "1"},
        answer=tried.get("answer"),
        unclear=tried.get("unclear", ""),
        beside=tried.get("beside", Beside()),
    )


def _routes(context: Context) -> list[Route]:
    return [route for route in context.routes.values() if route.contract is not None]


async def _account(context: Context, route: Route, text: str) -> ExternalId | int:
    """The account's id, or how many accounts have the address if that is not one."""
    if "@" not in text:
        return ExternalId(text)
    found = await accounts_with_email(context, route, text)
    return found[0].id if len(found) == 1 else len(found)


def _quantity(text: str) -> Decimal:
    try:
        return Decimal(text.replace(",", "."))
    except InvalidOperation:
        raise HTTPException(
            f"{text!r} is no quantity. Nothing was asked.", status_code=HTTP_400_BAD_REQUEST
        ) from None


def _sentence(text: str) -> str:
    return f"{text[:1].upper()}{text[1:]}"
