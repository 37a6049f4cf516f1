"""Pictures of products: WooCommerce fetches them by their address while it answers.

Each address given makes a new file, the same one again too: a picture is kept by its number.
"""

from __future__ import annotations

import json
import re
from typing import Any
from urllib.parse import quote

from tests.connectors.woocommerce.simulator.answers import refused
from tests.connectors.woocommerce.simulator.router import WooAnswer, WooRequest, route, tables
from tests.connectors.woocommerce.simulator.shop import SimWoo

__all__ = ["pictures"]

tables(
    """
    CREATE TABLE media (
        id INTEGER PRIMARY KEY, path TEXT NOT NULL UNIQUE, content BLOB NOT NULL, doc TEXT NOT NULL
    );
    """
)

_KINDS = {"png": "image/png", "gif": "image/gif", "webp": "image/webp"}


def pictures(shop: SimWoo, told: Any, kind: str = "product") -> list[dict[str, Any]]:
    """The pictures that a product is to have, those with an address fetched and kept.

    Raises:
        Refused: 400 for an address that cannot be fetched or an unknown number; nothing of the
            product is changed then (recorded 11-images).
    """
    return [_picture(shop, each, kind) for each in told or [] if isinstance(each, dict)]


def _picture(shop: SimWoo, told: dict[str, Any], kind: str) -> dict[str, Any]:
    identity = int(told.get("id") or 0)
    if not identity and told.get("src"):
        kept = _fetched(shop, str(told["src"]), kind)
    else:
        row = shop.db.execute("SELECT doc FROM media WHERE id = ?", (identity,)).fetchone()
        if row is None:
            message = f"#{identity} is an invalid image ID."
            raise refused(f"woocommerce_{kind}_invalid_image_id", message, 400)
        kept = json.loads(row["doc"])
    kept |= {name: str(told[name]) for name in ("name", "alt") if told.get(name)}
    shop.db.execute("UPDATE media SET doc = ? WHERE id = ?", (json.dumps(kept), kept["id"]))
    return kept


def _fetched(shop: SimWoo, source: str, kind: str) -> dict[str, Any]:
    address = source if re.match(r"[a-z]+:", source) else f"http://{source}"
    address = quote(address, safe=":/?&=#%+,;@~-._")
    content = shop.fetch(address)
    if isinstance(content, str):
        message = f"Error getting remote image {address}. Error: {content}"
        raise refused(f"woocommerce_{kind}_image_upload_error", message, 400)
    identity = shop.next_id("post")
    stem, dot, ending = address.rsplit("/", 1)[-1].split("?")[0].rpartition(".")
    month = shop.now().strftime("%Y/%m")
    number, path = 0, f"{month}/{stem}{dot}{ending}"
    while shop.db.execute("SELECT 1 FROM media WHERE path = ?", (path,)).fetchone():
        number += 1
        path = f"{month}/{stem}-{number}{dot}{ending}"
    kept = {
        "id": identity,
        "created": shop.stamp(),
        "src": f"{shop.home}/wp-content/uploads/{path}",
        "name": path.rsplit("/", 1)[-1],
        "alt": "",
    }
    shop.db.execute(
        "INSERT INTO media VALUES (?, ?, ?, ?)", (identity, path, content, json.dumps(kept))
    )
    return kept


@route("GET", r"/wp-content/uploads/(?P<path>.+)", namespace="", public=True)
def file(shop: SimWoo, request: WooRequest) -> WooAnswer:
    """A picture as every visitor gets it."""
    path = request.captured["path"]
    row = shop.db.execute("SELECT content FROM media WHERE path = ?", (path,)).fetchone()
    if row is None:
        return WooAnswer(404, b"", {"content-type": "text/html; charset=UTF-8"}, allow=False)
    kind = _KINDS.get(path.rsplit(".", 1)[-1].lower(), "image/jpeg")
    return WooAnswer(200, row["content"], {"content-type": kind}, allow=False)
