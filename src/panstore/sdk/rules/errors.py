"""What can be wrong with a rule: its text at the start, an order it meets later."""

from __future__ import annotations

from panstore.sdk.errors import MappingError, PanstoreError

__all__ = ["RuleFailedError", "RuleTextError"]


class RuleTextError(ValueError):
    """A rule that cannot be used; found before any order is looked at.

    Attributes:
        line, column: where, from 1, counted in characters.
        what: what is wrong there, and what is allowed.
    """

    def __init__(self, text: str, at: int, what: str) -> None:
        before = text[:at]
        self.line = before.count("\n") + 1
        self.column = at - (before.rfind("\n") + 1) + 1
        self.what = what
        super().__init__(f"line {self.line}, column {self.column}: {what}")


class RuleFailedError(MappingError):
    """A rule that could not be worked out for one order (a division by zero, a huge amount)."""

    def __init__(self, what: str) -> None:
        PanstoreError.__init__(self, what)
        # Which order, and which rule, is said by who asked.
        self.record = ""
        self.field = ""
