"""Parcels that left: which lines they are of, never more than was ordered."""

from typing import Any

from oscar.core.loading import get_model

from oscar_panstore import allocations, conf
from oscar_panstore.api import fields
from oscar_panstore.api.errors import refused

ShippingEventType = get_model("order", "ShippingEventType")
_MOST = 100


def asked(items: Any) -> list[dict[str, Any]]:
    """The parcels of a call, checked.

    Raises:
        ApiError: 422 if one is not `{"number", "carrier", "tracking", "items": [{"product",
            "quantity"}]}`.
    """
    if not isinstance(items, list) or len(items) > _MOST:
        message = f"'shipments' must be a list of at most {_MOST} parcels."
        raise refused("invalid", message, "shipments")
    return [_parcel(fields.mapping(item)) for item in items]


def _parcel(item: dict[str, Any]) -> dict[str, Any]:
    words = {
        name: fields.text(item, name, longest=500, required=False)
        for name in ("number", "carrier", "tracking")
    }
    contents = []
    for row in fields.batch(item, "items"):
        product = fields.integer(fields.mapping(row), "product", least=1)
        pieces = fields.decimal(row, "quantity")
        if pieces <= 0 or pieces != pieces.to_integral_value():
            message = f"The shop ships whole pieces; {pieces:f} of product {product} is none."
            raise refused("fraction", message, "quantity")
        contents.append({"product": product, "quantity": int(pieces)})
    return {**words, "items": contents}


def note(handler: Any, order: Any, parcel: dict[str, Any]) -> int:
    """Make one shipping event by the shop's handler and use up the pieces that left.

    Args:
        handler: The shop's event handler.
        order: The order, locked.
        parcel: As `asked` gave it.

    Returns:
        Id of the shipping event; of the one that is there if a parcel of this number was noted.

    Raises:
        ApiError: 422 if it holds more of a product than was ordered and has not left yet.
    """
    event_type, _ = ShippingEventType.objects.get_or_create(name=conf.shipped_event())
    reference = _reference(parcel)
    if parcel["number"]:
        noted = order.shipping_events.filter(event_type=event_type, notes=reference).first()
        if noted is not None:
            return int(noted.pk)
    shares = _shares(order, parcel)
    lines = [line for line, _ in shares]
    pieces = [quantity for _, quantity in shares]
    held = [line.num_allocated for line in lines]
    event = handler.handle_shipping_event(order, event_type, lines, pieces, reference=reference)
    for line, quantity, before in zip(lines, pieces, held, strict=True):
        line.refresh_from_db()
        # What the shop's own handler used up is not used up again.
        allocations.use_up(line, quantity - (before - line.num_allocated))
    return int(event.pk)


def _shares(order: Any, parcel: dict[str, Any]) -> list[tuple[Any, int]]:
    """Lines and pieces of a parcel: the oldest line of a product first."""
    shares: list[tuple[Any, int]] = []
    for row in parcel["items"]:
        product, left = row["product"], row["quantity"]
        for line in order.lines.all():
            if line.product_id != product or line.status in conf.cancelled_statuses():
                continue
            taken = sum(pieces for one, pieces in shares if one.pk == line.pk)
            open_pieces = line.quantity - allocations.shipped_pieces(line) - taken
            if left and open_pieces > 0:
                shares.append((line, min(left, open_pieces)))
                left -= min(left, open_pieces)
        if left:
            message = (
                f"The parcel holds {left} pieces of product {product} more than order "
                f"{order.number} still has to get; nothing was changed."
            )
            raise refused("more_than_ordered", message, "shipments", product=product, excess=left)
    return _joined(shares)


def _joined(shares: list[tuple[Any, int]]) -> list[tuple[Any, int]]:
    """Each line once: an event names a line only once."""
    pieces: dict[int, int] = {}
    lines: dict[int, Any] = {}
    for line, quantity in shares:
        lines[line.pk] = line
        pieces[line.pk] = pieces.get(line.pk, 0) + quantity
    return [(lines[pk], quantity) for pk, quantity in pieces.items()]


def _reference(parcel: dict[str, Any]) -> str:
    """What people read: `Pošta Slovenije 1234 5678 (S-17)`."""
    words = " ".join(word for word in (parcel["carrier"], parcel["tracking"]) if word)
    number = parcel["number"]
    return f"{words} ({number})" if words and number else words or str(number)
