"""How likely two variants of two catalogues are the same article, and which pairs to propose."""

from __future__ import annotations

import html
import re
import unicodedata
from collections.abc import Iterable, Iterator
from functools import lru_cache

import msgspec

from panstore.model.ids import ExternalId
from panstore.model.product import Variant

__all__ = ["Candidate", "Weight", "choose", "code_form", "gtin_form", "keys", "weigh", "words"]

_WORD = re.compile(r"[^\W\d_]+|\d+")
_GTIN_LENGTHS = {8, 12, 13, 14}
_SKU, _GTIN, _CODE, _NAME = 95, 92, 85, 75
_ALIKE_FROM = 60
_ARCHIVED_MOST = 50
_OPTION_LETTERS = 3


class Weight(msgspec.Struct, frozen=True):
    """What speaks for a pair.

    Attributes:
        confidence: 1 to 100.
        reason: in words, for people.
    """

    confidence: int
    reason: str


class Candidate(msgspec.Struct, frozen=True):
    """A pair that may be proposed.

    Attributes:
        confidence: 1 to 100.
        certain: the code is equal and stands once among what is for sale on either side.
        archived: the article is archived in the ERP.
        hidden: the article is not published in the shop.
    """

    erp: ExternalId
    shop: ExternalId
    confidence: int
    certain: bool = False
    archived: bool = False
    hidden: bool = False

    @property
    def rank(self) -> tuple[bool, bool, int, bool, str, str]:
        """Smaller goes first: for sale before archived, the sure code before all else."""
        return (
            self.archived,
            not self.certain,
            -self.confidence,
            self.hidden,
            self.erp,
            self.shop,
        )


def choose(candidates: Iterable[Candidate]) -> Iterator[Candidate]:
    """The pairs to propose, each variant in one at most; the order given does not matter."""
    erp: set[str] = set()
    shop: set[str] = set()
    for one in sorted(candidates, key=lambda c: c.rank):
        if one.erp not in erp and one.shop not in shop:
            erp.add(one.erp)
            shop.add(one.shop)
            yield one


def code_form(code: str) -> str:
    """A code without case, dashes, blanks, dots and leading zeros; empty if nothing is left."""
    letters = unicodedata.normalize("NFKC", code).casefold()
    return "".join(c for c in letters if c.isalnum()).lstrip("0")


def gtin_form(gtin: str) -> str:
    """A GTIN of 14 digits; empty if it is none or its check digit is wrong."""
    digits = "".join(c for c in gtin if c.isalnum())
    if not (digits.isascii() and digits.isdigit() and len(digits) in _GTIN_LENGTHS):
        return ""
    whole = digits.zfill(14)
    total = sum(int(c) * (3 if place % 2 == 0 else 1) for place, c in enumerate(whole))
    return whole if total % 10 == 0 and whole.strip("0") else ""


@lru_cache(maxsize=50_000)
def words(title: str) -> frozenset[str]:
    """Words and numbers of a name, without case and accents, numbers apart from their units."""
    plain = unicodedata.normalize("NFKD", html.unescape(title)).casefold()
    plain = "".join(c for c in plain if not unicodedata.combining(c))
    return frozenset(_WORD.findall(plain))


def keys(variant: Variant) -> list[tuple[str, str]]:
    """Kind and text of what another variant must share to be compared at all, words apart."""
    made = [
        ("sku", variant.sku.strip().casefold()),
        ("gtin", gtin_form(variant.gtin)),
        ("code", code_form(variant.sku)),
        ("name", " ".join(sorted(words(variant.title)))),
    ]
    return [(kind, key) for kind, key in made if key]


def weigh(erp: Variant, shop: Variant, *, parents: bool | None = None) -> Weight | None:
    """What speaks for these two being the same article.

    Args:
        parents: whether their sisters go together as well; None if that cannot be said.

    Returns:
        None if nothing does.
    """
    found = _evidence(erp, shop)
    if not found:
        return None
    points = max(p for p, _ in found) + 2 * (len(found) - 1)
    against = _objections(erp, shop, by_number=found[0][0] >= _CODE)
    if parents is not None:
        against.append(
            (5, "variants of one product stay together")
            if parents
            else (-10, "but other variants of its product go elsewhere")
        )
    points += sum(p for p, _ in against)
    reasons = [reason for _, reason in (*found, *against)]
    if not erp.active:
        points = min(points, _ARCHIVED_MOST)
        reasons.append("but it is archived in the ERP")
    return Weight(max(1, min(100, points)), ", ".join(reasons))


def _evidence(erp: Variant, shop: Variant) -> list[tuple[int, str]]:
    """Points and words of each thing that is the same; numbers before names."""
    ours, theirs = dict(keys(erp)), dict(keys(shop))
    same = {kind for kind, key in ours.items() if theirs.get(kind) == key}
    found: list[tuple[int, str]] = []
    if "sku" in same:
        found.append((_SKU, "same code"))
    elif "code" in same:
        found.append((_CODE, "same code but for dashes, blanks, dots, zeros or case"))
    if "gtin" in same:
        found.append((_GTIN, "same EAN"))
    likeness = _likeness(words(erp.title), words(shop.title))
    if "name" in same:
        found.append((_NAME, "same name"))
    elif likeness >= _ALIKE_FROM:
        found.append((30 + likeness * 2 // 5, f"names alike to {likeness} %"))
    return found


def _objections(erp: Variant, shop: Variant, *, by_number: bool) -> list[tuple[int, str]]:
    gtins = {gtin_form(erp.gtin), gtin_form(shop.gtin)}
    found: list[tuple[int, str]] = []
    if "" not in gtins and len(gtins) > 1:
        found.append((-20, "but their EAN differ"))
    here, there = words(erp.title), words(shop.title)
    if by_number and here and there and not here & there:
        found.append((-15, "but their names have no word in common"))
    return found


def _likeness(here: frozenset[str], there: frozenset[str]) -> int:
    """Shared words of all, in per cent; 0 where a size or a number differs."""
    options = {w for w in here ^ there if w.isdigit() or len(w) < _OPTION_LETTERS}
    if options or not here or not there:
        return 0
    return 200 * len(here & there) // (len(here) + len(there))
