"""The house: where files are, how large they may be, what they say of themselves."""

from __future__ import annotations

import ast
import tomllib
from importlib.metadata import EntryPoint, entry_points
from pathlib import Path
from typing import Any, get_args

import pytest

from panstore.engine.recovery import ACTIONS
from panstore.model.errors import PanstoreError
from panstore.sdk import (
    ConnectorSpec,
    FlowModule,
    document_roles,
    message_roles,
    order_roles,
    product_roles,
    roles,
)
from panstore.sdk import errors as sdk_errors
from panstore.sdk.connectors import ConnectorKind
from panstore.sdk.contracts import ContractModule, ContractSettings
from panstore.sdk.products import ProductModule, ProductSettings
from tests.architecture.source import PACKAGE, ROOT, listed, parse, python_files, top_level

MOST_LINES = {"src": 400, "tests": 500, "companions": 400}
TOO_LONG: set[str] = set()
"""Files that may be longer; this list must only shrink."""

CONNECTORS = sorted(f.parent for f in (PACKAGE / "connectors").glob("*/connector.py"))
MODULES = sorted(f.parent for f in (PACKAGE / "modules").glob("*/module.py"))
CONNECTOR_FILES = [
    "manifest.toml",
    "connector.py",
    "config.py",
    "client.py",
    "wire.py",
    "README.md",
]
MODULE_FILES = ["module.py", "settings.py", "README.md"]
PUBLIC = [
    file
    for file in python_files(PACKAGE / "model", PACKAGE / "sdk", PACKAGE / "testing")
    if listed(parse(file)) is not None or file.name != "__init__.py"
]
SPOKEN = [f for f in PUBLIC if PACKAGE / "testing" not in f.parents]


def _name(path: Path) -> str:
    return str(path.relative_to(PACKAGE))


@pytest.mark.parametrize(("folder", "most"), MOST_LINES.items())
def test_files_stay_small_enough_to_be_read_at_once(folder: str, most: int) -> None:
    sizes = {
        str(file.relative_to(ROOT)): len(file.read_text(encoding="utf-8").splitlines())
        for file in python_files(ROOT / folder)
    }
    longer = {name for name, lines in sizes.items() if lines > most}
    assert longer - TOO_LONG == set()
    forgiven = {name for name in TOO_LONG if name.startswith(folder)}
    assert forgiven <= longer, "take what is short enough by now off the list"


@pytest.mark.parametrize("folder", CONNECTORS, ids=_name)
def test_a_connector_has_the_files_every_connector_has(folder: Path) -> None:
    missing = [name for name in CONNECTOR_FILES if not (folder / name).is_file()]
    assert missing == []
    assert (folder / "map.py").is_file() or (folder / "map" / "__init__.py").is_file()


@pytest.mark.parametrize("folder", CONNECTORS, ids=_name)
def test_a_manifest_names_its_own_folder(folder: Path) -> None:
    manifest = _manifest(folder)
    [point] = [p for p in entry_points(group="panstore.connectors") if p.name == folder.name]
    spec = point.load()
    assert manifest["id"] == folder.name == spec.id
    assert (manifest["kind"], manifest["title"]) == (spec.kind, spec.title)


ROLES: dict[type, str] = {
    roles.ReadCatalogue: "catalogue.read",
    roles.ReadStock: "stock.read",
    roles.ReadPrices: "price.read",
    roles.WriteStock: "stock.write",
    roles.WritePrices: "price.write",
    roles.ReadOrders: "order.read",
    roles.CreateOrders: "order.create",
    roles.CreateProducts: "product.create",
    product_roles.ReadProducts: "product.read",
    product_roles.WriteProducts: "product.write",
    roles.ChangeFeed: "change.feed",
    roles.ReceiveWebhooks: "webhook",
    order_roles.CancelOrders: "order.cancel",
    order_roles.ReserveGoods: "order.reserve",
    order_roles.IssueInvoices: "invoice.issue",
    order_roles.UpdateOrders: "order.status",
    document_roles.ReadDocuments: "document.read",
    document_roles.PrintDocuments: "document.print",
    document_roles.RenderDocuments: "document.render",
    message_roles.SendMail: "mail.send",
    message_roles.SendTexts: "sms.send",
}


def _manifest(folder: Path) -> dict[str, Any]:
    return tomllib.loads((folder / "manifest.toml").read_text(encoding="utf-8"))


@pytest.mark.parametrize("folder", CONNECTORS, ids=_name)
def test_a_manifest_says_what_its_connector_can(folder: Path) -> None:
    said = _manifest(folder)["capability"]
    assert set(said.values()) <= {"full", "not_built", "impossible"}
    [point] = [p for p in entry_points(group="panstore.connectors") if p.name == folder.name]
    connector = point.load().open
    can = {word for role, word in ROLES.items() if issubclass(connector, role)}
    assert can <= set(said)
    assert {word for word in ROLES.values() if said.get(word) == "full"} == can


