r"""Find the formulas of a MyST page with MyST's own parser, inside directives too, and the settings at its head.

>>> collect("# A page\n\n$$\na = b\n$$ (first)\n").formulas
(Typeset(label='first', tex='a = b', line=4, inline=False),)
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass, field
from functools import cache
from typing import TYPE_CHECKING, Any

import yaml
from docutils.parsers.rst import Directive
from markdown_it.renderer import RendererHTML
from myst_parser.config.main import MdParserConfig
from myst_parser.mdit_to_docutils.base import strip_blank_lines
from myst_parser.parsers.directives import parse_directive_text
from myst_parser.parsers.mdit import create_md_parser

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from markdown_it import MarkdownIt
    from markdown_it.token import Token
    from myst_parser.parsers.directives import DirectiveParsingResult

SYNTAX = frozenset({"dollarmath", "colon_fence", "attrs_block", "attrs_inline", "deflist", "fieldlist"})
# Directives whose content is not MyST; were one missing here, the site would report its formulas as unchecked.
VERBATIM = frozenset({
    "code-cell", "code-block", "code", "literalinclude", "math", "raw-cell", "raw",
    "eval-rst", "toctree", "bibliography",
})  # fmt: skip
CLAIM = "claim"  # the role of inline mathematics that is checked


@dataclass(frozen=True)
class Typeset:
    """A formula as it stands on the page; a claim inside a sentence has no label, and is known by its LaTeX."""

    label: str | None
    tex: str
    line: int
    inline: bool

    @property
    def name(self) -> str:
        """How a code cell calls it."""
        return self.label or self.tex


@dataclass(frozen=True)
class Settings:
    """What the head of a page says under `recompute:`.

    Attributes:
        use: labels of shared definitions that this page loads.
        abbreviations: labels of definitions on this page that are abbreviations, not nodes.
        prime: the letter that a prime differentiates by.
    """

    use: tuple[str, ...] = ()
    abbreviations: tuple[str, ...] = ()
    prime: str | None = None

    @classmethod
    def of(cls, found: object) -> Settings:
        """Read them.

        Raises:
            ValueError: a setting has another name or another form than those above.
        """
        if found is None:
            return cls()
        if not isinstance(found, dict) or found.keys() - {"use", "abbreviations", "prime"}:
            raise ValueError(
                f"“recompute:” at the head of a page takes use, abbreviations and prime; it says {found!r}"
            )
        lists = {key: found.get(key) or [] for key in ("use", "abbreviations")}
        for key, value in lists.items():
            if not isinstance(value, list) or not all(isinstance(entry, str) for entry in value):
                raise ValueError(f"“recompute: {key}:” is a list of labels; it is {value!r}")
        prime = found.get("prime")
        if prime is not None and not isinstance(prime, str):
            raise ValueError(f"“recompute: prime:” is a letter; it is {prime!r}")
        return cls(tuple(lists["use"]), tuple(lists["abbreviations"]), prime)


@dataclass(frozen=True)
class Collected:
    """A page: its formulas in the order in which they stand, its code cells with their lines, its settings."""

    formulas: tuple[Typeset, ...] = ()
    cells: tuple[tuple[int, str], ...] = ()
    settings: Settings = field(default_factory=Settings)

    def labelled(self) -> dict[str, str]:
        """LaTeX by label; of two formulas with one label the first, and the site reports the second."""
        found: dict[str, str] = {}
        for formula in self.formulas:
            if formula.label is not None:
                found.setdefault(formula.label, formula.tex)
        return found

    def claims(self) -> tuple[str, ...]:
        """The inline claims, each once."""
        return tuple(dict.fromkeys(formula.tex for formula in self.formulas if formula.inline))

    def data(self, shared: Mapping[str, Shared]) -> str:
        """All that a code cell may know of the page, as JSON; the key of a cached result covers exactly this.

        Raises:
            KeyError: a label under `use:` is not among the shared definitions, or one under `abbreviations:` is not on
                the page.
        """
        absent = [label for label in self.settings.abbreviations if label not in self.labelled()]
        if absent:
            names = ", ".join(self.labelled()) or "none"
            raise KeyError(f"“recompute: abbreviations:” names {', '.join(absent)}; the labels of the page are {names}")
        missing = [label for label in self.settings.use if label not in shared]
        if missing:
            raise KeyError(
                f"“recompute: use:” names {', '.join(missing)}; shared definitions are {', '.join(shared) or 'none'}"
            )
        use = [
            {"label": label, "tex": shared[label].tex, "abbreviation": shared[label].abbreviation}
            for label in self.settings.use
        ]
        mine = {"formulas": self.labelled(), "claims": self.claims(), "abbreviations": self.settings.abbreviations}
        return json.dumps({**mine, "use": use, "prime": self.settings.prime}, ensure_ascii=False)


@dataclass(frozen=True)
class Shared:
    """A definition that other pages may load by its label."""

    tex: str
    abbreviation: bool


def shared_of(pages: Iterator[Collected] | list[Collected]) -> dict[str, Shared]:
    """The labelled formulas of the pages of shared definitions."""
    return {
        label: Shared(tex, label in page.settings.abbreviations)
        for page in pages
        for label, tex in page.labelled().items()
    }


class _AnyDirective(Directive):
    """Stands for every directive when its options are split from its content."""

    has_content = True
    optional_arguments = 1
    final_argument_whitespace = True
    option_spec = {"any": str}  # noqa: RUF012 - docutils prescribes a plain class attribute


@cache
def _parser() -> MarkdownIt:
    return create_md_parser(MdParserConfig(enable_extensions=set(SYNTAX)), RendererHTML)


def collect(text: str) -> Collected:
    """Read a page.

    Raises:
        ValueError: the settings at its head cannot be read.
    """
    head: dict[str, Any] = {}
    formulas: list[Typeset] = []
    cells: list[tuple[int, str]] = []
    for token, line, depth in _tokens(text, 1):
        directive = _name(token)
        if token.type == "front_matter":
            head = _head(token.content)
        elif token.type in {"math_block", "math_block_label", "math_inline_double"}:
            above = token.content[: len(token.content) - len(token.content.lstrip())].count("\n")
            formulas.append(Typeset(token.info or None, strip_blank_lines(token.content), line + above, inline=False))
        elif directive == "math":
            label, tex = _math(token)
            above = 0 if _argument(token) else 1 + _parsed(token).body_offset
            formulas.append(Typeset(label, tex, line + above, inline=False))
        elif directive == "code-cell" and depth == 0:  # MyST-NB runs no others
            result = _parsed(token)
            cells.append((line + 1 + result.body_offset, "\n".join(result.body)))
        elif token.type == "myst_role" and token.meta["name"] == CLAIM:
            formulas.append(Typeset(None, token.content, line, inline=True))
    return Collected(tuple(formulas), tuple(cells), Settings.of(head.get("recompute")))


def _tokens(text: str, first_line: int, depth: int = 0) -> Iterator[tuple[Token, int, int]]:
    """Every token of the page with its line in the file, and how many directives it stands in."""
    for token in _parser().parse(text):
        line = first_line + (token.map[0] if token.map else 0)
        yield token, line, depth
        breaks = 0
        for child in token.children or ():
            yield child, line + breaks, depth
            breaks += child.type in {"softbreak", "hardbreak"}
        if (_name(token) or "math") not in VERBATIM:
            yield from _tokens(_argument(token), line, depth + 1)
            result = _parsed(token, _argument(token))
            yield from _tokens("\n".join(result.body), line + 1 + result.body_offset, depth + 1)


def _name(token: Token) -> str | None:
    """The name of a directive, if the token is one."""
    match = re.match(r"\{([^}\s]+)\}", token.info) if token.type in {"fence", "colon_fence"} else None
    return match[1] if match else None


def _argument(token: Token) -> str:
    """What stands behind the name of a directive."""
    return token.info.partition("}")[2].strip()


def _parsed(token: Token, argument: str = "") -> DirectiveParsingResult:
    """The options of a directive, its body, and how many lines stand before the body."""
    return parse_directive_text(_AnyDirective, argument, token.content, validate_options=False)


def _math(token: Token) -> tuple[str | None, str]:
    """The label of a math directive, and its LaTeX as Sphinx puts it together."""
    result, argument = _parsed(token), _argument(token)
    tex = "\n".join(result.body)
    return result.options.get("label", result.options.get("name")), f"{argument}\n\n{tex}" if argument else tex


def _head(content: str) -> dict[str, Any]:
    try:
        found = yaml.safe_load(content) or {}
    except yaml.YAMLError as error:
        raise ValueError(f"the head of the page is not YAML: {' '.join(str(error).split())}") from None
    if not isinstance(found, dict):
        raise ValueError(f"the head of the page is a list of settings such as “recompute:”; it is {found!r}")  # noqa: TRY004 - as for all heads
    return found
