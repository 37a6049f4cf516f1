"""What only a real Tryton can show: cents, taxes, addresses, sessions, and what `check` finds."""

from __future__ import annotations

import asyncio
import queue
import random
import urllib.request
from collections.abc import AsyncIterator, Iterator
from decimal import Decimal
from typing import Any

import pytest
from msgspec import UNSET
from msgspec.structs import replace
from pydantic import SecretStr

from panstore.connectors.tryton.connector import TrytonConnector
from panstore.model.ids import ConnectionId, ExternalId, order_key
from panstore.model.product import (
    Image,
    ProductFields,
    ProductWrite,
    VariantFields,
    VariantWrite,
)
from panstore.model.sale import BookedLine, ErpOrder
from panstore.modules.s4_orders.booking import Arithmetic
from panstore.sdk.errors import NotFoundError, RejectedError
from panstore.sdk.roles import PriceQuery
from panstore.testing.bookings import one_line_sale
from panstore.testing.suites import SignedMessage
from tests.connectors.tryton.harness import TrytonHarness, proxy_to
from tests.connectors.tryton.office import Office
from tests.connectors.tryton.server import WAKE_SECRET, running_tryton

pytestmark = [pytest.mark.real, pytest.mark.timeout(600)]
Server = tuple[Office, "queue.Queue[SignedMessage]"]


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    with running_tryton(tmp_path_factory.mktemp("tryton")) as running:
        yield running


@pytest.fixture
async def tryton(server: Server) -> AsyncIterator[TrytonHarness]:
    office, wake_ups = server
    async with proxy_to(office.facts["url"]) as proxy:
        harness = TrytonHarness(office, proxy, wake_ups, WAKE_SECRET, timeout_s=60)
        await harness.connector.start()
        yield harness
        await harness.connector.close()


def line(
    kind: Any, quantity: Decimal, unit_net: Decimal, rate: Decimal, product: ExternalId | None
) -> BookedLine:
    return BookedLine(product, kind, str(kind), quantity, unit_net, Decimal(0), rate)


def sale(tryton: TrytonHarness, name: str, lines: tuple[BookedLine, ...]) -> ErpOrder:
    """An order whose nets and total are reckoned as the connector says that Tryton does."""
    arithmetic = Arithmetic(tryton.connector.capabilities, 2)
    booked = tuple(
        replace(one, net=arithmetic.amount(one.quantity * one.unit_net)) for one in lines
    )
    key = order_key(ConnectionId("real"), ExternalId(name), "order")
    start = one_line_sale(key, booked[0], warehouse="LJ", date=tryton.today)
    return replace(start, lines=booked, total=arithmetic.total(booked))


def two_skus(office: Office) -> tuple[ExternalId, ExternalId]:
    """A product with 22 % and one with 9.5 %."""
    products = office.call(
        "model.panstore.gateway.products", 0, 5000, sorted(office.facts["skus"].values())
    )
    by_tax = {one["taxes"][0]["id"]: ExternalId(str(one["id"])) for one in products}
    taxes = office.facts["taxes"]
    return by_tax[taxes["22"]], by_tax[taxes["9.5"]]


def amount(draw: random.Random, largest: int) -> Decimal:
    """A unit price of four places, at most `largest` ten-thousandths."""
    return Decimal(draw.randint(1, largest)).scaleb(-4)


def log_out(office: Office, authorization: str) -> None:
    """End a session in Tryton, as its time limit does."""
    request = urllib.request.Request(
        f"{office.facts['url']}/{office.facts['database']}/rpc/",
        b'{"id": 1, "method": "common.db.logout", "params": []}',
        {"Content-Type": "application/json", "Authorization": authorization},
    )
    with urllib.request.urlopen(request, timeout=30) as response:
        assert response.status == 200


async def test_totals_agree_to_the_cent_whatever_the_lines(tryton: TrytonHarness) -> None:
    full, reduced = two_skus(tryton.office)
    draw = random.Random(7)
    for n in range(6):
        goods = tuple(
            line("goods", Decimal(draw.randint(1, 7)), amount(draw, 99_999), rate, product)
            for product, rate in ((full, Decimal(22)), (reduced, Decimal("9.5"))) * 2
        )
        charges = (
            line("shipping", Decimal(1), Decimal("3.2787"), Decimal(22), None),
            line("discount", Decimal(1), -amount(draw, 9_999), Decimal("9.5"), None),
            line("rounding", Decimal(1), Decimal("-0.01"), Decimal(0), None),
        )
        order = sale(tryton, f"CENT-{n}", goods + charges)
        booked = await tryton.connector.create_order(order)
        assert booked.total == order.total


