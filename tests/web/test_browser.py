"""The console in a real browser: it works, it fits a phone, it calls no other host."""

from __future__ import annotations

import asyncio
import contextlib
import datetime as dt
import socket
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest
import sqlalchemy as sa
import uvicorn
from playwright.async_api import Browser, Page, async_playwright, expect

from panstore.store.tables import parked
from panstore.testing.world import SimClock
from panstore.web.app import end_streams
from tests.engine.approving import AgreementHouse, Partners
from tests.web.counter import TOKEN, Room, open_house

pytestmark = pytest.mark.browser

_CHROMIUM = "/usr/bin/chromium"
_ARGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
_DESKTOP = {"width": 1280, "height": 860}
_PHONE = {"width": 390, "height": 844}


class _WaitingClock:
    """Simulated time that stands still, while sleeping really waits."""

    def __init__(self, clock: SimClock) -> None:
        self._clock = clock

    def now(self) -> dt.datetime:
        return self._clock.now()

    def timer(self) -> float:
        return self._clock.now().timestamp()

    async def sleep(self, seconds: float) -> None:
        await asyncio.sleep(seconds)


class _Server(uvicorn.Server):
    """Leaves signals to the test runner and says when the port is open."""

    def __init__(self, config: uvicorn.Config) -> None:
        super().__init__(config)
        self.opened = asyncio.Event()

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        self.opened.set()

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        yield


@dataclass
class Seen:
    """What a page must not do."""

    errors: list[str] = field(default_factory=list)
    elsewhere: list[str] = field(default_factory=list)

    def watch(self, page: Page) -> None:
        page.on("console", lambda m: self.errors.append(m.text) if m.type == "error" else None)
        page.on("pageerror", lambda error: self.errors.append(str(error)))
        page.on("request", lambda request: self._asked(request.url))

    def _asked(self, url: str) -> None:
        if not url.startswith(("http://127.0.0.1:", "data:")):
            self.elsewhere.append(url)


@contextlib.asynccontextmanager
async def _served(room: Room) -> AsyncIterator[str]:
    config = uvicorn.Config(
        room.app, host="127.0.0.1", port=0, log_level="error", timeout_graceful_shutdown=3
    )
    server = _Server(config)
    running = asyncio.create_task(server.serve())
    await server.opened.wait()
    port = server.servers[0].sockets[0].getsockname()[1]
    try:
        yield f"http://127.0.0.1:{port}"
    finally:
        end_streams(room.app)
        server.should_exit = True
        await running


@pytest.fixture
async def browser() -> AsyncIterator[Browser]:
    async with async_playwright() as playwright:
        launched = await playwright.chromium.launch(executable_path=_CHROMIUM, args=_ARGS)
        yield launched
        await launched.close()


@pytest.fixture
async def busy(tmp_path: Path) -> AsyncIterator[Room]:
    """A console with something of everything: orders, a parked one, a mass change, a rest."""
    async with open_house(tmp_path, goods=30) as house:
        room = Room(house)
        scene = room.scene
        for link in scene.shop_links[:5]:
            scene.shop.place_order((link.shop, 2))
            await room.house.settle()
        await room.park_an_order()
        await room.sell_out(28)
        scene.faults.script("shop", "orders_since", "unavailable", "unavailable", "unavailable")
        for _ in range(3):
            await room.house.look()
        room.house.engine.context.clock = _WaitingClock(scene.clock)
        yield room


async def _open(browser: Browser, base: str, size: dict[str, int], seen: Seen) -> Page:
    page = await browser.new_page(viewport={"width": size["width"], "height": size["height"]})
    seen.watch(page)
    await page.goto(base)
    await page.get_by_label("API token").fill(TOKEN)
    await page.get_by_role("button", name="Sign in").click()
    await expect(page.get_by_role("heading", level=1)).to_be_visible()
    return page


@pytest.mark.parametrize("size", [_DESKTOP, _PHONE], ids=["desktop", "phone"])
async def test_every_page_fits_and_calls_no_other_host(
    busy: Room, browser: Browser, tmp_path: Path, size: dict[str, int]
) -> None:
    seen = Seen()
    async with _served(busy) as base:
        page = await browser.new_page(viewport={"width": size["width"], "height": size["height"]})
        seen.watch(page)
        await page.goto(base)
        await page.screenshot(path=tmp_path / "login.png")
        await page.close()
        page = await _open(browser, base, size, seen)
        order = await page.request.get(f"{base}/api/v1/orders?state=parked", headers=busy.api)
        parked = (await order.json())["orders"][0]["order_id"]
        for path in ("", "live", "orders", "parked", f"orders/shop/{parked}", "orders/shop/100001"):
            await page.goto(f"{base}/{path}")
            await page.wait_for_timeout(300)
            name = path.replace("/", "-") or "overview"
            await page.screenshot(path=tmp_path / f"{name}.png", full_page=True)
            wide = await page.evaluate("document.documentElement.scrollWidth - innerWidth")
            assert wide <= 0, f"{path} is {wide} px too wide"
        await page.close()
    assert seen.errors == []
    assert seen.elsewhere == []


