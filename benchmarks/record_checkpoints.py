"""Measure what the chapter “Trading memory for time” shows as recorded data: src/bptt/recorded/checkpoints.json.

Run `python benchmarks/record_checkpoints.py` with one thread (OPENBLAS_NUM_THREADS=1), best on a machine at rest. What
is measured is the time of the processor. Runs of the schedules alternate, and of each the shortest is kept: whatever
else the machine does can only add. The peak of memory is that of Python's own counting, in a run of its own.
"""

from __future__ import annotations

import json
import time
import tracemalloc
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import recording

from bptt import backward, checkpoint

if TYPE_CHECKING:
    from collections.abc import Callable

TARGET = Path(__file__).parents[1] / "src" / "bptt" / "recorded" / "checkpoints.json"
T, N, INPUTS, CLASSES = 1000, 256, 4, 4
ROUNDS = 9


def letters() -> dict[str, np.ndarray]:
    """Draw a network whose states are its largest part, and a sequence for it."""
    rng = np.random.default_rng(0)
    sizes = {"U": (N, INPUTS), "W": (N, N), "V": (CLASSES, N), "b": N, "c": CLASSES, "s_0": N}
    drawn = {name: rng.standard_normal(size) / np.sqrt(N) for name, size in sizes.items()}
    return drawn | {"x": rng.integers(INPUTS, size=T), "y": rng.integers(CLASSES, size=T)}


def programs() -> dict[str, tuple[checkpoint.Count, Callable[[], object]]]:
    """Give the plain sweep and the schedules, with what they cost."""
    given = letters()
    schedules = {
        "every state": checkpoint.segments(T, T),
        "segments": checkpoint.segments(T),
        "revolve, 44": checkpoint.revolve(T, 44),
        "revolve, 10": checkpoint.revolve(T, 10),
        "revolve, 5": checkpoint.revolve(T, 5),
    }
    found: dict[str, tuple[checkpoint.Count, Callable[[], object]]] = {
        "plain sweep": (checkpoint.Count(T, T), lambda: backward.backward(**given))
    }
    for name, schedule in schedules.items():
        run = lambda schedule=schedule: checkpoint.gradients(**given, schedule=schedule)  # noqa: E731  # one per schedule
        found[name] = checkpoint.count(schedule, T), run
    return found


def peak(program: Callable[[], object]) -> int:
    """Measure the peak of memory in bytes."""
    tracemalloc.start()
    program()
    found = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    return found


def times() -> dict[str, float]:
    """Run the programs in turns: the shortest run of each, in milliseconds of the processor."""
    spent: dict[str, list[float]] = {name: [] for name in programs()}
    for turn in range(ROUNDS + 1):
        for name, (_, program) in programs().items():
            began = time.process_time()
            program()
            if turn:  # the first round warms up
                spent[name].append(time.process_time() - began)
    return {name: float(f"{1000 * min(found):.3g}") for name, found in spent.items()}


if __name__ == "__main__":
    milliseconds = times()
    rows = [
        {"schedule": name, "steps": cost.steps, "stored": cost.peak, "ms": milliseconds[name], "bytes": peak(program)}
        for name, (cost, program) in programs().items()
    ]
    content = {
        "origin": recording.origin("benchmarks/record_checkpoints.py", "numpy"),
        "unit": f"milliseconds of the processor and bytes at the peak, {T} steps, {N} units, 1 sequence, float64",
        "rows": rows,
    }
    TARGET.write_text(json.dumps(content, indent=1) + "\n", encoding="utf-8")