async def test_an_order_is_there_with_everything_it_brought(tryton: TrytonHarness) -> None:
    office = tryton.office
    full, _ = two_skus(office)
    carrier = office.facts["carriers"]["post"]
    settings = tryton.settings(web_shop="Zelena skodelica", carriers={"post": str(carrier)})
    erp = TrytonConnector(ConnectionId("tryton"), settings)
    await erp.start()
    goods = line("goods", Decimal(1), Decimal("8.1967"), Decimal(22), full)
    shipping = line("shipping", Decimal(1), Decimal("3.2787"), Decimal(22), None)
    order = replace(
        sale(tryton, "WHOLE-1", (goods, shipping)),
        delivery_method="post",
        payment_method="Kartica",
        note="Pozvonite dvakrat",
    )
    booked = await erp.create_order(order)
    again = await erp.create_order(
        replace(
            order,
            key=order_key(ConnectionId("real"), ExternalId("WHOLE-2"), "order"),
            shop_order=ExternalId("WHOLE-2"),
        )
    )
    await erp.close()
    fields = (
        "carrier",
        "description",
        "comment",
        "reference",
        "web_shop",
        "web_id",
        "invoice_address",
        "shipment_address",
        "party",
        "lines",
    )
    one, two = office.read("sale.sale", [int(booked.id), int(again.id)], *fields)
    assert one["carrier"] == carrier
    assert (one["description"], one["comment"]) == ("Kartica", "Pozvonite dvakrat")
    assert (one["reference"], one["web_id"]) == (order.number, "WHOLE-1")
    assert one["web_shop"] == office.facts["web_shop"]
    assert one["party"] == two["party"], "the same buyer came twice"
    addresses = office.find("party.address", ["party", "=", one["party"]])
    assert addresses == [one["invoice_address"]]
    assert two["shipment_address"] == one["invoice_address"]
    products = [row["product"] for row in office.read("sale.line", one["lines"], "product")]
    assert products == [int(full), office.facts["services"]["shipping"]]


async def test_a_promotional_list_with_dates_becomes_a_promotion(tryton: TrytonHarness) -> None:
    id_ = await tryton.add_variant("REAL-PROMO-1", price=Decimal("10.00"))
    other = await tryton.add_variant("REAL-PROMO-2", price=Decimal("10.00"))
    promo = await tryton.list_price(id_, Decimal("7.50"), tryton.today, tryton.today)
    query = PriceQuery(None, promo, "EUR", tryton.today)
    prices = {one.variant: one for one in await tryton.connector.prices([id_, other], query)}
    promotion = prices[id_].promotion
    assert promotion is not None
    assert (promotion.amount, promotion.ends) == (Decimal("7.50"), tryton.today)
    assert prices[id_].amount == Decimal("10.00")
    assert prices[other].promotion is None


async def test_a_session_that_ended_in_tryton_is_renewed(tryton: TrytonHarness) -> None:
    session = tryton.connector._client._session
    assert session is not None
    await asyncio.to_thread(log_out, tryton.office, session.authorization)
    assert (await tryton.connector.check()).problems == ()
    renewed = tryton.connector._client._session
    assert renewed is not None
    assert renewed.authorization != session.authorization


async def test_check_names_what_is_wrong_with_the_access(tryton: TrytonHarness) -> None:
    password = "a long password 7531"
    tryton.office.create("res.user", name="Other", login="other", password=password)
    for changes, word in (
        ({"database": "nothing"}, "no database 'nothing'"),
        ({"password": SecretStr("wrong")}, "correct `user` and `password`"),
        ({"user": "other", "password": SecretStr(password)}, "group PanStore"),
    ):
        erp = TrytonConnector(ConnectionId("tryton"), tryton.settings(**changes))
        (problem,) = (await erp.check()).problems
        assert word in problem
        await erp.close()


async def test_a_product_goes_there_and_comes_back(tryton: TrytonHarness) -> None:
    erp = tryton.connector
    assert {"weight", "attributes", "images", "price"} <= erp.capabilities.product_fields
    variant = VariantFields(
        sku="REAL-PAGE-1",
        gtin="",
        weight=Decimal("0.125"),
        attributes=(("Izvedba", "S"),),
        active=True,
        price=Decimal(3),
    )
    fields = ProductFields(
        name="Nova & stara",
        description="Opis.",
        tax="22",
        unit="Unit",
        categories=(("Novo", "Sveže"),),
        active=True,
    )
    write = ProductWrite(
        None, fields, (VariantWrite(None, variant, "real/page/v"),), key="real/page"
    )
    tryton.disturb("lost")
    (lost,) = await erp.write_products([write])
    assert lost.state == "unknown"
    (done,) = await erp.write_products([write])
    made = done.product
    assert made is not None
    assert replace(made.fields, images=UNSET) == fields
    assert made.variants[0].fields == replace(variant, price=UNSET)
    assert list(await erp.products([made.id, tryton.unknown_id])) == [made]
    page = (await erp.variants([made.variants[0].id]))[0]
    assert page.parent == made.id
    (holder,) = await erp.write_products([
        replace(write, key="other", variants=(VariantWrite(None, variant, "other/v"),))
    ])
    assert (holder.state, holder.code, holder.taken) == ("refused", "sku_taken", made.id)
    (stale,) = await erp.write_products([
        ProductWrite(made.id, ProductFields(name="Other"), version="0" * 64)
    ])
    assert (stale.state, stale.code) == ("refused", "changed_meanwhile")
    with pytest.raises(NotFoundError):
        await erp.image(made.id, "0" * 64)
    with pytest.raises(RejectedError) as caught:
        await erp.add_image(made.id, Image("0" * 64, "x.png"), b"no picture")
    assert caught.value.code == "not_an_image"
