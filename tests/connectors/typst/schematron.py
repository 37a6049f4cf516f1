"""The official rules of EN 16931, run as they are published."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import Any

import facturx  # type: ignore[import-untyped]
import saxonche  # type: ignore[import-not-found]
from lxml import etree  # type: ignore[import-untyped]

__all__ = ["broken_rules"]

_RULES = Path(facturx.__file__).parent / "xsd_and_schematron" / "facturx-en16931"
_FAILED = "{http://purl.oclc.org/dsdl/svrl}failed-assert"


@cache
def _rules() -> tuple[Any, Any]:
    processor = saxonche.PySaxonProcessor(license=False)
    compiler = processor.new_xslt30_processor()
    sheet = compiler.compile_stylesheet(stylesheet_file=str(_RULES / "FACTUR-X_EN16931.xslt"))
    return processor, sheet


def broken_rules(xml: bytes) -> list[str]:
    """Names of the rules that an e-invoice breaks; none if it is right.

    Its shape is checked against the XML schema first.
    """
    facturx.xml_check_xsd(xml, flavor="factur-x", level="en16931")
    processor, sheet = _rules()
    report = sheet.transform_to_string(xdm_node=processor.parse_xml(xml_text=xml.decode()))
    found = etree.fromstring(report.encode()).iter(_FAILED)
    return [one.get("id") or "".join(one.itertext()).strip() for one in found]
