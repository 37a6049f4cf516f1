"""Messages for buyers: an outbox, receipts, a stop list, and since when a module has been on."""

import secrets

import sqlalchemy as sa
from alembic import op

revision = "0006_outbox_before"
down_revision = "0005_no_notes_before"


def _text(name: str) -> sa.Column[str]:
    return sa.Column(name, sa.Text(), nullable=False)


def _time(name: str, *, null: bool = False) -> sa.Column[object]:
    return sa.Column(name, sa.DateTime(timezone=True), nullable=null)


def _outbox() -> None:
    op.create_table(
        "outbox",
        *map(_text, ("id", "route", "order_id", "module", "channel", "purpose", "subject")),
        *map(_text, ("language", "document", "recipient", "payload")),
        sa.Column("copy", sa.Boolean(), nullable=False),
        sa.Column("again", sa.Integer(), nullable=False),
        _text("state"),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("maybe_twice", sa.Boolean(), nullable=False),
        _time("queued_at"),
        *(
            _time(n, null=True)
            for n in ("due_at", "not_after", "sending_at", "sent_at", "ended_at")
        ),
        _text("reference"),
        sa.Column("parts", sa.Integer(), nullable=False),
        *map(_text, ("price", "note")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_outbox")),
    )
    op.create_index(op.f("ix_outbox_route_order_id"), "outbox", ["route", "order_id"])
    for column in ("state", "sent_at", "reference"):
        op.create_index(op.f(f"ix_outbox_{column}"), "outbox", [column])


def upgrade() -> None:
    """Apply; the others are empty until a module that writes to buyers is switched on."""
    _outbox()
    kept = op.create_table(
        "installation",
        *map(_text, ("name", "value")),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_installation")),
    )
    op.bulk_insert(kept, [{"name": "recipients", "value": secrets.token_hex(32)}])
    op.create_table(
        "module_starts",
        *map(_text, ("route", "module")),
        _time("at"),
        sa.PrimaryKeyConstraint("route", "module", name=op.f("pk_module_starts")),
    )
    op.create_table(
        "receipts",
        *map(_text, ("connection", "reference", "state")),
        _time("at"),
        _text("note"),
        sa.PrimaryKeyConstraint("connection", "reference", "state", name=op.f("pk_receipts")),
    )
    op.create_index(op.f("ix_receipts_at"), "receipts", ["at"])
    op.create_table(
        "stop_list",
        *map(_text, ("channel", "recipient")),
        _time("since"),
        _text("reason"),
        sa.PrimaryKeyConstraint("channel", "recipient", name=op.f("pk_stop_list")),
    )