@pytest.mark.parametrize("kind", ["erp", "shop"])
def test_connectors_of_one_kind_speak_of_the_same_capabilities(kind: str) -> None:
    found = [_manifest(folder) for folder in CONNECTORS]
    assert len({frozenset(manifest) for manifest in found}) == 1
    words = {frozenset(m["capability"]) for m in found if m["kind"] == kind}
    assert len(words) == 1


@pytest.mark.parametrize("folder", MODULES, ids=_name)
def test_a_module_has_the_files_every_module_has(folder: Path) -> None:
    assert [name for name in MODULE_FILES if not (folder / name).is_file()] == []
    # One for contract prices plans nothing: it answers whoever asks.
    answers = all((folder / name).is_file() for name in ("offer.py", "check.py"))
    assert (folder / "plan.py").is_file() != answers


def test_entry_points_are_what_stands_in_the_folders() -> None:
    declared = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    points = declared["entry-points"]
    folders = {folder.name: folder for folder in CONNECTORS}
    assert points["panstore.connectors"] == {
        name: f"panstore.connectors.{name}.connector:connector" for name in folders
    }
    codes = {folder.name.split("_")[0].upper(): folder.name for folder in MODULES}
    assert points["panstore.modules"] == {
        code: f"panstore.modules.{name}.module:module" for code, name in codes.items()
    }
    installed = {p.name for p in entry_points(group="panstore.connectors")}
    assert set(folders) <= installed


def _points(group: str) -> list[Any]:
    return [pytest.param(p, id=p.name) for p in entry_points(group=group)]


@pytest.mark.parametrize("point", _points("panstore.connectors"))
def test_a_connector_entry_point_is_a_connector(point: EntryPoint) -> None:
    spec = point.load()
    assert isinstance(spec, ConnectorSpec)
    assert spec.id == point.name
    assert spec.kind in get_args(ConnectorKind)


@pytest.mark.parametrize("point", _points("panstore.modules"))
def test_a_module_entry_point_is_a_module(point: EntryPoint) -> None:
    module = point.load()
    assert module.code == point.name
    assert module.title
    if isinstance(module, FlowModule):
        assert not hasattr(module, "plan")
    elif isinstance(module, ProductModule):
        assert issubclass(module.settings_type, ProductSettings)
    elif isinstance(module, ContractModule):
        assert issubclass(module.settings_type, ContractSettings)
    else:
        assert module.interests
        assert callable(module.plan)
        assert callable(module.query)
    # A stranger's settings file must get an answer for every wrong key.
    assert module.settings_type.model_config.get("extra") == "forbid"


def _kinds(base: type[PanstoreError]) -> set[type[PanstoreError]]:
    below = {kind for kind in base.__subclasses__() if kind.__module__.startswith("panstore.")}
    return below.union(*(_kinds(kind) for kind in below))


def test_every_error_has_an_action() -> None:
    """Those of the SDK by name; a connector's own kinds through the SDK's kind they are made of."""
    own = {kind for name in sdk_errors.__all__ if _is_error(kind := getattr(sdk_errors, name))}
    assert own - {PanstoreError, sdk_errors.RemoteError} - set(ACTIONS) == set()
    for kind in _kinds(PanstoreError) - {sdk_errors.RemoteError}:
        assert any(parent in ACTIONS for parent in kind.__mro__), kind.__name__


def _is_error(kind: object) -> bool:
    return isinstance(kind, type) and issubclass(kind, PanstoreError)


def _order(name: str) -> tuple[int, str]:
    """Constants, then types, then the rest: the order the linter keeps."""
    if name.isupper() and len(name) > 1:
        return 0, name
    return (1, name) if name[0].isupper() else (2, name)


@pytest.mark.parametrize("file", PUBLIC, ids=_name)
def test_what_is_public_is_listed_in_order(file: Path) -> None:
    tree = parse(file)
    names = listed(tree)
    assert names is not None, "says nothing of what is public"
    assert names == sorted(names, key=_order)
    defined = {
        name
        for name, node, _ in top_level(tree)
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef)
        and not name.startswith("_")
    }
    assert defined - set(names) == set()


@pytest.mark.parametrize("file", SPOKEN, ids=_name)
def test_what_is_public_says_what_it_is(file: Path) -> None:
    tree = parse(file)
    public = set(listed(tree) or ())
    silent = [name for name, _, text in top_level(tree) if name in public and not text]
    assert silent == []
    assert ast.get_docstring(tree)
