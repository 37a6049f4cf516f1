"""Invoices, credit notes and delivery notes of an order: listed, and made into pages when asked."""

from __future__ import annotations

from typing import Annotated, Any
from urllib.parse import quote

import msgspec
from litestar import Controller, Request, Response, get
from litestar.exceptions import HTTPException, NotFoundException
from litestar.openapi.datastructures import ResponseSpec
from litestar.params import FromPath, QueryParameter
from litestar.status_codes import (
    HTTP_409_CONFLICT,
    HTTP_502_BAD_GATEWAY,
    HTTP_503_SERVICE_UNAVAILABLE,
)

from panstore.engine.context import Context, Route
from panstore.engine.documents import (
    Issued,
    buyers_language,
    find_issued,
    print_document,
    seen_issued,
)
from panstore.model.document import DocumentKind, Language
from panstore.model.errors import PanstoreError, sentence
from panstore.model.ids import RouteId
from panstore.sdk.document_roles import Page
from panstore.sdk.errors import NotFoundError, RemoteError, UnavailableError
from panstore.store.orders import load_order
from panstore.web.access import require_token
from panstore.web.site import site_of

__all__ = ["DocumentsApi", "download", "file_name", "make_page"]

_Request = Request[Any, Any, Any]
_Language = Annotated[Language | None, QueryParameter(name="language")]


class Documents(msgspec.Struct, frozen=True):
    """What the ERP had issued for an order when it last showed its sales; no personal data.

    Attributes:
        printer: whether pages can be made of them.
    """

    documents: list[Issued]
    printer: bool


class DocumentsApi(Controller):
    """Documents of an order."""

    path = "/api/v1/routes/{route:str}/orders/{order_id:str}/documents"
    guards = [require_token]  # noqa: RUF012 - the framework's way to declare it
    tags = ["panstore"]  # noqa: RUF012

    @get("/")
    async def list_documents(
        self, request: _Request, route: FromPath[str], order_id: FromPath[str]
    ) -> Documents:
        """What the ERP has issued for an order, as it was last seen there."""
        context = site_of(request).engine.context
        known = await _known(context, route, order_id)
        found = await context.store.read(lambda c: seen_issued(c, context, known.id, order_id))
        return Documents(found, printer=known.printer is not None)

    @get(
        "/{kind:str}/{document:str}",
        media_type="application/pdf",
        responses={200: ResponseSpec(bytes, media_type="application/pdf", description="The page")},
    )
    async def document(
        self,
        request: _Request,
        route: FromPath[str],
        order_id: FromPath[str],
        kind: FromPath[DocumentKind],
        document: FromPath[str],
        in_language: _Language = None,
    ) -> Response[bytes]:
        """One of them as a PDF, made now from the ERP's own figures; `language` is sl or en."""
        return await _page(request, route, order_id, (kind, document), in_language)


@get("/orders/{route:str}/{order_id:str}/documents/{kind:str}/{document:str}")
async def download(
    request: _Request,
    route: FromPath[str],
    order_id: FromPath[str],
    kind: FromPath[DocumentKind],
    document: FromPath[str],
    in_language: _Language = None,
) -> Response[bytes]:
    """One document as a PDF."""
    return await _page(request, route, order_id, (kind, document), in_language)


async def _page(
    request: _Request,
    route: str,
    order_id: str,
    wanted: tuple[DocumentKind, str],
    language: Language | None,
) -> Response[bytes]:
    page = await make_page(site_of(request).engine.context, route, order_id, wanted, language)
    return Response(page.content, media_type=page.media_type, headers=_headers(page))


async def make_page(
    context: Context,
    route: str,
    order_id: str,
    wanted: tuple[DocumentKind, str],
    language: Language | None = None,
) -> Page:
    """The page of one document, made now.

    Args:
        wanted: kind and the ERP's id.
        language: None for the one its reader is likely to understand.

    Raises:
        HTTPException: with what went wrong, for who may know of it; 404 if there is none.
    """
    known = await _known(context, route, order_id)
    kind, id_ = wanted
    try:
        issued = await find_issued(context, known, order_id, kind, id_)
        if issued is None:
            raise NotFoundException(
                f"The ERP has issued no {kind.replace('_', ' ')} {id_!r} for order {order_id!r}."
            )
        spoken = language or await buyers_language(context, known, order_id)
        printed = await print_document(context, known, issued, spoken)
    except PanstoreError as error:
        raise _failure(error) from error
    return printed.page


def file_name(page: Page) -> str:
    """The name a page is saved under, as a header gives it."""
    return f"filename*=UTF-8''{quote(page.name, safe='')}"


def _headers(page: Page) -> dict[str, str]:
    """It holds personal data, so no one on the way may keep it."""
    return {
        "Content-Disposition": f"attachment; {file_name(page)}",
        "Cache-Control": "no-store",
    }


def _failure(error: PanstoreError) -> HTTPException:
    """What went wrong, for who asked; nothing was changed anywhere."""
    status = HTTP_409_CONFLICT
    if isinstance(error, NotFoundError):
        return NotFoundException(sentence(error))
    if isinstance(error, UnavailableError):
        status = HTTP_503_SERVICE_UNAVAILABLE
    elif isinstance(error, RemoteError) and not getattr(error, "code", ""):
        status = HTTP_502_BAD_GATEWAY
    return HTTPException(sentence(error), status_code=status)


async def _known(context: Context, route: str, order_id: str) -> Route:
    found = context.routes.get(RouteId(route))
    if found is None:
        names = ", ".join(sorted(context.routes)) or "none"
        raise NotFoundException(f"There is no route {route!r}; there are: {names}.")
    if await context.store.read(lambda c: load_order(c, found.id, order_id)) is None:
        raise NotFoundException(f"Order {order_id!r} is not known on route {route!r}.")
    return found
