"""Whatever happens to an order, its documents together are the order, to the cent."""

from collections.abc import Callable
from decimal import Decimal
from fractions import Fraction
from typing import Any

from hypothesis import event, given
from hypothesis import strategies as st
from msgspec.structs import replace

from panstore.model.ids import ExternalId
from panstore.model.order import Order, OrderLine, Refund, RefundedLine
from panstore.model.plan import Held
from panstore.model.tax import Charged
from panstore.modules.s4_orders.content import address_digest, content_digest
from panstore.modules.s4_orders.refunds import after_refunds
from panstore.modules.s4_orders.settings import OrderSettings
from panstore.sdk.modules import OrderCase
from panstore.testing.strategies import charged, decimals, order_cases
from tests.property.modules.test_orders import total_in_the_erp
from tests.unit.modules.order_desk import NOW, Desk

SETTINGS = OrderSettings(
    warehouse="LJ",
    match=("email",),
    rounding_limit_cents_per_line=7,
    tell={"imported": "Taken", "shipped": "Sent", "refunded": "Refunded", "cancelled": "Gone"},
    erp_cancelled="tell",
)
Draw = Callable[[st.SearchStrategy[Any]], Any]
CENT = Decimal("0.01")


def rounded(value: Decimal) -> Decimal:
    return value.quantize(CENT)


@st.composite
def cases(draw: st.DrawFn) -> OrderCase:
    """An order of usual size whose articles are linked piece by piece."""
    case = draw(order_cases(ready=True))
    lines = []
    for line in case.order.lines:
        quantity = Decimal(draw(st.integers(1, 12)))
        lines.append(replace(line, quantity=quantity, charged=draw(charged(1, 90, quantity))))
    links = {key: replace(link, factor=Decimal(1)) for key, link in case.links.items()}
    erp = replace(case.view.erp, document_digits=4)
    return replace(
        case,
        order=summed(replace(case.order, lines=tuple(lines))),
        links=links,
        view=replace(case.view, erp=erp),
    )


def summed(order: Order) -> Order:
    parts = [line.charged for line in order.lines] + [one.charged for one in order.charges]
    return replace(order, total=sum((part.gross for part in parts), Decimal(0)))


def priced(draw: Draw, line: OrderLine) -> OrderLine:
    """The line with another quantity or another price."""
    if draw(st.booleans()):
        return replace(line, charged=draw(charged(1, 90, line.quantity)))
    quantity = Decimal(draw(st.integers(1, 12)))
    share = quantity / line.quantity
    net, tax = rounded(line.charged.net * share), rounded(line.charged.tax * share)
    return replace(
        line,
        quantity=quantity,
        charged=Charged(net=net, tax=tax, gross=net + tax, rate=line.charged.rate),
    )


def edited(draw: Draw, desk: Desk) -> None:
    """A line is changed, taken out or put in once more."""
    order = desk.order
    position = draw(st.integers(0, len(order.lines) - 1))
    line = order.lines[position]
    what = draw(st.sampled_from(("change", "remove", "add")))
    lines = list(order.lines)
    if what == "change":
        lines[position] = priced(draw, line)
    elif what == "remove" and len(lines) > 1:
        del lines[position]
    elif what == "add":
        lines.append(priced(draw, replace(line, id=ExternalId(f"{line.id}+{len(lines)}"))))
    desk.order = summed(replace(order, lines=tuple(lines)))


def given_back(draw: Draw, desk: Desk) -> None:
    """Pieces, money of a line, or money without any reason; never more than was charged."""
    order = desk.order
    left = after_refunds(order)
    if left.total <= 0:
        return
    what = draw(st.sampled_from(("pieces", "price", "money", "all")))
    parts: tuple[RefundedLine, ...] = ()
    amount = draw(st.sampled_from((left.total, rounded(left.total / 2), CENT)))
    if what == "all":
        parts = tuple(RefundedLine(one.id, one.quantity, one.charged) for one in left.lines)
        amount = left.total
    elif what != "money" and left.lines:
        line = draw(st.sampled_from(left.lines))
        pieces = (
            Decimal(draw(st.integers(1, int(line.quantity)))) if what == "pieces" else Decimal(0)
        )
        share = pieces / line.quantity if pieces else Decimal("0.3")
        net, tax = rounded(line.charged.net * share), rounded(line.charged.tax * share)
        back = Charged(net=net, tax=tax, gross=net + tax, rate=line.charged.rate)
        parts = (RefundedLine(line.id, pieces, back),)
        amount = min(back.gross, left.total)
    if amount > 0:
        refund = Refund(ExternalId(f"r{len(order.refunds)}"), NOW, amount, parts)
        desk.order = replace(order, refunds=(*order.refunds, refund))


