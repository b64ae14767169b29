"""Clipping by the norm of all gradients: the factor, the norm, and where nothing may happen."""

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bptt import clip, draws, minibatch

TOKENS = {"x": np.zeros((3, 1), int), "y": np.zeros((3, 1), int)}


def draw(seed, scale=1.0):
    rng = np.random.default_rng(seed)
    return {"W": scale * rng.standard_normal((3, 3)), "b": scale * rng.standard_normal(3)}


def entries(gradients):
    return [float(entry) for gradient in gradients.values() for entry in np.ravel(gradient)]


@settings(deadline=None)
@given(
    seed=st.integers(0, 2**32 - 1), threshold=st.floats(1e-3, 1e3), scale=st.sampled_from([1e-200, 1e-3, 1.0, 1e200])
)
def test_the_norm_is_right_and_all_shrink_by_one_factor(seed, threshold, scale):
    gradients = draw(seed, scale)
    clipped, norm = clip.by_norm(gradients, threshold)
    told = math.hypot(*entries(gradients))
    assert norm == pytest.approx(told, rel=1e-14, abs=0)
    assert math.hypot(*entries(clipped)) == pytest.approx(min(told, threshold), rel=1e-14, abs=0)
    factor = min(1, threshold / told)
    np.testing.assert_allclose(entries(clipped), np.multiply(entries(gradients), factor), rtol=1e-14, atol=0)


def test_below_the_threshold_nothing_changes():
    gradients = draw(1)
    clipped, norm = clip.by_norm(gradients, 100.0)
    assert all((clipped[name] == gradients[name]).all() for name in gradients)
    assert clip.by_norm(gradients, norm)[0]["W"].tolist() == gradients["W"].tolist()  # at the threshold, too


def test_zero_gradients_and_none_at_all():
    clipped, norm = clip.by_norm({"W": np.zeros((2, 2)), "b": np.zeros(0)}, 1.0)
    assert (norm, clipped["W"].tolist(), clipped["b"].shape) == (0.0, [[0, 0], [0, 0]], (0,))
    assert clip.by_norm({}, 1.0) == ({}, 0.0)


def test_arguments_are_neither_changed_nor_aliased_and_precision_stays():
    gradients = {"W": np.full((2, 2), 3.0, np.float32), "b": np.ones(2)}
    before = {name: array.copy() for name, array in gradients.items()}
    for threshold in (0.5, 100.0):
        clipped, _ = clip.by_norm(gradients, threshold)
        assert [array.dtype for array in clipped.values()] == [np.float32, np.float64]
        for name, array in clipped.items():
            array[...] = 7
            assert (gradients[name] == before[name]).all()


def test_single_precision_does_not_overflow_in_the_norm():
    assert clip.by_norm({"W": np.full(4, 1e30, np.float32)}, 1.0)[1] == pytest.approx(2e30, rel=1e-7)


def test_a_gradient_by_a_number_stays_an_array():
    for threshold in (0.5, 100.0):
        clipped, _ = clip.by_norm({"w": 3.0, "b": np.ones(2)}, threshold)
        assert [(type(array), array.shape) for array in clipped.values()] == [(np.ndarray, ()), (np.ndarray, (2,))]


@pytest.mark.filterwarnings("error")
@pytest.mark.parametrize("gradients", [[np.ones(2)], None, np.ones(2), minibatch.gradients(**draws.rnn(2) | TOKENS)])
def test_gradients_without_names(gradients):
    with pytest.raises(TypeError) as caught:
        clip.by_norm(gradients, 1.0)
    assert str(caught.value) == (
        f"gradients is of type {type(gradients).__name__}; it must give every array a name, "
        'as {"W": found.W, "U": found.U} does.'
    )


@pytest.mark.filterwarnings("error")
@pytest.mark.parametrize(
    ("gradients", "threshold", "error", "message"),
    [
        ({"W": [1.0]}, 0, ValueError, "threshold is 0; it must be a finite number above 0."),
        ({"W": [1.0]}, -1.0, ValueError, "threshold is -1.0; it must be a finite number above 0."),
        ({"W": [1.0]}, math.nan, ValueError, "threshold is nan; it must be a finite number above 0."),
        ({"W": [1.0]}, math.inf, ValueError, "threshold is inf; it must be a finite number above 0."),
        ({"W": [1.0]}, "1", TypeError, "threshold is '1'; it must be a number above 0."),
        ({"W": [1.0]}, True, TypeError, "threshold is True; it must be a number above 0."),
        ({"W": ["a"]}, 1.0, TypeError, "W has dtype <U1; it must hold real or complex numbers."),
        ({"W": [1j]}, 1.0, TypeError, "W has dtype complex128; it must hold real numbers."),
        ({"b": [1.0, math.nan]}, 1.0, ValueError, "b holds nan at index (1,); every number must be finite."),
        ({"b": [1.7e308, 1.7e308]}, 1.0, OverflowError,
         "the norm of the gradients is not finite: they are too large; make weights or x smaller."),
    ],
)  # fmt: skip
def test_bad_arguments(gradients, threshold, error, message):
    with pytest.raises(error) as caught:
        clip.by_norm(gradients, threshold)
    assert str(caught.value) == message
