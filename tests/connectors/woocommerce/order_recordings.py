"""Recorded orders, and the answers around them, as bytes."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

FOLDER = Path(__file__).parent / "recorded"


def exchanges(name: str) -> list[dict[str, Any]]:
    """All exchanges of a file, named by its number and words."""
    document = json.loads((FOLDER / f"{name}.json").read_text(encoding="utf-8"))
    found: list[dict[str, Any]] = document["exchanges"]
    return found


def deliveries(name: str) -> list[dict[str, Any]]:
    """All webhook deliveries of a file."""
    document = json.loads((FOLDER / f"{name}.json").read_text(encoding="utf-8"))
    found: list[dict[str, Any]] = document["deliveries"]
    return found


def answer(name: str, at: int) -> Any:
    """The body of one answer, parsed; money stays text and numbers are no money."""
    return exchanges(name)[at]["response"]["body"]


def encoded(document: Any) -> bytes:
    return json.dumps(document).encode()


def all_orders() -> dict[str, dict[str, Any]]:
    """Every whole order in an answer of 26 to 42, by file and place."""
    found: dict[str, dict[str, Any]] = {}
    for path in sorted(FOLDER.glob("[2-4][0-9]-*.json")):
        for at, exchange in enumerate(exchanges(path.stem)):
            body = exchange["response"]["body"]
            if isinstance(body, dict) and "line_items" in body and "order_key" in body:
                found[f"{path.stem}[{at}]"] = body
    return found
