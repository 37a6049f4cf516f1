"""What a setting may be, in words."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any, Literal, get_args, get_origin

import annotated_types
import pydantic_core
from pydantic import BaseModel
from pydantic.fields import FieldInfo

from panstore.sdk.rules import Rule

__all__ = ["default_words", "kind_words"]


def kind_words(field: FieldInfo) -> str:
    """What may be set, with its bounds, e.g. `whole number, >= 1`."""
    words = _type_words(field.annotation)
    for bound in field.metadata:
        words += _bound_words(bound)
    return words


_SIMPLE = {
    "str": "text",
    "bool": "`true` or `false`",
    "int": "whole number",
    "float": "number",
    "Decimal": "decimal as text",
    "SecretStr": "secret",
    "Rule": "rule",
    "HttpUrl": "address",
    "Path": "whole path",
    "Any": "anything",
    "date": "day like `2026-11-01`",
}


def _type_words(kind: Any) -> str:
    origin, arguments = get_origin(kind), get_args(kind)
    if hasattr(kind, "__metadata__"):
        bounds = [b for one in arguments[1:] for b in getattr(one, "metadata", [one])]
        words = _type_words(arguments[0]) + "".join(map(_bound_words, bounds))
    elif origin is Literal:
        words = " or ".join(f"`{one}`" for one in arguments)
    elif origin is tuple:
        words = f"list of {_type_words(arguments[0])}"
    elif origin in {dict, Mapping}:
        words = f"table of {_type_words(arguments[1])}"
    elif arguments:  # a union
        words = " or ".join(_type_words(one) for one in arguments if one is not type(None))
    elif isinstance(kind, type) and issubclass(kind, BaseModel):
        words = "table"
    else:
        words = _SIMPLE[kind.__name__]
    return words


def _bound_words(bound: Any) -> str:
    match bound:
        case annotated_types.Ge(ge=least):
            return f", >= {least}"
        case annotated_types.Gt(gt=least):
            return f", > {least}"
        case annotated_types.Le(le=most):
            return f", <= {most}"
        case annotated_types.MinLen(min_length=1):
            return ", not empty"
        case _:
            pattern = getattr(bound, "pattern", None)
            return f" like `{pattern}`" if pattern else ""


def default_words(field: FieldInfo) -> str:
    """What counts where nothing is set, as it would be written in the file."""
    if field.is_required():
        return "**must be set**"
    value = field.get_default(call_default_factory=True)
    if isinstance(value, BaseModel):
        return "as below"
    if value is None:
        return "none"
    if isinstance(value, Rule):
        value = value.text
    if hasattr(value, "get_secret_value"):
        value = value.get_secret_value()
    if isinstance(value, tuple):
        value = list(value)
    text = json.dumps(value, default=pydantic_core.to_jsonable_python)
    return "empty" if text in {'""', "{}", "[]"} else f"`{text}`"
