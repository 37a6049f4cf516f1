"""Root of every error PanStore raises on purpose."""

__all__ = ["InvariantError", "PanstoreError"]


class PanstoreError(Exception):
    """Root: whoever catches this catches everything PanStore means to raise."""


class InvariantError(PanstoreError):
    """A value that cannot exist (two currencies in one sum, a negative quantity ordered)."""
