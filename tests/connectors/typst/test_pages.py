"""Pages as a reader, a bank's camera and a bookkeeping program find them."""

from __future__ import annotations

import base64
import io
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pdfplumber
import pikepdf
import pypdfium2  # type: ignore[import-untyped]
import pytest
from lxml import etree  # type: ignore[import-untyped]
from msgspec.structs import replace

from panstore.connectors.typst.config import KINDS
from panstore.connectors.typst.connector import connector
from panstore.connectors.typst.maker import PageMaker
from panstore.connectors.typst.map.cii import cii_of
from panstore.connectors.typst.map.upn import upn_payload
from panstore.model.document import Document, Language
from panstore.model.ids import ConnectionId
from panstore.sdk import Report
from panstore.sdk.document_roles import Page
from panstore.sdk.errors import RejectedError
from tests.connectors.typst.paper import (
    COMPANY,
    PRIVATE,
    TEA,
    D,
    credit_note,
    delivery_note,
    invoice,
    many_lines,
)
from tests.connectors.typst.schematron import broken_rules

PNG = base64.b64decode(
    "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNkYPhfDwAChwGA60e6kgAAAABJRU5ErkJggg=="
)
SVG = '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 900 80"><path d="M0 0h9v9z"/></svg>'
RAM = "{urn:un:unece:uncefact:data:standard:ReusableAggregateBusinessInformationEntity:100}"


def made(**settings: Any) -> PageMaker:
    """What the process that makes pages makes them with."""
    return PageMaker("paper", connector.settings(**settings))


async def checked(**settings: Any) -> Report:
    printer = connector.open(ConnectionId("paper"), connector.settings(**settings))
    await printer.start()
    try:
        return await printer.check()
    finally:
        await printer.close()


@pytest.fixture(scope="module")
def printer() -> PageMaker:
    return made(footer={"sl": "Velja brez žiga in podpisa."})


def _rendered(printer: PageMaker, document: Document, language: Language = "sl") -> Page:
    page = printer.make(document, language)
    assert page.problem == ""
    return page


def _text(content: bytes) -> str:
    """All text, on one line, with plain spaces and words put together again."""
    file = pypdfium2.PdfDocument(content)
    text = " ".join(page.get_textpage().get_text_range() for page in file)
    plain = text.replace("\u00a0", " ").replace("\u200b", "").replace("\ufffe", "")
    return " ".join(plain.split())


def _attached(content: bytes) -> bytes | None:
    with pikepdf.open(io.BytesIO(content)) as pdf:
        if "factur-x.xml" not in pdf.attachments:
            return None
        return pdf.attachments["factur-x.xml"].get_file().read_bytes()


def test_an_invoice_has_every_name_and_amount_as_its_e_invoice_has(
    printer: PageMaker,
) -> None:
    document = invoice(paid=D("30.00"), note="Hvala in\nnasvidenje.")
    page = _rendered(printer, document)
    assert (page.name, page.media_type) == ("racun-2026-00042.pdf", "application/pdf")
    text = _text(page.content)
    for said in (
        *(
            "Račun 2026-00042",
            "Zelena skodelica d.o.o.",
            "Žiga Črešnjevec",
            "Šmartinska cesta 152a",
        ),
        *("SI50223054", "SI56 2633 0001 2039 086", "PRIMSI2X", "SI00 2026 0004 2", "100042"),
        *("24. 11. 2026", "25. 11. 2026", "2. 12. 2026", "23. 11. 2026", "Pošta Slovenije"),
        *("Zeleni čaj Sencha, 100 g", "TEA-1", "2 kos", "8,20", "16,40", "9,5 %", "12,295"),
        *("49,18", "52,46", "11,54", "1,56", "68,86 €", "13,10 €", "81,96 €", "30,00 €"),
        *("51,96 €", "Hvala in nasvidenje.", "Hvala za vaš nakup.", "Stran 1 / 1"),
        *("Velja brez žiga in podpisa.", "Matična številka 6543219000"),
    ):
        assert said in text
    xml = _attached(page.content)
    assert xml == cii_of(document)
    assert broken_rules(xml) == []
    told = {one.tag.removeprefix(RAM): one.text for one in etree.fromstring(xml).iter()}
    figures = {
        "LineTotalAmount": "68,86",
        "TaxTotalAmount": "13,10",
        "GrandTotalAmount": "81,96",
        "TotalPrepaidAmount": "30,00",
        "DuePayableAmount": "51,96",
    }
    assert {name: (told[name] or "").replace(".", ",") for name in figures} == figures


