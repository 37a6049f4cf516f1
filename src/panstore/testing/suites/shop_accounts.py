"""ReadAccounts and TrustPriceRequests: who buys, and whose questions for prices are believed."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from typing import Protocol

import pytest
from msgspec.structs import replace

from panstore.model.contract import Account
from panstore.model.ids import ExternalId
from panstore.sdk.contract_roles import ReadAccounts, TrustPriceRequests
from panstore.sdk.errors import ForgedError
from panstore.testing.suites.harness import Harness, SignedMessage
from panstore.testing.suites.suite import Suite, assert_exact

__all__ = ["AccountHarness", "AccountsSuite", "ReadAccountsSuite"]

_QUESTION = b'{"account":"1","lines":[{"product":"7","quantity":"1"}]}'


class AccountHarness(Harness, Protocol):
    """A shop whose buyers have accounts, and which asks for their prices.

    Attributes:
        unknown_id: an id of the right form that nothing has.
    """

    @property
    def unknown_id(self) -> ExternalId: ...

    async def open_account(self, email: str, *, name: str, company: str, vat_id: str) -> ExternalId:
        """Somebody registers.

        Args:
            email: unique within the harness's life.
        """

    async def close_account(self, id_: ExternalId) -> None:
        """Its owner cannot log in any more."""

    async def question(self, body: bytes) -> SignedMessage:
        """A question for prices as the shop's own server signs it now."""

    async def question_of_another(self, body: bytes) -> SignedMessage:
        """The same, signed with a secret that this connection does not have."""


def _accounts(harness: AccountHarness) -> ReadAccounts:
    connector = harness.connector
    assert isinstance(connector, ReadAccounts)
    return connector


async def _all(harness: AccountHarness, limit: int) -> list[Account]:
    found: list[Account] = []
    after: str | None = None
    while True:
        page = await _accounts(harness).accounts(after, limit)
        assert len(page.accounts) <= limit
        found += page.accounts
        if page.after is None:
            return found
        assert page.after != after, "the page after this one is this one"
        after = page.after


def _trust(
    harness: AccountHarness, headers: Mapping[str, str], body: bytes, now: dt.datetime
) -> None:
    connector = harness.connector
    assert isinstance(connector, TrustPriceRequests)
    connector.trusted(headers, body, now)


def _distrusts(
    harness: AccountHarness,
    headers: Mapping[str, str],
    body: bytes,
    now: dt.datetime,
    why: str,
) -> None:
    with pytest.raises(ForgedError):
        _trust(harness, headers, body, now)
        pytest.fail(f"a question was believed although {why}")


class ReadAccountsSuite(Suite):
    """For shops whose buyers have accounts."""

    async def test_an_account_is_read_as_its_owner_filled_it_in(
        self, harness: AccountHarness
    ) -> None:
        id_ = await harness.open_account(
            "suite.ana@example.com", name="Ana Novak", company="Novak d.o.o.", vat_id="SI12345679"
        )
        (account,) = await _accounts(harness).accounts_of([id_])
        assert_exact(account)
        assert account.opened_at is None or account.opened_at.tzinfo is not None
        assert replace(account, opened_at=None) == Account(
            id_, "suite.ana@example.com", "Ana Novak", "Novak d.o.o.", "SI12345679"
        )

    async def test_pages_give_every_account_once(self, harness: AccountHarness) -> None:
        opened = [
            await harness.open_account(f"suite.p{n}@example.com", name="", company="", vat_id="")
            for n in range(5)
        ]
        ids = [one.id for one in await _all(harness, 2)]
        assert len(ids) == len(set(ids))
        assert [id_ for id_ in ids if id_ in opened] == opened
        assert ids == [one.id for one in await _all(harness, 500)]

    async def test_ids_that_nobody_has_are_absent(self, harness: AccountHarness) -> None:
        id_ = await harness.open_account("suite.known@example.com", name="", company="", vat_id="")
        strange = ExternalId("no id of this shop, č")
        found = await _accounts(harness).accounts_of([harness.unknown_id, id_, id_, strange])
        assert [one.id for one in found] == [id_]
        assert list(await _accounts(harness).accounts_of([])) == []

    async def test_an_address_is_found_in_any_case(self, harness: AccountHarness) -> None:
        id_ = await harness.open_account(
            "suite.bor+shop@example.com", name="", company="", vat_id=""
        )
        accounts = _accounts(harness)
        for written in ("suite.bor+shop@example.com", "Suite.BOR+Shop@Example.COM"):
            assert [one.id for one in await accounts.accounts_by_email(written)] == [id_]
        for other in ("suite.bor@example.com", "suite.bor shop@example.com", "%", ""):
            assert list(await accounts.accounts_by_email(other)) == []

    async def test_a_closed_account_is_not_active(self, harness: AccountHarness) -> None:
        id_ = await harness.open_account("suite.gone@example.com", name="", company="", vat_id="")
        await harness.close_account(id_)
        found = await _accounts(harness).accounts_of([id_])
        assert [one.active for one in found] in ([], [False])


class AccountsSuite(ReadAccountsSuite):
    """For shops whose buyers have accounts, and which ask for their prices."""

    async def test_a_question_of_the_shop_is_believed(self, harness: AccountHarness) -> None:
        one, two = await harness.question(_QUESTION), await harness.question(_QUESTION)
        for asked in (one, two, one):
            _trust(harness, asked.headers, asked.body, asked.received_at)

    async def test_a_changed_question_is_not(self, harness: AccountHarness) -> None:
        asked = await harness.question(_QUESTION)
        now = asked.received_at
        of_another = asked.body.replace(b'"account":"1"', b'"account":"2"')
        assert of_another != asked.body
        for body in (of_another, asked.body + b" ", asked.body[:-1], b"", b"\x00\xff"):
            _distrusts(harness, asked.headers, body, now, "its body was changed")
        _distrusts(harness, {}, asked.body, now, "it is not signed")
        for name, text in asked.headers.items():
            if "timestamp" in name:
                again = {**asked.headers, name: str(int(text) + 1)}
                _distrusts(harness, again, asked.body, now, f"{name} was changed")
            if "signature" in name:
                for nonsense in ("", "v1,", "v1,AAAA", "signed", "v1,č"):
                    bad = {**asked.headers, name: nonsense}
                    _distrusts(harness, bad, asked.body, now, f"{name} is {nonsense!r}")

    async def test_an_old_question_is_not(self, harness: AccountHarness) -> None:
        asked = await harness.question(_QUESTION)
        late = asked.received_at + dt.timedelta(hours=1)
        _distrusts(harness, asked.headers, asked.body, late, "it is an hour old")

    async def test_a_question_with_another_secret_is_not(self, harness: AccountHarness) -> None:
        asked = await harness.question_of_another(_QUESTION)
        _distrusts(harness, asked.headers, asked.body, asked.received_at, "the secret is wrong")
