"""The console's pages: who may see them, what they show, what their buttons do."""

from __future__ import annotations

import datetime as dt

import pytest

from panstore.store.brakes import list_approvals
from panstore.web.access import SESSION
from tests.web.counter import NASTY, TOKEN, Counter

_PAGES = ["/", "/live", "/orders", "/messages", "/parked", "/parts/overview"]


@pytest.mark.parametrize("path", [*_PAGES, "/live/events"])
async def test_nobody_sees_a_page_without_signing_in(counter: Counter, path: str) -> None:
    answer = await counter.client.get(path, follow_redirects=False)
    assert answer.status_code == 303
    assert answer.headers["location"].startswith("/login?next=")


async def test_a_fragment_sends_the_whole_page_to_the_login(counter: Counter) -> None:
    answer = await counter.client.get("/parts/overview", headers={"HX-Request": "true"})
    assert (answer.status_code, answer.headers["hx-redirect"]) == (401, "/login")


async def test_a_wrong_token_opens_nothing_and_says_what_to_do(counter: Counter) -> None:
    answer = await counter.client.post("/login", data={"token": "guess", "next": "/"})
    assert answer.status_code == 401
    assert "Nothing was opened" in answer.text
    assert SESSION not in counter.client.cookies


async def test_the_session_cookie_is_kept_from_scripts_and_other_sites(counter: Counter) -> None:
    answer = await counter.client.post(
        "/login", data={"token": TOKEN, "next": "/orders"}, follow_redirects=False
    )
    assert answer.headers["location"] == "/orders"
    cookie = answer.headers["set-cookie"].lower()
    assert "httponly" in cookie
    assert "samesite=lax" in cookie
    assert TOKEN not in cookie


@pytest.mark.parametrize("target", ["//evil.example", "https://evil.example", "/\\evil", ""])
async def test_signing_in_leads_to_no_other_site(counter: Counter, target: str) -> None:
    answer = await counter.client.post(
        "/login", data={"token": TOKEN, "next": target}, follow_redirects=False
    )
    assert answer.headers["location"] == "/"


async def test_a_changed_or_old_cookie_is_worth_nothing(counter: Counter) -> None:
    await counter.log_in()
    value = counter.client.cookies[SESSION]
    assert (await counter.client.get("/", follow_redirects=False)).status_code == 200
    until, rest = value.split(".", 1)
    counter.client.cookies.clear()
    longer = {"Cookie": f"{SESSION}={int(until) + 1}.{rest}"}
    assert (await counter.client.get("/", headers=longer, follow_redirects=False)).is_redirect
    counter.scene.clock.advance(dt.timedelta(days=8))
    old = {"Cookie": f"{SESSION}={value}"}
    assert (await counter.client.get("/", headers=old, follow_redirects=False)).is_redirect


@pytest.mark.parametrize("path", _PAGES)
async def test_pages_are_not_cached_and_may_load_nothing_from_elsewhere(
    counter: Counter, path: str
) -> None:
    await counter.log_in()
    answer = await counter.client.get(path)
    assert answer.status_code == 200
    assert answer.headers["cache-control"] == "no-store"
    assert "default-src 'none'" in answer.headers["content-security-policy"]
    assert "http://" not in answer.text
    assert "https://" not in answer.text


async def test_the_overview_says_in_words_how_things_are(counter: Counter) -> None:
    await counter.log_in()
    assert "Everything is in step" in (await counter.client.get("/")).text
    counter.scene.erp.set_on_hand(counter.scene.shop_links[0].erp, 4)
    await counter.house.look()
    page = (await counter.client.get("/")).text
    assert "Catching up" in page
    assert "1 behind, the oldest since" in page


async def test_a_nasty_title_is_shown_as_text(counter: Counter) -> None:
    order = await counter.park_an_order()
    await counter.log_in()
    for path in ("/parked", f"/orders/shop/{order}", "/live"):
        page = (await counter.client.get(path)).text
        assert NASTY not in page, path
        assert "<img src=x" not in page, path
    assert "&lt;script&gt;" in (await counter.client.get(f"/orders/shop/{order}")).text


async def test_lists_show_no_personal_data(counter: Counter) -> None:
    order = counter.scene.shop.place_order((counter.scene.shop_links[0].shop, 2))
    await counter.house.settle()
    await counter.park_an_order()
    await counter.log_in()
    for path in ("/orders", "/parked", "/live", "/"):
        page = (await counter.client.get(path)).text
        assert order.customer.name not in page, path
        assert order.customer.email not in page, path


async def test_an_order_s_page_tells_what_happened(counter: Counter) -> None:
    order = counter.scene.shop.place_order((counter.scene.shop_links[0].shop, 2))
    await counter.house.settle()
    await counter.log_in()
    page = (await counter.client.get(f"/orders/shop/{order.id}")).text
    assert "Placed in the shop" in page
    assert "In the ERP as sale" in page
    assert "Cancel it in the shop: its sale in the ERP is cancelled." in page
    assert order.customer.name in page
    assert str(order.total) in page
    found = (await counter.client.get(f"/orders?number={order.number}")).text
    assert order.number in found
    assert "No order fits" in (await counter.client.get("/orders?number=none")).text


