"""What a sale needs to know of the shop's goods and taxes, and what it does to stock."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from tests.connectors.woocommerce.simulator import product_store, stock, terms
from tests.connectors.woocommerce.simulator.order_lines import NO_GOODS, Goods
from tests.connectors.woocommerce.simulator.order_money import Rate, RatesOf
from tests.connectors.woocommerce.simulator.text import slug

if TYPE_CHECKING:
    from tests.connectors.woocommerce.simulator.shop import SimWoo

__all__ = ["change_stock", "count_sold", "goods_of", "id_by_sku", "rates_at", "rates_at_base"]

_NO_RATES: Sequence[Rate] = ()


def goods_of(shop: SimWoo, number: int) -> Goods:
    """The product or variation with this id; `NO_GOODS` for one that the shop does not have."""
    found = product_store.find(shop, number)
    if found is None:
        return NO_GOODS
    parent = product_store.find(shop, found.parent) if found.is_variation else None
    image = _image(found) or (_image(parent) if parent else None)
    return Goods(
        product_id=found.parent if found.is_variation else found.id,
        variation_id=found.id if found.is_variation else 0,
        name=_name(shop, found, parent),
        sku=found.sku or (parent.sku if parent else ""),
        global_unique_id=found.gtin,
        price=_price(shop, found),
        tax_class=str(_inherited(found, parent, "tax_class")),
        taxable=(parent or found)["tax_status"] == "taxable",
        needs_processing=not (found["virtual"] and found["downloadable"]),
        image=image or {"id": 0 if found.is_variation else "", "src": ""},
        parent_name=parent.name if parent else None,
        attributes=_attributes(shop, found, parent) if parent else (),
    )


def id_by_sku(shop: SimWoo, sku: str) -> int:
    """0 where nothing that is not in the trash has this SKU (in any case)."""
    row = shop.db.execute(
        "SELECT id FROM product WHERE sku = ? AND status <> 'trash' ORDER BY id", (sku,)
    ).fetchone()
    return 0 if row is None else int(row["id"])


def change_stock(shop: SimWoo, number: int, by: int) -> tuple[int, int] | None:
    """Move the stock of goods by so many pieces, in one step with the order.

    Overselling is not stopped here (recorded 34: 97 less 500 left -403).

    Returns:
        What it was and what it is now; None where no stock is managed.
    """
    after = stock.moved(shop, number, by)
    return None if after is None else (after - by, after)


def count_sold(shop: SimWoo, product: int, pieces: int) -> None:
    """The product's own count of pieces sold; its date does not move."""
    stock.sold(shop, product, pieces)


def rates_at_base(shop: SimWoo) -> RatesOf:
    """The tax table at the shop's own place."""
    country, _, state = shop.country.partition(":")
    return lambda tax_class: _rates(shop, country, state, tax_class)


def rates_at(shop: SimWoo, shipping: Mapping[str, str], billing: Mapping[str, str]) -> RatesOf:
    """The tax table where the goods go: shipping address, else billing, else the shop's own."""
    if not shop.calc_taxes:
        return lambda _: _NO_RATES
    place = next((each for each in (shipping, billing) if each.get("country")), None)
    if place is None:
        return rates_at_base(shop)
    country, state = place["country"], place.get("state", "")
    return lambda tax_class: _rates(shop, country, state, tax_class)


def _rates(shop: SimWoo, country: str, state: str, tax_class: str) -> list[Rate]:
    """One rate of each priority, the one for the narrowest place first."""
    rows = shop.db.execute(
        "SELECT * FROM tax_rate WHERE class = ? AND country IN ('', ?) AND state IN ('', ?)"
        " ORDER BY priority, country DESC, state DESC, position, id",
        (tax_class or "standard", country, state),
    )
    found: dict[int, Rate] = {}
    for row in rows:
        place = [part for part in (row["country"], row["state"], row["name"]) if part]
        rate = Rate(
            row["id"],
            Decimal(row["rate"]).normalize(),
            "-".join([*place, str(row["priority"])]).upper(),
            row["name"],
            bool(row["compound"]),
            bool(row["shipping"]),
        )
        found.setdefault(row["priority"], rate)
    return list(found.values())


def _name(shop: SimWoo, goods: product_store.Goods, parent: product_store.Goods | None) -> str:
    return product_store.name_of(shop, goods) if parent else goods.name


def _price(shop: SimWoo, goods: product_store.Goods) -> str:
    """A variable product's own price is that of its cheapest variation (recorded 28)."""
    if goods.type != "variable":
        return product_store.price_of(shop, goods)
    prices = [product_store.price_of(shop, each) for each in product_store.children(shop, goods.id)]
    return min((price for price in prices if price), key=Decimal, default="")


def _inherited(goods: product_store.Goods, parent: product_store.Goods | None, name: str) -> Any:
    value = goods[name]
    return parent[name] if parent is not None and value == "parent" else value


def _image(goods: product_store.Goods) -> dict[str, Any] | None:
    images = goods["images"]
    return {"id": images[0]["id"], "src": images[0]["src"]} if images else None


def _attributes(
    shop: SimWoo, goods: product_store.Goods, parent: product_store.Goods
) -> list[tuple[str, str, str, str]]:
    """Key and value as kept, label and value as shown: `pa_size`, `s`, `Size`, `S`."""
    chosen = []
    for key, value in goods["attributes"].items():
        named = next((row for row in parent["attributes"] if slug(row["slug"]) == key), None)
        term = terms.term_by_name(shop, key, value) if key.startswith("pa_") else None
        label = str(named["name"]) if named else key
        chosen.append((key, value, label, str(term["name"]) if term else value))
    return chosen
