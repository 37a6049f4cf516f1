"""The part of CEL that rules may use, read into a tree with positions.

The library that works rules out tells neither a tree nor types. This reader is stricter than it:
what it accepts, the library accepts too, with the same meaning (`tests/property/sdk` holds them
against each other). So every complaint can name its place and say what is allowed.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Literal

import msgspec

from panstore.sdk.rules.errors import RuleTextError

__all__ = [
    "Binary",
    "Call",
    "Choice",
    "Field",
    "ListOf",
    "Node",
    "Unary",
    "Value",
    "Word",
    "conjuncts",
    "read",
    "walk",
]

MOST_CHARACTERS = 2_000
"""Longest rule."""

_MOST_DEPTH = 30
"""Most brackets inside each other; the library's own reader ends at about 90."""

_MOST_SIGNS = 200
"""Most signs between two values, so that the tree can be walked without fear."""


class Value(msgspec.Struct, frozen=True):
    """A value written in the rule; `source` is its text, quotes included."""

    kind: Literal["bool", "int", "decimal", "text"]
    source: str
    start: int
    end: int


class Word(msgspec.Struct, frozen=True):
    """A name that stands alone: `order`, or the name a macro gives to each element."""

    name: str
    start: int
    end: int


class Field(msgspec.Struct, frozen=True):
    """`of.name`; `at` is where the name begins."""

    of: Node
    name: str
    at: int
    start: int
    end: int


class Call(msgspec.Struct, frozen=True):
    """`of.name(given)`, or `name(given)` with `of` None."""

    of: Node | None
    name: str
    given: tuple[Node, ...]
    at: int
    start: int
    end: int


class Unary(msgspec.Struct, frozen=True):
    """`!of` or `-of`."""

    sign: str
    of: Node
    start: int
    end: int


class Binary(msgspec.Struct, frozen=True):
    """`left sign right`; `at` is where the sign stands."""

    sign: str
    left: Node
    right: Node
    at: int
    start: int
    end: int


class Choice(msgspec.Struct, frozen=True):
    """`when ? then : other`."""

    when: Node
    then: Node
    other: Node
    start: int
    end: int


class ListOf(msgspec.Struct, frozen=True):
    """`[items]`."""

    items: tuple[Node, ...]
    start: int
    end: int


Node = Value | Word | Field | Call | Unary | Binary | Choice | ListOf
"""One part of a rule; `start` and `end` are its place in the text."""

_TOKEN = re.compile(
    r"""(?P<blank>[ \t\r\n]+|//[^\n]*)
      |(?P<decimal>[0-9]+\.[0-9]+)
      |(?P<int>[0-9]+)
      |(?P<text>r"[^"\n]*"|r'[^'\n]*'|"(?:[^"\\\n]|\\.)*"|'(?:[^'\\\n]|\\.)*')
      |(?P<word>[A-Za-z_][A-Za-z0-9_]*)
      |(?P<sign>&&|\|\||==|!=|<=|>=|[-+*/%!<>?:.,()\[\]])""",
    re.VERBOSE,
)
_ESCAPE = re.compile(r"\\(.)")
_RESERVED = frozenset([
    "as",
    "break",
    "const",
    "continue",
    "else",
    "false",
    "for",
    "function",
    "if",
    "import",
    "in",
    "let",
    "loop",
    "namespace",
    "null",
    "package",
    "return",
    "true",
    "var",
    "void",
    "while",
])
_SAYS = {
    "=": "write == to compare",
    "&": "write && for and",
    "|": "write || for or",
    '"': "the text that begins here has no end",
    "'": "the text that begins here has no end",
    "{": "tables are not used in rules",
}
_SPOKEN = {"and": "write && for and", "or": "write || for or", "not": "write ! for not"}
_LEVELS: tuple[tuple[str, ...], ...] = (
    ("||",),
    ("&&",),
    ("==", "!=", "<", "<=", ">", ">=", "in"),
    ("+", "-"),
    ("*", "/", "%"),
)


class _Token(msgspec.Struct, frozen=True):
    kind: str
    text: str
    start: int

    @property
    def end(self) -> int:
        return self.start + len(self.text)


def read(text: str) -> Node:
    """The tree of a rule.

    Raises:
        RuleTextError: it is no rule; names the place and what can stand there.
    """
    if len(text) > MOST_CHARACTERS:
        raise RuleTextError(
            text, MOST_CHARACTERS, f"the rule is longer than {MOST_CHARACTERS} characters"
        )
    return _Reader(text).whole()


def walk(node: Node) -> Iterator[Node]:
    """The node and everything below it."""
    yield node
    match node:
        case Field(of=of) | Unary(of=of):
            yield from walk(of)
        case ListOf(items=items):
            for one in items:
                yield from walk(one)
        case Call(given=given):
            for one in given if node.of is None else (node.of, *given):
                yield from walk(one)
        case Binary(left=left, right=right):
            yield from walk(left)
            yield from walk(right)
        case Choice(when=when, then=then, other=other):
            for one in (when, then, other):
                yield from walk(one)
        case _:
            return


def conjuncts(node: Node) -> tuple[Node, ...]:
    """The parts that `&&` joins; the rule holds exactly if all of them do."""
    parts: list[Node] = []
    while isinstance(node, Binary) and node.sign == "&&":
        parts = [*conjuncts(node.right), *parts]
        node = node.left
    return (node, *parts)


