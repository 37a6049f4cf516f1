"""Reading the fields of a call: each gives a checked value or says what is wrong with it."""

import re
from decimal import Decimal
from typing import Any

from oscar_panstore.api.errors import ApiError, refused
from oscar_panstore.api.http import LARGEST_BATCH

_DECIMAL = re.compile(r"-?[0-9]{1,15}(\.[0-9]{1,10})?")


def batch(body: Any, name: str) -> list[Any]:
    """The list of items of a bulk call.

    Args:
        body: The whole JSON body: an object with `name`, or the list itself.
        name: Where the list stands.

    Raises:
        ApiError: 422 if there is no list, 413 if it is longer than 500.
    """
    items = body.get(name) if isinstance(body, dict) else body
    if not isinstance(items, list):
        raise refused("invalid", f"A list is expected in {name!r}.", name)
    if len(items) > LARGEST_BATCH:
        message = f"{len(items)} items in one call; at most {LARGEST_BATCH} are taken."
        raise ApiError(413, "batch_too_large", message, name)
    return items


def mapping(item: Any) -> dict[str, Any]:
    """One item of a bulk call, which must be an object."""
    if not isinstance(item, dict):
        raise refused("invalid", "Each item must be a JSON object.")
    return item


def integer(item: dict[str, Any], name: str, *, least: int = 0) -> int:
    """A whole number, as JSON number or string."""
    value = item.get(name)
    text = str(value)
    if isinstance(value, bool) or not re.fullmatch(r"-?[0-9]{1,18}", text) or int(text) < least:
        raise refused("invalid", f"{name!r} must be a whole number from {least} on.", name)
    return int(text)


def decimal(item: dict[str, Any], name: str) -> Decimal:
    """A decimal number written as a string, such as "12.50"; also a JSON integer."""
    value = item.get(name)
    if isinstance(value, bool) or not isinstance(value, str | int):
        raise refused("invalid", f"{name!r} must be a decimal written as a string.", name)
    if not _DECIMAL.fullmatch(str(value)):
        raise refused("invalid", f"{name!r} is {value!r}, which is not a decimal number.", name)
    return Decimal(str(value))


def text(
    item: dict[str, Any], name: str, *, longest: int, required: bool = True, default: str = ""
) -> str:
    """A string, trimmed; refused when it is missing though required, or too long."""
    value = item.get(name)
    if value is None and not required:
        return default
    if not isinstance(value, str) or (required and not value.strip()):
        raise refused("invalid", f"{name!r} must be a non-empty string.", name)
    if len(value.strip()) > longest:
        raise refused("too_long", f"{name!r} is longer than {longest} characters.", name)
    return value.strip()


def flag(item: dict[str, Any], name: str, *, default: bool) -> bool:
    """True or false."""
    value = item.get(name, default)
    if not isinstance(value, bool):
        raise refused("invalid", f"{name!r} must be true or false.", name)
    return value


def page_size(query: dict[str, str], *, default: int, most: int) -> int:
    """The query's `limit`, from 1 to `most`."""
    if "limit" not in query:
        return default
    wanted = integer(dict(query), "limit", least=1)
    return min(wanted, most)


def not_ahead(watermark: int, position: int, name: str, done: str) -> None:
    """Refuse a watermark that this journal has not come to.

    Args:
        watermark: As the caller gave it.
        position: Number of the journal's last entry.
        name: Where the watermark stands in the call.
        done: What was left undone, for people.

    Raises:
        ApiError: 422; the shop was restored from an older copy after it gave that watermark.
    """
    if watermark > position:
        message = (
            f"The watermark {watermark} is above the journal's present position {position}: the "
            f"shop was restored from a copy that is older than the watermark. {done} Read the "
            "orders again from the start."
        )
        raise refused("watermark_ahead", message, name, present=position)


def after(query: dict[str, str]) -> int:
    """The query's `after`: where the page before ended; 0 for the start."""
    return integer(dict(query), "after") if "after" in query else 0
