"""Looks at a rule before any order does: names, kinds of values, and where money is not exact.

CEL's decimals are doubles. Decimals of at most 15 significant digits become different doubles
exactly if they differ, in the same order, so comparing is exact; adding and multiplying is not,
so it is refused, and amounts are also given as whole numbers of the smallest unit.
"""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Mapping

from panstore.sdk.rules.errors import RuleTextError
from panstore.sdk.rules.names import LINE_NAMES, ORDER_NAMES
from panstore.sdk.rules.syntax import (
    Binary,
    Call,
    Choice,
    Field,
    ListOf,
    Node,
    Unary,
    Value,
    Word,
    walk,
)

__all__ = ["MOST_DIGITS", "check", "line_names_in", "order_names_in"]

MOST_DIGITS = 15
"""Significant digits up to which a decimal keeps its place among others as a double."""

_MACROS = ("all", "exists", "exists_one", "filter", "map")
_OF_TEXT = ("contains", "endsWith", "matches", "startsWith")
_NUMBERS = ("int", "decimal")
_SAID = {
    "bool": "true or false",
    "int": "a whole number",
    "decimal": "an amount",
    "text": "a text",
    "line": "a line",
}
_ALIKE = (*_NUMBERS, "text")

Scope = Mapping[str, str]
"""Names that macros give to elements, with their kinds."""


def check(text: str, tree: Node) -> None:
    """See that the rule can be worked out and says true or false.

    Raises:
        RuleTextError: it cannot; names the place and what is allowed.
    """
    kind = _Checker(text).kind(tree, {})
    if kind != "bool":
        raise RuleTextError(
            text, tree.start, f"a rule says true or false, but this is {_said(kind)}"
        )


def order_names_in(tree: Node) -> tuple[str, ...]:
    """Names after `order.` that are used, each once, in their order in the rule."""
    found = [
        node.name
        for node in walk(tree)
        if isinstance(node, Field) and isinstance(node.of, Word) and node.of.name == "order"
    ]
    return tuple(dict.fromkeys(found))


def line_names_in(tree: Node) -> tuple[str, ...]:
    """Names of lines that are used; a rule whose lines are never asked needs none."""
    found = [
        node.name
        for node in walk(tree)
        if isinstance(node, Field) and not (isinstance(node.of, Word) and node.of.name == "order")
    ]
    return tuple(dict.fromkeys(found))


def _said(kind: str) -> str:
    if kind.startswith("list of "):
        return "a list"
    return _SAID[kind]


def _element(kind: str) -> str:
    return kind.removeprefix("list of ")


def _is_list(kind: str) -> bool:
    return kind.startswith("list of ")


