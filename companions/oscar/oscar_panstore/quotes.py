"""Questions to PanStore for one buyer's prices, over HTTP.

One attempt within the time-out; a page must not wait for another system. After a failure nothing is
asked for two seconds, so that a PanStore that is down costs one time-out and not one per page.
"""

import datetime as dt
import http.client
import json
import logging
import os
import secrets
import threading
import time
import urllib.parse
from collections.abc import Sequence
from decimal import Decimal, InvalidOperation
from typing import Any, NamedTuple

from oscar_panstore import conf, webhooks

logger = logging.getLogger("oscar_panstore.quotes")

AGREED, USUAL, WITHHELD = "agreed", "usual", "withheld"
_STATES = frozenset({AGREED, USUAL, WITHHELD})
_REST_S = 2.0
# Shorter than what servers keep an idle connection for (uvicorn: 5 s).
_IDLE_S = 4.0
_MOST_LINES = 500
_LARGEST_ANSWER = 4 * 1024 * 1024
_CHUNK = 64 * 1024
_OK = 200
_CENTS = -2
_LONGEST_TITLE = 255
_LONGEST_MARK = 64
_NOT_KNOWN = "contract.not_known"
_MOST = 10**10
# Of one product in one question; PanStore refuses a whole question for a line with more.
MOST_PIECES = 10**9


class Wish(NamedTuple):
    """What a price is asked for: so many pieces, >= 1, of a product that can be bought."""

    product: int
    quantity: int


class Offer(NamedTuple):
    """What one buyer is shown and charged for a piece.

    Attributes:
        state: `agreed`: the amount; `usual`: the shop's own price; `withheld`: not for sale to him.
        amount: Net, in the shop's currency, > 0, at most two places; None unless `agreed`.
        valid_until: Aware; from then on it must be asked again. None: until told otherwise.
        certain: False if it is only what was last known.
    """

    state: str
    amount: Decimal | None = None
    valid_until: dt.datetime | None = None
    certain: bool = True


class Quote(NamedTuple):
    """Answer for one buyer.

    Attributes:
        contract: Whether he buys under an agreement; if not, the shop's own prices hold.
        title: Of the agreement, for the buyer to read.
        certain: False if some of it is only what was last known.
        mark: Of party and agreement: what was kept under another one is somebody else's price.
    """

    contract: bool
    title: str = ""
    certain: bool = True
    offers: dict[Wish, Offer] = {}
    mark: str = ""


def same_mark(kept: str, told: str) -> bool:
    """Whether two marks are of one party and agreement, as far as both say."""
    party, _, agreement = told.partition(".")
    kept_party, _, kept_agreement = kept.partition(".")
    unsaid = not agreement or not kept_agreement
    return party == kept_party and (unsaid or agreement == kept_agreement)


class UnansweredError(Exception):
    """PanStore cannot be asked now, or its answer cannot be used; the text says why."""


class _Kept(threading.local):
    """The connection of a thread, kept open from one question to the next."""

    connection: http.client.HTTPConnection | None = None
    place: tuple[int, str, str] | None = None
    used_at: float = 0.0


class _Rest:
    """Until when nothing is asked in this process, by the monotonic clock."""

    until: float = 0.0


_kept = _Kept()


def ask(account: str, wishes: Sequence[Wish], opened_at: str | None = None) -> Quote:
    """What an account pays.

    Args:
        account: Id of the account that is logged in.
        wishes: No two alike, none for more than `MOST_PIECES`.
        opened_at: When its owner registered, ISO 8601 in UTC; None if the shop does not know.

    Raises:
        UnansweredError: If there is no usable answer.
    """
    if time.monotonic() < _Rest.until:
        raise UnansweredError("PanStore did not answer a moment ago")
    offers: dict[Wish, Offer] = {}
    answer, certain = Quote(contract=False), True
    for start in range(0, len(wishes), _MOST_LINES):
        before = answer
        answer = _asked(account, wishes[start : start + _MOST_LINES], opened_at)
        if start and answer.contract and not same_mark(before.mark, answer.mark):
            raise UnansweredError("the agreement changed between two parts of a question")
        offers.update(answer.offers)
        certain = certain and answer.certain
        if not answer.contract:
            return answer
    return answer._replace(offers=offers, certain=certain)


def _asked(account: str, wishes: Sequence[Wish], opened_at: str | None) -> Quote:
    question = {
        "account": account,
        "opened_at": opened_at,
        "currency": conf.currency(),
        "lines": [
            {"product": str(wish.product), "quantity": str(wish.quantity)} for wish in wishes
        ],
    }
    try:
        status, content = _exchange(json.dumps(question, separators=(",", ":")).encode())
        quote = _read(content, account, wishes) if status == _OK else None
    except (OSError, http.client.HTTPException, ValueError) as error:
        _Rest.until = time.monotonic() + _REST_S
        logger.warning("No prices from PanStore (%r); next question in %g s", error, _REST_S)
        raise UnansweredError(str(error)) from error
    if quote is not None and (quote.contract or quote.certain):
        return quote
    if quote is not None:
        # Its own memory is empty while the ERP is down: nobody knows whether he has an agreement.
        raise UnansweredError("PanStore itself does not know now")
    said = content[:200].decode("utf-8", "replace")
    logger.warning("PanStore refused a question for prices with HTTP %d: %s", status, said)
    if status >= 500:  # noqa: PLR2004 - it is in trouble, and more questions do not help
        _Rest.until = time.monotonic() + _REST_S
    raise UnansweredError(f"HTTP {status}")


