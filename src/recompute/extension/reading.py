"""How the machine read a formula, as HTML for its row in the ledger: what `recompute.explain` has found out."""

from __future__ import annotations

import re
from html import escape
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    Reading = Mapping[str, Any]

RELATIONS = {"\\le": "≤", "\\ge": "≥", "\\ne": "≠", "\\approx": "≈", "\\in": "∈"}
NUMBERS = "everything here is a number"


def unfolded(reading: Reading) -> str:
    """What the reading says besides the formula itself: names and values, without the list around them."""
    return "".join(f"<dt>{name}</dt><dd>{value}</dd>" for name, value in _entries(reading))


def _entries(reading: Reading) -> Iterator[tuple[str, str]]:
    shapes = [f"{escape(shape)}: {_listed(map(code, names))}" for shape, names in reading["shapes"].items() if names]
    yield "shapes", "<br>".join(shapes) or NUMBERS
    yield "looked at", escape(reading["at"])
    if reading["letters"]:
        yield "letters", "<br>".join(f"{code(name)} = {numbers(value)}" for name, value in reading["letters"].items())
    yield "sides", "".join(f"<div>{side(found)}</div>" for found in reading["sides"])


def side(found: Reading) -> str:
    """A side with its relation, its value and its summands."""
    sign = escape(RELATIONS.get(found["sign"]) or found["sign"])
    shape = f" <i>{escape(found['shape'])}</i>" if "shape" in found else ""
    terms = "".join(f"<li>{code(tex)}: {numbers(value)}</li>" for tex, value in found.get("terms", ()))
    more = f"<li>and {found['more']} more</li>" if "more" in found else ""
    return f"{sign} {numbers(found['value'])}{shape}".strip() + (f"<ul>{terms}{more}</ul>" if terms else "")


def numbers(value: str) -> str:
    """Numbers with a minus where programs write a hyphen."""
    return re.sub(r"-(?=\d)", "−", escape(value))


def code(tex: str) -> str:
    """LaTeX on one line; words such as “and 3 more” as they are."""
    text = escape(" ".join(tex.split()))
    return text if text.startswith("and ") else f"<code>{text}</code>"


def _listed(parts: Iterable[str]) -> str:
    return ", ".join(parts)
