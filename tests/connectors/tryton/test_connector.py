"""The connector's own decisions, on recorded answers; the suites run on the real Tryton."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal

import pytest
from msgspec.structs import replace

from panstore.connectors.tryton.config import TrytonSettings
from panstore.connectors.tryton.connector import TrytonConnector, connector
from panstore.model.ids import ConnectionId, ExternalId
from panstore.sdk.contract_roles import ReadAgreements
from panstore.sdk.errors import (
    AuthError,
    ForgedError,
    OutcomeUnknownError,
    RejectedError,
    UnavailableError,
)
from panstore.sdk.order_roles import CancelOrders, IssueInvoices, ReserveGoods
from panstore.sdk.roles import (
    ChangeFeed,
    CreateOrders,
    CreateProducts,
    PriceQuery,
    ReadCatalogue,
    ReadPrices,
    ReadStock,
    ReceiveWebhooks,
)
from tests.connectors.tryton.replay import NULL, Replay, made, recorded
from tests.connectors.tryton.test_map_orders import ORDER

GATEWAY = "model.panstore.gateway"
OUTBOX = "model.panstore.outbox"
QUERY = PriceQuery(None, None, "EUR", dt.date(2026, 11, 24))


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
        ReadAgreements,
        CreateOrders,
        CreateProducts,
        CancelOrders,
        ReserveGoods,
        IssueInvoices,
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


async def test_rows_that_concern_nobody_are_receipts_without_signals(
    replay: Replay, erp: TrytonConnector
) -> None:
    replay.usually("pull")
    batch = await erp.pull(10)
    rows = recorded("pull")["body"]["result"]
    assert batch.receipts == tuple(str(row["id"]) for row in rows)
    assert {row["kind"] for row in rows} >= {"party", "sale", "shipment", "invoice", "stock"}
    # The sale, its parcel and its invoice are one place to look at.
    assert [(signal.kind, signal.id) for signal in batch.signals if signal.kind == "sale"] == [
        ("sale", "shop/1/order/1")
    ]
    assert {signal.kind for signal in batch.signals} == {"sale", "stock", "customer"}
    assert not batch.more


async def test_a_forgotten_consumer_is_registered_again(
    replay: Replay, erp: TrytonConnector, caplog: pytest.LogCaptureFixture
) -> None:
    replay.usually("pull")
    replay.once(f"{OUTBOX}.pull", "unknown_consumer")
    batch = await erp.pull(10)
    assert batch.receipts
    assert batch.missed
    assert replay.methods() == ["pull", "register", "pull"]
    assert not (await erp.pull(10)).missed
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
    replay.once(f"{GATEWAY}.ping", NULL)
    with pytest.raises(UnavailableError, match="same version"):
        await erp.check()
    replay.once(f"{GATEWAY}.taxes", NULL)
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
