"""Products in the console: fields that both systems changed, side by side, and the list."""

from __future__ import annotations

from typing import Annotated, Any

from litestar import Request, get, post
from litestar.enums import RequestEncodingType
from litestar.exceptions import HTTPException, NotFoundException
from litestar.params import Body, FromQuery
from litestar.response import Redirect, Template
from litestar.status_codes import HTTP_400_BAD_REQUEST, HTTP_409_CONFLICT

from panstore.engine.products.decide import take_field
from panstore.model.ids import ItemId, RouteId
from panstore.model.product_fields import field_words
from panstore.model.product_plan import FieldDecision, Side
from panstore.store.product_conflicts import list_conflicts
from panstore.store.products import list_products
from panstore.web.access import require_csrf
from panstore.web.forms import see
from panstore.web.pages import render
from panstore.web.site import site_of

__all__ = ["PRODUCT_PAGES"]

_Request = Request[Any, Any, Any]
_Form = Annotated[dict[str, str], Body(media_type=RequestEncodingType.URL_ENCODED)]
_ROWS = 100
_SIDES: dict[str, Side] = {"erp": "erp", "shop": "shop"}


@get("/products")
async def products(request: _Request, find: FromQuery[str] = "") -> Template:
    """Conflicts with both values, then products by label."""
    context = site_of(request).engine.context
    rows = []
    for route in context.routes:
        rows += await context.store.read(
            lambda c, r=route: list_products(c, r, text=find.strip(), limit=_ROWS)  # type: ignore[misc]
        )
    conflicts = await context.store.read(lambda c: list_conflicts(c, limit=_ROWS))
    return render(
        request,
        "products.html",
        page="products",
        rows=rows,
        find=find.strip(),
        conflicts=[
            (one, field_words(one.field, one.erp), field_words(one.field, one.shop))
            for one in conflicts
        ],
    )


@post("/products/take")
async def take(request: _Request, data: _Form) -> Redirect:
    """Say whose value of a field counts."""
    require_csrf(request, data)
    context = site_of(request).engine.context
    route = context.routes.get(RouteId(data.get("route", "")))
    if route is None:
        raise NotFoundException("There is no such route. Nothing was done.")
    side = _SIDES.get(data.get("side", ""))
    if side is None:
        raise HTTPException(
            "A value counts from the ERP or from the shop. Nothing was done.",
            status_code=HTTP_400_BAD_REQUEST,
        )
    item, variant = ItemId(data.get("item", "")), data.get("variant", "")
    texts = (data.get(name, "") for name in ("erp", "shop"))
    said = FieldDecision(variant, data.get("field", ""), side, *texts)
    if not await take_field(context, route, item, said):
        raise HTTPException(
            "This field does not wait for a word any more, or one of its two values has changed "
            "since you saw them. Nothing was done. Load the page again.",
            status_code=HTTP_409_CONFLICT,
        )
    return see("/products")


PRODUCT_PAGES = [products, take]
