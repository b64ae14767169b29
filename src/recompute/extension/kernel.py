"""Run code cells in a fresh kernel of this very Python, in an empty folder, out of reach of anybody's own settings."""

from __future__ import annotations

import json
import logging
import os
import re
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import nbformat
from ipykernel.kernelspec import get_kernel_dict
from jupyter_client.kernelspec import KernelSpec
from jupyter_client.manager import AsyncKernelManager, KernelManager
from nbclient import NotebookClient
from nbclient.exceptions import CellTimeoutError, DeadKernelError

from recompute.outcome import BUILDING

if TYPE_CHECKING:
    from collections.abc import Sequence

    from recompute.extension.kept import Outputs

PROLOGUE = "from recompute.notebook import open_page\nopen_page({data!r});"
EPILOGUE = "from recompute.trial import publish\npublish();"  # tries every misprint of every formula of the page
PERSONAL = {"PYTHONSTARTUP", "IPYTHONDIR"}  # what a kernel would run or read before the first cell
quiet = logging.getLogger("recompute.kernel")  # nbclient tells of every cell; what matters is reported by the reader
quiet.setLevel(logging.CRITICAL)
KernelManager.transport_encryption.default_value = "auto"  # both ends are on this machine: no warning about it


class ThisPython(AsyncKernelManager):
    """A kernel of the Python that builds the site, whatever kernels the user has installed under its name."""

    @property
    def kernel_spec(self) -> KernelSpec:
        """How it is started; a history of inputs would cost a tenth of a second and a lock on a database."""
        return KernelSpec(**get_kernel_dict(["--HistoryManager.enabled=False"]))


@dataclass(frozen=True)
class Trouble:
    """What was wrong with a run, in which cell, and how many lines below the cell's first line."""

    cell: int
    offset: int
    problem: str


@dataclass(frozen=True)
class Run:
    """The outputs of every cell as far as they ran, and what went wrong."""

    outputs: Outputs
    troubles: tuple[Trouble, ...] = ()


def execute(cells: Sequence[str], data: str, timeout: int, *, misprints: bool = False) -> Run:
    """Run cells after one that gives them the page's formulas; they go on when one of them raises.

    Args:
        cells: their code.
        data: what they are given, see `recompute.collect.Collected.data`.
        timeout: seconds for the slowest cell.
        misprints: whether to try the misprints of the page's formulas as well.
    """
    codes = [PROLOGUE.format(data=data), *cells, *([EPILOGUE] if misprints else [])]
    notebook = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(code) for code in codes])  # type: ignore[no-untyped-call]
    reached: list[int] = [0]
    with tempfile.TemporaryDirectory() as folder:
        client = _client(notebook, folder, timeout, reached)
        try:
            client.execute(env=_environment(folder))
            end = None
        except CellTimeoutError:
            advice = "Make it faster, or raise recompute_timeout in conf.py."
            end = f"this cell did not end within {timeout} seconds\n{advice}"
        except (DeadKernelError, RuntimeError, AssertionError) as error:
            if hasattr(client, "_async_cleanup_kernel_future"):  # nbclient takes Ctrl-C for itself, ends the kernel
                raise KeyboardInterrupt from None  # and stumbles over that
            reason = re.sub(r"\s+", " ", str(error)).strip()[:200]
            end = f"Python died in this cell ({reason})\nTake out what ends or crashes the process."
    first, *others = (json.loads(json.dumps(cell.outputs)) for cell in notebook.cells)
    if misprints:
        *others, last = others
        others[-1] = [*others[-1], *last]
    outputs = [[*first, *others[0]], *others[1:]]
    stop = [Trouble(min(max(reached[-1] - 1, 0), len(cells) - 1), 0, end)] if end else []
    return Run(outputs, (*_troubles(cells, outputs), *stop))


def _client(notebook: nbformat.NotebookNode, folder: str, timeout: int, reached: list[int]) -> NotebookClient:
    client = NotebookClient(
        notebook,
        kernel_manager_class=ThisPython,
        kernel_name="python3",
        timeout=timeout,
        allow_errors=True,
        record_timing=False,
        coalesce_streams=True,  # else a cell that prints twice has one output or two, as time has it
        shutdown_kernel="immediate",
        resources={"metadata": {"path": str(Path(folder, "empty"))}},
        on_cell_start=lambda cell, cell_index: reached.append(cell_index),  # noqa: ARG005 - nbclient names both
    )
    client.log = quiet
    Path(folder, "empty").mkdir()
    return client


def _environment(folder: str) -> dict[str, str]:
    inherited = {name: value for name, value in os.environ.items() if name not in PERSONAL}
    return {**inherited, BUILDING: "1", "IPYTHONDIR": str(Path(folder, "ipython")), "PYTHONHASHSEED": "0"}


def _troubles(cells: Sequence[str], outputs: Outputs) -> list[Trouble]:
    found = []
    for position, output in enumerate(outputs):
        for one in output:
            if one["output_type"] == "error":
                found.append(_raised(position, cells[position], one))
            elif one.get("name") == "stderr":
                text = f"this cell wrote to stderr:\n{_indented(one['text'])}\nMend what it complains of."
                found.append(Trouble(position, 0, text))
    return found


def _raised(position: int, code: str, error: dict[str, Any]) -> Trouble:
    offset = _line_in_cell(error["traceback"])
    line = dict(enumerate(code.splitlines())).get(offset or 0, "")
    reason = re.sub(r" \(\S+\.py, line \d+\)$", "", error["evalue"])  # IPython's own name of the cell
    return Trouble(position, offset, f"this cell raised {error['ename']}: {reason}\n{_indented(line)}\nMend the cell.")


def _indented(text: str) -> str:
    return "\n".join(f"    {line}" for line in text.strip().splitlines())


def _line_in_cell(traceback: Sequence[str]) -> int:
    """How far below the first line of the cell the error arose: IPython's traceback names cell and line per frame."""
    plain = re.sub(r"\x1b\[[0-9;]*m", "", "\n".join(traceback))
    frames = re.findall(r"(?m)^\s*Cell In ?\[(\d+)\], line (\d+)", plain)
    here = [int(line) for cell, line in frames if cell == frames[0][0]]  # others are functions of cells above
    return here[-1] - 1 if here else 0
