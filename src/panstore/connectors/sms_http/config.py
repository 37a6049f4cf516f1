"""Settings of a connection to an SMS provider or gateway with an HTTP interface."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Annotated, Any, Literal, Self

from pydantic import (
    AfterValidator,
    ConfigDict,
    Field,
    HttpUrl,
    SecretStr,
    model_validator,
)

from panstore.sdk.connectors import Settings

__all__ = ["PLACEHOLDERS", "HttpSmsSettings", "ReceiptFields"]

PLACEHOLDERS: dict[str, str] = {
    "to": "the number, +38640123456",
    "to_digits": "the number without its plus sign",
    "text": "the text",
    "from": "the setting `sender`",
    "key": "our id of the message, in letters, digits, - and _",
    "hash": "the same in 32 hexadecimal digits",
    "coding": "0 for a text in plain letters, 2 for all others",
    "parts": "how many parts the text has",
    "user": "the setting `user`",
    "password": "the setting `password`",
    "callback": "where receipts are to go, with `key`, `secret` and `state=%d`",
}
"""What may stand in braces in `query`, `form`, `json_body` and `headers`."""

_NAMED = re.compile(r"\{(\w+)\}")
_SECRET = re.compile(r"[A-Za-z0-9_-]{16,}")

_KANNEL: dict[str, Any] = {
    "method": "GET",
    "query": {
        "username": "{user}",
        "password": "{password}",
        "from": "{from}",
        "to": "{to}",
        "text": "{text}",
        "charset": "UTF-8",
        "coding": "{coding}",
    },
    "taken": r"\A(0|3):",
    "refused": r"\A\d+:",
    "reference": "key",
    "receipts": {
        "reference": "key",
        "state": "state",
        "delivered": ("1",),
        "failed": ("2", "16"),
        "underway": ("4", "8"),
    },
}
_KANNEL_RECEIPTS = {"dlr-mask": "31", "dlr-url": "{callback}"}


def _names(fields: Mapping[str, str]) -> Mapping[str, str]:
    for text in fields.values():
        for name in _NAMED.findall(text):
            if name not in PLACEHOLDERS:
                allowed = ", ".join("{" + one + "}" for one in PLACEHOLDERS)
                raise ValueError(f"{{{name}}} means nothing; allowed: {allowed}")
    return fields


def _pattern(text: str) -> str:
    try:
        re.compile(text)
    except re.error as error:
        raise ValueError(f"is no regular expression: {error}") from error
    return text


def _reference(text: str) -> str:
    if text not in {"key", "hash"} and re.compile(_pattern(text)).groups != 1:
        raise ValueError('must be "key", "hash", or a regular expression with one group')
    return text


def _secret(secret: SecretStr) -> SecretStr:
    if not _SECRET.fullmatch(secret.get_secret_value()):
        raise ValueError("must be at least 16 letters, digits, - or _")
    return secret


Fields = Annotated[Mapping[str, str], AfterValidator(_names)]
Pattern = Annotated[str, AfterValidator(_pattern)]


class ReceiptFields(Settings):
    """How a receipt is read, from the query of its address, a form or JSON.

    Attributes:
        items: path of the list of receipts in JSON, such as `results`; empty if there is one.
        reference: field with the id of the message; state: with what became of it. Deeper ones
            in JSON have dots: `status.name`.
        note: field with words for people, or empty.
        delivered, failed, underway: values of `state`.
    """

    items: str = ""
    reference: str = "key"
    state: str = "state"
    note: str = ""
    delivered: tuple[str, ...] = ("delivered",)
    failed: tuple[str, ...] = ("failed",)
    underway: tuple[str, ...] = ()


class HttpSmsSettings(Settings):
    """Where SMS are handed over, and how the provider is spoken to.

    Attributes:
        preset: `kannel` fills in everything but url, user, password and sender; what is set beside
            it counts more.
        url: of the provider's call for one SMS.
        method: of that call.
        query, form, json_body, headers: what is sent, with names in braces; one of form and
            json_body at most.
        sender: what the buyer sees as the sender.
        user, password: for `{user}` and `{password}`.
        taken: regular expression that the answer fits if the SMS was taken; with none, every
            answer 200 to 299 says so.
        refused: the same for one that was refused; what fits neither is unknown.
        reference: what receipts call the SMS: `key`, `hash`, or a regular expression whose group
            finds it in the answer.
        later: statuses by which the provider says that it takes nothing now.
        callback_url: address of `/hooks/CONNECTION` of this PanStore, as the provider reaches it.
        callback_secret: what a receipt must bring as `secret` in its address; without it none is
            believed.
        receipts: how a receipt is read.
        timeout_s: longest time for one call, from 1 to 120 seconds.
        concurrency: calls at the same time, from 1 to 32.
    """

    # What was entered is not repeated in a validation error: it may be a secret.
    model_config = ConfigDict(hide_input_in_errors=True)

    preset: Literal["kannel"] | None = None
    url: HttpUrl
    method: Literal["GET", "POST"] = "POST"
    query: Fields = Field(default_factory=dict)
    form: Fields = Field(default_factory=dict)
    json_body: Fields = Field(default_factory=dict)
    headers: Fields = Field(default_factory=dict)
    sender: str = ""
    user: str = ""
    password: SecretStr = SecretStr("")
    taken: Pattern = ""
    refused: Pattern = ""
    reference: Annotated[str, AfterValidator(_reference)] = "key"
    later: tuple[Annotated[int, Field(ge=400, le=599)], ...] = (503,)
    callback_url: HttpUrl | None = None
    callback_secret: Annotated[SecretStr, AfterValidator(_secret)] | None = None
    receipts: ReceiptFields = ReceiptFields()
    timeout_s: float = Field(default=30.0, ge=1, le=120)
    concurrency: int = Field(default=4, ge=1, le=32)

    @model_validator(mode="before")
    @classmethod
    def _fill_in(cls, given: Any) -> Any:
        if not isinstance(given, dict) or given.get("preset") != "kannel":
            return given
        filled = _KANNEL | given
        query = dict(_KANNEL["query"])
        if given.get("callback_url") is not None:
            query |= _KANNEL_RECEIPTS
        own = given.get("query")
        filled["query"] = query | own if isinstance(own, dict) else query
        return filled

    @model_validator(mode="after")
    def _fits(self) -> Self:
        if self.form and self.json_body:
            raise ValueError("form and json_body cannot both be sent")
        if self.method == "GET" and (self.form or self.json_body):
            raise ValueError('method "GET" sends no form and no json_body; use query')
        if (self.callback_url is None) != (self.callback_secret is None):
            raise ValueError("callback_url and callback_secret belong together: give both or none")
        fields = (self.query, self.form, self.json_body, self.headers)
        used = {n for one in fields for text in one.values() for n in _NAMED.findall(text)}
        if missing := {"text"} - used:
            raise ValueError(f"nothing sends {{{missing.pop()}}}; name it in query, form or json")
        if not used & {"to", "to_digits"}:
            raise ValueError("nothing sends {to}; name it in query, form or json_body")
        if "callback" in used and self.callback_url is None:
            raise ValueError("{callback} needs callback_url and callback_secret")
        by_us = self.reference in {"key", "hash"}
        if self.callback_url is not None and by_us and not used & {self.reference, "callback"}:
            raise ValueError(
                f"nothing sends {{{self.reference}}} or {{callback}}, so no receipt could say which"
                " SMS it is about; name one, or let `reference` find the provider's id"
            )
        return self
