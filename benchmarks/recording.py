"""Where recorded data come from: the program that made them, the machine, the versions, the day."""

from __future__ import annotations

import datetime as dt
import os
import platform
from importlib.metadata import version
from pathlib import Path


def origin(script: str, *libraries: str) -> dict[str, str]:
    """Describe this run, for the head of a file of recorded data.

    Args:
        script: the program, as a path from the root of the project.
        libraries: the distributions whose versions matter.

    Returns:
        script, machine, versions and date.
    """
    about = Path("/proc/cpuinfo")
    lines = about.read_text(encoding="utf-8").splitlines() if about.exists() else []
    processor = next((line.split(":")[1].strip() for line in lines if line.startswith("model name")), "")
    versions = [f"Python {platform.python_version()}", *(f"{name} {version(name)}" for name in libraries)]
    return {
        "script": script,
        "machine": f"{processor or platform.machine()}, {os.cpu_count()} cores, {platform.system()}, one thread used",
        "versions": ", ".join(versions),
        "date": dt.datetime.now(dt.UTC).date().isoformat(),
    }
