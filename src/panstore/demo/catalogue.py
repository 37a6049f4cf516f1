"""What the demo's shop sells and to whom: one deterministic, believable Slovene shop.

The goods themselves are in `catalogue.toml` beside this file. Standard library only and no
import of the package, because three environments load this file:
PanStore's own, the ERP's and the shop's (the last two by its path). Each builds its records
from the same values, so a SKU, an EAN, a price or a stock figure never differs by accident.

Prices are net, in `CURRENCY`, with two decimals, and chosen so that the gross price of one
piece is exactly a shelf price that ends in 0 or 5 cents.
"""

import tomllib
from collections.abc import Iterator
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal
from functools import cache
from pathlib import Path
from typing import Any

CURRENCY = "EUR"
WAREHOUSES = (("LJ", "Ljubljana"), ("MB", "Maribor"))
"""Code and name; the demo's shop sells from the first one only."""
VAT_RATES = {"22": Decimal("0.22"), "9.5": Decimal("0.095")}
_DATA: dict[str, Any] = tomllib.loads(
    Path(__file__).with_suffix(".toml").read_text(encoding="utf-8")
)
CONTRACT_LIST: str = _DATA["contract"]["name"]
CONTRACT_DISCOUNT_PERCENT = Decimal(_DATA["contract"]["discount_percent"])
"""Off the list price of everything that has no price of its own in the contract list."""
CONTRACT_FIXED_PRICES = {sku: Decimal(price) for sku, price in _DATA["contract"]["fixed"].items()}
"""Net price per piece by SKU, instead of the discount."""
CONTRACT_BREAKS = {
    sku: (int(pieces), Decimal(price))
    for sku, (pieces, price) in _DATA["contract"]["breaks"].items()
}
"""By SKU: from how many pieces on, and the net price per piece then."""
CONTRACT_YEAR = {sku: Decimal(price) for sku, price in _DATA["contract"]["year"].items()}
"""Net price per piece by SKU for the year around the day on which the demo is built."""
CONTRACT_CATEGORIES = {
    path: Decimal(percent) for path, percent in _DATA["contract"]["categories"].items()
}
"""Discount in per cent by category, instead of the usual one."""

_CENT = Decimal("0.01")
_EAN_START = 383_004_100_000  # twelve digits; 383 is the Slovene prefix, the company is made up
_SCARCE = {43: 1, 58: 2, 77: 3, 104: 1, 139: 2, 171: 3}  # position -> pieces in each warehouse
_SOLD_OUT = (49, 90, 126, 160)
_ALWAYS_STOCKED = 40  # the first so many variants can be bought in any number a test may want


@dataclass(frozen=True)
class DemoVariant:
    """One thing that can be sold; shop and ERP know it by `sku`.

    Attributes:
        sku: unique, ASCII, starts with its product's code.
        ean: valid EAN-13.
        option: what tells it from its sisters ("250 g"), empty where there is only one.
        list_price: net price per piece in `CURRENCY`, > 0, two decimals.
        stock: pieces on hand by warehouse code, each warehouse present, 0 to 200.
        weight_g: shipping weight in grams.
    """

    sku: str
    ean: str
    option: str
    list_price: Decimal
    stock: dict[str, int]
    weight_g: int


@dataclass(frozen=True)
class DemoProduct:
    """A product page of the shop, a product template of the ERP, with one or more variants.

    Attributes:
        code: prefix shared by the SKUs of its variants.
        slug: ASCII, unique, fit for a web address.
        name: what the buyer reads, in Slovene.
        category: path from the root, parts joined by " > ".
        description: one or two plain sentences.
        vat: key of `VAT_RATES`, "22" or "9.5" (food and drink).
        unit: "piece" for everything the demo sells.
        variants: at least one.
    """

    code: str
    slug: str
    name: str
    category: str
    description: str
    vat: str
    unit: str
    variants: tuple[DemoVariant, ...]


@dataclass(frozen=True)
class DemoCustomer:
    """A buyer who has a login in the shop and is a party in the ERP.

    Attributes:
        name: person or company.
        email: login in the shop, address of the documents.
        password: of the shop login.
        company: a company, as opposed to a consumer.
        vat_id: valid Slovene VAT id with its prefix, or None.
        street: street and house number.
        postcode: four digits.
        city: town.
        country: ISO 3166 code.
        phone: E.164.
        contract: buys at `CONTRACT_LIST`.
    """

    name: str
    email: str
    password: str
    company: bool
    vat_id: str | None
    street: str
    postcode: str
    city: str
    country: str
    phone: str
    contract: bool


