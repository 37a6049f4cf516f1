"""The plugin's pure classes, tried with plain PHP, and its files as such."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
from pathlib import Path

import pytest

from tests.companions.woocommerce.wordpress import PLUGIN, require_php

UNIT = Path(__file__).parent / "unit"
FILES = sorted(PLUGIN.rglob("*.php"))
CHECKS = [
    name
    for file in sorted(UNIT.glob("check-*.php"))
    for name in re.findall(r"^check\(\s*'(\w+)'", file.read_text(), re.MULTILINE)
]
# What PHP 7.4 does not know yet; `php -l` of a newer one does not complain of it.
NEWER = {
    "nullsafe operator": r"\?->",
    "match": r"\bmatch \(",
    "named argument": r"[(,]\s*[a-z_]+: (?!:)",
    "promoted property": r"__construct\([^)]*\b(private|public|protected) ",
    "readonly": r"\breadonly (?!>)(class|public|private|string|int|array)",
    "enum": r"^enum ",
    "union type": r"function [^{;]*\b\w+\|\w+ \$",
    "mixed, static or never as a type": r"\): (mixed|static|never|null|false)\b|[(,] mixed \$",
    "newer functions": r"\b(str_contains|str_starts_with|str_ends_with|array_is_list)\(",
    "throw as an expression": r"(\?\?|\?:|=>) throw ",
}


@pytest.fixture(scope="module")
def outcomes() -> dict[str, str]:
    require_php()
    done = subprocess.run(
        ["php", "-d", "display_errors=stderr", str(UNIT / "run.php"), str(PLUGIN)],
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    found: dict[str, str] = json.loads(done.stdout)
    return found


def test_every_check_was_run(outcomes: dict[str, str]) -> None:
    assert len(CHECKS) > 20
    assert sorted(outcomes) == sorted(CHECKS)


@pytest.mark.parametrize("name", CHECKS)
def test_check(outcomes: dict[str, str], name: str) -> None:
    assert outcomes[name] == ""


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.name)
def test_php_understands_the_file(file: Path) -> None:
    require_php()
    done = subprocess.run(
        ["php", "-d", "error_reporting=-1", "-d", "display_errors=1", "-l", str(file)],
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.stdout.strip() == f"No syntax errors detected in {file}", done


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.name)
def test_php_7_would_understand_the_file(file: Path) -> None:
    code = re.sub(r"/\*.*?\*/|//[^\n]*|'(?:\\.|[^'\\])*'", "''", file.read_text(), flags=re.DOTALL)
    found = [what for what, form in NEWER.items() if re.search(form, code, re.MULTILINE)]
    assert found == []


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.name)
def test_a_file_called_by_its_address_does_nothing(file: Path) -> None:
    """A web server runs any file of a plugin that somebody asks for."""
    require_php()
    done = subprocess.run(
        ["php", "-d", "error_reporting=-1", "-d", "display_errors=1", str(file)],
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert (done.returncode, done.stdout) == (0, ""), done


def test_every_class_is_loaded_and_hooked_names_are_ours() -> None:
    plugin = (PLUGIN / "includes" / "class-panstore-plugin.php").read_text()
    listed = re.findall(r"^\t\t'([a-z-]+)',$", plugin, re.MULTILINE)
    there = {file.stem.removeprefix("class-panstore-") for file in FILES if file.parent != PLUGIN}
    assert set(listed) == there - {"plugin"}
    for file in FILES:
        for name in re.findall(r"^(?:final )?class (\w+)", file.read_text(), re.MULTILINE):
            assert file.stem == "class-" + name.lower().replace("_", "-")
        assert not re.search(r"^function (?!panstore_)", file.read_text(), re.MULTILINE), file


def test_the_script_is_javascript() -> None:
    node = shutil.which("node")
    if node is None:
        pytest.skip("node is not installed")
    script = PLUGIN / "assets" / "late-prices.js"
    done = subprocess.run([node, "--check", str(script)], capture_output=True, check=False)
    assert done.returncode == 0, done.stderr


def test_the_plugin_says_one_version() -> None:
    text = (PLUGIN / "panstore.php").read_text()
    header = re.search(r"\* Version: +(\S+)", text)
    constant = re.search(r"'PANSTORE_VERSION', '([^']+)'", text)
    assert header is not None
    assert constant is not None
    assert header[1] == constant[1]
