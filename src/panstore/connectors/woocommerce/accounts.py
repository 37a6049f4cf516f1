"""Who has an account in the shop.

Customers have no time of change to ask for (WooCommerce 10.5, recorded 24-customer-read), so they
are paged through by id.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

import msgspec

from panstore.connectors.woocommerce.client import Call, WooClient
from panstore.connectors.woocommerce.map.accounts import account, is_buyer
from panstore.connectors.woocommerce.order_feed import order_number
from panstore.connectors.woocommerce.wire_orders import WireCustomer
from panstore.model.contract import Account
from panstore.model.ids import ExternalId
from panstore.sdk.contract_roles import AccountPage
from panstore.sdk.errors import RejectedError

__all__ = ["Accounts"]

_BATCH = 100
_ROWS = msgspec.json.Decoder(list[WireCustomer])
_READ = "read accounts"


class Accounts:
    """Reads the accounts of one shop.

    Args:
        client: asks.
        vat_keys: where a VAT id may stand.
    """

    def __init__(self, client: WooClient, vat_keys: Callable[[], tuple[str, ...]]) -> None:
        self._client = client
        self._vat_keys = vat_keys

    async def page(self, after: str | None, limit: int) -> AccountPage:
        """In the order of ids, the shop's own people left out; at most 100 a page.

        There is no way to ask for ids above one, only for rows by their number. An account that is
        deleted moves the later ones forward, so the last row of the page before is asked for again;
        where it is not the first, earlier ones are read once more.
        """
        offset, last = (int(part) for part in after.split(":")) if after else (0, 0)
        start, size = max(0, offset - 1), min(limit, _BATCH - 1) + 1
        rows = await self._rows(start, size)
        while start and (not rows or rows[0].id > last):
            start, size = max(0, start - _BATCH), _BATCH
            rows = await self._rows(start, size)
        wanted = [row for row in rows if row.id > last][:limit]
        place = start + len([row for row in rows if row.id <= last]) + len(wanted)
        ended = len(rows) < size and (not wanted or wanted[-1].id == rows[-1].id)
        highest = wanted[-1].id if wanted else last
        accounts = tuple(account(row, self._vat_keys()) for row in wanted if is_buyer(row))
        return AccountPage(accounts, None if ended else f"{place}:{highest}")

    async def of(self, ids: Sequence[ExternalId]) -> Sequence[Account]:
        """Those that exist, a hundred in a call."""
        numbers = list(dict.fromkeys(str(one) for id_ in ids if (one := order_number(id_))))
        found: list[Account] = []
        for begin in range(0, len(numbers), _BATCH):
            found += await self._ask({"include": ",".join(numbers[begin : begin + _BATCH])})
        return found

    async def by_email(self, email: str) -> Sequence[Account]:
        """Those with the address in any case; the shop compares, and it is compared again here."""
        wanted = email.strip()
        if not wanted:
            return []
        try:
            found = await self._ask({"email": wanted})
        except RejectedError as error:
            if error.field != "email":
                raise
            return []  # It is no address, so nobody has it.
        return [one for one in found if one.email.casefold() == wanted.casefold()]

    async def _rows(self, offset: int, size: int) -> list[WireCustomer]:
        query = {"orderby": "id", "order": "asc", "role": "all"}
        query |= {"offset": str(offset), "per_page": str(size)}
        return await self._client.ask(Call(_READ, "customers", query), _ROWS)

    async def _ask(self, query: dict[str, str]) -> list[Account]:
        call = Call(_READ, "customers", {"role": "all", "per_page": str(_BATCH), **query})
        rows = await self._client.ask(call, _ROWS)
        return [account(row, self._vat_keys()) for row in rows if is_buyer(row)]
