"""The connector's own decisions, on recorded answers; the suites run on the real Tryton."""

from __future__ import annotations

import datetime as dt
from collections.abc import AsyncIterator
from decimal import Decimal
from typing import Any

import pytest
from msgspec.structs import replace

from panstore.connectors.tryton.config import TrytonSettings
from panstore.connectors.tryton.connector import TrytonConnector, connector
from panstore.model.customer import MatchCriterion
from panstore.model.ids import ConnectionId, ExternalId, OrderKey
from panstore.sdk.errors import (
    AuthError,
    ForgedError,
    OutcomeUnknownError,
    RejectedError,
    UnavailableError,
)
from panstore.sdk.roles import (
    ChangeFeed,
    CreateOrders,
    CreateProducts,
    NewProduct,
    PriceQuery,
    ReadCatalogue,
    ReadPrices,
    ReadStock,
    ReceiveWebhooks,
)
from tests.connectors.tryton.replay import Replay, recorded
from tests.connectors.tryton.test_map_orders import GOODS, ORDER, SHIPPING

GATEWAY = "model.panstore.gateway"
OUTBOX = "model.panstore.outbox"
QUERY = PriceQuery(None, None, "EUR", dt.date(2026, 11, 24))


@pytest.fixture
async def replay() -> AsyncIterator[Replay]:
    async with Replay() as server:
        yield server


def made(url: str, **changes: Any) -> TrytonConnector:
    values = {"url": url, "database": "demo", "user": "panstore", "password": "p"}
    return TrytonConnector(ConnectionId("erp"), TrytonSettings.model_validate(values | changes))


@pytest.fixture
async def erp(replay: Replay) -> AsyncIterator[TrytonConnector]:
    erp = made(replay.url)
    await erp.start()
    replay.calls.clear()
    yield erp
    await erp.close()


def test_the_entry_point_names_it_and_it_plays_every_erp_role() -> None:
    assert (connector.id, connector.kind, connector.settings) == ("tryton", "erp", TrytonSettings)
    erp = connector.open(
        ConnectionId("erp"),
        TrytonSettings(url="http://erp", database="demo", user="u", password="p"),  # type: ignore[arg-type]
    )
    for role in (
        ReadCatalogue,
        ReadStock,
        ReadPrices,
        CreateOrders,
        CreateProducts,
        ChangeFeed,
        ReceiveWebhooks,
    ):
        assert isinstance(erp, role)


async def test_start_learns_how_the_company_rounds(erp: TrytonConnector) -> None:
    assert recorded("ping")["body"]["result"]["tax_rounding"] == "line"
    assert erp.capabilities.tax_rounding == "line"
    assert erp.capabilities.document_rounding == "half_even"
    assert erp.capabilities.keyed_documents


async def test_the_outbox_is_registered_under_the_connections_name(replay: Replay) -> None:
    erp = made(replay.url)
    await erp.start()
    assert replay.calls[-1][1][0] == "erp"
    await erp.close()
    erp = made(replay.url, consumer="panstore-test")
    await erp.start()
    assert replay.calls[-1][1][0] == "panstore-test"
    await erp.close()


async def test_stock_is_asked_by_ids_and_told_by_code_and_unit_name(
    replay: Replay, erp: TrytonConnector
) -> None:
    replay.usually("stock_levels")
    replay.usually("products")
    ids = [ExternalId(text) for text in ("257", "no-id", "258", "259")]
    levels = await erp.stock_levels(ids, ["LJ"])
    assert {level.warehouse for level in levels} == {"LJ"}
    assert {level.unit for level in levels} == {"Unit"}
    assert replay.calls[0][1][:2] == [[84], [257, 258, 259]]
    await erp.stock_levels(ids, ["LJ"])
    assert replay.methods() == ["stock_levels", "products", "stock_levels"]


async def test_an_unknown_warehouse_is_looked_for_once_and_refused(
    replay: Replay, erp: TrytonConnector
) -> None:
    with pytest.raises(RejectedError, match="no warehouse with the code CE, only LJ, MB") as caught:
        await erp.stock_levels([ExternalId("257")], ["LJ", "CE"])
    assert caught.value.code == "unknown_warehouse"
    assert replay.methods() == ["ping"]


