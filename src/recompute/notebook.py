r"""What a code cell talks to: `from recompute import page` gives the page that the cell stands on, with its formulas.

    page.draw(draws.scalar, sequences=["x"])     # numbers for the letters
    page.define("state", by=by_hand)             # a definition, compared with values computed by hand
    page.check("three-terms")                    # one formula
    page.check()                                 # every formula that nobody has judged yet

A verdict is published with the LaTeX that was judged, so that the site can refuse it for any other LaTeX.
"""

from __future__ import annotations

import difflib
import json
import os
import sys
from dataclasses import dataclass, field, replace
from functools import partial
from typing import TYPE_CHECKING, Any

import numpy as np

from recompute import verdict
from recompute.errors import FormulaError
from recompute.evaluate import Evaluate, computing
from recompute.explain import Reading, reading
from recompute.outcome import BUILDING, MIME, Verdict
from recompute.parse import parse, parse_expression
from recompute.samples import Letters, Samples, once
from recompute.substitute import with_numbers
from recompute.ways import Agree, Check, Hand, Ranges, Refute, Way
from recompute.world import Definition

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    from recompute.syntax import Formula


class CheckError(AssertionError):
    """A formula did not pass, outside a build of the site."""


@dataclass(frozen=True)
class Record:
    """One verdict as it is published: on what, and on which LaTeX."""

    name: str
    tex: str
    verdict: Verdict
    known: bool = True
    typeset: bool = False
    reading: Reading = field(default_factory=dict)

    def as_dict(self) -> dict[str, Any]:
        """Plain data for JSON."""
        return {
            "name": self.name,
            "tex": self.tex,
            "known": self.known,
            "typeset": self.typeset,
            "verdict": self.verdict.as_dict(),
            "reading": self.reading,
        }


@dataclass(frozen=True)
class Judged:
    """A formula that has a verdict, and the way in which it was judged."""

    formula: Formula
    way: Way


