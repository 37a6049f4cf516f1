"""What happened to one order, in plain words, in the order in which it happened."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from typing import Literal

import msgspec

from panstore.engine.context import A_PERSON
from panstore.engine.contracts.verdicts import PRICED, verdict_of
from panstore.engine.story_record import OrderRecord
from panstore.model.contract import VerdictOutcome
from panstore.model.errors import sentence
from panstore.store.audit import Entry
from panstore.store.facts import FactRow, Intent
from panstore.store.parked import Parked

__all__ = ["CALLS", "Happened", "Tone", "happened"]

Tone = Literal["plain", "good", "bad"]


class Happened(msgspec.Struct, frozen=True):
    """One thing that happened.

    Attributes:
        what: stable word: placed, a fact (imported, cancelled, corrected, reserved, released,
            invoiced, credited, told, noted, priced, withdrawn, revived), call (one that did not
            simply succeed), parked, retried, skipped, solved, or another outcome of the audit;
            message, and message_ with the state of a message to the buyer.
        title, text: for people; `tone` says how it is to be taken.
    """

    at: dt.datetime
    what: str
    title: str
    text: str
    tone: Tone


CALLS = {
    "order": "make the sale",
    "product": "make the article",
    "cancel": "cancel the sale",
    "reserve": "set goods aside",
    "release": "give the goods back",
    "invoice": "issue the invoice",
    "credit": "issue the credit note",
    "tell": "show what became of the order",
}
"""What a call asks for, by the purpose of its intent."""


def happened(record: OrderRecord) -> list[Happened]:
    """The past, oldest first."""
    found = [_placed(record)]
    found += [_called(intent) for intent in record.intents if not _is_plain(intent)]
    back = _notes(record)
    noted = {fact.at for fact in record.facts if fact.name == "invoiced" and fact.number in back}
    found += _priced(record)  # before what is done for it in the same moment
    found += [
        _noted(entry, note=entry.at in noted) for entry in record.audit if entry.outcome != PRICED
    ]
    told = {(entry.outcome, entry.at) for entry in record.audit}
    # The audit is forgotten after some months, and some facts never were in it.
    found += [
        _done(fact, note=fact.at in noted)
        for fact in record.facts
        if fact.name != PRICED and (fact.name, fact.at) not in told
    ]
    last = record.parked
    if last is not None and last.closed_at is not None and (last.state, last.closed_at) not in told:
        found.append(_closed(last, last.closed_at))
    return sorted(found, key=lambda one: one.at)


def _placed(record: OrderRecord) -> Happened:
    row = record.row
    if not row.total:
        text = "It could not be read; only its goods are known."
    else:
        text = f"Over {row.total} {row.currency}."
    return Happened(row.placed_at, "placed", "Placed in the shop", text, "plain")


_DONE: dict[str, tuple[str, Tone]] = {
    "imported": ("Taken over into the ERP", "good"),
    "cancelled": ("Sale cancelled in the ERP", "plain"),
    "corrected": ("Difference booked in the ERP", "good"),
    "reserved": ("Setting goods aside", "plain"),
    "released": ("Goods given back", "plain"),
    "invoiced": ("Invoice issued", "good"),
    "credited": ("Credit note issued", "plain"),
    "told": ("Shop told", "good"),
    "noted": ("Noted in the shop", "good"),
    "withdrawn": ("Cancelled in the shop", "plain"),
    "revived": ("Taken up again in the shop", "plain"),
    "parked": ("Set aside for a person", "bad"),
    "earlier": ("Left alone", "plain"),
    "skipped": ("Left alone", "plain"),
}


def _notes(record: OrderRecord) -> set[str]:
    """Numbers of credit notes: what is issued for a return is an invoice to the ERP."""
    papers = [paper for seen in record.seen.values() for paper in seen.sale.invoices]
    return {paper.number for paper in papers if paper.total < 0 and paper.number}


def _title(what: str, *, note: bool = False) -> tuple[str, Tone]:
    """In words; `note` says that what was invoiced is a credit note."""
    what = "credited" if note and what == "invoiced" else what
    return _DONE.get(what, (what.replace("_", " ").capitalize(), "plain"))


def _noted(entry: Entry, *, note: bool) -> Happened:
    title, tone = _title(entry.outcome, note=note)
    if entry.cause == A_PERSON:
        title, tone = _CLOSED.get(entry.outcome, (title, tone))
    return Happened(entry.at, entry.outcome, title, _sentence(entry.reason), tone)


def _done(fact: FactRow, *, note: bool) -> Happened:
    if fact.name == "reserved" and not fact.key:
        text = "Other orders that wait for the same goods come first."
        return Happened(fact.at, fact.name, "Put in line for its goods", text, "plain")
    title, tone = _title(fact.name, note=note)
    shown = fact.number or fact.reference
    text = f"the shop shows it as {shown}" if fact.name in {"withdrawn", "revived"} else shown
    return Happened(fact.at, fact.name, title, _sentence(text), tone)


_PRICES: dict[VerdictOutcome, tuple[str, Tone]] = {
    "agreed": ("Prices as agreed", "good"),
    "accepted": ("Other prices than agreed were accepted", "plain"),
    "corrected": ("Prices corrected to those agreed", "plain"),
}


def _priced(record: OrderRecord) -> Iterator[Happened]:
    """What was found about its prices; where nothing was agreed with the buyer there is nothing."""
    reasons = {one.at: one.reason for one in record.audit if one.outcome == PRICED}
    for fact in record.facts:
        verdict = verdict_of(fact) if fact.name == PRICED else None
        if verdict is None or (verdict.outcome == "agreed" and not fact.reference):
            continue
        title, tone = _PRICES[verdict.outcome]
        by = f"by a person at {fact.number}" if fact.number else ""
        yield Happened(fact.at, PRICED, title, _sentence(reasons.get(fact.at, by)), tone)


def _is_plain(intent: Intent) -> bool:
    """Whether the fact says all there is to say of the call."""
    return intent.state == "done" and intent.attempts == 1 and intent.purpose != "product"


_ENDED: dict[str, tuple[str, Tone]] = {
    "started": ("no answer yet, or it was lost with the process that asked", "plain"),
    "done": ("done", "good"),
    "refused": ("refused", "bad"),
    "unknown": ("the answer was lost; it is looked up before anything else is tried", "bad"),
    "untried": ("it certainly had no effect", "plain"),
}


def _called(intent: Intent) -> Happened:
    whom = "shop" if intent.purpose == "tell" else "ERP"
    words, tone = _ENDED.get(intent.state, (intent.state, "plain"))
    times = "" if intent.attempts == 1 else f", asked {intent.attempts} times"
    detail = f": {intent.message}" if intent.message and intent.state != "done" else ""
    title = f"Asked the {whom} to {CALLS.get(intent.purpose, intent.purpose)}"
    text = _sentence(f"{words[:1].upper()}{words[1:]}{times}{detail}")
    return Happened(intent.started_at, "call", title, text, tone)


_CLOSED: dict[str, tuple[str, Tone]] = {
    "retried": ("A person had it tried again", "plain"),
    "skipped": ("A person left it alone", "plain"),
    "solved": ("Went on after all", "good"),
}


def _closed(parked: Parked, at: dt.datetime) -> Happened:
    title, tone = _CLOSED.get(parked.state, (parked.state.capitalize(), "plain"))
    return Happened(at, parked.state, title, "", tone)


def _sentence(text: str) -> str:
    told = text.strip()
    return f"{told[:1].upper()}{sentence(told[1:])}" if told else ""
