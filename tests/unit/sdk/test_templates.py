"""Texts of a company: what they may say, and what is refused when they are loaded."""

from __future__ import annotations

from typing import Any

import pytest

from panstore.sdk.templates import Template, TemplateTextError, names_of

EXAMPLE: dict[str, Any] = {"order": {"number": "1001", "paid": True}, "shop": "Kava & čaj"}


def test_names_are_filled_in_and_escaped_where_it_is_html() -> None:
    text = "{{ order.number }}{% if order.paid %}: {{ shop }}{% endif %}\n"
    assert Template(text, EXAMPLE).render(EXAMPLE) == "1001: Kava & čaj\n"
    assert Template(text, EXAMPLE, html=True).render(EXAMPLE) == "1001: Kava &amp; čaj\n"
    assert list(names_of(EXAMPLE)) == ["order.number", "order.paid", "shop"]


def test_a_name_set_in_the_text_itself_is_known() -> None:
    text = "{% set word = shop %}{% for c in word %}{{ c }}{% endfor %}"
    assert Template(text, EXAMPLE).render(EXAMPLE) == EXAMPLE["shop"]


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("a\n{{ order.nr }}", "line 2: there is no name order.nr; allowed: order.number, "),
        ("{{ buyer }}", "line 1: there is no name buyer; allowed: order.number, order.paid, shop"),
        ("{% if not order.paid %}\n{{ order.owed }}{% endif %}", "line 2: there is no name order."),
        ("{% if %}", "line 1: "),
        ("{{ order.number }", "line 1: "),
        ("{{ shop | nofilter }}", "nofilter"),
        ("{% include 'other' %}", "line 1: other files cannot be used here"),
        ("{{ shop * 1000000000 }}", "texts cannot multiply"),
        ("{{ shop.__class__ }}", "__class__"),
        ("{{ shop.nothing }}", "nothing"),
        ("{{ shop | int // 0 }}", "zero"),
        ("{{ cycler }}", "there is no name cycler"),
        ("{% for a in shop %}" * 6 + "{{ shop }}" + "{% endfor %}" * 6, "more than"),
    ],
)
def test_what_cannot_be_filled_in_is_refused_with_its_place(text: str, said: str) -> None:
    with pytest.raises(TemplateTextError) as refused:
        Template(text, EXAMPLE)
    assert said in str(refused.value)


def test_a_value_of_another_kind_than_shown_is_told_in_words() -> None:
    template = Template("{{ shop | length }}", EXAMPLE)
    with pytest.raises(TemplateTextError, match="cannot be filled in"):
        template.render(EXAMPLE | {"shop": 3})
