"""One simulated WooCommerce: its settings, its database, and the way a request takes through it.

Thread-safe by one lock: a request is handled whole before the next one begins, as a real shop's
database would make it look for single items. What happens *between* the items of a batch is
given to tests by `between_items`.
"""

from __future__ import annotations

import datetime as dt
import importlib
import sqlite3
import threading
from collections import defaultdict, deque
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from zoneinfo import ZoneInfo

from tests.connectors.woocommerce.simulator import router
from tests.connectors.woocommerce.simulator.answers import error
from tests.connectors.woocommerce.simulator.auth import Key, authenticated, forbidden
from tests.connectors.woocommerce.simulator.deliveries import Courier
from tests.connectors.woocommerce.simulator.router import Refused, WooAnswer, WooRequest

__all__ = ["RESOURCES", "Pace", "SimWoo", "clock_of"]

RESOURCES = (
    "settings",
    "status",
    "taxes",
    "categories",
    "attributes",
    "products",
    "product_lists",
    "variations",
    "stock",
    "seeds",
    "coupons",
    "customers",
    "notes",
    "orders",
    "refunds",
    "webhooks",
    "storefront",
    "order_seeds",
)
"""Modules of this package that register routes, tables and seeders."""

_RECENT = 20_000
_NO_PAGE = "<!DOCTYPE html><html><head><title>Page not found</title></head><body></body></html>"
_JSON = "application/json; charset=UTF-8"


@dataclass
class Pace:
    """How slow the shop is, in seconds; the time passes outside of the lock.

    Attributes:
        per_call: For each request.
        per_item: For each item of a batch.
        cores: How many calls are worked at once; more than these share them, so that each
            takes longer.
        after: True: the work is done first and the answer comes late; False: the work is done
            at the end of the time, even where the caller has gone long since, as PHP does.
    """

    per_call: float = 0.0
    per_item: float = 0.0
    cores: int = 2
    after: bool = True


def clock_of(moment: dt.datetime) -> Callable[[], dt.datetime]:
    """A clock that stands still."""
    return lambda: moment


def _now() -> dt.datetime:
    return dt.datetime.now(dt.UTC)


def _blocked(_address: str) -> bytes | str:
    """What the recorded shop said of every address: its outgoing requests were blocked."""
    return "A valid URL was not provided."


