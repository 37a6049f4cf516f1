"""Links lead somewhere, and files that pages name are there."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from tests.docs.blocks import ROOT, documents, links

_NAMED = re.compile(
    r"`((?:src|tests|docs|tools|companions|benchmarks|engine|modules|connectors|store|app|model|sdk"
    r"|testing|web|cli)/[\w./-]+|[\w-]+\.(?:md|toml|py)|Makefile)(?:::\w+)?`"
)
_MADE_BY_PEOPLE = {"panstore.toml", "demo.json", "panstore.sqlite", "manage.py", "urls.py"}


def _id(file: Path) -> str:
    return str(file.relative_to(ROOT))


def _anchors(file: Path) -> set[str]:
    headings = re.findall(r"^#+ (.*)$", file.read_text(encoding="utf-8"), flags=re.MULTILINE)
    plain = [re.sub(r"[^\w\- ]", "", heading.lower()) for heading in headings]
    return {heading.strip().replace(" ", "-") for heading in plain}


@pytest.mark.parametrize("file", documents(), ids=_id)
def test_links_resolve(file: Path) -> None:
    wrong = []
    for target in links(file):
        if target.startswith(("http://", "https://", "mailto:")):
            continue
        path, _, anchor = target.partition("#")
        place = (file.parent / path).resolve() if path else file
        if not place.exists() or (anchor and anchor not in _anchors(place)):
            wrong.append(target)
    assert wrong == []


@pytest.mark.parametrize("file", documents(), ids=_id)
def test_named_files_exist(file: Path) -> None:
    text = file.read_text(encoding="utf-8")
    source = ROOT / "src" / "panstore"
    places = (ROOT, source, source / "connectors" / "oscar", file.parent, ROOT / "tools")
    named = {match[1].rstrip("/") for match in _NAMED.finditer(text)} - _MADE_BY_PEOPLE
    missing = [name for name in named if not any((place / name).exists() for place in places)]
    assert missing == []


def test_every_page_can_be_reached_from_the_first() -> None:
    seen: set[Path] = set()
    to_read = [ROOT / "README.md"]
    while to_read:
        file = to_read.pop()
        if file in seen:
            continue
        seen.add(file)
        targets = [(file.parent / one.partition("#")[0]).resolve() for one in links(file)]
        to_read += [one for one in targets if one.suffix == ".md" and one.exists()]
    assert sorted(_id(file) for file in documents() if file not in seen) == []


def test_named_tests_exist() -> None:
    """Promises point to tests as `file::name`, or to a test of a shipped suite by its name."""
    suites = ROOT / "src" / "panstore" / "testing" / "suites"
    shipped = "".join(file.read_text(encoding="utf-8") for file in suites.glob("*.py"))
    wrong = []
    for file in documents():
        text = file.read_text(encoding="utf-8")
        for path, name in re.findall(r"`(tests/[\w/]+\.py)::(\w+)`", text):
            place = ROOT / path
            if not place.exists() or f" {name}(" not in place.read_text(encoding="utf-8"):
                wrong.append(f"{_id(file)}: {path}::{name}")
        named = re.findall(r"`(test_\w+|\w+Suite)`", text)
        wrong += [f"{_id(file)}: {n}" for n in named if not re.search(rf"\b{n}\(", shipped)]
    assert wrong == []


def test_pages_name_no_place_of_one_machine_and_pictures_are_small() -> None:
    found = [
        f"{_id(file)}: {match[0]}"
        for file in documents()
        for match in re.finditer(r"(?<![\w.~])/(tmp|home|root|work)/\S*", file.read_text("utf-8"))
    ]
    assert found == []
    pictures = list((ROOT / "docs" / "pictures").glob("*.png"))
    assert pictures
    assert [p.name for p in pictures if p.stat().st_size >= 150_000] == []
