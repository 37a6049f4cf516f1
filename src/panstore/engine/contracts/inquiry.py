"""One question for prices: what is known, what has to be asked for, how long that may take."""

from __future__ import annotations

import asyncio
import datetime as dt
from collections.abc import Callable, Iterable, Sequence
from typing import TYPE_CHECKING, Generic, NamedTuple, TypeVar

import sqlalchemy as sa

from panstore.engine.contracts.cache import Entry, PriceKey
from panstore.engine.contracts.source import ask_party, ask_prices
from panstore.engine.contracts.state import FeedRead, Flight
from panstore.model.contract import Agreement, ContractPrice, PriceWish
from panstore.model.ids import ExternalId
from panstore.sdk.errors import PanstoreError, RejectedError, UnavailableError
from panstore.store.contract_prices import last_known_prices
from panstore.store.party_agreements import last_known_agreement
from panstore.store.price_changes import price_changes_since

if TYPE_CHECKING:
    from panstore.engine.context import Context, Route

__all__ = ["Inquiry", "Known"]

T = TypeVar("T")
V = TypeVar("V")

_CHANGES_AT_ONCE = 5000
"""Further behind, everything that is remembered is dropped."""

_JUST_NOW_S = 1.0
"""What was asked for so lately, or since the question came, is true now, whatever the change feed
does."""

_SILENT_S = 15.0
"""A feed that was not read for so long (or three polls) says nothing any more."""

_LIST_GONE = "unknown_price_list"
_NO_CURRENCY = "currency_inactive"

_SLOW_S = 10.0
"""An ERP that did not answer in time is left alone by buyers for so long."""


class Known(NamedTuple, Generic[V]):
    """What is known of one thing.

    Attributes:
        value: None where the ERP has no such record, or where nobody knows.
        as_of: when it was last known to be true; None: now.
        reachable: False where nobody knows.
        asked: when the ERP was asked; None where it was not in this process.
    """

    value: V | None
    as_of: dt.datetime | None = None
    reachable: bool = True
    asked: object = None


