"""Own prices in a page that a cache kept, in a real browser."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, Route, expect, sync_playwright

from tests.companions.woocommerce.shop import LIST, Shop, tier

pytestmark = [pytest.mark.wordpress, pytest.mark.browser]

_CHROMIUM = Path("/usr/bin/chromium")
_ADD_A_PLACE = """id => {
    const place = document.createElement('span');
    place.className = 'panstore-price';
    place.dataset.panstoreProduct = id;
    place.textContent = 'loading';
    document.body.append(place);
}"""


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
def product(shop: Shop) -> int:
    product = shop.product()
    shop.keep(product, tier("7.00"))
    shop.wordpress.set_options(standin_page=[product])
    shop.wordpress.settings(late="always")
    return product


@pytest.fixture
def visitors(shop: Shop, browser: Browser) -> Iterator[Callable[[], BrowserContext]]:
    """Browsers of different people, all given the front page that a cache made for a guest."""
    opened: list[BrowserContext] = []

    def make() -> BrowserContext:
        kept = shop.wordpress.fetch("/")[2].decode()
        context = browser.new_context(base_url=shop.wordpress.url)
        context.set_default_timeout(20_000)

        def from_the_cache(route: Route) -> None:
            route.fulfill(body=kept, content_type="text/html; charset=UTF-8")

        context.route(f"{shop.wordpress.url}/", from_the_cache)
        opened.append(context)
        return context

    yield make
    for context in opened:
        context.close()


def _log_in(shop: Shop, page: Page, account: int) -> None:
    name = shop.wordpress.php("return get_userdata( $given['id'] )->user_login;", id=account)
    # Not the back office, which loads things of the wide world.
    page.goto("/wp-login.php?redirect_to=%2F")
    page.fill("#user_login", name)
    page.fill("#user_pass", "geslo")
    page.click("#wp-submit")
    page.wait_for_url(f"{shop.wordpress.url}/")


def _asked(page: Page) -> list[str]:
    found: list[str] = []
    page.on("request", lambda request: found.append(request.url))
    return found


def test_a_buyer_s_own_prices_come_into_a_page_made_for_a_guest(
    shop: Shop, product: int, visitors: Callable[[], BrowserContext]
) -> None:
    account, other, usual = shop.account(), shop.product(), shop.product()
    shop.keep(other, tier("4.40"))
    shop.buys_under(account, LIST)
    context = visitors()
    page = context.new_page()
    _log_in(shop, page, account)
    page.goto("/")
    expect(page.locator(f"#product-{product}")).to_contain_text("7.00")
    expect(page.locator(f"#product-{product}")).to_contain_text("usual price 10.00")
    # As a form of variations or an endless list puts it there.
    for id_ in (other, usual):
        page.evaluate(_ADD_A_PLACE, str(id_))
    expect(page.locator(f'[data-panstore-product="{other}"]')).to_contain_text("4.40")
    expect(page.locator(f'[data-panstore-product="{usual}"]')).to_have_attribute(
        "data-panstore-done", ""
    )
    assert page.locator(f'[data-panstore-product="{usual}"]').inner_text() == "loading"


def test_guests_and_who_has_logged_out_ask_nothing(
    shop: Shop, product: int, visitors: Callable[[], BrowserContext]
) -> None:
    account = shop.account()
    shop.buys_under(account, LIST)
    guest = visitors().new_page()
    asked = _asked(guest)
    guest.goto("/", wait_until="networkidle")
    assert not [url for url in asked if "my-prices" in url or "admin-ajax" in url]
    page = visitors().new_page()
    _log_in(shop, page, account)
    page.goto("/")
    expect(page.locator(f"#product-{product}")).to_contain_text("7.00")
    logout = page.context.new_page()
    logout.goto("/wp-login.php?action=logout")
    logout.locator("a[href*='action=logout']").click()
    logout.wait_for_url("**/wp-login.php?loggedout=true**")
    asked = _asked(page)
    page.goto("/", wait_until="networkidle")
    assert "7.00" not in page.content()
    assert not [url for url in asked if "my-prices" in url]


def test_a_session_that_is_over_leaves_the_shop_s_own_price(
    shop: Shop, product: int, visitors: Callable[[], BrowserContext]
) -> None:
    context = visitors()
    page = context.new_page()
    cookie = {"name": "panstore_buyer", "value": "1", "url": shop.wordpress.url}
    context.add_cookies([cookie])  # type: ignore[list-item]
    page.goto("/", wait_until="networkidle")
    place = page.locator(f'[data-panstore-product="{product}"]')
    expect(place).to_have_attribute("data-panstore-done", "")
    expect(place).to_contain_text("10.00")
