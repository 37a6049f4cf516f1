"""A wrong rule is found before any order is looked at, with its place and what is allowed."""

import copy
import pickle

import pytest
from pydantic import BaseModel, ValidationError

from panstore.sdk.rules import Rule, RuleTextError
from panstore.sdk.rules.names import LINE_NAMES, ORDER_NAMES
from panstore.sdk.rules.syntax import read


def complaint(text: str) -> str:
    with pytest.raises(RuleTextError) as caught:
        Rule(text)
    return str(caught.value)


@pytest.mark.parametrize(
    "text",
    [
        "true",
        "  order.paid // always\n && true ",
        'order.paid && order.total < 500.0 && !("backorder" in order.tags)',
        "(order.total) >= -5 || -order.total_minor < 3",
        'order.lines.exists(one, one.sku == "A" && one.quantity >= 2.5)',
        "order.lines.all(l, l.total > 0) && order.lines.exists_one(l, l.discount == 0)",
        "order.lines.filter(l, l.has_note).size() + 1 < size(order.tags)",
        "order.lines.map(l, l.sku).exists(s, s.startsWith('A'))",
        "order.lines.map(l, l.quantity).all(q, q < 3)",
        "order.lines.filter(l, l.quantity > 1).all(l, l.vat_rate == 22)",
        'order.country in ["SI", "HR"] ? order.total < 500 : order.total < 100.50',
        "order.total in [1, 2.5, 3]",
        "order.line_count in [1, 2]",
        "order.paid in [true]",
        "order.paid == order.guest",
        'order.placed_on >= "2026-11-01"',
        "order.total_minor * 2 + 1 - 3 / 4 % 5 == 0",
        'order.number.contains("9") || order.number.endsWith("0")',
        r'order.email.matches(r"^.+@example\.(si|com)$")',
        r'order.email.matches("^\\w+@")',
        r'order.status == "it\'s" || order.status == "a\"b\n\t\\"',
        'order.stage == "open" && "cancelled" != order.stage && order.stage in ["open"]',
        'order.stage == r"open"',
        "1 == 1 == true",
        "1 / 0 == 1",
        "922337203685477 * 100000 > 0 || true",
        "(" * 29 + "true" + ")" * 29,
        "!(" * 29 + "true" + ")" * 29,
        "(true ? " * 28 + "true" + " : true)" * 28,
        "order.lines.all(l, " + "!(" * 27 + "l.total > 0" + ")" * 27 + ")",
        "true" + " || true" * 200,
        "1" + " + 1" * 199 + " > 0",
    ],
)
def test_rules_that_can_be_used(text: str) -> None:
    assert Rule(text).text == text


@pytest.mark.parametrize(
    ("text", "place", "what"),
    [
        ("", "line 1, column 1", "the rule is empty; write true for always"),
        (" // nothing\n ", "line 1, column 1", "the rule is empty"),
        ("order.paid &&", "line 1, column 14", "the rule ends where a name or a value is missing"),
        ("order.paid &&\n  order.total <", "line 2, column 16", "the rule ends where"),
        ("order.total = 5", "line 1, column 13", "write == to compare"),
        ("true & true", "line 1, column 6", "write && for and"),
        ("true | true", "line 1, column 6", "write || for or"),
        ("true and true", "line 1, column 6", "write && for and"),
        ("true or true", "line 1, column 6", "write || for or"),
        ("not order.paid", "line 1, column 1", "write ! for not"),
        ("order.total < 500€", "line 1, column 18", "'€' has no meaning"),
        ("order.total < 500u", "line 1, column 18", "u cannot stand here; &&"),
        ("order.total < 5e2", "line 1, column 16", "e2 cannot stand here"),
        ('order.status == "a', "line 1, column 17", "the text that begins here has no end"),
        ("order.status == 'a", "line 1, column 17", "the text that begins here has no end"),
        (r'order.status == "\d"', "line 1, column 18", r"\d has no meaning in a text"),
        ('{"a": 1}', "line 1, column 1", "tables are not used"),
        ("(true", "line 1, column 6", "the rule ends where ) is missing"),
        ("[true", "line 1, column 6", "the rule ends where ] or a comma is missing"),
        ("true)", "line 1, column 5", ") cannot stand here"),
        ("true ? 1", "line 1, column 9", ": and the other value is missing"),
        ("order.", "line 1, column 7", "the name of a field is missing"),
        ("order.in", "line 1, column 7", "in cannot stand here"),
        ("while", "line 1, column 1", "while cannot stand here; a name or a value can"),
        ("order.(1)", "line 1, column 7", "( cannot stand here"),
        ("!!true", "line 1, column 2", "one sign can"),
        ("order.lines[0].sku == 'a'", "line 1, column 12", "[ cannot stand here"),
        ("(" * 31 + "true", "line 1, column 31", "more than 30 brackets"),
        ("true" + " || true" * 201, "line 1, column 1606", "more than 200 signs"),
        ("true" + " " * 2000, "line 1, column 2001", "longer than 2000 characters"),
    ],
)
def test_what_is_no_rule_has_a_place(text: str, place: str, what: str) -> None:
    told = complaint(text)
    assert told.startswith(f"{place}: ")
    assert what in told


