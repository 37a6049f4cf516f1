"""A person buys in the demo's shop, in a real browser."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, Request, expect, sync_playwright

from panstore.demo import catalogue
from tests.companions.oscar.conftest import (
    RunningShop,
    shop,  # noqa: F401 - the running shop is a fixture of the companion's tests
    shop_build,  # noqa: F401
)

pytestmark = [pytest.mark.real, pytest.mark.browser]

_CHROMIUM = Path("/usr/bin/chromium")
_ARGUMENTS = [
    "--no-sandbox",
    "--disable-gpu",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
# django-oscar 4.2.1 calls a function it does not define on the back office's page of one order.
_OSCARS_OWN = "oscar.dashboard.orders.initTable is not a function"


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    if not _CHROMIUM.exists() and not os.environ.get("CI"):
        pytest.skip("no Chromium here (apt-get install chromium)")
    with sync_playwright() as playwright:
        started = playwright.chromium.launch(executable_path=_CHROMIUM, args=_ARGUMENTS)
        yield started
        started.close()


@pytest.fixture(scope="module")
def filled(shop: RunningShop) -> RunningShop:  # noqa: F811 - the fixture above
    """The shop as PanStore leaves it: prices and stock of the whole catalogue."""
    ids = {item["sku"]: item["id"] for item in shop.api.get("/panstore/v1/products")["products"]}
    stock = [
        {"product": ids[variant.sku], "free": str(variant.stock["LJ"])}
        for _, variant in catalogue.variants()
    ]
    prices = [
        {"product": ids[variant.sku], "price": str(variant.list_price), "tax_class": page.vat}
        for page, variant in catalogue.variants()
    ]
    shop.api.post("/panstore/v1/stock", {"watermark": shop.api.watermark(), "items": stock})
    shop.api.post("/panstore/v1/prices", {"items": prices})
    return shop


@pytest.fixture
def page(browser: Browser, filled: RunningShop) -> Iterator[Page]:
    """A fresh visitor; the test fails if any page misses a file or runs into a script error."""
    context = browser.new_context(base_url=filled.url, viewport={"width": 1280, "height": 900})
    opened = context.new_page()
    opened.set_default_timeout(20_000)
    faults: list[str] = []
    opened.on("response", lambda r: faults.append(r.url) if r.status >= 400 else None)
    opened.on("requestfailed", lambda r: _note_failure(r, faults))
    opened.on("pageerror", lambda error: faults.append(str(error)))
    yield opened
    context.close()
    assert [fault for fault in faults if _OSCARS_OWN not in fault] == []


def _note_failure(request: Request, faults: list[str]) -> None:
    # Going to the next page breaks off what the last one was still loading; that is no fault.
    if request.failure != "net::ERR_ABORTED":
        faults.append(f"{request.url} {request.failure}")


def _fill_address(page: Page) -> None:
    for name, value in {
        "first_name": "Jan",
        "last_name": "Černič",
        "line1": "Slovenska cesta 1",
        "line4": "Ljubljana",
        "postcode": "1000",
        "phone_number": "040 123 456",
        "notes": "Za vrati, prosim",
    }.items():
        page.fill(f"[name={name}]", value)
    page.select_option("select[name=country]", "SI")
    page.get_by_role("button", name="Continue").click()


def _finish(page: Page) -> str:
    page.locator("#view_preview").click()
    expect(page.get_by_text("to be paid within 8 days")).to_be_visible()
    page.locator("#place-order").click()
    expect(page.get_by_text("Your order has been placed")).to_be_visible()
    found = re.search(r"order number is\s+(\d+)", page.inner_text("body"))
    assert found
    return found.group(1)


def test_a_guest_finds_puts_in_and_orders(filled: RunningShop, page: Page) -> None:
    before = filled.api.watermark()
    page.goto("/")
    expect(page.get_by_role("heading", name="From our shelves")).to_be_visible()
    page.fill("input[name=q] >> visible=true", "Brazilija")
    page.get_by_role("button", name="Search").click()
    page.get_by_role("link", name="Kava Brazilija Santos").first.click()
    row = page.locator(".shop-variants tr", has_text="1 kg")
    expect(row).to_contain_text("28.45")
    row.get_by_role("button", name="Add to basket").click()
    page.goto("/search/?q=Bučno")
    page.get_by_role("link", name="Bučno olje štajersko").first.click()
    page.fill("#add_to_basket_form input[name=quantity]", "2")
    page.get_by_role("button", name="Add to basket").click()
    page.goto("/basket/")
    expect(page.locator("body")).not_to_contain_text("has decreased")
    page.get_by_role("link", name="Proceed to checkout").click()
    page.fill("input[name=username]", "jan@example.com")
    page.get_by_role("button", name="Continue").click()
    _fill_address(page)
    methods = page.locator("form", has=page.get_by_role("button", name="Select option"))
    expect(methods).to_have_count(2)
    methods.first.get_by_role("button").click()
    number = _finish(page)
    (order,) = filled.api.orders_after(before)
    assert (order["number"], order["customer"]["email"]) == (number, "jan@example.com")
    assert sorted(line["quantity"] for line in order["lines"]) == ["1", "2"]
    assert (order["shipping"]["code"], order["shipping"]["incl"]) == ("posta", "3.90")
    assert order["shipping_address"]["phone"] == "+38640123456"
    assert order["billing_address"]["last_name"] == "Černič"
    assert order["note"] == "Za vrati, prosim"
    (payment,) = order["payments"]
    assert (payment["method"], payment["allocated"]) == ("Invoice", order["total_incl_tax"])
    assert payment["debited"] == "0.00"


def test_a_customer_logs_in_and_picks_up(filled: RunningShop, page: Page) -> None:
    customer = catalogue.customers()[0]
    before = filled.api.watermark()
    page.goto("/accounts/login/")
    page.fill("input[name=login-username]", customer.email)
    page.fill("input[name=login-password]", customer.password)
    page.locator("button[name=login_submit]").click()
    expect(page.locator("#logout_link")).to_be_visible()
    page.goto("/search/?q=Sencha")
    page.get_by_role("link", name="Zeleni čaj Sencha").first.click()
    page.locator(".shop-variants button").first.click()
    page.goto("/checkout/")
    page.get_by_role("button", name="Ship to your default shipping address").click()
    pick_up = page.locator("form", has_text="Select option").nth(1)
    pick_up.get_by_role("button").click()
    number = _finish(page)
    (order,) = filled.api.orders_after(before)
    assert (order["number"], order["is_guest"]) == (number, False)
    assert order["customer"]["email"] == customer.email
    assert (order["shipping"]["code"], order["shipping"]["incl"]) == ("prevzem", "0.00")
    page.goto("/accounts/orders/")
    expect(page.get_by_role("link", name=number)).to_be_visible()


def test_a_new_customer_can_register(page: Page) -> None:
    page.goto("/accounts/login/")
    page.fill("input[name=registration-email]", "nova@example.com")
    page.fill("input[name=registration-password1]", "dolgo-Geslo-7")
    page.fill("input[name=registration-password2]", "dolgo-Geslo-7")
    page.locator("button[name=registration_submit]").click()
    expect(page.locator("#logout_link")).to_be_visible()


def test_the_one_who_was_too_late_is_told_and_keeps_the_basket(
    filled: RunningShop, page: Page
) -> None:
    wanted = {"key": "last-one", "sku": "LAST-ONE", "title": "Zadnji kos", "category": "Dom"}
    product = filled.api.post("/panstore/v1/products", [wanted])["products"][0]["product"]
    filled.api.set_stock(product, 1)
    filled.api.set_price(product, "5.00")
    page.goto(f"/catalogue/x_{product}/")
    page.get_by_role("button", name="Add to basket").click()
    page.goto("/checkout/")
    page.fill("input[name=username]", "pozna@example.com")
    page.get_by_role("button", name="Continue").click()
    _fill_address(page)
    page.get_by_role("button", name="Select option").first.click()
    page.locator("#view_preview").click()
    filled.visitor().buy(product)
    before = filled.api.watermark()
    page.locator("#place-order").click()
    expect(page.locator("body")).to_contain_text("no longer available to buy")
    assert filled.api.orders_after(before) == []
    page.goto("/basket/")
    expect(page.locator(".basket-items")).to_contain_text("Zadnji kos")


def test_staff_find_goods_and_orders_in_the_back_office(filled: RunningShop, page: Page) -> None:
    page.goto("/dashboard/login/")
    page.fill("input[name=username]", "admin@vrt-dom.example.com")
    page.fill("input[name=password]", "vrt-in-dom-admin")
    page.locator("input[name=password]").press("Enter")
    expect(page.get_by_role("heading", name="Dashboard")).to_be_visible()
    order = filled.visitor().buy(
        filled.api.get("/panstore/v1/products?limit=1")["products"][0]["id"]
    )
    page.goto(f"/dashboard/orders/{order['number']}/")
    expect(page.locator("body")).to_contain_text("Nina Zupančič")
    page.goto("/dashboard/catalogue/?title=Sencha")
    expect(page.locator("body")).to_contain_text("Zeleni čaj Sencha")
