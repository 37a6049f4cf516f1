"""Every connector: log-in, check, secrets, what it says of itself."""

from __future__ import annotations

import pytest

from panstore.sdk.errors import AuthError, PanstoreError, UnavailableError
from panstore.sdk.roles import Connector, WritePrices, WriteStock
from panstore.testing.suites.breaking import (
    assert_question_fails,
    assert_rate_limited,
    assert_unavailable,
)
from panstore.testing.suites.harness import Harness
from panstore.testing.suites.suite import Suite, assert_exact

__all__ = ["ConnectorSuite"]


class ConnectorSuite(Suite):
    """For every connector, whatever its roles."""

    async def test_check_finds_nothing_wrong_with_a_good_system(self, harness: Harness) -> None:
        report = await harness.connector.check()
        assert report.problems == ()
        assert report.facts, "check() must say what it found, so that a person can compare"

    async def test_it_starts_again_after_closing(self, harness: Harness) -> None:
        await harness.connector.close()
        await harness.connector.start()
        report = await harness.connector.check()
        assert report.problems == ()

    async def test_wrong_credentials_are_an_auth_error(self, harness: Harness) -> None:
        connector = harness.wrong_credentials_connector()
        with pytest.raises(AuthError):
            await connector.start()
        await connector.close()

    async def test_a_system_that_is_down_is_unavailable(self, harness: Harness) -> None:
        await harness.refuse_connections()
        try:
            with pytest.raises(UnavailableError):
                await harness.connector.check()
        finally:
            await harness.accept_connections()
        report = await harness.connector.check()
        assert report.problems == ()

    async def test_secrets_are_never_shown(self, harness: Harness) -> None:
        assert harness.secrets, "the harness must name the secrets to look for"
        wrong = harness.wrong_credentials_connector()
        shown = [repr(harness.connector), str(harness.connector), repr(wrong)]
        shown.append(repr(await harness.connector.check()))
        shown += await _errors(wrong)
        await wrong.close()
        await harness.refuse_connections()
        try:
            shown += await _errors(harness.connector)
        finally:
            await harness.accept_connections()
        for secret in harness.secrets:
            assert not [text for text in shown if secret in text], "a secret is shown"

    async def test_capabilities_fit_the_roles(self, harness: Harness) -> None:
        connector, declared = harness.connector, harness.connector.capabilities
        assert_exact(declared, "capabilities")
        assert declared.read_batch >= 1
        assert isinstance(connector, WriteStock) == (declared.stock_batch >= 1)
        assert isinstance(connector, WritePrices) == (declared.price_batch >= 1)
        if isinstance(connector, WriteStock):
            assert declared.guarded_stock != bool(declared.stock_window), (
                "a shop either guards its stock writes or the connector states the window"
            )

    async def test_being_asked_to_slow_down_is_passed_on(self, harness: Harness) -> None:
        await assert_rate_limited(harness, harness.connector.check)

    async def test_a_busy_system_is_unavailable(self, harness: Harness) -> None:
        await assert_unavailable(harness, harness.connector.check)

    async def test_an_unreadable_answer_is_not_taken_for_one(self, harness: Harness) -> None:
        for what in ("garbage", "cut", "lost"):
            await assert_question_fails(harness, what, harness.connector.check)
        assert (await harness.connector.check()).problems == ()


async def _errors(connector: Connector) -> list[str]:
    """Everything the error of a failing start shows, causes included."""
    try:
        await connector.start()
    except PanstoreError as error:
        shown: list[str] = []
        link: BaseException | None = error
        while link is not None:
            shown += [str(link), repr(link), repr(vars(link))]
            link = link.__cause__ or link.__context__
        return shown
    return []
