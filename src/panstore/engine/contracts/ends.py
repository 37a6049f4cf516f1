"""Both ends of an approval, asked live: accounts of the shop, parties of the ERP."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from panstore.engine.context import Context, Route
from panstore.engine.limiter import Lane
from panstore.model.contract import Account, Agreement
from panstore.model.customer import FoundCustomer, MatchCriterion
from panstore.model.errors import InvariantError
from panstore.model.ids import ExternalId
from panstore.sdk.contract_roles import AccountPage, ReadAccounts, ReadAgreements
from panstore.sdk.roles import CreateOrders

__all__ = [
    "account_page",
    "accounts_by_id",
    "accounts_with_email",
    "agreements_by_party",
    "parties_like",
]

_LANE = Lane.PRODUCTS
"""A person waits for it; orders, stock and prices do not wait for a person who looks around."""


async def account_page(
    context: Context, route: Route, after: str | None, limit: int
) -> AccountPage:
    """The next page of all accounts of the shop."""
    shop = _shop(context, route)
    return await context.remote.call(
        route.shop, _LANE, "read accounts", lambda: shop.accounts(after, limit), reads=True
    )


async def accounts_by_id(
    context: Context, route: Route, ids: Sequence[ExternalId], *, operation: str = "read accounts"
) -> Mapping[ExternalId, Account]:
    """Those of `ids` that the shop has.

    Args:
        operation: what the call is known by; some are still made where others wait.
    """
    shop = _shop(context, route)
    found: dict[ExternalId, Account] = {}
    for some in _parts(ids, context.connectors[route.shop].capabilities.read_batch):
        answer = await context.remote.call(
            route.shop,
            _LANE,
            operation,
            lambda some=some: shop.accounts_of(some),  # type: ignore[misc]
            reads=True,
        )
        found |= {one.id: one for one in answer}
    return found


async def accounts_with_email(context: Context, route: Route, email: str) -> Sequence[Account]:
    """Accounts of the shop with an e-mail address."""
    shop = _shop(context, route)
    return await context.remote.call(
        route.shop, _LANE, "read accounts", lambda: shop.accounts_by_email(email), reads=True
    )


async def agreements_by_party(
    context: Context, route: Route, parties: Sequence[ExternalId]
) -> Mapping[ExternalId, Agreement]:
    """At what each of `parties` that the ERP has buys."""
    erp = context.connectors[route.erp]
    if not isinstance(erp, ReadAgreements):
        raise InvariantError(f"{route.erp} has no agreements")
    found: dict[ExternalId, Agreement] = {}
    for some in _parts(parties, erp.capabilities.read_batch):
        answer = await context.remote.call(
            route.erp,
            _LANE,
            "read agreements",
            lambda some=some: erp.agreements(some),  # type: ignore[misc]
            reads=True,
        )
        found |= {one.party: one for one in answer}
    return found


async def parties_like(
    context: Context, route: Route, criterion: MatchCriterion
) -> Sequence[FoundCustomer]:
    """Parties of the ERP that answer a criterion; none where it cannot be asked for any."""
    erp = context.connectors[route.erp]
    if not isinstance(erp, CreateOrders):
        return ()
    return await context.remote.call(
        route.erp, _LANE, "find a customer", lambda: erp.find_customers(criterion), reads=True
    )


def _shop(context: Context, route: Route) -> ReadAccounts:
    shop = context.connectors[route.shop]
    if not isinstance(shop, ReadAccounts):
        raise InvariantError(f"{route.shop} has no accounts")
    return shop


def _parts(ids: Sequence[ExternalId], size: int) -> Iterator[Sequence[ExternalId]]:
    return (ids[begin : begin + size] for begin in range(0, len(ids), size))
