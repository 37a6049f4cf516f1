"""Bearer tokens: made once, kept as a hash, compared in constant time."""

import hashlib
import hmac
import secrets
from typing import NamedTuple

from oscar_panstore import conf
from oscar_panstore.models import ApiToken

_PREFIX = "pst_"


class Caller(NamedTuple):
    """Who calls the API, by the token shown.

    Attributes:
        name: Name of the token, for the log.
        read_only: Whether writes are refused.
    """

    name: str
    read_only: bool


def new_token() -> str:
    """A fresh token of 256 random bits."""
    return _PREFIX + secrets.token_urlsafe(32)


def digest(token: str) -> str:
    """What the database keeps of a token: its SHA-256 in hex.

    A slow password hash is not needed: the token is 256 random bits, nobody can try them all.
    """
    return hashlib.sha256(token.encode()).hexdigest()


def caller_of(token: str) -> Caller | None:
    """The caller a token belongs to, or None. Every known token is compared, in constant time."""
    shown = digest(token)
    found: Caller | None = None
    for known in conf.api_token_list():
        if hmac.compare_digest(digest(known), shown):
            found = Caller("settings", read_only=False)
    for row in ApiToken.objects.all():
        if hmac.compare_digest(row.digest, shown):
            found = Caller(row.name, read_only=row.read_only)
    return found