class Inquiry:
    """What one question needs of an ERP, from the cache as long as that is sure.

    Args:
        strict: an ERP that cannot be asked is an error; what was last known is of no use.

    Attributes:
        waited: seconds for which the ERP was waited for.
        missed: how many prices and agreements had to be asked for.
    """

    def __init__(self, context: Context, route: Route, *, strict: bool = False) -> None:
        self._context = context
        self._contracts = context.contracts
        self._route = route
        self._cache = context.contracts.cache(route.erp)
        self._strict = strict
        self._failed: set[ExternalId | PriceKey] = set()
        self._until: float | None = None
        self._list_gone = False
        self._begun = context.clock.timer()
        self.waited = 0.0
        self.missed = 0

    async def look(self, work: Callable[[sa.Connection], T]) -> T:
        """Read from the store, and in the same look what has changed in the ERP."""
        since = self._cache.version

        def read(connection: sa.Connection) -> tuple[T, tuple[int, Sequence[object]]]:
            news = price_changes_since(connection, self._route.erp, since, limit=_CHANGES_AT_ONCE)
            return work(connection), news

        found, (version, changes) = await self._context.store.read(read)
        self._cache.apply(version, changes)  # type: ignore[arg-type]
        return found

    def party(self, party: ExternalId) -> Entry[Agreement] | None:
        """What is surely true of a party now; None: ask."""
        entry = self._cache.party(party)
        if entry is None or not self._cache.party_holds(party, entry.version):
            return None
        return entry if self._sure(entry) else None

    def missing(self, keys: Iterable[PriceKey]) -> list[PriceKey]:
        """Prices that have to be asked for, those left out that were asked for in vain."""
        return [key for key in keys if key not in self._failed and self._true(key) is None]

    def gave_up(self, party: ExternalId) -> bool:
        """Whether a party was asked for in vain."""
        return party in self._failed

    async def ask_party(self, party: ExternalId) -> None:
        """Ask at what a party buys.

        Raises:
            RemoteError: only where `strict`: the ERP did not say.
        """
        self.missed += 1
        await self._ask([party], lambda: [ask_party(self._context, self._route.erp, party)])

    async def ask_prices(self, party: ExternalId, keys: Sequence[PriceKey]) -> None:
        """Ask for prices under the agreement of a party.

        Raises:
            RejectedError: `code` "currency_inactive".
            RemoteError: only where `strict`: the ERP did not say.
        """
        self.missed += len(keys)
        erp, zone = self._route.erp, self._route.zone
        try:
            await self._ask(keys, lambda: ask_prices(self._context, erp, keys, zone))
        except RejectedError as error:
            if error.code != _LIST_GONE or self._list_gone:
                raise
            # The party must have another one by now.
            self._list_gone = True
            self._cache.forget_party(party)

    async def last_party(self, party: ExternalId) -> Known[Agreement]:
        """What was last known of a party that could not be asked for, if that may be used."""
        entry = self._cache.party(party)
        if entry is not None:
            holds = self._cache.party_holds(party, entry.version)
            return self._usable(entry.value, self._as_of(entry, holds=holds))
        found = await self._context.store.read(
            lambda c: last_known_agreement(c, self._route.erp, party)
        )
        return Known(None, reachable=False) if found is None else self._usable(*found)

    async def prices(self, keys: Iterable[PriceKey]) -> dict[PriceKey, Known[ContractPrice]]:
        """What is known of every key: what is true now, else what was last known to be."""
        found: dict[PriceKey, Known[ContractPrice]] = {}
        unknown: list[PriceKey] = []
        for key in dict.fromkeys(keys):
            true = self._true(key)
            if true is not None:
                found[key] = Known(true.value, asked=(true.version, true.timer))
                continue
            entry = self._cache.price(key)
            if entry is None:
                unknown.append(key)
                continue
            holds = self._cache.price_holds(key, entry.version)
            found[key] = self._usable(entry.value, self._as_of(entry, holds=holds))
        return found | await self._stored(unknown)

    async def _stored(self, keys: Sequence[PriceKey]) -> dict[PriceKey, Known[ContractPrice]]:
        """What was last known before this process began."""
        if not keys:
            return {}
        agreement, currency = keys[0].agreement, keys[0].currency
        wishes = {PriceWish(key.variant, key.quantity): key for key in keys}
        rows = await self._context.store.read(
            lambda c: last_known_prices(c, self._route.erp, agreement, currency, wishes)
        )
        found: dict[PriceKey, Known[ContractPrice]] = {}
        for wish, key in wishes.items():
            value, as_of = rows.get(wish, (None, None))
            ended = value is None or (
                value.valid_until is not None and value.valid_until <= key.day
            )
            if ended or as_of is None:
                found[key] = Known(None, reachable=False)
            else:
                found[key] = self._usable(value, as_of)
        return found

    def _true(self, key: PriceKey) -> Entry[ContractPrice] | None:
        entry = self._cache.price(key)
        if entry is None or not self._cache.price_holds(key, entry.version):
            return None
        return entry if self._sure(entry) else None

    def _sure(self, entry: Entry[V]) -> bool:
        """Whether a change would have been heard of."""
        now = self._context.clock.timer()
        if entry.timer >= min(self._begun, now - _JUST_NOW_S):
            return True
        feed = self._feed()
        longest = max(3 * self._context.options.poll_s, _SILENT_S)
        return feed is not None and now - feed.timer <= longest

    def _feed(self) -> FeedRead | None:
        return self._contracts.feeds.get(self._route.erp)

    def _as_of(self, entry: Entry[V], *, holds: bool) -> dt.datetime:
        feed = self._feed()
        return max(entry.asked_at, feed.at) if holds and feed is not None else entry.asked_at

    def _usable(self, value: V | None, as_of: dt.datetime) -> Known[V]:
        """What was last known, unless the settings say that it is of no use any more."""
        if self._route.contract is None:
            return Known(None, reachable=False)
        settings = self._route.contract[1]
        oldest = self._context.clock.now() - dt.timedelta(hours=settings.last_known_hours)
        if settings.erp_down == "usual" or as_of < oldest:
            return Known(None, reachable=False)
        return Known(value, as_of=as_of)

    async def _ask(
        self, keys: Sequence[ExternalId | PriceKey], begin: Callable[[], Sequence[Flight]]
    ) -> None:
        refusal = self._refusal()
        errors = [refusal] if refusal is not None else await self._wait(begin())
        for error in errors:
            if self._strict or not isinstance(error, PanstoreError) or self._is_ours(error):
                raise error
        if not errors:
            return
        if refusal is None:
            self._context.log.info("contract prices: last known", why=str(errors[0]))
        self._failed.update(keys)

    def _is_ours(self, error: PanstoreError) -> bool:
        """Whether the ERP answered, and only the question was wrong."""
        code = error.code if isinstance(error, RejectedError) else ""
        return code == _NO_CURRENCY or (code == _LIST_GONE and not self._list_gone)

    def _refusal(self) -> Exception | None:
        """Why the ERP is not even asked, if it is not."""
        erp = self._route.erp
        if self._strict:
            return None
        slow = self._contracts.slow_until.get(erp)
        if slow is not None and self._context.clock.timer() < slow:
            return UnavailableError(erp, "contract prices", "did not answer in time before")
        if self._context.remote.rests_until(erp) is not None:
            return UnavailableError(erp, "contract prices", "rests")
        return None

    async def _wait(self, flights: Sequence[Flight]) -> list[Exception]:
        """Wait as long as a buyer may; the questions go on without him."""
        loop, clock, erp = asyncio.get_running_loop(), self._context.clock, self._route.erp
        if self._until is None:
            self._until = loop.time() + self._contracts.patience_s
        left = None if self._strict else max(0.0, self._until - loop.time())
        begun = clock.timer()
        done, late = await asyncio.wait({flight.task for flight in flights}, timeout=left)
        self.waited += clock.timer() - begun
        errors: list[Exception] = []
        for task in done:
            error = (
                UnavailableError(erp, "contract prices", "PanStore stops")
                if task.cancelled()
                else task.result()
            )
            if error is not None:
                errors.append(error)
        if late:
            self._contracts.slow_until[erp] = clock.timer() + _SLOW_S
            what = f"did not answer within {self._contracts.patience_s:g} s"
            errors.append(UnavailableError(erp, "contract prices", what))
        return errors
