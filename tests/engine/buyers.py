"""Orders whose buyers are mailed, and what must be true of every mail at the end."""

from __future__ import annotations

import dataclasses
from collections import Counter
from collections.abc import Callable
from typing import Any

from msgspec.structs import replace

from panstore.model.document import DocumentKind
from panstore.model.ids import ExternalId
from panstore.model.message import Letter, MessageState
from panstore.modules.p1_invoices.settings import InvoiceSettings
from panstore.modules.s4_orders.settings import OrderSettings
from panstore.sdk.rules import Rule
from panstore.store.outbox import OutboxRow, list_messages
from panstore.store.parked import Parked, list_parked
from panstore.testing.world import Scene
from tests.engine.house import P1, P2, P3, S1, S2, S4, House, Post
from tests.engine.life import living

__all__ = ["MAILING", "Buyers", "counts"]

MAILING = frozenset({S1, S2, S4, P1, P2, P3})


def counts(letters: list[Letter]) -> Counter[str]:
    """How often each letter was taken, by our id."""
    return Counter(letter.key for letter in letters)


@dataclasses.dataclass
class Buyers:
    """A house with a printer and a mail server, and people who buy."""

    scene: Scene
    house: House
    post: Post

    @classmethod
    async def move_in(cls, make: Callable[..., House], scene: Scene, **options: Any) -> Buyers:
        """Goods are there, invoices are issued for what is paid, everything is quiet."""
        post = Post(scene)
        scene.add_goods(3, on_hand=100)
        given: dict[str, Any] = {
            "modules": MAILING,
            "s4_settings": OrderSettings(warehouse="LJ", match=("email",)),
            "p1_settings": InvoiceSettings(rule=Rule("order.paid")),
        }
        house = make(scene, post=post, **given | options)
        await house.open()
        await house.settle()
        return cls(scene, house, post)

    @property
    def letters(self) -> list[Letter]:
        """All that the mail server has taken."""
        return self.post.server.letters

    def buy(self, pieces: int = 1, *, paid: bool = True, email: str | None = None) -> ExternalId:
        """Somebody buys, and pays unless said otherwise."""
        shop = self.scene.shop
        order = shop.place_order((self.scene.shop_links[0].shop, pieces))
        if email is not None:
            self.give_address(order.id, email)
        if paid:
            assert shop.desk.pay(order.id)
        return order.id

    def give_address(self, order: ExternalId, email: str) -> None:
        """The buyer's address is another one from now on."""
        entry = self.scene.shop.orders.get(order)
        assert entry is not None
        customer = replace(entry.order.customer, email=email)
        self.scene.shop.put(replace(entry.order, customer=customer))

    def ship(self, order: ExternalId) -> None:
        """All of it leaves."""
        [sale] = living(self.scene, order)
        self.scene.erp.deliveries.ship(sale.id)

    def of(self, kind: DocumentKind) -> list[Letter]:
        """Letters with a document of that kind."""
        return [one for one in self.letters if f"/mail/{kind}/" in one.key]

    async def rows(self) -> list[OutboxRow]:
        """The outbox, oldest first."""
        return await self.house.store.read(lambda c: list_messages(c, newest=False))

    async def states(self) -> list[MessageState]:
        """States in the outbox, oldest first."""
        return [row.message.state for row in await self.rows()]

    async def parked(self) -> list[Parked]:
        """What waits for a person."""
        return await self.house.store.read(list_parked)

    async def judge(self) -> None:
        """Every mail said to be sent was taken, and no other one twice without a word."""
        taken = counts(self.letters)
        rows = await self.rows()
        for row in rows:
            times = taken.pop(row.id, 0)
            message = row.message
            if message.state in {"sent", "delivered"}:
                assert times >= 1, f"{row.id} is said to be sent"
            if message.state in {"waiting", "refused", "stopped", "skipped"}:
                assert times == 0 or message.maybe_twice, f"{row.id} is said not to be sent"
            assert times <= 1 or message.maybe_twice, f"{row.id} went out {times} times"
        assert not taken, "nobody had queued these"
