"""A product made or changed in one system only; the other has it by itself."""

from __future__ import annotations

from decimal import Decimal
from html.parser import HTMLParser
from typing import Any

import pytest

from tests.companions.oscar.staff import Staff
from tests.companions.tryton.client import RefusedError
from tests.e2e.demo import Demo, eventually

pytestmark = [pytest.mark.real, pytest.mark.timeout(600)]


def _page(demo: Demo, shop_id: int) -> dict[str, Any]:
    """The page a product of the shop is on, as the companion tells it."""
    found: dict[str, Any] = demo.shop.get(f"/panstore/v1/products/pages?ids={shop_id}")["products"][
        0
    ]
    return found


def _template(demo: Demo, erp_id: int) -> int:
    template: int = demo.erp.read("product.product", erp_id, "template")["template"]
    return template


def _find(demo: Demo, sku: str) -> list[dict[str, Any]]:
    """Products of the shop with that code, hidden ones included."""
    found: list[dict[str, Any]] = []
    after: int | None = 0
    while after is not None:
        page = demo.shop.get(f"/panstore/v1/products?after={after}&limit=500")
        found += [product for product in page["products"] if product["sku"] == sku]
        after = page["next"]
    return found


def _single(demo: Demo) -> dict[str, Any]:
    """An article of the demo that is a page of its own in the shop."""
    return next(
        entry
        for entry in demo.facts["skus"]
        if demo.shop.product(entry["shop_id"])["structure"] == "standalone"
    )


def _several(demo: Demo) -> dict[str, Any]:
    """An article of the demo that is one of several on its page."""
    return next(
        entry
        for entry in demo.facts["skus"]
        if demo.shop.product(entry["shop_id"])["structure"] == "child"
    )


def test_a_name_changed_in_the_erp_is_the_shops(demo: Demo) -> None:
    entry = _several(demo)
    template = _template(demo, entry["erp_id"])
    demo.erp.call("product.template.write", [template], {"name": "Kava & čaj <domača>"})
    page = eventually(
        lambda: _page(demo, entry["shop_id"]), lambda p: p["title"] == "Kava & čaj <domača>"
    )
    assert page["title"] == "Kava & čaj <domača>"
    shown = demo.shop.product(entry["shop_id"])["title"]
    assert shown.startswith("Kava & čaj <domača>, ")


def test_a_name_changed_in_the_shop_is_the_erps(demo: Demo) -> None:
    entry = _single(demo)
    page = _page(demo, entry["shop_id"])
    shop = demo.facts["shop"]
    staff = Staff(shop["url"], shop["admin"]["user"], shop["admin"]["password"])
    _edit(staff, page, title="Preimenovano v trgovini")
    template = _template(demo, entry["erp_id"])
    name = eventually(
        lambda: demo.erp.read("product.template", template, "name")["name"],
        lambda found: found == "Preimenovano v trgovini",
    )
    assert name == "Preimenovano v trgovini"
    assert demo.shop.product(entry["shop_id"])["is_public"]


def test_a_product_made_in_the_erp_is_sold_by_the_shop(demo: Demo) -> None:
    erp = demo.erp
    like = erp.read(
        "product.template",
        _template(demo, demo.facts["skus"][0]["erp_id"]),
        *("account_category", "default_uom", "sale_uom", "categories"),
    )
    template = erp.create(
        "product.template",
        name="Novi čajnik",
        code="NOV-1",
        type="goods",
        default_uom=like["default_uom"],
        salable=True,
        sale_uom=like["sale_uom"],
        list_price=Decimal("12.3000"),
        account_category=like["account_category"],
        categories=[["add", list(like["categories"])]],
        products=[["create", [{"suffix_code": "A"}, {"suffix_code": "B"}]]],
    )
    assert template
    found = eventually(lambda: _find(demo, "NOV-1A"), bool)
    assert len(found) == 1
    assert found[0]["is_public"]
    price = eventually(lambda: _find(demo, "NOV-1A")[0]["price"], bool)
    assert Decimal(price) == Decimal("12.30")
    [sister] = _find(demo, "NOV-1B")
    assert sister["parent_id"] == found[0]["parent_id"]
    assert [one for one in demo.console("parked")["parked"] if one["module"] == "S3"] == []


def test_what_is_archived_in_the_erp_is_not_sold_any_more_and_comes_back(demo: Demo) -> None:
    entry = demo.facts["skus"][-1]
    template = _template(demo, entry["erp_id"])

    def shown() -> bool:
        return bool(demo.shop.product(entry["shop_id"])["is_public"])

    assert shown()
    _archive(demo, template)
    assert not eventually(shown, lambda public: not public)
    demo.erp.call("product.template.write", [template], {"active": True})
    assert eventually(shown, bool)


def _archive(demo: Demo, template: int) -> None:
    """Somebody archives a product and says yes where the ERP warns that there is stock of it."""
    erp = demo.erp
    write = ("product.template.write", [template], {"active": False})
    with pytest.raises(RefusedError, match="deactivate_product_with_stock") as warned:
        erp.call(*write)
    [user] = erp.call("res.user.search", [["login", "=", demo.facts["erp"]["user"]]], 0, 1, None)
    erp.create("res.user.warning", user=user, name=warned.value.text, always=False)
    erp.call(*write)


def _edit(staff: Staff, page: dict[str, Any], **changes: str) -> None:
    """Change fields of a product in the shop's back office."""
    path = f"/dashboard/catalogue/products/{page['id']}/"
    staff.send(path, _form(staff.page(path)) | changes | {"action": "save"})


def _form(text: str) -> dict[str, str | list[str]]:
    """What a browser would send of a page's form unchanged, but for files."""
    reader = _Form()
    reader.feed(text)
    return reader.fields


class _Form(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.fields: dict[str, str | list[str]] = {}
        self._area: str | None = None
        self._select = ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = dict(attrs)
        name, value = given.get("name") or "", given.get("value") or ""
        if tag == "input" and name and _is_sent(given):
            # A ticked box without a value is sent as "on"; an empty one would hide the product.
            ticked = given.get("type") == "checkbox" and "value" not in given
            self.fields[name] = "on" if ticked else value
        elif tag == "textarea" and name:
            self._area, self.fields[name] = name, ""
        elif tag == "select":
            self._select = name
        elif tag == "option" and self._select and "selected" in given:
            self.fields[self._select] = value

    def handle_data(self, data: str) -> None:
        if self._area is not None:
            self.fields[self._area] = f"{self.fields[self._area]}{data}".removeprefix("\n")

    def handle_endtag(self, tag: str) -> None:
        if tag == "textarea":
            self._area = None
        elif tag == "select":
            self._select = ""


def _is_sent(given: dict[str, str | None]) -> bool:
    """Whether a browser sends this input; a box only where it is ticked."""
    kind = given.get("type")
    if kind in {"checkbox", "radio"}:
        return "checked" in given
    return kind not in {"file", "submit"}
