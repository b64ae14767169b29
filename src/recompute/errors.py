"""What a formula can be refused for: the place, what is wrong there, and what to write instead."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

Span = tuple[int, int]
MOST_PARTS = 6  # parts of an expression whose shapes an error lists
LONG = 40  # characters of LaTeX that are quoted of each


class FormulaError(ValueError):
    """A formula that cannot be read, or that has no value.

    The inner code says what is wrong and what to do; the outer code adds the formula and the place.

    Args:
        problem: what is wrong, in one sentence.
        advice: what to write instead.
        tex: the formula as it is typeset.
        span: where in `tex` the problem is, as a pair of positions.
    """

    standing = ""  # whether the answer may change

    def __init__(self, problem: str, advice: str = "", tex: str | None = None, span: Span | None = None) -> None:
        super().__init__(problem)
        self.problem, self.tex, self.span = problem, tex, span
        self.advice = "\n".join(part for part in (advice, self.standing) if part)
        self.parts: tuple[tuple[Span, str], ...] = ()

    def at(self, tex: str | None = None, span: Span | None = None) -> FormulaError:
        """Fill in the formula and the place where they are not known yet; a place belongs to its formula."""
        if self.tex is None:
            self.tex, self.span = tex, self.span or span
            if tex is not None and self.parts:
                known = "; ".join(f"{_quoted(tex, place)} is {what}" for place, what in self.parts)
                self.advice, self.parts = f"Computed so far: {known}.\n{self.advice}".rstrip(), ()
        return self

    def knowing(self, parts: Iterable[tuple[Span, str]]) -> FormulaError:
        """Say what the parts of the expression came to, once their places in the formula can be quoted."""
        self.parts = self.parts or tuple(parts)[:MOST_PARTS]
        return self

    def __str__(self) -> str:
        place = mark(self.tex, self.span) if self.tex else ""
        return "\n".join(part for part in (self.problem, place, self.advice) if part)


class NotYetError(FormulaError):
    """Mathematics with one reading that this language does not read yet."""

    standing = "Not yet: this has one reading, but the language does not contain it so far."


class AmbiguousError(FormulaError):
    """Mathematics with two readings, which this language will never guess between."""

    standing = "Never: this has more than one reading, and a program must not guess."


class ShapeError(FormulaError):
    """Two values that cannot be combined or compared because their shapes do not fit."""


def _quoted(tex: str, place: Span) -> str:
    """The LaTeX at a place, on one line and not too long."""
    text = " ".join(tex[slice(*place)].split())
    return text if len(text) <= LONG else f"{text[:LONG]} …"


def mark(tex: str, span: Span | None) -> str:
    """The formula, indented, with carets under the place; of several lines only the one that holds the place.

    >>> print(mark("a + b", (4, 5)))
        a + b
            ^
    """
    if span is None:
        return "\n".join(f"    {line}" for line in tex.strip().splitlines())
    start, end = span
    first = tex.rfind("\n", 0, start) + 1
    last = tex.find("\n", start)
    line = tex[first : last if last >= 0 else len(tex)]
    width = max(1, min(end, first + len(line)) - start)
    before = re.sub(r"[^\t]", " ", line[: start - first])
    return f"    {line}\n    {before}{'^' * width}"
