"""Rules compare money exactly, and our reader understands them as the library does."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

import cel
import msgspec
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from panstore.model.ids import ExternalId
from panstore.model.order import OrderLine, Payment
from panstore.model.tax import Charged
from panstore.sdk.modules import OrderCase
from panstore.sdk.rules import Rule, RuleFailedError, RuleTextError
from panstore.sdk.rules.names import ORDER_NAMES
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
    conjuncts,
    read,
)
from panstore.testing.strategies import order_cases
from tests.unit.modules.order_life import an_order, case

SIGNS = {
    "<": lambda a, b: a < b,
    "<=": lambda a, b: a <= b,
    ">": lambda a, b: a > b,
    ">=": lambda a, b: a >= b,
    "==": lambda a, b: a == b,
    "!=": lambda a, b: a != b,
}
EXACT = st.builds(
    lambda units, places: Decimal(units).scaleb(-places),
    st.integers(-(10**15) + 1, 10**15 - 1),
    st.integers(0, 15),
)


@st.composite
def neighbours(draw: st.DrawFn) -> tuple[Decimal, Decimal]:
    """Two amounts that are equal or as near to each other as 15 digits allow."""
    one = draw(EXACT)
    last = Decimal(1).scaleb(one.as_tuple().exponent)  # type: ignore[arg-type]
    return one, one + draw(st.integers(-2, 2)) * last


def priced(total: Decimal, received: Decimal) -> OrderCase:
    payments = (Payment("card", received, received),)
    order = msgspec.structs.replace(an_order(lines=(), payments=payments), total=total)
    return case(order)


@given(st.one_of(neighbours(), st.tuples(EXACT, EXACT)), st.sampled_from(sorted(SIGNS)))
def test_amounts_are_compared_exactly(pair: tuple[Decimal, Decimal], sign: str) -> None:
    one, other = pair
    assume(len(f"{abs(other):f}".replace(".", "").strip("0")) <= 15)
    said = SIGNS[sign](one, other)
    assert Rule(f"order.total {sign} order.received").holds(priced(one, other)) is said
    written = f"{other:f}"
    assume(len(written.replace(".", "").lstrip("-0")) <= 15)
    assert Rule(f"order.total {sign} {written}").holds(priced(one, other)) is said
    assert Rule(f"order.total in [{written}]").holds(priced(one, other)) is (one == other)


@given(st.decimals(allow_nan=True, allow_infinity=True))
def test_any_amount_is_compared_exactly_or_refused(amount: Decimal) -> None:
    rule = Rule("order.total < 500")
    try:
        said = rule.holds(priced(amount, Decimal(0)))
    except RuleFailedError:
        return
    assert said is (amount < 500)


WORDS = st.sampled_from([
    "true",
    "false",
    "order.paid",
    "order.guest",
    "order.pickup",
    "1",
    "2",
    "3.5",
    "0",
    "order.total",
    "order.line_count",
    "'a'",
    '"b"',
    "order.tags",
    "order.skus",
    "['a']",
    "[1,2]",
    "&&",
    "||",
    "!",
    "-",
    "+",
    "*",
    "/",
    "%",
    "<",
    "<=",
    "==",
    "!=",
    "in",
    "?",
    ":",
    "(",
    ")",
    ",",
    ".",
    ".size()",
    ".exists(t,t=='a')",
    "order.lines",
    ".all(l,l.total>0)",
    ".startsWith('a')",
    "order.number",
    "//",
    "\n",
])


@st.composite
def bools(draw: st.DrawFn, depth: int = 3) -> str:
    """A condition, with as few brackets as may be."""
    if depth == 0:
        return draw(st.sampled_from(["true", "false", "order.paid", "order.guest", "!order.paid"]))
    less = bools(depth - 1)
    number = numbers(depth - 1)
    compared = st.sampled_from(sorted(SIGNS))
    found: str = draw(
        st.one_of(
            st.builds("{} && {}".format, less, less),
            st.builds("{} || {}".format, less, less),
            st.builds("!({})".format, less),
            st.builds("({})".format, less),
            st.builds("({} ? ({}) : {})".format, less, less, less),
            st.builds("{} ? ({}) : {}".format, less, less, less),
            st.builds("{} {} {}".format, number, compared, number),
            st.builds("{} in [{}, {}]".format, number, number, number),
            st.builds("'{}' in order.tags".format, st.sampled_from("abc")),
            st.builds("order.tags.{}(t, t == '{}')".format, MACROS, st.sampled_from("abc")),
            st.builds("order.total {} {}".format, compared, st.sampled_from(["12.2", "5", "-1"])),
            less,
        )
    )
    return found


MACROS = st.sampled_from(["exists", "all", "exists_one"])


def numbers(depth: int) -> st.SearchStrategy[str]:
    leaf = st.sampled_from(["0", "1", "2", "7", "-3", "order.line_count", "order.total_minor"])
    leaf |= st.sampled_from(["order.tags.size()", "order.tags.filter(t, t != 'a').size()"])
    if depth == 0:
        return leaf
    less = numbers(depth - 1)
    sign = st.sampled_from("+-*/%")
    return st.one_of(
        leaf, st.builds("{} {} {}".format, less, sign, less), st.builds("({})".format, less)
    )


def worked_out(node: Node, names: Mapping[str, Any]) -> Any:  # noqa: C901, PLR0911 - one per kind
    """The value of a tree, reckoned in Python; a second opinion beside the library's."""
    match node:
        case Value(kind="bool"):
            return node.source == "true"
        case Value(kind="text"):
            return node.source[1:-1]
        case Value():
            return Decimal(node.source)
        case Word():
            return names[node.name]
        case Field():
            return worked_out(node.of, names)[node.name]
        case Call():
            return called(node, names)
        case Unary():
            of = worked_out(node.of, names)
            return not of if node.sign == "!" else -of
        case Binary():
            return joined(node, names)
        case Choice():
            return worked_out(node.then if worked_out(node.when, names) else node.other, names)
        case ListOf():
            return [worked_out(item, names) for item in node.items]


