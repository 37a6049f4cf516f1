"""Links by which a buyer sees a document of his order without signing in.

A link says itself which document it leads to and how long it works, and is signed with a key of
this installation: nothing of it is kept, and no one can make another from it.
"""

from __future__ import annotations

import base64
import binascii
import datetime as dt
import hashlib
import hmac
from zoneinfo import ZoneInfo

import msgspec
import sqlalchemy as sa
from msgspec.structs import replace

from panstore.engine.context import Context
from panstore.model.document import DocumentKind
from panstore.model.errors import InvariantError
from panstore.model.ids import ExternalId, RouteId
from panstore.model.message import DocumentRef
from panstore.sdk.modules import Act, OrderCase, TellShop
from panstore.sdk.order_roles import DocumentLink
from panstore.store.installation import own_key
from panstore.store.orders import ERASED, load_order

__all__ = ["Target", "find_target", "read_token", "token_of", "with_addresses"]

_PURPOSE = "links to documents, first form"
_SIGNED = 32
_LONGEST = 1000
"""Characters of a token; ids of orders and documents are much shorter."""


class Target(msgspec.Struct, frozen=True, array_like=True, forbid_unknown_fields=True):
    """What a link leads to; in it stand ids, and nothing about a person.

    Attributes:
        order: as PanStore knows it; document: the ERP's id.
        until: the last day on which the link works, counted from the year 1.
    """

    route: RouteId
    order: ExternalId
    kind: DocumentKind
    document: ExternalId
    until: int


_encoder = msgspec.msgpack.Encoder()
_decoder = msgspec.msgpack.Decoder(Target)


def token_of(key: bytes, target: Target) -> str:
    """The last part of a link's address: letters, digits, `-` and `_`."""
    body = _encoder.encode(target)
    return base64.urlsafe_b64encode(_sign(key, body) + body).decode().rstrip("=")


def read_token(key: bytes, token: str, today: dt.date) -> Target | None:
    """Where a link leads, None if it was not made with this key, was altered, or is too old."""
    if len(token) > _LONGEST or not token.isascii():
        return None
    try:
        signed = base64.b64decode(token + "=" * (-len(token) % 4), altchars="-_", validate=True)
    except binascii.Error:
        return None
    signature, body = signed[:_SIGNED], signed[_SIGNED:]
    if not hmac.compare_digest(signature, _sign(key, body)):
        return None
    try:
        target = _decoder.decode(body)
    except msgspec.DecodeError:
        return None
    # One form only: bits that say nothing could else be altered.
    is_whole = hmac.compare_digest(token_of(key, target).encode(), token.encode())
    return target if is_whole and today.toordinal() <= target.until else None


async def with_addresses(context: Context, case: OrderCase, act: Act) -> Act:
    """The step as it was asked for; where the shop is to be told of documents, with their links.

    They are made before the intent is written down, so that after a lost answer the shop is told
    the very same.
    """
    if not isinstance(act, TellShop) or not act.papers:
        return act
    if not context.public_url:
        raise InvariantError("links to documents were asked for where no link can lead anywhere")
    key = await context.store.read(_key)
    until = _today(context).toordinal() + context.links_days

    def link(paper: DocumentRef) -> DocumentLink:
        target = Target(case.view.route, case.order.id, paper.kind, paper.id, until)
        url = f"{context.public_url}/d/{token_of(key, target)}"
        return DocumentLink(paper.kind, paper.number, url)

    return replace(act, update=replace(act.update, links=tuple(map(link, act.papers))))


async def find_target(context: Context, token: str) -> Target | None:
    """Where a link leads; None if nowhere, or not any more.

    Nowhere too is where the buyer's personal data were erased, or PanStore has no public address
    (any more).
    """
    if not context.public_url:
        return None

    def look(connection: sa.Connection) -> Target | None:
        target = read_token(_key(connection), token, _today(context))
        if target is None:
            return None
        route = context.routes.get(target.route)
        stored = None if route is None else load_order(connection, route.id, target.order)
        return None if stored is None or stored[0].payload == ERASED else target

    return await context.store.read(look)


def _key(connection: sa.Connection) -> bytes:
    return own_key(connection, _PURPOSE)


def _sign(key: bytes, body: bytes) -> bytes:
    return hmac.new(key, body, hashlib.sha256).digest()


def _today(context: Context) -> dt.date:
    return context.clock.now().astimezone(ZoneInfo(context.zone)).date()
