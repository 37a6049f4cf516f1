"""P3's plan: which documents of one order the buyer is still to be mailed."""

from __future__ import annotations

import datetime as dt
from zoneinfo import ZoneInfo

import msgspec

from panstore.model.document import DocumentKind
from panstore.model.ids import ExternalId, ModuleCode, OrderKey
from panstore.model.issued import issued_of
from panstore.model.message import DocumentRef, Message, NewMessage
from panstore.model.plan import Held
from panstore.modules.p3_documents.settings import DocumentSettings
from panstore.modules.p3_documents.texts import note_for
from panstore.sdk.messages import language_of
from panstore.sdk.modules import Due, Fact, OrderCase, QueueMessages, TellShop
from panstore.sdk.order_roles import OrderUpdate

__all__ = ["address_of", "news", "next_step"]

_CODE = ModuleCode("P3")


class _Noted(msgspec.Struct, frozen=True):
    """What the shop's order says of documents so far; kept with the fact.

    Attributes:
        mails: of which its history tells; links: documents it links to.
    """

    mails: tuple[str, ...] = ()
    links: tuple[str, ...] = ()


def next_step(case: OrderCase, settings: DocumentSettings) -> Due:
    """The documents that are not in the outbox yet, or None.

    Each document is mailed once; that the buyer's address is another one later, or that the rule
    stops holding, changes nothing about what is there.
    """
    known = _queued(case)
    papers = [
        paper
        for paper, is_new in _papers(case)
        if getattr(settings, paper.kind) and is_new and (paper.kind, paper.id) not in known
    ]
    if not papers:
        return None
    holds = settings.rule.judge(case, "rule of P3")
    if isinstance(holds, Held):
        return holds
    if not holds:
        return None
    messages = [one for paper in papers for one in _mails(case, settings, paper)]
    numbers = ", ".join(paper.number for paper in papers)
    return QueueMessages(tuple(messages), f"the buyer is to have {numbers}")


def news(case: OrderCase, settings: DocumentSettings) -> Due:
    """What the shop's order shall say of documents since the last time, or None.

    A note about what went out, and links to what can be seen.
    """
    if not case.view.shop_listens:
        return None
    before = _noted(case)
    sent = [
        one
        for one in case.messages
        if settings.tell_shop and _is_out(one) and _name(one) not in before.mails
    ]
    papers = _to_link(case, settings, before)
    if not sent and not papers:
        return None
    language = settings.language or case.view.language or "en"
    revision = max((fact.revision for fact in case.all("noted")), default=0) + 1
    mails = tuple(dict.fromkeys((*before.mails, *map(_name, sent))))
    links = tuple(dict.fromkeys((*before.links, *map(_paper_name, papers))))
    text = " ".join(note_for(one, language) for one in sent)
    reasons = [text.rstrip(".")] if text else []
    if papers:
        reasons.append(f"the buyer finds {', '.join(one.number for one in papers)} in the shop")
    return TellShop(
        update=OrderUpdate(key=case.key("note", revision), order=case.order.id, note=text),
        revision=revision,
        detail=msgspec.json.encode(_Noted(mails, links)).decode(),
        reason=". ".join(reasons),
        fact="noted",
        papers=papers,
    )


def address_of(case: OrderCase) -> tuple[str, str]:
    """(the buyer's mail address, why there is none), one of them empty."""
    text = case.order.customer.email.strip()
    if not text:
        return "", "The order has no e-mail address, so nothing can be mailed."
    local, at, domain = text.rpartition("@")
    if not (local and at and domain) or "@" in local or not text.isprintable() or " " in text:
        return "", "The order's e-mail address cannot be one, so nothing can be mailed."
    return text, ""


def _papers(case: OrderCase) -> list[tuple[DocumentRef, bool]]:
    """What stands in the books, each with whether it is of the time since P3 is on.

    The credit note of a sale that we have cancelled since is told by our own fact alone.
    """
    facts = {
        fact.reference: fact
        for name in ("invoiced", "credited")
        for fact in case.all(name)
        if fact.reference
    }
    found: list[tuple[DocumentRef, bool]] = []
    for one in issued_of(case.sales.values(), case.view.zone):
        fact = facts.pop(one.id, None)
        ref = DocumentRef(one.kind, one.sale, one.id, one.number)
        found.append((ref, _is_new(case, one.date, fact)))
    for fact in facts.values():
        if fact.name == "credited":
            kind: DocumentKind = "credit_note"
            sale, id_ = OrderKey(fact.detail), ExternalId(fact.reference)
            ref = DocumentRef(kind, sale, id_, fact.number)
            found.append((ref, _is_new(case, None, fact)))
    return found


def _is_new(case: OrderCase, day: dt.date | None, fact: Fact | None) -> bool:
    """Whether it was issued after P3 was first switched on; where that is open, it was not.

    The ERP says the day only. On the first day what we issued ourselves is known to the second,
    and everything about an order that is younger is younger.
    """
    since = case.since.get(_CODE)
    if since is None or case.order.placed_at >= since:
        return since is not None
    if fact is not None:
        return fact.at >= since
    return day is not None and day > since.astimezone(ZoneInfo(case.view.zone)).date()


def _mails(case: OrderCase, settings: DocumentSettings, paper: DocumentRef) -> list[NewMessage]:
    """One for the buyer, one for each of the company's own addresses."""
    address, why = address_of(case)
    language = language_of(case, settings.language)
    buyers = NewMessage(
        channel="mail",
        purpose=paper.kind,
        recipient=address,
        language=language,
        subject=paper.id,
        document=paper,
        note=why,
    )
    own = [
        msgspec.structs.replace(buyers, recipient=one, copy=True, note="")
        for one in settings.copies_to
    ]
    return [buyers, *own]


def _queued(case: OrderCase) -> set[tuple[str, str]]:
    """(kind, the ERP's id) of the documents that have a mail to the buyer in the outbox."""
    return {
        (one.purpose, one.subject) for one in case.messages if one.channel == "mail" if not one.copy
    }


def _to_link(
    case: OrderCase, settings: DocumentSettings, before: _Noted
) -> tuple[DocumentRef, ...]:
    """Documents the buyer shall find in the shop and does not yet.

    One for which the rule holds is put into the outbox before the shop is told anything. So what is
    there has passed the rule, whatever became of its mail, and whatever the rule says by now.
    """
    if not settings.link_in_shop or not case.view.shop_links:
        return ()
    queued = _queued(case)
    return tuple(
        paper
        for paper, _ in _papers(case)
        if getattr(settings, paper.kind) and (paper.kind, paper.id) in queued
        if _paper_name(paper) not in before.links
    )


def _is_out(message: Message) -> bool:
    mine = message.channel == "mail" and message.document is not None and not message.copy
    return mine and message.state in {"sent", "delivered"}


def _name(message: Message) -> str:
    return f"{message.purpose}/{message.subject}/{message.again}"


def _paper_name(paper: DocumentRef) -> str:
    return f"{paper.kind}/{paper.id}"


def _noted(case: OrderCase) -> _Noted:
    latest = max(case.all("noted"), key=lambda fact: fact.revision, default=None)
    if latest is None:
        return _Noted()
    try:
        return msgspec.json.decode(latest.detail, type=_Noted)
    except msgspec.DecodeError:
        return _Noted()