@cache
def products() -> tuple[DemoProduct, ...]:
    """All products in a fixed order; about 120 of them with about 200 variants."""
    found: list[DemoProduct] = []
    position = 0
    for goods in _DATA["ranges"]:
        options = _DATA["options"][goods["options"]]
        for number, (name, base) in enumerate(goods["products"], start=101):
            code = f"{goods['prefix']}-{number}"
            made = tuple(
                _variant(code, option, Decimal(base), goods["vat"], place)
                for place, option in enumerate(options, start=position)
            )
            position += len(made)
            found.append(
                DemoProduct(
                    code=code,
                    slug=_slug(name),
                    name=name,
                    category=goods["category"],
                    description=goods["description"].format(name),
                    vat=goods["vat"],
                    unit="piece",
                    variants=made,
                )
            )
    return tuple(found)


def variants() -> Iterator[tuple[DemoProduct, DemoVariant]]:
    """Every variant with its product, in the order of `products`."""
    for product in products():
        for variant in product.variants:
            yield product, variant


def contract_price(variant: DemoVariant, pieces: int = 1) -> Decimal:
    """Net price of one piece in `CONTRACT_LIST` if so many are bought, to the cent."""
    least, price = CONTRACT_BREAKS.get(variant.sku, (0, None))
    if price is not None and pieces >= least:
        return price
    fixed = CONTRACT_YEAR.get(variant.sku) or CONTRACT_FIXED_PRICES.get(variant.sku)
    if fixed is not None:
        return fixed
    share = 1 - contract_discount(variant) / 100
    return (variant.list_price * share).quantize(_CENT, ROUND_HALF_UP)


def contract_discount(variant: DemoVariant) -> Decimal:
    """Per cent off the list price of what has no price of its own in `CONTRACT_LIST`."""
    category = next(product.category for product, one in variants() if one.sku == variant.sku)
    return CONTRACT_CATEGORIES.get(category, CONTRACT_DISCOUNT_PERCENT)


@cache
def customers() -> tuple[DemoCustomer, ...]:
    """The buyers with a login: three consumers, three companies, two of them with a contract."""
    return tuple(DemoCustomer(**{"vat_id": None, **row}) for row in _DATA["customers"])


def _variant(
    code: str, option: tuple[str, str, int, str], base: Decimal, vat: str, position: int
) -> DemoVariant:
    """The variant of product `code` at `position` of all variants, from its row of options."""
    text, suffix, weight_g, share = option
    return DemoVariant(
        sku=code + suffix,
        ean=_ean(position),
        option=text,
        list_price=_shelf_net(base * Decimal(share), VAT_RATES[vat]),
        stock=_stock(position),
        weight_g=weight_g,
    )


def _shelf_net(gross: Decimal, rate: Decimal) -> Decimal:
    """Net price whose gross is exactly the shelf price nearest to `gross` that net cents reach.

    With a rate above zero not every gross cent has a net cent, so neighbours are tried.
    """
    nearest = (gross / 5).quantize(_CENT, ROUND_HALF_UP) * 5
    for steps in (0, -1, 1, -2, 2, -3, 3, -4, 4):
        shelf = nearest + 5 * _CENT * steps
        net = (shelf / (1 + rate)).quantize(_CENT, ROUND_HALF_UP)
        if net > 0 and (net * (1 + rate)).quantize(_CENT, ROUND_HALF_UP) == shelf:
            return net
    message = f"no shelf price near {gross} can be reached with whole net cents at {rate}"
    raise ValueError(message)


def _stock(position: int) -> dict[str, int]:
    """Pieces by warehouse: mixed but fixed figures, a few scarce, a few sold out."""
    if position in _SOLD_OUT:
        return {code: 0 for code, _ in WAREHOUSES}
    if position in _SCARCE:
        return {code: _SCARCE[position] for code, _ in WAREHOUSES}
    floor = 60 if position < _ALWAYS_STOCKED else 8
    return {
        code: floor + (position * 37 + place * 71 + 13) % (201 - floor)
        for place, (code, _) in enumerate(WAREHOUSES)
    }


def _ean(position: int) -> str:
    """EAN-13: twelve digits and the GS1 check digit (weights 1 and 3 from the left)."""
    body = str(_EAN_START + position)
    total = sum(int(digit) * (3 if place % 2 else 1) for place, digit in enumerate(body))
    return f"{body}{-total % 10}"


def _slug(name: str) -> str:
    """ASCII words joined by hyphens."""
    plain = name.lower().translate(str.maketrans("čšžúćđ", "cszucd"))
    kept = "".join(letter if letter.isascii() and letter.isalnum() else " " for letter in plain)
    return "-".join(kept.split())
