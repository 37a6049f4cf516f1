"""Documents of an order: which ones the ERP has issued, and a page of each.

Nothing of a document is kept: the ERP has it, and whoever asks again gets the same page.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Awaitable, Callable, Iterable
from decimal import Decimal

import msgspec
import sqlalchemy as sa

from panstore.engine.context import Context, Route
from panstore.engine.limiter import Lane
from panstore.engine.order_case import sale_keys, stored_case
from panstore.model.document import Document, DocumentKind, Language
from panstore.model.ids import ConnectionId, ExternalId, OrderKey, RouteId
from panstore.model.issued import Issued, issued_of
from panstore.sdk.document_roles import Page, PrintDocuments, ReadDocuments, RenderDocuments
from panstore.sdk.errors import UnsupportedError
from panstore.sdk.messages import language_of
from panstore.sdk.roles import CreateOrders
from panstore.store.facts import facts_of
from panstore.store.seen_sales import sales_seen

__all__ = [
    "Issued",
    "Printed",
    "ask_issued",
    "buyers_language",
    "find_issued",
    "issued_of",
    "language_for",
    "make_paper",
    "print_document",
    "seen_issued",
]

_LANGUAGES: dict[str, Language] = {"SI": "sl"}


class Printed(msgspec.Struct, frozen=True):
    """A page, and what it shows; it holds personal data and is kept nowhere.

    Attributes:
        language: in which it is written.
        date: of the document; total: None on a delivery note.
    """

    page: Page
    language: Language
    date: dt.date
    total: Decimal | None


def seen_issued(
    connection: sa.Connection, context: Context, route_id: RouteId, order_id: str
) -> list[Issued]:
    """What the ERP had issued for an order when it last showed its sales; it is not asked."""
    route = context.routes.get(route_id)
    if route is None:
        return []
    seen = sales_seen(connection, route_id, order_id)
    return issued_of((one.sale for one in seen.values()), route.zone)


async def ask_issued(context: Context, route: Route, order_id: str) -> list[Issued]:
    """What the ERP has issued for an order by now; sales that were cancelled count as well.

    Raises:
        UnsupportedError: the ERP's connection takes no orders.
        RemoteError: the ERP does not answer.
    """

    def known(connection: sa.Connection) -> set[OrderKey]:
        made = sale_keys(route, order_id, facts_of(connection, route.id, order_id))
        return {*made, *sales_seen(connection, route.id, order_id)}

    keys = sorted(await context.store.read(known))
    if not keys:
        return []
    erp = context.connectors[route.erp]
    if not isinstance(erp, CreateOrders):
        raise UnsupportedError(f"connection {route.erp} takes no orders, so it has no documents")
    sales = await context.remote.call(
        route.erp, Lane.DOCUMENTS, "look at sales", lambda: erp.booked_orders(keys), reads=True
    )
    return issued_of(sales, route.zone)


async def find_issued(
    context: Context, route: Route, order_id: str, kind: DocumentKind, id_: str
) -> Issued | None:
    """One document of an order; the ERP is asked only where it was not seen before.

    Raises:
        UnsupportedError: the ERP's connection takes no orders.
        RemoteError: the ERP does not answer.
    """
    seen = await context.store.read(lambda c: seen_issued(c, context, route.id, order_id))
    found = _pick(seen, kind, id_)
    return found or _pick(await ask_issued(context, route, order_id), kind, id_)


async def buyers_language(context: Context, route: Route, order_id: str) -> Language | None:
    """In which language an order's buyer is told of it; None if that is not known here."""
    case = await context.store.read(lambda c: stored_case(c, context, route, order_id))
    return None if case is None else language_of(case)


async def print_document(
    context: Context, route: Route, issued: Issued, language: Language | None = None
) -> Printed:
    """Read a document in the ERP and make a page of it; orders and stock go first.

    Args:
        language: None for the route's, or the one its reader is likely to understand.

    Raises:
        UnsupportedError: the route has no printer, or its ERP does not give documents.
        NotFoundError: the ERP has no such document of that sale any more.
        RejectedError: it is not issued, or cannot be shown.
        RemoteError: the ERP or the printer does not answer.
    """
    document, page, chosen = await make_paper(
        context, route, (issued.sale, issued.kind, issued.id), language
    )
    priced = document.kind != "delivery_note"
    return Printed(page, chosen, document.date, document.total if priced else None)


async def make_paper(
    context: Context,
    route: Route,
    paper: tuple[OrderKey, DocumentKind, ExternalId],
    language: Language | None = None,
) -> tuple[Document, Page, Language]:
    """A document as the ERP issued it and its page; errors as in `print_document`.

    Args:
        paper: our key of the sale, the kind, and the ERP's id.
    """
    name, make = _printer(context, route, paper)
    erp = context.connectors[route.erp]
    if not isinstance(erp, ReadDocuments):
        raise UnsupportedError(
            f"connection {route.erp} does not give what it has issued, so no page can be made of it"
        )
    document = await context.remote.call(
        route.erp, Lane.DOCUMENTS, "read document", lambda: erp.document(*paper), reads=True
    )
    chosen = language or route.language or language_for(document)
    async with context.printing:
        await context.give_way()
        page = await context.remote.call(
            name, Lane.DOCUMENTS, "make a page", lambda: make(document, chosen), reads=True
        )
    if page.problem:
        context.log.warning(
            "page not as wanted", route=route.id, document=document.number, problem=page.problem
        )
    return document, page, chosen


def language_for(document: Document) -> Language:
    """What its reader is likely to understand, by the country the paper goes to.

    A delivery note lies in the parcel; the others go to who pays. Where no country is known it
    stays in the seller's.
    """
    reader = document.buyer
    if document.kind == "delivery_note" and document.receiver is not None:
        reader = document.receiver
    return _LANGUAGES.get((reader.country or document.seller.country).upper(), "en")


def _printer(
    context: Context, route: Route, paper: tuple[OrderKey, DocumentKind, ExternalId]
) -> tuple[ConnectionId, Callable[[Document, Language], Awaitable[Page]]]:
    """Who makes the page and how: a printer from the document, or the ERP its own."""
    if route.printer is None:
        raise UnsupportedError(
            f"route {route.id} has no printer, so no page was made; name a connection that makes "
            f"pages at routes.{route.id}.printer in the settings"
        )
    printer = context.connectors[route.printer]
    if isinstance(printer, RenderDocuments):
        return route.printer, printer.render
    if isinstance(printer, PrintDocuments) and route.printer == route.erp:
        own = printer
        return route.printer, lambda _, language: own.print_document(*paper, language)
    raise UnsupportedError(f"connection {route.printer} makes no pages")


def _pick(issued: Iterable[Issued], kind: DocumentKind, id_: str) -> Issued | None:
    return next((one for one in issued if (one.kind, one.id) == (kind, id_)), None)
