"""The client: one session, and what each answer of Tryton means."""

from __future__ import annotations

import base64
from collections.abc import AsyncIterator
from typing import Any
from urllib.parse import urlsplit

import pytest

from panstore.connectors.tryton.client import TrytonClient
from panstore.connectors.tryton.config import TrytonSettings
from panstore.model.ids import ConnectionId
from panstore.sdk.errors import (
    AuthError,
    OutcomeUnknownError,
    RateLimitedError,
    RejectedError,
    RemoteError,
    UnavailableError,
)
from panstore.testing.proxy import FaultProxy, InjectionKind
from tests.connectors.tryton.replay import Replay

PING = "model.panstore.gateway.ping"
LOGIN = "common.db.login"
PASSWORD = "a-password-nobody-may-see"


def answer(status: int, body: Any = "<html>", **headers: str) -> dict[str, Any]:
    headers = {name.replace("_", "-"): text for name, text in headers.items()}
    return {"status": status, "body": body, "headers": headers}


def client_of(url: str, **changes: Any) -> TrytonClient:
    values = {"url": url, "database": "demo", "user": "panstore", "password": PASSWORD}
    settings = TrytonSettings.model_validate(values | changes)
    return TrytonClient(ConnectionId("erp"), settings)


@pytest.fixture
async def replay() -> AsyncIterator[Replay]:
    async with Replay() as server:
        yield server


@pytest.fixture
async def client(replay: Replay) -> AsyncIterator[TrytonClient]:
    client = client_of(replay.url)
    yield client
    await client.close()


async def failure(client: TrytonClient, *, writes: bool = False) -> RemoteError:
    with pytest.raises(RemoteError) as caught:
        await client.call("ping", PING, writes=writes)
    return caught.value


async def test_it_logs_in_once_and_gives_the_users_context_last(
    replay: Replay, client: TrytonClient
) -> None:
    await client.call("ping", PING, 5)
    await client.call("ping", PING)
    assert replay.methods() == ["login", "get_preferences", "ping", "ping"]
    context = {"company": 5, "language": "en"}
    assert [params for _, params, _ in replay.calls[2:]] == [[5, context], [context]]
    scheme, _, token = replay.calls[-1][2].partition(" ")
    assert scheme == "Session"
    assert base64.b64decode(token).startswith(b"panstore:")
    assert replay.calls[0][2] == "", "the log-in itself is anonymous"


async def test_an_expired_session_is_renewed_and_the_call_repeated(
    replay: Replay, client: TrytonClient
) -> None:
    await client.call("ping", PING)
    replay.once(PING, "expired_session")
    await client.call("ping", PING)
    assert replay.methods()[3:] == ["ping", "login", "get_preferences", "ping"]


async def test_a_session_that_is_never_good_is_an_auth_error(
    replay: Replay, client: TrytonClient
) -> None:
    for _ in range(2):
        replay.once(PING, "expired_session")
    error = await failure(client)
    assert isinstance(error, AuthError)
    assert replay.methods().count("ping") == 2, "it must not try for ever"


@pytest.mark.parametrize("name", ["wrong_password", "unknown_user"])
async def test_a_refused_password_is_an_auth_error(
    replay: Replay, client: TrytonClient, name: str
) -> None:
    replay.once(LOGIN, name)
    error = await failure(client)
    assert isinstance(error, AuthError)
    assert "'panstore'" in error.what
    assert PASSWORD not in f"{error!r} {vars(error)} {client!r}"
    await client.call("ping", PING)


async def test_an_unknown_database_says_which_settings_to_correct(
    replay: Replay, client: TrytonClient
) -> None:
    replay.once(LOGIN, "unknown_database")
    error = await failure(client)
    assert isinstance(error, AuthError)
    assert "no database 'demo'" in error.what


async def test_too_many_wrong_passwords_slow_us_down(replay: Replay, client: TrytonClient) -> None:
    replay.once(LOGIN, "too_many_logins")
    error = await failure(client)
    assert isinstance(error, RateLimitedError)
    assert error.after is None


async def test_a_log_in_that_wants_more_or_says_nonsense(
    replay: Replay, client: TrytonClient
) -> None:
    replay.once(LOGIN, answer(200, {"error": ["LoginException", ["sms_code", "Code", "char"]]}))
    error = await failure(client)
    assert isinstance(error, AuthError)
    assert "more than a password" in error.what
    replay.once(LOGIN, answer(200, {"result": None}))
    assert type(await failure(client)) is UnavailableError


