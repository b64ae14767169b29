"""What a check ends with, and under which names it is handed over to the site.

This module loads nothing but the standard library: a build of the site in which no cell runs needs neither NumPy nor
the grammar.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any, Literal

from recompute.errors import mark

MIME = "application/vnd.recompute.verdict+json"
BUILDING = "RECOMPUTE_BUILDING"  # set while a site builds: then a failing check is published, and does not raise

Kind = Literal["holds", "exact", "agrees", "measured", "refuted", "stated", "fails", "vacuous", "unchecked"]
PASSES: frozenset[Kind] = frozenset({"holds", "exact", "agrees", "measured", "refuted", "stated"})


@dataclass(frozen=True)
class Verdict:
    """What came of one formula.

    Attributes:
        kind: one of the words of `Kind`.
        residual: the largest relative difference of the two sides (absolute for ≈; for inequalities the excess).
        allowed: what the residual may be.
        count: how many pairs of numbers, columns or matrices were compared.
        draws: on how many draws of the letters.
        ratio: of an inequality, how close the smaller side came to the larger one.
        note: the reason, in words; empty where the figures say everything.
        place: where in the formula the note points.
        left, right: what the two sides came to where they differ most.
        where: the draw and the indices at which that was.
    """

    kind: Kind
    residual: float | None = None
    allowed: float | None = None
    count: int = 0
    draws: int = 0
    ratio: float | None = None
    note: str = ""
    place: tuple[int, int] | None = None
    left: str = ""
    right: str = ""
    where: str = ""

    @property
    def passes(self) -> bool:
        """Whether the build may go on."""
        return self.kind in PASSES

    def as_dict(self) -> dict[str, Any]:
        """Plain data for JSON, without empty fields."""
        return {key: value for key, value in asdict(self).items() if value not in (None, "", 0) or key == "residual"}

    def summary(self) -> str:
        """One line for people: `holds: residual 2e-16 over 15 comparisons on 3 draws`."""
        parts = []
        if self.residual is not None and self.kind != "stated":
            name = "misses by" if self.kind == "refuted" else "residual"
            parts.append(
                f"{name} {self.residual:.0%}"
                if self.kind == "refuted"
                else f"{name} {self.residual:.0e}"
                if self.residual
                else f"{name} 0"
            )
        if self.ratio is not None:
            parts.append(f"the smaller side reaches {self.ratio:.0%} of the larger")
        if self.count:
            parts.append(
                f"{self.count} comparison{'s' * (self.count > 1)} on {self.draws} draw{'s' * (self.draws > 1)}"
            )
        text = ", ".join(parts)
        return f"{self.kind}: {text or self.note}" if text or self.note else self.kind

    def report(self, tex: str) -> str:
        """Everything a person needs who has to mend the formula."""
        lines = [self.note or f"{self.kind}.", mark(tex, self.place)]
        if self.left or self.right:
            lines += [f"    left side   {self.left}", f"    right side  {self.right}"]
        if self.residual is not None and self.allowed is not None:
            where = f", at {self.where}" if self.where else ""
            lines.append(f"    residual    {self.residual:.3g}, allowed {self.allowed:.0e}{where}")
        return "\n".join(lines)
