"""P1 on whole orders: what is invoiced, what is credited, and what never twice."""

import datetime as dt
from collections.abc import Iterable
from decimal import Decimal

import msgspec
import pytest

from panstore.model.errors import InvariantError
from panstore.model.invoice import Invoice, InvoiceState
from panstore.model.order import Order
from panstore.model.plan import Held
from panstore.model.sale import BookedOrder
from panstore.modules.p1_invoices.module import module
from panstore.modules.p1_invoices.settings import InvoiceSettings
from panstore.sdk import FlowModule, Settings
from panstore.sdk.modules import CreditInvoice, Due, Fact, IssueInvoice
from panstore.sdk.rules import Rule
from tests.unit.modules.order_life import (
    SALE,
    an_order,
    case,
    credit_note,
    fact,
    goods,
    invoice,
    paid,
    parcel,
    refund,
    sale,
)

AT_ONCE = InvoiceSettings(rule=Rule("true"))
WHEN_PAID = InvoiceSettings(rule=Rule("order.paid"))
BY_PARCEL = InvoiceSettings(rule=Rule("true"), scope="shipped")
ORDER = an_order()
OPEN = sale(goods("2"))
SHIPPED = sale(goods("2", shipped="2"))
TAKEN_BACK = "invoice.taken_back"
RETURN = "shop/77/return/1"
SUPPLEMENT = "shop/77/supplement/1"
ISSUED = fact("invoiced", reference="i1")
BACK = an_order(refunds=(refund("6.10"),))


def invoiced(*, shipped: str = "0", invoices: Iterable[object] = (invoice(),)) -> BookedOrder:
    return sale(goods("2", "0", shipped, "2"), invoices=tuple(invoices))  # type: ignore[arg-type]


def returned(shipped: str = "0", **given: object) -> BookedOrder:
    return sale(goods("-1", "0", shipped), key=RETURN, total="-6.10", **given)  # type: ignore[arg-type]


def due(
    order: Order = ORDER,
    sales: Iterable[BookedOrder] = (OPEN,),
    facts: Iterable[Fact] = (),
    settings: Settings = AT_ONCE,
) -> Due:
    return module.due(case(order, sales, facts), settings)


def issued(step: Due) -> IssueInvoice:
    assert isinstance(step, IssueInvoice)
    assert step.request.key == f"shop/77/invoice/{step.revision}"
    return step


def credited(step: Due) -> CreditInvoice:
    assert isinstance(step, CreditInvoice)
    assert step.request.key == f"shop/77/credit/{step.revision}"
    return step


def held(step: Due, code: str) -> str:
    assert isinstance(step, Held)
    assert (step.item, step.code) == ("77", code)
    assert "Order 100077" in step.reason
    return step.reason


def test_an_order_is_invoiced_once_its_rule_holds() -> None:
    assert due(settings=WHEN_PAID) is None
    step = issued(due(an_order(payments=paid()), settings=WHEN_PAID))
    assert (step.request.sale, step.request.scope, step.revision) == (SALE, "order", 1)
    assert step.reason == "the rule holds: order.paid"


def test_by_default_it_is_invoiced_when_it_has_left() -> None:
    assert due(settings=InvoiceSettings()) is None
    issued(due(sales=[SHIPPED], settings=InvoiceSettings()))


def test_its_date_is_the_company_s() -> None:
    late = case(ORDER, [OPEN], now=dt.datetime(2026, 11, 24, 23, 30, tzinfo=dt.UTC))
    assert issued(module.due(late, AT_ONCE)).request.date == dt.date(2026, 11, 25)


def test_nothing_is_due_without_a_sale() -> None:
    assert due(sales=[]) is None
    assert due(sales=[sale(goods("2"), state="cancelled")]) is None


@pytest.mark.parametrize("state", ["posted", "paid"])
def test_one_invoice_is_enough_whoever_made_it(state: str) -> None:
    by_hand = invoice(state=state)  # type: ignore[arg-type]
    assert due(sales=[invoiced(invoices=[by_hand])]) is None
    assert due(sales=[invoiced(invoices=[by_hand])], facts=[ISSUED]) is None


def test_what_the_erp_counts_as_invoiced_is_invoiced() -> None:
    assert due(sales=[invoiced(invoices=[])]) is None


def test_a_draft_is_no_invoice() -> None:
    issued(due(sales=[sale(goods("2"), invoices=(invoice(state="draft"),))]))


