"""Write docs/reference from the code, so that the two cannot say different things.

What a page says of a name is its docstring; a name without one stops the generator.
"""

from __future__ import annotations

import ast
import base64
import contextlib
import inspect
import io
import itertools
import json
import os
import re
import sys
import tomllib
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from types import ModuleType, SimpleNamespace
from typing import Any, cast

import msgspec
from prometheus_client import REGISTRY
from pydantic import BaseModel

from panstore.app import settings
from panstore.app.host import AppHost
from panstore.app.registry import find_connector, find_module, known_connectors, known_modules
from panstore.app.template import TEMPLATE
from panstore.cli import host as exit_codes
from panstore.cli.app import main as run_command
from panstore.cli.texts import COMMANDS, GROUPS
from panstore.engine.limiter import Lane
from panstore.engine.recovery import ACTIONS, backoff
from panstore.model.ids import ConnectionId
from panstore.sdk import (
    capabilities,
    document_roles,
    errors,
    feed_roles,
    message_roles,
    order_roles,
    product_roles,
    roles,
)
from panstore.sdk.rules import names
from panstore.store import message_tables, tables
from panstore.web import app as web_app
from panstore.web import health
from tools.setting_types import default_words, kind_words

__all__ = ["DIRECTORY", "pages"]

DIRECTORY = Path(__file__).resolve().parent.parent / "docs" / "reference"
_MADE = "<!-- Made by tools/reference.py from the code; `make docs` writes it again. -->\n"
_WIDTH = "90"

_WORDS = tomllib.loads((Path(__file__).parent / "setting_words.toml").read_text(encoding="utf-8"))
"""Meanings of settings whose class does not tell them."""


def pages() -> dict[str, str]:
    """Text of every page by file name."""
    makers: dict[str, tuple[str, Callable[[], Iterator[str]]]] = {
        "settings.md": ("Settings of `panstore.toml`", _settings),
        "rules.md": ("Names that rules may use", _rules),
        "commands.md": ("Commands and exit codes", _commands),
        "roles.md": ("Roles of a connector", _roles),
        "capabilities.md": ("Capabilities a connector declares", _capabilities),
        "errors.md": ("Errors, and what the engine does with each", _errors),
        "api.md": ("JSON API", _api),
        "tables.md": ("Tables of the store", _tables),
        "metrics.md": ("Metrics", _metrics),
    }
    made = {
        name: f"{_MADE}# {title}\n\n" + "\n".join(maker()).rstrip() + "\n"
        for name, (title, maker) in makers.items()
    }
    links = "\n".join(f"- [{title}]({name})" for name, (title, _) in makers.items())
    made["README.md"] = f"{_MADE}# Reference\n\n{links}\n"
    return made


def _table(*headings: str) -> Iterator[str]:
    yield "| " + " | ".join(headings) + " |"
    yield "| " + " | ".join("---" for _ in headings) + " |"


def _row(*cells: str) -> str:
    return "| " + " | ".join(" ".join(cell.replace("|", "\\|").split()) for cell in cells) + " |"


def _first(text: str | None, of: str) -> str:
    """First paragraph of a docstring."""
    if not text:
        raise SystemExit(f"{of} has no docstring, so the reference cannot say what it is")
    return " ".join(inspect.cleandoc(text).split("\n\n")[0].split())


def _attributes(shape: type) -> dict[str, str]:
    """Meanings in the docstring's section `Attributes`, by name."""
    text = inspect.cleandoc(shape.__doc__ or "")
    _, _, section = text.partition("Attributes:\n")
    found: dict[str, str] = {}
    names: list[str] = []
    for line in section.splitlines():
        match = re.match(r"^    (\w+(?:, \w+)*): (.*)$", line)
        if match:
            names = match[1].split(", ")
            found |= dict.fromkeys(names, match[2])
        elif line.strip() and line.startswith("     "):
            found |= {name: f"{found[name]} {line.strip()}" for name in names}
    return found


