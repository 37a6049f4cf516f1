"""Runs the measurements by name, all of them unless some are named."""

from __future__ import annotations

import argparse
from pathlib import Path

from benchmarks import (
    contracts,
    full_run,
    latency,
    linking,
    messages,
    orders,
    unchanged,
    woo_window,
    woocommerce,
)

_ALL = {
    "unchanged": unchanged.measure,
    "orders": orders.measure,
    "messages": messages.measure,
    "latency": latency.measure,
    "full_run": full_run.measure,
    "linking": linking.measure,
    "contracts": contracts.measure,
    "woo_window": woo_window.measure,
    "woocommerce": woocommerce.measure,
}


def main() -> None:
    """Entry point."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument("names", nargs="*", choices=[*_ALL, []], help="which; default: all")
    parser.add_argument("--quick", action="store_true", help="small sizes, a few minutes")
    parser.add_argument("--keep", type=Path, help="JSON file the figures are added to")
    chosen = parser.parse_args()
    for name in chosen.names or _ALL:
        _ALL[name](quick=chosen.quick, keep=chosen.keep)


main()
