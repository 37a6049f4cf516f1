"""Variations that a buyer can tell apart."""

from __future__ import annotations

import itertools

from hypothesis import given
from hypothesis import strategies as st

from panstore.connectors.woocommerce.map.labels import clash, is_labelled, labelled
from panstore.connectors.woocommerce.map.pages import LABEL
from panstore.model.product import Attributes

_options = st.dictionaries(st.sampled_from(["Size", "Colour"]), st.sampled_from(["S", "m", "M"]))
_families = st.lists(
    st.tuples(_options.map(lambda said: tuple(said.items())), st.sampled_from(["A", "a", "B"])),
    max_size=6,
)


def test_options_tell_apart_only_where_both_have_one() -> None:
    small: Attributes = (("Size", "S"),)
    assert not clash(small, (("size", "M"), ("Colour", "red")))
    assert clash(small, (("Colour", "red"),))
    assert clash(small, ())
    assert clash(small, ((" SIZE", "s"),))


@given(_families)
def test_no_two_that_have_labels_can_be_taken_for_each_other(
    family: list[tuple[Attributes, str]],
) -> None:
    finals, names = [one for one, _ in family], [name for _, name in family]
    told = labelled(finals, names)
    assert all(is_labelled(one) for one in told)
    assert not any(clash(one, other) for one, other in itertools.combinations(told, 2))
    assert [one[:-1] for one in told] == finals
    assert labelled(told, names) == told


def test_a_label_that_is_there_is_nobody_elses() -> None:
    told = labelled([(("Size", "S"),), ((LABEL, "A"),)], ["A", "B"])
    assert told == [(("Size", "S"), (LABEL, "A (2)")), ((LABEL, "A"),)]
