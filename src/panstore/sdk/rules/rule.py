"""A rule: a line of CEL over one order, checked when it is made."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any

import cel
import msgspec
from pydantic import GetCoreSchemaHandler
from pydantic_core import CoreSchema, core_schema

from panstore.model.errors import InvariantError
from panstore.model.plan import Held
from panstore.model.quantity import plain
from panstore.sdk.modules import OrderCase, RuleSaid
from panstore.sdk.rules.checker import MOST_DIGITS, check, line_names_in, order_names_in
from panstore.sdk.rules.errors import RuleFailedError, RuleTextError
from panstore.sdk.rules.names import LINE_NAMES, ORDER_NAMES, Given, given_lines
from panstore.sdk.rules.syntax import Call, Node, conjuncts, read, walk

__all__ = ["Part", "Rule", "Verdict"]

_MOST = 10**MOST_DIGITS
_MOST_PLACES = 100
"""Far inside the range of doubles, far outside that of money."""

_SHOWN = 5
_SAMPLES: dict[str, object] = {
    "bool": True,
    "int": 1,
    "decimal": Decimal(1),
    "text": "A",
    "list of text": ["A"],
}
_ORDER_DEPENDENT = (ZeroDivisionError, OverflowError)
"""What may go wrong with one order and be right with another."""


class Part(msgspec.Struct, frozen=True):
    """One of the parts that `&&` joins.

    Attributes:
        text: as written.
        values: names it uses with what they stand for, as text; no personal data.
    """

    text: str
    values: tuple[tuple[str, str], ...]


class Verdict(msgspec.Struct, frozen=True):
    """What a rule says of one order, and why.

    Attributes:
        holds: None if it could not be worked out; then `failed` says why.
        parts: those that did not hold, empty where the rule holds.
    """

    holds: bool | None
    parts: tuple[Part, ...] = ()
    failed: str = ""

    def words(self) -> str:
        """The reason on one line, empty where the rule holds."""
        if self.failed:
            return f"could not be worked out: {self.failed}"
        return "; ".join(
            f"not {part.text}"
            + (f" ({', '.join(f'{name} = {value}' for name, value in part.values)})")
            * bool(part.values)
            for part in self.parts
        )


class _Compiled(msgspec.Struct, frozen=True):
    """A tree ready to be worked out."""

    text: str
    program: cel.Program
    names: tuple[str, ...]
    line_names: tuple[str, ...]

    def values(self, case: OrderCase) -> dict[str, Given]:
        """What the used names stand for.

        Raises:
            RuleFailedError: a number has too many digits to be compared exactly.
        """
        found: dict[str, Given] = {}
        for name in self.names:
            if name == "lines":
                found[name] = given_lines(case, self.line_names)
            else:
                found[name] = ORDER_NAMES[name].read(case)
            _see_exact(f"order.{name}", found[name])
        return found

    def holds(self, values: Mapping[str, Given]) -> bool:
        """Whether it holds.

        Raises:
            RuleFailedError: a division by zero or the like.
        """
        try:
            result = self.program.execute(cel.Context(variables={"order": dict(values)}))
        except _ORDER_DEPENDENT as error:
            raise RuleFailedError(str(error)) from error
        if not isinstance(result, bool):
            raise InvariantError(f"rule {self.text!r} gave {result!r}")
        return result


class Rule:
    """A condition on an order; as a field of settings it is read from text.

    Attributes:
        text: as a person wrote it.
    """

    __slots__ = ("_parts", "_whole", "text")

    def __init__(self, text: str) -> None:
        """Check the text; no order is looked at.

        Raises:
            RuleTextError: it cannot be used; names the place and what is allowed.
        """
        self.text = text
        tree = read(text)
        check(text, tree)
        _see_patterns(text, tree)
        self._whole = _compiled(text, tree)
        parts = conjuncts(tree)
        self._parts = (
            (self._whole,)
            if len(parts) == 1
            else tuple(_compiled(text[one.start : one.end], one) for one in parts)
        )

    def holds(self, case: OrderCase) -> bool:
        """Whether it holds for this order.

        Raises:
            RuleFailedError: it could not be worked out for this order.
        """
        return self._whole.holds(self._whole.values(case))

    def judge(self, case: OrderCase, setting: str) -> bool | Held:
        """Whether it holds, or why the order has to wait for a person.

        Args:
            setting: where the rule stands, for people, such as `rule of P1`.
        """
        try:
            return self.holds(case)
        except RuleFailedError as error:
            number = case.order.number
            return Held(
                item=case.order.id,
                code="rule.failed",
                reason=f"Order {number}: the {setting}, {self}, could not be worked out:"
                f" {error}. Nothing that depends on it was done for this order; other orders go"
                " on. Correct the rule in the settings, then retry.",
            )

    def explain(self, case: OrderCase) -> Verdict:
        """What it says of this order; for a rule that does not hold, which parts did not."""
        try:
            if self.holds(case):
                return Verdict(holds=True)
        except RuleFailedError as error:
            return Verdict(holds=None, failed=str(error))
        return Verdict(
            holds=False,
            parts=tuple(_told_part(one, case) for one in self._parts if _not(one, case)),
        )

    def said(self, case: OrderCase, setting: str) -> RuleSaid:
        """What it says of this order, for people.

        Args:
            setting: where the rule stands in the module's settings.
        """
        verdict = self.explain(case)
        return RuleSaid(setting, str(self), verdict.holds, verdict.words())

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Rule) and other.text == self.text

    def __hash__(self) -> int:
        return hash((Rule, self.text))

    def __repr__(self) -> str:
        return f"Rule({self.text!r})"

    def __str__(self) -> str:
        """On one line, for people."""
        return " ".join(self.text.split())

    def __reduce__(self) -> tuple[type[Rule], tuple[str]]:
        return Rule, (self.text,)

    @classmethod
    def __get_pydantic_core_schema__(
        cls, source: type[Any], handler: GetCoreSchemaHandler
    ) -> CoreSchema:
        """Read from text; written back as text. `true` and `false` of TOML are rules too."""
        del source, handler
        return core_schema.no_info_plain_validator_function(
            _from_settings,
            serialization=core_schema.plain_serializer_function_ser_schema(lambda rule: rule.text),
        )


def _from_settings(value: object) -> Rule:
    if isinstance(value, Rule):
        return value
    if isinstance(value, bool):
        return Rule(str(value).lower())
    if not isinstance(value, str):
        raise ValueError("a rule is a text, such as 'order.paid'")  # noqa: TRY004 - pydantic's way
    return Rule(value)


def _see_patterns(text: str, tree: Node) -> None:
    """A pattern that is none is found here; the sample may never come to it."""
    for node in walk(tree):
        if isinstance(node, Call) and node.name == "matches":
            pattern = node.given[0]
            try:
                cel.evaluate(f'"".matches({text[pattern.start : pattern.end]})')
            except RuntimeError as error:
                what = " ".join(str(error).split())
                raise RuleTextError(
                    text, pattern.start, f"this pattern is wrong: {what}"
                ) from error


def _compiled(text: str, tree: Node) -> _Compiled:
    try:
        program = cel.compile(text)
    except ValueError as error:
        raise RuleTextError(text, tree.start, f"CEL refuses it: {error}") from error
    try:
        program.execute(cel.Context(variables={"order": _sample(tree)}))
    except _ORDER_DEPENDENT:
        # The sample's zeros; an order may be luckier.
        pass
    except (TypeError, RuntimeError, LookupError) as error:
        raise RuleTextError(text, tree.start, f"CEL refuses it: {error}") from error
    return _Compiled(text, program, order_names_in(tree), line_names_in(tree))


def _sample(tree: Node) -> dict[str, object]:
    """A made-up order with a value of the right kind for every name, to try the rule on."""
    line = {name: _SAMPLES[LINE_NAMES[name].kind] for name in LINE_NAMES}
    samples = _SAMPLES | {"list of line": [line]}
    return {name: samples[ORDER_NAMES[name].kind] for name in order_names_in(tree)}


def _see_exact(name: str, value: object) -> None:
    match value:
        case bool() | str():
            return
        case int():
            exact = -_MOST < value < _MOST
        case Decimal():
            exact = _is_exact(value)
        case dict():
            for key, one in value.items():
                _see_exact(f"{name}.{key}", one)
            return
        case Sequence():
            for one in value:
                _see_exact(name, one)
            return
        case _:
            raise InvariantError(f"{name} is a {type(value).__name__}, which rules do not know")
    if not exact:
        raise RuleFailedError(
            f"{name} is {value}, which has more than {MOST_DIGITS} digits and would not be"
            " compared exactly"
        )


def _is_exact(value: Decimal) -> bool:
    """Whether it keeps its place among others as a double."""
    if not value.is_finite() or abs(value.adjusted()) > _MOST_PLACES:
        return False
    digits = "".join(map(str, value.as_tuple().digits))
    return len(digits.rstrip("0")) <= MOST_DIGITS


def _not(part: _Compiled, case: OrderCase) -> bool:
    """Whether this part is false; one that cannot be worked out is not the reason."""
    try:
        return not part.holds(part.values(case))
    except RuleFailedError:
        return False


def _told_part(part: _Compiled, case: OrderCase) -> Part:
    values = part.values(case)
    shown = " ".join(part.text.split())
    return Part(shown, tuple((f"order.{n}", _told(n, value)) for n, value in values.items()))


def _told(name: str, value: Given) -> str:
    if ORDER_NAMES[name].private:
        return "(not shown)"
    match value:
        case bool():
            return str(value).lower()
        case Decimal():
            return plain(value)
        case str():
            return f'"{value}"'
        case int():
            return str(value)
        case _:
            shown = [one if isinstance(one, str) else "..." for one in value[:_SHOWN]]
            more = f" and {len(value) - _SHOWN} more" if len(value) > _SHOWN else ""
            return f"[{', '.join(shown)}{more}]"
