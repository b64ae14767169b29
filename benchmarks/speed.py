"""How long the site takes to build and a formula to be checked, beside the limits: `nox -s bench`.

Nothing here passes or fails. Figures depend on the machine; compare them on one that is at rest.
"""

from __future__ import annotations

import json
import os
import pickle
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from docutils import nodes

from bptt import draws
from recompute import verdict
from recompute.judge import judge
from recompute.notebook import Page
from recompute.world import World

ROOT = Path(__file__).parents[1]
PER_FORMULA, SLOWEST, LANGUAGE, PAGE, NOTHING, SENTENCE, MISPRINTS = 0.005, 0.5, 0.5, 2.0, 2.0, 3.0, 90.0
CLEAN, MATHEMATICS = 45.0, 2.0


def row(what: str, seconds: float, limit: float) -> None:
    """Print one line of the table."""
    print(f"{what:<58}{seconds:>10.3f} s{limit:>10.3f} s")


def build(folder: Path, **variables: str) -> tuple[float, int]:
    """Build the copy of the book in `folder`: seconds, and how many pages had their cells run."""
    command = [sys.executable, "-m", "sphinx", "-v", "-c", "conf", "-n", "-W", "-d", "build/doctrees"]
    began = time.perf_counter()
    done = subprocess.run(  # noqa: S603 - our own command
        [*command, "docs", "build/html"],
        cwd=folder,
        capture_output=True,
        text=True,
        check=False,
        env=os.environ | variables,
    )
    if done.returncode:
        sys.exit(done.stderr)
    return time.perf_counter() - began, done.stdout.count("recompute: running the cells of")


def site() -> None:
    """Time a clean build, a build with nothing changed, and one with a changed sentence."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        for part in ("conf", "docs", "src"):
            shutil.copytree(ROOT / part, folder / part, ignore=shutil.ignore_patterns("__pycache__", "*.egg-info"))
        shutil.copy(ROOT / "CITATION.cff", folder)
        pages = len(list((folder / "docs").glob("*.md")))
        seconds, ran = build(folder)
        row(f"clean build, {pages} pages, cells of {ran} run", seconds, CLEAN)
        mathematics(folder)
        row("nothing changed", statistics.median(build(folder)[0] for _ in range(3)), NOTHING)
        page = folder / "docs" / "product-rule.md"
        page.write_text(page.read_text(encoding="utf-8") + "\nOne more sentence.\n", encoding="utf-8")
        seconds, ran = build(folder)
        row(f"one changed sentence, cells of {ran} pages run", seconds, SENTENCE)
        seconds, ran = build(folder, RECOMPUTE_MISPRINTS="1")
        row(f"every misprint of every formula, {ran} pages", seconds, MISPRINTS)


def mathematics(folder: Path) -> None:
    """Time KaTeX with every formula of the pages, and as MathML with every reading of one, in a single process."""
    sys.path.insert(0, str(ROOT / "conf" / "extensions"))
    import typeset  # noqa: PLC0415 - the site's own extension, and no package

    asked = {}
    for path in sorted((folder / "build" / "doctrees").rglob("*.doctree")):
        tree = pickle.loads(path.read_bytes())  # noqa: S301 - our own
        asked |= {(node.astext(), False, (), "htmlAndMathml"): None for node in tree.findall(nodes.math)}
        asked |= {(node.astext(), True, (), "htmlAndMathml"): None for node in tree.findall(nodes.math_block)}
    rows = json.loads((folder / "build" / "html" / "ledger.json").read_text(encoding="utf-8"))["formulas"]
    asked |= {(one["reading"]["tex"], True, (), "mathml"): None for one in rows if one["reading"]}
    began = time.process_time()
    for formula in asked:
        typeset.set_formula(*formula)
    row(f"setting all mathematics, {len(asked)} different formulas", time.process_time() - began, MATHEMATICS)


def formulas() -> None:
    """Time the check of every formula of the book."""
    spent: list[float] = []
    check = verdict.check

    def timed(*args: object, **options: object) -> verdict.Verdict:
        began = time.perf_counter()
        try:
            return check(*args, **options)  # type: ignore[arg-type]  # handed on as they come
        finally:
            spent.append(time.perf_counter() - began)

    verdict.check = timed
    for path in sorted((ROOT / "docs").glob("*.md")):
        judge(path, ROOT / "docs" / "notation.md")
    verdict.check = check
    row(f"check of a formula, median of {len(spent)}", statistics.median(spent), PER_FORMULA)
    row("check of a formula, slowest", max(spent), SLOWEST)


def derivative() -> None:
    """Count the runs that the derivative of a state by a matrix takes: one for each entry, and none a second time."""
    shared = {
        "label": "state",
        "tex": r"s_t = \tanh(U x_t + W s_{t-1} + b) \qquad 1 \le t \le T",
        "abbreviation": False,
    }
    page, runs, perturbed = Page({}, use=[shared]), 0, World.perturbed

    def counted(*args: object, **options: object) -> object:
        nonlocal runs
        runs += 1
        return perturbed(*args, **options)  # type: ignore[arg-type]  # handed on as they come

    World.perturbed = counted
    page.draw(draws.rnn, sequences=["x", "y"])
    for _ in range(2):
        entries = page.value(r"\frac{\mathrm d s_3}{\mathrm d W}", seed=0)[0].size
    World.perturbed = perturbed
    print(f"{f'runs for a derivative by a matrix of {entries} entries':<58}{runs:>10}  {entries:>10}")


def language() -> None:
    """Time the language from the start of Python to the first formula, without the start itself."""

    def run(code: str) -> float:
        began = time.perf_counter()
        subprocess.run([sys.executable, "-c", code], check=True)  # noqa: S603 - our own command
        return time.perf_counter() - began

    read = "from recompute.parse import parse; parse('a = b')"
    page = str(ROOT / "docs" / "not-a-constant.md")
    began = time.perf_counter()
    subprocess.run([sys.executable, "-m", "recompute", page], check=True, capture_output=True)  # noqa: S603 - the same
    row("one page judged without Sphinx", time.perf_counter() - began, PAGE)
    row("language ready", statistics.median(run(read) - run("import numpy") for _ in range(5)), LANGUAGE)


if __name__ == "__main__":
    print(f"{'':<58}{'measured':>12}{'limit':>12}")
    language()
    formulas()
    derivative()
    site()