def _exchange(body: bytes) -> tuple[int, bytes]:
    """Status and content of the answer; the connection is kept if it may be used again."""
    headers = webhooks.signed_headers(
        conf.webhook_secret(), f"ask_{secrets.token_urlsafe(18)}", int(time.time()), body
    )
    url = urllib.parse.urlsplit(conf.price_url())
    path = url.path + (f"?{url.query}" if url.query else "")
    until = time.monotonic() + conf.price_timeout_s()
    old = _take(url)
    if old is not None:
        try:
            return _post(old, path, headers, body, until)
        except (ConnectionError, http.client.BadStatusLine):
            # Closed by the other side since it was last used. A question changes nothing, so it
            # may be put again.
            _drop()
    maker = http.client.HTTPSConnection if url.scheme == "https" else http.client.HTTPConnection
    _kept.connection = maker(url.hostname or "", url.port)
    return _post(_kept.connection, path, headers, body, until)


def _post(
    connection: http.client.HTTPConnection,
    path: str,
    headers: dict[str, str],
    body: bytes,
    until: float,
) -> tuple[int, bytes]:
    try:
        connection.timeout = _left(until)
        if connection.sock is not None:
            connection.sock.settimeout(connection.timeout)
        connection.request("POST", path, body, headers)
        line = connection.sock
        line.settimeout(_left(until))
        reply = connection.getresponse()
        content = b""
        while len(content) <= _LARGEST_ANSWER and (chunk := reply.read1(_CHUNK)):
            content += chunk
            # Newer Pythons close an answer that is whole, and with it a line nobody keeps.
            if not reply.isclosed():
                line.settimeout(_left(until))
        # Reading in parts does not notice the end by itself, and the connection stays busy.
        reply.close()
    except BaseException:
        _drop()
        raise
    if len(content) > _LARGEST_ANSWER:
        _drop()
        raise ValueError("the answer is too large")
    _kept.used_at = time.monotonic()
    return reply.status, content


def _left(until: float) -> float:
    left = until - time.monotonic()
    if left <= 0:
        raise TimeoutError("timed out")
    return left


def _take(url: urllib.parse.SplitResult) -> http.client.HTTPConnection | None:
    """This thread's open connection, if it leads to the right place and is fresh enough."""
    # A web server may fork: a socket must not be shared with the parent.
    place = (os.getpid(), url.scheme, url.netloc)
    usable = _kept.place == place and time.monotonic() - _kept.used_at < _IDLE_S
    if not usable:
        _drop()
    _kept.place = place
    return _kept.connection


def _drop() -> None:
    if _kept.connection is not None:
        _kept.connection.close()
    _kept.connection = None


def _read(content: bytes, account: str, wishes: Sequence[Wish]) -> Quote:
    """The answer as values.

    Raises:
        ValueError: If it is not an answer to this question.
    """
    try:
        return _quote(json.loads(content), account, wishes)
    except (LookupError, TypeError, AttributeError, ArithmeticError, ValueError) as error:
        raise ValueError(f"the answer cannot be read: {error!r}") from error


def _quote(answer: Any, account: str, wishes: Sequence[Wish]) -> Quote:
    if (answer.get("account") or account) != account:
        raise ValueError("it is about another account")
    contract, certain = answer["contract"], answer.get("certain", True)
    if contract is False and certain in {True, False}:
        return Quote(contract=False, certain=certain)
    lines = answer.get("lines", [])
    if contract is not True or certain not in {True, False} or len(lines) != len(wishes):
        raise ValueError("it does not fit the question")
    offers = {wish: _offer(line, wish) for wish, line in zip(wishes, lines, strict=True)}
    title, mark = str(answer.get("title", "")), str(answer.get("mark", ""))
    return Quote(True, title[:_LONGEST_TITLE], certain, offers, mark[:_LONGEST_MARK])


def _offer(line: Any, wish: Wish) -> Offer:
    if line["product"] != str(wish.product) or Decimal(line["quantity"]) != wish.quantity:
        raise ValueError("a line of it is about something else")
    offer = line["offer"]
    state, until = offer["state"], offer.get("valid_until")
    if state not in _STATES:
        raise ValueError("it knows a kind of offer that we do not")
    valid_until = None if until is None else dt.datetime.fromisoformat(until)
    if valid_until is not None and valid_until.tzinfo is None:
        raise ValueError("a time in it has no zone")
    # What nobody knows at present has no date either.
    certain = offer.get("as_of") is None and offer.get("code") != _NOT_KNOWN
    if state != AGREED:
        return Offer(state, None, valid_until, certain)
    amount = _amount(offer)
    if amount is None:
        logger.warning(
            "Product %d is withheld: its agreed price %s %s is not a net amount of cents in %s",
            wish.product,
            offer.get("amount"),
            offer.get("currency"),
            conf.currency(),
        )
        return Offer(WITHHELD, None, valid_until, certain)
    return Offer(AGREED, amount, valid_until, certain)


def _amount(offer: dict[str, Any]) -> Decimal | None:
    """The amount if this shop can charge it: net, in its currency, positive, whole cents."""
    if offer.get("includes_tax", False) is not False or offer.get("currency") != conf.currency():
        return None
    written = offer.get("amount")
    if not isinstance(written, str):
        return None
    try:
        amount = Decimal(written)
    except InvalidOperation:
        return None
    if not amount.is_finite() or not 0 < amount < _MOST:
        return None
    exponent = amount.normalize().as_tuple().exponent
    return amount if isinstance(exponent, int) and exponent >= _CENTS else None
