"""Root of every error PanStore raises on purpose."""

__all__ = ["InvariantError", "PanstoreError", "sentence"]


class PanstoreError(Exception):
    """Root: whoever catches this catches everything PanStore means to raise."""


class InvariantError(PanstoreError):
    """A value that cannot exist (two currencies in one sum, a negative quantity ordered)."""


def sentence(text: object) -> str:
    """What an error or another system says, with one stop at its end.

    Args:
        text: with or without a stop; others write as they like.
    """
    told = str(text).rstrip()
    return told if told.endswith(("!", "?", "…")) else f"{told.rstrip('.')}."