def test_a_supplement_has_an_invoice_of_its_own() -> None:
    more = sale(goods("1"), key=SUPPLEMENT, total="6.10")
    step = issued(due(an_order("18.30"), [invoiced(), more], [ISSUED]))
    assert (step.request.sale, step.revision) == (SUPPLEMENT, 2)


def test_by_parcel_only_what_has_left_is_invoiced() -> None:
    assert due(settings=BY_PARCEL) is None
    step = issued(due(sales=[sale(goods("2", shipped="1"))], settings=BY_PARCEL))
    assert step.request.scope == "shipped"


def test_by_parcel_each_parcel_has_its_invoice() -> None:
    first = invoice(total="6.10")
    half = sale(goods("2", "0", "1", "1"), invoices=(first,))
    assert due(sales=[half], facts=[ISSUED], settings=BY_PARCEL) is None
    more = sale(goods("2", "0", "2", "1"), invoices=(first,))
    assert issued(due(sales=[more], facts=[ISSUED], settings=BY_PARCEL)).revision == 2
    whole = sale(goods("2", "0", "2", "2"), invoices=(first, invoice(2, "6.10")))
    assert due(sales=[whole], facts=[ISSUED, ISSUED], settings=BY_PARCEL) is None


def test_by_parcel_a_sale_without_goods_is_invoiced_whole() -> None:
    assert issued(due(sales=[sale()], settings=BY_PARCEL)).request.scope == "order"
    assert due(sales=[sale(invoices=(invoice(),))], settings=BY_PARCEL) is None


def test_the_rest_of_a_part_invoiced_order_follows_its_parcels() -> None:
    """The setting was changed, or a person began with a part."""
    half = sale(goods("2", "0", "1", "1"), invoices=(invoice(total="6.10"),))
    assert due(sales=[half]) is None
    more = sale(goods("2", "0", "2", "1"), invoices=(invoice(total="6.10"),))
    assert issued(due(sales=[more])).request.scope == "shipped"


def test_more_shipped_than_ordered_is_not_invoiced_by_itself() -> None:
    assert due(sales=[sale(goods("2", "0", "3", "2"), invoices=(invoice(),))]) is None


def test_a_rule_that_cannot_be_worked_out_holds_the_order() -> None:
    broken = InvoiceSettings(rule=Rule("1 / (order.line_count - 1) == 1"))
    assert "rule of P1" in held(due(settings=broken), "rule.failed")


def test_another_total_than_the_shop_s_is_not_invoiced() -> None:
    text = held(due(sales=[sale(goods("2"), total="12.21")]), "invoice.total")
    assert "12.21 EUR" in text
    assert "12.20 EUR" in text
    assert due(sales=[sale(goods("2"), total="12.21")], settings=WHEN_PAID) is None


def test_a_supplement_that_a_person_cancelled_is_that_person_s_decision() -> None:
    gone = sale(goods("1"), key=SUPPLEMENT, total="6.10", state="cancelled")
    assert issued(due(an_order("18.30"), [OPEN, gone])).request.sale == SALE


def test_a_refund_that_is_not_booked_yet_stops_the_invoice() -> None:
    held(due(BACK), "invoice.total")
    issued(due(BACK, [OPEN, returned()]))


def test_a_return_of_an_invoiced_order_is_credited_at_once() -> None:
    step = issued(due(BACK, [invoiced(), returned()], [ISSUED]))
    assert (step.request.sale, step.request.scope, step.revision) == (RETURN, "order", 2)
    assert "go back" in step.reason


def test_a_return_is_credited_once() -> None:
    note = credit_note(2, "-6.10")
    assert due(BACK, [invoiced(), returned(invoices=(note,))], [ISSUED]) is None


def test_a_return_is_credited_when_it_has_come_by_setting() -> None:
    received = InvoiceSettings(rule=Rule("true"), credit="received")
    gone = invoiced(shipped="2")
    assert due(BACK, [gone, returned()], settings=received) is None
    step = issued(due(BACK, [gone, returned("-1")], settings=received))
    assert "went back" in step.reason


def test_money_alone_does_not_come_back() -> None:
    received = InvoiceSettings(rule=Rule("true"), credit="received")
    money = sale(key=RETURN, total="-6.10")
    assert issued(due(BACK, [invoiced(), money], settings=received)).request.sale == RETURN


