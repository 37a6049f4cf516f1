"""Who really buys: the company behind an account, which Oscar's orders have no field for."""

from typing import Any

from shop_site.models import Company


def order_details(order: Any) -> dict[str, Any]:
    """Company and VAT id of the buyer, and a tag for rules (PANSTORE_ORDER_DETAILS).

    An invoice made out to somebody is the company's, whatever person is named in the addresses.
    """
    company = Company.objects.filter(user_id=order.user_id).first() if order.user_id else None
    if company is None:
        return {}
    return {"company": company.name, "vat_id": company.vat_id, "tags": ["business"]}


def account_details(users: list[Any]) -> dict[Any, dict[str, str]]:
    """Company and VAT id of those accounts that buy for one (PANSTORE_ACCOUNT_DETAILS)."""
    return {
        company.user_id: {"company": company.name, "vat_id": company.vat_id}
        for company in Company.objects.filter(user__in=users)
    }
