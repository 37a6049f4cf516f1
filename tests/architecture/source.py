"""The source as the tests of this folder read it: files and their syntax trees."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from functools import cache
from pathlib import Path

__all__ = ["PACKAGE", "ROOT", "SOURCE", "listed", "parse", "python_files", "top_level"]

ROOT = Path(__file__).parents[2]
SOURCE = ROOT / "src"
PACKAGE = SOURCE / "panstore"


def python_files(*folders: Path) -> list[Path]:
    """Every Python file below these folders, in order."""
    return sorted(file for folder in folders for file in folder.rglob("*.py"))


@cache
def parse(file: Path) -> ast.Module:
    return ast.parse(file.read_text(encoding="utf-8"), str(file))


def listed(tree: ast.Module) -> list[str] | None:
    """What `__all__` names, or None where there is none."""
    for node in tree.body:
        if isinstance(node, ast.Assign) and _is_all(node.targets):
            return list(ast.literal_eval(node.value))
    return None


def _is_all(targets: list[ast.expr]) -> bool:
    return any(isinstance(target, ast.Name) and target.id == "__all__" for target in targets)


def top_level(tree: ast.Module) -> Iterator[tuple[str, ast.stmt, str | None]]:
    """Name, statement and docstring of what a module defines itself."""
    for node, following in zip(tree.body, [*tree.body[1:], None], strict=True):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
            yield node.name, node, ast.get_docstring(node)
        elif isinstance(node, ast.Assign) and isinstance(node.targets[0], ast.Name):
            yield node.targets[0].id, node, _text(following)
        elif isinstance(node, ast.AnnAssign) and isinstance(node.target, ast.Name):
            yield node.target.id, node, _text(following)


def _text(node: ast.stmt | None) -> str | None:
    """A string that stands behind an assignment and says what the name means."""
    if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant):
        return node.value.value if isinstance(node.value.value, str) else None
    return None
