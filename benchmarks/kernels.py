"""The other kernels of the book beside PyTorch and JAX: `nox -s peers`, and without the peers `nox -s bench`.

How it is measured, and what has to agree beforehand, is as in gradients.py. A ratio is ours divided by the peer's: of
times, below 1 ours is faster; of characters per second, above 1. There is nothing to reach.
"""

from __future__ import annotations

import argparse

import gradients
import kernel_peers

from bptt import text

GATED = ((25, 100, 65, 1), (50, 128, 65, 32))
TIMED = (  # kernel, T, n, v, B, precision
    *((kernel, size, dtype) for kernel in ("lstm", "gru") for dtype in gradients.DTYPES for size in GATED),
    ("rtrl", (25, 16, 8, 1), "float64"),
    ("taped", (25, 16, 8, 1), "float64"),
    ("checkpoint", (1000, 64, 65, 1), "float64"),
)
"""What takes milliseconds. Here v is the number of tokens."""
READ = (("train", (10, 80, 68, 32), 1e-11), ("text", (), 0))
"""What reads the book's text: the size of its character model, and all of the text; and how far apart it may be.

Adam divides gradients by their size: where they are small, what was rounded in them grows.
"""


def characters(kernel: str, size: tuple[int, ...]) -> int:
    """Count what is read in one call."""
    if kernel == "text":
        return len(text.load())
    T, _, _, B = size
    return kernel_peers.gated.STEPS * T * B


def measure(
    workers: dict[str, gradients.Worker], what: tuple[str, tuple[int, ...], str], tolerance: float, count: int
) -> dict[str, list[float]]:
    """Prepare a kernel, insist on agreement, and let the peers take turns."""
    taking_part = {peer: workers[peer] for peer in kernel_peers.installed(what[0])}
    for worker in taking_part.values():
        worker("prepare", *what)
    gradients.agree(taking_part, tolerance)
    return gradients.rounds(taking_part, count, 0.1)


def main() -> None:
    """Print both parts of the table."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rounds", type=int, default=9, help="how often the peers take turns")
    count, names = parser.parse_args().rounds, kernel_peers.installed("lstm")
    if names == ["bptt"]:
        print(gradients.ALONE)
    workers = {name: gradients.Worker(name, "kernel_peers") for name in names}
    gradients.row("ms for (T, n, v, B)", *workers)
    for kernel, size, dtype in TIMED:
        spent = measure(workers, (kernel, size, dtype), gradients.DTYPES[dtype], count)
        gradients.row(f"{kernel} {size} {dtype}", *gradients.beside(spent, 1e3, ".3f"))
    gradients.row("characters per second", *workers)
    for kernel, size, tolerance in READ:
        spent = measure(workers, (kernel, size, "float64"), tolerance, count)
        read = characters(kernel, size)
        speeds = {peer: [read / seconds for seconds in rounds] for peer, rounds in spent.items()}
        gradients.row(f"{kernel} {size or '(no peer)'}", *gradients.beside(speeds, 1, ",.0f"))
    for worker in workers.values():
        worker.__exit__()


if __name__ == "__main__":
    main()
