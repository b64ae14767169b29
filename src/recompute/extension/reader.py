"""Run the code cells of a page when something they depend on has changed, and otherwise give their kept outputs.

MyST-NB calls `read` for every page (its setting `nb_custom_formats`) and finds the outputs in place, so it executes
nothing itself. A page whose cells raise or write to stderr is not kept.
"""

from __future__ import annotations

import json
import os
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

import nbformat
from myst_nb.core.read import MystMetadataParsingError, read_myst_markdown_notebook
from myst_parser.config.main import MdParserConfig
from sphinx.util import logging

from recompute import tally
from recompute.collect import SYNTAX, Collected, collect, shared_of
from recompute.extension import kept
from recompute.extension.cachekey import Surroundings, digest, imports
from recompute.extension.formulas import Published, Read
from recompute.extension.kernel import Run, execute
from recompute.outcome import MIME
from recompute.tally import Tally

if TYPE_CHECKING:
    from collections.abc import Iterator

    from nbformat import NotebookNode
    from sphinx.application import Sphinx
    from sphinx.environment import BuildEnvironment

    from recompute.collect import Shared
    from recompute.extension.kept import Outputs

IMPORTS = "imports"  # the name under which it is kept what the modules import
NOTE = "recompute"  # under this name `read` leaves a `Read` in Sphinx's notes on the current document
logger = logging.getLogger(__name__)


class Build:
    """What all pages of one build share: the application, the shared definitions, the modules that cells import."""

    def __init__(self, app: Sphinx) -> None:
        self.app = app
        self.folder = Path(app.doctreedir).parent / "cells"
        self.shared: dict[str, Shared] = {}
        for path in (Path(app.env.doc2path(name)) for name in app.config.recompute_shared):
            if path.is_file():
                self.shared |= shared_of([collected(path.read_text(encoding="utf-8"))[0]])
        self.imports: dict[str, list[str]] = kept.load(self.folder, IMPORTS) or {}
        self.known = len(self.imports)
        self.modules = self.look()

    def look(self) -> Surroundings:
        """The modules as they are now."""
        sources = [Path(self.app.confdir, source).resolve() for source in self.app.config.recompute_sources]
        return Surroundings(sources, self.imports)

    def surroundings(self, names: tuple[str, ...], use: tuple[str, ...], modules: Surroundings | None = None) -> str:
        """A digest of all that a page's outputs depend on and that does not stand on the page."""
        shared = {label: repr(self.shared.get(label)) for label in use}
        key = (modules or self.modules).key(names)
        if len(self.imports) > self.known:  # the next build need not parse these modules again
            self.known = len(self.imports)
            kept.save(self.folder, IMPORTS, self.imports)
        return digest(shared, key)


_build: list[Build] = []  # the one that is going on: MyST-NB hands a reader the text alone


def setup(app: Sphinx) -> None:
    """Listen for the beginning of a build, and for the question which pages are out of date."""
    app.connect("builder-inited", begin)
    app.connect("env-get-outdated", outdated)


def begin(app: Sphinx) -> None:
    """Look at what the pages share."""
    _build[:] = [Build(app)]


def outdated(app: Sphinx, env: BuildEnvironment, added: set[str], changed: set[str], removed: set[str]) -> list[str]:
    """The pages whose text, or what their outputs depend on, is not what it was when they were read."""
    known = env.domains["recompute"].data["pages"]
    rest = sorted(env.found_docs & known.keys() - added - changed - removed)
    return [name for name in rest if not _current(known[name].read, Path(env.doc2path(name)))]


def _current(page: Read, path: Path) -> bool:
    if page.text != digest(path.read_text(encoding="utf-8")) or (page.records and trying() and not page.tallies):
        return False
    return not page.surroundings or page.surroundings == _build[0].surroundings(page.imports, page.use)


def trying() -> bool:
    """Whether this build tries misprints."""
    return tally.TRYING in os.environ


def collected(text: str) -> tuple[Collected, str | None]:
    """What `collect` finds on a page, and why the settings at its head cannot be read, if they cannot."""
    try:
        return collect(text), None
    except ValueError as error:
        return Collected(), str(error)


def read(text: str) -> NotebookNode:
    """A page as a notebook whose cells have their outputs."""
    env = _build[0].app.env
    notebook, found, data, problem = _parsed(text, env.docname)
    notebook.metadata.pop("recompute", None)
    notebook.metadata["kernelspec"] = {"name": "python3", "display_name": "Python 3"}
    notebook.metadata["language_info"] = {"name": "python", "pygments_lexer": "ipython3"}
    cells = [cell for cell in notebook.cells if cell.cell_type == "code"]
    note = Read(digest(text), whole=problem is None)
    if problem is None and len(cells) != len(found.cells):
        problem = "a code cell stands inside a directive\nMove it out: cells run where nothing is around them."
    if problem is not None:
        logger.warning("%s", problem, location=(env.docname, _head(text)), type="recompute")
    elif cells:
        note, run = _outputs(note.text, found, data, env.docname)
        for cell, output in zip(cells, run.outputs, strict=True):
            cell.outputs = [nbformat.from_dict(one) for one in _shown(output)]  # type: ignore[no-untyped-call]
    env.current_document[NOTE] = note
    return notebook


