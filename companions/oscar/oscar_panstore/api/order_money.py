"""What was paid for an order, what failed, what was given back and what came back.

Oscar notes money in two places that know nothing of each other: payment sources (amounts by
method) and payment events (dated, with the lines concerned). A shop may use one or both. Where both
speak, they are taken to speak of the same money, and the larger sum counts.
"""

from collections.abc import Iterable
from decimal import Decimal
from typing import Any

from oscar_panstore import conf
from oscar_panstore.api.ping import instant
from oscar_panstore.api.products import money

_NOTHING = Decimal(0)


def payments(order: Any) -> list[dict[str, Any]]:
    """One row per payment source, and rows for what only events tell.

    `allocated` is authorised, `debited` received, `refunded` given back. `failed`: the last news of
    it is that it failed.
    """
    rows = [_source(source) for source in order.sources.all()]
    paid = events(order.payment_events, "PANSTORE_PAID_EVENTS")
    more = _sum(event.amount for event in paid) - _sum(row["debited"] for row in rows)
    for row in rows:
        taken = max(min(more, row["allocated"] - row["debited"]), _NOTHING)
        row["debited"] += taken
        more -= taken
    if more > 0:
        rows.append(_row(paid[-1].event_type.name, more, more, reference=paid[-1].reference))
    given = events(order.payment_events, "PANSTORE_REFUNDED_EVENTS")
    back = _sum(abs(event.amount) for event in given) - _sum(row["refunded"] for row in rows)
    for row in rows:
        taken = max(min(back, row["debited"] - row["refunded"]), _NOTHING)
        row["refunded"] += taken
        back -= taken
    rows = _with_failure(order, rows)
    amounts = ("allocated", "debited", "refunded")
    return [row | {name: money(row[name]) for name in amounts} for row in rows]


def refunds(order: Any) -> list[dict[str, Any]]:
    """Money given back, oldest first: each refund event, then what only the sources know.

    `lines` says which pieces it was given back for; empty where the shop did not say.
    """
    found = [
        {
            "id": f"event-{event.pk}",
            "at": instant(event.date_created),
            "amount": money(abs(event.amount)),
            "reference": event.reference,
            "lines": quantities(event),
        }
        for event in events(order.payment_events, "PANSTORE_REFUNDED_EVENTS")
    ]
    told = _sum(Decimal(refund["amount"]) for refund in found)
    rest = _sum(source.amount_refunded for source in order.sources.all()) - told
    if rest > 0:
        found += _from_sources(order, rest)
    return sorted(found, key=lambda refund: str(refund["at"]))


def returns(order: Any) -> list[dict[str, Any]]:
    """Goods that came back, oldest first: shipping events, then lines with such a status."""
    found = [
        {
            "id": f"event-{event.pk}",
            "at": instant(event.date_created),
            "lines": quantities(event),
        }
        for event in events(order.shipping_events, "PANSTORE_RETURNED_EVENTS")
    ]
    back = [line for line in order.lines.all() if line.status in conf.returned_statuses()]
    if back:
        lines = [{"line": line.pk, "quantity": str(line.quantity)} for line in back]
        changes = [change.date_created for change in order.status_changes.all()]
        at = max(changes, default=order.date_placed)
        found.append({"id": "status", "at": instant(at), "lines": lines})
    return found


def events(related: Any, setting: str) -> list[Any]:
    """Events whose type is named in a setting, oldest first."""
    words = conf.event_words(setting)
    found = [
        event
        for event in related.all()
        if {event.event_type.name.lower(), event.event_type.code.lower()} & words
    ]
    return sorted(found, key=lambda event: (event.date_created, event.pk))


def quantities(event: Any) -> list[dict[str, Any]]:
    """Lines and pieces a payment or shipping event names."""
    rows = sorted(event.line_quantities.all(), key=lambda row: row.pk)
    return [{"line": row.line_id, "quantity": str(row.quantity)} for row in rows]


def _source(source: Any) -> dict[str, Any]:
    row = _row(
        source.source_type.name,
        source.amount_allocated,
        source.amount_debited,
        reference=source.reference,
    )
    row["refunded"] = source.amount_refunded
    last = max(source.transactions.all(), key=lambda one: one.pk, default=None)
    words = conf.event_words("PANSTORE_FAILED_EVENTS")
    row["failed"] = last is not None and last.status.lower() in words
    return row


def _row(
    method: str, allocated: Decimal, debited: Decimal, *, reference: str = ""
) -> dict[str, Any]:
    return {
        "method": method,
        "allocated": allocated,
        "debited": debited,
        "refunded": _NOTHING,
        "reference": reference,
        "failed": False,
    }


def _with_failure(order: Any, rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """The rows with the failure noted of which an event tells last."""
    failed = events(order.payment_events, "PANSTORE_FAILED_EVENTS")
    paid = events(order.payment_events, "PANSTORE_PAID_EVENTS")
    if not failed or any(one.date_created > failed[-1].date_created for one in paid):
        return rows
    last = failed[-1]
    meant = [row for row in rows if last.reference and row["reference"] == last.reference]
    if not meant and len(rows) == 1:
        meant = rows
    if meant:
        meant[0]["failed"] = True
        return rows
    # Nobody says which of several failed. It stands first, so that the newest one still counts as
    # on its way and nothing is let go because of a guess.
    unknown = _row(last.event_type.name, abs(last.amount), _NOTHING, reference=last.reference)
    return [unknown | {"failed": True}, *rows]


def _from_sources(order: Any, rest: Decimal) -> list[dict[str, Any]]:
    """What the sources gave back beyond all events: transaction by transaction if they add up."""
    made = [
        one
        for source in order.sources.all()
        for one in source.transactions.all()
        if one.txn_type == one.REFUND
    ]
    if _sum(one.amount for one in made) == rest:
        return [
            {
                "id": f"transaction-{one.pk}",
                "at": instant(one.date_created),
                "amount": money(one.amount),
                "reference": one.reference,
                "lines": [],
            }
            for one in made
        ]
    at = max((one.date_created for one in made), default=order.date_placed)
    whole = {"id": "sources", "at": instant(at), "amount": money(rest), "reference": ""}
    return [{**whole, "lines": []}]


def _sum(amounts: Iterable[Decimal]) -> Decimal:
    return sum(amounts, _NOTHING)
