"""Contract prices: who buys for whom, what the ERP last said, what has changed."""

import sqlalchemy as sa
from alembic import op

revision = "0008_contracts_before"
down_revision = "0007_products_before"


def _text(name: str) -> sa.Column[str]:
    return sa.Column(name, sa.Text(), nullable=False)


def _time(name: str, *, null: bool = False) -> sa.Column[object]:
    return sa.Column(name, sa.DateTime(timezone=True), nullable=null)


def upgrade() -> None:
    """Apply."""
    op.create_table(
        "account_links",
        *map(_text, ("route", "account", "party", "linked_by")),
        _time("linked_at"),
        sa.PrimaryKeyConstraint("route", "account", name=op.f("pk_account_links")),
    )
    op.create_index(op.f("ix_account_links_route_party"), "account_links", ["route", "party"])
    op.create_table(
        "ended_links",
        *map(_text, ("route", "account")),
        _time("ended_at"),
        _text("party"),
        _time("linked_at"),
        sa.PrimaryKeyConstraint("route", "account", "ended_at", name=op.f("pk_ended_links")),
    )
    op.create_table(
        "contract_prices",
        *map(_text, ("connection", "agreement", "variant", "quantity", "currency")),
        _time("since"),
        _text("price"),
        _time("confirmed_at"),
        _time("until", null=True),
        sa.PrimaryKeyConstraint(
            "connection",
            "agreement",
            "variant",
            "quantity",
            "currency",
            "since",
            name=op.f("pk_contract_prices"),
        ),
    )
    op.create_index(op.f("ix_contract_prices_until"), "contract_prices", ["until"])
    op.create_index(op.f("ix_contract_prices_confirmed_at"), "contract_prices", ["confirmed_at"])
    op.create_table(
        "party_agreements",
        *map(_text, ("connection", "party")),
        _time("since"),
        *map(_text, ("agreement", "title")),
        sa.Column("active", sa.Boolean(), nullable=False),
        _time("confirmed_at"),
        _time("until", null=True),
        sa.PrimaryKeyConstraint("connection", "party", "since", name=op.f("pk_party_agreements")),
    )
    op.create_index(op.f("ix_party_agreements_until"), "party_agreements", ["until"])
    op.create_index(op.f("ix_party_agreements_confirmed_at"), "party_agreements", ["confirmed_at"])
    op.create_table(
        "price_changes",
        *map(_text, ("connection", "kind", "key")),
        sa.Column("version", sa.BigInteger(), nullable=False),
        _time("changed_at"),
        sa.PrimaryKeyConstraint("connection", "kind", "key", name=op.f("pk_price_changes")),
    )
    op.create_index(
        op.f("ix_price_changes_connection_version"), "price_changes", ["connection", "version"]
    )
    op.create_table(
        "tiers_ledger",
        *map(_text, ("route", "agreement", "item", "product", "value")),
        sa.Column("stale", sa.Boolean(), nullable=False),
        _time("written_at"),
        sa.PrimaryKeyConstraint("route", "agreement", "item", name=op.f("pk_tiers_ledger")),
    )
    op.create_index(op.f("ix_tiers_ledger_route_item"), "tiers_ledger", ["route", "item"])
    op.create_table(
        "buyer_ledger",
        *map(_text, ("route", "account", "wanted", "agreement", "title")),
        sa.Column("stale", sa.Boolean(), nullable=False),
        _time("written_at"),
        sa.PrimaryKeyConstraint("route", "account", name=op.f("pk_buyer_ledger")),
    )
    op.create_index(op.f("ix_buyer_ledger_route_wanted"), "buyer_ledger", ["route", "wanted"])
    op.create_index(op.f("ix_buyer_ledger_route_agreement"), "buyer_ledger", ["route", "agreement"])
    op.create_table(
        "pushed_agreements",
        *map(_text, ("route", "agreement")),
        sa.Column("ready", sa.Boolean(), nullable=False),
        sa.Column("thorough", sa.Boolean(), nullable=False),
        _text("position"),
        sa.Column("version", sa.Integer(), nullable=False),
        _time("marked_at", null=True),
        sa.PrimaryKeyConstraint("route", "agreement", name=op.f("pk_pushed_agreements")),
    )
