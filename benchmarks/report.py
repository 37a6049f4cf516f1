"""Figures: collected, printed as a table, kept as JSON."""

from __future__ import annotations

import json
import os
import platform
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

__all__ = ["Figure", "percentile", "show"]


@dataclass(frozen=True)
class Figure:
    """One measured value.

    Attributes:
        goal: what the design asks for, empty if nothing.
    """

    name: str
    value: float
    unit: str
    goal: str = ""


def percentile(values: Sequence[float], share: float) -> float:
    """Nearest-rank percentile; `share` from 0 to 1; 0.0 for no values."""
    if not values:
        return 0.0
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(share * len(ordered)))]


def show(title: str, figures: Sequence[Figure], keep: Path | None) -> None:
    """Print a table and add the figures to the JSON file."""
    print(
        f"\n{title}  ({platform.machine()}, {os.cpu_count()} cores, load {os.getloadavg()[0]:.1f})"
    )
    for figure in figures:
        goal = f"   goal {figure.goal}" if figure.goal else ""
        print(f"  {figure.name:<52} {figure.value:>12,.3f} {figure.unit}{goal}")
    if keep is not None:
        known = json.loads(keep.read_text()) if keep.exists() else {}
        known[title] = [asdict(figure) for figure in figures]
        keep.write_text(json.dumps(known, indent=1))
