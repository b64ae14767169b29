"""What became of the misprints of a formula, as counts. This module loads nothing but the standard library."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any, Literal

MIME = "application/vnd.recompute.misprints+json"
TRYING = "RECOMPUTE_MISPRINTS"  # set where a build of the site shall try misprints as well

Outcome = Literal["numbers", "shape", "refused", "equal", "missed"]


@dataclass(frozen=True)
class Tally:
    """What became of the misprints of one formula, or of several.

    Attributes:
        numbers: noticed because the two sides differ, or vanish.
        shape: noticed because shapes do not fit, before any number was compared.
        refused: noticed because something has no value, such as a letter at an index that there is not.
        equal: not noticed, and as true as the formula itself.
        missed: not noticed, though something else is claimed; each as LaTeX, with what was changed.
    """

    numbers: int = 0
    shape: int = 0
    refused: int = 0
    equal: int = 0
    missed: tuple[str, ...] = ()

    @property
    def noticed(self) -> int:
        """How many the check noticed."""
        return self.numbers + self.shape + self.refused

    @property
    def tried(self) -> int:
        """How many there were."""
        return self.noticed + self.equal + len(self.missed)

    def __add__(self, other: Tally) -> Tally:
        """Of two formulas together."""
        return Tally(
            self.numbers + other.numbers,
            self.shape + other.shape,
            self.refused + other.refused,
            self.equal + other.equal,
            self.missed + other.missed,
        )

    def as_dict(self) -> dict[str, Any]:
        """Plain data for JSON."""
        return asdict(self)

    @classmethod
    def of(cls, data: dict[str, Any]) -> Tally:
        """From what `as_dict` has made."""
        return cls(**data | {"missed": tuple(data["missed"])})

    def summary(self) -> str:
        """One line for people: `31 misprints: 20 noticed by numbers, 9 by shape, 1 without a value; 1 equally true`."""
        noticed = {"noticed by numbers": self.numbers, "by shape alone": self.shape, "without a value": self.refused}
        text = ", ".join(f"{count} {name}" for name, count in noticed.items() if count) or "none noticed"
        equal = f"; {self.equal} equally true" if self.equal else ""
        missed = f"; {len(self.missed)} missed" if self.missed else ""
        return f"{self.tried} misprint{'s' * (self.tried != 1)}: {text}{equal}{missed}"