def _settings() -> Iterator[str]:
    yield _first(settings.Config.__doc__, "Config") + "\n"
    yield (
        'Any value may be `{ env = "NAME" }` or `{ file = "path" }`: it is then read from the '
        'environment, or from a file beside the settings. `{ path = "path" }` is the whole path of '
        "a file or folder beside them. An unknown key stops the start, with its name and what is "
        "allowed there.\n"
    )
    for heading, shape in (
        ("Top level", settings.Config),
        ("`[store]`", settings.Config.model_fields["store"].annotation),
        ("`[web]`", settings.WebConfig),
        ("`[engine]`", settings.EngineConfig),
        ("`[routes.NAME]`", settings.RouteConfig),
        ("`[routes.NAME.brakes]`", settings.RouteConfig.model_fields["brakes"].annotation),
    ):
        yield from _setting_table(heading, cast("type[BaseModel]", shape))
    for name in sorted(known_modules()):
        module = find_module(name, name)
        heading = f"`[routes.NAME.modules.{name}]`: {module.title.lower()}"
        yield from _setting_table(heading, module.settings_type)
    for name in sorted(known_connectors()):
        spec = find_connector(name, name)
        heading = f'`[connections.NAME]` with `connector = "{name}"`: {spec.title}'
        yield from _setting_table(heading, spec.settings)


def _setting_table(heading: str, shape: type[BaseModel]) -> Iterator[str]:
    yield f"## {heading}\n"
    if shape is not settings.Config:
        yield _first(shape.__doc__, shape.__name__) + "\n"
    yield from _table("key", "value", "default", "meaning")
    told = _attributes(shape)
    for key, field in shape.model_fields.items():
        meaning = told.get(key) or _WORDS.get(shape.__name__, {}).get(key)
        if not meaning:
            raise SystemExit(f"setting {shape.__name__}.{key} has no meaning in its docstring")
        yield _row(
            f"`{key}`", kind_words(field), default_words(field), meaning.replace("None", "none")
        )
    yield ""


_VALUES = {
    "bool": "true or false",
    "int": "whole number",
    "decimal": "amount or quantity",
    "list of text": "list of texts",
    "list of line": "list of lines",
}


def _rules() -> Iterator[str]:
    yield "How rules are written: [rules](../howto/rules.md).\n"
    yield _first(names.__doc__, "names").partition(": ")[0] + ", after `order.`:\n"
    yield from _name_table(names.ORDER_NAMES)
    yield "\nOf a line, inside `exists`, `all`, `exists_one`, `filter` and `map`:\n"
    yield from _name_table(names.LINE_NAMES)
    yield "\nAmounts and quantities are compared, not reckoned with; whole numbers are both."


def _name_table(given: Mapping[str, Any]) -> Iterator[str]:
    yield from _table("name", "value", "meaning")
    for name, one in given.items():
        yield _row(f"`{name}`", _VALUES.get(one.kind, one.kind), one.meaning)


def _commands() -> Iterator[str]:
    yield from _table("exit code", "meaning")
    for value, text in _constants(exit_codes).values():
        if isinstance(value, int):
            yield _row(f"`{value}`", text.removeprefix("Exit code: "))
    yield _row("`130`", "ended with Ctrl-C")
    yield ""
    listed = [[name] for name in COMMANDS]
    listed += [[group, part] for group, (_, parts) in GROUPS.items() for part in parts]
    for words in [[], *listed]:
        yield f"## `{' '.join(['panstore', *words])}`\n"
        yield f"```text\n{_help(words)}\n```\n"


def _help(words: list[str]) -> str:
    """What `--help` prints; its width does not depend on the terminal."""
    before = dict(os.environ)
    os.environ |= {"COLUMNS": _WIDTH, "NO_COLOR": "1", "TERM": "dumb"}
    name, sys.argv[0] = sys.argv[0], "panstore"
    printed = io.StringIO()
    try:
        with contextlib.redirect_stdout(printed):
            run_command(AppHost(), [*words, "--help"])
    finally:
        sys.argv[0] = name
        os.environ.clear()
        os.environ |= before
    return "\n".join(line.rstrip() for line in printed.getvalue().strip().splitlines())


