"""Accounts of a shop that buy for parties of the ERP: proposed, approved, taken back."""

from __future__ import annotations

import shlex
import sys
from typing import TYPE_CHECKING, TypeVar

import msgspec

from panstore.cli.failures import RefusedError
from panstore.cli.host import DONE, TROUBLE, USAGE, WAITING, Flag, GivenDesk, Limit
from panstore.cli.output import document, line, table, zoned
from panstore.cli.routes import chosen_routes
from panstore.model.ids import ExternalId

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from panstore.engine.context import Context, Route
    from panstore.engine.contracts.accounts import AccountRefusedError, Approved, LinkedAccount
    from panstore.engine.contracts.proposals import Proposal, Proposals
    from panstore.engine.engine import Engine
    from panstore.model.contract import AccountLink

__all__ = [
    "account_named",
    "contract_routes",
    "link_contracts",
    "list_contracts",
    "propose_contracts",
    "unlink_contracts",
]

T = TypeVar("T")
_BY = "the command line"
_PAGE = 100
_MATCHED = {"vat": "VAT id", "email": "e-mail address"}


def contract_routes(context: Context, wanted: str | None) -> list[Route]:
    """The named route, or all, where buyers have agreed prices.

    Raises:
        RefusedError: there is no such route, or contract prices are off for it.
    """
    found = [r for r in chosen_routes(context, wanted) if r.contract is not None]
    if not found:
        where = "no route has" if wanted is None else f"route {wanted!r} does not have"
        raise RefusedError(
            f"{where} contract prices. Nothing was done.",
            "switch S5 on with [routes.NAME.modules.S5] in the settings file.",
            code=USAGE,
        )
    return found


def list_contracts(
    route: str | None = None, /, *, limit: Limit = 1000, json: Flag = False, desk: GivenDesk
) -> int:
    """List which accounts of a shop buy for which party of the ERP.

    Args:
        route: only this route.
        limit: at most so many per route.
        json: print one JSON document.
    """

    async def ask(engine: Engine) -> tuple[list[LinkedAccount], list[str], str]:
        from panstore.engine.contracts.accounts import listed  # noqa: PLC0415 - slow to import

        rows: list[LinkedAccount] = []
        silent: list[str] = []
        for one in contract_routes(engine.context, route):
            found = await listed(engine.context, one, limit=limit)
            rows += found.accounts
            silent += found.silent
        return rows, silent, engine.context.zone

    rows, silent, zone = desk.ask(ask)
    if json:
        document({"accounts": msgspec.to_builtins(rows), "silent": silent})
        return TROUBLE if silent else DONE
    if not rows:
        line("No account buys for a party yet. `panstore contracts propose` shows who could.")
        return DONE
    table(
        (
            "route",
            "account",
            "who",
            "party",
            "name",
            "agreement",
            "since",
            "approved at",
            "look at",
        ),
        [_row(one, zone) for one in rows],
    )
    for what in silent:
        line(f"Names are missing: {what}")
    line(f"Times in {zone}.")
    return TROUBLE if silent else DONE


def _row(one: LinkedAccount, zone: str) -> tuple[str, ...]:
    account, party = one.account, one.party
    return (
        one.link.route,
        one.link.account,
        "" if account is None else _who(account.email, account.company or account.name),
        one.link.party,
        "" if party is None else party.name,
        "" if party is None else party.title,
        zoned(one.link.linked_at, zone),
        one.link.linked_by,
        one.trouble,
    )


def _who(email: str, name: str) -> str:
    return f"{email} ({name})" if name else email


def propose_contracts(
    *,
    route: str | None = None,
    email: str = "",
    limit: Limit = 50,
    json: Flag = False,
    desk: GivenDesk,
) -> int:
    """Show accounts that could buy for a party of the ERP, and why.

    Args:
        route: only this route.
        email: only accounts with this e-mail address, also those for which no party fits.
        limit: at most so many proposals per route.
        json: print one JSON document.
    """

    async def ask(engine: Engine) -> tuple[list[tuple[str, Proposal]], int]:
        found: list[tuple[str, Proposal]] = []
        looked = 0
        for one in contract_routes(engine.context, route):
            if email:
                some = await _with_email(engine.context, one, email)
            else:
                some = await _all_pages(engine.context, one, limit)
            found += [(one.id, proposal) for proposal in some.proposals]
            looked += some.looked
        return found, looked

    found, looked = desk.ask(ask)
    if json:
        rows = [{"route": name, **msgspec.to_builtins(one)} for name, one in found]
        document({"proposals": rows, "looked": looked})
        return WAITING if found else DONE
    if found:
        table(
            ("route", "account", "who", "VAT id", "party", "name", "agreement", "the same"),
            [row for name, one in found for row in _possible(name, one)],
        )
        for warning in dict.fromkeys(one.warning for _, one in found if one.warning):
            line(warning)
        line("Approve with `panstore contracts link ROUTE ACCOUNT PARTY`.")
    fitting = sum(bool(one.parties) for _, one in found)
    if email and looked and not fitting:
        line(
            "Of the parties with an agreement nobody fits: none has this account's VAT id or "
            "e-mail address. A person can approve it for one all the same."
        )
    line(f"Accounts looked at: {looked}. Proposed: {fitting}. Nothing was linked.")
    return WAITING if found else DONE


