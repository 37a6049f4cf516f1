"""The reference says what the code says."""

from __future__ import annotations

from tools.reference import DIRECTORY, pages


def test_the_reference_is_up_to_date() -> None:
    made = pages()
    written = {file.name: file.read_text(encoding="utf-8") for file in DIRECTORY.glob("*.md")}
    stale = sorted(n for n in made.keys() | written.keys() if made.get(n) != written.get(n))
    assert stale == [], "run `make docs` and commit what it writes"