async def test_large_questions_are_asked_in_parts(replay: Replay, erp: TrytonConnector) -> None:
    replay.usually("stock_levels")
    replay.usually("products")
    await erp.stock_levels([ExternalId(str(n)) for n in range(1, 1002)], ["LJ"])
    asked = [params[1] for method, params, _ in replay.calls if method.endswith("stock_levels")]
    assert [len(ids) for ids in asked] == [500, 500, 1]


async def test_the_catalogue_goes_on_after_the_last_id(
    replay: Replay, erp: TrytonConnector
) -> None:
    replay.usually("products")
    page = await erp.catalogue(None, 3)
    assert page.after == page.variants[-1].id
    page = await erp.catalogue(page.after, 4)
    assert page.after is None
    assert [params[:3] for _, params, _ in replay.calls] == [[0, 3, None], [259, 4, None]]


async def test_a_promotional_list_is_read_beside_the_usual_price(
    replay: Replay, erp: TrytonConnector
) -> None:
    replay.once(f"{GATEWAY}.prices", "prices")
    replay.once(f"{GATEWAY}.prices", "prices_by_list")
    query = PriceQuery(None, ExternalId("117"), "EUR", dt.date(2026, 11, 24))
    prices = await erp.prices([ExternalId("257"), ExternalId("258")], query)
    assert prices[0].amount == Decimal("7.17")
    assert prices[0].promotion is not None
    assert prices[0].promotion.amount == Decimal("6.31")
    day = {"__class__": "date", "year": 2026, "month": 11, "day": 24}
    assert [params[1:4] for _, params, _ in replay.calls] == [[None, "EUR", day], [117, "EUR", day]]


async def test_a_price_list_that_is_no_id_is_refused(erp: TrytonConnector) -> None:
    query = replace(QUERY, price_list=ExternalId("Pogodbeni cenik"))
    with pytest.raises(RejectedError) as caught:
        await erp.prices([ExternalId("257")], query)
    assert caught.value.code == "unknown_price_list"


async def test_an_order_is_one_call(replay: Replay, erp: TrytonConnector) -> None:
    replay.usually("import_order")
    booked = await erp.create_order(ORDER)
    assert (booked.number, booked.total, booked.repeated) == ("1", Decimal("19.98"), False)
    assert replay.methods() == ["import_order"]
    taxes = [line["taxes"] for line in replay.calls[0][1][0]["lines"]]
    assert taxes == [[242], [242], []]


async def test_a_rate_the_company_has_not_is_refused_before_anything_is_sent(
    replay: Replay, erp: TrytonConnector
) -> None:
    replay.usually("products")
    order = replace(ORDER, lines=(replace(GOODS, rate=Decimal(25)),))
    with pytest.raises(RejectedError, match="no sales tax of 25 %") as caught:
        await erp.create_order(order)
    assert (caught.value.code, caught.value.field) == ("unknown_tax", "taxes")
    assert "import_order" not in replay.methods()


async def test_two_taxes_of_one_rate_are_told_apart_by_the_product_or_refused(
    replay: Replay,
) -> None:
    rate = {"__class__": "Decimal", "decimal": "0.22"}
    body = {"result": [{"id": id_, "name": "DDV", "rate": rate} for id_ in (242, 250)]}
    double = {"status": 200, "headers": {}, "body": body}
    for _ in range(3):
        replay.once(f"{GATEWAY}.taxes", double)
    replay.usually("products")
    replay.usually("import_order")
    erp = made(replay.url)
    await erp.start()
    product = recorded("products")["body"]["result"][0]
    own = replace(GOODS, product=ExternalId(str(product["id"])), rate=Decimal("9.5"))
    await erp.create_order(replace(ORDER, lines=(own,)))
    assert replay.calls[-1][1][0]["lines"][0]["taxes"] == [product["taxes"][0]["id"]]
    with pytest.raises(RejectedError, match="several sales taxes of 22 %") as caught:
        await erp.create_order(replace(ORDER, lines=(SHIPPING,)))
    assert caught.value.code == "ambiguous_tax"
    await erp.close()


