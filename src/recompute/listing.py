"""A program as a page shows it: coloured, and without what the page says itself.

What one can do with it, as the last line of a cell::

    listing(scalar.states)                                      # without its docstring
    listing(between(gru._backward, "by_s_t", "for gate"))       # some lines of it
"""

from __future__ import annotations

import ast
import inspect
import re
from textwrap import dedent
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

TO_TOOLS = re.compile(r"  # (?:fmt: skip|noqa|type: ignore).*")


class Listing:
    """Lines of Python that a notebook colours."""

    def __init__(self, code: str) -> None:
        """Keep the code as it is."""
        self.code = code

    def __repr__(self) -> str:
        return self.code

    def _repr_markdown_(self) -> str:
        return f"```python\n{self.code}\n```"


def listing(*parts: Callable[..., object] | str) -> Listing:
    """Show programs below one another.

    Args:
        parts: functions or classes, whose docstrings are left out, or lines of code.

    Returns:
        What a notebook shows coloured and a terminal plain.

    Raises:
        ValueError: there is nothing to show.
    """
    if not parts:
        raise ValueError("listing() was given nothing to show; give it a function, or lines of one by between().")
    return Listing("\n\n".join(part.strip("\n") if isinstance(part, str) else source(part) for part in parts))


def source(part: Callable[..., object]) -> str:
    """Return the source of a function or a class, without docstrings and what is said to formatters and linters."""
    lines = [TO_TOOLS.sub("", line) for line in dedent(inspect.getsource(part)).splitlines()]
    kinds = (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)
    for node in ast.walk(ast.parse("\n".join(lines))):
        if isinstance(node, kinds) and ast.get_docstring(node) is not None:
            said = node.body[0]
            lines[said.lineno - 1 : said.end_lineno] = [""] * (1 + (said.end_lineno or said.lineno) - said.lineno)
    return _without_double_gaps(lines)


def _without_double_gaps(lines: list[str]) -> str:
    """Join lines; where a docstring stood, nothing is left behind a line that ends in a colon."""
    kept: list[str] = []
    for line in lines:
        if line.strip() or (kept and kept[-1].strip() and not kept[-1].rstrip().endswith(":")):
            kept.append(line)
    return "\n".join(kept).rstrip()


def between(part: Callable[..., object], begin: str, end: str = "") -> str:
    """Return the lines of a function from one on that has `begin` in it up to, but without, the next one with `end`.

    Args:
        part: the function.
        begin: words that the first line has, and no other.
        end: words of the line behind the last one; without any, the lines go on to the function's end.

    Raises:
        ValueError: no line, or more than one, has the words of the first; or none behind it has those of the end.
    """
    lines = source(part).splitlines()
    name = getattr(part, "__qualname__", repr(part))
    starts = [number for number, line in enumerate(lines) if begin in line]
    if len(starts) != 1:
        raise ValueError(
            f"“{begin}” stands in {len(starts)} lines of {name}, and one was expected; give words of that line alone."
        )
    behind = range(starts[0] + 1, len(lines))
    last = next((number for number in behind if end in lines[number]), None) if end else len(lines)
    if last is None:
        raise ValueError(
            f"no line of {name} behind the one with “{begin}” has “{end}” in it; give words of the line to end before."
        )
    return dedent("\n".join(lines[starts[0] : last])).rstrip()
