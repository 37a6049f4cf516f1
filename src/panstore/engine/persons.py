"""One person's data: all that is held shown in one piece, or deleted."""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Iterator, Mapping, Sequence
from typing import Any

import msgspec
import phonenumbers
import sqlalchemy as sa

from panstore.engine.context import ORDERS, Context
from panstore.engine.contracts.accounts import remove_links
from panstore.engine.stages.mark import mark_goods
from panstore.model.contract import AccountLink
from panstore.model.ids import ExternalId, RouteId
from panstore.model.message import Channel
from panstore.store import audit, facts, parked
from panstore.store import orders as order_store
from panstore.store.account_links import account_link
from panstore.store.demand import ordered_variants
from panstore.store.orders import LEFT_ALONE, OrderRow
from panstore.store.outbox import OutboxRow, digest_of
from panstore.store.persons import (
    Content,
    addressed_to,
    erase_order,
    erase_recipient,
    orders_with,
)
from panstore.store.receipts import Stopped, list_stopped, stop
from panstore.store.seen_sales import sales_seen

__all__ = [
    "Erased",
    "Held",
    "Person",
    "ShopAccount",
    "erase",
    "export",
    "find_person",
    "person_named",
]

_SAME = frozenset({phonenumbers.MatchType.EXACT_MATCH, phonenumbers.MatchType.NSN_MATCH})
_SHORT = 3
_OWN_KEYS = ("customer", "billing", "shipping", "note")
_OTHERS = frozenset({"country", "account"})
_ERASED_BY = "the command line, with all that was held about the buyer"

ShopAccount = tuple[RouteId, ExternalId]
"""A shop's account, by the route of the shop."""


class Person(msgspec.Struct, frozen=True):
    """Who is meant: an e-mail address, or a telephone number."""

    channel: Channel
    address: str

    def is_reached_at(self, channel: Channel, address: str) -> bool:
        """Whether that is the same address or number, however it is written."""
        if channel != self.channel:
            return False
        if channel == "mail":
            return address.strip().casefold() == self.address.casefold()
        digits = _digits(address)
        if digits and digits == _digits(self.address):
            return True
        return phonenumbers.is_number_match(address, self.address) in _SAME

    def ordered(self, content: Content) -> bool:
        """Whether an order has the address anywhere about its buyer or receiver."""
        key = "email" if self.channel == "mail" else "phone"
        return any(
            self.is_reached_at(self.channel, value)
            for name in _OWN_KEYS
            for found, value in _texts(content.get(name), name)
            if found == key and value
        )


class Held(msgspec.Struct, frozen=True):
    """What is held about a person.

    Attributes:
        orders: with what the shop said of them.
        messages: with the address they go to; None once it is gone.
        stopped: rows of the stop list.
        links: for whom the person's accounts in shops buy.
    """

    person: Person
    orders: list[tuple[OrderRow, Content]]
    messages: list[tuple[OutboxRow, str | None]]
    stopped: list[Stopped]
    links: list[AccountLink] = []

    @property
    def nothing(self) -> bool:
        """Whether nothing is held."""
        return not (self.orders or self.messages or self.stopped or self.links)


class Erased(msgspec.Struct, frozen=True):
    """What came of it.

    Attributes:
        open_orders: printed numbers of orders that are not finished; if there are any and they
            were not asked for as well, nothing was erased.
        skipped: of those, the ones that were left alone for it.
        stopped: messages that were still to be sent and are not.
        links: accounts that buy for nobody any more.
    """

    done: bool
    orders: int
    messages: int
    open_orders: list[str]
    skipped: int
    stopped: int
    links: int = 0


def person_named(text: str) -> Person | None:
    """The person behind an e-mail address or a telephone number; None if it is neither."""
    wanted = text.strip()
    if "@" in wanted:
        return Person("mail", wanted)
    digits = _digits(wanted)
    fine = digits and set(wanted) <= set("0123456789+-/.() \u00a0")
    return Person("sms", wanted) if fine and len(digits) > _SHORT else None


def find_person(
    connection: sa.Connection, person: Person, accounts: Collection[ShopAccount] = ()
) -> Held:
    """Everything held about a person.

    Args:
        accounts: the person's, as the shops say now; those it ordered with are found besides.
    """
    orders = orders_with(connection, person.ordered)
    messages = addressed_to(
        connection,
        digests={digest_of(connection, person.channel, form) for form in _forms(person)},
        of_orders={(row.route, row.order_id) for row, _ in orders},
        fits=person.is_reached_at,
    )
    digests = _digests(connection, person, messages)
    return Held(
        person,
        orders,
        messages,
        [one for one in list_stopped(connection) if (one.channel, one.recipient) in digests],
        _links(connection, {*accounts, *_accounts(person, orders)}),
    )


def export(connection: sa.Connection, held: Held, *, now: dt.datetime) -> dict[str, Any]:
    """All of it as one document for JSON, with what was written down about the orders."""
    return {
        "person": held.person.address,
        "at": now,
        "orders": [_order(connection, row, content) for row, content in held.orders],
        "messages": [
            msgspec.to_builtins(row.message)
            | {"route": row.route, "order": row.order_id, "recipient": address}
            for row, address in held.messages
        ],
        "stop_list": [
            {"channel": one.channel, "since": one.since, "reason": one.reason}
            for one in held.stopped
        ],
        "accounts": [msgspec.to_builtins(one) for one in held.links],
    }


