"""What the pure parts must not contain, and what no part may."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.architecture.source import PACKAGE, parse, python_files

PURE = python_files(PACKAGE / "model", PACKAGE / "modules")
READS_THE_CLOCK = {
    PACKAGE / "app" / "clock.py",
    # Its check compares the shop's clock with this machine's: here the clock itself is the matter.
    PACKAGE / "connectors" / "oscar" / "connector.py",
    # The same, and the machine's time is part of its signatures.
    PACKAGE / "connectors" / "woocommerce" / "connector.py",
}
CLOCKED = [
    file
    for file in python_files(PACKAGE)
    # The demo plays the outside world: people, systems and their clocks.
    if file not in READS_THE_CLOCK and PACKAGE / "demo" not in file.parents
]

CLOCKS = {
    ("datetime", "now"),
    ("datetime", "utcnow"),
    ("datetime", "today"),
    ("date", "today"),
    ("time", "time"),
    ("time", "time_ns"),
    ("time", "localtime"),
}


def _name(file: Path) -> str:
    return str(file.relative_to(PACKAGE))


def _floats(tree: ast.Module) -> Iterator[int]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Constant) and isinstance(node.value, float | complex):
            yield node.lineno
        if isinstance(node, ast.Name) and node.id == "float":
            yield node.lineno


@pytest.mark.parametrize("file", PURE, ids=_name)
def test_amounts_and_quantities_never_become_floats(file: Path) -> None:
    assert sorted(set(_floats(parse(file)))) == []


def test_the_test_for_floats_sees_them() -> None:
    tree = ast.parse("a = 1.5\nb = float('2')\ndef f(x: float) -> int: return 1\n")
    assert sorted(set(_floats(tree))) == [1, 2, 3]


def _clock_reads(tree: ast.Module) -> Iterator[int]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Attribute):
            owner = node.value.attr if isinstance(node.value, ast.Attribute) else ""
            owner = node.value.id if isinstance(node.value, ast.Name) else owner
            if (owner, node.attr) in CLOCKS:
                yield node.lineno
        if isinstance(node, ast.ImportFrom) and node.module == "time":
            yield from (node.lineno for name in node.names if name.name.startswith("time"))


@pytest.mark.parametrize("file", CLOCKED, ids=_name)
def test_only_the_composition_root_reads_the_clock(file: Path) -> None:
    assert list(_clock_reads(parse(file))) == []


def test_the_test_for_clocks_sees_them() -> None:
    text = "import datetime as dt\nfrom time import time\ndt.datetime.now(dt.UTC)\ntime.time()\n"
    assert sorted(_clock_reads(ast.parse(text))) == [2, 3, 4]


@pytest.mark.parametrize("file", python_files(PACKAGE), ids=_name)
def test_no_code_asks_whether_it_is_being_tested(file: Path) -> None:
    """Apart from the shipped test kit, the product does not know of test runners."""
    if PACKAGE / "testing" in file.parents:
        pytest_names: set[str] = {"pytest", "hypothesis"}
    else:
        pytest_names = set()
    for node in ast.walk(parse(file)):
        if isinstance(node, ast.Import):
            imported = {name.name.split(".")[0] for name in node.names}
        elif isinstance(node, ast.ImportFrom):
            imported = {(node.module or "").split(".")[0]}
        elif isinstance(node, ast.Constant) and isinstance(node.value, str):
            assert "PYTEST_CURRENT_TEST" not in node.value, node.lineno
            continue
        else:
            continue
        assert imported & {"pytest", "hypothesis", "unittest"} <= pytest_names, node.lineno