def in_the_erp(draw: Draw, desk: Desk) -> None:
    """People there pack, ship or issue an invoice."""
    for sale in draw(st.permutations(desk.standing())):
        what = draw(st.sampled_from(("ship", "ship one", "invoice", "nothing")))
        if what == "ship":
            desk.ship(sale.key)
        elif what == "ship one" and sale.total > 0:
            desk.ship(sale.key, "1")
        elif what == "invoice" and not desk.sales[sale.key].invoices:
            desk.invoice(sale.key, f"R-{sale.key}")


def cancelled(draw: Draw, desk: Desk) -> None:
    stage = draw(st.sampled_from(("cancelled", "open", "open")))
    desk.order = replace(desk.order, stage=stage)


ACTS: tuple[Callable[[Draw, Desk], None], ...] = (
    edited,
    edited,
    given_back,
    given_back,
    in_the_erp,
    in_the_erp,
    cancelled,
)
OF_PEOPLE = {"order.cancelled_shipped", "order.cancelled_invoiced", "order.cancelled_packed"}


@given(cases(), st.data())
def test_the_documents_together_are_the_order(case: OrderCase, data: st.DataObject) -> None:
    desk = Desk(case, SETTINGS)
    for _ in range(data.draw(st.integers(1, 7))):
        look(desk)
        data.draw(st.sampled_from(ACTS))(data.draw, desk)
    look(desk)


def look(desk: Desk) -> None:
    """S4 works until nothing is due; then what stands in the ERP is compared with the order."""
    held = desk.run()
    for sale in desk.made:
        assert total_in_the_erp(sale, desk.first.view.erp) == Fraction(sale.total)
    assert len([one for one in desk.standing() if one.corrects is None]) <= 1
    if isinstance(held, Held):
        event(held.code)
        assert held.code in OF_PEOPLE, held.reason
        assert desk.order.is_void
        return
    assert held is None
    compare(desk)


def compare(desk: Desk) -> None:
    rest = after_refunds(desk.order)
    if not desk.standing():
        assert desk.order.is_void
        return
    event(f"{len(desk.standing())} documents")
    assert desk.total == rest.total
    pieces: dict[ExternalId, Decimal] = {}
    for line in rest.lines:
        assert line.product is not None
        article = desk.first.links[line.product].erp
        pieces[article] = pieces.get(article, Decimal(0)) + line.quantity
    assert desk.pieces() == pieces
    if not desk.order.is_void:
        fresh = Desk(replace(desk.first, order=desk.order), SETTINGS)
        assert fresh.run() is None
        assert desk.nets() == fresh.nets()
        (goods,) = (booked.goods for booked in fresh.kept.values())
        covered: dict[ExternalId, Decimal] = {}
        for sale in desk.standing():
            for variant, quantity in desk.kept[sale.key].goods:
                covered[variant] = covered.get(variant, Decimal(0)) + quantity
        assert {variant: number for variant, number in covered.items() if number} == dict(goods)


@given(cases())
def test_the_same_order_has_the_same_digests_however_its_lines_are_sorted(case: OrderCase) -> None:
    order = case.order
    turned = replace(order, lines=order.lines[::-1], charges=order.charges[::-1])
    assert content_digest(turned) == content_digest(order)
    longer = [
        replace(line, quantity=line.quantity.quantize(Decimal("0.00000"))) for line in order.lines
    ]
    assert content_digest(replace(order, lines=tuple(longer))) == content_digest(order)
    assert address_digest(replace(order, note="x", payments=())) == address_digest(order)
    more = replace(order.lines[0], quantity=order.lines[0].quantity + 1)
    assert content_digest(replace(order, lines=(more, *order.lines[1:]))) != content_digest(order)


@given(cases(), st.lists(decimals(0, 900, 2), max_size=4))
def test_what_is_left_after_refunds_adds_up(case: OrderCase, amounts: list[Decimal]) -> None:
    refunds = tuple(
        Refund(ExternalId(str(number)), NOW, amount) for number, amount in enumerate(amounts)
    )
    rest = after_refunds(replace(case.order, refunds=refunds))
    parts = [line.charged for line in rest.lines] + [one.charged for one in rest.charges]
    assert sum((part.gross for part in parts), Decimal(0)) == case.order.total - sum(amounts)
