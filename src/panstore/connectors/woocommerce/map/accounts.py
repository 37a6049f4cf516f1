"""Accounts from WooCommerce's customers."""

from __future__ import annotations

import datetime as dt

from panstore.connectors.woocommerce import wire_orders as wire
from panstore.connectors.woocommerce.map.order_text import first, joined, meta_text, moment
from panstore.model.contract import Account
from panstore.model.ids import ExternalId
from panstore.sdk.errors import MappingError

__all__ = ["STAFF", "account", "is_buyer"]

STAFF = frozenset({"administrator", "shop_manager", "editor", "author", "contributor"})
"""Roles of people who work in the shop; whoever has another one buys, for plugins for resellers
give their customers roles of their own. Source: WordPress 6.9 and WooCommerce 10.5."""


def is_buyer(told: wire.WireCustomer) -> bool:
    """Whether it is nobody of the shop's own people."""
    return told.role not in STAFF


def account(told: wire.WireCustomer, vat_keys: tuple[str, ...]) -> Account:
    """Somebody who can log in, with what he typed about himself."""
    billing = told.billing
    return Account(
        id=ExternalId(str(told.id)),
        email=told.email.strip(),
        name=joined(" ", told.first_name, told.last_name)
        or joined(" ", billing.first_name, billing.last_name),
        company=first(billing.company),
        vat_id=first(meta_text(told.meta_data, vat_keys), billing.vat_id),
        opened_at=_opened(told),
    )


def _opened(told: wire.WireCustomer) -> dt.datetime | None:
    """When he registered; None where the shop has lost it (`0000-00-00 00:00:00`)."""
    if not told.date_created_gmt:
        return None
    try:
        return moment(f"account {told.id}", "date_created_gmt", told.date_created_gmt)
    except MappingError:
        return None
