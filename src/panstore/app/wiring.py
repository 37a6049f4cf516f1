"""Puts an installation together from its settings."""

from __future__ import annotations

import datetime as dt
import zoneinfo
from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from pydantic import ValidationError

from panstore.app.clock import SystemClock, new_id
from panstore.app.registry import find_connector, find_module
from panstore.app.settings import BrakeConfig, Config, RouteConfig, explain
from panstore.engine.context import BrakeLimits, Context, Options, Route
from panstore.engine.engine import Engine
from panstore.engine.ports import Runner
from panstore.engine.remote import Remote
from panstore.model.ids import ConnectionId, ModuleCode, RouteId
from panstore.sdk.connectors import ConnectorSpec, Settings
from panstore.sdk.contract_roles import (
    ReadAccounts,
    ReadAgreements,
    StoreContractPrices,
    TrustPriceRequests,
)
from panstore.sdk.contracts import ContractModule, ContractSettings
from panstore.sdk.document_roles import PrintDocuments, ReadDocuments
from panstore.sdk.errors import ConfigError
from panstore.sdk.messages import MessageModule
from panstore.sdk.modules import FlowModule, StateModule
from panstore.sdk.product_roles import ReadProducts, WriteProducts
from panstore.sdk.products import ProductModule, ProductSettings
from panstore.sdk.roles import Connector
from panstore.store.database import Store

__all__ = ["build"]

_SLOTS = 2


def build(config: Config, store: Store, runner: Runner) -> Engine:
    """An engine over the configured connections; nothing is called or started.

    Raises:
        ConfigError: a setting of a connection, route or module cannot work.
    """
    kinds: dict[str, str] = {}
    connectors: dict[ConnectionId, Connector] = {}
    slots: dict[ConnectionId, int] = {}
    for name, raw in config.connections.items():
        connection = ConnectionId(name)
        spec, settings = _connection(name, raw)
        connectors[connection] = spec.open(connection, settings)
        kinds[name] = spec.kind
        slots[connection] = getattr(settings, "concurrency", _SLOTS)
    clock = SystemClock()
    routes = {RouteId(name): _route(name, route, kinds) for name, route in config.routes.items()}
    for made in routes.values():
        _can_work(made, connectors[made.erp])
        _can_keep_products(made, connectors)
        _can_price_by_contract(made, connectors)
    _one_route_per_shop(config.routes)
    options = Options(
        poll_s=config.engine.poll_seconds,
        overlap_s=config.engine.overlap_seconds,
        batch=config.engine.batch,
        full_run_h=config.engine.full_run_hours,
        order_shards=config.engine.order_shards,
        audit_days=config.engine.audit_days,
        payload_days=config.engine.payload_days,
        message_days=config.engine.message_days,
    )
    return Engine(
        Context(
            store=store,
            clock=clock,
            new_id=new_id,
            runner=runner,
            remote=Remote(store, clock, connectors, slots, longest_s=config.engine.call_seconds),
            connectors=connectors,
            routes=routes,
            options=options,
            public_url=config.web.public_url or "",
            links_days=config.web.links_days,
        )
    )


def _one_route_per_shop(routes: Mapping[str, RouteConfig]) -> None:
    """A second route would never see an order: a shop's order feed is read once."""
    taken: dict[str, str] = {}
    for name, route in routes.items():
        first = taken.setdefault(route.shop, name)
        if first != name:
            what = f"{route.shop!r} belongs to route {first!r} already"
            raise ConfigError(f"routes.{name}.shop", what, "a shop has one ERP and one route")


def _connection(name: str, raw: Mapping[str, Any]) -> tuple[ConnectorSpec[Any], Settings]:
    path = f"connections.{name}"
    if not isinstance(raw.get("connector"), str):
        raise ConfigError(f"{path}.connector", "is missing", 'e.g. connector = "tryton"')
    spec = find_connector(raw["connector"], f"{path}.connector")
    own = {key: value for key, value in raw.items() if key != "connector"}
    try:
        return spec, spec.settings.model_validate(own)
    except ValidationError as error:
        raise explain(error, path, spec.settings) from error


def _route(name: str, config: RouteConfig, kinds: Mapping[str, str]) -> Route:
    path = f"routes.{name}"
    for side in ("erp", "shop", "printer", "mail", "sms"):
        target = getattr(config, side)
        fitting = sorted(n for n, kind in kinds.items() if kind == side)
        if side == "printer":
            # The ERP may print its own.
            fitting.append(config.erp)
        if target is not None and target not in fitting:
            remedy = f"connections that are one: {', '.join(fitting) or 'none'}"
            raise ConfigError(f"{path}.{side}", f"{target!r} is no {side} connection", remedy)
    try:
        zoneinfo.ZoneInfo(config.zone)
    except (zoneinfo.ZoneInfoNotFoundError, ValueError) as error:
        what = f"{config.zone!r} is no time zone"
        raise ConfigError(f"{path}.zone", what, "e.g. Europe/Ljubljana") from error
    state: dict[ModuleCode, tuple[StateModule[Any], Settings]] = {}
    flow: dict[ModuleCode, tuple[FlowModule, Settings]] = {}
    product: dict[ModuleCode, tuple[ProductModule, ProductSettings]] = {}
    contract: tuple[ContractModule, ContractSettings] | None = None
    for code, raw in config.modules.items():
        place = f"{path}.modules.{code}"
        module = find_module(code, place)
        settings = _module_settings(module.settings_type, raw, place)
        if isinstance(module, FlowModule):
            flow[ModuleCode(code)] = (module, settings)
        elif isinstance(module, ProductModule):
            if not isinstance(settings, ProductSettings):
                what = f"the settings of {code} do not say what happens before its first sync"
                raise ConfigError(place, what, "its settings_type must be a ProductSettings")
            product[ModuleCode(code)] = (module, settings)
        elif isinstance(module, ContractModule):
            contract = _contract(contract, module, settings, place)
        else:
            state[ModuleCode(code)] = (module, settings)
    return Route(
        id=RouteId(name),
        erp=ConnectionId(config.erp),
        shop=ConnectionId(config.shop),
        zone=config.zone,
        state_modules=state,
        flow_modules=flow,
        product_modules=product,
        brakes=_brakes(config.brakes),
        printer=_name(config.printer),
        mail=_name(config.mail),
        sms=_name(config.sms),
        language=config.language,
        links_by_code=config.link == "auto",
        contract=contract,
    )