async def test_ids_of_another_system_are_refused_before_anything_is_sent(
    replay: Replay, erp: TrytonConnector
) -> None:
    with pytest.raises(RejectedError, match="nothing was sent") as caught:
        await erp.create_order(replace(ORDER, party=ExternalId("P-1")))
    assert caught.value.code == "illegal_id"
    assert replay.calls == []


async def test_an_answer_of_another_form_after_a_write_is_an_unknown_outcome(
    replay: Replay, erp: TrytonConnector
) -> None:
    replay.once(f"{GATEWAY}.import_order", "find_order_none")
    with pytest.raises(OutcomeUnknownError):
        await erp.create_order(ORDER)
    replay.once(f"{GATEWAY}.create_product", "find_order_none")
    with pytest.raises(OutcomeUnknownError):
        await erp.create_product(NewProduct(OrderKey("k"), "CAJ", "Čajnik", "1.00", "22"))


async def test_a_sale_is_found_or_there_is_none(replay: Replay, erp: TrytonConnector) -> None:
    replay.once(f"{GATEWAY}.find_order", "find_order")
    replay.once(f"{GATEWAY}.find_order", "find_order_none")
    found = await erp.find_order(OrderKey("shop/1/order/1"))
    assert found is not None
    assert found.repeated
    assert await erp.find_order(OrderKey("shop/2/order/1")) is None


async def test_rows_that_concern_nobody_are_receipts_without_signals(
    replay: Replay, erp: TrytonConnector
) -> None:
    replay.usually("pull")
    batch = await erp.pull(10)
    rows = recorded("pull")["body"]["result"]
    assert batch.receipts == tuple(str(row["id"]) for row in rows)
    assert {row["kind"] for row in rows} > {signal.kind for signal in batch.signals}
    assert not batch.more


async def test_a_forgotten_consumer_is_registered_again(
    replay: Replay, erp: TrytonConnector, caplog: pytest.LogCaptureFixture
) -> None:
    replay.usually("pull")
    replay.once(f"{OUTBOX}.pull", "unknown_consumer")
    assert (await erp.pull(10)).receipts
    assert replay.methods() == ["pull", "register", "pull"]
    assert "registered anew" in caplog.text
    replay.once(f"{OUTBOX}.pull", "total_differs")
    with pytest.raises(RejectedError):
        await erp.pull(10)


async def test_acknowledging_is_a_write_in_parts(replay: Replay, erp: TrytonConnector) -> None:
    done = {"status": 200, "headers": {}, "body": {"result": {"acknowledged": 1}}}
    for _ in range(2):
        replay.once(f"{OUTBOX}.acknowledge", done)
    await erp.acknowledge([str(n) for n in range(501)])
    await erp.acknowledge([])
    assert [(params[0], len(params[1])) for _, params, _ in replay.calls] == [
        ("erp", 500),
        ("erp", 1),
    ]
    replay.once(f"{OUTBOX}.acknowledge", {"status": 504, "headers": {}, "body": ""})
    with pytest.raises(OutcomeUnknownError):
        await erp.acknowledge(["1"])


async def test_a_buyer_is_asked_for_by_one_criterion(replay: Replay, erp: TrytonConnector) -> None:
    replay.usually("find_parties")
    (found,) = await erp.find_customers(MatchCriterion("email", "ana@example.com"))
    party = recorded("find_parties")["body"]["result"][0]
    assert (found.id, found.name) == (str(party["id"]), party["name"])
    assert replay.calls[0][1][0] == {"email": "ana@example.com"}


async def test_a_product_is_created_with_its_key(replay: Replay, erp: TrytonConnector) -> None:
    done = {"status": 200, "headers": {}, "body": {"result": {"product": 9, "repeated": False}}}
    replay.once(f"{GATEWAY}.create_product", done)
    new = NewProduct(OrderKey("shop/9/product/1"), "CAJ", "Čajnik", "15.99", "9.5")
    assert await erp.create_product(new) == "9"
    assert replay.calls[0][1][0]["net"] == {"__class__": "Decimal", "decimal": "15.99"}


