"""Texts of orders as people mean them, and moments as PanStore keeps them."""

from __future__ import annotations

import datetime as dt
import html
import re
from collections.abc import Iterable
from typing import Any

from panstore.connectors.woocommerce import wire_orders as wire
from panstore.sdk.errors import MappingError

__all__ = ["first", "joined", "line_note", "meta_text", "moment", "shown"]

_TAG = re.compile(r"<[^>]*>")


def shown(text: str | None) -> str:
    """A name as people read it: WooCommerce keeps "A & B" as "A &amp; B" (recorded 07)."""
    return html.unescape(text or "").strip()


def joined(between: str, *parts: str | None) -> str:
    """What of `parts` is filled, in one."""
    return between.join(part.strip() for part in parts if part and part.strip())


def first(*words: str | None) -> str:
    """The first that is filled."""
    return next((word.strip() for word in words if word and word.strip()), "")


def meta_text(entries: Iterable[wire.WireMeta], keys: Iterable[str]) -> str:
    """The first of `keys` under which something is written, empty if none."""
    written = {entry.key: entry.value for entry in entries if isinstance(entry.value, str)}
    return first(*(written.get(key) for key in keys))


def line_note(line: wire.WireLine) -> str:
    """What the buyer asked for with a line.

    Hidden entries are the shop's own, and what tells a variation apart stands in its title.
    """
    title = shown(line.name)
    wishes: list[str] = []
    for entry in line.meta_data:
        name, value = _plain(entry.display_key or entry.key), _plain(entry.display_value)
        told_already = line.variation_id and value in title
        if not entry.key.startswith("_") and value and not told_already:
            wishes.append(f"{name}: {value}")
    return "; ".join(wishes)


def moment(record: str, field: str, written: str) -> dt.datetime:
    """A time of WooCommerce's `*_gmt` fields: UTC, without a zone.

    Raises:
        MappingError: it is none.
    """
    try:
        found = dt.datetime.fromisoformat(written)
        return found.replace(tzinfo=dt.UTC) if found.tzinfo is None else found.astimezone(dt.UTC)
    except (ValueError, OverflowError) as error:
        raise MappingError(record, field, f"is {written[:50]!r} and no moment") from error


def _plain(value: Any) -> str:
    return shown(_TAG.sub("", value)) if isinstance(value, str) else ""