async def test_preferences_of_another_form_are_no_context(
    replay: Replay, client: TrytonClient
) -> None:
    replay.once("model.res.user.get_preferences", answer(200, {"result": None}))
    await client.call("ping", PING)
    assert replay.calls[-1][1] == [{}]


@pytest.mark.parametrize("writes", [True, False])
@pytest.mark.parametrize(
    ("what", "kind", "code"),
    [
        ("total_differs", RejectedError, "total_differs"),
        ("unknown_consumer", RejectedError, "unknown_consumer"),
        ("not_allowed", AuthError, None),
        ("unknown_method", AuthError, None),
        ("other_error", RejectedError, ""),
        ("no_context", RejectedError, "http.422"),
        ("concurrency", UnavailableError, None),
        (answer(200, {"error": ["'panstore.gateway'", ""]}), AuthError, None),
        (
            answer(200, {"error": ["UserError", ["A line has no tax.", "", None]]}),
            RejectedError,
            "",
        ),
        (
            answer(200, {"error": ["UserWarning", ["late_1", "It is late.", ""]]}),
            RejectedError,
            "warning.late_1",
        ),
        (answer(200, {"error": ["", ""]}), RejectedError, ""),
        (answer(200, {"error": 5}), RejectedError, ""),
        (answer(503), UnavailableError, None),
        (answer(301, Location="https://erp/"), UnavailableError, None),
        (answer(413), RejectedError, "http.413"),
    ],
)
async def test_refusals_are_told_apart_whether_reading_or_writing(
    replay: Replay,
    client: TrytonClient,
    what: str | dict[str, Any],
    kind: type[RemoteError],
    code: str | None,
    *,
    writes: bool,
) -> None:
    replay.once(PING, what)
    error = await failure(client, writes=writes)
    assert type(error) is kind
    assert error.connector == "erp"
    assert error.what
    if isinstance(error, RejectedError):
        assert error.code == code


@pytest.mark.parametrize(
    "broken",
    [
        answer(200, "<html>", Content_Type="application/json"),
        answer(200, "[]"),
        answer(200, "{}"),
        answer(200, '{"id": 999999, "result": 1}'),
        answer(200, {"nothing": 1}),
        answer(500),
        answer(502),
        answer(504),
    ],
)
async def test_an_unreadable_answer_leaves_a_write_unknown_and_a_question_unanswered(
    replay: Replay, client: TrytonClient, broken: dict[str, Any]
) -> None:
    replay.once(PING, broken)
    assert type(await failure(client, writes=True)) is OutcomeUnknownError
    replay.once(PING, broken)
    assert type(await failure(client)) is UnavailableError


@pytest.mark.parametrize(("header", "seconds"), [("30", 30.0), ("Tue, 24 Nov 2026", None)])
async def test_retry_after_is_passed_on(
    replay: Replay, client: TrytonClient, header: str, seconds: float | None
) -> None:
    replay.once(PING, answer(429, Retry_After=header))
    error = await failure(client, writes=True)
    assert isinstance(error, RateLimitedError)
    assert error.after == seconds


async def test_a_server_that_is_not_there_has_certainly_done_nothing() -> None:
    async with Replay() as gone:
        url = gone.url
    client = client_of(url)
    try:
        assert type(await failure(client, writes=True)) is UnavailableError
    finally:
        await client.close()


@pytest.mark.parametrize("fault", ["dropped", "lost", "cut", "black_hole"])
async def test_a_broken_connection_leaves_a_write_unknown(
    replay: Replay, fault: InjectionKind
) -> None:
    parts = urlsplit(replay.url)
    async with FaultProxy(parts.hostname or "", parts.port or 0) as proxy:
        client = client_of(proxy.url, timeout_s=1.0)
        await client.call("ping", PING)
        proxy.script(fault)
        error = await failure(client, writes=True)
        assert type(error) is OutcomeUnknownError
        assert "Session" not in f"{error!r} {error.__context__!r}"
        proxy.script(fault)
        assert type(await failure(client)) is UnavailableError
        await client.close()


async def test_it_can_be_used_after_closing(replay: Replay, client: TrytonClient) -> None:
    await client.call("ping", PING)
    await client.close()
    await client.close()
    await client.call("ping", PING)
    client.forget_session()
    await client.call("ping", PING)
    assert replay.methods().count("login") == 3
