"""The JSON API: token, shapes, decisions."""

from __future__ import annotations

import pytest

from panstore.engine.context import LINKS
from panstore.model.ids import ConnectionId
from panstore.store.full_runs import list_runs
from tests.web.counter import TOKEN, Counter

_PATHS = ["status", "orders", "orders/shop/1", "parked", "approvals", "audit"]


@pytest.mark.parametrize("path", _PATHS)
async def test_without_the_token_nothing_is_answered(counter: Counter, path: str) -> None:
    for headers in ({}, {"Authorization": "Bearer wrong"}, {"Authorization": f"Basic {TOKEN}"}):
        answer = await counter.client.get(f"/api/v1/{path}", headers=headers)
        assert answer.status_code == 401
        assert "not answered" in answer.json()["detail"]


async def test_a_session_cookie_does_not_open_the_api(counter: Counter) -> None:
    await counter.log_in()
    assert (await counter.client.get("/api/v1/status")).status_code == 401


async def test_status_says_what_is_in_step_and_what_is_behind(counter: Counter) -> None:
    status = (await counter.client.get("/api/v1/status", headers=counter.api)).json()
    assert {c["id"]: c["state"] for c in status["connections"]} == {
        "erp": "works",
        "shop": "works",
    }
    (route,) = status["routes"]
    assert (route["id"], route["linked"]) == ("shop", 3)
    modules = {m["code"]: m for m in route["modules"]}
    assert set(modules) == {"S1", "S2", "orders", "links"}
    assert modules["S1"]["waiting"] == 0
    assert modules["S1"]["full_run"]["finished_at"] is not None

    counter.scene.erp.set_on_hand(counter.scene.shop_links[0].erp, 4)
    await counter.house.look()
    status = (await counter.client.get("/api/v1/status", headers=counter.api)).json()
    behind = {m["code"]: m for m in status["routes"][0]["modules"]}["S1"]
    assert behind["waiting"] == 1
    assert behind["oldest"] is not None


async def test_a_connection_that_fails_rests_and_says_why(counter: Counter) -> None:
    counter.scene.faults.script("erp", "pull", "unavailable", "unavailable", "unavailable")
    for _ in range(3):
        await counter.house.look()
    status = (await counter.client.get("/api/v1/status", headers=counter.api)).json()
    erp = next(c for c in status["connections"] if c["id"] == "erp")
    assert erp["state"] in {"resting", "trouble"}
    assert "refused" in erp["trouble"]


async def test_an_order_s_story_holds_no_personal_data(counter: Counter) -> None:
    order = counter.scene.shop.place_order((counter.scene.shop_links[0].shop, 2))
    await counter.house.settle()
    listed = (await counter.client.get("/api/v1/orders", headers=counter.api)).json()["orders"]
    assert [(o["order_id"], o["state"]) for o in listed] == [(order.id, "imported")]
    answer = await counter.client.get(f"/api/v1/orders/shop/{order.id}", headers=counter.api)
    story = answer.json()
    assert [f["name"] for f in story["facts"]] == ["imported"]
    assert {call["state"] for call in story["calls"]} == {"done"}
    assert (story["id"], story["state"], story["headline"]) == (order.id, "imported", "in the ERP")
    assert {"happened", "stands", "waits", "rules", "can", "sales", "lines"} <= set(story)
    assert [a["outcome"] for a in story["audit"]] == ["imported"]
    assert order.customer.name not in answer.text
    assert order.customer.email not in answer.text


async def test_an_order_is_looked_at_again_on_demand(counter: Counter) -> None:
    order = counter.scene.shop.place_order((counter.scene.shop_links[0].shop, 2))
    await counter.house.settle()
    before = len(counter.scene.history.of(ConnectionId("erp"), "booked_orders"))
    path = f"/api/v1/orders/shop/{order.id}/retry"
    answer = await counter.client.post(path, headers=counter.api)
    assert (answer.status_code, answer.json()) == (202, {"route": "shop", "id": order.id})
    await counter.house.settle()
    assert len(counter.scene.history.of(ConnectionId("erp"), "booked_orders")) > before
    for unknown in ("orders/shop/none/retry", f"orders/nowhere/{order.id}/retry"):
        answer = await counter.client.post(f"/api/v1/{unknown}", headers=counter.api)
        assert answer.status_code == 404, unknown


@pytest.mark.parametrize("path", ["orders/shop/none", "orders/nowhere/1", "orders?route=nowhere"])
async def test_what_is_not_there_is_not_found(counter: Counter, path: str) -> None:
    answer = await counter.client.get(f"/api/v1/{path}", headers=counter.api)
    assert answer.status_code == 404


@pytest.mark.parametrize("query", ["limit=0", "limit=99999", "state=lost", "limit=x"])
async def test_a_question_with_wrong_values_is_refused(counter: Counter, query: str) -> None:
    answer = await counter.client.get(f"/api/v1/orders?{query}", headers=counter.api)
    assert answer.status_code == 400


