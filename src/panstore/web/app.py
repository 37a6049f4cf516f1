"""Puts the web server together for one engine."""

from __future__ import annotations

from collections.abc import Sequence
from importlib.metadata import version
from pathlib import Path
from typing import Any
from urllib.parse import quote

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from litestar import Litestar, Request, Response, Router
from litestar.config.allowed_hosts import AllowedHostsConfig
from litestar.config.compression import CompressionConfig
from litestar.datastructures import CacheControlHeader, State
from litestar.exceptions import HTTPException, NotAuthorizedException
from litestar.openapi import OpenAPIConfig
from litestar.openapi.plugins import JsonRenderPlugin
from litestar.plugins.jinja import JinjaTemplateEngine
from litestar.response import Redirect, Template
from litestar.static_files import create_static_files_router
from litestar.status_codes import HTTP_303_SEE_OTHER
from litestar.template import TemplateConfig
from litestar.types import Scope

from panstore.engine.engine import Engine
from panstore.web.access import require_session
from panstore.web.api import Api
from panstore.web.contracts import CONTRACT_PAGES
from panstore.web.contracts_api import ContractsApi
from panstore.web.document_links import open_document
from panstore.web.documents import DocumentsApi, download
from panstore.web.drift import DRIFT_PAGES
from panstore.web.forms import FORMS, log_in, log_in_page
from panstore.web.health import live, metrics, ready
from panstore.web.inbox import MOST_BYTES, take_message, take_query
from panstore.web.live import events
from panstore.web.messages import MESSAGE_PAGES, MessagesApi
from panstore.web.pages import PAGES
from panstore.web.plans import PLAN_PAGES
from panstore.web.prices import answer_prices
from panstore.web.products import PRODUCT_PAGES
from panstore.web.site import Site, end_streams
from panstore.web.sms import SmsApi
from panstore.web.words import FILTERS

__all__ = ["build", "end_streams"]

_HERE = Path(__file__).parent
_SAFETY = {
    "Content-Security-Policy": (
        "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; "
        "img-src 'self' data:; connect-src 'self'; form-action 'self'; base-uri 'none'; "
        "frame-ancestors 'none'"
    ),
    "Referrer-Policy": "same-origin",
    "X-Content-Type-Options": "nosniff",
}
_Request = Request[Any, Any, Any]


def build(engine: Engine, *, api_token: str, hosts: Sequence[str] = ()) -> Litestar:
    """The web server of one engine; the engine is started and stopped by the caller.

    Call `end_streams(app)` before the server is told to stop, else open event streams hold it up
    until its grace time is over.

    Args:
        api_token: what programs send as bearer token and people type in once; not empty.
        hosts: names under which the console may be called; empty for any.
    """
    if not api_token:
        raise ValueError("the console needs an api token; an empty one would let everybody in")
    pages = _environment()
    console = Router(
        "/",
        route_handlers=[
            *PAGES,
            *FORMS,
            *MESSAGE_PAGES,
            *PLAN_PAGES,
            *DRIFT_PAGES,
            *PRODUCT_PAGES,
            *CONTRACT_PAGES,
            download,
            events,
        ],
        guards=[require_session],
        exception_handlers={NotAuthorizedException: _ask_to_log_in, HTTPException: _say},
        include_in_schema=False,
    )
    static = create_static_files_router(
        "/static",
        directories=[_HERE / "static"],
        cache_control=CacheControlHeader(public=True, max_age=3600),
    )
    return Litestar(
        [
            console,
            log_in_page,
            log_in,
            Api,
            ContractsApi,
            DocumentsApi,
            MessagesApi,
            SmsApi,
            take_message,
            take_query,
            answer_prices,
            open_document,
            live,
            ready,
            metrics,
            static,
        ],
        after_exception=[_note],
        allowed_hosts=AllowedHostsConfig(allowed_hosts=list(hosts)) if hosts else None,
        compression_config=CompressionConfig(backend="gzip", exclude=["/live/events"]),
        # The engine's log says what there is to say; the framework's own would say it twice.
        logging_config=None,
        openapi_config=OpenAPIConfig(
            title="PanStore",
            version=version("panstore"),
            path="/api/v1",
            render_plugins=[JsonRenderPlugin()],
            use_handler_docstrings=True,
        ),
        request_max_body_size=MOST_BYTES,
        response_headers=_SAFETY,
        state=State({"site": Site(engine, api_token), "pages": pages}),
        template_config=TemplateConfig(instance=JinjaTemplateEngine.from_environment(pages)),
    )


def _environment() -> Environment:
    pages = Environment(
        loader=FileSystemLoader(_HERE / "templates"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    pages.filters.update(FILTERS)
    return pages


def _note(error: Exception, scope: Scope) -> None:
    """A fault of ours belongs into the log; the caller is told nothing of its inside."""
    if not isinstance(error, HTTPException):
        log = scope["litestar_app"].state.site.engine.context.log
        log.error("request failed", path=scope["path"], exc_info=error)


def _ask_to_log_in(request: _Request, _error: NotAuthorizedException) -> Response[Any]:
    target = request.url.path
    if request.url.query:
        target += f"?{request.url.query}"
    if "hx-request" in request.headers:
        # A fragment must not be replaced by the log-in page: let the whole page go there.
        return Response("", status_code=401, headers={"HX-Redirect": "/login"})
    return Redirect(f"/login?next={quote(target)}", status_code=HTTP_303_SEE_OTHER)


def _say(request: _Request, error: HTTPException) -> Template:
    del request
    return Template(
        "failure.html",
        context={"status": error.status_code, "what": error.detail},
        status_code=error.status_code,
    )