@pytest.mark.parametrize(
    ("text", "place", "what"),
    [
        ("order.payed", 7, "there is no order.payed. Did you mean order.paid? Allowed: account, "),
        ("order.qqq", 7, "there is no order.qqq. Allowed: account, "),
        ("orders.paid", 1, "there is no orders. Did you mean order? Allowed: order"),
        ("paid", 1, "write order.paid instead of paid"),
        ("order", 1, "order needs a dot and a name. Allowed: account, "),
        ("order == order", 1, "order needs a dot and a name"),
        ("order.lines.all(l, l.skuu == 'a')", 22, "no .skuu. Did you mean .sku? Allowed: discount"),
        ("order.lines.all(l, ll.sku == 'a')", 20, "there is no ll. Did you mean l?"),
        ("order.paid.sku == 'a'", 12, "true or false has no .sku"),
        ("order.lines.sku == 'a'", 13, "a list has no .sku"),
        ("order.number.size() > 1", 1, "size needs a list, not a text"),
        ("size(order.number) > 1", 6, "size needs a list, not a text"),
        ("size(1, 2) > 1", 1, "there is no size(). Did you mean size(list)?"),
        ("now() > 1", 1, "there is no now(). Allowed: size(list)"),
        ("has(order.paid)", 1, "every name always has a value"),
        ("order.number.lowerAscii() == 'a'", 14, "there is no .lowerAscii. Allowed: all"),
        ("order.number.startWith('a')", 14, "Did you mean .startsWith?"),
        ("order.total.startsWith('a')", 13, ".startsWith asks a text, not an amount"),
        ("order.tags.contains('a')", 12, "not a list; write ... in order.tags"),
        ("order.number.contains()", 14, ".contains needs one text in its brackets"),
        ("order.number.contains(1)", 23, ".contains needs a text here, not a whole number"),
        ("order.number.matches(order.status)", 22, "must be written in the rule itself"),
        ("true || order.number.matches('(')", 30, "this pattern is wrong: "),
        ("order.number.matches('a{1000}{1000}')", 22, "exceeds size limit"),
        ("order.total", 1, "a rule says true or false, but this is an amount"),
        ("order.lines", 1, "but this is a list"),
        ("!order.total", 2, "! needs true or false here, not an amount"),
        ("-order.number == 'a'", 2, "- needs a number here, not a text"),
        ("order.paid && order.total", 15, "&& needs true or false here, not an amount"),
        ("order.total || true", 1, "|| needs true or false here, not an amount"),
        ("order.total == '5'", 13, "an amount and a text are never equal"),
        ("order.paid == 1", 12, "true or false and a whole number are never equal"),
        ("order.paid < true", 12, "< compares numbers or texts, not true or false"),
        ("order.tags == ['a']", 12, "lists and lines are not compared"),
        ("order.lines.all(l, l == l)", 22, "lists and lines are not compared"),
        ("'a' in order.number", 8, "in needs a list here, not a text; for part of a text write"),
        ("'a' in order.paid", 8, "in needs a list here, not true or false"),
        ("1 in order.tags", 3, "a whole number and a text are never equal"),
        ("order.total + 1 > 2", 13, "+ is not exact with amounts"),
        ("1 - order.total > 2", 3, "use the whole numbers that end in _minor"),
        ("order.number + 'a' == 'b'", 1, "+ needs a whole number here, not a text"),
        ("1 * order.paid == 1", 5, "* needs a whole number here, not true or false"),
        ("order.total_minor * 2 < order.received", 23, "a computed number is compared with whole"),
        ("order.received > order.total_minor * 2", 16, "a computed number is compared with whole"),
        ("order.total == 1.234567890123456", 16, "a number may have at most 15 digits"),
        ("order.line_count < 1234567890123456", 20, "a number may have at most 15 digits"),
        ("order.stage == 'shiped'", 16, "order.stage is never 'shiped'. Allowed: open, shipped"),
        ("'shiped' != order.stage", 1, "order.stage is never 'shiped'"),
        ("order.stage in ['open', 'gone']", 25, "order.stage is never 'gone'"),
        ("true ? 1 : 'a'", 12, "both values of ? : must be of one kind"),
        ("1 ? true : false", 1, "? needs true or false here, not a whole number"),
        ("1 in []", 6, "a list needs at least one value"),
        ("1 in [1, 'a']", 10, "a list of int cannot hold a text as well"),
        ("order.tags in [order.tags]", 16, "a list holds values, not lists or lines"),
        ("order.paid.all(l, true)", 1, ".all asks a list, not true or false"),
        ("order.lines.all(l)", 13, "needs a name and a part, such as order.lines.all(line, "),
        ("order.lines.all('l', true)", 13, "needs a name and a part"),
        ("order.lines.all(order, true)", 17, "the name order is taken"),
        ("order.lines.all(l, l.total)", 20, ".all needs true or false here, not an amount"),
        ("order.lines.map(l, l).size() > 1", 20, ".map makes a list of values"),
        ("order.lines.all(l, order.tags.exists(t, t == l.sku))", 31, "inside another one"),
    ],
)
def test_what_cannot_be_worked_out_has_a_place(text: str, place: int, what: str) -> None:
    told = complaint(text)
    assert told.startswith(f"line 1, column {place}: ")
    assert what in told


