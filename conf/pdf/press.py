"""Print the built site as one book.

    python conf/pdf/press.py build/html build/book.pdf      # `nox -s pdf` does it, and compares the book with the site

Chromium prints, and prints again: the first print tells on which pages the chapters stand, the second says so in the
table of contents. Then the file gets its metadata and the words of its outline, in which Chromium drops formulas; what
reads out a formula is tagged as one; and the objects are compressed, to half the size.
"""

from __future__ import annotations

import argparse
import os
import shutil
import subprocess
import sys
import tempfile
import time
import tomllib
from pathlib import Path
from typing import TYPE_CHECKING

import pikepdf
from bind import SPOKEN, bind

if TYPE_CHECKING:
    from collections.abc import Iterator

    from bind import Book

BROWSERS = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
MISSING = """\
The book is printed by Chromium or Chrome; none of {names} is on the PATH. Install it:
    Debian:  apt-get install chromium fonts-noto-cjk fonts-liberation
    Fedora:  dnf install chromium google-noto-sans-cjk-fonts liberation-fonts
    macOS:   brew install --cask google-chrome
    Windows: winget install Google.Chrome
Then say where it is, unless it is on the PATH: CHROMIUM=/path/to/chromium nox -s pdf"""
FLAGS = (
    "--headless",
    "--disable-gpu",
    "--disable-background-networking",
    "--host-resolver-rules=MAP * ~NOTFOUND",  # nothing is fetched
    "--no-pdf-header-footer",
    "--generate-pdf-document-outline",
    "--no-first-run",
)
PYPROJECT = Path(__file__).parents[2] / "pyproject.toml"


def chromium() -> str:
    """Find the browser, or say how to get one."""
    named = os.environ.get("CHROMIUM")
    found = next(filter(None, map(shutil.which, [named] if named else BROWSERS)), None)
    if found is None:
        sys.exit(MISSING.format(names=named or ", ".join(BROWSERS)))
    return found


def press(page: Path, out: Path) -> None:
    """Print a page of HTML."""
    out.unlink(missing_ok=True)
    with tempfile.TemporaryDirectory() as profile:
        root = ["--no-sandbox"] if hasattr(os, "geteuid") and os.geteuid() == 0 else []
        command = [
            chromium(),
            *FLAGS,
            *root,
            f"--user-data-dir={profile}",
            f"--print-to-pdf={out}",
            page.resolve().as_uri(),
        ]
        done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=900)  # noqa: S603 - Chromium
    if not out.is_file():
        sys.exit(f"Chromium printed nothing:\n{done.stderr}")


def page_numbers(pdf: pikepdf.Pdf, anchors: set[str]) -> dict[str, int]:
    """Find on which page each anchor stands; the pages are counted from 1."""
    place = {page.objgen: number for number, page in enumerate(pdf.pages, start=1)}
    targets = pdf.Root.Dests if "/Dests" in pdf.Root else {}
    return {name: place[targets[f"/{name}"][0].objgen] for name in anchors if f"/{name}" in targets}


def flat(item: pikepdf.Object | None) -> Iterator[pikepdf.Object]:
    """All items of an outline, in their order."""
    while item is not None:
        yield item
        yield from flat(item.get("/First"))
        item = item.get("/Next")


def finish(printed: Path, book: Book, out: Path, version: str) -> int:
    """Put the words of the headings into the outline, and the metadata into the file; return the number of pages."""
    with pikepdf.open(printed) as pdf:
        items = list(flat(pdf.Root.Outlines.get("/First")))
        if len(items) != len(book.headings):
            sys.exit(f"The outline has {len(items)} entries, but the book has {len(book.headings)} headings.")
        for item, words in zip(items, book.headings, strict=True):
            item.Title = pikepdf.String(words)
        for node in pdf.objects:
            if isinstance(node, pikepdf.Dictionary) and str(node.get("/Alt", "")).startswith(SPOKEN):
                node.S = pikepdf.Name.Formula
                node.Alt = pikepdf.String(str(node.Alt).removeprefix(SPOKEN))
        moment = time.gmtime(int(os.environ.get("SOURCE_DATE_EPOCH", time.time())))
        stamp = time.strftime("D:%Y%m%d%H%M%SZ", moment)
        title = str(pdf.docinfo["/Title"])
        for name, value in {
            "/Author": f"The authors of {title}",
            "/Subject": f"Version {version}",
            "/Creator": "nox -s pdf",
            "/CreationDate": stamp,
            "/ModDate": stamp,
        }.items():
            pdf.docinfo[name] = value
        pdf.Root.ViewerPreferences = pikepdf.Dictionary(DisplayDocTitle=True)
        pdf.Root.PageMode = pikepdf.Name.UseOutlines
        pdf.save(
            out,
            object_stream_mode=pikepdf.ObjectStreamMode.generate,
            recompress_flate=True,
            deterministic_id=True,
        )
        return len(pdf.pages)


def main(site: Path, out: Path) -> None:
    """Bind, print, number the contents, print again."""
    start = time.monotonic()
    version = tomllib.loads(PYPROJECT.read_text(encoding="utf-8"))["project"]["version"]
    work = out.parent / "pdf"
    book = bind(site, work / "book.html", version)
    book.write({})
    printed = work / "printed.pdf"
    press(book.out, printed)
    with pikepdf.open(printed) as pdf:
        numbers = page_numbers(pdf, {line.anchor for line in book.contents})
    book.write(numbers)
    press(book.out, printed)
    pages = finish(printed, book, out, version)
    print(f"{out}: {pages} pages, {out.stat().st_size / 1e6:.1f} MB, {time.monotonic() - start:.0f} s")


if __name__ == "__main__":
    arguments = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    arguments.add_argument("site", type=Path)
    arguments.add_argument("out", type=Path)
    main(**vars(arguments.parse_args()))
