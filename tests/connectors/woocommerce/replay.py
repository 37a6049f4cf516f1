"""Plays what a real WooCommerce 10.5 was asked to the simulated one, and compares the answers.

Every file of `recorded/` is played in order on one shop that holds what the recorded one held.
Ids are the same ones: before an exchange whose recorded answer made something, the sequence is
moved up to the recorded id (the recorded shop also numbers revisions and log rows, which nobody
sees). The clock is set to the recorded answer's own time. What still differs must be listed and
argued in `differences.toml`.
"""

from __future__ import annotations

import base64
import datetime as dt
import json
import re
import tomllib
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from fnmatch import fnmatchcase
from functools import lru_cache
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from tests.connectors.woocommerce.recorded_shop import recorded_shop
from tests.connectors.woocommerce.simulator.deliveries import Delivery
from tests.connectors.woocommerce.simulator.router import WooAnswer, WooRequest
from tests.connectors.woocommerce.simulator.shop import SimWoo

__all__ = [
    "Allowed",
    "Difference",
    "Replay",
    "allowed",
    "compared",
    "exchanges",
    "files",
    "replayed",
]

_HERE = Path(__file__).parent
_HEADERS = ("content-type", "x-wp-total", "x-wp-totalpages", "link", "allow")
_DATE = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d")
_TOLERANCE = dt.timedelta(seconds=6)
"""How far dates may lie apart: many writes were recorded without the second they fell into."""

_FORM_ONLY = ("related_ids",)
"""Drawn by lot by WooCommerce: numbers are asked for, not which."""

_LOT = re.compile(r"(?<=wc_order_)[A-Za-z0-9]{13}\b")
"""The part of an order's key that nobody guesses."""

_SEQUENCES = (
    (r"/products/(categories|tags|brands|attributes/\d+/terms)(/|$)", "term"),
    (r"/products/attributes", "attribute"),
    (r"/orders/\d+/notes", "comment"),
    (r"/(products|orders|coupons)(/|$)", "post"),
    (r"/customers", "user"),
    (r"/webhooks", "webhook"),
    (r"/taxes", "tax"),
)
_LINES = {"line_items", "tax_lines", "shipping_lines", "fee_lines", "coupon_lines"}


@dataclass(frozen=True)
class Difference:
    """One point in which the simulator answered otherwise.

    Attributes:
        file: Name of the recording, without `.json`.
        exchange: Its number in the file, from 0; what webhooks sent counts as one more.
        path: Of the point: `status`, `headers.link`, `body.0.meta_data.1.id`,
            `deliveries.3.body.status`.
        recorded: What the real shop answered.
        simulated: What the simulator answers.
    """

    file: str
    exchange: int
    path: str
    recorded: Any
    simulated: Any

    def __str__(self) -> str:
        real, ours = (
            json.dumps(each, ensure_ascii=False)[:200] for each in (self.recorded, self.simulated)
        )
        place = f"{self.file}[{self.exchange}] {self.path}"
        return f"{place}: {real} recorded, {ours} simulated"


@dataclass(frozen=True)
class Allowed:
    """A difference that is known: a pattern of paths in one file, or in one exchange of it."""

    file: str
    exchange: int | None
    path: str
    why: str

    def covers(self, difference: Difference) -> bool:
        """Whether this is the one."""
        return (
            fnmatchcase(difference.file, self.file)
            and self.exchange in {None, difference.exchange}
            and fnmatchcase(difference.path, self.path)
        )


def allowed() -> list[Allowed]:
    """What `differences.toml` lists."""
    content = tomllib.loads((_HERE / "differences.toml").read_text(encoding="utf-8"))
    return [
        Allowed(each["file"], each.get("exchange"), each["path"], each["why"])
        for each in content.get("difference", [])
    ]


def files() -> list[str]:
    """Names of the recordings, in order, without `.json`."""
    return sorted(path.stem for path in (_HERE / "recorded").glob("*.json"))


def exchanges(file: str) -> dict[str, Any]:
    """One recording as it stands."""
    content: dict[str, Any] = json.loads(
        (_HERE / "recorded" / f"{file}.json").read_text(encoding="utf-8")
    )
    return content


