"""The forms that answers have: errors, list headers, links, and what `_fields` leaves of them."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any
from urllib.parse import quote, quote_plus, unquote_plus

from tests.connectors.woocommerce.simulator.router import (
    Refused,
    WooAnswer,
    WooRequest,
    methods_of,
)

__all__ = [
    "API",
    "created",
    "error",
    "error_item",
    "invalid",
    "item",
    "links",
    "page_headers",
    "refused",
    "trimmed",
]

API = "/wp-json/wc/v3"
"""Where the shop's own interface begins."""


def error(code: str, message: str, status: int, **data: Any) -> dict[str, Any]:
    """An error body; `data` goes beside the status."""
    return {"code": code, "message": message, "data": {"status": status, **data}}


def refused(
    code: str, message: str, status: int, *, allow: bool = True, keep: bool = False, **data: Any
) -> Refused:
    """An error to raise from a handler."""
    return Refused(WooAnswer(status, error(code, message, status, **data), allow=allow), keep=keep)


def error_item(identity: Any, failed: Refused) -> dict[str, Any]:
    """How a batch tells of one item that failed."""
    return {"id": identity, "error": failed.answer.body}


def invalid(faults: Mapping[str, tuple[str, str, Any]]) -> Refused:
    """400 `rest_invalid_param` for (code, message, data) by parameter."""
    return refused(
        "rest_invalid_param",
        f"Invalid parameter(s): {', '.join(faults)}",
        400,
        params={name: message for name, (_, message, _) in faults.items()},
        details={
            name: {"code": code, "message": message, "data": data}
            for name, (code, message, data) in faults.items()
        },
    )


def trimmed(request: WooRequest, body: Any) -> Any:
    """What `_fields` leaves of one item or of each of a list.

    On single items `_links` stays; of a batch nothing stays but the names asked for
    (WooCommerce 10.5, recorded 19-batch, exchange 8).
    """
    wanted = request.listed("_fields")
    if wanted is None:
        return body
    if isinstance(body, list):
        return [_only(each, wanted) for each in body]
    return _only(body, [*wanted, "_links"] if "id" in body or "_links" in body else wanted)


def _only(body: Mapping[str, Any], wanted: Sequence[str]) -> dict[str, Any]:
    return {name: value for name, value in body.items() if name in wanted}


def item(request: WooRequest, body: Mapping[str, Any], status: int = 200) -> WooAnswer:
    """One thing."""
    return WooAnswer(status, trimmed(request, body))


def created(request: WooRequest, body: Mapping[str, Any]) -> WooAnswer:
    """One thing that was made."""
    return item(request, body, 201)


def links(
    request: WooRequest, own: str, collection: str, *, up: str | None = None
) -> dict[str, Any]:
    """`_links` of one thing; paths from the interface's root on, such as `/products/7`."""
    address = request.base + API
    itself: dict[str, Any] = {"href": address + own}
    allow = methods_of(API + own)
    if allow:
        itself["targetHints"] = {"allow": list(allow)}
    made: dict[str, Any] = {"self": [itself], "collection": [{"href": address + collection}]}
    if up is not None:
        made["up"] = [{"href": address + up}]
    return made


def page_headers(request: WooRequest, total: int, per_page: int, page: int) -> dict[str, str]:
    """`X-WP-Total`, `X-WP-TotalPages` and, where there are more, `Link`.

    A page past the end links back to the last one (WooCommerce 10.5, recorded 15-list-paging).
    """
    pages = -(-total // per_page)
    headers = {"x-wp-total": str(total), "x-wp-totalpages": str(pages)}
    around = []
    if page > 1 and pages > 0:
        around.append(f'<{_with_page(request, min(page - 1, pages))}>; rel="prev"')
    if page < pages:
        around.append(f'<{_with_page(request, page + 1)}>; rel="next"')
    if around:
        headers["link"] = ", ".join(around)
    return headers


def _with_page(request: WooRequest, page: int) -> str:
    """The address of another page, with the quirks of WordPress's `add_query_arg`.

    The parameters are put in bare first, equals signs before an ampersand are lost on the way,
    and only the second pass encodes (seen in recorded 45-oauth1, exchange 0).
    """
    bare = "&".join(f"{name}={_as_php(name, value)}" for name, value in request.query.items())
    bare = re.sub(r"=(&|$)", r"\1", bare)
    kept: dict[str, str | None] = {}
    for part in filter(None, bare.split("&")):
        name, equals, value = part.partition("=")
        kept[unquote_plus(name)] = unquote_plus(value) if equals else None
    kept["page"] = str(page)
    query = "&".join(
        quote(name, safe="_-.") + ("" if value is None else f"={quote_plus(value, safe='()')}")
        for name, value in kept.items()
    )
    return f"{request.url}?{query}"


def _as_php(name: str, value: str) -> str:
    """A true flag has become 1 by the time the links are made (recorded 16, exchange 10)."""
    return "1" if name == "dates_are_gmt" and value == "true" else value
