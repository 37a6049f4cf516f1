"""Lateness and silence of messages, counted fairly."""

from __future__ import annotations

import datetime as dt

from panstore.connectors.woocommerce.punctuality import LATE, SILENT, Punctuality, Verdict

NOON = dt.datetime(2026, 11, 25, 12, 0, tzinfo=dt.UTC)
FINE = Verdict(late=None, unheard=0, heard=False)
SECOND = dt.timedelta(seconds=1)


def test_nothing_is_no_problem() -> None:
    assert Punctuality().judge(NOON) == FINE


def test_few_late_ones_are_chance_and_most_are_not() -> None:
    punctuality = Punctuality()
    for number, late in enumerate((LATE * 2, LATE * 2, SECOND, SECOND)):
        punctuality.hear(number, NOON - late, NOON)
    assert punctuality.judge(NOON).late == LATE * 2
    punctuality.hear(9, NOON, NOON)
    assert punctuality.judge(NOON).late is None
    assert punctuality.judge(NOON).heard


def test_an_hour_later_it_is_forgotten() -> None:
    punctuality = Punctuality()
    for number in range(3):
        punctuality.hear(number, NOON - LATE * 2, NOON)
    assert punctuality.judge(NOON + dt.timedelta(hours=2)) == FINE


def test_messages_without_a_time_are_heard_and_not_late() -> None:
    punctuality = Punctuality()
    for number in range(3):
        punctuality.hear(number, None, NOON)
    assert punctuality.judge(NOON) == Verdict(late=None, unheard=0, heard=True)


def test_a_clock_that_is_ahead_makes_nothing_early() -> None:
    punctuality = Punctuality()
    for number in range(3):
        punctuality.hear(number, NOON + LATE * 5, NOON)
    assert punctuality.judge(NOON).late is None


def test_a_change_is_missed_when_no_message_comes_for_five_minutes() -> None:
    punctuality = Punctuality()
    punctuality.find(1, NOON, NOON)
    assert punctuality.judge(NOON + SILENT).unheard == 0, "nobody listened yet"
    punctuality.listen(NOON)
    punctuality.listen(NOON + SILENT)
    punctuality.find(1, NOON, NOON)
    assert punctuality.judge(NOON + SILENT).unheard == 0, "changed before"
    changed = NOON + SECOND
    punctuality.find(1, changed, changed)
    assert punctuality.judge(changed + SILENT - SECOND).unheard == 0, "it may still come"
    punctuality.find(1, changed, changed + SILENT)
    assert punctuality.judge(changed + SILENT).unheard == 1, "it was found before"
    assert punctuality.judge(changed + dt.timedelta(hours=2)).unheard == 0


def test_what_was_heard_before_or_after_it_was_found_is_not_missed() -> None:
    punctuality = Punctuality()
    punctuality.listen(NOON)
    changed = NOON + SECOND
    punctuality.hear(1, changed, changed)
    punctuality.find(1, changed, changed + SECOND)
    punctuality.find(2, changed, changed)
    punctuality.hear(2, changed, changed + LATE)
    punctuality.hear(3, NOON, NOON)
    punctuality.find(3, changed, changed)
    assert punctuality.judge(changed + SILENT + SECOND).unheard == 1, "only the third"


def test_switched_on_again_what_is_missing_is_explained() -> None:
    punctuality = Punctuality()
    punctuality.listen(NOON)
    punctuality.find(1, NOON + SECOND, NOON + SECOND)
    punctuality.start_anew(NOON + SILENT * 2)
    assert punctuality.judge(NOON + SILENT * 2) == FINE
    punctuality.find(2, NOON + SILENT, NOON + SILENT * 2)
    assert punctuality.judge(NOON + SILENT * 3) == FINE


def test_it_forgets_the_oldest_before_it_grows_without_end() -> None:
    punctuality = Punctuality()
    punctuality.listen(NOON)
    changed = NOON + SECOND
    for number in range(2_500):
        punctuality.find(number, changed, changed)
    assert punctuality.judge(changed + SILENT).unheard == 2_000
