"""Nobody sees another buyer's prices or pays what he did not see, in a real browser."""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Iterator
from decimal import Decimal
from pathlib import Path

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect, sync_playwright

from panstore.demo import catalogue
from tests.e2e.demo import Demo, eventually

pytestmark = [pytest.mark.real, pytest.mark.browser, pytest.mark.timeout(600)]

_CHROMIUM = Path("/usr/bin/chromium")


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    if not _CHROMIUM.exists() and not os.environ.get("CI"):
        pytest.skip("no Chromium here (apt-get install chromium)")
    with sync_playwright() as playwright:
        started = playwright.chromium.launch(
            executable_path=_CHROMIUM, args=["--no-sandbox", "--disable-gpu"]
        )
        yield started
        started.close()


@pytest.fixture
def visitors(demo: Demo, browser: Browser) -> Iterator[Callable[[], BrowserContext]]:
    """Makes browsers of different people: each with cookies and a cache of its own."""
    opened: list[BrowserContext] = []

    def make() -> BrowserContext:
        context = browser.new_context(base_url=demo.facts["shop"]["url"])
        context.set_default_timeout(20_000)
        opened.append(context)
        return context

    yield make
    for context in opened:
        context.close()


@pytest.fixture
def article(demo: Demo) -> tuple[str, str, str]:
    """Path of a page, and an article's gross price for everybody and for contract customers."""
    entry = demo.facts["skus"][30]
    [product] = [
        (page, variant) for page, variant in catalogue.variants() if variant.sku == entry["sku"]
    ]
    rate = 1 + catalogue.VAT_RATES[product[0].vat]
    prices = (demo.price(entry["shop_id"]), catalogue.contract_price(product[1]))
    usual, agreed = (f"€{(price * rate).quantize(Decimal('0.01'))}" for price in prices)
    assert usual != agreed
    return f"/catalogue/x_{entry['shop_id']}/", usual, agreed


def _log_in(page: Page, demo: Demo, *, contract: bool) -> None:
    buyer = next(one for one in demo.facts["shop"]["customers"] if one["contract"] == contract)
    page.goto("/accounts/login/")
    page.fill("#id_login-username", buyer["email"])
    page.fill("#id_login-password", buyer["password"])
    page.click("button[name=login_submit]")
    page.wait_for_load_state()


def _shown(page: Page) -> str:
    """The gross price a product's page shows."""
    return page.locator(".product_main .price_color").inner_text().split()[0]


def test_two_tabs_and_a_log_out(
    demo: Demo, visitors: Callable[[], BrowserContext], article: tuple[str, str, str]
) -> None:
    path, usual, agreed = article
    context = visitors()
    first, second = context.new_page(), context.new_page()
    first.goto(path)
    assert _shown(first) == usual
    _log_in(first, demo, contract=True)
    first.goto(path)
    second.goto(path)
    assert (_shown(first), _shown(second)) == (agreed, agreed)
    first.goto("/accounts/logout/")
    # The other tab still shows what its buyer saw; whatever it asks for now is a visitor's.
    second.reload()
    assert _shown(second) == usual
    first.goto(path)
    assert _shown(first) == usual
    # Going back must not bring a page of the contract customer out of the browser's memory.
    first.goto("/")
    first.go_back()
    assert _shown(first) == usual


def test_people_side_by_side_and_one_after_the_other(
    demo: Demo, visitors: Callable[[], BrowserContext], article: tuple[str, str, str]
) -> None:
    path, usual, agreed = article
    cafe, other, guest = (visitors().new_page() for _ in range(3))
    _log_in(cafe, demo, contract=True)
    _log_in(other, demo, contract=False)
    for _ in range(3):
        for page, price in ((cafe, agreed), (other, usual), (guest, usual)):
            page.goto(path)
            assert _shown(page) == price
            note = page.get_by_text(re.compile("Your prices by"))
            assert note.count() == (1 if page is cafe else 0)
    # The same browser, another buyer: nothing of the first one stays.
    cafe.goto("/accounts/logout/")
    _log_in(cafe, demo, contract=False)
    cafe.goto(path)
    assert _shown(cafe) == usual