@pytest.mark.parametrize("language", ["sl", "en"])
@pytest.mark.parametrize("kind", KINDS)
def test_the_file_is_an_archive_with_its_fonts_and_the_same_each_time(
    printer: PageMaker, kind: str, language: Language
) -> None:
    documents = {"invoice": invoice(), "credit_note": credit_note()}
    document = documents.get(kind) or delivery_note()
    page = _rendered(printer, document, language)
    again = made(footer={"sl": "Velja brez žiga in podpisa."}).make(document, language)
    assert again.content == page.content
    with pikepdf.open(io.BytesIO(page.content)) as pdf:
        assert pdf.check_pdf_syntax() == []
        assert "/OutputIntents" in pdf.Root
        assert str(pdf.Root.Lang) == language
        with pdf.open_metadata() as about:
            assert about["pdfaid:part"] == "3"
            assert document.number in about["dc:title"]
            level = about.get(
                "{urn:factur-x:pdfa:CrossIndustryDocument:invoice:1p0#}ConformanceLevel"
            )
            assert level == (None if kind == "delivery_note" else "EN 16931")
            assert about["xmp:ModifyDate"].startswith("2026-11-24T00:00:00")
        assert str(pdf.docinfo.get("/ModDate", "D:20261124000000")).startswith("D:20261124000000")
        if kind == "delivery_note":
            assert "/AF" not in pdf.Root
        else:
            [file] = list(pdf.Root.AF)
            assert str(file.AFRelationship) == "/Alternative"
            assert str(file.UF) == "factur-x.xml"
            assert str(file.EF.F.Params.ModDate).startswith("D:20261124000000")
        shapes = [
            one.DescendantFonts[0].FontDescriptor
            for page_ in pdf.pages
            for one in page_.Resources.Font.values()
        ]
        assert len(shapes) > 1
        assert all("/FontFile2" in one or "/FontFile3" in one for one in shapes)


@pytest.mark.parametrize("language", ["sl", "en"])
def test_a_bank_reads_the_code_as_it_was_meant(
    printer: PageMaker, tmp_path: Path, language: Language
) -> None:
    if shutil.which("zbarimg") is None:
        pytest.skip("zbarimg is not here to read the code (Debian: zbar-tools)")
    document = invoice(buyer=replace(PRIVATE, street="Čevljarska 7, žr. đ š"))
    page = _rendered(printer, document, language)
    picture = tmp_path / "page.png"
    pypdfium2.PdfDocument(page.content)[0].render(scale=3).to_pil().save(picture)
    read = subprocess.run(
        ["zbarimg", "--quiet", "--raw", "-Sdisable", "-Sqrcode.enable", str(picture)],
        capture_output=True,
        check=True,
        text=True,
    )
    # The tool ends its output with a line feed of its own.
    assert read.stdout.removesuffix("\n") == upn_payload(document, language)


def test_sixty_lines_stay_on_their_pages_with_their_titles(printer: PageMaker) -> None:
    document = replace(many_lines(), buyer=COMPANY, receiver=COMPANY)
    page = _rendered(printer, document)
    joined = _text(page.content).replace(" ", "")
    for line in document.lines:
        assert line.description.replace(" ", "") in joined
        assert line.code in joined
    with pdfplumber.open(io.BytesIO(page.content)) as pdf:
        assert len(pdf.pages) > 2
        words = [(one, page_) for page_ in pdf.pages for one in page_.extract_words()]
        for one, page_ in words:
            assert 40 < one["x0"] < one["x1"] < page_.width - 40, one["text"]
            assert 20 < one["top"] < one["bottom"] < page_.height - 20, one["text"]
        for number, page_ in enumerate(pdf.pages, 1):
            text = page_.extract_text()
            assert f"Stran {number} / {len(pdf.pages)}" in text
            # The last page may hold the totals only.
            assert ("Količina" in text) == ("KODA-" in text)


def test_names_in_other_scripts_are_shown(printer: PageMaker) -> None:
    names = "Αθήνα Ермаковъ Հայաստան ★ ✓ Łódź Győr"
    page = _rendered(printer, invoice((replace(TEA, description=names),)))
    assert names in _text(page.content)


def test_what_looks_like_markup_is_shown_as_it_is(printer: PageMaker) -> None:
    odd = '#panic("x") *krepko* $a$ _b_ <script> @ref // = \\ ~ `c` [d] "e"'
    page = _rendered(printer, invoice((replace(TEA, description=odd),)))
    assert odd in _text(page.content)


@pytest.mark.parametrize(
    ("document", "where"),
    [
        (invoice((TEA, replace(TEA, description="Čaj 日本"))), "line 2"),
        (invoice(buyer=replace(PRIVATE, name="本")), "the buyer's name or address"),
        (delivery_note(receiver=replace(PRIVATE, city="日")), "the receiver's name or address"),
    ],
)
def test_a_letter_without_a_font_is_named(
    printer: PageMaker, document: Document, where: str
) -> None:
    with pytest.raises(RejectedError) as refused:
        printer.make(document, "sl")
    assert refused.value.code == "unprintable"
    assert "U+" in refused.value.what
    assert where in refused.value.what
    assert "2026-00042" in refused.value.what


