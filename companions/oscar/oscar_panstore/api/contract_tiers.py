"""Buyers' own prices that the shop keeps: what is sold to an agreement at which quantity."""

import datetime as dt
from collections.abc import Iterable
from decimal import Decimal
from typing import Any, NamedTuple

from django.db import transaction
from oscar.core.loading import get_model

from oscar_panstore import conf
from oscar_panstore.api import fields
from oscar_panstore.api.errors import ApiError, refused
from oscar_panstore.api.http import Call
from oscar_panstore.api.ping import instant
from oscar_panstore.api.prices import net_price
from oscar_panstore.api.products import ids_of, money
from oscar_panstore.models import ContractTiers, TiersBuyer
from oscar_panstore.quotes import AGREED, USUAL, WITHHELD

Product = get_model("catalogue", "Product")

LONGEST_AGREEMENT = 200
LARGEST_ID = 2**63 - 1
_STATES = (AGREED, USUAL, WITHHELD)


class _Wanted(NamedTuple):
    product: int
    currency: str
    rows: list[dict[str, Any]]


def write_tiers(call: Call) -> dict[str, Any]:
    """Replace what is kept of up to 500 products under one agreement, in one transaction.

    A product without tiers is forgotten. What the shop cannot charge is refused per item; the
    others go through, and what stands there already is not written.
    """
    only_stored()
    body = fields.mapping(call.body)
    agreement = fields.text(body, "agreement", longest=LONGEST_AGREEMENT)
    items = fields.batch(body, "items")
    parents = _parents(items)
    outcomes: list[dict[str, Any]] = []
    wanted: dict[int, _Wanted] = {}
    for item in items:
        try:
            one = _wanted(fields.mapping(item), parents)
        except ApiError as error:
            shown = item.get("product") if isinstance(item, dict) else None
            outcomes.append({"product": shown, "outcome": "refused", "error": error.body()})
            continue
        wanted[one.product] = one
        outcomes.append({"product": one.product, "outcome": "done", "error": None})
    _store(agreement, wanted)
    return {"items": outcomes}


def read_tiers(call: Call) -> dict[str, Any]:
    """What is kept of the named products under one agreement; absent where nothing is."""
    agreement = fields.text(dict(call.query), "agreement", longest=LONGEST_AGREEMENT)
    kept = _kept(agreement, ids_of(call.query.get("products", "")))
    return {
        "items": [
            {
                "product": row.product_id,
                "currency": row.currency,
                "includes_tax": False,
                "tiers": row.rows,
            }
            for row in kept.values()
        ]
    }


def drop_tiers(call: Call) -> dict[str, Any]:
    """Forget all prices of an agreement; who buys under it is untouched."""
    agreement = fields.text(dict(call.query), "agreement", longest=LONGEST_AGREEMENT)
    deleted, _ = ContractTiers.objects.filter(agreement=agreement).delete()
    return {"deleted": deleted}


def list_agreements(call: Call) -> dict[str, Any]:
    """Agreements of which prices or buyers are kept."""
    del call
    known = {
        name
        for model in (ContractTiers, TiersBuyer)
        for name in model.objects.values_list("agreement", flat=True).distinct()
    }
    return {"agreements": sorted(known)}


def only_stored() -> None:
    """Refuse to keep what the shop would never look at.

    Raises:
        ApiError: 409, if the shop asks for its buyers' prices.
    """
    if not conf.keeps_prices():
        message = (
            "This shop asks PanStore for its buyers' prices and keeps none; set "
            'PANSTORE_CONTRACT_SOURCE = "stored" in the shop to have it keep them.'
        )
        raise ApiError(409, "asks_for_prices", message)


def _kept(agreement: str, products: Iterable[int]) -> dict[int, Any]:
    found = ContractTiers.objects.filter(agreement=agreement, product_id__in=products)
    return {row.product_id: row for row in found.order_by("product_id")}


