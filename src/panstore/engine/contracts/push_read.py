"""What the shop keeps and what the ERP computes for some articles, and what has to be written."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import NamedTuple
from zoneinfo import ZoneInfo

import sqlalchemy as sa

from panstore.engine.context import Context
from panstore.engine.contracts.push_batch import TiersBatch, TiersChange, contract_of, keeper_of
from panstore.engine.contracts.push_plan import (
    is_usual,
    leasts,
    make_tiers,
    price_of,
    stock_units,
)
from panstore.engine.contracts.source import reader_of
from panstore.engine.sending import parts
from panstore.model.contract import ContractPrice, Offer, PriceWish
from panstore.model.errors import sentence
from panstore.model.ids import ExternalId, ItemId
from panstore.model.link import Link
from panstore.model.plan import Held
from panstore.model.price import PriceTarget
from panstore.model.price_tiers import PriceTiers
from panstore.sdk.contracts import ContractItem
from panstore.store.buyer_ledger import title_of
from panstore.store.contract_prices import remember_prices
from panstore.store.items import ledger_entries, links_by_item, links_by_shop
from panstore.store.tiers_ledger import KeptTiers, kept_tiers

__all__ = ["look_at_tiers"]

Prices = Mapping[tuple[ExternalId, Decimal], ContractPrice]


class _Known(NamedTuple):
    """What the store knows.

    Attributes:
        shown: what the shop shows everybody, where that is sure.
        heirs: links of products under which something stands of an item that lost them.
    """

    links: Mapping[ItemId, Link]
    kept: Mapping[ItemId, KeptTiers]
    shown: Mapping[ItemId, PriceTarget]
    heirs: Mapping[ExternalId, Link]


async def look_at_tiers(context: Context, batch: TiersBatch) -> None:
    """Fill the batch with what has to be written; writes nothing.

    Raises:
        RemoteError: ERP or shop could not be asked, or the ERP has no such agreement.
    """
    known, batch.title = await context.store.read(
        lambda c: (_known(c, batch), title_of(c, batch.route.id, batch.agreement))
    )
    present, certain = await _present(context, batch, known)
    settled = _settle_gone(batch, known, present)
    links = [link for item, link in known.links.items() if item not in settled]
    prices, lists = await _ask_erp(context, batch, links)
    for link in links:
        batch.skus[link.item] = link.sku
        try:
            wanted = _wanted(
                context, batch, link, lists[link.item], prices, known.shown.get(link.item)
            )
        except Exception as error:
            context.log.exception("module failed", route=batch.route.id, item=link.item)
            batch.held[link.item] = _poison(link, error)
            continue
        before = present.get(link.item, _nothing(wanted))
        if _alike(before, wanted):
            batch.fine.append(link.item)
            if link.item in certain:
                batch.seen.append((link.item, link.shop, before))
        else:
            usual = _usual(wanted, known.shown.get(link.item))
            change = TiersChange(link.item, link.shop, before, wanted, link.sku, usual=usual)
            batch.changes.append(change)


def _known(connection: sa.Connection, batch: TiersBatch) -> _Known:
    route = batch.route
    links = links_by_item(connection, route.id, batch.items)
    kept = kept_tiers(connection, route.id, batch.agreement, batch.items)
    shown: dict[ItemId, PriceTarget] = {}
    for code, (module, _) in route.state_modules.items():
        if "price" in module.interests:
            for item, entry in ledger_entries(connection, route.id, code, batch.items).items():
                if isinstance(entry.value, PriceTarget) and not entry.stale:
                    shown[item] = entry.value
    lost = [
        one.product
        for item, one in kept.items()
        if item not in links or links[item].shop != one.product
    ]
    return _Known(links, kept, shown, links_by_shop(connection, route.id, lost) if lost else {})


async def _present(
    context: Context, batch: TiersBatch, known: _Known
) -> tuple[dict[ItemId, PriceTiers], set[ItemId]]:
    """What the shop keeps, and of which items it was asked just now."""
    present = {item: one.tiers for item, one in known.kept.items() if not one.stale}
    products: dict[ExternalId, ItemId] = {}
    for item, link in known.links.items():
        one = known.kept.get(item)
        if batch.thorough or (one is not None and one.stale):
            products[link.shop if one is None else one.product] = item
    for item, one in known.kept.items():
        if item not in known.links and (one.stale or batch.thorough):
            products[one.product] = item
    if not products:
        return present, set()
    shop, most = keeper_of(context, batch.route)
    for some in parts(sorted(products), most):
        found = await context.remote.call(
            batch.route.shop,
            batch.lane,
            "read contract prices",
            lambda some=some: shop.tiers(batch.agreement, some),  # type: ignore[misc]
            reads=True,
        )
        for product in some:
            present.pop(products[product], None)
            if product in found:
                present[products[product]] = found[product]
    context.probe("push.read_back")
    return present, set(products.values())


def _settle_gone(
    batch: TiersBatch, known: _Known, present: Mapping[ItemId, PriceTiers]
) -> set[ItemId]:
    """Articles that are not linked, or to another product: what stands there is taken away.

    Where the product belongs to another item by now, that one takes it over.
    """
    settled: set[ItemId] = set()
    for item, one in known.kept.items():
        link = known.links.get(item)
        if link is not None and link.shop == one.product:
            continue
        settled.add(item)
        heir = known.heirs.get(one.product)
        if heir is not None:
            batch.adopted[item] = heir.item
            continue
        before = present.get(item, _nothing(one.tiers))
        sku = "" if link is None else link.sku
        after = _nothing(one.tiers)
        batch.changes.append(TiersChange(item, one.product, before, after, sku, gone=True))
    return settled


async def _ask_erp(
    context: Context, batch: TiersBatch, links: Sequence[Link]
) -> tuple[Prices, dict[ItemId, list[Decimal]]]:
    """Prices at all quantities at which another one may begin, and these, in sales units."""
    route, erp = batch.route, reader_of(context, batch.route.erp)
    _, settings, _ = contract_of(route)
    capabilities = context.connectors[route.shop].capabilities
    currency = capabilities.currency or settings.currency
    day = context.clock.now().astimezone(ZoneInfo(route.zone)).date()
    most = max(1, context.connectors[route.erp].capabilities.contract_batch)
    counted = [link for link in links if stock_units(link, Decimal(1)) is not None]
    breaks: dict[ExternalId, tuple[Decimal, ...]] = {}
    for some in parts(sorted({link.erp for link in counted}), most):
        breaks |= await context.remote.call(
            route.erp,
            batch.lane,
            "price breaks",
            lambda some=some: erp.price_breaks(batch.agreement, some, day),  # type: ignore[misc]
            reads=True,
        )
    lists = {link.item: leasts(link, breaks.get(link.erp, ()), capabilities) for link in links}
    wishes = {
        PriceWish(link.erp, stock)
        for link in counted
        for sales in lists[link.item]
        for stock in [stock_units(link, sales)]
        if stock is not None
    }
    prices: dict[tuple[ExternalId, Decimal], ContractPrice] = {}
    ordered = sorted(wishes, key=lambda wish: (wish.variant, wish.quantity))
    for asked in parts(ordered, most):
        at = context.clock.now()
        answers = await context.remote.call(
            route.erp,
            batch.lane,
            "contract prices",
            lambda asked=asked: erp.contract_prices(  # type: ignore[misc]
                batch.agreement, asked, currency, day
            ),
            reads=True,
        )
        prices |= {(price.variant, price.quantity): price for price in answers}
        # Orders are compared with what was true when they were placed, not with what is now.
        await context.store.write(
            lambda c, a=answers, t=at: remember_prices(  # type: ignore[misc]
                c, route.erp, batch.agreement, currency, a, at=t
            )
        )
    context.probe("push.read_source")
    return prices, lists


def _wanted(
    context: Context,
    batch: TiersBatch,
    link: Link,
    quantities: Sequence[Decimal],
    prices: Prices,
    shown: PriceTarget | None,
) -> PriceTiers:
    """What the module says at every quantity, as tiers; notes what people have to be told."""
    module, settings, _ = contract_of(batch.route)
    view = context.view(batch.route)
    offers: list[tuple[Decimal, Offer]] = []
    for sales in quantities:
        price = price_of(prices, link, sales)
        item = ContractItem(link, sales, price, agreement=batch.title or batch.agreement)
        offered = module.offer(item, settings, view)
        offers.append((sales, offered.offer))
        if offered.held is not None:
            batch.held.setdefault(link.item, offered.held)
    made = make_tiers(offers)
    ends = [offer.valid_until for _, offer in offers if offer.valid_until is not None]
    if ends:
        batch.due.append((link.item, min(ends)))
    if is_usual(made, [price_of(prices, link, one) for one in quantities], shown):
        return _nothing(made)
    return made


def _poison(link: Link, error: Exception) -> Held:
    return Held(
        item=link.item,
        code="internal",
        reason=f"The agreed price of {link.sku or link.erp} could not be worked out: "
        f"{type(error).__name__}: {sentence(error)} What the shop keeps of it was left as it is; "
        "the rest went on. This is a fault of PanStore or of a plugin: please report it with this "
        "text, then retry.",
        sku=link.sku,
    )


def _usual(like: PriceTiers, shown: PriceTarget | None) -> Decimal | None:
    """What everybody pays, where it is said in the same terms."""
    if shown is None or shown.promotion is not None:
        return None
    same = (shown.currency, shown.includes_tax) == (like.currency, like.includes_tax)
    return shown.amount if same else None


def _nothing(like: PriceTiers) -> PriceTiers:
    return PriceTiers((), like.currency, like.includes_tax)


def _alike(one: PriceTiers, other: PriceTiers) -> bool:
    return one == other or not (one.tiers or other.tiers)
