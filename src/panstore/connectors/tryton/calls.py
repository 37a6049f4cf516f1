"""What all roles of the connector stand on: asking the companion, and what the company is like."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TypeVar
from zoneinfo import ZoneInfo

import msgspec

from panstore.connectors.tryton.client import TrytonClient
from panstore.connectors.tryton.config import TrytonSettings
from panstore.connectors.tryton.map.goods import taxes_by_rate
from panstore.connectors.tryton.map.rows import numbers_of, parts, row, rows
from panstore.connectors.tryton.wire import PingRow, ProductRow, TaxRow
from panstore.model.ids import ConnectionId, ExternalId
from panstore.sdk.capabilities import Capabilities
from panstore.sdk.errors import MappingError, OutcomeUnknownError, UnavailableError

__all__ = ["CONTRACT_BATCH", "GATEWAY", "READ_BATCH", "TrytonCalls"]

GATEWAY = "model.panstore.gateway"
READ_BATCH = 500
CONTRACT_BATCH = 500
"""Prices by a list in one question: about two seconds of Tryton's time."""

RowT = TypeVar("RowT")


class TrytonCalls:
    """Calls of one connection, and what it has learned of the company."""

    def __init__(self, id: ConnectionId, settings: TrytonSettings) -> None:  # noqa: A002 - the role's word
        self._id = id
        self._settings = settings
        self._client = TrytonClient(id, settings)
        self._capabilities = Capabilities(
            read_batch=READ_BATCH,
            fractional_stock=True,
            keyed_documents=True,
            document_digits=4,
            document_rounding="half_even",
            tax_base="exact",
            tax_by_sign=True,
            product_batch=1,
            weight_digits=5,
            compares_versions=True,
            contract_batch=CONTRACT_BATCH,
        )
        self._warehouses: dict[str, int] = {}
        self._taxes: dict[str, tuple[int, ...]] = {}
        self._units: dict[int, str] = {}
        self._zone = ZoneInfo("UTC")
        self._web_shop: int | None = None

    async def _write(self, operation: str, method: str, kind: type[RowT], *params: object) -> RowT:
        answer = await self._client.call(operation, f"{GATEWAY}.{method}", *params, writes=True)
        try:
            return row(answer, kind, operation)
        except MappingError as error:
            # It was done, but what came of it cannot be read.
            raise OutcomeUnknownError(self._id, operation, str(error)) from None

    async def _ping(self) -> PingRow:
        answer = await self._client.call("ping", f"{GATEWAY}.ping")
        try:
            ping = row(answer, PingRow, "ping")
        except MappingError as error:
            raise self._misunderstood("ping", error) from None
        self._warehouses = {each.code: each.id for each in ping.warehouses if each.code}
        self._zone = ZoneInfo(ping.timezone or "UTC")
        self._capabilities = msgspec.structs.replace(
            self._capabilities,
            tax_rounding=ping.tax_rounding,
            product_fields=frozenset(ping.product_fields),
        )
        return ping

    async def _read_taxes(self) -> None:
        answer = await self._client.call("read sales taxes", f"{GATEWAY}.taxes")
        try:
            self._taxes = taxes_by_rate(rows(answer, TaxRow, "tax", "id"))
        except MappingError as error:
            raise self._misunderstood("read sales taxes", error) from None

    def _misunderstood(self, operation: str, error: MappingError) -> UnavailableError:
        """Not the fault of a record: the connection rests and a person is told."""
        return UnavailableError(
            self._id, operation, f"{error}; install the companion of the same version as PanStore"
        )

    async def _products(
        self, operation: str, after: int, limit: int, numbers: list[int] | None = None
    ) -> list[ProductRow]:
        answer = await self._client.call(operation, f"{GATEWAY}.products", after, limit, numbers)
        products = rows(answer, ProductRow, "product", "id")
        self._units |= {each.unit: each.unit_name for each in products}
        return products

    async def _products_of(self, ids: Iterable[ExternalId]) -> list[ProductRow]:
        products: list[ProductRow] = []
        for numbers in parts(numbers_of(ids), READ_BATCH):
            products += await self._products("products", 0, len(numbers), numbers)
        return products
