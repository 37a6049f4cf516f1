"""Web orders as the companion takes them; what it answers is in `sales`."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from decimal import Decimal

from panstore.connectors.tryton.config import TrytonSettings
from panstore.connectors.tryton.map.rows import external, number_of
from panstore.connectors.tryton.wire import PartyRow
from panstore.model.customer import Address, FoundCustomer, MatchCriterion
from panstore.model.ids import ExternalId
from panstore.model.quantity import plain
from panstore.model.sale import BookedLine, ErpOrder, NewCustomer
from panstore.sdk.errors import MappingError
from panstore.sdk.roles import NewProduct

__all__ = [
    "criteria",
    "found_customer",
    "line_taxes",
    "order_values",
    "product_values",
]

_QUESTIONS = {"vat": "vat", "email": "email", "generic": "code"}


def criteria(criterion: MatchCriterion) -> dict[str, object]:
    """What `find_parties` is asked."""
    if criterion.by == "address":
        return {
            "name": criterion.name,
            "street": criterion.street,
            "postcode": criterion.postcode,
        }
    return {_QUESTIONS[criterion.by]: criterion.value}


def found_customer(party: PartyRow) -> FoundCustomer:
    """A party; one without a name is called by its id."""
    return FoundCustomer(external(party.id), party.name or f"party {party.id}")


def line_taxes(
    lines: Sequence[BookedLine],
    of_company: Mapping[str, Sequence[int]],
    of_product: Mapping[ExternalId, Mapping[str, Sequence[int]]],
    chosen: Mapping[str, str],
) -> list[list[int] | None]:
    """Ids of the taxes of each line, None where nobody can say which tax is meant.

    The product's own tax of that rate comes first, then the one chosen in the settings, then the
    company's if there is only one, then the one that the goods of the order have. What is rounded
    or has no VAT needs no tax.
    """
    decided = [_tax(line, of_company, of_product, chosen) for line in lines]
    of_goods: dict[Decimal, set[int]] = {}
    for line, taxes in zip(lines, decided, strict=True):
        if line.kind == "goods" and taxes:
            of_goods.setdefault(line.rate, set()).update(taxes)
    return [
        list(of_goods[line.rate])
        if taxes is None and len(of_goods.get(line.rate, ())) == 1
        else taxes
        for line, taxes in zip(lines, decided, strict=True)
    ]


def order_values(
    order: ErpOrder, taxes: Sequence[Sequence[int]], settings: TrytonSettings, web_shop: int | None
) -> dict[str, object]:
    """What `import_order` is given.

    Args:
        order: the sale.
        taxes: ids of the taxes of each line, in the order of the lines.
        settings: where charges are booked and which carriers there are.
        web_shop: id of Tryton's web shop, None without the module.

    Raises:
        MappingError: an id of a party or product that cannot be one of Tryton's.
    """
    carrier = settings.carriers.get(order.delivery_method)
    values: dict[str, object] = {
        "key": order.key,
        "number": order.number,
        "date": order.date,
        "currency": order.currency,
        "warehouse": order.warehouse,
        "party": _party(order),
        "invoice_address": _address(order.billing),
        "shipment_address": _address(order.shipping),
        "lines": [
            _line(order, line, ids, settings) for line, ids in zip(order.lines, taxes, strict=True)
        ],
        "carrier": int(carrier) if carrier else None,
        "corrects": order.corrects,
        "payment_method": order.payment_method,
        "comment": _comment(order, delivery_in_words=carrier is None),
        "expected_total": order.total,
        "confirm": True,
    }
    if web_shop is not None:
        values |= {"web_shop": web_shop, "web_id": order.shop_order}
    return values


def product_values(product: NewProduct) -> dict[str, object]:
    """What `create_product` is given.

    Raises:
        MappingError: a price or a rate that is no number.
    """
    return {
        "key": product.key,
        "sku": product.sku,
        "title": product.title,
        "net": _decimal(product, "net", product.net),
        "rate": _decimal(product, "rate", product.rate),
    }


def _tax(
    line: BookedLine,
    of_company: Mapping[str, Sequence[int]],
    of_product: Mapping[ExternalId, Mapping[str, Sequence[int]]],
    chosen: Mapping[str, str],
) -> list[int] | None:
    if line.kind == "rounding":
        return []
    rate = plain(line.rate)
    own = of_product.get(line.product, {}).get(rate) if line.product is not None else None
    company = of_company.get(rate, ())
    if own and len(own) == 1:
        return list(own)
    if rate in chosen:
        return [int(chosen[rate])]
    if len(company) == 1:
        return list(company)
    return [] if not line.rate and not company else None


def _party(order: ErpOrder) -> dict[str, object]:
    party = order.party
    if not isinstance(party, NewCustomer):
        number = number_of(party)
        if number is None:
            raise MappingError(f"order {order.number}", "party", f"{party!r} is no id of Tryton's")
        return {"id": number}
    customer = party.customer
    address = order.billing or order.shipping
    at = (address.company, address.name, address.phone) if address else ("", "", "")
    return {
        "key": party.key,
        "name": _one_line(customer.company or at[0] or customer.name or at[1] or customer.email),
        "email": _one_line(customer.email),
        "phone": _one_line(customer.phone or at[2]),
        "vat": _one_line(customer.vat_id),
    }


def _one_line(text: str) -> str:
    """Tryton refuses a record with a line break or tab in a field of one line (seen with 8.2)."""
    return " ".join(text.split())


def _address(address: Address | None) -> dict[str, object] | None:
    if address is None:
        return None
    return {
        "name": _one_line(", ".join(part for part in (address.company, address.name) if part)),
        "street": address.street,
        "postcode": _one_line(address.postcode),
        "city": _one_line(address.city),
        "country": address.country,
    }


def _line(
    order: ErpOrder, line: BookedLine, taxes: Sequence[int], settings: TrytonSettings
) -> dict[str, object]:
    booked_on = {
        "goods": line.product,
        "shipping": settings.shipping_product,
        "fee": settings.fee_product,
        "discount": settings.discount_product,
        "rounding": settings.rounding_product,
    }[line.kind]
    product = None if booked_on is None else number_of(booked_on)
    if product is None and (line.kind == "goods" or booked_on is not None):
        raise MappingError(
            f"order {order.number}, line {line.description}",
            "product",
            f"{booked_on!r} is no id of Tryton's",
        )
    return {
        "product": product,
        "description": line.description,
        "quantity": line.quantity,
        "unit_price": line.unit_net,
        "taxes": list(taxes),
    }


def _comment(order: ErpOrder, *, delivery_in_words: bool) -> str:
    """The note, and what has no field of its own in a sale of Tryton."""
    phone = order.shipping.phone if order.shipping else ""
    parts = [
        order.note,
        f"Delivery: {order.delivery_method}" if delivery_in_words and order.delivery_method else "",
        f"Phone for the delivery: {phone}" if phone and phone != order.customer.phone else "",
    ]
    return "\n".join(part for part in parts if part)


def _decimal(product: NewProduct, field: str, text: str) -> Decimal:
    try:
        return Decimal(text)
    except ArithmeticError:
        raise MappingError(f"product {product.sku}", field, f"{text!r} is no number") from None