class _Checker:
    """Works out the kind of every part."""

    def __init__(self, text: str) -> None:
        self.text = text

    def wrong(self, at: int, what: str) -> RuleTextError:
        return RuleTextError(self.text, at, what)

    def wanted(self, node: Node, kind: str, scope: Scope, what: str) -> None:
        found = self.kind(node, scope)
        if found != kind:
            raise self.wrong(node.start, f"{what} needs {_said(kind)} here, not {_said(found)}")

    def unknown(
        self, at: int, name: str, allowed: Iterable[str], prefix: str = ""
    ) -> RuleTextError:
        names = sorted(allowed)
        near = difflib.get_close_matches(name, names, n=1)
        hint = f" Did you mean {prefix}{near[0]}?" if near else ""
        return self.wrong(at, f"there is no {prefix}{name}.{hint} Allowed: {', '.join(names)}")

    def kind(self, node: Node, scope: Scope) -> str:  # noqa: PLR0911 - one per kind of node
        """Kind of the value that `node` stands for."""
        match node:
            case Value():
                return self.value(node)
            case Word():
                return self.word(node, scope)
            case Field():
                return self.field(node, scope)
            case Call():
                return self.call(node, scope)
            case Unary():
                return self.unary(node, scope)
            case Binary():
                return self.binary(node, scope)
            case Choice():
                return self.choice(node, scope)
            case _:
                return self.list_of(node, scope)

    def value(self, node: Value) -> str:
        if node.kind in _NUMBERS:
            digits = node.source.replace(".", "").lstrip("0")
            if len(digits) > MOST_DIGITS:
                raise self.wrong(
                    node.start, f"a number may have at most {MOST_DIGITS} digits to be exact"
                )
        return node.kind

    def word(self, node: Word, scope: Scope) -> str:
        if node.name in scope:
            return scope[node.name]
        if node.name == "order":
            raise self.wrong(
                node.start,
                f"order needs a dot and a name. Allowed: {', '.join(sorted(ORDER_NAMES))}",
            )
        if node.name in ORDER_NAMES:
            raise self.wrong(node.start, f"write order.{node.name} instead of {node.name}")
        raise self.unknown(node.start, node.name, ["order", *scope])

    def field(self, node: Field, scope: Scope) -> str:
        if isinstance(node.of, Word) and node.of.name == "order":
            if node.name not in ORDER_NAMES:
                raise self.unknown(node.at, node.name, ORDER_NAMES, "order.")
            return ORDER_NAMES[node.name].kind
        of = self.kind(node.of, scope)
        if of != "line":
            raise self.wrong(node.at, f"{_said(of)} has no .{node.name}")
        if node.name not in LINE_NAMES:
            raise self.unknown(node.at, node.name, LINE_NAMES, ".")
        return LINE_NAMES[node.name].kind

    def unary(self, node: Unary, scope: Scope) -> str:
        if node.sign == "!":
            self.wanted(node.of, "bool", scope, "!")
            return "bool"
        kind = self.kind(node.of, scope)
        if kind not in _NUMBERS:
            raise self.wrong(node.of.start, f"- needs a number here, not {_said(kind)}")
        return kind

    def binary(self, node: Binary, scope: Scope) -> str:
        if node.sign in {"&&", "||"}:
            self.wanted(node.left, "bool", scope, node.sign)
            self.wanted(node.right, "bool", scope, node.sign)
            return "bool"
        left, right = self.kind(node.left, scope), self.kind(node.right, scope)
        if node.sign == "in":
            return self.member(node, left, right)
        if node.sign in {"+", "-", "*", "/", "%"}:
            return self.arithmetic(node, left, right)
        return self.comparison(node, left, right)

    def member(self, node: Binary, left: str, right: str) -> str:
        if not _is_list(right):
            more = "; for part of a text write .contains(...)" if right == "text" else ""
            raise self.wrong(node.right.start, f"in needs a list here, not {_said(right)}{more}")
        self.alike(node, left, _element(right))
        if isinstance(node.right, ListOf):
            for item in node.right.items:
                self.possible(node.left, item)
        return "bool"

    def arithmetic(self, node: Binary, left: str, right: str) -> str:
        if "decimal" in {left, right}:
            raise self.wrong(
                node.at,
                f"{node.sign} is not exact with amounts, so it is not allowed; use the whole"
                " numbers that end in _minor, such as order.total_minor",
            )
        for side, kind in ((node.left, left), (node.right, right)):
            if kind != "int":
                raise self.wrong(
                    side.start, f"{node.sign} needs a whole number here, not {_said(kind)}"
                )
        return "int"

    def comparison(self, node: Binary, left: str, right: str) -> str:
        if _is_list(left) or _is_list(right) or "line" in {left, right}:
            raise self.wrong(
                node.at, "lists and lines are not compared; use in, exists, all or size()"
            )
        self.alike(node, left, right)
        if node.sign not in {"==", "!="} and left not in _ALIKE:
            raise self.wrong(node.at, f"{node.sign} compares numbers or texts, not {_said(left)}")
        self.possible(node.left, node.right)
        self.possible(node.right, node.left)
        return "bool"

    def alike(self, node: Binary, left: str, right: str) -> None:
        """Both sides are of one kind, or numbers whose comparison is exact."""
        if left != right and not {left, right} <= set(_NUMBERS):
            raise self.wrong(
                node.at,
                f"{_said(left)} and {_said(right)} are never equal, nor one before the other",
            )
        if left != right:
            for side in (node.left, node.right):
                if any(isinstance(one, Binary) for one in walk(side)):
                    raise self.wrong(
                        node.at,
                        "a computed number is compared with whole numbers only; write both sides"
                        " in the smallest unit (_minor)",
                    )

    def possible(self, name: Node, value: Node) -> None:
        """A text that a name never has is a slip of the pen."""
        if not isinstance(name, Field) or not isinstance(value, Value) or value.kind != "text":
            return
        if not isinstance(name.of, Word) or name.of.name != "order":
            return
        among = ORDER_NAMES[name.name].among
        if among and value.source.lstrip("r").strip("\"'") not in among:
            raise self.wrong(
                value.start,
                f"order.{name.name} is never {value.source}. Allowed: {', '.join(among)}",
            )

    def choice(self, node: Choice, scope: Scope) -> str:
        self.wanted(node.when, "bool", scope, "?")
        then, other = self.kind(node.then, scope), self.kind(node.other, scope)
        if then != other:
            raise self.wrong(
                node.other.start,
                f"both values of ? : must be of one kind, not {_said(then)} and {_said(other)}",
            )
        return then

    def list_of(self, node: ListOf, scope: Scope) -> str:
        if not node.items:
            raise self.wrong(node.start, "a list needs at least one value")
        kinds = [self.kind(item, scope) for item in node.items]
        for item, kind in zip(node.items, kinds, strict=True):
            if kind != kinds[0] and not {kind, kinds[0]} <= set(_NUMBERS):
                raise self.wrong(
                    item.start, f"a list of {kinds[0]} cannot hold {_said(kind)} as well"
                )
            if _is_list(kind) or kind == "line":
                raise self.wrong(item.start, "a list holds values, not lists or lines")
        return "list of decimal" if "decimal" in kinds else f"list of {kinds[0]}"

    def call(self, node: Call, scope: Scope) -> str:
        if node.of is None:
            return self.function(node, scope)
        if node.name in _MACROS:
            return self.macro(node, node.of, scope)
        of = self.kind(node.of, scope)
        if node.name == "size" and not node.given:
            return self.size(node.of, of)
        if node.name in _OF_TEXT:
            self.of_text(node, of, scope)
            return "bool"
        raise self.unknown(node.at, node.name, [*_MACROS, *_OF_TEXT, "size"], ".")

    def function(self, node: Call, scope: Scope) -> str:
        if node.name == "size" and len(node.given) == 1:
            return self.size(node.given[0], self.kind(node.given[0], scope))
        if node.name == "has":
            raise self.wrong(
                node.at, 'every name always has a value, so has() is not needed; compare with ""'
            )
        raise self.unknown(node.at, f"{node.name}()", ["size(list)"])

    def size(self, of: Node, kind: str) -> str:
        if not _is_list(kind):
            raise self.wrong(of.start, f"size needs a list, not {_said(kind)}")
        return "int"

    def of_text(self, node: Call, of: str, scope: Scope) -> None:
        if of != "text":
            more = (
                f"; write ... in {self.text[node.of.start : node.of.end]}"
                if node.of and _is_list(of)
                else ""
            )
            raise self.wrong(node.at, f".{node.name} asks a text, not {_said(of)}{more}")
        if len(node.given) != 1:
            raise self.wrong(node.at, f".{node.name} needs one text in its brackets")
        self.wanted(node.given[0], "text", scope, f".{node.name}")
        if node.name == "matches" and not isinstance(node.given[0], Value):
            raise self.wrong(node.given[0].start, "the pattern must be written in the rule itself")

    def macro(self, node: Call, of: Node, scope: Scope) -> str:
        if scope:
            raise self.wrong(node.at, f".{node.name} cannot stand inside another one")
        kind = self.kind(of, scope)
        if not _is_list(kind):
            raise self.wrong(of.start, f".{node.name} asks a list, not {_said(kind)}")
        if len(node.given) != len(("name", "what")) or not isinstance(node.given[0], Word):
            raise self.wrong(
                node.at,
                f".{node.name} needs a name and a part, such as"
                f' order.lines.{node.name}(line, line.sku == "A-1")',
            )
        name, body = node.given[0], node.given[1]
        if name.name == "order":
            raise self.wrong(name.start, "the name order is taken")
        inner = self.kind(body, {name.name: _element(kind)})
        if node.name == "map":
            if _is_list(inner) or inner == "line":
                raise self.wrong(body.start, ".map makes a list of values, not of lists or lines")
            return f"list of {inner}"
        if inner != "bool":
            raise self.wrong(
                body.start, f".{node.name} needs true or false here, not {_said(inner)}"
            )
        return kind if node.name == "filter" else "bool"
