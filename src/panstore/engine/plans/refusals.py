"""What cannot be done with a stored plan, in words for people."""

from __future__ import annotations

__all__ = ["PlanRefusedError"]


class PlanRefusedError(Exception):
    """Nothing was done.

    Attributes:
        what: why; remedy: what a person can do.
    """

    def __init__(self, what: str, remedy: str) -> None:
        super().__init__(f"{what} {remedy}")
        self.what = what
        self.remedy = remedy