def test_what_a_buyer_may_keep_of_a_page_is_his_alone(
    demo: Demo, visitors: Callable[[], BrowserContext], article: tuple[str, str, str]
) -> None:
    path, *_ = article
    page = visitors().new_page()
    _log_in(page, demo, contract=True)
    answer = page.goto(path)
    assert answer is not None
    kept = answer.headers
    assert {"private", "no-store"} <= {word.strip() for word in kept["cache-control"].split(",")}
    assert "cookie" in kept["vary"].lower()
    for place in ("/catalogue/", "/search/?q=kava", "/"):
        listed = page.goto(place)
        assert listed is not None
        assert "no-store" in listed.headers["cache-control"], place


@pytest.fixture
def agreed(demo: Demo) -> Iterator[Callable[[str], str]]:
    """Agrees on a net price for an article no other test touches; gives its page's path."""
    entry, erp = demo.facts["skus"][38], demo.erp
    named = [["name", "=", catalogue.CONTRACT_LIST]]
    [chosen] = erp.call("product.price_list.search", named, 0, 1, None)
    line = erp.create(
        "product.price_list.line",
        price_list=chosen,
        sequence=0,
        product=entry["erp_id"],
        formula="unit_price",
    )

    def agree(price: str) -> str:
        erp.call("product.price_list.line.write", [line], {"formula": price})
        return f"/catalogue/x_{entry['shop_id']}/"

    yield agree
    erp.call("product.price_list.line.delete", [line])


def _gross(demo: Demo, price: str) -> str:
    """As the shop shows a net price of that article."""
    sku = demo.facts["skus"][38]["sku"]
    [page] = [page for page, variant in catalogue.variants() if variant.sku == sku]
    gross = Decimal(price) * (1 + catalogue.VAT_RATES[page.vat])
    return f"€{gross.quantize(Decimal('0.01'))}"


def _empty(page: Page) -> int:
    """Take everything out of the basket; how many lines it had."""
    page.goto("/basket/")
    quantities = page.locator("#basket_formset input[name$=-quantity]").all()
    for quantity in quantities:
        quantity.fill("0")
    if quantities:
        page.locator("#basket_formset button[type=submit]").first.click()
    expect(page.get_by_text("Your basket is empty").first).to_be_visible()
    return len(quantities)


def _to_preview(page: Page) -> None:
    """From the basket to the page with the button that orders."""
    page.goto("/checkout/shipping-address/")
    for field, value in (
        ("first_name", "Maja"),
        ("last_name", "Zupan"),
        ("line1", "Glavni trg 5"),
        ("line4", "Maribor"),
        ("postcode", "2000"),
    ):
        page.fill(f"#id_{field}", value)
    page.select_option("#id_country", "SI")
    page.click("#new_shipping_address button[type=submit]")
    page.click("form:has(input[name=method_code][value=posta]) button")
    page.click("#view_preview")
    expect(page.locator("#place-order")).to_be_visible()


def test_an_old_tab_orders_nothing_at_a_price_it_did_not_show(
    demo: Demo,
    visitors: Callable[[], BrowserContext],
    agreed: Callable[[str], str],
) -> None:
    path = agreed("7.77")
    context = visitors()
    old, new = context.new_page(), context.new_page()
    _log_in(old, demo, contract=True)
    _empty(old)

    def look() -> str:
        new.goto(path)
        return _shown(new)

    assert eventually(look, _gross(demo, "7.77").__eq__) == _gross(demo, "7.77")
    new.click("#add_to_basket_form button")
    _to_preview(old)
    expect(old.locator(".basket-items")).to_contain_text(_gross(demo, "7.77"))
    agreed("8.88")
    assert eventually(look, _gross(demo, "8.88").__eq__) == _gross(demo, "8.88")
    # This tab shows the basket at the new price; the session knows that its buyer has seen it.
    new.goto("/basket/")
    expect(new.locator("#basket_formset")).to_contain_text(_gross(demo, "8.88"))
    old.click("#place-order")
    expect(old.locator(".alert-danger")).to_contain_text("Nothing was ordered")
    expect(old.locator(".basket-items")).to_contain_text(_gross(demo, "8.88"))
    # What is still in the basket was not ordered.
    assert _empty(new) == 1
