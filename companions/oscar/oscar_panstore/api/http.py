"""From an HTTP request to a checked call, and back to JSON."""

import json
import logging
from collections.abc import Callable
from typing import Any, NamedTuple

from django.core.exceptions import RequestDataTooBig
from django.http import HttpRequest, JsonResponse
from django.views.decorators.csrf import csrf_exempt

from oscar_panstore.api.errors import ApiError
from oscar_panstore.tokens import Caller, caller_of

logger = logging.getLogger("oscar_panstore.api")

LARGEST_BODY = 20 * 1024 * 1024
LARGEST_BATCH = 500
_CHUNK = 64 * 1024


class Call(NamedTuple):
    """One authorised call.

    Attributes:
        query: Query parameters, the last value of each.
        body: Parsed JSON body; None for GET and DELETE.
        caller: Whose token it is.
    """

    query: dict[str, str]
    body: Any
    caller: Caller


Handler = Callable[..., dict[str, Any]]


def endpoint(**handlers: Handler) -> Callable[..., JsonResponse]:
    """A view from one function per HTTP method.

    Each function takes the `Call` and the URL's arguments and gives the answer's JSON object.

    Args:
        handlers: Method name in capitals -> function.
    """

    @csrf_exempt
    def view(request: HttpRequest, **arguments: Any) -> JsonResponse:
        try:
            call = _checked(request, allowed=sorted(handlers))
            return JsonResponse(handlers[str(request.method)](call, **arguments))
        except ApiError as error:
            reply = JsonResponse({"error": error.body()}, status=error.status)
            if error.status == 401:  # noqa: PLR2004
                reply["WWW-Authenticate"] = 'Bearer realm="panstore"'
            return reply

    return view


def not_found(request: HttpRequest, **arguments: Any) -> JsonResponse:
    """Any other path below the API."""
    message = f"There is nothing at {request.path}; see the companion's README for the calls."
    body = {"code": "unknown_path", "message": message, "field": None}
    return JsonResponse({"error": body}, status=404)


def _checked(request: HttpRequest, *, allowed: list[str]) -> Call:
    caller = _caller(request)
    if request.method not in allowed:
        message = f"{request.method} is not possible here; {' and '.join(allowed)} is."
        raise ApiError(405, "method_not_allowed", message)
    query = {name: str(value) for name, value in request.GET.items()}
    if request.method == "GET":
        return Call(query, None, caller)
    if caller.read_only:
        message = f"The token {caller.name!r} may only read; make one that may write."
        raise ApiError(403, "read_only_token", message)
    if request.method == "DELETE":
        return Call(query, None, caller)
    return Call(query, _json(request), caller)


def _caller(request: HttpRequest) -> Caller:
    scheme, _, token = request.headers.get("Authorization", "").partition(" ")
    if scheme.lower() != "bearer" or not token.strip():
        message = "Send the header 'Authorization: Bearer <token>'; panstore_token makes one."
        raise ApiError(401, "token_missing", message)
    caller = caller_of(token.strip())
    if caller is None:
        message = "This token is not known here: mistyped, revoked, or of another shop."
        raise ApiError(401, "token_unknown", message)
    return caller


def _json(request: HttpRequest) -> Any:
    too_large = ApiError(
        413,
        "body_too_large",
        f"The body is larger than {LARGEST_BODY // 1024 // 1024} MB or than the shop's "
        "DATA_UPLOAD_MAX_MEMORY_SIZE; send fewer items at once.",
    )
    if int(request.headers.get("Content-Length") or 0) > LARGEST_BODY:
        _drain(request)
        raise too_large
    try:
        # Numbers with a fraction would lose digits as binary floats; the fields refuse them later.
        return json.loads(request.body, parse_float=str)
    except RequestDataTooBig as error:
        raise too_large from error
    except (ValueError, RecursionError) as error:
        message = f"The body is not JSON ({error})."
        raise ApiError(400, "not_json", message) from error


def _drain(request: HttpRequest) -> None:
    """Read and forget some of a body that is too large: a client still sending reads no answer."""
    for _ in range(4 * LARGEST_BODY // _CHUNK):
        if not request.read(_CHUNK):
            return