def erase(
    connection: sa.Connection, context: Context, held: Held, *, also_open: bool, stop_too: bool
) -> Erased:
    """Delete what is held about a person.

    The orders stay without the buyer: goods, amounts and numbers are the company's books. What
    stands in the shop and in the ERP has to be erased there.

    Args:
        also_open: orders that are not finished are left alone first; else nothing is done if
            there is one.
        stop_too: keep a digest of the address, so that nothing is ever sent to it again.
    """
    now = context.clock.now()
    open_ = [row for row, _ in held.orders if _is_open(connection, row)]
    if open_ and not also_open:
        return Erased(
            done=False,
            orders=0,
            messages=0,
            open_orders=[row.number for row in open_],
            skipped=0,
            stopped=0,
        )
    remove_links(connection, context, held.links, by=_ERASED_BY)
    for row in open_:
        _leave(connection, context, row)
    words = _words(held)
    stopped = 0
    for message, _ in held.messages:
        stopped += erase_recipient(connection, message, words, now=now)
    for row, _ in held.orders:
        erase_order(connection, row, words)
    if stop_too:
        for channel, digest in sorted(_digests(connection, held.person, held.messages)):
            stop(connection, channel, digest, "asked for when the data were erased", now=now)
    return Erased(
        done=True,
        orders=len(held.orders),
        messages=len(held.messages),
        open_orders=[row.number for row in open_],
        skipped=len(open_),
        stopped=stopped,
        links=len(held.links),
    )


def _is_open(connection: sa.Connection, row: OrderRow) -> bool:
    """Whether PanStore has still something to do for it, or may have soon."""
    if row.state in LEFT_ALONE or row.state == "closed":
        return False
    if row.state != "imported":
        return True
    sales = sales_seen(connection, row.route, row.order_id)
    return not sales or any(seen.sale.state == "open" for seen in sales.values())


def _leave(connection: sa.Connection, context: Context, row: OrderRow) -> None:
    """As a person skips an order, but also one that is in the ERP."""
    now = context.clock.now()
    record = parked.find_by_key(connection, row.route, ORDERS, row.order_id)
    if record is not None and record.state == "open":
        parked.close(connection, record.id, "skipped", now=now)
    order_store.settle(connection, row.route, row.order_id, "waiting")
    order_store.set_state(connection, row.route, row.order_id, "skipped")
    route = context.routes.get(row.route)
    if route is not None:
        goods = ordered_variants(connection, row.route, row.order_id)
        mark_goods(connection, context, route, goods, cause="erased", moved=False)


def _order(connection: sa.Connection, row: OrderRow, content: Content) -> dict[str, Any]:
    where = (connection, row.route, row.order_id)
    record = parked.find_by_key(connection, row.route, ORDERS, row.order_id)
    return {
        "route": row.route,
        "id": row.order_id,
        "number": row.number,
        "state": row.state,
        "seen_at": row.seen_at,
        "content": content,
        "facts": msgspec.to_builtins(facts.facts_of(*where)),
        "calls": msgspec.to_builtins(facts.intents_of(*where)),
        "sales": msgspec.to_builtins([seen.sale for seen in sales_seen(*where).values()]),
        "parked": None if record is None else msgspec.to_builtins(record),
        "audit": msgspec.to_builtins(
            audit.story(connection, row.route, ORDERS, row.order_id, limit=1000)
        ),
    }


def _accounts(person: Person, orders: Sequence[tuple[OrderRow, Content]]) -> Iterator[ShopAccount]:
    """Accounts with which the person ordered; not those of others who sent it something."""
    for row, content in orders:
        customer = content.get("customer")
        if isinstance(customer, Mapping) and person.ordered({"customer": customer}):
            account = customer.get("account")
            if isinstance(account, str) and account:
                yield row.route, ExternalId(account)


def _links(connection: sa.Connection, accounts: Collection[ShopAccount]) -> list[AccountLink]:
    found = (account_link(connection, route, account) for route, account in sorted(accounts))
    return [link for link in found if link is not None]


def _digests(
    connection: sa.Connection, person: Person, messages: Sequence[tuple[OutboxRow, str | None]]
) -> set[tuple[Channel, str]]:
    """Digests of the person's address, in every way in which it was written."""
    found = {
        (person.channel, digest_of(connection, person.channel, form)) for form in _forms(person)
    }
    for row, address in messages:
        channel = row.message.channel
        if address is not None and person.is_reached_at(channel, address):
            found.add((channel, row.recipient))
    return found


def _forms(person: Person) -> Iterator[str]:
    yield person.address
    if person.channel == "sms":
        try:
            number = phonenumbers.parse(person.address, None)
        except phonenumbers.NumberParseException:
            return
        yield phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)


def _words(held: Held) -> list[str]:
    """What must not be left in any text: all that the orders say of the buyer."""
    found = {held.person.address} | {address for _, address in held.messages if address}
    for _, content in held.orders:
        for name in _OWN_KEYS:
            found |= {text for key, text in _texts(content.get(name), name) if key not in _OTHERS}
    return sorted(word for word in found if len(word.strip()) > _SHORT)


def _texts(value: Any, key: str) -> Iterator[tuple[str, str]]:
    """(key, text) of all texts in it, however deep."""
    if isinstance(value, str):
        yield key, value
    elif isinstance(value, Mapping):
        for name, part in value.items():
            yield from _texts(part, str(name))
    elif isinstance(value, list):
        for part in value:
            yield from _texts(part, key)


def _digits(text: str) -> str:
    return "".join(filter(str.isdigit, text))
