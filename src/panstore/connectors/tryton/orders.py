"""Tryton's part in an order's life: booked, reserved, invoiced, cancelled.

Every answer is the whole sale as it stands after the call.
"""

from __future__ import annotations

from collections.abc import Sequence

from panstore.connectors.tryton.calls import GATEWAY, READ_BATCH, TrytonCalls
from panstore.connectors.tryton.map.goods import taxes_by_rate
from panstore.connectors.tryton.map.orders import (
    criteria,
    found_customer,
    line_taxes,
    order_values,
    product_values,
)
from panstore.connectors.tryton.map.rows import external, number_of, row, rows
from panstore.connectors.tryton.map.sales import booked_order
from panstore.connectors.tryton.wire import CreatedRow, PartyRow, ReservationsRow, SaleRow
from panstore.model.customer import FoundCustomer, MatchCriterion
from panstore.model.ids import ExternalId, OrderKey
from panstore.model.invoice import CreditRequest, InvoiceRequest
from panstore.model.quantity import plain
from panstore.model.sale import BookedLine, BookedOrder, ErpOrder
from panstore.sdk.errors import MappingError, RejectedError
from panstore.sdk.order_roles import ReservationPage
from panstore.sdk.roles import NewProduct

__all__ = ["TrytonOrders"]


class TrytonOrders(TrytonCalls):
    """CreateOrders, CreateProducts, CancelOrders, ReserveGoods, IssueInvoices."""

    async def find_customers(self, criterion: MatchCriterion) -> Sequence[FoundCustomer]:
        answer = await self._client.call(
            f"find a party by {criterion.by}",
            f"{GATEWAY}.find_parties",
            criteria(criterion),
        )
        parties = rows(answer, PartyRow, "party", "id")
        return [found_customer(party) for party in parties]

    async def create_order(self, order: ErpOrder) -> BookedOrder:
        operation = f"create order {order.key}"
        taxes = await self._line_taxes(operation, order.lines)
        try:
            values = order_values(order, taxes, self._settings, self._web_shop)
        except MappingError as error:
            raise RejectedError(
                self._id, operation, f"{error}; nothing was sent", code="illegal_id"
            ) from None
        return await self._sale(operation, "import_order", values)

    async def booked_orders(self, keys: Sequence[OrderKey]) -> Sequence[BookedOrder]:
        found: list[BookedOrder] = []
        for start in range(0, len(keys), READ_BATCH):
            part = list(keys[start : start + READ_BATCH])
            answer = await self._client.call(
                f"look at {_named(part)}", f"{GATEWAY}.booked_orders", part
            )
            sales = rows(answer, SaleRow, "sale", "key")
            found += [booked_order(sale, self._zone) for sale in sales]
        return found

    async def cancel_order(self, key: OrderKey) -> BookedOrder:
        return await self._sale(f"cancel order {key}", "cancel_order", key)

    async def reserve(self, key: OrderKey, *, whole: bool) -> BookedOrder:
        return await self._sale(f"reserve goods of order {key}", "reserve", key, whole)

    async def release(self, key: OrderKey) -> BookedOrder:
        return await self._sale(f"give back goods of order {key}", "release", key)

    async def reservations(self, after: str | None, limit: int) -> ReservationPage:
        operation = f"reservations after {after}"
        answer = await self._client.call(
            operation, f"{GATEWAY}.reservations", int(after or 0), limit
        )
        page = row(answer, ReservationsRow, operation)
        more = None if page.after is None else str(page.after)
        return ReservationPage(tuple(map(OrderKey, page.keys)), more)

    async def issue_invoice(self, request: InvoiceRequest) -> BookedOrder:
        rounding = self._settings.rounding_product
        return await self._sale(
            f"issue invoice {request.key}",
            "issue_invoice",
            request.sale,
            request.key,
            request.scope,
            request.date,
            None if rounding is None else number_of(rounding),
        )

    async def credit_invoice(self, request: CreditRequest) -> BookedOrder:
        operation = f"credit invoice {request.invoice} ({request.key})"
        number = number_of(request.invoice)
        if number is None:
            raise RejectedError(
                self._id,
                operation,
                f"{request.invoice!r} is no id of Tryton's; nothing was sent",
                code="illegal_id",
            )
        return await self._sale(
            operation, "credit_invoice", request.sale, number, request.key, request.date
        )

    async def create_product(self, product: NewProduct) -> ExternalId:
        operation = f"create product {product.sku} ({product.key})"
        values = product_values(product)
        created = await self._write(operation, "create_product", CreatedRow, values)
        return external(created.product)

    async def _sale(self, operation: str, method: str, *params: object) -> BookedOrder:
        return booked_order(await self._write(operation, method, SaleRow, *params), self._zone)

    async def _line_taxes(self, operation: str, lines: Sequence[BookedLine]) -> list[list[int]]:
        chosen = self._settings.taxes
        taxes = line_taxes(lines, self._taxes, {}, chosen)
        if None in taxes:
            await self._read_taxes()
            products = await self._products_of(line.product for line in lines if line.product)
            own = {external(one.id): taxes_by_rate(one.taxes) for one in products}
            taxes = line_taxes(lines, self._taxes, own, chosen)
        for line, found in zip(lines, taxes, strict=True):
            if found is None:
                rate = plain(line.rate)
                several = len(self._taxes.get(rate, ())) > 1
                raise RejectedError(
                    self._id,
                    operation,
                    f"line {line.description!r}: the company has "
                    f"{'several sales taxes' if several else 'no sales tax'} of {rate} %; nothing "
                    "was sent. Name the tax under `taxes` of this connection, or create it in "
                    "Tryton and put it on an accounting category of products",
                    code="ambiguous_tax" if several else "unknown_tax",
                    field="taxes",
                )
        return [found for found in taxes if found is not None]


def _named(keys: Sequence[OrderKey]) -> str:
    return f"order {keys[0]}" if len(keys) == 1 else f"{len(keys)} orders"