def _constants(module: ModuleType) -> dict[str, tuple[Any, str]]:
    """Names of a module that have a text under them: value and text."""
    body = ast.parse(inspect.getsource(module)).body
    found: dict[str, tuple[Any, str]] = {}
    for node, after in itertools.pairwise(body):
        if (
            isinstance(node, ast.Assign)
            and isinstance(node.targets[0], ast.Name)
            and isinstance(after, ast.Expr)
            and isinstance(after.value, ast.Constant)
            and isinstance(after.value.value, str)
        ):
            name = node.targets[0].id
            found[name] = (getattr(module, name), " ".join(after.value.value.split()))
    return found


def _roles() -> Iterator[str]:
    yield _first(roles.__doc__, "roles") + "\n"
    connectors = _sample_connectors()
    files = (roles, feed_roles, order_roles, product_roles, document_roles, message_roles)
    for module, name in ((m, n) for m in files for n in m.__all__):
        role = getattr(module, name)
        if not getattr(role, "_is_protocol", False):
            continue
        yield f"## `{name}`\n"
        yield _first(role.__doc__, name) + "\n"
        players = [title for title, one in connectors.items() if isinstance(one, role)]
        yield f"Played by: {', '.join(players)}.\n"
        for method, value in vars(role).items():
            if not method.startswith("_"):
                function = value.fget if isinstance(value, property) else value
                yield f"- `{method}`: {_first(function.__doc__, f'{name}.{method}')}"
        yield ""


_MORE_CONNECTIONS: list[dict[str, object]] = [
    {
        "connector": "woocommerce",
        "url": "https://shop.example",
        "consumer_key": "ck_key",
        "consumer_secret": "cs_secret",
    },
    {"connector": "typst"},
    {"connector": "smtp", "host": "mail.example", "sender": "shop@example.com"},
    {"connector": "smpp", "host": "smsc.example", "user": "u", "password": "p", "sender": "Shop"},
    {"connector": "sms_http", "preset": "kannel", "url": "http://kannel.example/cgi-bin/sendsms"},
]
"""Kinds that `panstore init` writes none of, with what each cannot do without."""


def _sample_connectors() -> dict[str, object]:
    """One of each connector, opened as `panstore init` writes it; opening does no I/O."""
    secret = "whsec_" + base64.b64encode(bytes(24)).decode()
    opened: dict[str, object] = {}
    samples = [*tomllib.loads(TEMPLATE)["connections"].values(), *_MORE_CONNECTIONS]
    for raw in samples:
        spec = find_connector(raw.pop("connector"), "connections")
        filled = {
            key: secret if isinstance(value, dict) and set(value) == {"env"} else value
            for key, value in raw.items()
        }
        given = spec.settings.model_validate(filled)
        opened[spec.title] = spec.open(ConnectionId(spec.id), given)
    return opened


def _capabilities() -> Iterator[str]:
    yield _first(capabilities.Capabilities.__doc__, "Capabilities") + "\n"
    yield from _table("name", "default", "meaning")
    told = _attributes(capabilities.Capabilities)
    for field in msgspec.structs.fields(capabilities.Capabilities):
        default = field.default
        if default is msgspec.NODEFAULT:
            default = field.default_factory() if callable(field.default_factory) else None
        yield _row(f"`{field.name}`", f"`{json.dumps(default, default=sorted)}`", told[field.name])


def _errors() -> Iterator[str]:
    yield "What `panstore.sdk.errors` holds; a connector raises these and nothing else.\n"
    yield from _table("error", "means", "the engine")
    actions: Mapping[type, Any] = ACTIONS
    for name in errors.__all__:
        kind = getattr(errors, name)
        action = next((actions[one] for one in kind.__mro__ if one in actions), None)
        done = action.value if action is not None else "as its subclasses say"
        yield _row(f"`{name}`", _first(kind.__doc__, name), done)
    yield ""
    pauses = ", ".join(f"{backoff(n).total_seconds():g}" for n in range(9))
    yield f"Pauses between tries, in seconds: {pauses}, then {backoff(99).total_seconds():g}.\n"
    lanes = ", ".join(lane.name.lower() for lane in Lane)
    yield f"When calls of one connection wait for each other, this is their order: {lanes}."


