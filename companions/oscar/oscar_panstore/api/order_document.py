"""An order as one JSON document, whole, as the shop charged it."""

from decimal import Decimal
from typing import Any

from oscar_panstore import conf, journal, languages
from oscar_panstore.api import order_money
from oscar_panstore.api.ping import instant
from oscar_panstore.api.products import money


def describe(order: Any, seq: int | None = None) -> dict[str, Any]:
    """The order's present state.

    Amounts are as the shop stored them: unit prices and line prices net and gross, line prices
    after discounts and before. `tax_rate` is per cent by the tax class sold with, null where the
    shop did not record one. `cancelled` of a line: pieces that will not be delivered, still in the
    line's quantity and prices; whether the order's total still holds them is up to the shop.

    Args:
        order: The order; its parts should be prefetched.
        seq: Number of its last journal entry; looked up when not given.
    """
    details = _details(order)
    return {
        "seq": journal.last_entry(order.pk) if seq is None else seq,
        "id": order.pk,
        "number": str(order.number),
        "status": order.status,
        "placed_at": instant(order.date_placed),
        "currency": order.currency,
        "total_incl_tax": money(order.total_incl_tax),
        "total_excl_tax": money(order.total_excl_tax),
        "shipping": {
            "code": order.shipping_code,
            "name": order.shipping_method,
            "incl": money(order.shipping_incl_tax),
            "excl": money(order.shipping_excl_tax),
            "tax_code": order.shipping_tax_code or None,
            "tax_rate": _rate(order.shipping_tax_code),
        },
        "pickup": details["pickup"],
        "lines": _lines(order),
        "discounts": [_discount(discount) for discount in order.discounts.all()],
        "surcharges": [_surcharge(surcharge) for surcharge in order.surcharges.all()],
        "customer": {**_customer(order), **details["buyer"]},
        "is_guest": order.user_id is None,
        "billing_address": _address(order.billing_address),
        "shipping_address": _address(order.shipping_address),
        "payments": order_money.payments(order),
        "refunds": order_money.refunds(order),
        "returns": order_money.returns(order),
        "note": _note(order),
        "tags": details["tags"],
        "language": languages.language_of(order),
        "status_changes": [
            {
                "from": change.old_status,
                "to": change.new_status,
                "at": instant(change.date_created),
            }
            for change in sorted(order.status_changes.all(), key=lambda change: change.pk)
        ],
    }


def with_parts(found: Any) -> Any:
    """A query set of orders with everything `describe` reads, in a fixed number of queries."""
    return found.select_related(
        "user",
        "billing_address",
        "shipping_address",
        "shipping_address__country",
        "panstore_language",
    ).prefetch_related(
        "lines__attributes__option",
        "discounts",
        "surcharges",
        "sources__source_type",
        "sources__transactions",
        "payment_events__event_type",
        "payment_events__line_quantities",
        "shipping_events__event_type",
        "shipping_events__line_quantities",
        "notes",
        "status_changes",
        "billing_address__country",
    )


def _rate(code: str | None) -> str | None:
    rate: Decimal | None = conf.tax_rates().get(code or "")
    return None if rate is None else format(rate, "f")


def _lines(order: Any) -> list[dict[str, Any]]:
    taken_out: dict[int, int] = {}
    for event in order_money.events(order.shipping_events, "PANSTORE_CANCELLED_EVENTS"):
        for row in event.line_quantities.all():
            taken_out[row.line_id] = taken_out.get(row.line_id, 0) + row.quantity
    return [_line(line, taken_out.get(line.pk, 0)) for line in order.lines.all()]


def _line(line: Any, taken_out: int) -> dict[str, Any]:
    whole = line.status in conf.cancelled_statuses()
    return {
        "id": line.pk,
        "product": line.product_id,
        "sku": line.partner_sku,
        "upc": line.upc,
        "title": line.title,
        "quantity": str(line.quantity),
        "unit_price_excl": money(line.unit_price_excl_tax),
        "unit_price_incl": money(line.unit_price_incl_tax),
        "line_price_excl": money(line.line_price_excl_tax),
        "line_price_incl": money(line.line_price_incl_tax),
        "line_price_before_discounts_excl": money(line.line_price_before_discounts_excl_tax),
        "line_price_before_discounts_incl": money(line.line_price_before_discounts_incl_tax),
        "tax_class": line.tax_code or None,
        "tax_rate": _rate(line.tax_code),
        "status": line.status,
        "cancelled": str(line.quantity if whole else min(taken_out, line.quantity)),
        "options": [_option(attribute) for attribute in line.attributes.all()],
    }


def _option(attribute: Any) -> dict[str, str]:
    """What the buyer chose or wrote for one line."""
    value = attribute.value
    written = ", ".join(str(one) for one in value) if isinstance(value, list) else str(value)
    name = attribute.option.name if attribute.option else attribute.type
    return {"name": str(name), "value": written}


def _discount(discount: Any) -> dict[str, Any]:
    return {
        "name": discount.offer_name or discount.voucher_code or "",
        "code": discount.voucher_code or None,
        "amount": money(discount.amount),
        "category": str(discount.category).lower(),
    }


def _surcharge(surcharge: Any) -> dict[str, Any]:
    return {
        "name": surcharge.name,
        "code": surcharge.code,
        "incl": money(surcharge.incl_tax),
        "excl": money(surcharge.excl_tax),
        "tax_code": surcharge.tax_code or None,
        "tax_rate": _rate(surcharge.tax_code),
    }


def _customer(order: Any) -> dict[str, Any]:
    user = order.user
    address = order.billing_address or order.shipping_address
    person = user or address
    return {
        "id": order.user_id,
        "email": (user.email if user else order.guest_email) or None,
        "first_name": getattr(person, "first_name", "") or getattr(address, "first_name", ""),
        "last_name": getattr(person, "last_name", "") or getattr(address, "last_name", ""),
    }


def _address(address: Any) -> dict[str, Any] | None:
    if address is None:
        return None
    document = {
        name: str(getattr(address, name, "") or "")
        for name in (
            "first_name",
            "last_name",
            "line1",
            "line2",
            "line3",
            "line4",
            "postcode",
            "state",
        )
    }
    document["country"] = address.country_id
    document["phone"] = str(getattr(address, "phone_number", "") or "")
    document["notes"] = str(getattr(address, "notes", "") or "")
    # Oscar's own addresses have neither; shops that sell to companies often add them.
    document["company"] = str(getattr(address, "company", "") or "")
    document["vat_id"] = str(getattr(address, "vat_id", "") or "")
    return document


def _details(order: Any) -> dict[str, Any]:
    """What Oscar's orders have no field for: by settings, or by the shop's own function."""
    own = conf.order_details()
    told = own(order) if own is not None else {}
    code, points = order.shipping_code, conf.pickup_points()
    pickup = told.get("pickup")
    if pickup is None and code in points:
        pickup = {"code": code, "name": points[code] or order.shipping_method}
    buyer = {name: str(told[name]) for name in ("company", "vat_id") if told.get(name)}
    return {
        "pickup": None if pickup is None else {k: str(pickup[k]) for k in ("code", "name")},
        "tags": [str(tag) for tag in told.get("tags", ())],
        "buyer": {"company": "", "vat_id": "", **buyer},
    }


def _note(order: Any) -> str:
    """What the buyer wrote for the parcel, then what people of the shop noted."""
    delivery = getattr(order.shipping_address, "notes", "") or ""
    written = [note.message for note in order.notes.all() if note.note_type != "System"]
    return "\n".join(text for text in (str(delivery), *written) if text)
