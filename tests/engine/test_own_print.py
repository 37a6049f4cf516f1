"""A route whose ERP prints its own pages needs no other printer."""

from __future__ import annotations

from dataclasses import replace

from panstore.engine.context import Route
from panstore.engine.documents import ask_issued, print_document
from panstore.testing.world import Scene
from tests.engine.issuing import IssuingHouse, buy_and_ship


class SelfPrintingHouse(IssuingHouse):
    """The ERP is named as the printer."""

    def _routes(self) -> list[Route]:
        return [replace(route, printer=route.erp) for route in super()._routes()]


async def test_the_erps_own_page_is_given_where_it_is_named_as_the_printer(
    store_url: str,
) -> None:
    scene = Scene()
    scene.add_goods(1, on_hand=10)
    house = SelfPrintingHouse(scene, store_url)
    await house.open()
    await house.settle()
    order = await buy_and_ship(house)
    context = house.engine.context
    (route,) = context.routes.values()
    pages = {
        one.kind: await print_document(context, route, one, "sl")
        for one in await ask_issued(context, route, order.id)
    }
    await house.close()
    assert set(pages) == {"invoice", "delivery_note"}
    page = pages["invoice"].page
    assert page.name == "invoice-INV00001-sl.pdf"
    assert page.content == b"own invoice INV00001"
    assert pages["invoice"].total == order.total