def _shown(output: list[dict[str, Any]]) -> Iterator[dict[str, Any]]:
    """What a page shows of a cell's output: a verdict has its mark elsewhere, and nothing here but what it typesets."""
    for one in output:
        published = one.get("data", {}).get(MIME)
        if published is None and tally.MIME not in one.get("data", {}):
            yield one
        elif published is None:
            continue
        elif (json.loads(published) if isinstance(published, str) else published)["typeset"]:
            yield {**one, "data": {MIME: published}}


def _parsed(text: str, docname: str) -> tuple[NotebookNode, Collected, str, str | None]:
    """A page as a notebook, what `collect` finds on it, what its cells are given, and why none of that can be had."""
    found, problem = collected(text)
    try:
        markdown = MdParserConfig(enable_extensions=set(SYNTAX))
        notebook = read_myst_markdown_notebook(text, markdown, add_source_map=True)
        notebook.metadata["source_map"] = list(_starts(notebook, text.splitlines()))
        return notebook, found, found.data(_build[0].shared), problem
    except KeyError as error:
        return notebook, found, "", str(error.args[0])
    except MystMetadataParsingError as error:
        title = nbformat.v4.new_markdown_cell(f"# {docname}")  # type: ignore[no-untyped-call]
        notebook = nbformat.v4.new_notebook(cells=[title], metadata={"source_map": [0]})  # type: ignore[no-untyped-call]
        return notebook, Collected(), "", problem or " ".join(str(error).split())


def _starts(notebook: NotebookNode, lines: list[str]) -> Iterator[int]:
    """Where the cells begin: MyST-NB forgets the blank lines that it strips, and counts one line too many."""
    for cell, start in zip(notebook.cells, notebook.metadata["source_map"], strict=True):
        blank = (
            next((n for n, line in enumerate(lines[start:]) if line.strip()), 0) if cell.cell_type == "markdown" else 0
        )
        yield start + blank - 1


def _head(text: str) -> int:
    """The line of the settings at the head of a page."""
    lines = text.splitlines()
    return next((number for number, line in enumerate(lines, 1) if line.startswith("recompute")), 1)


def _outputs(text: str, found: Collected, data: str, docname: str) -> tuple[Read, Run]:
    """The outputs of a page's cells, kept or fresh."""
    codes = [code for _, code in found.cells]
    names, use = tuple(sorted({name for code in codes for name in imports(code)})), found.settings.use
    surroundings = _build[0].surroundings(names, use)
    key = digest(surroundings, data, codes)
    outputs = kept.load(_build[0].folder, key)
    if outputs is not None and trying() and not _data(outputs, tally.MIME):
        outputs = None
    run = Run(outputs) if outputs is not None else _run(found, data, docname)
    if outputs is None and not run.troubles and surroundings == _build[0].surroundings(names, use, _build[0].look()):
        kept.save(_build[0].folder, key, run.outputs)  # no module has changed meanwhile
    records = tuple(_records(found, run))
    tallies = {name: Tally.of(one) for data in _data(run.outputs, tally.MIME) for name, one in data.items()}
    return Read(text, names, use, surroundings, records, tallies, whole=not run.troubles), run


def _data(outputs: Outputs, mime: str) -> list[dict[str, Any]]:
    """What cells have put out under a name, as data."""
    found = [one["data"][mime] for output in outputs for one in output if mime in one.get("data", {})]
    return [json.loads(data) if isinstance(data, str) else data for data in found]


def _run(found: Collected, data: str, docname: str) -> Run:
    logger.verbose("recompute: running the cells of %s", docname)
    began = time.perf_counter()
    codes, timeout = [code for _, code in found.cells], _build[0].app.config.recompute_timeout
    run = execute(codes, data, timeout, misprints=trying())
    logger.verbose("recompute: ran the cells of %s in %.1f s", docname, time.perf_counter() - began)
    for trouble in run.troubles:
        line = found.cells[trouble.cell][0] + trouble.offset
        logger.warning("%s", trouble.problem, location=(docname, line), type="recompute")
    return run


def _records(found: Collected, run: Run) -> Iterator[Published]:
    for (line, code), output in zip(found.cells, run.outputs, strict=True):
        for published in (one["data"][MIME] for one in output if MIME in one.get("data", {})):
            record = json.loads(published) if isinstance(published, str) else published
            yield Published.of(record, line + _offset(code, record["name"]))


def _offset(code: str, name: str) -> int:
    """How far below the first line of a cell a formula is named; 0 if it is not."""
    return next((number for number, row in enumerate(code.splitlines()) if f'"{name}"' in row or f"'{name}'" in row), 0)
