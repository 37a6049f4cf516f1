"""The live feed: rows of the audit as they are written, as server-sent events."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any

from jinja2 import Environment
from litestar import Request, get
from litestar.response import ServerSentEvent, ServerSentEventMessage

from panstore.store.audit import latest
from panstore.web.numbers import RowNumber, row_number
from panstore.web.site import Site, site_of

__all__ = ["events", "feed"]

_LOOK_S = 0.5
_COMMENT_S = 15.0
_MOST_ROWS = 50


@get("/live/events", include_in_schema=False)
async def events(request: Request[Any, Any, Any], after: RowNumber = 0) -> ServerSentEvent:
    """Rows newer than `after`, or than the `Last-Event-ID` of a reader that comes back."""
    site = site_of(request)
    given = row_number(request.headers.get("last-event-id", ""))
    begin = after if given is None else given
    stream = feed(site, request.app.state.pages, begin)
    return ServerSentEvent(stream, headers={"Cache-Control": "no-store", "X-Accel-Buffering": "no"})


async def feed(site: Site, pages: Environment, after: int) -> AsyncIterator[ServerSentEventMessage]:
    """Messages for one reader until the site closes.

    A message holds all rows since the last one, newest first; after a burst the oldest rows are
    left out, since nobody reads more than a screen. The first message is a comment, so that the
    reader knows at once that the line is open.
    """
    context = site.engine.context
    template = pages.get_template("parts/feed_rows.html")
    quiet = _COMMENT_S
    while not site.is_closing:
        rows = await context.store.read(lambda c, a=after: latest(c, after=a, limit=_MOST_ROWS))  # type: ignore[misc]
        if rows:
            after, quiet = rows[0].id, 0.0
            html = template.render(rows=rows, zone=site.zone)
            yield ServerSentEventMessage(data=html, id=after)
        elif quiet >= _COMMENT_S:
            quiet = 0.0
            yield ServerSentEventMessage(data=None, comment="still here")
        await context.clock.sleep(_LOOK_S)
        quiet += _LOOK_S
