"""P3 on whole orders: what is mailed, in which words, and what never twice."""

from __future__ import annotations

import copy
import datetime as dt
from decimal import Decimal
from typing import Any

import msgspec
import pytest
from msgspec.structs import replace
from pydantic import ValidationError

from panstore.model.customer import Address, Customer
from panstore.model.document import Document, DocumentKind, DocumentParty, Language
from panstore.model.errors import InvariantError
from panstore.model.ids import ExternalId, ModuleCode, OrderKey
from panstore.model.message import DocumentRef, Letter, Message, MessageState, NewMessage
from panstore.model.plan import Held
from panstore.model.shipment import Shipment
from panstore.modules.p3_documents.module import module
from panstore.modules.p3_documents.settings import DocumentSettings
from panstore.modules.p3_documents.texts import EXAMPLE, HTML, SUBJECTS, TEXTS, note_for
from panstore.sdk import FlowModule, Settings
from panstore.sdk.document_roles import Page
from panstore.sdk.messages import MessageModule
from panstore.sdk.modules import Explains, OrderCase, QueueMessages, TellShop
from panstore.sdk.rules import Rule
from panstore.sdk.templates import Template
from tests.unit.modules.order_life import (
    NOON,
    PLACED,
    SALE,
    an_order,
    case,
    credit_note,
    fact,
    goods,
    invoice,
    parcel,
    sale,
)

P3 = ModuleCode("P3")
ALL = DocumentSettings()
KINDS: tuple[DocumentKind, ...] = ("invoice", "credit_note", "delivery_note")
LANGUAGES: tuple[Language, ...] = ("sl", "en")
INVOICED = sale(goods("2"), invoices=(invoice(),))
EMAIL = "Ana@Example.si"


def known(
    base: OrderCase, *messages: Message, since: dt.datetime = PLACED, **view: Any
) -> OrderCase:
    """The case with P3 on since then."""
    shown = replace(base.view, **{"shop_listens": True} | view)
    return replace(base, view=shown, messages=messages, since={P3: since})


def queued(base: OrderCase, settings: DocumentSettings = ALL) -> list[NewMessage]:
    due = module.due(base, settings)
    assert due is None or isinstance(due, QueueMessages)
    return [] if due is None else list(due.messages)


def mail(
    kind: DocumentKind = "invoice",
    id_: str = "i1",
    state: MessageState = "sent",
    number: str = "2026-1",
    **changes: Any,
) -> Message:
    """A message of P3 in the outbox."""
    ref = DocumentRef(kind, SALE, ExternalId(id_), number)
    given: dict[str, Any] = {
        "id": f"shop/77/mail/{kind}/{id_}/d/0",
        "channel": "mail",
        "purpose": kind,
        "subject": id_,
        "language": "sl",
        "state": state,
        "queued_at": NOON,
        "document": ref,
    }
    return Message(**given | changes)


def test_every_issued_document_is_queued_once_for_the_buyer() -> None:
    shipped = Shipment(ExternalId("p9"), "OUT9", "shipped", shipped_at=NOON)
    whole = sale(
        goods("2", shipped="2"),
        shipments=(shipped, parcel("reserved")),
        invoices=(invoice(), credit_note(2, credits="i1"), invoice(3, state="draft")),
    )
    base = known(case(an_order(), [whole]))
    wanted = queued(base)
    assert [(one.purpose, one.subject) for one in wanted] == [
        ("invoice", "i1"),
        ("credit_note", "i2"),
        ("delivery_note", "p9"),
    ]
    assert {(one.recipient, one.language, one.copy) for one in wanted} == {(EMAIL, "sl", False)}
    assert wanted[0].document == DocumentRef("invoice", SALE, ExternalId("i1"), "2026-1")
    there = [mail(), mail("credit_note", "i2"), mail("delivery_note", "p9", state="waiting")]
    assert queued(replace(base, messages=tuple(there))) == []


def test_what_is_there_counts_whatever_became_of_it_but_not_for_the_company() -> None:
    base = known(case(an_order(), [INVOICED]), mail(state="refused"))
    assert queued(base) == []
    assert queued(replace(base, messages=(mail(copy=True),))) != []
    assert queued(replace(base, messages=(mail(channel="sms"),))) != []


