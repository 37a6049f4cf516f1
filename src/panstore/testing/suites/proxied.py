"""The disturbances of a harness, done by a fault proxy in front of a real HTTP system."""

from __future__ import annotations

from collections.abc import Callable

from panstore.testing.proxy import FaultProxy, Injection, Request
from panstore.testing.suites.harness import Disturbance

__all__ = ["disturb_through"]

_INJECTIONS: dict[Disturbance, Injection] = {
    "dropped": Injection("dropped"),
    "lost": Injection("lost"),
    "cut": Injection("cut"),
    "garbage": Injection("garbage"),
    "time_out": Injection("black_hole"),
    "gateway_time_out": Injection("status", status=504),
    "busy": Injection("status", status=503, retry_after=1),
}


def disturb_through(
    proxy: FaultProxy,
    what: Disturbance,
    *,
    seconds: int = 7,
    only: Callable[[Request], bool] | None = None,
) -> None:
    """Break the next request that passes the proxy; what `Harness.disturb` asks for.

    Args:
        seconds: Retry-After of a `rate_limited` answer.
        only: which requests are meant; log-ins and look-ups that precede a write can pass.
    """
    slower = Injection("status", status=429, retry_after=seconds)
    proxy.script(_INJECTIONS.get(what, slower), only=only)
