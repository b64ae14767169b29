"""Recorded data say where they come from, and can be what they claim to be."""

import math
import re
from pathlib import Path

import pytest

from bptt import recorded

ROOT = Path(__file__).parents[2]


@pytest.mark.parametrize("name", ["checkpoints", "costs", "reruns", "rtrl", "slopes"])
def test_recorded_data_have_an_origin(name):
    content = recorded.load(name)
    came = content["origin"]
    assert (ROOT / came["script"]).is_file()
    assert re.fullmatch(r"\d{4}-\d\d-\d\d", came["date"])
    assert ("torch" in came["versions"]) == (name in {"costs", "slopes"})
    told = recorded.origin(content).splitlines()
    assert len(told) == 3
    assert [line for line in told if len(line) > 78] == []


def test_the_recorded_slopes_are_slopes_of_tanh():
    for row in recorded.load("slopes")["rows"]:
        e = math.exp(-2 * row["a"])
        exact = 4 * e / (1 + e) ** 2
        for library in ("torch", "jax"):
            assert row[library] == pytest.approx(exact, abs=3e-15)


def test_indexing_was_recorded_as_slower_and_growing_faster():
    rows = recorded.load("costs")["indexing"]["rows"]
    first, last = rows[0], rows[-1]
    assert last["index"] / last["unbind"] > 2 * first["index"] / first["unbind"]


def test_carrying_forward_was_recorded_as_slower_and_growing_faster():
    rows = recorded.load("rtrl")["steps"]["rows"]
    ratios = [row["rtrl"] / row["sweep"] for row in rows]
    assert ratios == sorted(ratios)
    assert ratios[0] > 1
    assert rows[-1]["rtrl"] / rows[-2]["rtrl"] > 4


def test_two_sets_of_kernels_were_recorded_as_apart_and_far_below_four_decimals():
    found = recorded.load("reruns")
    assert len(set(found["cores"])) == 2
    assert 0 < found["losses apart"] < 1e-10
    assert 0 < found["bits apart"] < 1e-10
    assert 1 < found["bits"] < 4


def test_an_unknown_name_is_refused():
    known = "checkpoints, costs, reruns, rtrl, slopes"
    with pytest.raises(ValueError, match=rf"^nothing is recorded under 'cost'; there is: {known}\.$"):
        recorded.load("cost")