def test_a_return_is_credited_whatever_the_rule_says_now() -> None:
    never = InvoiceSettings(rule=Rule("false"))
    issued(due(BACK, [invoiced(), returned()], settings=never))


def test_what_was_never_invoiced_is_not_credited() -> None:
    assert due(BACK, [OPEN, returned()], settings=InvoiceSettings()) is None


def test_a_void_order_s_invoice_is_taken_back() -> None:
    order = an_order(stage="cancelled")
    step = credited(due(order, [invoiced()], [ISSUED]))
    assert (step.request.sale, step.request.invoice, step.revision) == (SALE, "i1", 1)
    assert "2026-1" in step.reason
    taken = invoiced(invoices=[invoice(state="cancelled"), credit_note(2, credits="i1")])
    assert due(order, [taken], [ISSUED, fact("credited")]) is None


def test_every_invoice_of_a_void_order_is_taken_back_also_one_made_by_hand() -> None:
    order = an_order(refunds=(refund("12.20"),))
    both = invoiced(invoices=[invoice(1, "6.10", state="cancelled"), invoice(2, "6.10")])
    step = credited(due(order, [both], [ISSUED, fact("credited")]))
    assert (step.request.invoice, step.revision) == ("i2", 2)


def test_a_credit_note_that_names_no_invoice_takes_back_one() -> None:
    order = an_order(stage="cancelled")
    assert due(order, [invoiced(invoices=[invoice(), credit_note(2)])], [ISSUED]) is None
    two = invoiced(invoices=[invoice(1, "6.10"), invoice(3, "6.10"), credit_note(2, "-6.10")])
    assert credited(due(order, [two], [ISSUED])).request.invoice == "i3"


def test_a_credit_note_of_a_void_order_is_taken_back_as_well() -> None:
    order = an_order(stage="cancelled", refunds=(refund("6.10"),))
    note = credit_note(2, "-6.10")
    taken = invoiced(invoices=[invoice(state="cancelled")])
    sales = [taken, returned(invoices=(note,))]
    assert credited(due(order, sales, [ISSUED])).request.invoice == "i2"
    done = [taken, returned(invoices=(note, invoice(3, "6.10")))]
    assert due(order, done, [ISSUED]) is None


def test_a_void_order_is_not_invoiced() -> None:
    assert due(an_order(stage="cancelled")) is None


@pytest.mark.parametrize(
    "sent",
    [
        sale(goods("2", reserved="2"), shipments=(parcel("packed"),), invoices=(invoice(),)),
        sale(goods("2", shipped="2"), shipments=(parcel("shipped"),)),
        sale(goods("2", shipped="2")),
    ],
)
def test_a_cancelled_order_on_its_way_is_left_to_a_person(sent: BookedOrder) -> None:
    assert due(an_order(stage="cancelled"), [sent]) is None


def test_an_order_given_back_while_it_is_packed_is_left_to_a_person() -> None:
    packed = sale(goods("2", reserved="2"), shipments=(parcel("packed"),))
    assert due(an_order(refunds=(refund("12.20"),)), [packed]) is None


def test_an_order_given_back_after_it_left_is_invoiced_and_credited() -> None:
    order = an_order(payments=paid(refunded=Decimal("12.20")), refunds=(refund("12.20"),))
    gone = sale(goods("2", shipped="2"), shipments=(parcel("shipped"),))
    back = sale(goods("-2"), key=RETURN, total="-12.20")
    assert issued(due(order, [gone, back], settings=WHEN_PAID)).request.sale == SALE
    booked = sale(goods("2", "0", "2", "2"), shipments=(parcel("shipped"),), invoices=(invoice(),))
    assert issued(due(order, [booked, back], [ISSUED], WHEN_PAID)).request.sale == RETURN


@pytest.mark.parametrize(
    "invoices",
    [
        (),
        (invoice(state="cancelled"),),
        (invoice(), credit_note(2, credits="i1")),
        (invoice(), credit_note(2)),
    ],
)
@pytest.mark.parametrize("settings", [AT_ONCE, BY_PARCEL])
def test_an_invoice_somebody_took_back_is_not_issued_again(
    invoices: tuple[Invoice, ...], settings: InvoiceSettings
) -> None:
    taken = sale(goods("2", shipped="2"), invoices=invoices)
    assert "S-900" in held(due(sales=[taken], facts=[ISSUED], settings=settings), TAKEN_BACK)
    never = InvoiceSettings(rule=Rule("false"))
    assert due(sales=[taken], facts=[ISSUED], settings=never) is None


