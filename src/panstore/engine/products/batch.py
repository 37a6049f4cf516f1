"""What travels through the stages for products: one batch of rows of one route and module."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal

from panstore.engine.batch import undo_name
from panstore.engine.context import Route
from panstore.engine.limiter import Lane
from panstore.engine.products.sent import SentSeen
from panstore.model.change import Mark
from panstore.model.ids import ItemId, ModuleCode
from panstore.model.plan import Held
from panstore.model.product import Product
from panstore.model.product_plan import ProductChange
from panstore.sdk.errors import RemoteError
from panstore.sdk.products import ProductItem, ProductModule, ProductSettings
from panstore.store.products import ProductRow

__all__ = ["ProductBatch", "ProductResult", "ProductVerdict"]


@dataclass
class ProductBatch:
    """Products that are worked together.

    Attributes:
        marks: by item; empty for a page of a full run.
        cause: for items without a mark.
        began: when it was put together, before anything was read for it.
        items: what was read, by item.
        unheard: by item, lines of undo plans of which nothing was heard, as reading has shown them.
        undo: number of the plan that writes old values back; brakes count them apart.
        images: `later` leaves images to a run of their own, which works `only` them; `now`
            moves them after everything else.
    """

    route: Route
    code: ModuleCode
    module: ProductModule
    settings: ProductSettings
    rows: Mapping[ItemId, ProductRow]
    marks: Mapping[str, Mark]
    cause: str
    lane: Lane
    began: dt.datetime
    items: dict[ItemId, ProductItem] = field(default_factory=dict)
    unheard: dict[ItemId, SentSeen] = field(default_factory=dict)
    undo: int | None = None
    images: Literal["now", "later", "only"] = "later"

    @property
    def braked_as(self) -> ModuleCode:
        """Under which name brakes count what is written."""
        return self.code if self.undo is None else undo_name(self.code, self.undo)

    def cause_of(self, item: str) -> str:
        """What made PanStore look at this product."""
        mark = self.marks.get(item)
        return self.cause if mark is None else mark.cause


@dataclass
class ProductVerdict:
    """What may be written now, and what waits behind which approval."""

    passing: list[ProductChange] = field(default_factory=list)
    braked: list[tuple[ProductChange, int]] = field(default_factory=list)
    alarms: list[str] = field(default_factory=list)


@dataclass
class ProductResult:
    """What became of the changes of a batch.

    Attributes:
        written: change and the product as its system now holds it.
        refused: change and what is told to people.
        taken: changes refused because another product has the code, and that product as its
            system holds it: it is linked instead.
        again: changes whose product had changed meanwhile: it is read again at once.
        unknown: changes whose reply was lost.
        untried: changes that were certainly not done.
        left: changes that another run does: of images, or of all but images.
        trouble: why there are any of these.
    """

    written: list[tuple[ProductChange, Product]] = field(default_factory=list)
    refused: list[tuple[ProductChange, Held]] = field(default_factory=list)
    taken: list[tuple[ProductChange, Product, Held]] = field(default_factory=list)
    again: list[ProductChange] = field(default_factory=list)
    unknown: list[ProductChange] = field(default_factory=list)
    untried: list[ProductChange] = field(default_factory=list)
    left: list[ProductChange] = field(default_factory=list)
    trouble: RemoteError | None = None

    def failed(self) -> Sequence[ProductChange]:
        """Everything that was not, or perhaps not, written."""
        return [
            *(change for change, _ in self.refused),
            *(change for change, _, _ in self.taken),
            *self.again,
            *self.unknown,
            *self.untried,
            *self.left,
        ]