@pytest.mark.parametrize("kind", KINDS)
def test_a_kind_can_be_switched_off(kind: DocumentKind) -> None:
    shipped = Shipment(ExternalId("p9"), "OUT9", "shipped", shipped_at=NOON)
    whole = sale(shipments=(shipped,), invoices=(invoice(), credit_note(2)))
    settings = DocumentSettings.model_validate({kind: False})
    kinds = {one.purpose for one in queued(known(case(an_order(), [whole])), settings)}
    assert kinds == set(KINDS) - {kind}


def test_the_rule_decides_and_a_rule_without_an_answer_is_shown() -> None:
    base = known(case(an_order(), [INVOICED]))
    assert queued(base, DocumentSettings(rule=Rule("order.total > 100.0"))) == []
    broken = DocumentSettings(rule=Rule("10 / (order.line_count - 1) > 1"))
    assert isinstance(module.due(base, broken), Held)
    assert module.due(known(case(an_order())), broken) is None


def test_copies_are_mails_of_their_own_also_where_the_buyer_has_no_address() -> None:
    order = an_order(customer=Customer(None, "Ana", ""))
    settings = DocumentSettings(copies_to=("a@example.com", "b@example.com"))
    buyers, *own = queued(known(case(order, [INVOICED])), settings)
    assert (buyers.recipient, "no e-mail address" in buyers.note) == ("", True)
    assert [(one.recipient, one.copy, one.note) for one in own] == [
        ("a@example.com", True, ""),
        ("b@example.com", True, ""),
    ]


@pytest.mark.parametrize("typed", ["ana", "@x.si", "ana@", "a@b@c.si", "ana b@x.si", "a@x.si\nb"])
def test_an_address_that_cannot_be_one_is_not_tried(typed: str) -> None:
    base = known(case(an_order(customer=Customer(None, "Ana", typed)), [INVOICED]))
    [message] = queued(base)
    assert (message.recipient, "cannot be one" in message.note) == ("", True)
    assert module.recipient(base, ALL) == ""


@pytest.mark.parametrize(
    ("language", "country", "setting", "route", "said"),
    [
        ("", "SI", None, None, "sl"),
        ("", "AT", None, None, "en"),
        ("sl-SI", "AT", None, None, "sl"),
        ("de", "SI", None, None, "en"),
        ("en_GB", "SI", None, None, "en"),
        ("en", "AT", "sl", "en", "sl"),
        ("en", "AT", None, "sl", "sl"),
        ("", "", None, None, "en"),
    ],
)
def test_the_buyers_language(
    language: str, country: str, setting: Language | None, route: Language | None, said: Language
) -> None:
    address = Address("A", "B", "1", "C", country) if country else None
    order = an_order(language=language, billing=address)
    base = known(case(order, [INVOICED]), language=route)
    [message] = queued(base, DocumentSettings(language=setting))
    assert message.language == said


def test_what_was_issued_before_p3_is_not_mailed() -> None:
    later = NOON + dt.timedelta(hours=1)
    dated = sale(goods("2"), invoices=(invoice(date=NOON.date()),))
    assert queued(known(case(an_order(), [dated]), since=later)) == []
    assert queued(replace(case(an_order(), [dated]), since={})) == []
    issued = fact("invoiced", reference="i1")
    assert queued(known(case(an_order(), [dated], [issued]), since=later)) == []
    assert queued(known(case(an_order(), [dated], [issued]), since=NOON)) != []
    tomorrow = sale(goods("2"), invoices=(invoice(date=NOON.date() + dt.timedelta(days=1)),))
    assert queued(known(case(an_order(), [tomorrow]), since=later)) != []
    younger = an_order(placed_at=later)
    assert queued(known(case(younger, [dated]), since=later)) != []


def test_the_credit_note_of_a_sale_we_cancelled_is_known_by_our_fact() -> None:
    credited = replace(fact("credited", reference="i2"), number="2026-2")
    gone = replace(fact("invoiced", reference="i1"), number="2026-1")
    [message] = queued(known(case(an_order(stage="cancelled"), [], [gone, credited])))
    assert message.document == DocumentRef(
        "credit_note", OrderKey(SALE), ExternalId("i2"), "2026-2"
    )