def _tokens(text: str) -> Iterator[_Token]:
    at = 0
    while at < len(text):
        match = _TOKEN.match(text, at)
        if match is None:
            sign = text[at]
            raise RuleTextError(text, at, _SAYS.get(sign, f"{sign!r} has no meaning in a rule"))
        kind, found = str(match.lastgroup), match.group()
        if kind == "text" and not found.startswith("r"):
            for escape in _ESCAPE.finditer(found):
                if escape[1] not in "\\\"'nt":
                    raise RuleTextError(
                        text,
                        at + escape.start(),
                        f"\\{escape[1]} has no meaning in a text; write a backslash as two, or put"
                        ' r before the text: r"\\d"',
                    )
        if kind != "blank":
            yield _Token(kind, found, at)
        at = match.end()
    yield _Token("end", "", len(text))


class _Reader:
    """Recursive descent; one method per kind of expression, loosest first."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.tokens = list(_tokens(text))
        self.place = 0
        self.depth = 0
        self.signs = 0

    @property
    def next(self) -> _Token:
        return self.tokens[self.place]

    def take(self) -> _Token:
        token = self.next
        self.place += 1
        return token

    def wrong(self, token: _Token, wanted: str) -> RuleTextError:
        if token.kind == "end":
            what = f"the rule ends where {wanted} is missing"
        else:
            what = _SPOKEN.get(token.text, f"{token.text} cannot stand here; {wanted} can")
        return RuleTextError(self.text, token.start, what)

    def sign(self, text: str, wanted: str) -> _Token:
        if self.next.kind != "sign" or self.next.text != text:
            raise self.wrong(self.next, wanted)
        return self.take()

    def whole(self) -> Node:
        if self.next.kind == "end":
            raise RuleTextError(self.text, 0, "the rule is empty; write true for always")
        node = self.expression()
        if self.next.kind != "end":
            raise self.wrong(self.next, "&&, || or another sign between two parts")
        return node

    def expression(self) -> Node:
        self.depth += 1
        if self.depth > _MOST_DEPTH:
            raise RuleTextError(
                self.text,
                self.next.start,
                f"more than {_MOST_DEPTH} brackets stand inside each other",
            )
        node = self.level(0)
        if self.next.text == "?" and self.next.kind == "sign":
            self.take()
            then = self.level(0)
            self.sign(":", ": and the other value")
            other = self.expression()
            node = Choice(node, then, other, node.start, other.end)
        self.depth -= 1
        return node

    def level(self, number: int) -> Node:
        if number == len(_LEVELS):
            return self.unary()
        node = self.level(number + 1)
        while self.next.kind != "text" and self.next.text in _LEVELS[number]:
            sign = self.take()
            self.signs += 1
            if self.signs > _MOST_SIGNS:
                raise RuleTextError(
                    self.text, sign.start, f"the rule has more than {_MOST_SIGNS} signs"
                )
            right = self.level(number + 1)
            node = Binary(sign.text, node, right, sign.start, node.start, right.end)
        return node

    def unary(self) -> Node:
        if self.next.kind != "sign" or self.next.text not in {"!", "-"}:
            return self.member()
        sign = self.take()
        if self.next.kind == "sign" and self.next.text in {"!", "-"}:
            raise self.wrong(self.next, "one sign")
        of = self.member()
        return Unary(sign.text, of, sign.start, of.end)

    def member(self) -> Node:
        node = self.primary()
        while self.next.kind == "sign" and self.next.text == ".":
            self.take()
            name = self.name("the name of a field")
            if self.next.kind == "sign" and self.next.text == "(":
                given, end = self.given()
                node = Call(node, name.text, given, name.start, node.start, end)
            else:
                node = Field(node, name.text, name.start, node.start, name.end)
        return node

    def name(self, wanted: str) -> _Token:
        if self.next.kind != "word" or self.next.text in _RESERVED:
            raise self.wrong(self.next, wanted)
        return self.take()

    def given(self) -> tuple[tuple[Node, ...], int]:
        """What stands in round brackets, and where they end."""
        self.take()
        items = self.items(")")
        return items, self.sign(")", ")").end

    def items(self, closing: str) -> tuple[Node, ...]:
        if self.next.kind == "sign" and self.next.text == closing:
            return ()
        found = [self.expression()]
        while self.next.kind == "sign" and self.next.text == ",":
            self.take()
            found.append(self.expression())
        return tuple(found)

    def primary(self) -> Node:
        token = self.next
        wanted = "a name or a value"
        if token.kind in {"int", "decimal", "text"} or token.text in {"true", "false"}:
            self.take()
            return Value(_value_kind(token), token.text, token.start, token.end)
        if token.kind == "word":
            if token.text in _SPOKEN:
                raise self.wrong(token, wanted)
            self.name(wanted)
            if self.next.kind == "sign" and self.next.text == "(":
                given, end = self.given()
                return Call(None, token.text, given, token.start, token.start, end)
            return Word(token.text, token.start, token.end)
        if token.kind == "sign" and token.text == "(":
            self.take()
            inner = self.expression()
            end = self.sign(")", ")").end
            return msgspec.structs.replace(inner, start=token.start, end=end)
        if token.kind == "sign" and token.text == "[":
            self.take()
            items = self.items("]")
            return ListOf(items, token.start, self.sign("]", "] or a comma").end)
        raise self.wrong(token, wanted)


def _value_kind(token: _Token) -> Literal["bool", "int", "decimal", "text"]:
    match token.kind:
        case "int":
            return "int"
        case "decimal":
            return "decimal"
        case "text":
            return "text"
        case _:
            return "bool"
