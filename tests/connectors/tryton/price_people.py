"""What the ERP's own people do about prices: lists, who buys by which, a sale typed in."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from typing import Any

from panstore.testing.suites import ListLine
from tests.connectors.tryton.office import Office

__all__ = ["PricePeople"]

_LIST = "product.price_list"
_FAILING = "list_price / (list_price - list_price)"


class PricePeople:
    """Sales managers; everything is named by Tryton's ids."""

    def __init__(self, office: Office) -> None:
        self._office = office

    def add_list(self, lines: Sequence[ListLine]) -> int:
        """A list of the company whose quantities are in stock units."""
        return self._office.create(
            _LIST,
            name="Conformance",
            company=self._office.facts["company"],
            price="list_price",
            unit="product_default",
            lines=[["create", self._lines(lines)]],
        )

    def change_list(self, price_list: int, lines: Sequence[ListLine]) -> None:
        """Other lines for all that it has."""
        (found,) = self._office.read(_LIST, [price_list], "lines")
        changes = [["delete", found["lines"]], ["create", self._lines(lines)]]
        self._office.write(_LIST, price_list, lines=changes)

    def agree(self, party: int, price_list: int | None) -> None:
        """The party's own list."""
        self._office.write("party.party", party, sale_price_list=price_list)

    def set_default_list(self, price_list: int | None) -> int | None:
        """For parties without one; what it was before."""
        (before,) = self._office.read("sale.configuration", [1], "sale_price_list")
        self._office.write("sale.configuration", 1, sale_price_list=price_list)
        found: int | None = before["sale_price_list"]
        return found

    def add_category(self, name: str, products: Sequence[int]) -> int:
        """A category with the templates of these products."""
        category = self._office.create("product.category", name=name)
        for row in self._office.read("product.product", list(products), "template"):
            self._office.write(
                "product.template", row["template"], categories=[["add", [category]]]
            )
        return category

    def sell_by_dozen(self, product: int) -> None:
        """Before anything was done with it: sold by twelve, stocked by one."""
        office = self._office
        (unit,) = office.find("product.uom", ["name", "=", "Unit"])
        (category,) = office.read("product.uom", [unit], "category")
        dozen = office.create(
            "product.uom",
            name="Dozen",
            symbol="dz",
            category=category["category"],
            factor=12.0,
            rate=round(1 / 12, 12),
        )
        (found,) = office.read("product.product", [product], "template")
        office.write("product.template", found["template"], sale_uom=dozen)

    def set_cost(self, product: int, cost: Decimal) -> None:
        """Net, per stock unit."""
        self._office.write("product.product", product, cost_price=cost)

    def sale_prices(
        self, party: int, wanted: Sequence[tuple[int, Decimal]]
    ) -> list[Decimal | None]:
        """What the client of Tryton fills in, as somebody types a sale; per stock unit."""
        office = self._office
        company = office.facts["company"]
        given = {"company": company, "party": party}
        filled = office.call("model.sale.sale.on_change", given, ["party"])
        sale = office.create(
            "sale.sale",
            party=party,
            invoice_address=filled["invoice_address"],
            shipment_address=filled["shipment_address"],
            price_list=filled.get("price_list"),
        )
        return [self._line_price(sale, product, quantity) for product, quantity in wanted]

    def _line_price(self, sale: int, product: int, quantity: Decimal) -> Decimal | None:
        (stocked,) = self._office.read("product.product", [product], "default_uom")
        line = {
            "type": "line",
            "sale": sale,
            "company": self._office.facts["company"],
            "product": product,
            "unit": stocked["default_uom"],
            # Tryton's quantities are floats.
            "quantity": float(quantity),
        }
        filled = self._office.call("model.sale.line.on_change", line, ["product"])
        price: Decimal | None = filled.get("unit_price")
        return price

    def _lines(self, lines: Sequence[ListLine]) -> list[dict[str, Any]]:
        return [
            {
                "sequence": number,
                "formula": _FAILING if line.amount is None else str(line.amount),
                "quantity": float(line.least),
                "start_date": line.starts,
                "end_date": line.ends,
                **self._goods(line),
            }
            for number, line in enumerate(lines)
        ]

    def _goods(self, line: ListLine) -> dict[str, int]:
        """Ids of categories are told from those of products by a prefix."""
        if line.goods is None:
            return {}
        kind, _, number = line.goods.rpartition(":")
        return {kind or "product": int(number)}
