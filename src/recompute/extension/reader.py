"""Run the code cells of a page when something they depend on has changed, and otherwise give their kept outputs.

MyST-NB calls `read` for every page (its setting `nb_custom_formats`) and finds the outputs in place, so it executes
nothing itself. The outputs of a page are one file in `build/cells`, named by the key of `cachekey`, written whole or
not at all, and refused if a byte of it has changed. A page whose cells raise or write to stderr is not kept.
"""

from __future__ import annotations

import hashlib
import json
import logging as python_logging
import os
import re
import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

import nbformat
from jupyter_client.manager import KernelManager
from myst_nb.core.read import read_myst_markdown_notebook
from myst_parser.config.main import MdParserConfig
from nbclient import NotebookClient
from nbclient.exceptions import CellTimeoutError, DeadKernelError
from sphinx.util import logging

from recompute.collect import SYNTAX, collect, shared_of
from recompute.extension import cachekey
from recompute.notebook import BUILDING

if TYPE_CHECKING:
    from collections.abc import Sequence

    from nbformat import NotebookNode
    from sphinx.application import Sphinx
    from sphinx.environment import BuildEnvironment

    from recompute.collect import Collected, Shared

logger = logging.getLogger(__name__)
PROLOGUE = "from recompute.notebook import open_page\nopen_page({data!r});"
quiet = python_logging.getLogger("recompute.kernel")  # nbclient tells of every cell; what matters is reported below
quiet.setLevel(python_logging.ERROR)
KernelManager.transport_encryption.default_value = "auto"  # the kernel of this machine, on this machine: and no warning about it
_app: list[Sphinx] = []  # MyST-NB hands a reader the text alone
_shared: dict[str, Shared] = {}


def setup(app: Sphinx) -> None:
    """Listen for the beginning of a build, and for the question which pages are out of date."""
    app.connect("builder-inited", begin)
    app.connect("env-get-outdated", outdated)


def begin(app: Sphinx) -> None:
    """Remember the application, and read the shared definitions."""
    _app[:] = [app]
    _shared.clear()
    paths = [Path(app.env.doc2path(name)) for name in app.config.recompute_shared]
    _shared.update(shared_of([collect(path.read_text(encoding="utf-8")) for path in paths if path.is_file()]))


def outdated(app: Sphinx, env: BuildEnvironment, added: set[str], changed: set[str], removed: set[str]) -> list[str]:
    """The pages whose outputs depend on something that has changed since they were read."""
    known = env.domains["recompute"].data["pages"]
    rest = sorted(env.found_docs & known.keys() - added - changed - removed)
    return [name for name in rest if known[name]["key"] != key_of(Path(env.doc2path(name)).read_text(encoding="utf-8"))]


def key_of(text: str) -> str | None:
    """The key of a page, or None if it has no cells."""
    try:
        found = collect(text)
        return _key(found, found.data(_shared)) if found.cells else None
    except (ValueError, KeyError):
        return None


def _key(found: Collected, data: str) -> str:
    app = _app[0]
    return cachekey.key(data, [code for _, code in found.cells], [Path(app.confdir, source) for source in app.config.recompute_sources])


def read(text: str) -> NotebookNode:
    """A page as a notebook whose cells have their outputs."""
    notebook = read_myst_markdown_notebook(text, MdParserConfig(enable_extensions=set(SYNTAX)), add_source_map=True)
    notebook.metadata.pop("recompute", None)
    notebook.metadata["kernelspec"] = {"name": "python3", "display_name": "Python 3"}
    notebook.metadata["language_info"] = {"name": "python", "pygments_lexer": "ipython3"}
    cells = [cell for cell in notebook.cells if cell.cell_type == "code"]
    docname = _app[0].env.current_document.docname
    try:
        found = collect(text)
        data = found.data(_shared)
    except (ValueError, KeyError) as error:
        logger.warning("%s", error.args[0], location=(docname, 1), type="recompute")
        return notebook
    if cells:
        key = _key(found, data)
        outputs = load(key, len(cells))
        if outputs is None:
            logger.verbose("recompute: running the cells of %s", docname)
            outputs = execute(cells, data, docname, [line for line, _ in found.cells])
            if not _troubled(outputs):
                save(key, outputs)
        _report(outputs, docname, [line for line, _ in found.cells])
        for cell, output in zip(cells, outputs, strict=True):
            cell.outputs = [nbformat.from_dict(one) for one in output]
    return notebook