_TOO_LARGE = [str(2**63), "9" * 30, "9" * 5000]


@pytest.mark.parametrize("number", [*_TOO_LARGE, "-1"])
@pytest.mark.parametrize(
    "path", ["parked/{}/retry", "parked/{}/skip", "approvals/{}/approve", "approvals/{}/stop"]
)
async def test_a_number_no_record_can_have_is_none(
    counter: Counter, path: str, number: str
) -> None:
    answer = await counter.client.post(f"/api/v1/{path.format(number)}", headers=counter.api)
    assert answer.status_code in {400, 404}


@pytest.mark.parametrize("number", [*_TOO_LARGE, "-1"])
@pytest.mark.parametrize("query", ["audit?after={}", "audit?limit={}", "orders?limit={}"])
async def test_a_number_that_cannot_be_meant_is_refused(
    counter: Counter, query: str, number: str
) -> None:
    answer = await counter.client.get(f"/api/v1/{query.format(number)}", headers=counter.api)
    assert answer.status_code == 400


async def test_the_largest_number_is_only_not_there(counter: Counter) -> None:
    largest = 2**63 - 1
    answer = await counter.client.get(f"/api/v1/audit?after={largest}", headers=counter.api)
    assert (answer.status_code, answer.json()["last"]) == (200, largest)
    answer = await counter.client.post(f"/api/v1/parked/{largest}/retry", headers=counter.api)
    assert answer.status_code == 404


async def test_a_parked_order_is_retried_and_then_cannot_be_skipped(counter: Counter) -> None:
    order = await counter.park_an_order()
    parked = (await counter.client.get("/api/v1/parked", headers=counter.api)).json()["parked"]
    assert [p["key"] for p in parked] == [order]
    path = f"/api/v1/parked/{parked[0]['id']}"
    retried = await counter.client.post(f"{path}/retry", headers=counter.api)
    assert (retried.status_code, retried.json()["state"]) == (202, "retried")
    late = await counter.client.post(f"{path}/skip", headers=counter.api)
    assert late.status_code == 404
    assert "decided before" in late.json()["detail"]
    await counter.house.settle()
    again = (await counter.client.get("/api/v1/parked", headers=counter.api)).json()["parked"]
    assert [p["key"] for p in again] == [order], "the cause is still there"


async def test_a_parked_order_is_skipped(counter: Counter) -> None:
    order = await counter.park_an_order()
    parked = (await counter.client.get("/api/v1/parked", headers=counter.api)).json()["parked"]
    path = f"/api/v1/parked/{parked[0]['id']}/skip"
    assert (await counter.client.post(path, headers=counter.api)).status_code == 202
    listed = (await counter.client.get("/api/v1/orders", headers=counter.api)).json()["orders"]
    assert [(o["order_id"], o["state"]) for o in listed] == [(order, "skipped")]


async def test_full_runs_begin_and_wrong_modules_are_refused(counter: Counter) -> None:
    before = {(r.route, r.module): r.started_at for r in await counter.house.store.read(list_runs)}
    asked = await counter.client.post("/api/v1/routes/shop/full-run", headers=counter.api)
    assert asked.status_code == 202
    assert set(asked.json()["modules"]) == {"S1", "S2", LINKS}
    after = {(r.route, r.module): r.started_at for r in await counter.house.store.read(list_runs)}
    assert all(after[key] > before[key] for key in before)
    wrong = await counter.client.post("/api/v1/routes/shop/full-run?module=S4", headers=counter.api)
    assert wrong.status_code == 400
    assert "S4" in wrong.json()["detail"]


async def test_the_audit_goes_on_after_the_last_known_row(counter: Counter) -> None:
    first = (await counter.client.get("/api/v1/audit", headers=counter.api)).json()
    assert first["complete"] is True
    assert {e["outcome"] for e in first["entries"]} == {"written"}
    counter.scene.erp.set_on_hand(counter.scene.shop_links[0].erp, 4)
    await counter.house.settle()
    path = f"/api/v1/audit?after={first['last']}"
    following = (await counter.client.get(path, headers=counter.api)).json()
    assert [e["label"] for e in following["entries"]] == ["SKU-000001"]
    clipped = (await counter.client.get("/api/v1/audit?limit=1", headers=counter.api)).json()
    assert (len(clipped["entries"]), clipped["complete"]) == (1, False)


async def test_the_schema_is_served_and_names_no_other_host(counter: Counter) -> None:
    answer = await counter.client.get("/api/v1/openapi.json")
    assert answer.status_code == 200
    assert "/api/v1/parked/{record}/retry" in answer.json()["paths"]
    assert "http://" not in answer.text
    assert "https://" not in answer.text
