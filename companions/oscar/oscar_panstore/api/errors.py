"""The API's one error shape: {"error": {"code", "message", "field"}}."""

from typing import Any


class ApiError(Exception):
    """A call, or one item of it, that is refused.

    Attributes:
        status: HTTP status when the whole call is refused.
        code: Stable word for programs.
        message: What happened, to which record, and what to do; for people.
        field: The field at fault, if one is.
        extra: More keys for the error body, such as the statuses allowed.
    """

    def __init__(
        self,
        status: int,
        code: str,
        message: str,
        field: str | None = None,
        **extra: Any,
    ) -> None:
        super().__init__(message)
        self.status = status
        self.code = code
        self.message = message
        self.field = field
        self.extra = extra

    def body(self) -> dict[str, Any]:
        """What stands under `error`."""
        return {"code": self.code, "message": self.message, "field": self.field, **self.extra}


def refused(code: str, message: str, field: str | None = None, **extra: Any) -> ApiError:
    """An item that cannot be done as asked (422)."""
    return ApiError(422, code, message, field, **extra)
