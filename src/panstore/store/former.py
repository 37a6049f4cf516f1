"""Which goods an order of the shop means, also by the ids that they had there before."""

from __future__ import annotations

import sqlalchemy as sa

from panstore.store.product_tables import former_variants
from panstore.store.tables import links, order_lines

__all__ = ["LINKED_LINES", "former_of", "is_former"]

_taken = links.alias("taken")
_free = ~sa.exists().where(
    _taken.c.route == former_variants.c.route, _taken.c.shop == former_variants.c.variant
).correlate(former_variants)
_before = links.join(
    former_variants,
    sa.and_(
        former_variants.c.route == links.c.route, former_variants.c.item == links.c.item, _free
    ),
)


def _lines(of: sa.FromClause, variant: sa.Column[str]) -> sa.Join:
    same_route = order_lines.c.route == links.c.route
    return of.join(order_lines, sa.and_(same_route, order_lines.c.variant == variant))


LINKED_LINES = (_lines(links, links.c.shop), _lines(_before, former_variants.c.variant))
"""Lines of orders with the links of their goods: by the ids that those have now, and by those they
had before; an id that another variant has been given since means that one."""


def former_of(route: str, variants: list[str]) -> sa.Select[tuple[str, str]]:
    """Items of links by ids that their variants had in the shop before."""
    return (
        sa
        .select(former_variants.c.variant, former_variants.c.item)
        .select_from(_before)
        .where(links.c.route == route, former_variants.c.variant.in_(variants))
    )


def is_former(route: str, variant: sa.Column[str]) -> sa.ColumnElement[bool]:
    """Whether a linked variant had this id before."""
    found = sa.exists().select_from(_before)
    return found.where(links.c.route == route, former_variants.c.variant == variant)