class Page:
    """The formulas of one page, the numbers behind their letters, and the verdicts so far.

    Args:
        formulas: LaTeX by label.
        claims: LaTeX of the claims inside sentences.
        use: shared definitions, as `{"label": …, "tex": …, "abbreviation": …}`.
        abbreviations: labels of those definitions of this page that are abbreviations.
        prime: the letter that a prime differentiates by.
        strict: whether a failing check raises; the default is to raise except while a site builds.
    """

    def __init__(  # noqa: PLR0913 - all that the head and the text of a page say
        self,
        formulas: Mapping[str, str],
        claims: Iterable[str] = (),
        use: Iterable[Mapping[str, Any]] = (),
        abbreviations: Iterable[str] = (),
        prime: str | None = None,
        *,
        strict: bool | None = None,
    ) -> None:
        self.formulas = dict(formulas) | {tex: tex for tex in claims}
        self.prime = prime
        self.abbreviations = frozenset(abbreviations)
        self.strict = BUILDING not in os.environ if strict is None else strict
        self.records: list[Record] = []
        self.judged: dict[str, list[Judged]] = {}
        self._shared = {
            entry["label"]: Definition.of(parse(entry["tex"]), abbreviation=bool(entry["abbreviation"]))
            for entry in use
        }
        self.samples = Samples(definitions=tuple(self._shared.values()), prime=prime)

    # numbers

    def draw(
        self,
        make: Callable[[int], Letters] | Letters,
        *,
        sequences: Iterable[str] = (),
        sizes: Mapping[str, str] | None = None,
        spread: Iterable[str] = (),
        **constants: object,
    ) -> None:
        """Give the letters their numbers.

        Args:
            make: from a seed to numbers by letter; or one mapping, if the numbers are not random.
            sequences: letters whose first axis is t = 1, 2, … T; they settle T.
            sizes: letters that count the axes of others: `{"U": "n m"}` makes n and m the sizes of U.
            spread: letters that may have any size; in every other draw each is up to thirty times larger or smaller,
                which an inequality needs, or it may hold by size alone.
            constants: further letters; a function gets all letters as keywords, as in `I=lambda n, **_: np.eye(n)`.
        """
        self.samples = replace(
            self.samples,
            make=once(make if callable(make) else lambda _: make),
            many=callable(make),
            sequences=tuple(sequences),
            sizes=dict(sizes or {}),
            spread=tuple(spread),
            constants=constants,
        )

    def example(self, letters: Letters) -> None:
        r"""Give the numbers of the worked example, which formulas with `\approx` are about."""
        self.samples = replace(self.samples, example=letters)

    # verdicts

    def use(self, *labels: str) -> None:
        """From here on, let these shared definitions be in force, and no others.

        A page that speaks of one unit first and of matrices later needs this, since both call the state s_t.

        Args:
            labels: among those under `recompute: use:` at the head of the page.

        Raises:
            KeyError: a label is not among them.
        """
        missing = [label for label in labels if label not in self._shared]
        if missing:
            known = ", ".join(self._shared) or "none"
            raise KeyError(f"{', '.join(missing)}: not under “recompute: use:” at the head of the page; there: {known}")
        self.samples = replace(self.samples, definitions=tuple(self._shared[label] for label in labels))

    def define(self, *labels: str, by: Hand | None = None, abbreviation: bool | None = None) -> None:
        """Take formulas of the page as definitions, and compare them with the same quantities computed by hand.

        Args:
            labels: the formulas; they may use one another.
            by: takes the drawn letters as keywords and returns values by name: `{"E": …, "s_t": {1: …, 2: …}}`.
            abbreviation: whether these are substituted before ∂ is taken; by default what the head of the page says.
        """
        fresh: list[tuple[str, Definition | FormulaError]] = []
        for label in labels:
            kept = label in self.abbreviations if abbreviation is None else abbreviation
            try:
                definition = Definition.of(parse(self._tex(label)), abbreviation=kept)
                same = (definition.name, definition.family)
                others = tuple(d for d in self.samples.definitions if (d.name, d.family) != same)
                self.samples = replace(self.samples, definitions=(*others, definition))
                fresh.append((label, definition))
            except (FormulaError, KeyError) as error:
                fresh.append((label, error if isinstance(error, FormulaError) else FormulaError(str(error))))
        for label, found in fresh:
            self._go(label, partial(_agree, self.samples, found, by))

    def check(self, *labels: str, given: str | None = None, draws: int | None = None, **ranges: Iterable[int]) -> None:
        r"""Check formulas; without a label, every formula and every claim that has no verdict yet.

        Args:
            labels: labels of formulas, or the LaTeX of inline claims.
            given: label of the hypothesis, such as `s_0 = 0`, under which the formulas are claimed. They are checked
                with it, and have to fail without it.
            draws: how many draws; by default 3, for inequalities 100, and for `\approx` the example alone.
            ranges: values of free indices that a formula does not state itself, as in `t=range(1, 6)`.
        """
        for label in labels or self.unjudged():
            self._go(label, partial(self._checking, given, draws, _kept(ranges)))

    def _checking(self, supposed: str | None, draws: int | None, ranges: Ranges, *, measured: bool = False) -> Check:
        hypothesis = parse(self._tex(supposed)) if supposed else None
        return Check(self.samples, hypothesis, draws, ranges, measured)

    def refute(self, *labels: str, misses_by: str | None = None, **ranges: Iterable[int]) -> None:
        """Show that formulas are wrong: they have to miss on every draw, by far more than the tolerance.

        Args:
            labels: the formulas.
            misses_by: LaTeX of what the left side has too much; then this is compared as well, and no other mistake
                than the one that is meant can stand in the formula.
            ranges: as in `check`.
        """
        for label in labels:
            self._go(label, partial(Refute, self.samples, _kept(ranges), misses_by))

    def measure(self, *labels: str, **ranges: Iterable[int]) -> None:
        """Compare formulas with something that was counted: like `check`, and the verdict says so.

        Args:
            labels: the formulas; one of their letters has been drawn by counting.
            ranges: as in `check`.
        """
        for label in labels:
            self._go(label, partial(self._checking, None, None, _kept(ranges), measured=True))

    def state(self, label: str, *, reason: str) -> None:
        """Leave a formula unchecked, and say why. Every one of these is counted on the ledger page."""
        stated = verdict.state(reason)
        self._judge(label, lambda: stated)

    def numbers(self, label: str, digits: int = 4) -> None:
        """Show a formula with the numbers of the worked example put in, as a formula of its own, and check that too."""
        name = f"{label}-in-numbers"
        try:
            self.formulas[name] = with_numbers(parse(self._tex(label)), self.samples.world(None), digits)
        except (FormulaError, KeyError) as error:
            self._judge(label, partial(_raise, error))
        else:
            self._go(name, partial(Check, self.samples), typeset=True)

    def value(self, tex: str, seed: int | None = None) -> Any:  # noqa: ANN401 - a float or an array
        r"""The number, column or matrix that an expression comes to in the worked example (or at a draw).

        Raises:
            FormulaError: it cannot be read, or has no value.
        """
        try:
            with computing():
                value = Evaluate(self.samples.world(seed)).visit(parse_expression(tex))
        except FormulaError as error:
            raise error.at(tex) from None
        return float(value.array) if value.is_number else value.array.copy()

    def glue(self, name: str, value: object) -> None:
        """Keep a value under a name for the prose, where MyST-NB's role {glue:text}`name:.4f` prints it.

        Args:
            name: how the prose calls it; once per page.
            value: a number, or anything whose `repr` is to be printed.
        """
        plain = value.item() if isinstance(value, np.generic) else value
        prefix = "application/papermill.record/"
        display({f"{prefix}text/plain": repr(plain)}, {"scrapbook": {"name": name, "mime_prefix": prefix}})

    def trial(self, tex: str, **ranges: Iterable[int]) -> Verdict:
        """The verdict that a formula would get on this page; nothing is published, and nothing raised.

        Args:
            tex: LaTeX of a formula that need not stand on the page.
            ranges: as in `check`.
        """
        try:
            return Check(self.samples, ranges=_kept(ranges))(parse(tex))
        except FormulaError as error:
            return _refused(error, tex)

    def verdict(self, label: str) -> Verdict:
        """The verdict on a formula, as far as there is one.

        Raises:
            KeyError: nobody has judged it yet.
        """
        for record in reversed(self.records):
            if record.name == label:
                return record.verdict
        raise KeyError(f"nobody has judged {label} yet")

    def unjudged(self) -> list[str]:
        """Labels and claims that have no verdict yet."""
        judged = {record.name for record in self.records}
        return [name for name in self.formulas if name not in judged]

    # publishing

    def _tex(self, label: str) -> str:
        if label not in self.formulas:
            near = difflib.get_close_matches(label, self.formulas, 1)
            advice = f"did you mean {near[0]!r}?" if near else f"its labels are: {', '.join(self.formulas) or 'none'}"
            raise KeyError(f"no formula on this page has the label {label!r}; {advice}")
        return self.formulas[label]

    def _go(self, name: str, way: Callable[[], Way], *, typeset: bool = False) -> None:
        """Judge a formula of the page in a way that is remembered."""

        def judge() -> Verdict:
            formula = parse(self._tex(name))
            judged = Judged(formula, way())
            found = judged.way(formula)
            self.judged.setdefault(name, []).append(judged)
            return found

        self._judge(name, judge, typeset=typeset)

    def _judge(self, name: str, judge: Callable[[], Verdict], *, typeset: bool = False) -> None:
        """Publish a verdict; while a site builds, one that does not pass is not taken back by a later one."""
        known = name in self.formulas
        try:
            found = judge()
        except FormulaError as error:
            found = _refused(error, self.formulas.get(name))
        except KeyError as error:
            found = Verdict("fails", note=str(error.args[0]))
        if not self.strict:
            found = next((r.verdict for r in self.records if r.name == name and not r.verdict.passes), found)
        record = Record(name, self.formulas.get(name, ""), found, known, typeset, self._reading(name))
        self.records.append(record)
        publish(record)
        if self.strict and not found.passes:
            raise CheckError(f"({name}) {found.kind}\n{found.report(record.tex)}")

    def _reading(self, name: str) -> Reading:
        """How a formula was read, for the ledger of a site that builds."""
        if BUILDING not in os.environ or name not in self.judged:
            return {}
        judged = self.judged[name][-1]
        return reading(judged.formula, judged.way)


