"""What webhooks send: when, with which body, and what a failure does.

WooCommerce 10.5, recorded 46 to 50: the body is built at delivery time, not at the event; equal
pending events are one delivery; what is destroyed is not told of; seven failures in a row disable
the webhook, silently; nothing is ever sent again. A new webhook pings at once, unsigned, within the
request that makes it (source). The rest waits for the shop's queue, which WP-Cron runs: with no
request to the shop nothing runs at all.
"""

from __future__ import annotations

import asyncio
import base64
import hashlib
import hmac
import ipaddress
import json
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

import aiohttp

from tests.connectors.woocommerce.simulator import router
from tests.connectors.woocommerce.simulator.answers import API
from tests.connectors.woocommerce.simulator.router import Refused, WooRequest, tables

if TYPE_CHECKING:
    from tests.connectors.woocommerce.simulator.shop import SimWoo

__all__ = ["Courier", "Delivery", "php_json", "safe_address", "signature"]

USER_AGENT = "WooCommerce/10.5.0 Hookshot (WordPress/6.9.7)"
_FAILURES = 5
_PING = {"content-type": "application/x-www-form-urlencoded"}
_BARE = frozenset({"deleted"})
_RESOURCES = {"order": "orders", "product": "products", "customer": "customers",
              "coupon": "coupons"}  # fmt: skip

tables(
    """
    CREATE TABLE IF NOT EXISTS webhook_queue (
        id INTEGER PRIMARY KEY AUTOINCREMENT, webhook INTEGER NOT NULL, about INTEGER NOT NULL,
        UNIQUE (webhook, about)
    );
    """
)


def signature(secret: str, body: bytes) -> str:
    """`X-WC-Webhook-Signature`: over the raw bytes."""
    return base64.b64encode(hmac.new(secret.encode(), body, hashlib.sha256).digest()).decode()


def php_json(value: Any) -> bytes:
    r"""JSON as PHP writes it: no blanks, `\/`, and letters beyond ASCII escaped."""
    return json.dumps(value, separators=(",", ":")).replace("/", "\\/").encode()


def safe_address(url: str) -> bool:
    """Whether stock WordPress would send there: no private address, ports 80, 443 and 8080."""
    parts = urlsplit(url)
    if parts.port not in {None, 80, 443, 8080} or parts.hostname in {None, "localhost"}:
        return False
    with suppress(ValueError):
        return ipaddress.ip_address(str(parts.hostname)).is_global
    return True


@dataclass(frozen=True, slots=True)
class Delivery:
    """One message and how it was answered.

    Attributes:
        headers: names in lower case.
        answered: HTTP status; None where nobody answered in time.
    """

    webhook: int
    url: str
    headers: Mapping[str, str]
    body: bytes
    answered: int | None


