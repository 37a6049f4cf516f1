"""What the ERP last showed of an order's sales is kept for people to read."""

import sqlalchemy as sa
from alembic import op

revision = "0004_seen_sales_before"
down_revision = "0003_order_life_before"


def upgrade() -> None:
    """Apply; it is empty until an order is looked at again."""
    op.create_table(
        "seen_sales",
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("route", sa.Text(), nullable=False),
        sa.Column("order_id", sa.Text(), nullable=False),
        sa.Column("body", sa.Text(), nullable=False),
        sa.Column("seen_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("key", name=op.f("pk_seen_sales")),
    )
    op.create_index(op.f("ix_seen_sales_route_order_id"), "seen_sales", ["route", "order_id"])