def _agree(samples: Samples, found: Definition | FormulaError, by: Hand | None) -> Agree:
    if isinstance(found, FormulaError):
        raise found
    return Agree(samples, found, by)


def _kept(ranges: Mapping[str, Iterable[int]]) -> dict[str, tuple[int, ...]]:
    """Ranges that can be gone through again."""
    return {name: tuple(values) for name, values in ranges.items()}


def _raise(error: Exception) -> Verdict:
    raise error


def _refused(error: FormulaError, tex: str | None) -> Verdict:
    """A formula without a value: fails, with the refusal as the note."""
    advice = f" {error.advice}" if error.advice else ""
    if error.tex in (None, tex):
        stop = "" if error.problem.endswith("?") else "."
        return Verdict("fails", note=f"{error.problem}{stop}{advice}", place=error.span)
    return Verdict("fails", note=f"In another formula: {error}")


def publish(record: Record) -> None:
    """Show a verdict: as data for the site, and as one line for people in a notebook."""
    display({MIME: record.as_dict(), "text/plain": f"({record.name}) {record.verdict.summary()}"}, {})


def display(bundle: dict[str, Any], metadata: dict[str, Any]) -> None:
    """Display a bundle in a kernel, and nothing anywhere else."""
    shell = sys.modules["IPython"].get_ipython() if "IPython" in sys.modules else None
    if shell is not None and getattr(shell, "kernel", None) is not None:
        from IPython.display import display as show  # noqa: PLC0415 - there is a kernel, so it is loaded

        show(bundle, metadata=metadata, raw=True)  # type: ignore[no-untyped-call]


_current: list[Page] = []


def open_page(data: str, *, strict: bool | None = None) -> Page:
    """Make the page whose formulas `data` holds the current one; see `recompute.collect.Collected.data`."""
    _current[:] = [Page(**json.loads(data), strict=strict)]
    return _current[0]


def current() -> Page:
    """The page that code is running on.

    Raises:
        ImportError: code is running on none.
    """
    if not _current:
        raise ImportError(
            "there is no page here: `from recompute import page` works in a code cell of a page; "
            "run `python -m recompute docs/page.md`, or build the site"
        )
    return _current[0]


__all__ = ["MIME", "CheckError", "Page", "Record", "current", "open_page"]
