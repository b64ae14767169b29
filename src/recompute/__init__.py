r"""Read the LaTeX of a displayed formula, compute both of its sides, and say whether they agree.

>>> from recompute.parse import parse
>>> from recompute.world import World
>>> from recompute.verdict import check
>>> check(parse(r"(a + b)^2 = a^2 + 2 a b + b^2"), [World({"a": 0.3, "b": -1.2})]).kind
'holds'

The modules, from the page inwards: `collect` finds the formulas of a MyST page, `parse` reads one into the nodes of
`syntax`, `world` holds the quantities that letters stand for, `evaluate` computes an expression and its derivatives,
`tensor` tells rows from columns, `verdict` compares the two sides, and `notebook` is what a code cell talks to. The
package knows nothing of networks.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from recompute.notebook import Page

    page: Page


def __getattr__(name: str) -> Any:  # noqa: ANN401 - the signature that the language prescribes
    """`from recompute import page` gives the page whose code is running, with its formulas."""
    if name == "page":
        from recompute.notebook import current  # noqa: PLC0415 - reading a page is needed by code cells alone

        return current()
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
