"""What a mail server's answers mean: each reply code, at each step of handing a mail over."""

from __future__ import annotations

import re
from typing import Literal

from panstore.sdk.errors import AuthError, RejectedError, RemoteError, UnavailableError

__all__ = ["Step", "refusal", "without_addresses"]

Step = Literal["connect", "log in", "sender", "recipient", "text"]
"""Where a server may say no: the last two are about one mail, the others about all of them."""

_PERMANENT = 500
_TOO_LARGE = 552
_SHOWN = 200
_ADDRESS = re.compile(r"<?[^\s<>@]+@[^\s<>]+>?")


def refusal(connection: str, step: Step, code: int, text: str) -> RemoteError:
    """The error for an answer that is no yes; the server has no copy of the mail.

    Args:
        code: of the answer; 4xx is for now, 5xx for good.
        text: the server's words.
    """
    what = f"{code} {without_addresses(text)}".strip()
    if code < _PERMANENT:
        return UnavailableError(connection, "send mail", f"the server takes it later: {what}")
    if step in {"recipient", "text"} or code == _TOO_LARGE:
        return RejectedError(connection, "send mail", what, code=str(code))
    # The next mail would be refused in the same way: a person mends the connection.
    where = "does not take mails of this sender" if step == "sender" else f"refused to {step}"
    return AuthError(connection, "send mail", f"the server {where}: {what}")


def without_addresses(text: str) -> str:
    """The server's words on one line, short, and without the addresses it likes to repeat."""
    return " ".join(_ADDRESS.sub("(address)", text).split())[:_SHOWN]
