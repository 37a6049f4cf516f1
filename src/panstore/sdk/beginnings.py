"""From when on a module that takes orders forward takes them at all."""

from __future__ import annotations

import datetime as dt
from typing import Protocol, runtime_checkable

from panstore.sdk.connectors import Settings

__all__ = ["BeginsAt"]


@runtime_checkable
class BeginsAt(Protocol):
    """A flow module whose settings may name a first day."""

    def begins(self, settings: Settings, zone: str) -> dt.datetime | None:
        """Orders placed before this moment are not taken over; None if the settings name none.

        Args:
            zone: IANA name of the company's time zone.

        Returns:
            Aware UTC.
        """
