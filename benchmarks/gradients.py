"""Our gradients beside those of PyTorch and JAX, in one run: `nox -s peers`, and without the peers `nox -s bench`.

Each peer runs in a process of its own, on one thread. First all of them compute the gradients of the same minibatch,
and these have to agree. Then they take turns, in an order that is shuffled anew in every round; a time is the median of
the rounds, and a ratio the median of the ratios within the rounds, ours divided by the peer's: below 1 ours is faster.
The last column has the ratios to PyTorch and to JAX that the project wants to reach.

Nothing here passes or fails but the agreement. Figures depend on the machine; compare them on one that is at rest.
"""

from __future__ import annotations

import argparse
import json
import os
import random
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any, Self

import numpy as np
import peers

SIZES = ((4, 2, 3, 1), (25, 100, 65, 1), (50, 128, 65, 32), (100, 256, 65, 32), (200, 512, 65, 64))
DTYPES = {"float64": 1e-12, "float32": 2e-5}
"""The precisions, and how far apart the gradients may be, in units of the largest entry."""
GROWTH = (200, 400, 800)
"""The numbers of steps by which growth is measured, with 64 units, 65 tokens and 8 sequences."""
TO_REACH = {  # ratios to PyTorch and to JAX that this project has set itself
    **{(SIZES[1], dtype): "0.30, 0.90" for dtype in DTYPES},
    **{(size, "float64"): "1.00, 1.00" for size in SIZES[2:]},
    **{(size, "float32"): "1.10, 1.10" for size in SIZES[2:]},
    "first gradient": "0.15, 0.15",
    "memory": "0.35, 0.35",
}
ALONE = "PyTorch and JAX are not installed here, so their columns are left out: `nox -s peers` installs them."
ONE_THREAD = dict.fromkeys(("OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS", "MKL_NUM_THREADS", "NPROC"), "1") | {
    "XLA_FLAGS": "--xla_cpu_multi_thread_eigen=false intra_op_parallelism_threads=1",
    "JAX_PLATFORMS": "cpu",
}


class Worker:
    """A peer in a process of its own."""

    def __init__(self, peer: str, module: str = "peers") -> None:
        command = [sys.executable, str(Path(__file__).with_name("worker.py")), module, peer]
        self.process = subprocess.Popen(  # noqa: S603 - our own command
            command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, env=os.environ | ONE_THREAD
        )

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.process.stdin.close()
        self.process.wait()

    def __call__(self, *what: object) -> Any:  # noqa: ANN401  # whatever the worker answers
        """Tell the worker what to do, and wait for its answer."""
        print(json.dumps(what), file=self.process.stdin, flush=True)
        line = self.process.stdout.readline()
        if not line:
            sys.exit("a worker ended; what it said stands above")
        return json.loads(line)


def row(what: str, *cells: str) -> None:
    """Print one line of the table."""
    print(f"{what:<38}" + "".join(f"{cell:>17}" for cell in cells), flush=True)


def agree(workers: dict[str, Worker], tolerance: float) -> None:
    """End the run if the loss or a gradient of a peer differs from ours."""
    with tempfile.TemporaryDirectory() as folder:
        results = {}
        for peer, worker in workers.items():
            worker("save", f"{folder}/{peer}.npz")
            results[peer] = dict(np.load(f"{folder}/{peer}.npz"))
    ours, *others = results.values()
    for peer, other in zip(list(results)[1:], others, strict=True):
        for name, value in ours.items():
            off = np.abs(other[name] - value).max() / np.abs(value).max()
            if not off <= tolerance:
                sys.exit(f"{name} of {peer} is off by {off:.1e} of its largest entry; only {tolerance} can be rounding")


def rounds(workers: dict[str, Worker], count: int, budget: float) -> dict[str, list[float]]:
    """Let the peers take turns; return the seconds of each, round by round."""
    spent: dict[str, list[float]] = {peer: [] for peer in workers}
    for _ in range(count):
        for peer in random.sample(list(workers), len(workers)):
            spent[peer].append(workers[peer]("time", budget))
    return spent


def beside(spent: dict[str, list[float]], unit: float, form: str) -> list[str]:
    """Write our median, and the others' with the ratio behind it."""
    ours, *others = spent.values()
    ratios = [statistics.median(a / b for a, b in zip(ours, other, strict=True)) for other in others]
    cells = [f"{statistics.median(ours) * unit:{form}}"]
    return cells + [
        f"{statistics.median(other) * unit:{form}} ({ratio:.2f})" for other, ratio in zip(others, ratios, strict=True)
    ]


def times(workers: dict[str, Worker], count: int) -> None:
    """Print the times for all sizes and both precisions."""
    row("ms for (T, n, v, B)", *workers, "of GEMM peak", "to reach")
    for dtype, tolerance in DTYPES.items():
        peak = workers["bptt.fast"]("peak", dtype)
        for size in SIZES:
            for worker in workers.values():
                worker("prepare", size, dtype)
            agree(workers, tolerance)
            spent = rounds(workers, count, 0.1)
            T, n, v, B = size
            work = 6 * T * B * n * (n + v)  # two products with W and V forward and four back, one of U left out
            share = work / statistics.median(spent["bptt.fast"]) / peak
            row(f"{size} {dtype}", *beside(spent, 1e3, ".3f"), f"{share:.0%}", TO_REACH.get((size, dtype), ""))


def growth(workers: dict[str, Worker], count: int) -> None:
    """Print the power of T with which the time grows."""
    spent = {peer: [] for peer in workers}
    for T in GROWTH:
        for worker in workers.values():
            worker("prepare", (T, 64, 65, 8), "float64")
        for peer, seconds in rounds(workers, count, 0.05).items():
            spent[peer].append(statistics.median(seconds))
    powers = [np.polyfit(np.log(GROWTH), np.log(seconds), 1)[0] for seconds in spent.values()]
    row("time grows with T to the power", *(f"{power:.2f}" for power in powers))


def starts(names: list[str], count: int) -> None:
    """Print the time from the start of a process to its first gradient, for two sizes."""
    for size in SIZES[1:3]:
        spent: dict[str, list[float]] = {peer: [] for peer in names}
        for _ in range(count):
            for peer in random.sample(names, len(names)):
                began = time.perf_counter()
                with Worker(peer) as worker:
                    worker("prepare", size, "float64")
                    spent[peer].append(time.perf_counter() - began)
        row(f"s to first gradient, {size}", *beside(spent, 1, ".2f"), "", TO_REACH["first gradient"])


def memory(names: list[str]) -> None:
    """Print the peak memory of a process that computes gradients of the largest size."""
    for dtype in DTYPES:
        used = {}
        for peer in names:
            with Worker(peer) as worker:
                worker("prepare", SIZES[-1], dtype)
                worker("time", 0)
                used[peer] = [worker("memory")]
        row(f"MB at {SIZES[-1]} {dtype}", *beside(used, 1, ".0f"), "", TO_REACH["memory"])


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rounds", type=int, default=9, help="how often the peers take turns")
    count, names = parser.parse_args().rounds, peers.installed()
    if names == ["bptt.fast"]:
        print(ALONE)
    workers = {name: Worker(name) for name in names}
    times(workers, count)
    growth(workers, count)
    for worker in workers.values():
        worker.__exit__()
    starts(names, count)
    memory(names)
