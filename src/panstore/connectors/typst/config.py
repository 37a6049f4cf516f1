"""Settings of the pages."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

from pydantic import AfterValidator, Field

from panstore.model.document import DocumentKind, Language
from panstore.sdk.connectors import Settings

__all__ = ["KINDS", "TypstSettings"]

KINDS: tuple[DocumentKind, ...] = ("invoice", "credit_note", "delivery_note")


def _absolute(path: Path) -> Path:
    if not path.is_absolute():
        raise ValueError(
            f'must be a whole path such as /srv/shop/{path.name}, or {{ path = "{path}" }}'
            " for one beside the settings file"
        )
    return path


class TypstSettings(Settings):
    """How pages look, and what stands on them besides the document.

    Attributes:
        logo: SVG, PNG or JPEG file, shown instead of the company's name at the top.
        logo_height_mm: of the logo on the page; a wide one is shown smaller.
        color: of titles and bars, `#rrggbb`.
        thanks: last words of invoices and delivery notes by language; without them a short
            thank-you, "" for none.
        footer: lines at the foot of each page by language, above bank account and register entry.
        templates: folder of the company's own `invoice.typ`, `credit_note.typ` or
            `delivery_note.typ`; what is not in it is printed as usual.
        e_invoice: whether invoices and credit notes carry an e-invoice (EN 16931) inside.
    """

    logo: Annotated[Path, AfterValidator(_absolute)] | None = None
    logo_height_mm: float = Field(default=18.0, ge=5, le=40)
    color: str = Field(default="#1f3a5f", pattern="^#[0-9a-fA-F]{6}$")
    thanks: dict[Language, str] = Field(default_factory=dict)
    footer: dict[Language, str] = Field(default_factory=dict)
    templates: Annotated[Path, AfterValidator(_absolute)] | None = None
    e_invoice: bool = True

    def own_template(self, kind: DocumentKind) -> Path | None:
        """The company's own template of a kind, if there is one."""
        file = None if self.templates is None else self.templates / f"{kind}.typ"
        return file if file is not None and file.is_file() else None