async def _with_email(context: Context, route: Route, email: str) -> Proposals:
    from panstore.engine.contracts.proposals import accounts_like  # noqa: PLC0415 - slow to import

    return await accounts_like(context, route, email)


async def _all_pages(context: Context, route: Route, limit: int) -> Proposals:
    """Page by page, with a word about how far it is: a shop may have very many accounts."""
    from rich.console import Console  # noqa: PLC0415 - slow to import

    from panstore.engine.contracts.proposals import (  # noqa: PLC0415 - slow to import
        Proposals,
        propose,
    )

    found: list[Proposal] = []
    looked, after = 0, None
    with Console(file=sys.stderr).status(f"{route.id}: accounts looked at: 0") as status:
        while True:
            page = await propose(context, route, after, _PAGE)
            found += page.proposals
            looked, after = looked + page.looked, page.after
            status.update(f"{route.id}: accounts looked at: {looked}, proposed: {len(found)}")
            if after is None or len(found) >= limit:
                return Proposals(tuple(found[:limit]), looked)


def _possible(route: str, one: Proposal) -> list[tuple[str, ...]]:
    account = one.account
    who = _who(account.email, account.company or account.name)
    if not one.parties:
        return [(route, account.id, who, account.vat_id, "", "", "", "nothing")]
    return [
        (
            route,
            account.id,
            who,
            account.vat_id,
            possible.party.party,
            possible.party.name,
            possible.party.title,
            " and ".join(_MATCHED[by] for by in possible.matched),
        )
        for possible in one.parties
    ]


def link_contracts(
    route: str,
    account: str,
    party: str,
    /,
    *,
    replace: str | None = None,
    json: Flag = False,
    desk: GivenDesk,
) -> int:
    """Approve that an account of the shop buys for a party of the ERP.

    Args:
        route: the route's name in the settings.
        account: the shop's id of the account, or its e-mail address.
        party: the ERP's id of the party.
        replace: the party it buys for now and shall no more.
        json: print one JSON document.
    """

    async def work(context: Context, chosen: Route) -> Approved:
        from panstore.engine.contracts.accounts import link  # noqa: PLC0415 - slow to import

        whose = await account_named(context, chosen, account)
        expected = None if replace is None else ExternalId(replace)
        return await link(context, chosen, whose, ExternalId(party), by=_BY, expected=expected)

    done = _work(desk, route, work)
    if json:
        document(msgspec.to_builtins(done))
        return DONE
    who = _who(done.account.email, done.account.company or done.account.name)
    already = "already buys" if done.change == "none" else "buys"
    instead = f", no more for {done.before}" if done.before else ""
    line(
        f"Account {done.account.id}, {who}, {already} for {done.party.name} "
        f"({done.party.party}){instead}."
    )
    if done.party.id is None:
        line("This party has no agreement in the ERP: the account is shown the shop's own prices.")
    else:
        line(f"From its next page on it is shown the prices of {done.party.title!r}.")
    return DONE


def unlink_contracts(route: str, account: str, /, *, json: Flag = False, desk: GivenDesk) -> int:
    """Take back that an account buys for a party.

    Args:
        route: the route's name in the settings.
        account: the shop's id of the account, or its e-mail address.
        json: print one JSON document.
    """

    async def work(context: Context, chosen: Route) -> AccountLink:
        from panstore.engine.contracts.accounts import unlink  # noqa: PLC0415 - slow to import

        whose = await account_named(context, chosen, account)
        return await unlink(context, chosen, whose, by=_BY)

    taken = _work(desk, route, work)
    if json:
        document(msgspec.to_builtins(taken))
    else:
        line(
            f"Account {taken.account} buys for party {taken.party} no more. From its next page on "
            "it is shown the shop's own prices; orders it placed before stay as they are."
        )
    return DONE


async def account_named(context: Context, route: Route, text: str) -> ExternalId:
    """The account with that id, or the only one with that e-mail address.

    Raises:
        RefusedError: no account has the address, or several have.
    """
    if "@" not in text:
        return ExternalId(text)
    from panstore.engine.contracts.ends import accounts_with_email  # noqa: PLC0415 - slow to import

    found = await accounts_with_email(context, route, text)
    if len(found) == 1:
        return found[0].id
    if not found:
        raise RefusedError(
            f"{route.shop} has no account with the address {text}. Nothing was changed.",
            "see that it is written as in the shop, or say the account's id.",
        )
    ids = ", ".join(sorted(shlex.quote(one.id) for one in found))
    raise RefusedError(
        f"several accounts of {route.shop} have the address {text}. Nothing was changed.",
        f"say which by its id: {ids}.",
        code=USAGE,
    )


def _work(desk: GivenDesk, route: str, do: Callable[[Context, Route], Awaitable[T]]) -> T:
    async def work(engine: Engine) -> T:
        from panstore.engine.contracts import accounts  # noqa: PLC0415 - slow to import

        [chosen] = contract_routes(engine.context, route)
        try:
            return await do(engine.context, chosen)
        except accounts.AccountRefusedError as error:
            raise RefusedError(str(error), _remedy(error, chosen)) from error

    return desk.ask(work)


def _remedy(error: AccountRefusedError, route: Route) -> str:
    if error.kind != "changed":
        return error.remedy
    return (
        f"see with `panstore contracts list {shlex.quote(route.id)}` for whom it buys now, and "
        "name that party with --replace; leave --replace out where it buys for nobody."
    )