def test_the_shop_notes_each_mail_once() -> None:
    base = known(case(an_order()), mail(), mail("delivery_note", "p1", number="OUT1"))
    due = module.report(base, ALL)
    assert isinstance(due, TellShop)
    assert (
        due.update.note
        == "Invoice 2026-1 was mailed to the buyer. Delivery note OUT1 was mailed to the buyer."
    )
    assert (due.fact, due.revision, due.update.status) == ("noted", 1, None)
    told = replace(fact("noted"), detail=due.detail)
    assert module.report(replace(base, facts=(told,)), ALL) is None
    again = replace(base, facts=(told,), messages=(*base.messages, mail(again=1)))
    more = module.report(again, DocumentSettings(language="sl"))
    assert isinstance(more, TellShop)
    assert (more.revision, more.update.note) == (2, "Račun 2026-1 je bil poslan kupcu po e-pošti.")
    unreadable = replace(told, detail="{")
    assert isinstance(module.report(replace(base, facts=(unreadable,)), ALL), TellShop)


def test_nothing_is_noted_where_nobody_listens_or_nothing_went_out() -> None:
    base = known(case(an_order()), mail())
    assert module.report(base, DocumentSettings(tell_shop=False)) is None
    assert module.report(known(case(an_order()), mail(), shop_listens=False), ALL) is None
    for quiet in (mail(state="waiting"), mail(copy=True), mail(document=None), mail(channel="sms")):
        assert module.report(known(case(an_order()), quiet), ALL) is None
    assert note_for(mail(document=None), "en") == ""


def test_a_document_is_linked_in_the_shop_once_whatever_became_of_its_mail() -> None:
    base = known(case(an_order(), [INVOICED]), mail(state="refused"), shop_links=True)
    due = module.report(base, ALL)
    assert isinstance(due, TellShop)
    assert due.papers == (DocumentRef("invoice", SALE, ExternalId("i1"), "2026-1"),)
    assert due.update.note == ""
    assert due.reason == "the buyer finds 2026-1 in the shop"
    told = replace(fact("noted"), detail=due.detail)
    assert module.report(replace(base, facts=(told,)), ALL) is None
    went_out = replace(base, facts=(told,), messages=(mail(),))
    more = module.report(went_out, ALL)
    assert isinstance(more, TellShop)
    assert (more.papers, more.revision) == ((), 2)
    third = replace(told, revision=2, detail=more.detail)
    assert module.report(replace(went_out, facts=(told, third)), ALL) is None


def test_nothing_is_linked_that_the_rule_or_a_setting_keeps_back() -> None:
    base = known(case(an_order(), [INVOICED]), mail(state="refused"), shop_links=True)
    assert module.report(base, DocumentSettings(link_in_shop=False)) is None
    assert module.report(base, DocumentSettings(invoice=False)) is None
    nothing_queued = known(case(an_order(), [INVOICED]), shop_links=True)
    assert module.report(nothing_queued, ALL) is None
    no_links = known(case(an_order(), [INVOICED]), mail(state="refused"))
    assert module.report(no_links, ALL) is None


def document(kind: DocumentKind, **changes: Any) -> Document:
    """A paper as the ERP issued it."""
    given: dict[str, Any] = {
        "kind": kind,
        "id": ExternalId("i1"),
        "number": "2026-1",
        "date": dt.date(2026, 11, 24),
        "currency": "EUR",
        "seller": DocumentParty("Primer & sin d.o.o.", iban="SI56191000000123438", phone="01 2"),
        "buyer": DocumentParty("Ana Žagar"),
        "lines": (),
        "total": Decimal("1234.50"),
        "due": dt.date(2026, 12, 2),
        "reference": "SI00 20261",
        "tracking": "RR1",
    }
    return Document(**given | changes)


def written(paper: Document, settings: DocumentSettings = ALL, language: Language = "sl") -> Letter:
    message = mail(paper.kind, language=language)
    made = module.compose(
        message, EMAIL, known(case(an_order())), settings, (paper, Page("a.pdf", b"PDF"))
    )
    assert isinstance(made, Letter)
    return made


def test_the_mail_says_what_the_paper_says_in_the_buyers_language() -> None:
    letter = written(document("invoice"))
    assert letter.subject == "Račun 2026-1 za naročilo 100077"
    assert "1.234,50 EUR" in letter.text
    assert "SI56 1910 0000 0123 438" in letter.text
    assert "Primer &amp; sin d.o.o." in letter.html
    assert letter.date == NOON
    assert [(one.name, one.content) for one in letter.attachments] == [("a.pdf", b"PDF")]
    english = written(document("invoice"), language="en")
    assert "1,234.50 EUR" in english.text
    assert "2 December 2026" in english.text


def test_a_paid_invoice_asks_for_nothing() -> None:
    letter = written(document("invoice", paid=Decimal("1234.50"), due=None))
    assert "SI56" not in letter.text + letter.html
    assert "Račun je plačan" in letter.text


