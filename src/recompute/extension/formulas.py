"""The formulas of a page as Sphinx is about to typeset them, and what is read of a page besides."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Literal

from docutils import nodes

from recompute.outcome import Verdict

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from recompute.tally import Tally

SIGNS = "= < > ≤ ≥ ≠ ≈ ∈ ≡ ≪ ≫ ∝ ∼ ≃ ≅ ⊂ ⊆ ⊃ ⊇ ∉ ≔ ≜ ⇒ ⇔"  # mathematics that holds one of these claims something
WORDS = (
    "le ge ne lt gt leq geq neq leqslant geqslant lesssim gtrsim ll gg approx sim simeq cong equiv asymp doteq"
    " triangleq coloneqq propto in notin ni subset subseteq supset supseteq to implies iff Rightarrow"
    " Leftrightarrow perp parallel"
)
CLAIMS = re.compile(rf"[{SIGNS.replace(' ', '')}]|\\({WORDS.replace(' ', '|')})(?![a-zA-Z])")
BOUNDS = re.compile(r"[_^]\{[^{}]*\}|\\(text|mathrm)\{[^{}]*\}")  # the = of a sum's bound claims nothing

FURTHER = 40  # lines of a paragraph, or of a directive's options, in which a formula is looked for

Kind = Literal["displayed", "claim", "bare"]  # bare: mathematics in a sentence that claims, and that nothing checks


@dataclass(frozen=True)
class Formula:
    """A formula as it stands on the page."""

    kind: Kind
    label: str | None
    tex: str
    line: int | None

    @property
    def name(self) -> str:
        """What cells call it."""
        return self.label or self.tex


@dataclass(frozen=True)
class Published:
    """A verdict that a cell has published, on which LaTeX, the line of the cell, and how the LaTeX was read."""

    name: str
    tex: str
    known: bool
    typeset: bool
    verdict: Verdict
    line: int
    reading: dict[str, Any] = field(default_factory=dict, hash=False)

    @classmethod
    def of(cls, record: dict[str, Any], line: int) -> Published:
        """Take it out of a cell's output."""
        found = dict(record["verdict"])
        found["place"] = tuple(found["place"]) if found.get("place") else None
        what = (record["name"], record["tex"], record["known"], record["typeset"])
        return cls(*what, Verdict(**found), line, record.get("reading", {}))


@dataclass(frozen=True)
class Read:
    """What running the cells of a page came to, and what tells whether that is still true.

    Attributes:
        text: digest of the page's source.
        imports: the modules that its cells name.
        use: the shared definitions that it loads.
        surroundings: digest of those modules and definitions.
        records: the verdicts that its cells published.
        tallies: what became of the misprints of its formulas, by name; empty if they were not tried.
        whole: whether every cell ran, and none complained.
    """

    text: str = ""
    imports: tuple[str, ...] = ()
    use: tuple[str, ...] = ()
    surroundings: str = ""
    records: tuple[Published, ...] = ()
    tallies: Mapping[str, Tally] = field(default_factory=dict)
    whole: bool = True


def claims(tex: str) -> bool:
    r"""Whether mathematics in a sentence says something that can be wrong.

    >>> claims("s_t"), claims(r"\\sum_{t=1}^T E_t"), claims(r"T \\ge 1")
    (False, False, True)
    """
    before = ""
    while before != tex:
        before, tex = tex, BOUNDS.sub("", tex)
    return CLAIMS.search(tex) is not None


def formulas_of(document: nodes.document, source: Sequence[str]) -> Iterator[Formula]:
    """Every displayed formula, every claim, and all inline mathematics that claims without being one.

    Args:
        document: the page.
        source: its lines.
    """
    for node in document.findall(lambda node: isinstance(node, nodes.math | nodes.math_block)):
        assert isinstance(node, nodes.Element)
        tex = node.astext()
        if isinstance(node, nodes.math_block):
            yield Formula("displayed", node.get("label"), tex, _line(node, source, "{}"))
        elif node.get("claim") or claims(tex):
            line = _line(node, source, "${}") or _line(node, source, "`{}")
            yield Formula("claim" if node.get("claim") else "bare", None, tex, line or _near(node))


def _line(node: nodes.Element, source: Sequence[str], pattern: str) -> int | None:
    """The line on which the LaTeX of a node begins: docutils knows that of its block alone."""
    near, words = _near(node), pattern.format((node.astext().splitlines() or [""])[0])
    first = near or 1
    lines = enumerate(source[first - 1 : first + FURTHER], first)
    return next((number for number, line in lines if words in line), None if pattern != "{}" else near)


def _near(node: nodes.Node | None) -> int | None:
    while node is not None and node.line is None:
        node = node.parent
    return node.line if node is not None else None
