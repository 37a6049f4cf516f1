"""Products in both directions, stored plans, what was undone, and drift over the days."""

import sqlalchemy as sa
from alembic import op

revision = "0007_products_before"
down_revision = "0006_outbox_before"


def _text(name: str, *, null: bool = False) -> sa.Column[str]:
    return sa.Column(name, sa.Text(), nullable=null)


def _time(name: str, *, null: bool = False) -> sa.Column[object]:
    return sa.Column(name, sa.DateTime(timezone=True), nullable=null)


def _int(name: str) -> sa.Column[int]:
    return sa.Column(name, sa.Integer(), nullable=False)


def _products() -> None:
    op.add_column("catalogue", sa.Column("parent", sa.Text(), nullable=True))
    op.create_index(op.f("ix_catalogue_connection_parent"), "catalogue", ["connection", "parent"])
    op.create_table(
        "products",
        *map(_text, ("route", "item")),
        *(_text(name, null=True) for name in ("erp", "shop")),
        _text("label"),
        _text("base", null=True),
        _time("base_at", null=True),
        _time("seen_at"),
        sa.PrimaryKeyConstraint("route", "item", name=op.f("pk_products")),
        sa.UniqueConstraint("route", "erp", name=op.f("uq_products_route_erp")),
        sa.UniqueConstraint("route", "shop", name=op.f("uq_products_route_shop")),
    )
    op.create_table(
        "product_conflicts",
        *map(_text, ("route", "item", "variant", "field", "erp", "shop", "sku")),
        _time("since"),
        _text("take"),
        _time("decided_at", null=True),
        sa.PrimaryKeyConstraint(
            "route", "item", "variant", "field", name=op.f("pk_product_conflicts")
        ),
    )


def _plans() -> None:
    big = sa.BigInteger().with_variant(sa.Integer, "sqlite")
    op.create_table(
        "plans",
        sa.Column("id", big, autoincrement=True, nullable=False),
        *map(_text, ("route", "module", "kind", "state", "title")),
        _time("made_at"),
        _time("ended_at", null=True),
        *map(_int, ("looked_at", "unchanged", "calls", "seconds")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_plans")),
    )
    op.create_index(op.f("ix_plans_state"), "plans", ["state"])
    op.create_table(
        "plan_lines",
        sa.Column("plan", sa.BigInteger(), nullable=False),
        _int("line"),
        *map(_text, ("item", "sku", "side", "kind", "variant", "field")),
        *map(_text, ("before", "after", "reason", "state", "note")),
        sa.PrimaryKeyConstraint("plan", "line", name=op.f("pk_plan_lines")),
    )
    op.create_index(op.f("ix_plan_lines_plan_item"), "plan_lines", ["plan", "item"])
    op.create_table(
        "undone",
        *map(_text, ("route", "module", "item", "after")),
        _time("at"),
        sa.Column("plan", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("route", "module", "item", name=op.f("pk_undone")),
    )


def upgrade() -> None:
    """Apply; catalogues learn which product a variant belongs to at the next look at them."""
    _products()
    _plans()
    op.create_table(
        "drift_days",
        *map(_text, ("route", "kind", "day")),
        _time("at"),
        *map(_int, ("looked_at", "differ", "by_shop", "by_erp", "by_us", "by_unknown", "repaired")),
        sa.Column("whole", sa.Boolean(), nullable=False),
        sa.PrimaryKeyConstraint("route", "kind", "day", name=op.f("pk_drift_days")),
    )