async def test_every_button_of_a_parked_order_is_inside_its_card_on_a_phone(
    busy: Room, browser: Browser
) -> None:
    await busy.house.store.write(
        lambda c: c.execute(sa.update(parked).values(code="order.price_differs"))
    )
    async with _served(busy) as base:
        page = await _open(browser, base, _PHONE, Seen())
        await page.goto(f"{base}/parked")
        await expect(page.get_by_role("button", name="Book at the prices charged")).to_be_visible()
        skip = await page.get_by_role("button", name="Skip").bounding_box()
        card = await page.locator(".console-notice").bounding_box()
        assert skip is not None
        assert card is not None
        assert skip["x"] + skip["width"] <= card["x"] + card["width"]
        await page.goto(f"{base}/drift")
        await expect(page.get_by_role("link", name="Drift")).to_be_in_viewport(ratio=1)
        await page.close()


async def test_the_feed_shows_a_change_without_loading_the_page(
    busy: Room, browser: Browser
) -> None:
    seen = Seen()
    async with _served(busy) as base:
        page = await _open(browser, base, _DESKTOP, seen)
        await page.get_by_role("link", name="Live").click()
        await expect(page.get_by_text("Every change as it is written")).to_be_visible()
        link = busy.scene.shop_links[29]
        busy.scene.erp.set_on_hand(link.erp, 7)
        busy.scene.clock.advance(60)
        await busy.house.settle()
        row = page.locator("#feed > article", has_text=link.sku).filter(has_text="7 pcs")
        await expect(row).to_be_visible()
        await page.close()
    assert seen.errors == []
    assert seen.elsewhere == []


async def test_buttons_decide_and_the_overview_follows_by_itself(
    busy: Room, browser: Browser
) -> None:
    seen = Seen()
    async with _served(busy) as base:
        page = await _open(browser, base, _DESKTOP, seen)
        await page.get_by_role("button", name="Stop").click()
        await expect(page.get_by_text("A mass change was stopped")).to_be_visible()
        await page.get_by_role("button", name="Approve").click()
        await expect(page.get_by_text("mass change")).to_have_count(0)
        await page.get_by_role("link", name="Parked").click()
        await page.get_by_role("button", name="Skip").click()
        await expect(page.get_by_text("Nothing is parked")).to_be_visible()
        await page.goto(base)
        busy.scene.clock.advance(60)
        await busy.house.settle()
        await expect(page.get_by_text("Everything is in step")).to_be_visible(timeout=8000)
        await page.close()
    assert seen.errors == []
    assert seen.elsewhere == []


@pytest.mark.parametrize("size", [_DESKTOP, _PHONE], ids=["desktop", "phone"])
async def test_an_account_is_approved_and_its_price_tried(
    tmp_path: Path, browser: Browser, size: dict[str, int]
) -> None:
    seen = Seen()
    async with open_house(tmp_path, kind=AgreementHouse) as house:
        partners, room = Partners(house.scene), Room(house)
        await house.settle()
        house.engine.context.clock = _WaitingClock(house.scene.clock)
        async with _served(room) as base:
            page = await _open(browser, base, size, seen)
            await page.get_by_role("link", name="Contract prices").click()
            await page.get_by_role("button", name="Find accounts").click()
            await page.get_by_role("button", name="Approve").first.click()
            await expect(page.get_by_role("button", name="Unlink")).to_be_visible()
            await page.get_by_label("E-mail address", exact=True).fill("miha@novak.si")
            await page.get_by_role("button", name="Find accounts").click()
            await expect(page.get_by_label("Party's id in the ERP")).to_be_visible()
            wide = await page.evaluate("document.documentElement.scrollWidth - innerWidth")
            assert wide <= 0, f"{wide} px too wide"
            await page.get_by_label("Account or e-mail address").fill(partners.account)
            await page.get_by_label("Article code").fill(house.scene.shop_links[0].sku)
            await page.get_by_role("button", name="Show the price").click()
            await expect(page.get_by_text("30.00 EUR")).to_be_visible()
            await page.close()
    assert seen.errors == []
    assert seen.elsewhere == []
