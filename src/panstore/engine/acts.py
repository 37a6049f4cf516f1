"""What modules may ask to be done in other systems: how each is called, looked up and named.

One entry per step. The flow commits an intent before and records a fact after; here is only what
differs from step to step.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping

import msgspec
from msgspec.structs import replace

from panstore.engine.reused_ids import id_in_shop
from panstore.model.ids import ConnectionId, OrderKey
from panstore.model.invoice import InvoiceRequest
from panstore.model.sale import Booked, BookedOrder
from panstore.sdk.errors import OutcomeUnknownError, UnsupportedError
from panstore.sdk.modules import (
    Act,
    CancelOrder,
    CreateOrder,
    CreditInvoice,
    IssueInvoice,
    OrderCase,
    Release,
    Reserve,
    TellShop,
)
from panstore.sdk.order_roles import (
    CancelOrders,
    IssueInvoices,
    OrderUpdate,
    ReserveGoods,
    UpdateOrders,
)
from panstore.sdk.roles import Connector, CreateOrders
from panstore.store.facts import Intent

__all__ = ["Done", "Step", "found_done", "sale_key_of", "step_of", "told_again", "told_by"]


class Done(msgspec.Struct, frozen=True):
    """What came of a step.

    Attributes:
        sale: as it stands now, None where the step was not about one.
        reference: the other system's id of what was made; number: what people see.
        told: for the audit and the order's story, what stands there now.
        detail: kept with the fact instead of the step's, where something else was done.
    """

    sale: BookedOrder | None
    reference: str
    number: str
    told: str
    detail: str = ""


class Step(msgspec.Struct, frozen=True):
    """A step, ready to be called.

    Attributes:
        key: of the intent; under it the other system does the step once.
        purpose: order, cancel, reserve, release, invoice, credit or tell.
        detail: kept with the fact, and with the intent unless `sent` is.
        reason: why, in the module's words.
        sent: all that the call says, where it has to be said again word for word.
    """

    key: str
    purpose: str
    fact: str
    revision: int
    detail: str
    reason: str
    connection: ConnectionId
    call: Callable[[], Awaitable[Done]]
    sent: str = ""


class _Telling(msgspec.Struct, frozen=True):
    """What is kept with the intent of telling a shop: all of it, so that it can be told again."""

    update: OrderUpdate
    detail: str


def step_of(act: Act, case: OrderCase, connectors: Mapping[ConnectionId, Connector]) -> Step:
    """How to do `act`.

    Raises:
        UnsupportedError: a connection does not play the role.
    """
    erp, shop = case.view.erp_connection, case.view.shop_connection
    connector = connectors[shop if isinstance(act, TellShop) else erp]
    match act:
        case CreateOrder():
            step = _create(act, connector)
        case CancelOrder():
            step = _cancel(act, case, connector)
        case Reserve() | Release():
            step = _goods(act, case, connector)
        case IssueInvoice() | CreditInvoice():
            step = _invoice(act, connector)
        case _:
            step = _tell(act, connector)
    return step


def found_done(intent: Intent, sale: BookedOrder | None) -> Done | None:
    """Whether a step whose reply was lost has been done, by what stands in the ERP now."""
    if sale is None:
        return None
    if intent.purpose in {"invoice", "credit"}:
        return _invoiced(sale, intent.key)
    is_done = {
        "order": True,
        "cancel": sale.state == "cancelled",
        "reserve": sale.reserved,
        "release": not sale.reserved,
    }
    if not is_done[intent.purpose]:
        return None
    return _found_created(intent, sale) if intent.purpose == "order" else _sale_done(sale)


def sale_key_of(intent: Intent) -> OrderKey | None:
    """Key of the sale a step is about."""
    if intent.purpose == "order":
        return OrderKey(intent.key)
    if intent.purpose in {"cancel", "reserve", "release", "invoice", "credit"}:
        return OrderKey(intent.detail)
    return None


def _create(act: CreateOrder, erp: Connector) -> Step:
    if not isinstance(erp, CreateOrders):
        raise UnsupportedError(f"connection {erp.id} cannot create orders")

    async def call() -> Done:
        sale = await erp.create_order(act.order)
        # Its key may have been used by a call that froze, was given up, and came late after all.
        return _created(sale, act.booked if sale.repeated else None)

    return Step(
        key=act.order.key,
        purpose="order",
        fact=act.fact,
        revision=act.revision,
        detail=msgspec.json.encode(act.booked).decode(),
        reason=act.reason,
        connection=erp.id,
        call=call,
    )


def _cancel(act: CancelOrder, case: OrderCase, erp: Connector) -> Step:
    if not isinstance(erp, CancelOrders):
        raise UnsupportedError(f"connection {erp.id} cannot cancel sales")

    async def call() -> Done:
        return _sale_done(await erp.cancel_order(act.sale))

    return Step(
        key=case.key("cancel", act.revision),
        purpose="cancel",
        fact="cancelled",
        revision=act.revision,
        detail=act.sale,
        reason=act.reason,
        connection=erp.id,
        call=call,
    )


def _goods(act: Reserve | Release, case: OrderCase, erp: Connector) -> Step:
    if not isinstance(erp, ReserveGoods):
        raise UnsupportedError(f"connection {erp.id} cannot set goods aside")

    async def call() -> Done:
        if isinstance(act, Reserve):
            return _sale_done(await erp.reserve(act.sale, whole=act.whole))
        return _sale_done(await erp.release(act.sale))

    purpose = "reserve" if isinstance(act, Reserve) else "release"
    return Step(
        key=case.key(purpose, act.revision),
        purpose=purpose,
        fact="reserved" if purpose == "reserve" else "released",
        revision=act.revision,
        detail=act.sale,
        reason=act.reason,
        connection=erp.id,
        call=call,
    )


def _invoice(act: IssueInvoice | CreditInvoice, erp: Connector) -> Step:
    if not isinstance(erp, IssueInvoices):
        raise UnsupportedError(f"connection {erp.id} cannot issue invoices")
    request = act.request

    async def call() -> Done:
        if isinstance(request, InvoiceRequest):
            sale = await erp.issue_invoice(request)
        else:
            sale = await erp.credit_invoice(request)
        done = _invoiced(sale, request.key)
        if done is None:
            what = f"it answered without the invoice {request.key}"
            raise OutcomeUnknownError(erp.id, "issue invoice", what)
        return done

    purpose = "invoice" if isinstance(act, IssueInvoice) else "credit"
    return Step(
        key=request.key,
        purpose=purpose,
        fact="invoiced" if purpose == "invoice" else "credited",
        revision=act.revision,
        detail=request.sale,
        reason=act.reason,
        connection=erp.id,
        call=call,
    )


def _tell(act: TellShop, shop: Connector) -> Step:
    return Step(
        key=act.update.key,
        purpose="tell",
        fact=act.fact,
        revision=act.revision,
        detail=act.detail,
        reason=act.reason,
        connection=shop.id,
        call=_telling(act.update, shop),
        sent=msgspec.json.encode(_Telling(act.update, act.detail)).decode(),
    )


def told_by(intent: Intent) -> OrderUpdate | None:
    """What the shop was to be told, None where that is not known any more."""
    try:
        return msgspec.json.decode(intent.detail, type=_Telling).update
    except msgspec.DecodeError:
        return None


def told_again(intent: Intent, shop: Connector) -> Step | None:
    """A step that tells the shop once more, word for word, what it may have heard already.

    By now there may be other things to tell, and the shop may show some of them by itself; but
    under one key a shop hears one thing. None where it is not known any more what was told.
    """
    try:
        telling = msgspec.json.decode(intent.detail, type=_Telling)
    except msgspec.DecodeError:
        return None  # begun by a version that kept less
    return Step(
        key=intent.key,
        purpose=intent.purpose,
        fact=intent.fact,
        revision=intent.revision,
        detail=telling.detail,
        reason="told again after a lost reply",
        connection=shop.id,
        call=_telling(telling.update, shop),
        sent=intent.detail,
    )


def _telling(update: OrderUpdate, shop: Connector) -> Callable[[], Awaitable[Done]]:
    if not isinstance(shop, UpdateOrders):
        raise UnsupportedError(f"connection {shop.id} cannot be told what became of an order")

    async def call() -> Done:
        said = update.status or update.shipments or update.invoices or update.note
        if not (said or update.links):
            return Done(None, update.order, "", "the shop shows it already")
        status = await shop.update_order(replace(update, order=id_in_shop(update.order)))
        news = update.status or update.shipments or update.invoices
        noted = "a note" if update.note else f"links to {', '.join(o.number for o in update.links)}"
        words = f"the shop shows {status}" if news else f"the order in the shop has {noted}"
        return Done(None, update.order, status, words)

    return call


def _created(sale: BookedOrder, sent: Booked | None) -> Done:
    told = f"sale {sale.number} in the ERP, total {sale.total} {sale.currency}"
    made = sent if sent is None else sent.as_made(sale)
    if made is None or not made.unlike:
        return Done(sale, sale.id, sale.number, told)
    told = f"{told}, made by an earlier call from what the order was then"
    return Done(sale, sale.id, sale.number, told, msgspec.json.encode(made).decode())


def _found_created(intent: Intent, sale: BookedOrder) -> Done:
    try:
        sent = msgspec.json.decode(intent.detail, type=Booked)
    except msgspec.DecodeError:
        sent = None  # begun by a version that kept less
    return _created(sale, sent)


def _sale_done(sale: BookedOrder) -> Done:
    if sale.state == "cancelled":
        return Done(sale, sale.id, sale.number, f"sale {sale.number} is cancelled")
    if not sale.reserved:
        told = "nothing of it is set aside"
    elif sale.all_reserved:
        told = "all its goods are set aside"
    else:
        told = "some of its goods are set aside, others are short"
    return Done(sale, sale.id, sale.number, f"sale {sale.number}: {told}")


def _invoiced(sale: BookedOrder, key: str) -> Done | None:
    for invoice in sale.invoices:
        if invoice.key == key and invoice.state != "draft":
            told = f"{invoice.number} over {invoice.total} {invoice.currency}"
            return Done(sale, invoice.id, invoice.number, told)
    return None
