"""What `check` finds out about the plugin PanStore in the shop, and through it."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from dataclasses import dataclass

from panstore.connectors.woocommerce.companion import Companion, CompanionMissingError
from panstore.connectors.woocommerce.wire_tiers import WireCompanion
from panstore.model.errors import sentence
from panstore.sdk.errors import AuthError
from panstore.sdk.roles import Report

__all__ = ["PluginFacts", "ask_plugin"]

_WHERE = "WordPress, WooCommerce, PanStore"
# Webhooks of WooCommerce wait for this; one minute is what a healthy shop needs at most.
_SLEEPS_S = 900
_CLOCK_SKEW = dt.timedelta(seconds=60)
_SOURCES = {"stored": "kept in the shop", "ask": "asked for by the shop", "off": "switched off"}


@dataclass(frozen=True, slots=True)
class PluginFacts:
    """What was found, or why nothing was.

    Attributes:
        told: what the plugin says, None where it does not answer us.
        problem: why not, for people; empty where it does.
    """

    told: WireCompanion | None
    problem: str = ""

    @property
    def keeps_prices(self) -> bool:
        """Whether contract prices are written into the shop."""
        return self.told is not None and self.told.contract_source == "stored"

    @property
    def has_pictures(self) -> bool:
        """Whether pictures of products are exchanged."""
        return self.told is not None and self.told.pictures

    @property
    def shows_documents(self) -> bool:
        """Whether buyers find links to documents in their orders."""
        return self.told is not None and self.told.document_links

    def report(self, currency: str, *, includes_tax: bool, now: dt.datetime) -> Report:
        """For `check`.

        Args:
            currency, includes_tax: of the shop, as WooCommerce itself tells.
            now: aware.
        """
        if self.told is None:
            return Report({"plugin PanStore": "does not answer"}, (self.problem,))
        facts = {
            "plugin PanStore": self.told.companion,
            "contract prices": _SOURCES[self.told.contract_source],
            "notices at once": self.told.hook_url or "switched off",
        }
        if self.told.page_cache:
            late = "come after the page" if self.told.late_prices else "stand in the page"
            facts["page cache"] = f"{self.told.page_cache}; buyers' own prices {late}"
        problems = _problems(self.told, currency, includes_tax, now)
        return Report(facts, tuple(problems))


async def ask_plugin(companion: Companion, operation: str) -> PluginFacts:
    """What the plugin says; without it, or with a wrong secret, the rest of the shop works on.

    Raises:
        RemoteError: the shop cannot be reached now.
    """
    try:
        return PluginFacts(await companion.ping(operation))
    except (CompanionMissingError, AuthError) as error:
        what = f"The plugin PanStore does not answer, so no contract prices are written: {error}"
        return PluginFacts(None, sentence(what))


def _problems(
    told: WireCompanion,
    currency: str,
    includes_tax: bool,  # noqa: FBT001 - a value, not a switch
    now: dt.datetime,
) -> Iterator[str]:
    if told.woocommerce is None:
        yield "The plugin PanStore runs, but WooCommerce is not active beside it. Switch it on."
    if (told.currency, told.prices_include_tax) != (currency, includes_tax):
        yield (
            f"The plugin PanStore and WooCommerce's own API speak of different prices"
            f" ({told.currency or 'no currency'} and {currency or 'no currency'}): a plugin changes"
            " the shop's settings for some calls. Contract prices are refused until both agree."
        )
    overdue = max(told.cron.event_overdue_s or 0, told.cron.action_overdue_s or 0)
    if overdue > _SLEEPS_S:
        why = " DISABLE_WP_CRON is set, so visitors do not start it." * told.cron.wp_cron_disabled
        yield (
            f"The shop's scheduled work is {overdue // 60} minutes late, WooCommerce's webhooks"
            f" among it.{why} Have the server call wp-cron.php every minute, and set the address"
            f" for notices ({_WHERE}), which do not wait for it."
        )
    if not told.hook_url:
        yield (
            "The shop sends no notices of changes at once, so PanStore hears of orders by webhook"
            " (up to a minute late) or by the clock. Enter PanStore's address for notices"
            f" ({_WHERE}): https://.../hooks/ and the connection's name."
        )
    skew = now - told.time
    if abs(skew) > _CLOCK_SKEW:
        yield (
            f"The clocks of shop and PanStore differ by {abs(skew).total_seconds():.0f} s; from 300"
            " s on the plugin's calls are refused. Let both set their time over the network."
        )
