"""A simulated shop that holds what the recorded one held at the start (recordings' INDEX)."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterator
from typing import Any

from tests.connectors.woocommerce.simulator import terms
from tests.connectors.woocommerce.simulator.attributes import add_attribute
from tests.connectors.woocommerce.simulator.customers import add_customer
from tests.connectors.woocommerce.simulator.product_store import Goods
from tests.connectors.woocommerce.simulator.seeds import add_uncategorized, keep_all
from tests.connectors.woocommerce.simulator.shop import SimWoo
from tests.connectors.woocommerce.simulator.taxes import add_rate

__all__ = ["recorded_shop"]

_MADE = dt.datetime(2026, 11, 24, 2, 39, 48)  # noqa: DTZ001 - UTC, as the database keeps it
_FIRST = 13
_VARIABLE = 851


def recorded_shop(clock: Callable[[], dt.datetime]) -> SimWoo:
    """EUR, base DE, taxes of 19 and 7 %, prices without tax, Europe/Berlin; keys of the replay.

    It holds the simple products 13 to 512 (ART-0000 to ART-0499), the variable product 851 with
    its variations 852 to 855, and the attribute Size.
    """
    shop = SimWoo(clock=clock)
    for name, permissions in (("ck_replay", "rw"), ("ck_reader", "r")):
        shop.add_key(name, "cs_replay", permissions)
    shop.add_key("(removed)", "(removed)")
    with shop.locked():
        _fill(shop)
    return shop


def _fill(shop: SimWoo) -> None:
    add_rate(shop, "DE", "19", order=1)
    add_rate(shop, "DE", "7", tax_class="reduced-rate", order=2)
    _people(shop)
    add_uncategorized(shop)
    add_attribute(shop, {"name": "Size"})
    sizes = [terms.add_term(shop, "pa_size", {"name": name})["id"] for name in ("S", "M")]
    shop.jump("post", _FIRST)
    keep_all(shop, _simple())
    shop.jump("post", _VARIABLE)
    moment = "2026-11-24T03:36:14"
    parent = Goods(
        type="variable",
        name="Var shirt",
        slug="var-shirt",
        sku="VAR-1",
        created=moment,
        modified=moment,
        data={
            "categories": [terms.UNCATEGORIZED],
            "attributes": [
                _attribute(0, "Color", "Color", options=["Red", "Blue"]),
                _attribute(1, "Size", "pa_size", options=["S", "M"], terms=sizes),
            ],
        },
    )
    keep_all(shop, [parent])
    shop.db.executemany(
        "INSERT INTO product_term VALUES (?, ?)", [(each, parent.id) for each in sizes]
    )
    keep_all(shop, _variations(parent))


def _people(shop: SimWoo) -> None:
    """Who runs the shop, and ann; their dates are those of the recording."""
    add_customer(shop, {"email": "admin@shop.example"}, role="administrator")
    shop.foresee("user_meta", [52])
    address = {
        "first_name": "Ann",
        "last_name": "Lee",
        "company": "Lee GmbH",
        "address_1": "Str 1",
        "city": "Berlin",
        "postcode": "10115",
        "country": "DE",
        "phone": "+4930123",
    }
    ann = {
        "email": "ann@shop.example",
        "first_name": "Ann",
        "last_name": "Lee",
        "password": "x",
        "billing": address | {"email": "ann@shop.example"},
        "shipping": address,
        "meta_data": [{"key": "erp_customer", "value": "C1"}],
    }
    add_customer(shop, ann, created="2026-11-24T02:44:10", modified="2026-11-24T03:35:55")
    shop.jump("user", 4)


def _attribute(number: int, name: str, slug: str, **more: list[Any]) -> dict[str, Any]:
    kept: dict[str, Any] = {"id": number, "name": name, "slug": slug, "position": 0}
    return kept | {"visible": True, "variation": True} | more


def _simple() -> Iterator[Goods]:
    for number in range(500):
        moment = _MADE + dt.timedelta(seconds=(number + 4) // 5)
        yield Goods(
            name=f"Sample product {number:04d}",
            slug=f"sample-product-{number:04d}",
            sku=f"ART-{number:04d}",
            created=moment.isoformat(),
            modified="2026-11-24T03:36:02",
            data={
                "regular_price": f"{10 + number // 100}.{number % 100:02d}",
                "manage_stock": True,
                "stock_quantity": 100,
                "categories": [terms.UNCATEGORIZED],
                # Sold before the recording began (21-batch-unvalidated, exchange 0).
                "total_sales": 3 if number == 10 else 0,
            },
        )


def _variations(parent: Goods) -> Iterator[Goods]:
    for ending, color, size in (
        ("RS", "Red", "s"),
        ("RM", "Red", "m"),
        ("BS", "Blue", "s"),
        ("BM", "Blue", "m"),
    ):
        name = f"{color}, {size.upper()}"
        yield Goods(
            parent=parent.id,
            type="variation",
            name=name,
            slug=f"var-shirt-{color.lower()}-{size}",
            sku=f"VAR-1-{ending}",
            created=parent.created,
            modified=parent.modified,
            data={
                "regular_price": "19.90",
                "manage_stock": True,
                "stock_quantity": 7,
                "tax_class": "parent",
                "attributes": {"color": color, "pa_size": size},
            },
        )