def _contract(
    known: tuple[ContractModule, ContractSettings] | None,
    module: ContractModule,
    settings: Settings,
    place: str,
) -> tuple[ContractModule, ContractSettings]:
    """One module at most says what buyers with an agreement pay."""
    if known is not None:
        what = f"{known[0].code} says already what buyers with an agreement pay"
        raise ConfigError(place, what, f"switch {known[0].code} or {module.code} off")
    if not isinstance(settings, ContractSettings):
        what = f"the settings of {module.code} do not say what holds while the ERP is down"
        raise ConfigError(place, what, "its settings_type must be a ContractSettings")
    return module, settings


def _name(target: str | None) -> ConnectionId | None:
    return None if target is None else ConnectionId(target)


def _can_work(route: Route, erp: Connector) -> None:
    """What would never do anything, or could not, is told before the start."""
    if route.printer is not None and not isinstance(erp, ReadDocuments):
        what = f"connection {erp.id} does not give what it has issued, so there is nothing to print"
        raise ConfigError(f"routes.{route.id}.printer", what, "leave it out")
    if route.printer == route.erp and not isinstance(erp, PrintDocuments):
        what = f"connection {erp.id} makes no pages of its own"
        raise ConfigError(f"routes.{route.id}.printer", what, "name a connection of kind printer")
    for code, (module, _) in route.flow_modules.items():
        path = f"routes.{route.id}.modules.{code}"
        missing = sorted(module.needs - route.flow_modules.keys())
        if missing:
            what = f"{code} does nothing without {', '.join(missing)}"
            raise ConfigError(path, what, f"switch {missing[0]} on for this route, or {code} off")
        unable = [role.__name__ for role in module.erp_roles if not isinstance(erp, role)]
        if unable:
            what = f"connection {erp.id} cannot do what {code} needs ({', '.join(unable)})"
            raise ConfigError(path, what, f"switch {code} off for this route")
    for code, (message_module, _) in route.message_modules.items():
        _can_send(route, code, message_module, f"routes.{route.id}.modules.{code}")


def _can_keep_products(route: Route, connectors: Mapping[ConnectionId, Connector]) -> None:
    """Both sides of a module for products must be readable and writable."""
    for code in route.product_modules:
        for name in (route.erp, route.shop):
            one = connectors[name]
            able = isinstance(one, ReadProducts) and isinstance(one, WriteProducts)
            if not able or one.capabilities.product_batch < 1:
                what = f"connection {name} cannot read and write products, which {code} needs"
                raise ConfigError(
                    f"routes.{route.id}.modules.{code}", what, f"switch {code} off for this route"
                )


def _can_price_by_contract(route: Route, connectors: Mapping[ConnectionId, Connector]) -> None:
    """The ERP must know agreements, the shop its accounts; it must ask for prices or keep them."""
    if route.contract is None:
        return
    code = route.contract[0].code
    erp, shop = connectors[route.erp], connectors[route.shop]
    for one, able in (
        (erp, isinstance(erp, ReadAgreements) and erp.capabilities.contract_batch > 0),
        (shop, isinstance(shop, ReadAccounts) and _may_know_prices(shop)),
    ):
        if not able:
            what = f"connection {one.id} cannot do what {code} needs"
            raise ConfigError(
                f"routes.{route.id}.modules.{code}", what, f"switch {code} off for this route"
            )


def _may_know_prices(shop: Connector) -> bool:
    """Whether it asks for contract prices or keeps them."""
    return isinstance(shop, TrustPriceRequests | StoreContractPrices)


def _can_send(route: Route, code: ModuleCode, module: MessageModule, path: str) -> None:
    """Messages need somebody who hands them over, those with documents somebody who prints."""
    if route.line_for(module.channel) is None:
        what = f"{code} has nobody who hands its messages over"
        remedy = f"name a connection at routes.{route.id}.{module.channel}"
        raise ConfigError(path, what, f"{remedy}, or switch {code} off for this route")
    if ReadDocuments in module.erp_roles and route.printer is None:
        what = f"{code} has nobody who makes pages of the documents it sends"
        remedy = f"name a connection at routes.{route.id}.printer"
        raise ConfigError(path, what, f"{remedy}, or switch {code} off for this route")


def _module_settings(shape: type[Settings], raw: Mapping[str, Any], path: str) -> Settings:
    try:
        return shape.model_validate(dict(raw))
    except ValidationError as error:
        raise explain(error, path, shape) from error


def _brakes(config: BrakeConfig) -> BrakeLimits:
    return BrakeLimits(
        from_items=config.from_items,
        share=Decimal(config.share_percent) / 100,
        price_change=Decimal(config.price_change_percent) / 100,
        window_s=dt.timedelta(minutes=config.window_minutes).total_seconds(),
        fall_after_s=dt.timedelta(minutes=config.fall_after_minutes).total_seconds(),
    )