def test_a_credit_note_speaks_of_the_amount_without_a_sign() -> None:
    letter = written(document("credit_note", total=Decimal("-12.20"), credits="2026-7"))
    assert "12,20 EUR" in letter.text
    assert "-12,20" not in letter.text
    assert "2026-7" in letter.html


def test_yen_have_no_cents() -> None:
    paper = document("invoice", currency="JPY", total=Decimal(1200))
    assert "1.200 JPY" in written(paper).text


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("language", LANGUAGES)
def test_the_standard_texts_hold_with_every_value_missing(
    kind: DocumentKind, language: Language
) -> None:
    empty: dict[str, Any] = copy.deepcopy(dict(EXAMPLE))
    for part in empty.values():
        for name in part:
            part[name] = ""
    for fields in (EXAMPLE, empty):
        text = Template(TEXTS[kind, language], EXAMPLE).render(fields)
        html = Template(HTML[kind, language], EXAMPLE, html=True).render(fields)
        subject = Template(SUBJECTS[kind, language], EXAMPLE).render(fields)
        assert "\n\n\n" not in text
        assert "{" not in subject + text
        assert "@" not in html.replace("info@example.com", "")


def test_own_words_replace_ours_one_by_one() -> None:
    own = {"texts": {"invoice": {"sl": {"subject": "Hvala, {{ buyer.name }}!"}}}}
    settings = DocumentSettings.model_validate(own)
    letter = written(document("invoice"), settings)
    assert letter.subject == "Hvala, Ana Žagar!"
    assert letter.html
    plain = {"texts": {"invoice": {"sl": {"text": "Račun je tu.\n"}}}}
    letter = written(document("invoice"), DocumentSettings.model_validate(plain))
    assert (letter.text, letter.html) == ("Račun je tu.\n", "")
    both = {"texts": {"invoice": {"en": {"text": "Here.", "html": "<b>{{ seller.name }}</b>"}}}}
    letter = written(document("invoice"), DocumentSettings.model_validate(both), "en")
    assert (letter.text, letter.html) == ("Here.\n", "<b>Primer &amp; sin d.o.o.</b>")


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({"subject": "{{ order.nr }}"}, "line 1: there is no name order.nr; allowed: order.number"),
        ({"subject": "a\nb"}, "one line"),
        ({"text": "Hi\n{{ nobody }}"}, "line 2: there is no name nobody"),
        ({"html": "{% if %}"}, "line 1"),
        ({"body": ""}, "Extra inputs"),
    ],
)
def test_a_wrong_text_is_refused_when_it_is_loaded(given: dict[str, str], said: str) -> None:
    with pytest.raises(ValidationError) as refused:
        DocumentSettings.model_validate({"texts": {"invoice": {"en": given}}})
    assert said in str(refused.value)
    assert "texts.invoice.en" in str(refused.value)


@pytest.mark.parametrize("address", ["office", "@x.si", "a@b@c.si", "a b@x.si", "a@x.si\n"])
def test_a_wrong_address_for_copies_is_refused(address: str) -> None:
    with pytest.raises(ValidationError, match="is no mail address"):
        DocumentSettings(copies_to=(address,))


def test_a_text_that_fails_with_these_values_holds_the_message_alone() -> None:
    text = "{{ (1 / (document.total | length - 8)) | round }}"
    settings = DocumentSettings.model_validate({"texts": {"invoice": {"sl": {"text": text}}}})
    paper = document("invoice", total=Decimal("1.50"))
    held = module.compose(
        mail(), EMAIL, known(case(an_order())), settings, (paper, Page("a.pdf", b""))
    )
    assert isinstance(held, Held)
    assert (held.code, "invoice (sl)" in held.reason) == ("message.text", True)


def test_it_is_a_module_with_messages_that_explains_itself() -> None:
    assert isinstance(module, FlowModule)
    assert isinstance(module, MessageModule)
    assert isinstance(module, Explains)
    [said] = module.explain(known(case(an_order(), [INVOICED])), ALL)
    assert (said.setting, said.holds) == ("rule", True)
    assert module.recipient(case(an_order()), ALL) == EMAIL
    assert msgspec.json.encode(mail())


def test_wrong_use_is_an_error_of_ours() -> None:
    with pytest.raises(InvariantError):
        module.due(case(an_order()), Settings())
    with pytest.raises(InvariantError):
        module.compose(mail(), EMAIL, case(an_order()), ALL, None)
