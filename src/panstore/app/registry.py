"""Finds connectors and modules at their entry points, ours exactly as an outsider's."""

from __future__ import annotations

from functools import cache
from importlib.metadata import entry_points
from typing import Any

from panstore.model.ids import ModuleCode
from panstore.sdk.connectors import ConnectorSpec
from panstore.sdk.contracts import ContractModule
from panstore.sdk.errors import ConfigError
from panstore.sdk.modules import FlowModule, StateModule
from panstore.sdk.products import ProductModule

__all__ = ["find_connector", "find_module", "known_connectors", "known_modules"]


AnyModule = StateModule[Any] | FlowModule | ProductModule | ContractModule


@cache
def known_connectors() -> dict[str, Any]:
    """Entry points of connectors by id; nothing is imported yet."""
    return {point.name: point for point in entry_points(group="panstore.connectors")}


@cache
def known_modules() -> dict[str, Any]:
    """Entry points of modules by code; nothing is imported yet."""
    return {point.name: point for point in entry_points(group="panstore.modules")}


def find_connector(name: str, path: str) -> ConnectorSpec[Any]:
    """The connector of that id.

    Raises:
        ConfigError: there is none; names those that are installed.
    """
    point = known_connectors().get(name)
    if point is None:
        allowed = ", ".join(sorted(known_connectors()))
        raise ConfigError(path, f"no connector is called {name!r}", f"installed: {allowed}")
    found: ConnectorSpec[Any] = point.load()
    return found


def find_module(code: str, path: str) -> AnyModule:
    """The module of that code.

    Raises:
        ConfigError: there is none; names those that are installed.
    """
    point = known_modules().get(ModuleCode(code))
    if point is None:
        allowed = ", ".join(sorted(known_modules()))
        raise ConfigError(path, f"no module is called {code!r}", f"installed: {allowed}")
    found: AnyModule = point.load()
    return found
