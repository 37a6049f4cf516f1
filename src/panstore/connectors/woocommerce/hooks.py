"""Looks after the shop's webhooks: that they exist, are switched on, and come in time.

After seven failures in a row the shop switches a webhook off and tells nobody; what happened
meanwhile is never sent again (WooCommerce 10.5, recorded 46-webhook-crud, 50-webhook-disabled).
"""

from __future__ import annotations

import datetime as dt
import ipaddress
from collections.abc import Iterable
from urllib.parse import urlsplit

import msgspec

from panstore.connectors.woocommerce.client import Call, WooClient
from panstore.connectors.woocommerce.config import WooSettings
from panstore.connectors.woocommerce.punctuality import Punctuality, Verdict
from panstore.connectors.woocommerce.wire_webhooks import WireWebhook
from panstore.sdk.errors import AuthError, NotFoundError, RejectedError
from panstore.sdk.feed_roles import MessageHealth

__all__ = ["TOPICS", "Hooks", "reach_problem"]

TOPICS = tuple(
    f"{resource}.{event}"
    for resource in ("order", "product")
    for event in ("created", "updated", "deleted", "restored")
)
"""What the shop is asked to tell; nothing of customers concerns anybody."""

_ROWS = msgspec.json.Decoder(list[WireWebhook])
_ONE = msgspec.json.Decoder(WireWebhook)
_KEEP = "look after messages"
_SAFE_PORTS = frozenset({None, 80, 443, 8080})
_LOCAL = ("localhost", ".local", ".localhost", ".internal")


