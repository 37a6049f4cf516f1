"""What others say becomes a sentence of ours with one stop."""

from __future__ import annotations

import pytest

from panstore.model.errors import InvariantError, sentence


@pytest.mark.parametrize(
    ("told", "shown"),
    [
        ("it says no", "it says no."),
        ("It says no.", "It says no."),
        ("wait... ", "wait."),
        ("Really?", "Really?"),
        (InvariantError("a stock of -1"), "a stock of -1."),
    ],
)
def test_it_has_one_stop_at_its_end(told: object, shown: str) -> None:
    assert sentence(told) == shown
