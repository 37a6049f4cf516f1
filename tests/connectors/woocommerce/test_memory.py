"""What is kept in memory is bounded, and what was used last stays."""

from __future__ import annotations

import sys
from concurrent.futures import ThreadPoolExecutor

from panstore.connectors.woocommerce.memory import Echoes, Recent


def test_the_entry_not_used_for_longest_makes_room() -> None:
    kept: Recent[str, int] = Recent(2)
    kept.put("a", 1)
    kept.put("b", 2)
    assert kept.get("a") == 1
    kept.put("c", 3)
    assert (kept.get("a"), kept.get("b"), kept.get("c")) == (1, None, 3)
    kept.put("c", 4)
    assert (kept.get("a"), kept.get("c")) == (1, 4)


def test_what_is_dropped_is_gone_and_may_be_dropped_again() -> None:
    kept: Recent[str, int] = Recent()
    kept.put("a", 0)
    assert kept.get("a") == 0
    kept.drop("a")
    kept.drop("a")
    assert kept.get("a") is None


def test_an_echo_is_known_as_often_as_it_comes_until_something_else_is_seen() -> None:
    echoes = Echoes()
    ours, theirs = b'{"id": 13, "stock_quantity": 7}', b'{"id": 13, "stock_quantity": 6}'
    assert not echoes.is_ours(ours)
    echoes.note(ours)
    assert echoes.is_ours(ours)
    assert echoes.is_ours(ours)
    assert not echoes.is_ours(theirs)
    assert not echoes.is_ours(ours)


def test_a_message_is_compared_as_pages_show_goods_and_a_row_exactly() -> None:
    echoes = Echoes()
    stored = b'{"id": 13, "description": "One.\\n\\nTwo."}'
    shown = b'{"id": 13, "description": "<p>One.</p>\\n<p>Two.</p>\\n"}'
    other = b'{"id": 13, "description": "<p>One.</p>\\n<p>Three.</p>\\n"}'
    assert not echoes.seems_ours(shown)
    echoes.note(stored)
    assert echoes.seems_ours(shown)
    assert echoes.is_ours(stored)
    assert not echoes.is_ours(shown)
    assert not echoes.seems_ours(shown)
    echoes.note(stored)
    assert not echoes.seems_ours(other)
    assert not echoes.is_ours(stored)
    assert not echoes.seems_ours(b"webhook_id=12")


def test_what_is_no_product_is_no_echo_and_makes_nothing_forgotten() -> None:
    echoes = Echoes()
    echoes.note(b"webhook_id=12")
    echoes.note(b'{"id": 13}')
    assert not echoes.is_ours(b"webhook_id=12")
    assert echoes.is_ours(b'{"id": 13}')


def test_echoes_of_many_articles_are_bounded() -> None:
    echoes = Echoes(most=2)
    rows = [f'{{"id": {n}}}'.encode() for n in (1, 2, 3)]
    for row in rows:
        echoes.note(row)
    assert [echoes.is_ours(row) for row in rows] == [False, True, True]


def test_several_threads_may_use_it_at_once() -> None:
    """A connector may be used from several event loops, each in a thread of its own."""
    kept: Recent[int, int] = Recent(3)

    def work(seed: int) -> int:
        for n in range(20_000):
            key = (n * seed) % 7
            kept.put(key, n)
            kept.get((key + 1) % 7)
            kept.drop((key + 2) % 7)
        return seed

    before = sys.getswitchinterval()
    sys.setswitchinterval(1e-6)
    try:
        with ThreadPoolExecutor(4) as pool:
            assert sorted(pool.map(work, (1, 2, 3, 5))) == [1, 2, 3, 5]
    finally:
        sys.setswitchinterval(before)