@dataclass(slots=True)
class Courier:
    """The webhooks of one shop: keeps what is due and sends it when told.

    Attributes:
        sent: everything sent, pings too, oldest first.
        patience: seconds an answer may take (60 in WordPress); one goes after the other.
        may_send: whether WordPress sends to an address at all; a stock one: `safe_address`.
    """

    shop: SimWoo
    sent: list[Delivery] = field(default_factory=list)
    patience: float = 60.0
    may_send: Callable[[str], bool] = lambda _: True
    _pings: list[int] = field(default_factory=list)
    _seen: WooRequest | None = None

    def happened(self, topic: str, identity: int) -> None:
        """Put a change in the queue of each webhook that wants it."""
        self.shop.db.execute(
            "INSERT OR IGNORE INTO webhook_queue (webhook, about)"
            " SELECT id, ? FROM webhooks WHERE status = 'active' AND topic = ? ORDER BY id",
            (identity, topic),
        )

    def ping(self, webhook: int) -> None:
        """Announce a new webhook at the end of the present request."""
        self._pings.append(webhook)

    @property
    def waiting(self) -> int:
        """Deliveries that are due."""
        with self.shop.locked() as db:
            return int(db.execute("SELECT count(*) FROM webhook_queue").fetchone()[0])

    async def send_pings(self) -> None:
        """Send the pings that are due; a failed one counts for nothing."""
        due, self._pings = self._pings, []
        for webhook in due:
            with self.shop.locked() as db:
                row = db.execute("SELECT url FROM webhooks WHERE id = ?", (webhook,)).fetchone()
            if row is not None:
                await self._post(webhook, row["url"], _PING, f"webhook_id={webhook}".encode())

    async def run_queue(self) -> int:
        """Send what is due now, one after the other; what comes up meanwhile waits.

        Returns:
            How many deliveries went out.
        """
        with self.shop.locked() as db:
            rows = db.execute("SELECT * FROM webhook_queue ORDER BY id").fetchall()
        count = 0
        for row in rows:
            made = self._made(row["id"], row["webhook"], row["about"])
            if made is not None:
                delivery = await self._post(row["webhook"], *made)
                self._counted(delivery)
                count += 1
        return count

    async def wp_cron(self) -> int:
        """Run the queue as WP-Cron does: only if somebody asked the shop for something since."""
        latest = self.shop.log[-1] if self.shop.log else None
        if latest is self._seen:
            return 0
        self._seen = latest
        return await self.run_queue()

    def hand_over(self, receiver: Callable[[str, Mapping[str, str], bytes], int]) -> int:
        """All that is due, pings first, without a socket.

        Args:
            receiver: takes address, headers and body, gives the status of its answer.

        Returns:
            How many deliveries and pings there were.
        """
        with self.shop.locked() as db:
            due, self._pings = self._pings, []
            for webhook in due:
                row = db.execute("SELECT url FROM webhooks WHERE id = ?", (webhook,)).fetchone()
                body = f"webhook_id={webhook}".encode()
                told = {**_PING, "user-agent": USER_AGENT}
                status = receiver(row["url"], told, body)
                self.sent.append(Delivery(webhook, row["url"], told, body, status))
            rows = db.execute("SELECT * FROM webhook_queue ORDER BY id").fetchall()
            for row in rows:
                made = self._made(row["id"], row["webhook"], row["about"])
                if made is not None:
                    url, headers, body = made
                    told = {**headers, "user-agent": USER_AGENT}
                    status = receiver(url, told, body)
                    self.sent.append(Delivery(row["webhook"], url, told, body, status))
                    self._counted(self.sent[-1])
        return len(due) + len(rows)

    @asynccontextmanager
    async def running(self, every: float = 0.05, *, traffic: bool = False) -> AsyncIterator[None]:
        """Run the queue every so many seconds.

        Args:
            every: seconds.
            traffic: as `wp_cron` does.
        """

        async def work() -> None:
            while True:
                await asyncio.sleep(every)
                await (self.wp_cron() if traffic else self.run_queue())

        task = asyncio.create_task(work())
        try:
            yield
        finally:
            task.cancel()
            with suppress(asyncio.CancelledError):
                await task

    def _made(
        self, number: int, webhook: int, about: int
    ) -> tuple[str, dict[str, str], bytes] | None:
        """Take a delivery out of the queue: its address, headers and body, as of now."""
        with self.shop.locked() as db:
            db.execute("DELETE FROM webhook_queue WHERE id = ?", (number,))
            hook = db.execute("SELECT * FROM webhooks WHERE id = ?", (webhook,)).fetchone()
            if hook is None:
                return None
            resource, _, event = hook["topic"].partition(".")
            body = php_json({"id": about} if event in _BARE else self._resource(resource, about))
            lot = f"{webhook}-{number}-{len(self.sent)}".encode()
            headers = {
                "content-type": "application/json",
                "x-wc-webhook-source": f"{self.shop.home}/",
                "x-wc-webhook-topic": hook["topic"],
                "x-wc-webhook-resource": resource,
                "x-wc-webhook-event": event,
                "x-wc-webhook-signature": signature(hook["secret"], body),
                "x-wc-webhook-id": str(webhook),
                "x-wc-webhook-delivery-id": hashlib.sha256(lot).hexdigest()[:32],
            }
            return hook["url"], headers, body

    def _resource(self, resource: str, about: int) -> Any:
        """What the interface would answer; of what is gone its error (source)."""
        home = urlsplit(self.shop.home)
        request = WooRequest(
            "GET",
            f"{API}/{_RESOURCES.get(resource, resource)}/{about}",
            secure=home.scheme == "https",
            host=home.netloc,
        )
        found = router.matching("GET", request.path)
        if found is None:
            return {"action": resource, "arg": about}
        route, captured = found
        asked = WooRequest(
            "GET", request.path, secure=request.secure, host=request.host, captured=captured
        )
        try:
            return route.handler(self.shop, asked).body
        except Refused as fault:
            return fault.answer.body

    async def _post(
        self, webhook: int, url: str, headers: Mapping[str, str], body: bytes
    ) -> Delivery:
        answered: int | None = None
        told = {**headers, "user-agent": USER_AGENT}
        if self.may_send(url):
            timeout = aiohttp.ClientTimeout(total=self.patience)
            with suppress(aiohttp.ClientError, TimeoutError, OSError):
                async with (
                    aiohttp.ClientSession(timeout=timeout) as session,
                    session.post(url, data=body, headers=told, allow_redirects=False) as response,
                ):
                    await response.read()
                    answered = response.status
        delivery = Delivery(webhook, url, told, body, answered)
        self.sent.append(delivery)
        return delivery

    def _counted(self, delivery: Delivery) -> None:
        """The count goes on where it stood when a disabled webhook is set active (source)."""
        status = delivery.answered or 0
        good = 200 <= status < 300 or status in {301, 302}
        with self.shop.locked() as db:
            row = db.execute(
                "SELECT failures FROM webhooks WHERE id = ?", (delivery.webhook,)
            ).fetchone()
            if row is None or (good and row["failures"] == 0):
                return
            change = "failures = failures + 1"
            if good:
                change = "failures = 0"
            elif row["failures"] > _FAILURES:
                change = "status = 'disabled'"
            db.execute(
                f"UPDATE webhooks SET {change}, modified = ? WHERE id = ?",
                (self.shop.stamp(), delivery.webhook),
            )