class Replay:
    """Plays recordings, one after the other, on one shop.

    Attributes:
        shop: The simulated shop.
        prepare: Changes a request before it is sent, by the answers so far; for headers that
            the recordings had to leave out.
    """

    def __init__(self) -> None:
        self._now = dt.datetime(2026, 11, 24, 3, 50, 8, tzinfo=dt.UTC)
        self.shop: SimWoo = recorded_shop(lambda: self._now)
        self.prepare: list[Callable[[WooRequest, list[WooAnswer]], WooRequest]] = [_with_cart]
        self._answers: list[WooAnswer] = []

    def run(self, file: str) -> list[Difference]:
        """Play one file; every point in which an answer differs."""
        content = exchanges(file)
        found: list[Difference] = []
        if "deliveries" in content:  # webhooks of the file before were removed unrecorded
            with self.shop.locked() as database:
                database.execute("DELETE FROM webhooks")
        for number, exchange in enumerate(content["exchanges"]):
            self._set_clock(exchange)
            self._set_ids(exchange)
            request = self._request(exchange, content.get("key_pair"))
            for change in self.prepare:
                request = change(request, self._answers)
            answer = self.shop.handle(request)
            self._answers.append(answer)
            found += [Difference(file, number, *each) for each in compared(exchange, answer)]
            if "deliveries" in content:
                self.shop.courier.hand_over(_received)
        sent = self.shop.courier.sent
        after = len(content["exchanges"])
        points = _compared_deliveries(content, [*sent]) if "deliveries" in content else ()
        found += [Difference(file, after, *each) for each in points]
        sent.clear()
        return found

    def _set_clock(self, exchange: Mapping[str, Any]) -> None:
        moments = [self._now]
        oauth = exchange.get("oauth")
        if oauth is not None:
            stamp = int(oauth["parameters"]["oauth_timestamp"])
            moments.append(dt.datetime.fromtimestamp(stamp, dt.UTC))
        if exchange["request"]["method"] not in {"GET", "HEAD", "OPTIONS"}:
            for key, value in _leaves(exchange["response"]["body"]):
                if re.search(r"date_(modified|created)_gmt$", key) and isinstance(value, str):
                    moments.append(dt.datetime.fromisoformat(value).replace(tzinfo=dt.UTC))
        self._now = max(moments)

    def _set_ids(self, exchange: Mapping[str, Any]) -> None:
        request, response = exchange["request"], exchange["response"]
        if request["method"] == "GET" or not isinstance(response["body"], dict | list):
            return
        path = request["path"]
        own = next((name for pattern, name in _SEQUENCES if re.search(pattern, path)), None)
        if own is not None:
            self._jump(own, _made(response))
        owner = own if own in {"term", "user"} else "order" if "/orders" in path else ""
        inside, outside = _meta_ids(response["body"])
        self._foresee(f"{owner}_meta" if owner else "meta", outside)
        self._foresee("item_meta", inside)
        self._jump("order_item", _ids_in(response["body"], _LINES))

    def _foresee(self, sequence: str, wanted: list[int]) -> None:
        coming = self.shop.peek_id(sequence)
        self.shop.foresee(sequence, [each for each in wanted if each >= coming])

    def _jump(self, sequence: str, wanted: list[int]) -> None:
        coming = self.shop.peek_id(sequence)
        later = [each for each in wanted if each >= coming]
        if later:
            self.shop.jump(sequence, min(later))

    def _request(self, exchange: Mapping[str, Any], pair: Mapping[str, str] | None) -> WooRequest:
        told = exchange["request"]
        auth = exchange.get("auth", "")
        headers = {name.lower(): value for name, value in told["headers"].items()}
        if pair is not None:
            self.shop.add_key(pair["consumer_key"], pair["consumer_secret"])
        if header := exchange.get("oauth", {}).get("authorization_header"):
            headers["authorization"] = header
        elif "oauth" not in exchange and "in the query" not in auth and auth != "none":
            headers["authorization"] = _basic(auth)
        body = told["body"]
        if isinstance(body, dict):
            body = json.dumps(_whole(body))
        return WooRequest(
            method=told["method"],
            path=told["path"],
            query={name: str(value) for name, value in told["query"].items()},
            body=(body or "").encode(),
            headers=headers,
            secure="plain http" not in auth,
        )


