"""What keeps the messages of a connection from coming."""

import sqlalchemy as sa
from alembic import op

revision = "0010_event_health_before"
down_revision = "0009_sent_lines_before"


def upgrade() -> None:
    """Apply."""
    op.create_table(
        "event_health",
        sa.Column("connection", sa.Text(), nullable=False),
        sa.Column("problems", sa.Text(), nullable=False),
        sa.Column("looked_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("connection", name=op.f("pk_event_health")),
    )
