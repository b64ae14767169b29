"""What a formula can be refused for: the place, what is wrong there, and what to write instead."""

from __future__ import annotations

import re

Span = tuple[int, int]


class FormulaError(ValueError):
    """A formula that cannot be read, or that has no value.

    The inner code says what is wrong and what to do; the outer code adds the formula and the place.

    Args:
        problem: what is wrong, in one sentence.
        advice: what to write instead.
        tex: the formula as it is typeset.
        span: where in `tex` the problem is, as a pair of positions.
    """

    def __init__(self, problem: str, advice: str = "", tex: str | None = None, span: Span | None = None) -> None:
        super().__init__(problem)
        self.problem, self.advice, self.tex, self.span = problem, advice, tex, span

    def at(self, tex: str | None = None, span: Span | None = None) -> FormulaError:
        """Fill in the formula and the place where they are not known yet; a place belongs to its formula."""
        if self.tex is None:
            self.tex, self.span = tex, self.span or span
        return self

    def __str__(self) -> str:
        place = mark(self.tex, self.span) if self.tex else ""
        return "\n".join(part for part in (self.problem, place, self.advice) if part)


class NotYetError(FormulaError):
    """Mathematics with one reading that this language does not read yet."""


class AmbiguousError(FormulaError):
    """Mathematics with two readings, which this language will never guess between."""


class ShapeError(FormulaError):
    """Two values that cannot be combined or compared because their shapes do not fit."""


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