def test_neither_is_one_that_a_person_made_and_took_back() -> None:
    taken = sale(goods("2"), invoices=(invoice(), credit_note(2, credits="i1")))
    held(due(sales=[taken]), TAKEN_BACK)


@pytest.mark.parametrize("state", ["draft", "cancelled"])
def test_a_draft_that_was_thrown_away_is_no_invoice(state: InvoiceState) -> None:
    draft = msgspec.structs.replace(invoice(state=state), number="")
    issued(due(sales=[sale(goods("2"), invoices=(draft,))]))


def test_a_part_that_somebody_took_back_is_not_issued_again() -> None:
    note = credit_note(2, "-6.10")
    part = sale(goods("2", "0", "2", "1"), invoices=(invoice(), note))
    held(due(sales=[part], facts=[ISSUED]), TAKEN_BACK)
    money = sale(goods("2", "0", "2", "2"), invoices=(invoice(), credit_note(2, "-1.00")))
    assert due(sales=[money], facts=[ISSUED]) is None


def test_what_is_left_of_an_invoice_is_not_taken_back_whole() -> None:
    order = an_order(stage="cancelled")
    part = sale(goods("2"), invoices=(invoice(), credit_note(2, "-6.10")))
    text = held(due(order, [part], [ISSUED]), "invoice.partly_taken_back")
    assert "S-900" in text
    more = sale(goods("1"), key=SUPPLEMENT, total="6.10", invoices=(invoice(3, "6.10"),))
    assert credited(due(order, [part, more], [ISSUED])).request.invoice == "i3"


def test_another_sale_is_invoiced_though_one_was_taken_back() -> None:
    taken = sale(goods("2"), invoices=(invoice(state="cancelled"),))
    more = sale(goods("1"), key=SUPPLEMENT, total="6.10")
    assert issued(due(an_order("18.30"), [taken, more], [ISSUED])).request.sale == SUPPLEMENT


def test_a_credit_note_of_a_return_that_somebody_took_back_is_not_issued_again() -> None:
    noted = fact("invoiced", 2, of=RETURN, reference="i2")
    taken = returned(invoices=(invoice(2, "-6.10", state="cancelled"),))
    held(due(BACK, [invoiced(), taken], [ISSUED, noted]), TAKEN_BACK)


def test_goods_that_come_back_for_more_than_they_cost_are_invoiced_once() -> None:
    """A piece comes back, and a fee is more than it had cost: the correction is an invoice."""
    order = an_order("14.20")
    mixed = sale(goods("-1", "0", "-1"), key=RETURN, total="2.00")
    assert issued(due(order, [invoiced(), mixed], [ISSUED])).request.sale == RETURN
    noted = fact("invoiced", 2, of=RETURN, reference="i2")
    books = msgspec.structs.replace(mixed, invoices=(invoice(2, "2.00"),))
    assert due(order, [invoiced(), books], [ISSUED, noted]) is None
    by_hand = msgspec.structs.replace(mixed, invoices=(invoice(2, "2.00"), credit_note(3, "-2.00")))
    held(due(order, [invoiced(), by_hand], [ISSUED, noted]), TAKEN_BACK)
    gone = an_order("14.20", stage="cancelled")
    waiting = msgspec.structs.replace(books, goods=(goods("-1"),))
    assert credited(due(gone, [waiting], [noted])).request.invoice == "i2"


def test_an_order_that_lives_again_is_invoiced_again() -> None:
    facts = [ISSUED, fact("credited")]
    step = issued(
        due(sales=[sale(goods("2"), invoices=(invoice(state="cancelled"),))], facts=facts)
    )
    assert step.revision == 2


def test_invoices_of_a_sale_that_is_no_more_do_not_count() -> None:
    old = fact("invoiced", of="shop/77/order/0", reference="i0")
    assert issued(due(facts=[old])).revision == 2


def test_settings_of_another_module_are_a_fault() -> None:
    with pytest.raises(InvariantError, match="P1"):
        due(settings=Settings())


def test_the_shop_hears_of_it_from_another_module() -> None:
    assert module.report(case(ORDER, [OPEN]), AT_ONCE) is None
    assert isinstance(module, FlowModule)
