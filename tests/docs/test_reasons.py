"""Whoever finds a parked record finds its code in the how-to."""

from __future__ import annotations

import ast
import re
from pathlib import Path

from tests.docs.blocks import ROOT

_SOURCE = ROOT / "src" / "panstore"
_CODE = re.compile(r"^(internal|[a-z]+\.[a-z_]+)$")


def _codes_of(file: Path) -> set[str]:
    """Texts given as the code of a `Held`, or to what makes or leads to one, by name or as such."""
    found: set[str] = set()
    tree = ast.parse(file.read_text(encoding="utf-8"))
    named = {
        getattr(one.targets[0], "id", ""): one.value
        for one in tree.body
        if isinstance(one, ast.Assign)
    }
    for node in ast.walk(tree):
        if not isinstance(node, ast.Call):
            continue
        name = getattr(node.func, "id", "")
        given = [k.value for k in node.keywords if k.arg == "code"] if name == "Held" else []
        given += node.args[:3] if name.lower().endswith(("held", "_hold", "refused")) else []
        for one in (named.get(getattr(one, "id", ""), one) for one in given):
            if isinstance(one, ast.Constant) and _CODE.match(str(one.value)):
                found.add(str(one.value))
    return found


def test_every_code_is_explained() -> None:
    files = [f for part in ("engine", "modules") for f in (_SOURCE / part).rglob("*.py")]
    used = set().union(*map(_codes_of, files))
    assert {"price.missing", "order.unreadable", "write.refused"} <= used
    text = (ROOT / "docs" / "howto" / "parked.md").read_text(encoding="utf-8")
    assert sorted(code for code in used if f"`{code}`" not in text) == []


def test_the_modules_own_tables_agree() -> None:
    text = (ROOT / "docs" / "howto" / "parked.md").read_text(encoding="utf-8")
    told = set()
    for file in (_SOURCE / "modules").rglob("README.md"):
        _, _, table = file.read_text(encoding="utf-8").partition("| held |")
        rows = [line.split("|")[1] for line in table.splitlines() if line.startswith("| `")]
        told |= {code for row in rows for code in re.findall(r"`([^`]+)`", row)}
    assert "unit.no_factor" in told
    assert sorted(code for code in told if f"`{code}`" not in text) == []
