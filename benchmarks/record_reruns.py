"""Train the network of the chapter “A character model” as different processors would, and write what differs.

`python benchmarks/record_reruns.py` on a machine with AVX-512. The linear algebra library that NumPy brings along picks
its kernels by the processor; OPENBLAS_CORETYPE picks them here, one set for each of the trainings. They add the same
products in another order, as another machine does. The result is src/bptt/recorded/reruns.json.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import recording

from bptt import text, train

TARGET = Path(__file__).parents[1] / "src" / "bptt" / "recorded" / "reruns.json"
CORES = ("Haswell", "SkylakeX")
T, B, UNITS, STEPS, RATE = 10, 32, 80, 1600, 0.02
"""Those of the chapter; it compares them with these."""


def run() -> dict[str, list[float] | float]:
    """The losses of all steps and the bits on what is held out, from one training."""
    whole = text.load()
    vocabulary = text.Vocabulary.of(whole)
    learnt, held_out = text.split(vocabulary.encode(whole))
    start = train.begin(train.GRU, learnt, vocabulary.size, UNITS, seed=0)
    done = train.train(train.GRU, start, learnt, T=T, B=B, steps=STEPS, rate=RATE)
    return {"losses": list(done.losses), "bits": train.bits(train.GRU, done.parameters, held_out)}


def run_with(core: str) -> dict[str, list[float] | float]:
    """The same from a process of its own, with the kernels of a kind of processor."""
    environment = os.environ | {"OPENBLAS_CORETYPE": core, "OPENBLAS_NUM_THREADS": "1"}
    told = subprocess.run(  # noqa: S603  # this file
        [sys.executable, __file__, "once"], env=environment, check=True, capture_output=True, text=True
    )
    found: dict[str, list[float] | float] = json.loads(told.stdout)
    return found


if __name__ == "__main__":
    if sys.argv[1:] == ["once"]:
        print(json.dumps(run()))
        sys.exit()
    one, other = (run_with(core) for core in CORES)
    apart = np.abs(np.subtract(one["losses"], other["losses"]))
    if not apart.any():
        sys.exit(f"the kernels of {' and '.join(CORES)} gave the same bits: this machine cannot tell them apart.")
    content = {
        "origin": recording.origin("benchmarks/record_reruns.py", "numpy"),
        "cores": CORES,
        "run": {"T": T, "B": B, "units": UNITS, "steps": STEPS, "rate": RATE},
        "bits": one["bits"],
        "losses apart": float(f"{apart.max():.2g}"),
        "bits apart": float(f"{abs(one['bits'] - other['bits']):.2g}"),
    }
    TARGET.write_text(json.dumps(content, indent=1) + "\n", encoding="utf-8")
