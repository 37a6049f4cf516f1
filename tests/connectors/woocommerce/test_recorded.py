"""The simulator answers as the real shop did; what differs is listed and argued."""

from __future__ import annotations

import pytest

from tests.connectors.woocommerce.replay import allowed, files, replayed


@pytest.mark.parametrize("file", files())
def test_the_simulator_answers_as_recorded(file: str) -> None:
    known = allowed()
    unknown = [str(each) for each in replayed()[file] if not any(one.covers(each) for one in known)]
    assert not unknown, "\n".join(unknown)


def test_every_listed_difference_is_one() -> None:
    found = [each for differences in replayed().values() for each in differences]
    gone = [one for one in allowed() if not any(one.covers(each) for each in found)]
    assert not gone, "listed in differences.toml and no longer different: " + str(gone)


def test_every_listed_difference_is_argued() -> None:
    assert all(len(one.why) > 20 for one in allowed())
