"""The plugin speaks English and Slovene, and no text is forgotten."""

from __future__ import annotations

import io
import re

import pytest
from babel.messages.pofile import read_po

from tests.companions.woocommerce.shop import Shop
from tests.companions.woocommerce.translations import (
    LANGUAGES,
    compiled,
    languages,
    template,
    texts,
)
from tests.companions.woocommerce.wordpress import PLUGIN

_RUN = "run `python -m tests.companions.woocommerce.translations`"


def test_every_text_for_people_is_gathered() -> None:
    calls = sum(
        len(re.findall(r"\b(?:__|esc_html__|esc_attr__)\(", file.read_text()))
        for file in PLUGIN.rglob("*.php")
    )
    assert calls == sum(len(files) for _, files in texts().values())


def test_every_text_has_its_template_and_its_slovene() -> None:
    wanted = set(texts())
    assert len(wanted) > 25
    kept = read_po(io.BytesIO((LANGUAGES / "panstore.pot").read_bytes()))
    assert {str(message.id) for message in kept if message.id} == wanted, _RUN
    for name, catalog in languages().items():
        there = {str(message.id): str(message.string) for message in catalog if message.id}
        assert set(there) == wanted, f"{name}: {_RUN}"
        assert [text for text, said in there.items() if not said] == []
        for text, said in there.items():
            assert text.count("%s") == said.count("%s"), text
        assert (LANGUAGES / f"panstore-{name}.mo").read_bytes() == compiled(catalog), _RUN
    assert set(languages()) == {"sl_SI"}


def test_a_text_with_a_place_says_what_comes_there() -> None:
    for message in template():
        if "%s" in str(message.id):
            assert message.auto_comments, message.id


@pytest.mark.wordpress
def test_a_slovene_shop_speaks_slovene(shop: Shop) -> None:
    said = shop.wordpress.php(
        """
        add_filter( 'locale', static function () { return 'sl_SI'; } );
        add_filter( 'plugin_locale', static function () { return 'sl_SI'; } );
        unload_textdomain( 'panstore' );
        PanStore_Plugin::instance()->translate();
        return __( 'No price for you at present; please ask us.', 'panstore' );
        """
    )
    assert said == "Trenutno za vas ni cene; vprašajte nas."
