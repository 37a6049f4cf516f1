"""Tables of contract prices: who buys for whom, what the ERP last said, what has changed."""

from __future__ import annotations

import sqlalchemy as sa

from panstore.store.columns import flag as _flag
from panstore.store.columns import metadata
from panstore.store.columns import number as _number
from panstore.store.columns import text as _text
from panstore.store.columns import time as _time

__all__ = [
    "account_links",
    "buyer_ledger",
    "contract_prices",
    "ended_links",
    "party_agreements",
    "price_changes",
    "pushed_agreements",
    "tiers_ledger",
]

account_links = sa.Table(
    "account_links",
    metadata,
    _text("route", key=True),
    _text("account", key=True),
    _text("party"),
    _text("linked_by"),
    _time("linked_at"),
    sa.Index(None, "route", "party"),
)
"""Accounts of a shop that buy for a party of the ERP, each approved by a person. Ids only: who they
are is asked for when people look."""

ended_links = sa.Table(
    "ended_links",
    metadata,
    _text("route", key=True),
    _text("account", key=True),
    _time("ended_at", key=True),
    _text("party"),
    _time("linked_at"),
)
"""Words that were taken back or replaced: for whom an account bought when an order was placed."""

contract_prices = sa.Table(
    "contract_prices",
    metadata,
    _text("connection", key=True),
    _text("agreement", key=True),
    _text("variant", key=True),
    _text("quantity", key=True),
    _text("currency", key=True),
    _time("since", key=True),
    _text("price"),
    _time("confirmed_at"),
    _time("until", null=True),
    sa.Index(None, "until"),
    sa.Index(None, "confirmed_at"),
)
"""Prices under an agreement as the ERP of a connection gave them, one row for each time it gave
another one; `until` is when that was, null for the present one. `price` is the canonical text."""

party_agreements = sa.Table(
    "party_agreements",
    metadata,
    _text("connection", key=True),
    _text("party", key=True),
    _time("since", key=True),
    _text("agreement"),
    _text("title"),
    sa.Column("active", sa.Boolean, nullable=False, default=False),
    _time("confirmed_at"),
    _time("until", null=True),
    sa.Index(None, "until"),
    sa.Index(None, "confirmed_at"),
)
"""At what a party of an ERP bought, as the ERP gave it, kept like its prices; `agreement` is empty
where it has none. Names of parties are not kept."""

price_changes = sa.Table(
    "price_changes",
    metadata,
    _text("connection", key=True),
    _text("kind", key=True),
    _text("key", key=True),
    sa.Column("version", sa.BigInteger, nullable=False),
    _time("changed_at"),
    sa.Index(None, "connection", "version"),
)
"""The last change of each variant, agreement and party of an ERP that may concern a price, numbered
in the order of commits. The row without kind and key is the counter; whoever changes something
raises it first and so holds its lock until it commits."""

tiers_ledger = sa.Table(
    "tiers_ledger",
    metadata,
    _text("route", key=True),
    _text("agreement", key=True),
    _text("item", key=True),
    _text("product"),
    _text("value"),
    _flag("stale"),
    _time("written_at"),
    sa.Index(None, "route", "item"),
)
"""Contract prices a shop keeps, as last written or read there: only where they differ from its own
prices. `product` is the shop's id under which they stand, which outlives the link; `value` is the
canonical text of the tiers."""

buyer_ledger = sa.Table(
    "buyer_ledger",
    metadata,
    _text("route", key=True),
    _text("account", key=True),
    _text("wanted"),
    _text("agreement"),
    _text("title"),
    _flag("stale"),
    _time("written_at"),
    sa.Index(None, "route", "wanted"),
    sa.Index(None, "route", "agreement"),
)
"""At what an account buys, as a shop that keeps prices was last told. `wanted` is what the ERP last
said; it differs while the prices of that agreement do not yet stand in the shop. Both are empty
where there is none."""

pushed_agreements = sa.Table(
    "pushed_agreements",
    metadata,
    _text("route", key=True),
    _text("agreement", key=True),
    _flag("ready"),
    _flag("thorough"),
    _text("position"),
    _number("version"),
    _time("marked_at", null=True),
)
"""Agreements whose prices a shop keeps, and how far their lists are written. `ready`: all of it
stood there once, so buyers may be put on it; `thorough`: what stands there is read anew, page by
page. `version` and `marked_at` are those of the mark for which the run under way began."""
