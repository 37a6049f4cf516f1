"""Texts with names in double braces that a company may write: checked when they are loaded.

Jinja templates in its sandbox. Which names there are is shown by an example; a text that cannot be
filled in with the example is refused with the place and the names that are allowed, so that no
message fails for it later.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from jinja2 import StrictUndefined, TemplateError, TemplateSyntaxError, meta, nodes
from jinja2.sandbox import ImmutableSandboxedEnvironment

__all__ = ["Template", "TemplateTextError", "names_of"]

_LONGEST = 100_000


class TemplateTextError(ValueError):
    """A text that cannot be a template, in words."""


class _Environment(ImmutableSandboxedEnvironment):
    """Without what would make a text slow or give it more than its fields."""

    def __init__(self, *, html: bool) -> None:
        super().__init__(autoescape=html, undefined=StrictUndefined, keep_trailing_newline=True)
        self.globals.clear()


_ENVIRONMENTS = {html: _Environment(html=html) for html in (False, True)}


class Template:
    """One text, ready to be filled in.

    Args:
        text: as written by the company.
        example: every name that may be used, with a value of its kind; of a mapping, the names
            after the dot.
        html: whether values are escaped for HTML.

    Raises:
        TemplateTextError: it cannot be filled in with the example.
    """

    def __init__(self, text: str, example: Mapping[str, object], *, html: bool = False) -> None:
        self.text = text
        environment = _ENVIRONMENTS[html]
        try:
            tree = environment.parse(text)
            _check(tree, example)
            self._template = environment.from_string(tree)
        except TemplateSyntaxError as error:
            raise TemplateTextError(f"line {error.lineno}: {error.message}") from error
        self.render(example)

    def render(self, fields: Mapping[str, object]) -> str:
        """The text with its names filled in.

        Raises:
            TemplateTextError: a value is of a kind that the example did not show.
        """
        try:
            made = self._template.render(fields)
        except (TemplateError, TypeError, ValueError, ArithmeticError) as error:
            raise TemplateTextError(f"cannot be filled in: {error}") from error
        if len(made) > _LONGEST:
            raise TemplateTextError(f"gives more than {_LONGEST} characters")
        return made


def names_of(example: Mapping[str, object]) -> Iterator[str]:
    """All names that may be used, with dots."""
    for name, value in example.items():
        if isinstance(value, Mapping):
            yield from (f"{name}.{inner}" for inner in value)
        else:
            yield name


def _check(tree: nodes.Template, example: Mapping[str, object]) -> None:
    """All names are known, also those in parts that the example does not show."""
    for node in tree.find_all((nodes.Include, nodes.Import, nodes.FromImport, nodes.Extends)):
        raise TemplateSyntaxError("other files cannot be used here", node.lineno)
    for product in tree.find_all((nodes.Mul, nodes.Pow)):
        raise TemplateSyntaxError("texts cannot multiply", product.lineno)
    unknown = meta.find_undeclared_variables(tree) - example.keys()
    for name in tree.find_all(nodes.Name):
        if name.name in unknown:
            raise TemplateSyntaxError(_no_name(name.name, example), name.lineno)
    for got in tree.find_all(nodes.Getattr):
        root = got.node.name if isinstance(got.node, nodes.Name) else ""
        inner = example.get(root)
        if isinstance(inner, Mapping) and got.attr not in inner:
            raise TemplateSyntaxError(_no_name(f"{root}.{got.attr}", example), got.lineno)


def _no_name(name: str, example: Mapping[str, object]) -> str:
    return f"there is no name {name}; allowed: {', '.join(names_of(example))}"
