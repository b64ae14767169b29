"""One peer in a process of its own: it is told what to do line by line, in JSON, and answers likewise.

It is started with the module that knows the peer, `peers` or `kernel_peers`, and the peer's name.

- ``["prepare", [T, n, v, B], dtype]`` draws a minibatch and computes its gradients once, as everything else does too;
  `kernel_peers` wants the name of the kernel before;
- ``["time", seconds]`` repeats that for so long and answers with the seconds that one call takes, a median;
- ``["save", file]`` writes the loss and the gradients;
- ``["memory"]`` answers with the largest amount of memory that the process has had, in MB;
- ``["peak", dtype]`` answers with the operations per second of NumPy's product of two large square matrices.
"""

from __future__ import annotations

import importlib
import json
import resource
import statistics
import sys
import time
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Callable


def seconds_of(run: Callable[[], Any], budget: float) -> float:
    """Return the median time of a call, as many as fit in `budget` seconds and at least one."""
    spent: list[float] = []
    end = time.perf_counter() + budget
    while not spent or time.perf_counter() < end:
        began = time.perf_counter()
        run()
        spent.append(time.perf_counter() - began)
    return statistics.median(spent)


def peak(dtype: str) -> float:
    """Return the operations per second of a product of two matrices of 768 rows and columns, the best of thirty."""
    size = 768
    A = np.ones((size, size), dtype)
    return 2 * size**3 / min(seconds_of(lambda: A @ A, 0) for _ in range(30))


def main() -> None:
    """Do what the lines of the standard input say."""
    module, peer = sys.argv[1:]
    run, read = None, None
    for line in sys.stdin:
        what, *how = json.loads(line)
        answer: Any = None
        if what == "prepare":
            run, read = importlib.import_module(module).prepare(peer, *how)
            run()
        elif what == "time":
            answer = seconds_of(run, *how)
        elif what == "save":
            np.savez(how[0], **read())
        elif what == "memory":
            answer = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / (1e6 if sys.platform == "darwin" else 1e3)
        elif what == "peak":
            answer = peak(*how)
        print(json.dumps(answer), flush=True)


if __name__ == "__main__":
    main()
