"""Judge the formulas of pages without building the site: `python -m recompute docs/page.md`."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from recompute.judge import judge


def main(arguments: list[str] | None = None) -> int:
    """Print a line for every formula, and a report for every one that does not pass; 0 if all pass, else 1."""
    parser = argparse.ArgumentParser(prog="python -m recompute", description="Judge the formulas of pages.")
    parser.add_argument("pages", nargs="+", type=Path, help="MyST pages, such as docs/product-rule.md")
    parser.add_argument(
        "--shared", type=Path, help="the page of shared definitions (default: notation.md beside the page)"
    )
    parser.add_argument("--quiet", action="store_true", help="print failures alone")
    options = parser.parse_args(arguments)
    missing = [str(path) for path in options.pages if not path.is_file()]
    if missing:
        parser.error(f"{', '.join(missing)}: no such file")
    bad = [_show(path, options.shared or path.with_name("notation.md"), quiet=options.quiet) for path in options.pages]
    return 1 if any(bad) else 0


def _show(path: Path, shared: Path, *, quiet: bool) -> int:
    """Print what became of one page's formulas; the number of those that do not pass."""
    try:
        found = judge(path, shared)
    except (ValueError, KeyError) as error:
        sys.stdout.write(f"{path}: {error.args[0] if isinstance(error, KeyError) else error}\n")
        return 1
    for finding in found:
        if not finding.passes:
            sys.stdout.write(f"{finding.report}\n")
        elif not quiet:
            sys.stdout.write(f"{finding.line_text}\n")
    bad = sum(not finding.passes for finding in found)
    sys.stdout.write(f"{path}: {len(found) - bad} of {len(found)} pass\n")
    return bad


if __name__ == "__main__":
    sys.exit(main())