async def test_a_footer_that_cannot_be_shown_is_told_by_the_check() -> None:
    report = await checked(footer={"en": "日"})
    assert len(report.problems) == 3
    assert "U+65E5" in report.problems[0]


@pytest.mark.parametrize("content", [PNG, SVG.encode(), b"\xef\xbb\xbf" + SVG.encode()])
async def test_a_logo_stands_on_the_page(tmp_path: Path, content: bytes) -> None:
    logo = tmp_path / "logo"
    logo.write_bytes(content)
    printer = made(logo=logo)
    assert (await checked(logo=logo)).problems == ()
    page = _rendered(printer, delivery_note())
    assert page.content != (made().make(delivery_note(), "sl")).content


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (None, "cannot be read"),
        (b"GIF89a", "neither an SVG nor a PNG"),
        (b"\xff\xfe", "neither an SVG nor a PNG"),
        (b"<svg>" + b" " * 2_000_000, "2 MB"),
        (b"<svg broken", "cannot be drawn"),
    ],
)
def test_a_logo_that_cannot_be_used_stops_no_page(
    tmp_path: Path, content: bytes | None, said: str
) -> None:
    logo = tmp_path / "logo"
    if content is not None:
        logo.write_bytes(content)
    page = made(logo=logo).make(invoice(), "sl")
    assert said in page.problem
    assert "Račun 2026-00042" in _text(page.content)


async def test_a_companys_own_template_is_used_as_soon_as_it_is_right(tmp_path: Path) -> None:
    printer = made(templates=tmp_path, e_invoice=False)
    standard = _rendered(printer, invoice())
    own = tmp_path / "invoice.typ"
    own.write_text('#let data = json(bytes(sys.inputs.data))\nNaš račun #data.at("numbr")\n')
    page = printer.make(invoice(), "sl")
    assert page.content == standard.content
    assert "invoice.typ was not used" in page.problem
    assert "numbr" in page.problem
    assert len((await checked(templates=tmp_path, e_invoice=False)).problems) == 1
    own.write_text(
        "#let data = json(bytes(sys.inputs.data))\nNaš račun #data.number"
        " #datetime.today().display()\n"
    )
    page = _rendered(printer, invoice())
    assert _text(page.content) == "Naš račun 2026-00042 2026-11-24"
    report = await checked(templates=tmp_path, e_invoice=False)
    assert report.facts["own templates"] == "invoice"
    assert "Dobavnica" in _text((_rendered(printer, delivery_note())).content)


@pytest.mark.parametrize(
    "template",
    [
        '#read("/etc/hostname")',
        '#read("../secret.txt")',
        '#import "@preview/nothing:1.0.0": x',
        "#while true {}",
        '#image("none.png")',
        "日",
        '#set text(font: "Arial")\nRačun',
        "#",
    ],
)
def test_no_template_reaches_outside_or_stops_the_standard_page(
    tmp_path: Path, template: str
) -> None:
    (tmp_path / "secret.txt").write_text("secret")
    folder = tmp_path / "own"
    folder.mkdir()
    (folder / "invoice.typ").write_text(template)
    page = made(templates=folder).make(invoice(), "sl")
    assert "was not used" in page.problem
    assert "Račun 2026-00042" in _text(page.content)


def test_ours_can_be_copied_and_changed(tmp_path: Path) -> None:
    ours = Path(connector.open.__module__.replace(".", "/")).parent
    source = Path(__file__).parents[3] / "src" / ours / "templates"
    folder = shutil.copytree(source, tmp_path / "own")
    changed = (folder / "paper.typ").read_text().replace("size: 19pt", "size: 30pt")
    (folder / "paper.typ").write_text(changed)
    page = _rendered(made(templates=folder), invoice())
    standard = made().make(invoice(), "sl")
    assert _text(page.content) == _text(standard.content)
    assert page.content != standard.content
    assert _attached(page.content) is not None


def test_a_folder_that_is_not_there_is_told(tmp_path: Path) -> None:
    page = made(templates=tmp_path / "none").make(invoice(), "sl")
    assert "there is no folder of templates" in page.problem


def test_a_wrong_e_invoice_never_goes_out(printer: PageMaker) -> None:
    page = printer.make(invoice(total=D("81.95")), "sl")
    assert _attached(page.content) is None
    assert "there is no e-invoice inside" in page.problem
    assert "81.95" in page.problem
    assert "81,95 €" in _text(page.content)
    broken = printer.make(invoice((replace(TEA, unit_code="\x01"),)), "sl")
    assert _attached(broken.content) is None
    assert "there is no e-invoice inside" in broken.problem


def test_e_invoices_can_be_left_out() -> None:
    page = _rendered(made(e_invoice=False), invoice())
    assert _attached(page.content) is None


async def test_a_check_says_what_is_used() -> None:
    report = await checked()
    assert report.problems == ()
    assert report.facts["own templates"] == "none"
    assert report.facts["e-invoice"] == "inside (EN 16931)"