async def test_known_variants_are_asked_for_by_id(replay: Replay, erp: TrytonConnector) -> None:
    replay.usually("products")
    found = await erp.variants([ExternalId("257"), ExternalId("no-id")])
    assert found[0].id == "257"
    assert replay.calls[0][1][:3] == [0, 1, [257]]
    assert erp.id == "erp"
    assert repr(erp) == f"TrytonConnector(erp, {replay.url}/demo)"


async def test_a_wake_up_without_a_secret_is_refused(erp: TrytonConnector) -> None:
    with pytest.raises(ForgedError):
        erp.receive({}, b"{}", dt.datetime(2026, 11, 24, tzinfo=dt.UTC))


async def test_a_web_shop_is_found_by_name(replay: Replay) -> None:
    replay.usually("web_shop")
    replay.usually("import_order")
    erp = made(replay.url, web_shop="Zelena skodelica")
    await erp.start()
    await erp.create_order(ORDER)
    sent = replay.calls[-1][1][0]
    assert (sent["web_shop"], sent["web_id"]) == (337, "100")
    bodies: tuple[dict[str, object], ...] = ({"result": []}, {"error": ["'web.shop'", ""]})
    for body in bodies:
        answer = {"status": 200, "headers": {}, "body": body}
        replay.once("model.web.shop.search_read", answer)
        replay.once("model.web.shop.search_read", answer)
        with pytest.raises(AuthError, match="correct `web_shop`"):
            await erp.start()
        (problem,) = (await erp.check()).problems
        assert "correct `web_shop`" in problem
    await erp.close()


async def test_check_tells_what_is_there(replay: Replay, erp: TrytonConnector) -> None:
    replay.usually("pending")
    report = await erp.check()
    assert report.problems == ()
    assert report.facts["warehouses"] == "LJ Ljubljana, MB Maribor"
    assert report.facts["sales taxes"] == "22 %, 9.5 %"
    assert report.facts["wake-ups"].startswith("none")
    woken = made(replay.url, webhook_secret="whsec_dGhpcyBpcyBhIHZlcnkgZ29vZCBrZXk=")
    assert "wake-ups" not in (await woken.check()).facts
    await woken.close()
    replay.once(f"{OUTBOX}.pending", "unknown_consumer")
    assert (await erp.check()).facts["changes waiting"] == "not registered yet"
    replay.once(f"{OUTBOX}.pending", "total_differs")
    with pytest.raises(RejectedError):
        await erp.check()


async def test_check_tells_what_is_wrong_with_the_company(
    replay: Replay, erp: TrytonConnector
) -> None:
    replay.usually("pending")
    ping = recorded("ping")
    ping["body"]["result"] |= {
        "series": "7.0",
        "timezone": None,
        "warehouses": [{"id": 4, "code": None, "name": "Skladišče"}],
    }
    replay.once(f"{GATEWAY}.ping", ping)
    replay.once(f"{GATEWAY}.taxes", {"status": 200, "headers": {}, "body": {"result": []}})
    problems = " ".join((await erp.check()).problems)
    for word in ("series 7.0", "no warehouse has a code", "no sales tax", "no time zone"):
        assert word in problems


async def test_check_tells_what_is_wrong_with_the_access(
    replay: Replay, erp: TrytonConnector
) -> None:
    for name, word in (
        ("not_allowed", "group PanStore"),
        ("unknown_method", "trytond-panstore"),
    ):
        replay.once(f"{GATEWAY}.ping", name)
        (problem,) = (await erp.check()).problems
        assert word in problem


async def test_a_companion_of_another_version_is_named(
    replay: Replay, erp: TrytonConnector
) -> None:
    replay.once(f"{GATEWAY}.ping", "find_order_none")
    with pytest.raises(UnavailableError, match="same version"):
        await erp.check()
    replay.once(f"{GATEWAY}.taxes", "find_order_none")
    with pytest.raises(UnavailableError, match="same version"):
        await erp.check()


async def test_what_start_asks_never_looks_like_a_write_of_unknown_outcome(
    replay: Replay,
) -> None:
    erp = made(replay.url)
    replay.once(f"{OUTBOX}.register", {"status": 504, "headers": {}, "body": ""})
    with pytest.raises(UnavailableError):
        await erp.start()
    await erp.close()
