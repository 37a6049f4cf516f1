"""What a shop may ask, and what the store knows of what it asks for."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Sequence
from decimal import Decimal

import sqlalchemy as sa

from panstore.engine.context import Context, Route
from panstore.model.contract import AccountLink, QuoteLine, QuoteRequest
from panstore.model.ids import ConnectionId, ExternalId
from panstore.model.link import Link
from panstore.store.account_links import account_link
from panstore.store.items import links_by_shop, sku_key
from panstore.store.tables import catalogue

__all__ = ["MOST_LINES", "BadQuestionError", "Place", "check_question", "look_up", "too_many"]

MOST_LINES = 500
_FURTHEST = dt.timedelta(days=400)
_MOST = Decimal(10) ** 9
_DIGITS = 6
_NUL = "\0"
"""No database takes it in a text."""

_CURRENCY = re.compile(r"[A-Z]{3}\Z")


class BadQuestionError(ValueError):
    """A question that cannot be answered as it stands; says why."""


class Place:
    """What a question is about, as the store knows it now.

    Attributes:
        link: for whom the account buys, None if nobody has said.
        goods: the linked article of every line, None where there is none.
        units: name of the ERP's stock unit, by its variant, where a line names a unit.
    """

    def __init__(
        self,
        link: AccountLink | None,
        goods: Sequence[Link | None],
        units: dict[ExternalId, str],
    ) -> None:
        self.link = link
        self.goods = goods
        self.units = units


def check_question(request: QuoteRequest, now: dt.datetime) -> None:
    """Refuse what nobody can mean.

    Raises:
        BadQuestionError: too many lines, an amount that is none, a moment too far away ...
    """
    if not request.account:
        raise BadQuestionError("the question names no account")
    if len(request.lines) > MOST_LINES:
        what = f"{len(request.lines)} lines are too many: at most {MOST_LINES} in one question"
        raise BadQuestionError(what)
    if request.currency and not _CURRENCY.match(request.currency):
        raise BadQuestionError(f"{request.currency!r} is no currency of three capital letters")
    if _NUL in request.account or any(_NUL in one.product + one.sku for one in request.lines):
        raise BadQuestionError("a name with the character NUL in it is none")
    if request.opened_at is not None and request.opened_at.tzinfo is None:
        raise BadQuestionError("`opened_at` has no time zone")
    if request.at is not None:
        if request.at.tzinfo is None:
            raise BadQuestionError("`at` has no time zone")
        if abs(request.at - now) > _FURTHEST:
            raise BadQuestionError(f"`at` is more than {_FURTHEST.days} days away")
    for number, line in enumerate(request.lines, 1):
        _check_line(number, line)


def _check_line(number: int, line: QuoteLine) -> None:
    if not line.product and not line.sku:
        raise BadQuestionError(f"line {number} names no article: give `product` or `sku`")
    quantity = line.quantity
    if not quantity.is_finite() or quantity <= 0:
        raise BadQuestionError(f"line {number}: {quantity} is no quantity: more than 0, please")
    if not too_many(line) and quantity != round(quantity, _DIGITS):
        what = f"line {number}: {quantity} has more than {_DIGITS} decimal places"
        raise BadQuestionError(what)


def too_many(line: QuoteLine) -> bool:
    """Whether nobody can mean so many: no price is asked for; the other lines have theirs."""
    return line.quantity > _MOST


def look_up(
    connection: sa.Connection, context: Context, route: Route, request: QuoteRequest
) -> Place:
    """What the store knows of a question; nothing of it is remembered, so an unlinking holds."""
    del context
    link = account_link(connection, route.id, request.account)
    if link is None:
        return Place(None, [], {})
    codes = sorted({line.sku for line in request.lines if not line.product})
    by_code = _by_code(connection, route.shop, codes)
    ids = [line.product or by_code.get(sku_key(line.sku)) for line in request.lines]
    known: dict[ExternalId, Link] = {}
    wanted = sorted({id_ for id_ in ids if id_})
    if wanted:
        known = links_by_shop(connection, route.id, wanted)
    goods = [known.get(id_) if id_ else None for id_ in ids]
    named = [
        good.erp
        for line, good in zip(request.lines, goods, strict=True)
        if line.unit and good is not None
    ]
    return Place(link, goods, _units(connection, route.erp, named))


def _by_code(
    connection: sa.Connection, shop: ConnectionId, codes: Sequence[str]
) -> dict[str, ExternalId]:
    """The shop's variants by code; a code that stands more than once names none."""
    if not codes:
        return {}
    rows = connection.execute(
        sa
        .select(
            catalogue.c.sku_key,
            sa.func.min(catalogue.c.variant).label("variant"),
            sa.func.count().label("many"),
        )
        .where(
            catalogue.c.connection == shop,
            catalogue.c.sku_key.in_({sku_key(code) for code in codes}),
        )
        .group_by(catalogue.c.sku_key)
    )
    return {row.sku_key: ExternalId(row.variant) for row in rows if row.many == 1}


def _units(
    connection: sa.Connection, erp: ConnectionId, variants: Sequence[ExternalId]
) -> dict[ExternalId, str]:
    if not variants:
        return {}
    rows = connection.execute(
        sa.select(catalogue.c.variant, catalogue.c.unit).where(
            catalogue.c.connection == erp, catalogue.c.variant.in_(variants)
        )
    )
    return {ExternalId(row.variant): row.unit for row in rows if row.unit}