class Hooks:
    """Registers the webhooks of one shop and watches them.

    Args:
        client: asks.
        settings: where the shop shall send, and how it signs; without both nothing is registered.
        punctuality: what was heard and what only asking found.
    """

    def __init__(self, client: WooClient, settings: WooSettings, punctuality: Punctuality) -> None:
        secret = settings.webhook_secret
        self._client = client
        self._site = str(settings.url).rstrip("/")
        self._url = None if settings.webhook_url is None else str(settings.webhook_url)
        self._secret = None if secret is None else secret.get_secret_value()
        self._punctuality = punctuality
        # The shop never shows a secret: each webhook is given ours once, by each process.
        self._given: set[int] = set()

    async def keep(self, now: dt.datetime) -> MessageHealth:
        """Register what is missing, switch on what the shop switched off, and judge.

        Args:
            now: aware UTC.

        Raises:
            RemoteError: the shop could not be asked.
        """
        if self._url is None:
            return MessageHealth()
        if self._secret is None:
            what = (
                "`webhook_url` is set, but no `webhook_secret`: nothing the shop sends could be"
                " verified, so its webhooks are not registered. Enter any long random text as"
                " `webhook_secret`; PanStore gives it to the shop by itself"
            )
            return MessageHealth(problems=(what,))
        try:
            ours = await self._ours()
            missed, problems = await self._settle(ours)
        except AuthError as error:
            what = (
                f"PanStore may not look after the shop's webhooks: {error.what.rstrip('.')}. Give"
                " the key's user the role Shop manager or Administrator in WordPress. Until then"
                " the shop is asked by the clock"
            )
            return MessageHealth(problems=(what,))
        if missed:
            self._punctuality.start_anew(now)
        self._punctuality.listen(now)
        problems += self._judged(self._punctuality.judge(now))
        return MessageHealth(missed=missed, problems=tuple(problems))

    def way(self) -> str:
        """How the shop's changes come to be known, for people; nothing is asked."""
        if self._url is None or self._secret is None:
            return "none: the shop is asked by the clock (no webhook_url and webhook_secret)"
        hindrance = reach_problem(self._url, self._site)
        return f"sent to {self._url}" + (f". But {hindrance}" if hindrance else "")

    async def _ours(self) -> dict[str, list[WireWebhook]]:
        """By topic, the oldest first: those that send to our address."""
        found: dict[str, list[WireWebhook]] = {topic: [] for topic in TOPICS}
        number = 1
        while True:
            query = {"orderby": "id", "order": "asc", "per_page": "100", "page": str(number)}
            page = await self._client.page(Call(_KEEP, "webhooks", query), _ROWS)
            for one in page.rows:
                if _same(one.delivery_url, self._url or "") and one.topic in found:
                    found[one.topic].append(one)
            if number >= page.pages:
                return found
            number += 1

    async def _settle(self, ours: dict[str, list[WireWebhook]]) -> tuple[bool, list[str]]:
        """Whether messages were not sent for a while, and what only people can mend."""
        missed = False
        problems: list[str] = []
        paused = [topic for topic, hooks in ours.items() if hooks and hooks[0].status == "paused"]
        for topic, hooks in ours.items():
            try:
                if not hooks:
                    await self._make(topic)
                    missed = True
                elif hooks[0].status == "disabled":
                    await self._switch_on(hooks[0])
                    missed = True
                elif hooks[0].id not in self._given:
                    await self._give_secret(hooks[0])
                await self._clear(hooks[1:])
            except RejectedError as error:
                what = f"The shop does not take the webhook {topic}: {error.what.rstrip('.')}"
                problems.append(f"{what}. Correct `webhook_url` ({self._url})")
        if paused:
            problems.append(
                f"Somebody has paused these webhooks in the shop: {', '.join(paused)}. What they"
                " would tell is found by the clock only. Set them to Active (WooCommerce,"
                " Settings, Advanced, Webhooks), or delete them there, and PanStore makes them anew"
            )
        return missed, problems

    async def _make(self, topic: str) -> None:
        body = {"name": f"PanStore {topic}", "topic": topic, "delivery_url": self._url}
        made = await self._write("webhooks", {**body, **self._active()}, "POST")
        self._given.add(made.id)

    async def _switch_on(self, hook: WireWebhook) -> None:
        await self._write(f"webhooks/{hook.id}", self._active(), "PUT")
        self._given.add(hook.id)

    async def _give_secret(self, hook: WireWebhook) -> None:
        await self._write(f"webhooks/{hook.id}", {"secret": self._secret}, "PUT")
        self._given.add(hook.id)

    async def _clear(self, doubled: Iterable[WireWebhook]) -> None:
        """Two processes that began at once made one each; the older one stays."""
        for hook in doubled:
            call = Call(_KEEP, f"webhooks/{hook.id}", {"force": "true"}, method="DELETE")
            try:
                await self._client.ask(call, _ONE)
            except NotFoundError:
                continue

    async def _write(self, path: str, body: dict[str, str | None], method: str) -> WireWebhook:
        content = msgspec.json.encode(body)
        call = Call(_KEEP, path, body=content, method="PUT" if method == "PUT" else "POST")
        return await self._client.ask(call, _ONE)

    def _active(self) -> dict[str, str | None]:
        return {"status": "active", "secret": self._secret}

    def _judged(self, verdict: Verdict) -> list[str]:
        """What is wrong with the messages, as far as it shows from here."""
        cron = (
            "WordPress sends them from its cron, and that runs only when somebody visits the shop"
            " (or never, where DISABLE_WP_CRON is set). Let the server call it every minute by a"
            f" line in its crontab: * * * * * wget -q -O - {self._site}/wp-cron.php?doing_wp_cron"
            " - or switch on the plugin PanStore in the shop, which sends them at once"
        )
        if verdict.late is not None:
            seconds = int(verdict.late.total_seconds())
            return [f"The shop's messages come late, mostly after {seconds} s. {cron}"]
        if not verdict.unheard:
            return []
        one = verdict.unheard == 1
        changes = "1 change of the shop was" if one else f"{verdict.unheard} changes of it were"
        found = f"In the last hour {changes} found by asking, and no message came."
        unreachable = reach_problem(self._url or "", self._site)
        if unreachable and not verdict.heard:
            return [f"{found} {unreachable}"]
        if verdict.heard:
            return [f"{found} {cron}"]
        return [
            f"{found} {cron}. If the cron runs, the shop cannot reach {self._url}: open that"
            " address to it, and see the log in WooCommerce, Status, Logs, webhooks-delivery"
        ]


def reach_problem(url: str, site: str) -> str:
    """Why stock WordPress would never send to an address, with the remedy; empty if it would.

    Private and loopback addresses and ports other than 80, 443 and 8080 are refused before anything
    is sent; the shop's own host is not (WordPress 6.9, `wp_http_validate_url`).
    """
    parts, home = urlsplit(url), urlsplit(site)
    host = parts.hostname or ""
    if host == home.hostname and parts.port == home.port:
        return ""
    if _is_private(host):
        return (
            f"WordPress sends nothing to {host}, a private address. Give PanStore a public name"
            " and enter it as `webhook_url`, or allow the address in the shop by the filter"
            " http_request_host_is_external; without either the shop is asked by the clock"
        )
    if parts.port not in _SAFE_PORTS:
        return (
            f"WordPress sends nothing to port {parts.port}. Let PanStore be reached at port 443,"
            " 80 or 8080 and enter that as `webhook_url`, or allow the port in the shop by the"
            " filter http_allowed_safe_ports"
        )
    return ""


def _is_private(host: str) -> bool:
    try:
        return not ipaddress.ip_address(host).is_global
    except ValueError:
        return host == "localhost" or host.endswith(_LOCAL)


def _same(one: str, other: str) -> bool:
    return one.rstrip("/") == other.rstrip("/")