@dataclass
class SimWoo:
    """A shop.

    Attributes:
        currency: ISO 4217 code.
        country: Base country and, after a colon, its region.
        zone: Name of the shop's time zone.
        prices_include_tax: How prices are entered.
        decimals: Decimals of shown prices.
        decimal_separator: As prices are shown, and understood in writes.
        manage_stock: Whether the shop manages stock at all; without, quantities of products are
            dropped without a word.
        shuffles_ties: Products of one second come in another order at each call of
            `orderby=modified`: the database is told no second criterion there (source).
        calc_taxes: Whether taxes are calculated at all.
        tax_round_at_subtotal: Taxes rounded on the whole instead of line by line.
        clock: Aware time in UTC; WordPress knows whole seconds.
        database: `:memory:` or a file.
        home: The shop's own address, as it stands in permalinks.
        keys: API keys by consumer key.
        pace: How slow it is; used by the server only.
        fetch: Gets each picture by its address, as the shop does while it answers: the bytes, or
            WordPress's words for why not.
        between_items: Called with (route, id) before an item of a batch is applied. It may call
            `handle` again: that is how an order comes in the middle of a stock write. It may
            raise `Refused`, as a plugin that looks at each item does.
        before: Called with each request that was let in; what it raises as `Refused` is the
            answer, and nothing is done, as with a plugin that refuses.
        active: False: WordPress is there, the plugin WooCommerce is switched off.
        permalinks: False: plain permalinks, where no address below `/wp-json` exists.
        weight_unit: kg, g, lbs or oz.
        signed_as: The address that OAuth signatures are checked against; empty: the one asked
            for. A real shop takes its own setting, whatever the caller's address was.
        trusts_proxy: True where WordPress believes `X-Forwarded-Proto` (its configuration says
            so); a shop behind a proxy that ends TLS ignores Basic otherwise.
        log: The latest requests, oldest first.
        courier: Its webhooks' queue, which runs when told.
    """

    currency: str = "EUR"
    country: str = "DE:DE-BE"
    zone: str = "Europe/Berlin"
    prices_include_tax: bool = False
    decimals: int = 2
    decimal_separator: str = "."
    manage_stock: bool = True
    shuffles_ties: bool = False
    calc_taxes: bool = True
    tax_round_at_subtotal: bool = False
    clock: Callable[[], dt.datetime] = _now
    database: str | Path = ":memory:"
    home: str = "https://shop.example"
    keys: dict[str, Key] = field(default_factory=dict)
    pace: Pace = field(default_factory=Pace)
    fetch: Callable[[str], bytes | str] = _blocked
    between_items: Callable[[str, int], None] | None = None
    before: Callable[[WooRequest], None] | None = None
    active: bool = True
    permalinks: bool = True
    weight_unit: str = "kg"
    signed_as: str = ""
    trusts_proxy: bool = False
    log: deque[WooRequest] = field(default_factory=lambda: deque(maxlen=_RECENT))
    nonces: dict[tuple[str, int], set[str]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        for name in RESOURCES:
            importlib.import_module(f"tests.connectors.woocommerce.simulator.{name}")
        self._lock = threading.RLock()
        self._depth = 0
        self._ids: dict[str, int] = defaultdict(lambda: 1)
        self._foreseen: dict[str, deque[int]] = defaultdict(deque)
        self._listeners: list[Callable[[str, int], None]] = []
        self._happened: list[tuple[str, int]] = []
        self.db = sqlite3.connect(str(self.database), check_same_thread=False, isolation_level=None)
        self.db.row_factory = sqlite3.Row
        self.db.execute("PRAGMA journal_mode=WAL")
        self.db.execute("PRAGMA synchronous=OFF")
        self.db.executescript(router.tables_sql())
        self.courier = Courier(self)
        self.listen(self.courier.happened)

    # --- time ---

    def now(self) -> dt.datetime:
        """The present second, aware, in UTC."""
        return self.clock().astimezone(dt.UTC).replace(microsecond=0)

    def stamp(self) -> str:
        """The present second as the database keeps it: `2026-11-24T03:50:09`, UTC."""
        return self.now().strftime("%Y-%m-%dT%H:%M:%S")

    def local(self, stamp: str | None) -> str | None:
        """A kept stamp in the shop's own zone, without the zone."""
        if stamp is None:
            return None
        moment = dt.datetime.fromisoformat(stamp).replace(tzinfo=dt.UTC)
        return moment.astimezone(ZoneInfo(self.zone)).strftime("%Y-%m-%dT%H:%M:%S")

    def to_utc(self, local: str) -> str:
        """A stamp in the shop's own zone, turned into a kept one."""
        moment = dt.datetime.fromisoformat(local).replace(tzinfo=ZoneInfo(self.zone))
        return moment.astimezone(dt.UTC).strftime("%Y-%m-%dT%H:%M:%S")

    # --- ids ---

    def next_id(self, sequence: str) -> int:
        """The next number: `post` (products, orders, coupons), `term`, `meta`, `user`, ...

        Numbers are never given twice, not even where the record was refused.
        """
        foreseen = self._foreseen[sequence]
        number = foreseen.popleft() if foreseen else self._ids[sequence]
        self._ids[sequence] = max(self._ids[sequence], number + 1)
        return number

    def peek_id(self, sequence: str) -> int:
        """The number that `next_id` would give."""
        return self._ids[sequence]

    def jump(self, sequence: str, number: int) -> None:
        """Let a sequence go on with `number`, if it is not past it."""
        self._ids[sequence] = max(self._ids[sequence], number)

    def foresee(self, sequence: str, numbers: Iterable[int]) -> None:
        """Give these numbers next, in their order; what is left of earlier ones is forgotten."""
        self._foreseen[sequence] = deque(numbers)

    # --- what happens ---

    def listen(self, listener: Callable[[str, int], None]) -> None:
        """Call `listener` with (topic, id) after each change that was committed."""
        self._listeners.append(listener)

    def emit(self, topic: str, identity: int) -> None:
        """Tell of a change, such as `product.updated`; told once it is committed."""
        self._happened.append((topic, identity))

    # --- requests ---

    def handle(self, request: WooRequest) -> WooAnswer:
        """Answer a request; never raises for what a caller sent."""
        with self._lock:
            self.log.append(request)
            answer = self._answered(request)
            self._tell()
        return answer

    def _tell(self) -> None:
        happened, self._happened = self._happened, []
        for topic, identity in happened:
            for listener in self._listeners:
                listener(topic, identity)

    def _answered(self, request: WooRequest) -> WooAnswer:
        outside = self._outside(request)
        if outside is not None:
            return outside
        try:
            key = authenticated(self, request)
        except Refused as fault:
            return _headed(fault.answer)
        if request.method == "OPTIONS" and router.methods_of(request.path):
            methods = list(router.methods_of(request.path))
            body = {"namespace": "wc/v3", "methods": methods}
            return _headed(WooAnswer(200, body, {"allow": ", ".join(methods)}))
        method = "GET" if request.method == "HEAD" else request.method
        found = router.matching(method, request.path)
        if found is None:
            return _headed(_no_route())
        known, captured = found
        if not known.public and (key is None or not key.reads):
            return _headed(forbidden(method, request.path, captured))
        asked = replace(request, captured=captured)
        try:
            with self.saving():
                if self.before is not None:
                    self.before(asked)
                answer = known.handler(self, asked)
        except Refused as fault:
            answer = fault.answer
        allow = router.methods_of(request.path)
        if request.method == "HEAD":
            answer = replace(answer, body="")
        return _headed(answer, ", ".join(allow) if answer.allow else "")

    def _outside(self, request: WooRequest) -> WooAnswer | None:
        """The answer where no WooCommerce is: a page that does not exist, or no such route."""
        if not self.permalinks or not request.path.startswith(("/wp-json", "/wp-content")):
            return WooAnswer(404, _NO_PAGE, {"content-type": "text/html; charset=UTF-8"})
        if not self.active and request.path.startswith("/wp-json/wc"):
            return _headed(_no_route())
        return None

    @contextmanager
    def saving(self) -> Iterator[None]:
        """All or nothing, also within each other; a `Refused` with `keep` keeps what was done."""
        name = f"level_{self._depth}"
        events = len(self._happened)
        self.db.execute(f"SAVEPOINT {name}")
        self._depth += 1
        try:
            yield
        except Refused as fault:
            if not fault.keep:
                self.db.execute(f"ROLLBACK TO {name}")
                del self._happened[events:]
            raise
        except BaseException:
            self.db.execute(f"ROLLBACK TO {name}")
            raise
        finally:
            self._depth -= 1
            self.db.execute(f"RELEASE {name}")

    # --- for tests ---

    @contextmanager
    def changing(self) -> Iterator[sqlite3.Connection]:
        """The database, for something that happens in the shop without a request."""
        with self._lock:
            with self.saving():
                yield self.db
            self._tell()

    def seed(self, **counts: int) -> None:
        """Fill the shop in bulk: `products`, `variable`, `orders`, ... as resources offer."""
        with self._lock, self.saving():
            for name, count in counts.items():
                router.seeders()[name](self, count)

    def add_key(self, consumer_key: str, consumer_secret: str, permissions: str = "rw") -> None:
        """Make an API key; `permissions` is `r`, `w` or `rw`."""
        self.keys[consumer_key] = Key(consumer_key, consumer_secret, permissions)

    @contextmanager
    def locked(self) -> Iterator[sqlite3.Connection]:
        """The database, while nobody else is served."""
        with self._lock:
            yield self.db

    def close(self) -> None:
        """Close the database."""
        self.db.close()


def _no_route() -> WooAnswer:
    message = "No route was found matching the URL and request method."
    return WooAnswer(404, error("rest_no_route", message, 404))


def _headed(answer: WooAnswer, allow: str = "") -> WooAnswer:
    headers: Mapping[str, str] = {"content-type": _JSON, **answer.headers}
    if allow:
        headers = {**headers, "allow": allow}
    return replace(answer, headers=headers)
