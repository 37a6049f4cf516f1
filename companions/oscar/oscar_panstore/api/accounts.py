"""Who has an account in the shop."""

from typing import Any

from django.contrib.auth import get_user_model
from django.db.models import Q

from oscar_panstore import conf
from oscar_panstore.api import fields
from oscar_panstore.api.http import LARGEST_BATCH, Call
from oscar_panstore.api.ping import instant
from oscar_panstore.api.products import ids_of

_LARGEST_ID = 2**63 - 1


def list_accounts(call: Call) -> dict[str, Any]:
    """Accounts in id order, those named by `ids`, or those with an `email` in any case.

    The shop's own staff is left out, unless one of them has bought something.
    """
    # An outer join counts a buyer once for each order, hence `distinct`.
    found = get_user_model()._default_manager.order_by("pk")
    found = found.filter(Q(is_staff=False) | Q(orders__isnull=False)).distinct()
    if "ids" in call.query:
        ids = [one for one in ids_of(call.query["ids"]) if one <= _LARGEST_ID]
        return {"accounts": _described(found.filter(pk__in=ids)), "next": None}
    if "email" in call.query:
        email = call.query["email"].strip()
        rows = found.filter(email__iexact=email)[:LARGEST_BATCH] if email else ()
        return {"accounts": _described(rows), "next": None}
    limit = fields.page_size(call.query, default=LARGEST_BATCH, most=LARGEST_BATCH)
    rows = list(found.filter(pk__gt=fields.after(call.query))[: limit + 1])
    following = rows[limit - 1].pk if len(rows) > limit else None
    return {"accounts": _described(rows[:limit]), "next": following}


def _described(found: Any) -> list[dict[str, Any]]:
    users = list(found)
    details = conf.account_details()
    more = details(users) if details is not None and users else {}
    return [_account(user, more.get(user.pk, {})) for user in users]


def _account(user: Any, details: dict[str, str]) -> dict[str, Any]:
    return {
        "id": user.pk,
        "email": user.email,
        "name": user.get_full_name(),
        "company": details.get("company", ""),
        "vat_id": details.get("vat_id", ""),
        "active": user.is_active,
        "opened_at": instant(getattr(user, "date_joined", None)),
    }
