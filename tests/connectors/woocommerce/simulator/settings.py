"""Settings of the shop: `/settings/{group}` and `/settings/{group}/{id}`."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from tests.connectors.woocommerce.simulator.answers import invalid, item, links, refused, trimmed
from tests.connectors.woocommerce.simulator.router import EDIT, WooAnswer, WooRequest, route
from tests.connectors.woocommerce.simulator.shop import SimWoo

__all__ = ["Setting"]


@dataclass(frozen=True)
class Setting:
    """One setting and where the shop keeps it.

    Attributes:
        group: Of settings.
        name: Its id.
        label: As the shop shows it.
        kind: WooCommerce's word for the field.
        default: Of a new shop.
        value: Reads it.
        keep: Changes it; None where the simulator knows one value only.
        description: As the shop shows it.
        tip: As the shop shows it; None where there is none.
        options: The choices; of the long lists only the first three.
    """

    group: str
    name: str
    label: str
    kind: str
    default: str
    value: Callable[[SimWoo], str]
    keep: Callable[[SimWoo, str], None] | None = None
    description: str = ""
    tip: str | None = None
    options: dict[str, str] | None = None


_SHOWN = 3
"""Of how many choices a long list shows here."""


def _yes(*, on: bool) -> str:
    return "yes" if on else "no"


def _set(name: str, change: Callable[[str], Any]) -> Callable[[SimWoo, str], None]:
    return lambda shop, value: setattr(shop, name, change(value))


_CURRENCY = (
    "This controls what currency prices are listed at in the catalog and which currency gateways "
    "will take payments in."
)
_COUNTRY = "The country and state or province, if any, in which your business is located."
_DECIMALS = "This sets the number of decimal points shown in displayed prices."
_SHIPPING_CLASS = (
    "Optionally control which tax class shipping gets, or leave it so shipping tax is based on "
    "the cart items themselves."
)

_ALL = (
    Setting(
        "general",
        "woocommerce_default_country",
        "Country / State",
        "select",
        "US:CA",
        lambda shop: shop.country,
        _set("country", str),
        _COUNTRY,
        _COUNTRY,
        {"AF": "Afghanistan", "AX": "\u00c5land Islands", "AL:AL-01": "Albania - Berat"},
    ),
    Setting(
        "general",
        "woocommerce_calc_taxes",
        "Enable taxes",
        "checkbox",
        "no",
        lambda shop: _yes(on=shop.calc_taxes),
        _set("calc_taxes", lambda value: value == "yes"),
        "Enable tax rates and calculations",
        "Rates will be configurable and taxes will be calculated during checkout.",
    ),
    Setting(
        "general",
        "woocommerce_currency",
        "Currency",
        "select",
        "USD",
        lambda shop: shop.currency,
        _set("currency", str),
        _CURRENCY,
        _CURRENCY,
        {
            "AED": "United Arab Emirates dirham (&#x62f;.&#x625;) \u2014 AED",
            "AFN": "Afghan afghani (&#x60b;) \u2014 AFN",
            "ALL": "Albanian lek (L) \u2014 ALL",
        },
    ),
    Setting(
        "general",
        "woocommerce_price_num_decimals",
        "Number of decimals",
        "number",
        "2",
        lambda shop: str(shop.decimals),
        _set("decimals", int),
        _DECIMALS,
        _DECIMALS,
    ),
    Setting(
        "general",
        "woocommerce_price_decimal_sep",
        "Decimal separator",
        "text",
        ".",
        lambda shop: shop.decimal_separator,
        _set("decimal_separator", str),
        "This sets the decimal separator of displayed prices.",
        "This sets the decimal separator of displayed prices.",
    ),
    Setting(
        "products",
        "woocommerce_manage_stock",
        "Manage stock",
        "checkbox",
        "yes",
        lambda shop: _yes(on=shop.manage_stock),
        _set("manage_stock", lambda value: value == "yes"),
        "Enable stock management",
    ),
    Setting(
        "products",
        "woocommerce_weight_unit",
        "Weight unit",
        "select",
        "kg",
        lambda shop: shop.weight_unit,
        _set("weight_unit", str),
        "This controls what unit you will define weights in.",
        options={"kg": "kg", "g": "g", "lbs": "lbs", "oz": "oz"},
    ),
    Setting(
        "tax",
        "woocommerce_prices_include_tax",
        "Prices entered with tax",
        "radio",
        "no",
        lambda shop: _yes(on=shop.prices_include_tax),
        _set("prices_include_tax", lambda value: value == "yes"),
        tip=(
            'This option is important as it will affect how you input prices. If you select "Yes", '
            "enter prices including your base location's tax rate, the baseline for tax "
            "calculations. Changing this option will not update existing products."
        ),
        options={
            "yes": "Yes, I will enter prices inclusive of tax",
            "no": "No, I will enter prices exclusive of tax",
        },
    ),
    Setting(
        "tax",
        "woocommerce_tax_based_on",
        "Calculate tax based on",
        "select",
        "shipping",
        lambda _: "shipping",
        tip="This option determines which address is used to calculate tax.",
        options={
            "shipping": "Customer shipping address",
            "billing": "Customer billing address",
            "base": "Shop base address",
        },
    ),
    Setting(
        "tax",
        "woocommerce_shipping_tax_class",
        "Shipping tax class",
        "select",
        "inherit",
        lambda _: "inherit",
        description=_SHIPPING_CLASS,
        tip=_SHIPPING_CLASS,
        options={
            "inherit": "Shipping tax class based on cart items",
            "": "Standard",
            "reduced-rate": "Reduced rate",
        },
    ),
    Setting(
        "tax",
        "woocommerce_tax_round_at_subtotal",
        "Rounding",
        "checkbox",
        "no",
        lambda shop: _yes(on=shop.tax_round_at_subtotal),
        _set("tax_round_at_subtotal", lambda value: value == "yes"),
        "Round tax at subtotal level, instead of rounding per line",
    ),
    Setting(
        "tax",
        "woocommerce_tax_classes",
        "Additional tax classes",
        "textarea",
        "",
        lambda _: "",
        tip=(
            "List additional tax classes you need below (1 per line, e.g. Reduced Rates). These "
            'are in addition to "Standard rate" which exists by default.'
        ),
    ),
    Setting(
        "tax",
        "woocommerce_tax_display_shop",
        "Display prices in the shop",
        "select",
        "excl",
        lambda _: "excl",
        options={"incl": "Including tax", "excl": "Excluding tax"},
    ),
    Setting(
        "tax",
        "woocommerce_tax_display_cart",
        "Display prices during cart and checkout",
        "select",
        "excl",
        lambda _: "excl",
        options={"incl": "Including tax", "excl": "Excluding tax"},
    ),
    Setting(
        "tax",
        "woocommerce_price_display_suffix",
        "Price display suffix",
        "text",
        "",
        lambda _: "",
        tip=(
            'Define text to show after your product prices. This could be, for example, "inc. '
            'Vat" to explain your pricing. You can also have prices substituted here using one '
            "of the following: {price_including_tax}, {price_excluding_tax}."
        ),
    ),
    Setting(
        "tax",
        "woocommerce_tax_total_display",
        "Display tax totals",
        "select",
        "itemized",
        lambda _: "itemized",
        options={"single": "As a single total", "itemized": "Itemized"},
    ),
)


def _body(shop: SimWoo, request: WooRequest, setting: Setting) -> dict[str, Any]:
    body: dict[str, Any] = {
        "id": setting.name,
        "label": setting.label,
        "description": setting.description,
        "type": setting.kind,
        "default": setting.default,
        "value": setting.value(shop),
    }
    if setting.tip is not None:
        body["tip"] = setting.tip
    if setting.options is not None:
        body["options"] = setting.options
    group = f"/settings/{setting.group}"
    return body | {"_links": links(request, f"{group}/{setting.name}", group)}


@route("GET", r"/settings/(?P<group>[\w-]+)")
def group(shop: SimWoo, request: WooRequest) -> WooAnswer:
    """Every setting of a group."""
    found = [each for each in _ALL if each.group == request.captured["group"]]
    if not found:
        raise refused("rest_setting_setting_group_invalid", "Invalid setting group.", 404)
    return WooAnswer(200, trimmed(request, [_body(shop, request, each) for each in found]))


def _one(request: WooRequest) -> Setting:
    for each in _ALL:
        if (each.group, each.name) == (request.captured["group"], request.captured["id"]):
            return each
    raise refused("rest_setting_setting_invalid", "Invalid setting.", 404)


@route("GET", r"/settings/(?P<group>[\w-]+)/(?P<id>[\w-]+)")
def read(shop: SimWoo, request: WooRequest) -> WooAnswer:
    """One setting."""
    setting = _one(request)
    return item(request, _body(shop, request, setting) | {"group_id": setting.group})


@route(EDIT, r"/settings/(?P<group>[\w-]+)/(?P<id>[\w-]+)")
def change(shop: SimWoo, request: WooRequest) -> WooAnswer:
    """Change one setting; those that the simulator knows one value of refuse any other."""
    setting = _one(request)
    value = request.fields().get("value")
    if isinstance(value, str) and value != setting.value(shop):
        known = (
            setting.options is None or len(setting.options) == _SHOWN or value in setting.options
        )
        if setting.keep is None or not known:
            raise invalid({"value": ("rest_setting_value_invalid", "An invalid value.", None)})
        setting.keep(shop, value)
    return read(shop, request)
