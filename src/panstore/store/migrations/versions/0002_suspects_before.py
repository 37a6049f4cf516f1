"""Records that are suspected of ending the process."""

import sqlalchemy as sa
from alembic import op

revision = "0002_suspects_before"
down_revision = "0001_first_before"


def upgrade() -> None:
    """Apply."""
    op.create_table(
        "suspects",
        sa.Column("route", sa.Text(), nullable=False),
        sa.Column("module", sa.Text(), nullable=False),
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("tries", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("route", "module", "key", name=op.f("pk_suspects")),
    )