def _parents(items: list[Any]) -> dict[int, bool]:
    """Product id -> whether it only holds variants, of those that exist."""
    ids = {
        int(str(item["product"]))
        for item in items
        if isinstance(item, dict) and str(item.get("product")).isdigit()
    }
    # More is more than a database can compare with.
    ids = {one for one in ids if one <= LARGEST_ID}
    found = Product.objects.filter(pk__in=ids).values_list("pk", "structure")
    return {pk: structure == Product.PARENT for pk, structure in found}


def _wanted(item: dict[str, Any], parents: dict[int, bool]) -> _Wanted:
    product = fields.integer(item, "product", least=1)
    if product not in parents:
        message = f"Product {product} does not exist in the shop; it was left out."
        raise ApiError(404, "unknown_product", message, "product")
    if parents[product]:
        message = f"Product {product} only holds variants; prices are kept of those."
        raise refused("no_stockrecord", message, "product")
    currency = fields.text(item, "currency", longest=3)
    if currency != conf.currency():
        message = f"The shop sells in {conf.currency()}; {currency} is not converted."
        raise refused("currency", message, "currency")
    if fields.flag(item, "includes_tax", default=False):
        message = "The shop stores net prices; a gross one is not converted."
        raise refused("gross", message, "includes_tax")
    rows = [_row(fields.mapping(one)) for one in fields.batch(item, "tiers")]
    starts = [Decimal(row["least"]) for row in rows]
    if starts != sorted(set(starts)):
        message = "Each tier must start above the one before it."
        raise refused("not_ascending", message, "tiers")
    return _Wanted(product, currency, rows)


def _row(tier: dict[str, Any]) -> dict[str, Any]:
    least = fields.decimal(tier, "least")
    if least <= 0:
        raise refused("not_positive", f"A tier cannot start at {least:f}.", "least")
    state = fields.text(tier, "state", longest=10)
    if state not in _STATES:
        raise refused("invalid", f"'state' must be one of {', '.join(_STATES)}.", "state")
    if state != AGREED and tier.get("amount") is not None:
        raise refused("invalid", f"A tier that is {state} has no amount.", "amount")
    amount = money(net_price(tier, "amount")) if state == AGREED else None
    # Without trailing zeros, so that the same tier is the same text.
    start = f"{least.normalize():f}"
    return {"least": start, "state": state, "amount": amount, "until": _until(tier)}


def _until(tier: dict[str, Any]) -> str | None:
    if tier.get("until") is None:
        return None
    written = fields.text(tier, "until", longest=40)
    try:
        moment = dt.datetime.fromisoformat(written)
    except ValueError:
        moment = None
    if moment is None or moment.tzinfo is None:
        message = f"'until' is {written!r}, which is no time of ISO 8601 with its zone."
        raise refused("invalid", message, "until")
    return instant(moment)


def _store(agreement: str, wanted: dict[int, _Wanted]) -> None:
    kept = _kept(agreement, wanted)
    changed = [
        ContractTiers(
            agreement=agreement, product_id=one.product, currency=one.currency, rows=one.rows
        )
        # In one order, so that two calls cannot wait for each other.
        for one in sorted(wanted.values(), key=lambda one: one.product)
        if one.rows and _is_news(kept.get(one.product), one)
    ]
    gone = [one.product for one in wanted.values() if not one.rows and one.product in kept]
    if not changed and not gone:
        # SQLite takes its one write lock when a transaction begins, so none begins for nothing.
        return
    with transaction.atomic():
        ContractTiers.objects.bulk_create(
            changed,
            update_conflicts=True,
            unique_fields=["agreement", "product"],
            update_fields=["currency", "rows"],
        )
        ContractTiers.objects.filter(agreement=agreement, product_id__in=gone).delete()


def _is_news(row: Any, wanted: _Wanted) -> bool:
    return row is None or (row.currency, row.rows) != (wanted.currency, wanted.rows)