def _basic(auth: str) -> str:
    name, secret = "ck_replay", "cs_replay"
    if "unknown" in auth:
        name = "ck_unknown"
    if "wrong consumer secret" in auth:
        secret = "cs_wrong"
    if "read permission only" in auth:
        name = "ck_reader"
    return "Basic " + base64.b64encode(f"{name}:{secret}".encode()).decode()


def _whole(body: dict[str, Any]) -> dict[str, Any]:
    """A body of 101 items was abbreviated in the recording (20-batch-limit)."""
    items = body.get("update")
    if isinstance(items, list) and "... 101 items in all" in items:
        return {"update": [items[0] | {"id": items[0]["id"] + n} for n in range(101)]}
    return body


def _made(response: Mapping[str, Any]) -> list[int]:
    """Ids of what the recorded exchange made, in order."""
    body = response["body"]
    if response["status"] == 201 and isinstance(body, dict) and isinstance(body.get("id"), int):
        return [body["id"]]
    if isinstance(body, dict) and isinstance(body.get("create"), list):
        return [each["id"] for each in body["create"] if each.get("id")]
    draft = body.get("data") if isinstance(body, dict) else None
    if isinstance(draft, dict) and "new_draft_order_id" in draft:
        return [draft["new_draft_order_id"]]
    return []


def _ids_in(body: Any, names: set[str]) -> list[int]:
    found: list[int] = []
    if isinstance(body, dict):
        for name, value in body.items():
            if name in names and isinstance(value, list):
                found += [each["id"] for each in value if isinstance(each, dict) and "id" in each]
            found += _ids_in(value, names)
    elif isinstance(body, list):
        for each in body:
            found += _ids_in(each, names)
    return found


def _meta_ids(body: Any, *, inside: bool = False) -> tuple[list[int], list[int]]:
    """Ids of meta data, in their order: those of an order's lines, and all others."""
    found: tuple[list[int], list[int]] = ([], [])
    if isinstance(body, dict):
        for name, value in body.items():
            if name == "meta_data" and isinstance(value, list):
                found[0 if inside else 1].extend(each["id"] for each in value if "id" in each)
            deeper = _meta_ids(value, inside=inside or name in _LINES)
            found[0].extend(deeper[0])
            found[1].extend(deeper[1])
    elif isinstance(body, list):
        for each in body:
            deeper = _meta_ids(each, inside=inside)
            found[0].extend(deeper[0])
            found[1].extend(deeper[1])
    return found


def _leaves(body: Any, path: str = "") -> Iterator[tuple[str, Any]]:
    if isinstance(body, dict):
        for name, value in body.items():
            yield from _leaves(value, f"{path}.{name}")
    elif isinstance(body, list):
        for number, value in enumerate(body):
            yield from _leaves(value, f"{path}.{number}")
    else:
        yield path, body


Point = tuple[str, Any, Any]


def compared(exchange: Mapping[str, Any], answer: WooAnswer) -> Iterator[Point]:
    """(path, recorded, simulated) of every point that differs."""
    recorded = exchange["response"]
    note = exchange.get("note", "")
    if recorded["status"] != answer.status:
        yield "status", recorded["status"], answer.status
    for name in {*_HEADERS, *(each for each in answer.headers if each.startswith("x-wc-"))}:
        ours = answer.headers.get(name)
        if recorded["headers"].get(name) != ours:
            yield f"headers.{name}", recorded["headers"].get(name), ours
    body = json.loads(json.dumps(answer.body))
    trimmed = "trimmed" in note
    cut = "shortened" in note
    yield from _points("body", recorded["body"], body, trimmed=trimmed, cut=cut)


