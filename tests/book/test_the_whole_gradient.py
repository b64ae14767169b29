"""The numbers of the sweep add up on paper: rounded after every line, each is still right in all four decimals."""

import re
from decimal import Decimal
from pathlib import Path

import numpy as np

from bptt import draws, scalar, triangle

PAGE = Path(__file__).parents[2] / "docs" / "the-whole-gradient.md"
PLACES = Decimal("0.0001")


def rounded(value):
    return Decimal(repr(float(value))).quantize(PLACES)


def test_the_sweep_adds_up_on_paper():
    output, targets = re.search(
        r"v, targets = ([\d.]+), np\.array\(\[(.*)\]\)", PAGE.read_text(encoding="utf-8")
    ).groups()
    example, v = draws.example(), float(output)
    s, w = scalar.states(**example), Decimal(str(example["w"]))
    D = scalar.slopes(s)[1:]
    rows = v * (v * s[1:] - np.array([float(target) for target in targets.split(",")]))
    arrays = D[:, np.newaxis], [[float(w)]], rows[:, np.newaxis]
    terms, delta = triangle.error_terms(*arrays)[..., 0], triangle.sweep(*arrays)[:, 0]
    T = len(D)
    for k in range(T):
        carried = (w * rounded(delta[k + 1])).quantize(PLACES) if k + 1 < T else Decimal(0)
        assert (rounded(D[k]) * (rounded(rows[k]) + carried)).quantize(PLACES) == rounded(delta[k])
        assert sum(map(rounded, terms[k:, k])) == rounded(delta[k])
        for t in range(k + 1, T):
            onward = (w * rounded(terms[t, k + 1])).quantize(PLACES)
            assert (rounded(D[k]) * onward).quantize(PLACES) == rounded(terms[t, k])
