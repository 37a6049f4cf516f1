"""What an answer without a result means, and what a person can do about it."""

from __future__ import annotations

from http import HTTPStatus

from panstore.connectors.exchange import Answer
from panstore.connectors.woocommerce.wire_errors import WireProblem, page_title

__all__ = [
    "NONCE_USED",
    "NO_ROUTE",
    "fended_off",
    "is_gone",
    "is_unseen",
    "no_api",
    "no_json",
    "not_let_in",
]

NO_ROUTE = "rest_no_route"
"""Code of an answer to a path that nothing in WordPress answers at."""

NONCE_USED = "nonce has already been used"
"""In the message to a signed call that the shop has received before."""

_WHERE = "WooCommerce, Settings, Advanced, REST API"
_AUTHENTICATION = "woocommerce_rest_authentication_error"
_UNKNOWN = "woocommerce_rest_cannot_"
_REMEDIES = {
    "consumer secret is invalid": "The key is known, the secret is not its own: enter"
    " `consumer_secret` again, or make a new key ({where}) and enter both.",
    "consumer key is invalid": "Enter `consumer_key` again, or make a new key ({where}) and enter"
    " both.",
    "does not have write permissions": "Set the key's permissions to Read/Write ({where}).",
    "does not have read permissions": "Set the key's permissions to Read/Write ({where}).",
    "invalid signature": "Either `consumer_secret` is not that of the key, or the shop goes by"
    " another address than `url`: enter the address of WordPress, Settings, General, Site Address"
    " as `home`.",
    "invalid timestamp": "The clocks of this machine and of the shop differ by more than 15"
    " minutes{clock}. Let both set their time over the network.",
}
# Record numbers: `woocommerce_rest_product_invalid_id`, `wc_user_invalid_id`, ...
_GONE = "invalid_id"


def is_gone(status: int, error: WireProblem | None) -> bool:
    """Whether the record is not there: 404 to a reader, 400 to a writer.

    Source: WooCommerce 10.5, recorded 43-errors.
    """
    if error is None or error.code == NO_ROUTE:
        return False
    return status == HTTPStatus.NOT_FOUND or error.code.endswith(_GONE)


def is_unseen(status: int, code: str) -> bool:
    """Whether the shop took the call for one of nobody: a key it does not know, or did not see.

    Whom WordPress knows it answers 403, else 401 (its `rest_authorization_required_code`).
    """
    return status == HTTPStatus.UNAUTHORIZED and code.startswith(_UNKNOWN)


def not_let_in(answer: Answer, error: WireProblem | None, *, signs: bool, clock: str) -> str:
    """Why the shop answers 401 or 403, with the remedy.

    Args:
        answer: with that status.
        error: what it says, if WordPress says it.
        signs: whether the call was signed rather than made with Basic.
        clock: by how much the clocks differ, for people; empty if not known.

    Sources: WooCommerce 10.5, recorded 44-auth-failures, 45-oauth1.
    """
    if error is None:
        return _not_wordpress(answer)
    words = error.words
    where = f"HTTP {answer.status}: {words}"
    if error.code == _AUTHENTICATION:
        known = (remedy for sign, remedy in _REMEDIES.items() if sign in words.lower())
        remedy = next(known, f"Make a new key ({_WHERE}) and enter both halves.")
        told = f" by {clock}" if clock else ""
        return f"{where} {remedy.format(where=_WHERE, clock=told)}"
    if not is_unseen(answer.status, error.code):
        return f"{where} ({error.code}). Give the key's user the role Shop manager or Administrator"
    if signs:
        return (
            f"{where} The shop did not look at the signature. Enter its address with https:// as"
            f" `url`, or make a new key ({_WHERE}) for a user with the role Shop manager."
        )
    return (
        f"{where} The shop does not know the key, or it did not see it: this is also the answer"
        " where the web server keeps the Authorization header from PHP, or where TLS ends before"
        f" the shop and WordPress takes the call for plain http. Make a new key ({_WHERE}) for a"
        ' user with the role Shop manager; if that changes nothing, set `auth = "oauth"`.'
    )


def _not_wordpress(answer: Answer) -> str:
    title = page_title(answer.body)
    shown = f" (its page is called {title!r})" if title else ""
    if "basic" in answer.headers.get("www-authenticate", "").lower():
        return (
            f"HTTP {answer.status}: the web server itself asks for a password before WordPress is"
            f" reached{shown}. Take the protection off the path wp-json/"
        )
    return (
        f"HTTP {answer.status}: something before WordPress refuses the call{shown}: a firewall of"
        " the host or a security plugin. Allow this machine's address, or the path wp-json/, there"
    )


def fended_off(answer: Answer) -> str:
    """Why one write does not come through where others do, with the remedy."""
    title = page_title(answer.body)
    shown = f" (its page is called {title!r})" if title else ""
    return (
        f"HTTP {answer.status}: something before the shop takes what is in it for an attack{shown}:"
        " a firewall of the host or a security plugin. Other writes come through. Allow the path"
        " wp-json/wc/ there, or look for code or odd links in the texts"
    )


def no_api(base: str, answer: Answer, error: WireProblem | None) -> str:
    """Why nothing answers at the path of the API, with the remedy."""
    if error is not None:
        return (
            f"HTTP 404: WordPress answers at {base}, but it has no such part of the API"
            f" ({error.words}). Switch on the plugin WooCommerce, in version 10.3 or later"
        )
    title = page_title(answer.body)
    shown = f", but a page called {title!r}" if title else ""
    return (
        f"HTTP 404: no REST API answers at {base}{shown}. In WordPress choose Settings, Permalinks"
        ' and there anything but "Plain", and see that no security plugin switches the REST API'
        " off; or correct `url`"
    )


def no_json(answer: Answer, reason: str) -> str:
    """Why an answer cannot be read, with what is known of its origin."""
    if answer.body.lstrip()[:1] != b"<":
        return f"the answer cannot be read ({reason})"
    title = page_title(answer.body)
    shown = f" called {title!r}" if title else ""
    return (
        f"the answer is a web page{shown} instead of data: a firewall that asks whether one is"
        " human, a maintenance page, or PHP printing warnings into its answers"
        " (set WP_DEBUG_DISPLAY to false). Allow the path wp-json/ past it"
    )