async def test_an_order_in_the_erp_that_needs_a_person_says_so_wherever_it_is_shown(
    counter: Counter,
) -> None:
    order = counter.scene.shop.place_order((counter.scene.shop_links[0].shop, 2))
    await counter.house.settle()
    [sale] = counter.scene.erp.sales.of_shop_order(order.id)
    counter.scene.erp.deliveries.cancel(sale.id)
    await counter.house.settle()
    await counter.log_in()
    for path in ("/orders", "/orders?state=parked", f"/orders/shop/{order.id}"):
        page = (await counter.client.get(path)).text
        assert "In the ERP, needs a person" in page, path
        assert "bg-green-lt" not in page, path
    page = (await counter.client.get("/parked")).text
    assert f"Order {order.number}</a>" in page
    assert page.count("Europe/Ljubljana") == 1
    [row] = (await counter.client.get("/api/v1/orders?state=parked", headers=counter.api)).json()[
        "orders"
    ]
    assert (row["state"], row["parked"]) == ("imported", 1)


async def test_an_order_is_looked_at_again_by_its_button(counter: Counter) -> None:
    order = counter.scene.shop.place_order((counter.scene.shop_links[0].shop, 2))
    await counter.house.settle()
    await counter.log_in()
    address = f"/orders/shop/{order.id}"
    assert f'action="{address}/retry"' in (await counter.client.get(address)).text
    data = {"csrf": await counter.csrf(), "back": address}
    answer = await counter.client.post(f"{address}/retry", data=data)
    assert answer.status_code == 200
    assert "because of: retry" in answer.text or "No PanStore is running" in answer.text
    elsewhere = await counter.client.post("/orders/nowhere/1/retry", data=data)
    assert elsewhere.status_code == 200


async def test_a_parked_order_has_its_own_buttons(counter: Counter) -> None:
    order = await counter.park_an_order()
    await counter.log_in()
    page = (await counter.client.get(f"/orders/shop/{order}")).text
    assert "It cannot go on by itself" in page
    assert "Look again" not in page


async def test_an_unknown_order_is_said_to_be_unknown(counter: Counter) -> None:
    await counter.log_in()
    answer = await counter.client.get("/orders/shop/none")
    assert answer.status_code == 404
    assert "not known" in answer.text


@pytest.mark.parametrize(
    "path",
    [
        "/logout",
        "/parked/1/retried",
        "/orders/shop/1/retry",
        "/approvals/1/approve",
        "/routes/shop/full-run",
    ],
)
@pytest.mark.parametrize("csrf", ["", "wrong"])
async def test_a_form_of_another_site_changes_nothing(
    counter: Counter, path: str, csrf: str
) -> None:
    await counter.log_in()
    answer = await counter.client.post(path, data={"csrf": csrf})
    assert answer.status_code == 403
    assert "nothing was changed" in answer.text
    assert (await counter.client.get("/", follow_redirects=False)).status_code == 200


@pytest.mark.parametrize("number", [str(2**63), "9" * 5000])
@pytest.mark.parametrize("path", ["/parked/{}/retried", "/approvals/{}/approve"])
async def test_a_form_about_a_number_no_record_can_have_is_told_so(
    counter: Counter, path: str, number: str
) -> None:
    await counter.log_in()
    data = {"csrf": await counter.csrf()}
    answer = await counter.client.post(path.format(number), data=data)
    assert answer.status_code in {400, 404}


async def test_a_form_of_another_session_changes_nothing(counter: Counter) -> None:
    await counter.log_in()
    csrf = await counter.csrf()
    await counter.log_in()
    answer = await counter.client.post("/routes/shop/full-run", data={"csrf": csrf})
    assert answer.status_code == 403


async def test_a_parked_order_is_skipped_by_its_button(counter: Counter) -> None:
    await counter.park_an_order()
    await counter.log_in()
    parked = (await counter.client.get("/api/v1/parked", headers=counter.api)).json()["parked"]
    data = {"csrf": await counter.csrf(), "back": "/parked"}
    answer = await counter.client.post(f"/parked/{parked[0]['id']}/skipped", data=data)
    assert "Nothing is parked" in answer.text


@pytest.mark.parametrize(("decision", "state"), [("approve", "approved"), ("stop", "stopped")])
async def test_a_mass_change_is_decided_by_its_buttons(
    make_sold_out: Counter, decision: str, state: str
) -> None:
    counter = make_sold_out
    await counter.log_in()
    page = (await counter.client.get("/")).text
    assert "waits for your word" in page
    assert "unless you stop it" in page
    assert "30 held back, the rest in step" in page
    (approval,) = await counter.house.store.read(list_approvals)
    data = {"csrf": await counter.csrf()}
    await counter.client.post(f"/approvals/{approval.id}/{decision}", data=data)
    states = ("waiting", "approved", "stopped")
    (decided,) = await counter.house.store.read(lambda c: list_approvals(c, states=states))
    assert decided.state == state
    headline = (await counter.client.get("/")).text
    if state == "stopped":
        assert "30 changes are held back" in headline
        assert "Everything is in step" not in headline
        figures = (await counter.client.get("/metrics")).text
        assert 'panstore_held{module="S1",route="shop"} 30.0' in figures


async def test_signing_out_ends_the_session_here(counter: Counter) -> None:
    await counter.log_in()
    await counter.client.post("/logout", data={"csrf": await counter.csrf()})
    assert (await counter.client.get("/", follow_redirects=False)).is_redirect


async def test_a_full_run_is_asked_for_by_its_button(counter: Counter) -> None:
    await counter.log_in()
    page = await counter.client.post("/routes/shop/full-run", data={"csrf": await counter.csrf()})
    assert "checking all: 0 of 3" in page.text
