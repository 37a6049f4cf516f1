"""The plugin's texts: gathers them from its files, keeps the catalogues in step.

`python -m tests.companions.woocommerce.translations` writes the template, takes new texts over into
each language (empty until somebody translates them) and compiles what is there.
"""

from __future__ import annotations

import io
import re
import struct

from babel.messages.catalog import Catalog
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po, write_po

from tests.companions.woocommerce.wordpress import PLUGIN

__all__ = ["LANGUAGES", "compiled", "languages", "template", "texts"]

LANGUAGES = PLUGIN / "languages"
_CALL = re.compile(
    r"(?:/\* translators: (?P<note>[^*]*?) \*/\s*[^\n]*?)?"
    r"(?:esc_html__|esc_attr__|__)\( '(?P<text>(?:[^'\\]|\\.)*)', 'panstore' \)"
)

_HEAD = rb"""msgid ""
msgstr ""
"Project-Id-Version: PanStore\n"
"POT-Creation-Date: 2026-11-25 00:00+0000\n"
"PO-Revision-Date: 2026-11-25 00:00+0000\n"
"MIME-Version: 1.0\n"
"Content-Type: text/plain; charset=UTF-8\n"
"Content-Transfer-Encoding: 8bit\n"

"""


def texts() -> dict[str, tuple[str, list[str]]]:
    """Text -> note for translators, files it stands in."""
    found: dict[str, tuple[str, list[str]]] = {}
    for file in sorted(PLUGIN.rglob("*.php")):
        for match in _CALL.finditer(file.read_text()):
            text = match["text"].replace("\\'", "'")
            note, files = found.get(text, ("", []))
            found[text] = (note or match["note"] or "", [*files, file.name])
    return found


def template() -> Catalog:
    """The catalogue with empty translations."""
    catalog = Catalog(project="PanStore", domain="panstore", charset="utf-8", fuzzy=False)
    for text, (note, files) in texts().items():
        catalog.add(
            text,
            locations=[(f"includes/{name}", 1) for name in dict.fromkeys(files)],
            auto_comments=[f"translators: {note}"] if note else [],
        )
    return catalog


def languages() -> dict[str, Catalog]:
    """Language -> catalogue as it is kept."""
    return {
        file.stem.removeprefix("panstore-"): read_po(io.BytesIO(file.read_bytes()))
        for file in sorted(LANGUAGES.glob("*.po"))
    }


def compiled(catalog: Catalog) -> bytes:
    """As WordPress reads it."""
    buffer = io.BytesIO()
    write_mo(buffer, catalog)
    content = bytearray(buffer.getvalue())
    total, _, translations = struct.unpack_from("<III", content, 8)
    # Babel names no place for the table of hashes it does not write; WordPress reads nothing then.
    struct.pack_into("<I", content, 24, translations + 8 * total)
    return bytes(content)


def _written(catalog: Catalog) -> bytes:
    buffer = io.BytesIO()
    # Without dates and line numbers: a catalogue changes when its texts do.
    write_po(buffer, catalog, omit_header=True, include_lineno=False, width=100)
    return _HEAD + buffer.getvalue().lstrip()


def _main() -> None:
    LANGUAGES.mkdir(exist_ok=True)
    (LANGUAGES / "panstore.pot").write_bytes(_written(template()))
    for name, catalog in languages().items():
        catalog.update(template(), no_fuzzy_matching=True)
        catalog.obsolete.clear()
        (LANGUAGES / f"panstore-{name}.po").write_bytes(_written(catalog))
        (LANGUAGES / f"panstore-{name}.mo").write_bytes(compiled(languages()[name]))


if __name__ == "__main__":
    _main()