def _api() -> Iterator[str]:
    engine = SimpleNamespace(context=SimpleNamespace(connectors={}, routes={}, stopping=False))
    made = web_app.build(cast("Any", engine), api_token="reference")  # noqa: S106 - opens nothing
    schema = made.openapi_schema.to_schema()
    yield (
        "Every call carries `Authorization: Bearer <api token>`. "
        "The whole schema is at `/api/v1/openapi.json` of a running PanStore.\n"
    )
    yield from _table("call", "does", "parameters", "answers")
    for path, verbs in sorted(schema["paths"].items()):
        for verb, call in verbs.items():
            given = ", ".join(f"`{one['name']}`" for one in call.get("parameters", []))
            good = [code for code in call["responses"] if code.startswith("2")]
            answer = json.dumps(call["responses"][good[0]], default=str)
            shape = answer.partition("#/components/schemas/")[2]
            told = f"{good[0]} `{shape.partition(chr(34))[0]}`"
            yield _row(f"`{verb.upper()} {path}`", call["description"], given, told)
    yield "\n## Answers\n"
    for name, shape in sorted(schema["components"]["schemas"].items()):
        keys = ", ".join(f"`{key}`" for key in shape.get("properties", {}))
        yield f"- `{name}`: {keys}"
    yield (
        "\nBeside it: `POST /hooks/{connection}` takes signed messages, `GET /health/live` and "
        "`GET /health/ready` tell whether the process lives and can take work, `GET /metrics` "
        "gives figures. These four carry no token."
    )


def _tables() -> Iterator[str]:
    texts = _constants(tables) | _constants(message_tables)
    for table in sorted(tables.metadata.tables.values(), key=lambda one: one.name):
        yield f"## `{table.name}`\n"
        if table.name in texts:
            yield texts[table.name][1] + "\n"
        yield from _table("column", "type", "")
        for column in table.columns:
            notes = ["key"] if column.primary_key else []
            notes += ["may be empty"] if column.nullable else []
            kind = type(column.type).__name__.lower().replace("utctime", "time, UTC")
            yield _row(f"`{column.name}`", kind, ", ".join(notes))
        yield ""


def _metrics() -> Iterator[str]:
    yield "At `/metrics`, in Prometheus's text format.\n"
    yield from _table("name", "type", "labels", "meaning")
    empty = SimpleNamespace(connections=(), routes=(), waiting=(), parked=0)
    gauges = health._gauges(cast("Any", empty))  # noqa: SLF001 - the same figures, without a store
    for registry in (REGISTRY, gauges):
        for one in list(registry._collector_to_names):  # noqa: SLF001 - labels are not public
            for family in one.collect():
                if family.name.startswith("panstore_"):
                    suffix = "_total" if family.type == "counter" else ""
                    labels = ", ".join(getattr(one, "_labelnames", ()))
                    yield _row(
                        f"`{family.name}{suffix}`", family.type, labels, family.documentation
                    )
    others = sorted({f.name.split("_")[0] for f in REGISTRY.collect()} - {"panstore"})
    yield f"\nFigures of the process come with them (`{'_*`, `'.join(others)}_*`)."


def main() -> None:
    """Write the pages that changed, remove those that are no more."""
    made = pages()
    for file in DIRECTORY.glob("*.md"):
        if file.name not in made:
            file.unlink()
    for name, text in made.items():
        file = DIRECTORY / name
        if not file.exists() or file.read_text(encoding="utf-8") != text:
            file.write_text(text, encoding="utf-8")
            print(f"written: docs/reference/{name}")


if __name__ == "__main__":
    main()
