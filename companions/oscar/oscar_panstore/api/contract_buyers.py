"""Which accounts buy at prices that the shop keeps."""

from typing import Any, NamedTuple

from django.contrib.auth import get_user_model
from django.db import transaction

from oscar_panstore.api import fields
from oscar_panstore.api.contract_tiers import (
    LARGEST_ID,
    LONGEST_AGREEMENT,
    only_stored,
)
from oscar_panstore.api.errors import ApiError
from oscar_panstore.api.http import Call
from oscar_panstore.api.products import ids_of
from oscar_panstore.models import TiersBuyer

_LONGEST_TITLE = 255


class _Wanted(NamedTuple):
    account: int
    agreement: str | None
    title: str


def write_buyers(call: Call) -> dict[str, Any]:
    """Say of up to 500 accounts under which agreement they buy, in one transaction.

    An account without an agreement buys at the shop's own prices, and nothing is kept of it. A shop
    that asks for prices keeps none, but what it was told before may be taken back.
    """
    items = fields.batch(call.body, "buyers")
    if not all(isinstance(one, dict) and one.get("agreement") is None for one in items):
        only_stored()
    known = _accounts(items)
    outcomes: list[dict[str, Any]] = []
    wanted: dict[int, _Wanted] = {}
    for item in items:
        try:
            one = _wanted(fields.mapping(item), known)
        except ApiError as error:
            shown = item.get("account") if isinstance(item, dict) else None
            outcomes.append({"account": shown, "outcome": "refused", "error": error.body()})
            continue
        wanted[one.account] = one
        outcomes.append({"account": one.account, "outcome": "done", "error": None})
    _store(wanted)
    return {"buyers": outcomes}


def read_buyers(call: Call) -> dict[str, Any]:
    """Under which agreement each of the named accounts buys; absent without one."""
    ids = [one for one in ids_of(call.query.get("accounts", "")) if one <= LARGEST_ID]
    found = TiersBuyer.objects.filter(pk__in=ids).order_by("pk")
    return {
        "buyers": [
            {"account": row.pk, "agreement": row.agreement, "title": row.title} for row in found
        ]
    }


def _accounts(items: list[Any]) -> set[int]:
    ids = {
        int(str(item["account"]))
        for item in items
        if isinstance(item, dict) and str(item.get("account")).isdigit()
    }
    users = get_user_model()._default_manager
    return set(
        users.filter(pk__in=[one for one in ids if one <= LARGEST_ID]).values_list("pk", flat=True)
    )


def _wanted(item: dict[str, Any], known: set[int]) -> _Wanted:
    account = fields.integer(item, "account", least=1)
    if account not in known:
        message = f"Account {account} does not exist in the shop; it was left out."
        raise ApiError(404, "unknown_account", message, "account")
    agreement = None
    if item.get("agreement") is not None:
        agreement = fields.text(item, "agreement", longest=LONGEST_AGREEMENT)
    title = fields.text(item, "title", longest=_LONGEST_TITLE, required=False)
    return _Wanted(account, agreement, title)


def _store(wanted: dict[int, _Wanted]) -> None:
    kept = {row.pk: row for row in TiersBuyer.objects.filter(pk__in=wanted)}
    changed = [
        TiersBuyer(user_id=one.account, agreement=one.agreement, title=one.title)
        # In one order, so that two calls cannot wait for each other.
        for one in sorted(wanted.values(), key=lambda one: one.account)
        if one.agreement is not None and _is_news(kept.get(one.account), one)
    ]
    gone = [one.account for one in wanted.values() if one.agreement is None and one.account in kept]
    if not changed and not gone:
        return
    with transaction.atomic():
        TiersBuyer.objects.bulk_create(
            changed,
            update_conflicts=True,
            unique_fields=["user"],
            update_fields=["agreement", "title"],
        )
        TiersBuyer.objects.filter(pk__in=gone).delete()


def _is_news(row: Any, wanted: _Wanted) -> bool:
    return row is None or (row.agreement, row.title) != (wanted.agreement, wanted.title)
