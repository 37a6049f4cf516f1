"""What becomes of an order of a simulated shop: paid, edited, given back, told of."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from decimal import Decimal
from typing import TYPE_CHECKING

from msgspec.structs import replace

from panstore.model.customer import Address
from panstore.model.ids import ExternalId
from panstore.model.money import round_half_up
from panstore.model.order import (
    Charge,
    Order,
    OrderLine,
    OrderStage,
    Payment,
    Refund,
    RefundedLine,
)
from panstore.model.tax import Charged
from panstore.sdk.errors import NotFoundError, RejectedError
from panstore.sdk.order_roles import OrderUpdate

if TYPE_CHECKING:
    from panstore.testing.world.orders import ShopOrder
    from panstore.testing.world.shop import SimShop

__all__ = ["STAGES", "Desk", "SoldOutError"]

STAGES: Mapping[str, OrderStage] = {
    "shipped": "shipped",
    "cancelled": "cancelled",
}
"""Words that say where the goods are; all others leave them where they were."""

_AFTER: Mapping[OrderStage, frozenset[str]] = {
    "shipped": frozenset({"shipped", "refunded"}),
    "cancelled": frozenset({"cancelled", "refunded"}),
}
"""Words an order may still get once its goods have left or are free."""

_ZERO = Decimal(0)


class SoldOutError(Exception):
    """A visitor could not buy: not enough pieces, or not for sale."""


class Desk:
    """Everything that happens to an order after it was placed, by buyers, clerks and PanStore.

    What the shop itself would not allow (an order that does not exist, money given back twice)
    changes nothing and answers None, as a click on a button that is not there.
    """

    def __init__(self, shop: SimShop) -> None:
        self._shop = shop
        self._refunds = 0

    # -- money ---------------------------------------------------------------------------------

    def pay(
        self,
        id_: ExternalId,
        amount: Decimal | None = None,
        *,
        method: str = "card",
        reference: str = "",
    ) -> Order | None:
        """Money comes in.

        Args:
            amount: gross; all that is owed unless given.
            method: of a payment of its own, where the one announced has failed or is too small.
        """
        order = self._order(id_)
        if order is None:
            return None
        owed = order.total - order.given_back - order.received
        paid = owed if amount is None else amount
        if paid <= 0:
            return None
        payments = list(order.payments)
        last = payments[-1] if payments else None
        if last is not None and not last.failed and last.paid + paid <= last.amount:
            payments[-1] = replace(
                last, paid=last.paid + paid, reference=reference or last.reference
            )
        else:
            payments.append(Payment(method, paid, paid, reference))
        return self._put(replace(order, payments=tuple(payments)))

    def fail_payment(self, id_: ExternalId) -> Order | None:
        """The provider refuses what was announced last, or the buyer gives up."""
        order = self._order(id_)
        if order is None:
            return None
        payments = list(order.payments)
        if payments and not payments[-1].paid:
            payments[-1] = replace(payments[-1], failed=True)
        else:
            payments.append(Payment("card", order.total - order.received, _ZERO, failed=True))
        return self._put(replace(order, payments=tuple(payments)))

    def refund(
        self,
        id_: ExternalId,
        amount: Decimal | None = None,
        *,
        lines: Sequence[tuple[ExternalId, Decimal | int]] = (),
        charges: Sequence[Charge] = (),
        reason: str = "",
    ) -> Order | None:
        """Money is given back, with or without goods.

        Args:
            amount: gross; what lines and charges come to unless given, and all that is left
                where there are none.
            lines: line and pieces that need not be delivered, or come back.
            charges: what of shipping and fees is given back, positive.
        """
        order = self._order(id_)
        if order is None:
            return None
        left = order.total - order.given_back
        made = tuple(
            one for line, n in lines if (one := _refunded(order, line, Decimal(n))) is not None
        )
        explained = _gross(made) + _gross(charges)
        given = amount if amount is not None else explained if made or charges else left
        if len(made) < len(lines) or given <= 0 or given > left or explained > given:
            return None
        self._refunds += 1
        refund = Refund(
            ExternalId(f"R{self._refunds}"),
            self._shop.history.clock.now(),
            given,
            made,
            tuple(charges),
            reason,
        )
        payments = _given_back(order.payments, given)
        changed = replace(order, refunds=(*order.refunds, refund), payments=payments)
        return self._shop.put(changed, made).order

    # -- goods and people ----------------------------------------------------------------------

    def edit(
        self,
        id_: ExternalId,
        quantities: Mapping[ExternalId, Decimal | int],
        *,
        guard: bool = True,
    ) -> Order | None:
        """Change how much of some variants is ordered, at the prices of today.

        Orders that are closed, or of which something was given back, are not edited.

        Args:
            quantities: sales units by variant, 0 to take it out; at least one line remains.
            guard: whether more pieces are refused where too few are free.

        Raises:
            SoldOutError: with the guard, too few pieces; always, no price or not active.
        """
        order = self._order(id_)
        if order is None or order.stage != "open" or order.refunds:
            return None
        lines: list[OrderLine] = []
        wanted = {one: Decimal(n) for one, n in quantities.items()}
        for line in order.lines:
            quantity = None if line.product is None else wanted.pop(line.product, None)
            if quantity is None or quantity == line.quantity:
                lines.append(line)
            elif quantity > 0 and line.product is not None:
                again = self._shop.line(0, line.product, quantity, _ZERO)
                lines.append(replace(again, id=line.id))
        last = max((int(line.id) for line in order.lines), default=0)
        added = [(one, n) for one, n in wanted.items() if n > 0]
        for number, (variant, quantity) in enumerate(added, last + 1):
            lines.append(self._shop.line(number, variant, quantity, _ZERO))
        if not lines or tuple(lines) == order.lines:
            return None
        if guard:
            self._assert_free(order, lines)
        total = _gross(lines) + _gross(order.charges)
        payments = list(order.payments)
        if payments and not payments[-1].paid and not payments[-1].failed:
            payments[-1] = replace(payments[-1], amount=max(_ZERO, total - order.received))
        return self._put(replace(order, lines=tuple(lines), total=total, payments=tuple(payments)))

    def readdress(self, id_: ExternalId, shipping: Address) -> Order | None:
        """The goods shall go somewhere else."""
        order = self._order(id_)
        return None if order is None else self._put(replace(order, shipping=shipping))

    def uncancel(self, id_: ExternalId, *, guard: bool = True) -> Order | None:
        """A cancelled order lives again.

        Raises:
            SoldOutError: with the guard, its pieces are not free any more.
        """
        order = self._order(id_)
        if order is None or order.stage != "cancelled":
            return None
        if guard:
            self._assert_free(order, order.lines)
        return self._put(replace(order, stage="open", status="new"))

    # -- what PanStore tells -------------------------------------------------------------------

    def update(self, update: OrderUpdate) -> str:
        """Do all of it or nothing; once under its key, where updates are keyed.

        Raises:
            NotFoundError: there is no such order.
            RejectedError: the order's goods have left or are free, and the word does not fit; or
                the key was used for another content.
        """
        order = self._order(update.order)
        if order is None:
            raise NotFoundError(self._shop.name, "update_order", f"no order {update.order}")
        entry = self._entry(update.order)
        earlier = next((one for one in entry.updates if one.key == update.key), None)
        if self._shop.keyed_updates and earlier is not None:
            if earlier != update:
                raise RejectedError(
                    self._shop.name,
                    "update_order",
                    f"key {update.key} was used for another content",
                    code="key_reused",
                )
            return order.status
        status = update.status or order.status
        allowed = _AFTER.get(order.stage)
        if status != order.status and allowed is not None and status not in allowed:
            raise RejectedError(
                self._shop.name,
                "update_order",
                f"order {order.number} is {order.status}, it cannot become {status}",
                code="impossible_transition",
            )
        entry.updates.append(update)
        stage = order.stage if update.status is None else STAGES.get(status, order.stage)
        self._put(replace(order, status=status, stage=stage))
        return status

    # -- how -----------------------------------------------------------------------------------

    def _order(self, id_: ExternalId) -> Order | None:
        entry = self._shop.orders.get(id_)
        return None if entry is None else entry.order

    def _entry(self, id_: ExternalId) -> ShopOrder:
        entry = self._shop.orders.get(id_)
        if entry is None:
            raise KeyError(f"{self._shop.name} has no order {id_}")
        return entry

    def _put(self, order: Order) -> Order:
        return self._shop.put(order).order

    def _assert_free(self, order: Order, lines: Iterable[OrderLine]) -> None:
        held = self._entry(order.id).holds()
        wanted: dict[ExternalId, Decimal] = {}
        for line in lines:
            if line.product is not None:
                wanted[line.product] = wanted.get(line.product, _ZERO) + line.quantity
        short = [
            one
            for one, n in wanted.items()
            if (more := n - held.get(one, _ZERO)) > 0 and self._shop.free(one) < more
        ]
        if short:
            raise SoldOutError(f"{self._shop.name} has too few of {', '.join(short)}")


def _gross(parts: Iterable[OrderLine | Charge | RefundedLine]) -> Decimal:
    return sum((one.charged.gross for one in parts), _ZERO)


def _refunded(order: Order, line: ExternalId, quantity: Decimal) -> RefundedLine | None:
    """Pieces of a line at their share of its price; the last ones take what is left of it."""
    ordered = next((one for one in order.lines if one.id == line), None)
    if ordered is None:
        return None
    before = [one for refund in order.refunds for one in refund.lines if one.line == line]
    left = ordered.quantity - sum((one.quantity for one in before), _ZERO)
    if quantity <= 0 or quantity > left:
        return None
    net = ordered.charged.net - sum((one.charged.net for one in before), _ZERO)
    tax = ordered.charged.tax - sum((one.charged.tax for one in before), _ZERO)
    if quantity < left:
        net = round_half_up(net * quantity / left)
        tax = round_half_up(tax * quantity / left)
    return RefundedLine(line, quantity, Charged(net, tax, net + tax, ordered.charged.rate))


def _given_back(payments: tuple[Payment, ...], amount: Decimal) -> tuple[Payment, ...]:
    """Take it off what was received, the newest payment first."""
    made = list(payments)
    for place in range(len(made) - 1, -1, -1):
        one = made[place]
        part = min(amount, one.paid - one.refunded)
        if part > 0:
            made[place] = replace(one, refunded=one.refunded + part)
            amount -= part
    return tuple(made)
