"""Pictures of products: WooCommerce fetches them by their address while it answers."""

from __future__ import annotations

import json
import re
from typing import Any
from urllib.parse import quote

from tests.connectors.woocommerce.simulator.answers import refused
from tests.connectors.woocommerce.simulator.router import tables
from tests.connectors.woocommerce.simulator.shop import SimWoo

__all__ = ["pictures"]

tables("CREATE TABLE media (id INTEGER PRIMARY KEY, doc TEXT NOT NULL);")


def pictures(shop: SimWoo, told: Any) -> list[dict[str, Any]]:
    """The pictures that a product is to have, those with an address fetched and kept.

    Raises:
        Refused: 400 for an address that cannot be fetched or an unknown number; nothing of the
            product is changed then (recorded 11-images).
    """
    return [_picture(shop, each) for each in told or [] if isinstance(each, dict)]


def _picture(shop: SimWoo, told: dict[str, Any]) -> dict[str, Any]:
    identity = int(told.get("id") or 0)
    if not identity and told.get("src"):
        kept = _fetched(shop, str(told["src"]))
    else:
        row = shop.db.execute("SELECT doc FROM media WHERE id = ?", (identity,)).fetchone()
        if row is None:
            message = f"#{identity} is an invalid image ID."
            raise refused("woocommerce_product_invalid_image_id", message, 400)
        kept = json.loads(row["doc"])
    kept |= {name: str(told[name]) for name in ("name", "alt") if told.get(name)}
    shop.db.execute("REPLACE INTO media VALUES (?, ?)", (kept["id"], json.dumps(kept)))
    return kept


def _fetched(shop: SimWoo, source: str) -> dict[str, Any]:
    address = source if re.match(r"[a-z]+:", source) else f"http://{source}"
    address = quote(address, safe=":/?&=#%+,;@~-._")
    fault = shop.fetch(address)
    if fault:
        message = f"Error getting remote image {address}. Error: {fault}"
        raise refused("woocommerce_product_image_upload_error", message, 400)
    identity = shop.next_id("post")
    name = address.rsplit("/", 1)[-1].split("?")[0]
    month = shop.now().strftime("%Y/%m")
    stem, dot, ending = name.rpartition(".")
    number, free = 0, name
    while shop.db.execute("SELECT 1 FROM media WHERE doc LIKE ?", (f'%/{free}"%',)).fetchone():
        number += 1
        free = f"{stem}-{number}{dot}{ending}"
    return {
        "id": identity,
        "created": shop.stamp(),
        "src": f"{shop.home}/wp-content/uploads/{month}/{free}",
        "name": free,
        "alt": "",
    }
