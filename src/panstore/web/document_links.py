"""A document for the buyer who follows a link from his order in the shop; no one signs in."""

from __future__ import annotations

from typing import Any

from litestar import Request, Response, get
from litestar.exceptions import HTTPException
from litestar.params import FromPath
from litestar.response import Template
from litestar.status_codes import HTTP_404_NOT_FOUND, HTTP_503_SERVICE_UNAVAILABLE

from panstore.engine.document_links import find_target
from panstore.sdk.document_roles import Page
from panstore.web.documents import file_name, make_page
from panstore.web.site import site_of

__all__ = ["open_document"]

_RETRY_AFTER_S = 30
_PRIVATE = {"Cache-Control": "private, no-store", "X-Robots-Tag": "noindex"}
"""Who has the link may see the page; nobody on the way may keep it, and no one may find it."""

_PAGE_SAFETY = (
    "default-src 'none'; object-src 'self'; style-src 'unsafe-inline'; img-src 'self' data: blob:; "
    "frame-ancestors 'none'"
)
"""Programs that show a PDF inside a browser bring their own page with styles and pictures."""


@get("/d/{token:str}", include_in_schema=False)
async def open_document(request: Request[Any, Any, Any], token: FromPath[str]) -> Response[Any]:
    """The document of a link as PDF.

    404: the link leads nowhere, or not any more, whatever the reason. 503: not at this moment.
    """
    site = site_of(request)
    context = site.engine.context
    target = await find_target(context, token)
    if target is None:
        return _sorry(HTTP_404_NOT_FOUND)
    if site.is_closing or site.readers.locked():
        return _sorry(HTTP_503_SERVICE_UNAVAILABLE)
    wanted = (target.kind, target.document)
    try:
        async with site.readers:
            page = await make_page(context, target.route, target.order, wanted)
    except HTTPException as error:
        # What went wrong is for the company; the buyer is told only whether to come again.
        context.log.warning(
            "no page for a link", route=target.route, order=target.order, why=error.detail
        )
        is_gone = error.status_code == HTTP_404_NOT_FOUND
        return _sorry(HTTP_404_NOT_FOUND if is_gone else HTTP_503_SERVICE_UNAVAILABLE)
    return _shown(page)


def _shown(page: Page) -> Response[bytes]:
    headers = {
        **_PRIVATE,
        "Content-Disposition": f"inline; {file_name(page)}",
        "Content-Security-Policy": _PAGE_SAFETY,
    }
    return Response(page.content, media_type=page.media_type, headers=headers)


def _sorry(status: int) -> Template:
    later = status == HTTP_503_SERVICE_UNAVAILABLE
    more = {"Retry-After": str(_RETRY_AFTER_S)} if later else {}
    return Template(
        "no_document.html",
        context={"later": later},
        status_code=status,
        headers={**_PRIVATE, **more},
    )
