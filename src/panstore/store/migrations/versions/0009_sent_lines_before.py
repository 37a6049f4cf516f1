"""When a line of a plan was sent; numbers of plans are given out once."""

import sqlalchemy as sa
from alembic import op

revision = "0009_sent_lines_before"
down_revision = "0008_contracts_before"


def upgrade() -> None:
    """Apply."""
    op.add_column("plan_lines", sa.Column("sent_at", sa.DateTime(timezone=True), nullable=True))
    op.create_index(op.f("ix_plan_lines_state"), "plan_lines", ["state"])
    # PostgreSQL gives out no number twice; SQLite only where the table was made to. Nothing is
    # changed in the table but that, so it is copied.
    with op.batch_alter_table(
        "plans",
        recreate="always" if op.get_context().dialect.name == "sqlite" else "never",
        table_kwargs={"sqlite_autoincrement": True},
    ):
        pass
