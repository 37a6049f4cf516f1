"""Fenced blocks of the documentation, and links between its pages."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

__all__ = ["ROOT", "Block", "blocks", "console_steps", "documents", "links"]

ROOT = Path(__file__).resolve().parents[2]
_FENCE = re.compile(r"^(?P<indent> *)```(?P<kind>\w*)\s*$")
_LINK = re.compile(r"!?\[[^\]]*\]\((?P<target>[^)\s]+)\)")
_PROMPT = "$ "


@dataclass(frozen=True)
class Block:
    """One fenced block.

    Attributes:
        line: of the opening fence, counted from 1.
        kind: the word after the fence: sh, console, toml, python, text ...
        elsewhere: whether the comment `<!-- elsewhere -->` before it says that it belongs on a
            machine a test has not got.
    """

    file: Path
    line: int
    kind: str
    text: str
    elsewhere: bool

    def __str__(self) -> str:
        return f"{self.file.relative_to(ROOT)}:{self.line}"


def documents() -> list[Path]:
    """Every page we answer for, in reading order."""
    top = [ROOT / name for name in ("README.md", "CONTRIBUTING.md", "CHANGELOG.md")]
    return top + sorted((ROOT / "docs").rglob("*.md"))


def blocks(*kinds: str) -> list[Block]:
    """All blocks of these kinds."""
    return [block for file in documents() for block in _of(file) if block.kind in kinds]


def _of(file: Path) -> list[Block]:
    found: list[Block] = []
    lines = file.read_text(encoding="utf-8").splitlines()
    begun: tuple[int, str, str] | None = None
    for number, line in enumerate(lines, 1):
        match = _FENCE.match(line)
        if match is None:
            continue
        if begun is None:
            begun = (number, match["kind"], match["indent"])
            continue
        start, kind, indent = begun
        body = "\n".join(one.removeprefix(indent) for one in lines[start : number - 1])
        before = next((one for one in reversed(lines[: start - 1]) if one.strip()), "")
        elsewhere = before.strip().startswith("<!-- elsewhere")
        found.append(Block(file, start, kind, body, elsewhere))
        begun = None
    assert begun is None, f"{file}: the block of line {begun} has no end"
    return found


def console_steps(block: Block) -> list[tuple[str, str]]:
    """Commands of a block with the output shown for each (always empty in a `sh` block)."""
    if block.kind == "sh":
        lines = block.text.replace("\\\n", " ").splitlines()
        commands = [line.partition(" # ")[0].strip() for line in lines]
        return [(one, "") for one in commands if one and not one.startswith("#")]
    steps: list[tuple[str, list[str]]] = []
    for line in block.text.splitlines():
        if line.startswith(_PROMPT):
            steps.append((line.removeprefix(_PROMPT).strip(), []))
        elif steps:
            steps[-1][1].append(line)
    return [(command, "\n".join(shown).strip()) for command, shown in steps]


def links(file: Path) -> list[str]:
    """Targets of all links and pictures of a page, code blocks left out."""
    text = file.read_text(encoding="utf-8")
    text = re.sub(r"^ *```.*?^ *```", "", text, flags=re.DOTALL | re.MULTILINE)
    return [match["target"] for match in _LINK.finditer(text)]
