"""Answers of a real django-oscar 4.2.1 with the companion 0.1.0, recorded on 2026-11-24.

Three SKUs of the demo's catalogue were given stock and prices, then two guests bought: one with a
voucher over 10 per cent and a parcel by post, one with a pick-up. In another run a customer with an
account bought, and the back office noted a card payment, a note, a refund of one of two pieces and
its return; then the shop was told of a parcel and an invoice, and of an impossible status.
"""

from __future__ import annotations

import copy
import json
from pathlib import Path
from typing import Any

__all__ = ["encoded", "guest_order", "recorded"]

_FOLDER = Path(__file__).parent / "recorded"


def recorded(name: str) -> Any:
    """The parsed answer, a fresh copy each time."""
    return json.loads((_FOLDER / f"{name}.json").read_text("utf-8"))


def guest_order(**changes: Any) -> dict[str, Any]:
    """The order with the voucher, with some of its fields replaced."""
    order: dict[str, Any] = recorded("orders")["orders"][0]
    return copy.deepcopy(order) | changes


def encoded(document: Any) -> bytes:
    return json.dumps(document).encode()