def test_all_names_are_offered() -> None:
    told = complaint("order.qqq")
    assert all(name in told for name in ORDER_NAMES)
    told = complaint("order.lines.all(l, l.qqq)")
    assert all(name in told for name in LINE_NAMES)


def test_what_the_library_refuses_after_all_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    """The reader and the checker are stricter than the library; should they ever not be."""
    monkeypatch.setattr("panstore.sdk.rules.rule.check", lambda *_: None)
    assert "CEL refuses it: " in complaint("order.paid + 1 == 2")
    monkeypatch.setattr("panstore.sdk.rules.rule.read", lambda _: read("true"))
    assert "CEL refuses it: " in complaint("order.paid +")


class Settings(BaseModel):
    rule: Rule = Rule("true")


def test_settings_read_a_rule_from_text_and_write_it_back() -> None:
    read = Settings.model_validate({"rule": "order.paid"})
    assert read.rule == Rule("order.paid")
    assert read.model_dump() == {"rule": "order.paid"}
    assert read.model_dump_json() == '{"rule":"order.paid"}'
    assert Settings.model_validate({"rule": read.rule}) == read


def test_true_and_false_need_no_quotes() -> None:
    assert Settings.model_validate({"rule": False}).rule == Rule("false")


@pytest.mark.parametrize("given", [1, None, ["true"]])
def test_what_is_no_text_is_no_rule(given: object) -> None:
    with pytest.raises(ValidationError, match=r"a rule is a text, such as 'order\.paid'"):
        Settings.model_validate({"rule": given})


def test_a_wrong_rule_in_the_settings_says_where() -> None:
    with pytest.raises(ValidationError, match=r"line 2, column 5: write == to compare"):
        Settings.model_validate({"rule": "1 ==\n 1  = 2"})


def test_rules_are_values() -> None:
    one = Rule("order.paid")
    assert one == Rule("order.paid")
    assert one != Rule("order.guest")
    assert one != "order.paid"
    assert {one: 1}[Rule("order.paid")] == 1
    assert copy.deepcopy(one) == one
    assert pickle.loads(pickle.dumps(one)) == one
    assert (repr(one), str(one)) == ("Rule('order.paid')", "order.paid")
