"""An order may have several sales, invoices and parcels, wait for goods, and be waked."""

import sqlalchemy as sa
from alembic import op

revision = "0003_order_life_before"
down_revision = "0002_suspects_before"


def upgrade() -> None:
    """Apply; what the code before this one writes gets the defaults."""
    with op.batch_alter_table("facts") as facts:
        facts.add_column(sa.Column("revision", sa.Integer(), nullable=False, server_default="1"))
        facts.add_column(sa.Column("key", sa.Text(), nullable=False, server_default=""))
        facts.add_column(sa.Column("detail", sa.Text(), nullable=False, server_default=""))
        facts.drop_constraint("pk_facts", type_="primary")
        facts.create_primary_key("pk_facts", ["route", "order_id", "name", "revision"])
    with op.batch_alter_table("intents") as intents:
        intents.add_column(sa.Column("fact", sa.Text(), nullable=False, server_default=""))
        intents.add_column(sa.Column("revision", sa.Integer(), nullable=False, server_default="1"))
        intents.add_column(sa.Column("detail", sa.Text(), nullable=False, server_default=""))
    op.execute("update intents set fact = 'imported' where purpose = 'order'")
    op.execute(
        "update facts set key = coalesce((select max(intents.key) from intents where "
        "intents.route = facts.route and intents.order_id = facts.order_id "
        "and intents.purpose = 'order'), '') where name = 'imported'"
    )
    op.add_column("orders", sa.Column("wake_at", sa.DateTime(timezone=True), nullable=True))
    op.create_index(op.f("ix_orders_wake_at"), "orders", ["wake_at"], unique=False)
    op.create_table(
        "booked_goods",
        sa.Column("route", sa.Text(), nullable=False),
        sa.Column("order_id", sa.Text(), nullable=False),
        sa.Column("variant", sa.Text(), nullable=False),
        sa.Column("quantity", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("route", "order_id", "variant", name=op.f("pk_booked_goods")),
    )
    op.create_table(
        "shortages",
        sa.Column("route", sa.Text(), nullable=False),
        sa.Column("order_id", sa.Text(), nullable=False),
        sa.Column("variant", sa.Text(), nullable=False),
        sa.Column("missing", sa.Text(), nullable=False),
        sa.Column("priority", sa.Text(), nullable=False),
        sa.Column("arrived", sa.Boolean(), nullable=False),
        sa.PrimaryKeyConstraint("route", "order_id", "variant", name=op.f("pk_shortages")),
    )
    op.create_index(op.f("ix_shortages_variant"), "shortages", ["variant"], unique=False)
