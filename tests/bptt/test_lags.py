"""How far gradients reach, against a complex step of a network that is written again here."""

import numpy as np
import pytest

from bptt import lags, oracle


def drawn(axes, seed=1, **biases):
    rng, sizes = np.random.default_rng(seed), {"n": lags.N, "m": lags.M, "q": lags.Q}
    found = {name: rng.uniform(-1, 1, [sizes[axis] for axis in letters]) / np.sqrt(lags.N) for name, letters in axes}
    return found | {name: np.full(lags.N, biases.get(name, 0.0)) for name in found if name[0] == "b"} | {
        name: np.zeros(len(found[name])) for name in ("c",)}  # fmt: skip


def test_an_lstm_answers_to_its_inputs_as_a_complex_step_says():
    data = lags.sequences(T=6, B=2)
    axes = [(f"{letter}_{gate}", shape) for gate in ("f", "i", "omega", "g")
            for letter, shape in (("U", "nm"), ("W", "nn"), ("b", "n"))]  # fmt: skip
    p = drawn([*axes, ("V", "qn"), ("c", "q")], b_f=2.0)

    def sigma(a):
        return 1 / (1 + np.exp(-a))

    def last_loss(x, y):
        s = kappa = np.zeros(lags.N)
        for x_t in x:
            a = {gate: p[f"U_{gate}"] @ x_t + p[f"W_{gate}"] @ s + p[f"b_{gate}"] for gate in ("f", "i", "omega", "g")}
            kappa = sigma(a["f"]) * kappa + sigma(a["i"]) * np.tanh(a["g"])
            s = sigma(a["omega"]) * np.tanh(kappa)
        o = p["V"] @ s
        return np.log(np.exp(o).sum()) - o[y[-1]]

    slopes = [oracle.complex_step(lambda x, y=y: last_loss(x, y), x) for x, y in zip(data.x, data.y, strict=True)]
    told = np.sqrt(np.mean([(slope**2).sum(axis=1) for slope in slopes], axis=0))[::-1]
    np.testing.assert_allclose(lags.by_lag("lstm", data, b_f=2.0), told, rtol=1e-11)


@pytest.mark.parametrize("kind", ["rnn", "gru"])
def test_the_last_input_is_at_lag_zero(kind):
    """A longer past changes what is far, and inputs before the last step that are dropped leave lag 0 nearly alone."""
    data = lags.sequences(T=30, B=1)
    short = lags.Data(data.x[:, 10:], data.y[:, 10:])
    found, cut = lags.by_lag(kind, data), lags.by_lag(kind, short)
    np.testing.assert_allclose(found[:5], cut[:5], rtol=1e-3)
    assert found[20] < found[10] < found[0]


def test_an_open_forget_gate_reaches_further():
    data = lags.sequences()
    closed, half, open_ = (lags.by_lag("lstm", data, b_f=bias)[30] for bias in (-1.0, 0.0, 2.0))
    assert closed < half / 100
    assert half < open_ / 100


def test_what_is_wrong_is_named():
    with pytest.raises(ValueError, match="kind is 'lru'; it must be one of rnn, lstm, gru"):
        lags.by_lag("lru", lags.sequences())
    with pytest.raises(ValueError, match="'b_z' is no bias of this network"):
        lags.by_lag("lstm", lags.sequences(), b_z=1.0)
    for sizes, message in (
        ({"T": 0}, "T is 0; it must be at least 1"),
        ({"B": 0}, "B is 0; it must be at least 1"),
        ({"seed": -1}, "seed is -1; it must be at least 0"),
    ):
        with pytest.raises(ValueError, match=message):
            lags.sequences(**sizes)
    for T, B in ((0, 1), (1, 0)):
        empty = lags.Data(np.zeros((B, T, lags.M)), np.zeros((B, T), int))
        with pytest.raises(ValueError, match=rf"data\.y has shape \({B}, {T}\); it must be \(B, T\), both at least 1"):
            lags.by_lag("rnn", empty)
