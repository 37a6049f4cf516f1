"""Who may ask: bearer token for programs, a signed session cookie for people."""

from __future__ import annotations

import datetime as dt
import hashlib
import hmac
import secrets
from collections.abc import Mapping
from typing import Any

from litestar.connection import ASGIConnection
from litestar.datastructures import Cookie
from litestar.exceptions import NotAuthorizedException, PermissionDeniedException
from litestar.handlers import BaseRouteHandler

from panstore.web.site import Site, site_of

__all__ = [
    "SESSION",
    "csrf_token",
    "holds_token",
    "new_session",
    "require_csrf",
    "require_session",
    "require_token",
]

SESSION = "panstore_session"
_AGE = dt.timedelta(days=7)
_Connection = ASGIConnection[Any, Any, Any, Any]


def holds_token(site: Site, given: str) -> bool:
    """Whether `given` is the API token; takes as long for a wrong one as for the right one."""
    return hmac.compare_digest(given.encode(), site.api_token.encode())


def require_token(connection: _Connection, _handler: BaseRouteHandler) -> None:
    """Guard of the JSON API."""
    scheme, _, given = connection.headers.get("authorization", "").partition(" ")
    if scheme.casefold() != "bearer" or not holds_token(site_of(connection), given.strip()):
        raise NotAuthorizedException(
            "The request carries no valid token and was not answered. Send the header "
            "'Authorization: Bearer <api token>'.",
            headers={"WWW-Authenticate": "Bearer"},
        )


def require_session(connection: _Connection, _handler: BaseRouteHandler) -> None:
    """Guard of the console's pages."""
    site = site_of(connection)
    if not _is_valid(site, connection.cookies.get(SESSION, "")):
        raise NotAuthorizedException("You are not signed in.")


def new_session(site: Site, *, secure: bool) -> Cookie:
    """A cookie that says: whoever holds it has shown the token.

    It is signed with a key made from the token, so that a new token ends all sessions.
    """
    until = int((site.engine.context.clock.now() + _AGE).timestamp())
    body = f"{until}.{secrets.token_urlsafe(18)}"
    return Cookie(
        key=SESSION,
        value=f"{body}.{_sign(site, 'session', body)}",
        max_age=int(_AGE.total_seconds()),
        httponly=True,
        samesite="lax",
        secure=secure,
        path="/",
    )


def csrf_token(connection: _Connection) -> str:
    """What a form of this session must carry."""
    return _sign(site_of(connection), "form", connection.cookies.get(SESSION, ""))


def require_csrf(connection: _Connection, form: Mapping[str, str]) -> None:
    """Refuse a form that was not made by this console for this session.

    Raises:
        PermissionDeniedException: it was not; nothing has been changed.
    """
    if not hmac.compare_digest(form.get("csrf", "").encode(), csrf_token(connection).encode()):
        raise PermissionDeniedException(
            "The form was out of date and nothing was changed. Load the page again and repeat it."
        )


def _is_valid(site: Site, value: str) -> bool:
    body, _, signature = value.rpartition(".")
    if not hmac.compare_digest(signature.encode(), _sign(site, "session", body).encode()):
        return False
    until = body.partition(".")[0]
    return until.isdecimal() and int(until) > site.engine.context.clock.now().timestamp()


def _sign(site: Site, purpose: str, text: str) -> str:
    message = f"panstore console\0{purpose}\0{text}".encode()
    return hmac.new(site.api_token.encode(), message, hashlib.sha256).hexdigest()
