"""Contract prices for programs: who buys for whom, who could, and what somebody is shown."""

from __future__ import annotations

from typing import Annotated, Any

import msgspec
from litestar import Controller, Request, get, post
from litestar.params import FromPath, FromQuery, JSONBody, QueryParameter
from litestar.status_codes import HTTP_200_OK

from panstore.engine.contracts import accounts
from panstore.engine.contracts.proposals import Proposals, propose
from panstore.engine.contracts.quotes import quote
from panstore.model.contract import AccountLink, Quote, QuoteRequest
from panstore.model.ids import ExternalId
from panstore.web.access import require_token
from panstore.web.contracts import carefully, contract_route
from panstore.web.site import site_of

__all__ = ["ContractsApi"]

_Request = Request[Any, Any, Any]
_Limit = Annotated[int, QueryParameter(ge=1, le=1000)]
_Looked = Annotated[int, QueryParameter(ge=1, le=200)]
_BY = "the API"


class Approval(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """An account of the shop, and the party of the ERP it shall buy for.

    Attributes:
        replace: the party it buys for now and shall no more; null if it buys for none.
    """

    account: ExternalId
    party: ExternalId
    replace: ExternalId | None = None


class TakenBack(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The account that shall buy for nobody.

    Attributes:
        party: the party it is taken from; null for whichever it is.
    """

    account: ExternalId
    party: ExternalId | None = None


class ContractsApi(Controller):
    """Accounts with an agreement. Names and addresses come from shop and ERP at that moment."""

    path = "/api/v1/contracts"
    guards = [require_token]  # noqa: RUF012 - the framework's way to declare it
    tags = ["panstore"]  # noqa: RUF012

    @get("/{route:str}")
    async def list_accounts(
        self,
        request: _Request,
        route: FromPath[str],
        after: FromQuery[str | None] = None,
        limit: _Limit = 200,
    ) -> accounts.Linked:
        """Which account buys for which party, by account; `silent` says who did not answer."""
        context = site_of(request).engine.context
        start = None if after is None else ExternalId(after)
        chosen = contract_route(context, route)
        return await carefully(accounts.listed(context, chosen, after=start, limit=limit))

    @get("/{route:str}/proposals")
    async def proposals(
        self,
        request: _Request,
        route: FromPath[str],
        after: FromQuery[str | None] = None,
        limit: _Looked = 50,
    ) -> Proposals:
        """Among the next `limit` accounts those that are not linked and fit a party.

        A page may be empty; go on until `after` is null.
        """
        context = site_of(request).engine.context
        return await carefully(propose(context, contract_route(context, route), after, limit))

    @post("/{route:str}/link", status_code=HTTP_200_OK)
    async def link(
        self, request: _Request, route: FromPath[str], data: JSONBody[Approval]
    ) -> accounts.Approved:
        """Approve that an account buys for a party; 409 if it buys for another one by now."""
        context = site_of(request).engine.context
        chosen = contract_route(context, route)
        work = accounts.link(
            context, chosen, data.account, data.party, by=_BY, expected=data.replace
        )
        return await carefully(work)

    @post("/{route:str}/unlink", status_code=HTTP_200_OK)
    async def unlink(
        self, request: _Request, route: FromPath[str], data: JSONBody[TakenBack]
    ) -> AccountLink:
        """Take it back; holds from the next price that is asked for."""
        context = site_of(request).engine.context
        chosen = contract_route(context, route)
        work = accounts.unlink(context, chosen, data.account, by=_BY, seen=data.party)
        return await carefully(work)

    @post("/{route:str}/quote", status_code=HTTP_200_OK)
    async def ask(
        self, request: _Request, route: FromPath[str], data: JSONBody[QuoteRequest]
    ) -> Quote:
        """What an account would be shown, as the shop is told."""
        context = site_of(request).engine.context
        return await carefully(quote(context, contract_route(context, route), data))