def folder() -> Path:
    """Where outputs are kept: beside the doctrees."""
    return Path(_app[0].doctreedir).parent / "cells"


def load(key: str, count: int) -> list[list[dict[str, Any]]] | None:
    """The kept outputs of a page, or None if there are none, or not whole."""
    try:
        kept = json.loads((folder() / f"{key}.json").read_text(encoding="utf-8"))
        outputs = kept["outputs"]
        whole = kept["sha256"] == _digest(outputs) and len(outputs) == count
    except (OSError, ValueError, KeyError, TypeError):
        return None
    return outputs if whole else None


def save(key: str, outputs: list[list[dict[str, Any]]]) -> None:
    """Keep outputs: a file appears under its name when it is complete."""
    folder().mkdir(parents=True, exist_ok=True)
    handle, name = tempfile.mkstemp(dir=folder(), suffix=".part")
    with os.fdopen(handle, "w", encoding="utf-8") as file:
        json.dump({"sha256": _digest(outputs), "outputs": outputs}, file, ensure_ascii=False)
    Path(name).replace(folder() / f"{key}.json")


def _digest(outputs: object) -> str:
    return hashlib.sha256(json.dumps(outputs, sort_keys=True).encode()).hexdigest()


def execute(cells: Sequence[NotebookNode], data: str, docname: str, lines: Sequence[int]) -> list[list[dict[str, Any]]]:
    """Run cells in a fresh kernel, in an empty folder, after one cell that gives them the page's formulas."""
    first = nbformat.v4.new_code_cell(PROLOGUE.format(data=data))
    copies = [nbformat.v4.new_code_cell(cell.source) for cell in cells]
    notebook = nbformat.v4.new_notebook(cells=[first, *copies])
    began = time.perf_counter()
    with tempfile.TemporaryDirectory() as empty:
        how = {"timeout": _app[0].config.recompute_timeout, "kernel_name": "python3", "shutdown_kernel": "immediate"}
        client = NotebookClient(notebook, allow_errors=True, record_timing=False, resources={"metadata": {"path": empty}}, **how)
        client.log = quiet
        try:
            client.execute(env={**os.environ, BUILDING: "1"})
        except (CellTimeoutError, DeadKernelError) as error:
            reached = max((position for position, cell in enumerate(copies) if cell.execution_count), default=0)
            text = re.sub(r"\s+", " ", str(error)).strip()[:200]
            logger.warning("the kernel gave up in this cell or the next: %s", text, location=(docname, lines[reached]), type="recompute")
            return [[{"output_type": "error", "ename": "", "evalue": "", "traceback": []}] for _ in cells]
    logger.verbose("recompute: ran %s in %.1f s", docname, time.perf_counter() - began)
    found = [json.loads(json.dumps(cell.outputs)) for cell in [first, *copies]]
    return [[*found[0], *found[1]], *found[2:]] if found[0] else found[1:]


def _troubled(outputs: Sequence[Sequence[dict[str, Any]]]) -> bool:
    return any(one["output_type"] == "error" or one.get("name") == "stderr" for output in outputs for one in output)


def _report(outputs: Sequence[Sequence[dict[str, Any]]], docname: str, lines: Sequence[int]) -> None:
    for line, output in zip(lines, outputs, strict=True):
        for one in output:
            if one["output_type"] == "error" and one["ename"]:
                where = _line_in_cell(one["traceback"])
                logger.warning("this cell raised %s: %s", one["ename"], one["evalue"], location=(docname, line + where), type="recompute")
            elif one.get("name") == "stderr":
                logger.warning("this cell wrote to stderr: %s", one["text"].strip(), location=(docname, line), type="recompute")


def _line_in_cell(traceback: Sequence[str]) -> int:
    """How far below the first line of the cell the error arose, as IPython's arrow says it."""
    plain = re.sub(r"\x1b\[[0-9;]*m", "", "\n".join(traceback))
    inside = re.search(r"(?:Cell|Input) (?:In)?\s*\[?\d*\]?.*?line (\d+)", plain)
    arrow = re.search(r"(?m)^-+>\s*(\d+)", plain)
    found = inside or arrow
    return int(found[1]) - 1 if found else 0
