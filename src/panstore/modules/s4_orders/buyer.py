"""Who ordered: a party somebody knows, one question more, a new party, or a person decides."""

from __future__ import annotations

from panstore.model.customer import FoundCustomer, MatchCriterion
from panstore.model.ids import ExternalId
from panstore.model.plan import Held
from panstore.model.sale import NewCustomer
from panstore.modules.s4_orders.documents import untouched
from panstore.modules.s4_orders.policy import criterion, customer_key
from panstore.modules.s4_orders.settings import OrderSettings
from panstore.sdk.modules import FindCustomer, OrderCase

__all__ = ["buyer"]

_WORDS = {"vat": "VAT id", "email": "e-mail address", "address": "name and address"}


def buyer(
    case: OrderCase, settings: OrderSettings
) -> ExternalId | NewCustomer | FindCustomer | Held:
    """The party of the sale.

    Where a person has said for which party the buyer's account buys, it is that one, whatever the
    order says of its buyer: several people of a company order with addresses of their own.

    The modes are tried in the order of the settings, leaving out those the order has no data
    for. Exactly one answer decides. None or several pass the question on to the next mode; if
    nobody decides, several answers anywhere park the order (we never guess between two parties),
    and no answer at all makes a new party.
    """
    if case.party is not None:
        return case.party
    asked: list[MatchCriterion] = []
    ambiguous: list[str] = []
    for mode in settings.match:
        question = criterion(mode, case.order, settings.generic_customer)
        if question is None:
            continue
        found = case.answers.get(question)
        if found is None:
            return FindCustomer(criterion=question)
        if len(found) == 1:
            return found[0].id
        if mode == "generic" and not found:
            return _no_generic(case, settings)
        if found:
            ambiguous.append(_several(question, found))
        asked.append(question)
    if ambiguous:
        return _ambiguous(case, ambiguous)
    key = customer_key(case.view.shop_connection, case.order, asked)
    return NewCustomer(key=key, customer=case.order.customer)


def _several(question: MatchCriterion, found: tuple[FoundCustomer, ...]) -> str:
    # By ids only: a name is the person's, and reasons are kept longer than personal data.
    by = _WORDS.get(question.by, f"code {question.value}")
    return f"the {by} belongs to those with the ids {', '.join(party.id for party in found)}"


def _ambiguous(case: OrderCase, ambiguous: list[str]) -> Held:
    return Held(
        item=case.order.id,
        code="customer.ambiguous",
        reason=(
            f"Order {case.order.number}: several parties of the ERP could be the buyer:"
            f" {'; '.join(ambiguous)}. {untouched(case)}, so that it does not land on a"
            " stranger's account. Merge or deactivate the doubles in the ERP, then retry."
        ),
    )


def _no_generic(case: OrderCase, settings: OrderSettings) -> Held:
    return Held(
        item=case.order.id,
        code="customer.generic_missing",
        reason=(
            f"Order {case.order.number}: the ERP has no active party with the code"
            f" {settings.generic_customer}, which stands for all web buyers. {untouched(case)}."
            " Create that party in the ERP or correct generic_customer in the settings of S4, then"
            " retry."
        ),
    )
