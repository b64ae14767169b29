"""Judge the formulas of pages without building the site: `python -m recompute docs/page.md`."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from recompute.judge import judge
from recompute.notebook import current
from recompute.tally import Tally

if TYPE_CHECKING:
    from recompute.judge import Finding


def main(arguments: list[str] | None = None) -> int:
    """Print a line for every formula, and a report for every one that does not pass; 0 if all pass, else 1."""
    parser = argparse.ArgumentParser(prog="python -m recompute", description="Judge the formulas of pages.")
    parser.add_argument("pages", nargs="+", type=Path, help="MyST pages, such as docs/product-rule.md")
    parser.add_argument(
        "--shared", type=Path, help="the page of shared definitions (default: notation.md beside the page)"
    )
    parser.add_argument("--quiet", action="store_true", help="print failures alone")
    parser.add_argument("--misprints", action="store_true", help="try what each check would have noticed as well")
    options = parser.parse_args(arguments)
    missing = [str(path) for path in options.pages if not path.is_file()]
    if missing:
        parser.error(f"{', '.join(missing)}: no such file")
    bad = [_page(path, options.shared or path.with_name("notation.md"), options) for path in options.pages]
    return 1 if any(bad) else 0


def _page(path: Path, shared: Path, options: argparse.Namespace) -> int:
    """Print what became of one page's formulas; the number of those that do not pass."""
    try:
        found = judge(path, shared)
    except (ValueError, KeyError) as error:
        sys.stdout.write(f"{path}: {error.args[0] if isinstance(error, KeyError) else error}\n")
        return 1
    for finding in found:
        if not finding.passes:
            sys.stdout.write(f"{finding.report}\n")
        elif not options.quiet:
            sys.stdout.write(f"{finding.line_text}\n")
    bad = sum(not finding.passes for finding in found)
    sys.stdout.write(f"{path}: {len(found) - bad} of {len(found)} pass\n")
    return bad + (_misprints(path, found, quiet=options.quiet) if options.misprints else 0)


def _misprints(path: Path, findings: list[Finding], *, quiet: bool) -> int:
    """Print what became of the misprints of each formula; the number of formulas of which one was missed."""
    from recompute.trial import trials  # noqa: PLC0415 - only who asks for it waits for it

    lines = {finding.name: finding.line for finding in findings}
    tallies = trials(current())
    for name, tally in tallies.items():
        if tally.missed or not quiet:
            sys.stdout.write(f"{path}:{lines.get(name, 1)}: ({name}) {tally.summary()}\n")
        for missed in tally.missed:
            sys.stdout.write(f"    {missed}\n")
    weak = sum(bool(tally.missed) for tally in tallies.values())
    sys.stdout.write(f"{path}: {sum(tallies.values(), Tally()).summary()}\n")
    return weak


if __name__ == "__main__":
    sys.exit(main())
