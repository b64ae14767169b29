"""Outputs of pages on the disk: one file per key, written whole or not at all, and refused if a byte of it has changed.

What cannot be read is taken as not there, and what cannot be written is not kept: the cells run again, that is all.
"""

from __future__ import annotations

import json
import os
import shutil
import tempfile
from contextlib import suppress
from pathlib import Path
from typing import Any

from recompute.extension.cachekey import digest

Outputs = list[list[dict[str, Any]]]  # of every cell, what it has put out, as a notebook has it


def load(folder: Path, key: str) -> Any:  # noqa: ANN401 - outputs, or what files import
    """What is kept under a key, or None if there is nothing, or not whole."""
    try:
        kept = json.loads((folder / f"{key}.json").read_text(encoding="utf-8"))
        outputs = kept["outputs"]
        return outputs if kept["digest"] == digest(key, outputs) else None
    except (OSError, ValueError, KeyError, TypeError, RecursionError):
        return None


def save(folder: Path, key: str, outputs: object) -> None:
    """Keep plain data under a key: the file appears under its name when it is complete."""
    path = folder / f"{key}.json"
    with suppress(OSError):
        folder.mkdir(parents=True, exist_ok=True)
        if path.is_dir():
            shutil.rmtree(path)
        handle, part = tempfile.mkstemp(dir=folder, suffix=".part")
        with os.fdopen(handle, "w", encoding="utf-8") as file:
            json.dump({"digest": digest(key, outputs), "outputs": outputs}, file, ensure_ascii=False)
        Path(part).replace(path)
