r"""What a request and an answer are, and which function answers which route.

A resource registers itself when its module is imported:

    @route("GET", r"/products/(?P<id>\d+)")
    def read(shop: SimWoo, request: WooRequest) -> WooAnswer: ...

Handlers are plain functions on plain values: they see no socket, so a recorded exchange is
replayed without one.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from tests.connectors.woocommerce.simulator.shop import SimWoo

__all__ = [
    "EDIT",
    "Handler",
    "Refused",
    "Route",
    "WooAnswer",
    "WooRequest",
    "matching",
    "methods_of",
    "route",
    "route_names",
    "seeder",
    "seeders",
    "tables",
    "tables_sql",
]

EDIT = ("POST", "PUT", "PATCH")
"""The methods that change one thing: WordPress takes any of the three (recorded 06, exchange 8)."""


@dataclass(frozen=True)
class WooAnswer:
    """What the shop answers.

    Attributes:
        status: The HTTP status.
        body: To be sent as JSON; text is sent as it stands only where `headers` says so.
        headers: Names in lower case. `allow` is added by the dispatch.
        allow: False where WordPress leaves `Allow` out, because the permission check of the
            route itself refused (recorded 13, exchange 9).
    """

    status: int
    body: Any
    headers: Mapping[str, str] = field(default_factory=dict)
    allow: bool = True


class Refused(Exception):  # noqa: N818 - an answer that is thrown, not a fault of the simulator
    """Ends a handler with an error answer; what the handler wrote before is rolled back.

    Args:
        answer: The whole answer.
        keep: True where WooCommerce leaves behind what it wrote before it refused.
    """

    def __init__(self, answer: WooAnswer, *, keep: bool = False) -> None:
        super().__init__(answer.status)
        self.answer = answer
        self.keep = keep


@dataclass(frozen=True)
class WooRequest:
    r"""One request as PHP sees it.

    Attributes:
        method: In upper case.
        path: Decoded, from `/wp-json` on.
        query: Decoded; of a repeated name the last counts, as in PHP. `include[]=1` keeps its
            brackets: see `listed`.
        body: The raw bytes.
        headers: Names in lower case.
        secure: True where WordPress holds the request for https (`is_ssl()`).
        host: Host and, where not the usual one, port.
        captured: What the groups of the route's pattern hold; filled by the dispatch.
        validated: True for single calls; the items of a batch are not checked against the schema.
    """

    method: str
    path: str
    query: Mapping[str, str] = field(default_factory=dict)
    body: bytes = b""
    headers: Mapping[str, str] = field(default_factory=dict)
    secure: bool = True
    host: str = "shop.example"
    captured: Mapping[str, str] = field(default_factory=dict)
    validated: bool = True

    @property
    def base(self) -> str:
        """The shop's address as links carry it, without a slash at the end."""
        return f"{'https' if self.secure else 'http'}://{self.host}"

    @property
    def url(self) -> str:
        """The address asked for, without the query."""
        return self.base + self.path

    def number(self, name: str = "id") -> int:
        """A number out of the route, such as the id of `/products/(?P<id>\\d+)`."""
        return int(self.captured[name])

    def flag(self, name: str) -> bool:
        """Whether a query parameter is true in the eyes of WordPress."""
        return self.query.get(name, "").lower() in {"1", "true", "yes", "on"}

    def listed(self, name: str) -> list[str] | None:
        """A list parameter: `name=1,2`, `name[]=1` or `name[0]=1`; None where it is not given."""
        if name in self.query:
            return [part.strip() for part in self.query[name].split(",") if part.strip()]
        inside = [
            value for key, value in self.query.items() if re.fullmatch(rf"{name}\[\d*\]", key)
        ]
        return inside or None

    def fields(self) -> dict[str, Any]:
        """The JSON body; an empty body and an empty list are an empty object (recorded 43).

        Raises:
            Refused: 400 `rest_invalid_json`.
        """
        if not self.body:
            return {}
        if "json" not in self.headers.get("content-type", "application/json"):
            return {}
        try:
            decoded = json.loads(self.body)
        except ValueError:
            data = {"status": 400, "json_error_code": 4, "json_error_message": "Syntax error"}
            body = {
                "code": "rest_invalid_json",
                "message": "Invalid JSON body passed.",
                "data": data,
            }
            raise Refused(WooAnswer(400, body)) from None
        return decoded if isinstance(decoded, dict) else {}


Handler = Callable[["SimWoo", WooRequest], WooAnswer]


@dataclass(frozen=True)
class Route:
    """One handler.

    Attributes:
        methods: Which it answers, in the order of the `Allow` header.
        pattern: Of the whole path.
        handler: The function.
        public: True where no key is needed.
    """

    methods: tuple[str, ...]
    pattern: re.Pattern[str]
    handler: Handler
    public: bool


_ROUTES: list[Route] = []
_TABLES: list[str] = []
_SEEDERS: dict[str, Callable[[SimWoo, int], None]] = {}


def route(
    methods: str | tuple[str, ...],
    pattern: str,
    *,
    namespace: str = "/wp-json/wc/v3",
    public: bool = False,
) -> Callable[[Handler], Handler]:
    """Register the function below as the handler of a route; `pattern` is that of the rest."""

    def register(handler: Handler) -> Handler:
        names = (methods,) if isinstance(methods, str) else methods
        _ROUTES.append(Route(names, re.compile(namespace + pattern), handler, public))
        return handler

    return register


def matching(method: str, path: str) -> tuple[Route, dict[str, str]] | None:
    """The route that answers, and what its pattern caught."""
    for known in _ROUTES:
        found = known.pattern.fullmatch(path)
        if found is not None and method in known.methods:
            return known, found.groupdict()
    return None


def methods_of(path: str) -> tuple[str, ...]:
    """Every method that a path answers, in WordPress's order; empty where there is no route."""
    order = ("GET", "POST", "PUT", "PATCH", "DELETE")
    known = {
        method
        for known in _ROUTES
        if known.pattern.fullmatch(path) is not None
        for method in known.methods
    }
    return tuple(method for method in order if method in known)


def route_names(namespace: str = "/wp-json/wc/v3") -> tuple[str, ...]:
    """The patterns of a namespace, without `/wp-json`, each once."""
    found = (known.pattern.pattern for known in _ROUTES)
    return tuple(
        dict.fromkeys(name.removeprefix("/wp-json") for name in found if name.startswith(namespace))
    )


def tables(sql: str) -> None:
    """Register statements that make a resource's tables in a new shop."""
    _TABLES.append(sql)


def tables_sql() -> str:
    """Every resource's tables."""
    return "\n".join(_TABLES)


def seeder(name: str) -> Callable[[Callable[[SimWoo, int], None]], Callable[[SimWoo, int], None]]:
    """Register the function that fills a shop with so many of a resource, in bulk."""

    def register(fill: Callable[[SimWoo, int], None]) -> Callable[[SimWoo, int], None]:
        _SEEDERS[name] = fill
        return fill

    return register


def seeders() -> Mapping[str, Callable[[SimWoo, int], None]]:
    """Every resource that can be seeded."""
    return _SEEDERS
