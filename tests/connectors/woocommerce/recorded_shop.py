"""A simulated shop that holds what the recorded one held at the start (recordings' INDEX)."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable

from tests.connectors.woocommerce.simulator.shop import SimWoo

__all__ = ["recorded_shop"]


def recorded_shop(clock: Callable[[], dt.datetime]) -> SimWoo:
    """EUR, base DE, taxes of 19 and 7 %, prices without tax, Europe/Berlin; keys of the replay."""
    shop = SimWoo(clock=clock)
    for name, permissions in (("ck_replay", "rw"), ("ck_reader", "r")):
        shop.add_key(name, "cs_replay", permissions)
    shop.add_key("(removed)", "(removed)")
    return shop
