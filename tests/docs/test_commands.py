"""Every command the pages show works, and says what the pages say it says."""

from __future__ import annotations

import os
import re
import shlex
import subprocess
import sys
from pathlib import Path

import pytest

from tests.docs.blocks import ROOT, Block, blocks, console_steps
from tests.e2e.demo import Demo, eventually

_ALLOWED_ELSEWHERE = 5
_MAKE = re.compile(r"^make( [\w-]+)?( ARGS=.*)?$")
# What differs between two runs of the same day.
_VARIES = (
    (re.compile(r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d"), "TIME"),
    (re.compile(r"\d\d [A-Z][a-z]{2} \d{4}(, \d\d:\d\d:\d\d)?"), "TIME"),
    (re.compile(r"\b\d{4}-\d{5}\b"), "INVOICE"),
    (re.compile(r"(Parcel|parcel) \d+"), r"\1 N"),
    (re.compile(r"retry \d+ --route"), "retry N --route"),
    (re.compile(r"http://127\.0\.0\.1:\d+"), "ADDRESS"),
    (re.compile(r"(\d+ (s|min)|never) ago"), "AGO"),
    (re.compile(r"after \d+\.\d s"), "after SECONDS"),
    (re.compile(r"-?\d+\.\d s\b"), "SECONDS"),
    (re.compile(r"tried (once|\d+ times)"), "tried"),
    (re.compile(r"(Sale|sale|imported as) \d+"), r"\1 N"),
    (re.compile(r"(changes waiting|order watermark): \d+"), r"\1: N"),
    (re.compile(r"price lists: \d+"), "price lists: N"),
    (re.compile(r"server: 127\.0\.0\.1:\d+"), "server: ADDRESS"),
    (re.compile(r"\s+"), " "),
)


_HAPPENED = re.compile(r"^  \d{4}-\d\d-\d\d \d\d:\d\d:\d\d  ")
"""A line of an order's story."""

_NUMBER = re.compile(r"\b10\d{4}\b")
"""The printed number of an order."""


def _in_any_order(text: str) -> str:
    """Lines of a story that happen in the same second come in this order or in another."""
    lines = text.splitlines()
    begin = 0
    while begin < len(lines):
        end = begin
        while end < len(lines) and _HAPPENED.match(lines[end]):
            end += 1
        lines[begin:end] = sorted(lines[begin:end], key=lambda line: line.split("  ")[2])
        begin = end + 1
    return "\n".join(lines)


def _plain(text: str) -> str:
    text = _in_any_order(_NUMBER.sub("ORDER", text))
    for pattern, word in _VARIES:
        text = pattern.sub(word, text)
    return text.strip()


def _shown() -> list[Block]:
    """Blocks to run; the tutorial first, as a newcomer reads it."""
    found = [block for block in blocks("sh", "console") if not block.elsewhere]
    return sorted(found, key=lambda block: "tutorial" not in block.file.parts)


def _is_make(command: str) -> bool:
    return _MAKE.match(command) is not None


def _here(demo: Demo, command: str) -> list[str]:
    """The command as it is run on this demo."""
    words = shlex.split(command)
    if words[0] == "panstore":
        return [sys.executable, "-m", "panstore", "--config", demo.facts["settings"], *words[1:]]
    if words[:2] == ["python3", "docs/tutorial/play.py"]:
        return [sys.executable, words[1], "--demo", str(demo.directory), *words[2:]]
    return words


def _run(demo: Demo, command: str) -> subprocess.CompletedProcess[str]:
    words = [
        word.replace("http://127.0.0.1:8600", demo.facts["console"]["url"])
        for word in _here(demo, command)
    ]
    return subprocess.run(words, cwd=ROOT, capture_output=True, text=True, check=False, timeout=120)


def _typed(command: str, order: str) -> str:
    """The command with the number of the order that the reader has just made."""
    return _NUMBER.sub(order, command) if order else command


@pytest.mark.real
@pytest.mark.timeout(900)
def test_commands_on_the_demo(demo: Demo) -> None:
    wrong = []
    order = ""
    tried: set[str] = set()
    for block in _shown():
        for command, shown in console_steps(block):
            if _is_make(command) or command == "panstore init" or (command in tried and not shown):
                continue
            tried.add(command)
            done = _run(demo, _typed(command, order))
            if done.returncode not in {0, 2}:
                wrong.append(f"{block}: {command} ended with {done.returncode}: {done.stderr}")
            if shown and command.startswith("panstore "):
                # Mails and receipts are on their way for a moment after an order has moved.
                done = eventually(
                    lambda words=command, last=order: _run(demo, _typed(words, last)),  # type: ignore[misc]
                    lambda now, wanted=shown: _plain(now.stdout) == _plain(wanted),  # type: ignore[misc]
                    within_s=15,
                )
            if shown and _plain(done.stdout) != _plain(shown):
                wrong.append(f"{block}: {command} says now\n{done.stdout}")
            bought = _NUMBER.search(done.stdout) if "play.py buy" in command else None
            # Who follows the page types the number of the order just made.
            order = bought[0] if bought else order
    assert not wrong, "\n\n".join(wrong)


def test_make_knows_every_target_that_pages_name() -> None:
    commands = [c for block in _shown() for c, _ in console_steps(block) if _is_make(c)]
    assert "make demo" in commands
    assert "make test" in commands
    for command in sorted(set(commands)):
        words = shlex.split(command)
        planned = subprocess.run(
            [words[0], "--dry-run", *words[1:]],
            cwd=ROOT,
            capture_output=True,
            text=True,
            check=False,
        )
        assert planned.returncode == 0, f"{command}: {planned.stderr}"


def test_init_writes_settings_that_load(tmp_path: Path) -> None:
    command = [sys.executable, "-m", "panstore", "init"]
    environment = os.environ | {"PANSTORE_CONFIG": str(tmp_path / "panstore.toml")}
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert "[connections.erp]" in (tmp_path / "panstore.toml").read_text()


def test_few_commands_are_left_to_other_machines() -> None:
    elsewhere = [block for block in blocks("sh", "console") if block.elsewhere]
    assert len(elsewhere) <= _ALLOWED_ELSEWHERE, [str(block) for block in elsewhere]


def test_every_command_is_in_a_block_that_is_run() -> None:
    """Commands hidden in blocks of other kinds would not be run."""
    hidden = [
        str(block)
        for block in blocks("text", "")
        for line in block.text.splitlines()
        if "reference" not in block.file.parts and line.startswith(("$ ", "panstore ", "make "))
    ]
    assert hidden == []
