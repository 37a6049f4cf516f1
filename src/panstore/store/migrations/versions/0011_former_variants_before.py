"""Ids that a shop gave linked variants before; its orders may still name them."""

import sqlalchemy as sa
from alembic import op

revision = "0011_former_variants_before"
down_revision = "0010_event_health_before"


def upgrade() -> None:
    """Apply."""
    op.create_table(
        "former_variants",
        sa.Column("route", sa.Text(), nullable=False),
        sa.Column("variant", sa.Text(), nullable=False),
        sa.Column("item", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("route", "variant", name=op.f("pk_former_variants")),
    )
    op.create_index(op.f("ix_former_variants_route_item"), "former_variants", ["route", "item"])