def called(node: Call, names: Mapping[str, Any]) -> Any:
    assert node.of is not None
    of = worked_out(node.of, names)
    if node.name == "size":
        return Decimal(len(of))
    if node.name == "startsWith":
        return of.startswith(worked_out(node.given[0], names))
    variable, body = node.given
    assert isinstance(variable, Word)
    said = [worked_out(body, {**names, variable.name: one}) for one in of]
    match node.name:
        case "filter":
            return [one for one, kept in zip(of, said, strict=True) if kept]
        case "exists":
            return any(said)
        case "all":
            return all(said)
        case _:
            return sum(said) == 1


def joined(node: Binary, names: Mapping[str, Any]) -> Any:  # noqa: PLR0911 - one per sign
    left = worked_out(node.left, names)
    if node.sign == "&&":
        return left and worked_out(node.right, names)
    if node.sign == "||":
        return left or worked_out(node.right, names)
    right = worked_out(node.right, names)
    match node.sign:
        case "+":
            return left + right
        case "-":
            return left - right
        case "*":
            return left * right
        case "/":
            return Decimal(int(left / right))
        case "%":
            return left - right * int(left / right)
        case "in":
            return left in right
        case sign:
            return SIGNS[sign](left, right)


ORDER = an_order(
    "12.20",
    tags=("a", "b"),
    lines=(
        OrderLine(
            ExternalId("1"),
            None,
            "a",
            "Kava",
            Decimal(1),
            Charged(Decimal("12.20"), Decimal(0), Decimal("12.20"), Decimal(0)),
        ),
    ),
)


def given_names(one: OrderCase) -> dict[str, Any]:
    read_out = {name: each.read(one) for name, each in ORDER_NAMES.items()}
    numbers_too = {
        name: Decimal(value) if isinstance(value, int) and not isinstance(value, bool) else value
        for name, value in read_out.items()
    }
    return {"order": numbers_too}


def agrees(text: str) -> None:
    one = case(ORDER)
    rule = Rule(text)
    try:
        said = worked_out(read(text), given_names(one))
    except ArithmeticError:
        return
    try:
        assert rule.holds(one) is said
    except RuleFailedError:
        # The library's whole numbers have 64 bits.
        return
    told = rule.explain(one)
    assert told.holds is said
    parts = conjuncts(read(text))
    assert bool(told.parts) is not said
    assert len(told.parts) <= len(parts)
    names = given_names(one)
    assert [part.text for part in told.parts] == [
        text[part.start : part.end] for part in parts if not safely(part, names)
    ]


def safely(node: Node, names: Mapping[str, Any]) -> bool:
    try:
        return bool(worked_out(node, names))
    except ArithmeticError:
        return True


@given(bools())
def test_the_reader_understands_a_rule_as_the_library_does(text: str) -> None:
    agrees(text)


@given(st.lists(WORDS, min_size=1, max_size=12).map(" ".join))
def test_what_the_reader_accepts_the_library_accepts_with_the_same_meaning(text: str) -> None:
    if wrong_with(text) is None:
        agrees(text)


@given(st.text(max_size=40) | st.lists(WORDS, max_size=30).map("".join))
def test_any_text_is_a_rule_or_has_a_place(text: str) -> None:
    error = wrong_with(text)
    if error is None:
        return
    lines = text.split("\n")
    assert 1 <= error.line <= len(lines)
    assert 1 <= error.column <= len(lines[error.line - 1]) + 1
    assert "CEL refuses it" not in error.what


def wrong_with(text: str) -> RuleTextError | None:
    try:
        Rule(text)
    except RuleTextError as error:
        return error
    return None


@given(order_cases())
def test_every_name_has_a_value_of_its_kind_for_every_order(one: OrderCase) -> None:
    kinds = {"bool": bool, "int": int, "decimal": Decimal, "text": str}
    for name, each in ORDER_NAMES.items():
        try:
            value = each.read(one)
        except RuleFailedError:
            assert name.endswith("_minor")
            continue
        assert isinstance(value, kinds.get(each.kind, list))
        if each.among:
            assert value in each.among


@given(st.integers(-(10**15) + 1, 10**15 - 1), st.integers(0, 15))
def test_the_library_takes_decimals_as_the_nearest_double(units: int, places: int) -> None:
    amount = Decimal(units).scaleb(-places)
    taken = cel.evaluate("a", cel.Context(variables={"a": amount}))
    assert Decimal(f"{taken:.15g}") == amount


def test_sixteen_digits_would_not_be_exact() -> None:
    """Why the limit is where it is."""
    near = Decimal("9007199254740.993"), Decimal("9007199254740.992")
    assert cel.evaluate("a == b", {"a": near[0] * 1000, "b": near[1] * 1000})
    with pytest.raises(RuleFailedError, match="15 digits"):
        Rule("order.total == order.received").holds(priced(*near))
