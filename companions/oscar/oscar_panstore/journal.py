"""Reading the order journal: where it stands, what changed since, pieces sold since."""

from collections.abc import Collection
from typing import NamedTuple

from django.db.models import Q, Sum
from oscar.core.loading import get_model

from oscar_panstore import conf
from oscar_panstore.models import JournalEntry, JournalPosition

OrderLine = get_model("order", "Line")


class JournalPage(NamedTuple):
    """A stretch of the journal, gathered by order.

    Attributes:
        latest: Order id -> number of its last entry in this stretch, in the order of those numbers.
        watermark: Every entry up to this number is covered by this page or an earlier one.
        more: Whether entries beyond the watermark were already there.
    """

    latest: dict[int, int]
    watermark: int
    more: bool


def position() -> int:
    """Number of the last entry committed; 0 in an empty journal."""
    value = JournalPosition.objects.filter(pk=JournalPosition.ONLY).values_list("value", flat=True)
    return value[0] if value else 0


def page(after: int, limit: int) -> JournalPage:
    """Entries numbered above `after`, at most `limit` of them.

    Args:
        after: Watermark of the page before, 0 for the start.
        limit: Largest number of entries to gather; >= 1.
    """
    found = JournalEntry.objects.filter(seq__gt=after).order_by("seq")
    rows = list(found.values_list("seq", "order_id")[: limit + 1])
    taken = rows[:limit]
    latest: dict[int, int] = {}
    for seq, order_id in taken:
        latest.pop(order_id, None)
        latest[order_id] = seq
    return JournalPage(latest, taken[-1][0] if taken else after, more=len(rows) > limit)


def last_entry(order_id: int) -> int:
    """Number of an order's last entry; 0 when the journal knows none."""
    found = JournalEntry.objects.filter(order_id=order_id).order_by("-seq")
    return found.values_list("seq", flat=True).first() or 0


def pieces_sold_after(watermark: int, stockrecords: Collection[int]) -> dict[int, int]:
    """Pieces in orders placed after a watermark, by stock record.

    Orders and lines cancelled since count nothing: their pieces are free again.

    Args:
        watermark: Entry number up to which the caller has taken orders into account.
        stockrecords: Ids of the stock records asked for.

    Returns:
        Stock record id -> pieces; records without such orders are absent.
    """
    placed = JournalEntry.objects.filter(kind=JournalEntry.PLACED, seq__gt=watermark)
    if not placed.exists():
        return {}
    cancelled = conf.cancelled_statuses()
    lines = OrderLine.objects.filter(order_id__in=placed.values("order_id")).exclude(
        Q(order__status__in=cancelled) | Q(status__in=cancelled)
    )
    # Chosen in Python: a call names up to 500 records, the lines since are few.
    wanted = set(stockrecords)
    sums = lines.values_list("stockrecord_id").annotate(pieces=Sum("quantity"))
    return {record: pieces for record, pieces in sums.order_by() if record in wanted}