def _with_cart(request: WooRequest, answers: list[WooAnswer]) -> WooRequest:
    """The cart's headers, which the recording had to leave out, as the latest answer gave them."""
    if "/wc/store/" not in request.path or not answers:
        return request
    given = {name: answers[-1].headers.get(name) for name in ("cart-token", "nonce")}
    kept = {name: value for name, value in given.items() if value is not None}
    return replace(request, headers={**request.headers, **kept})


def _received(url: str, headers: Mapping[str, str], _: bytes) -> int:
    """The recorded receiver: it failed for one webhook, but for its ping (50)."""
    return 500 if url.endswith("/dead") and "x-wc-webhook-id" in headers else 200


def _compared_deliveries(content: Mapping[str, Any], sent: list[Delivery]) -> Iterator[Point]:
    """What webhooks sent, in order; the recorded signatures are checked elsewhere."""
    recorded = content["deliveries"]
    if "deliveries_failed" in content:  # only the ping, the first and the last were kept
        failed = sum(each.answered == 500 for each in sent)
        if failed != content["deliveries_failed"]:
            yield "deliveries_failed", content["deliveries_failed"], failed
        sent = [*sent[:2], sent[-1]]
    if len(recorded) != len(sent):
        yield "deliveries.length", len(recorded), len(sent)
    for number, (real, ours) in enumerate(zip(recorded, sent, strict=False)):
        name = f"deliveries.{number}"
        told = {**ours.headers}
        drawn = {"x-wc-webhook-signature", "x-wc-webhook-delivery-id"}
        told |= {each: real["headers"][each] for each in drawn & {*told} & {*real["headers"]}}
        for part, one, other in (
            ("path", real["path"], urlsplit(ours.url).path),
            ("headers", real["headers"], told),
            ("answered", real["answered"], ours.answered),
            ("body", _told(real["body"]), _told(ours.body.decode())),
        ):
            yield from _points(f"{name}.{part}", one, other, trimmed=False, cut=False)


def _told(body: str) -> Any:
    return json.loads(body) if body.startswith("{") else body


def _points(path: str, real: Any, ours: Any, *, trimmed: bool, cut: bool) -> Iterator[Point]:
    if isinstance(real, dict) and isinstance(ours, dict):
        for name in [*real, *(() if trimmed else (each for each in ours if each not in real))]:
            if name not in real or name not in ours:
                yield f"{path}.{name}", real.get(name, "(absent)"), ours.get(name, "(absent)")
            else:
                other = _comparable(name, real[name], ours[name], cut=cut)
                yield from _points(f"{path}.{name}", real[name], other, trimmed=trimmed, cut=cut)
    elif isinstance(real, list) and isinstance(ours, list):
        if len(real) != len(ours) and not (cut and len(real) == 3 < len(ours)):
            yield f"{path}.length", len(real), len(ours)
        for number, (one, other) in enumerate(zip(real, ours, strict=False)):
            yield from _points(f"{path}.{number}", one, other, trimmed=trimmed, cut=cut)
    elif type(real) is not type(ours) or not (
        real == ours or _same_moment(real, ours) or _same_but_for_a_lot(real, ours)
    ):
        yield path, real, ours


def _comparable(name: str, real: Any, ours: Any, *, cut: bool) -> Any:
    """What to hold against the recorded value."""
    if name in _FORM_ONLY and all(isinstance(each, int) for each in ours):
        return real
    return dict(list(ours.items())[:3]) if cut and name == "options" else ours


def _same_but_for_a_lot(real: Any, ours: Any) -> bool:
    texts = isinstance(real, str) and isinstance(ours, str)
    return texts and _LOT.sub("", real) == _LOT.sub("", ours)


def _same_moment(real: Any, ours: Any) -> bool:
    if not (isinstance(real, str) and _DATE.fullmatch(real) and _DATE.fullmatch(ours)):
        return False
    apart = dt.datetime.fromisoformat(real) - dt.datetime.fromisoformat(ours)
    return abs(apart) <= _TOLERANCE


@lru_cache(maxsize=1)
def replayed() -> dict[str, list[Difference]]:
    """Every recording played in order; what differs, by file."""
    replay = Replay()
    return {file: replay.run(file) for file in files()}
