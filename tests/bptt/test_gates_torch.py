"""LSTM and GRU against torch.nn.LSTM and torch.nn.GRU. Collected where PyTorch is installed (see conftest.py)."""

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from bptt import gru, lstm

ORDER = {lstm: ("i", "f", "g", "omega"), gru: ("r", "z", "g")}  # how PyTorch stacks the gates


def draw(module, seed, *, T, B, n, m, q, gain):
    rng = np.random.default_rng(seed)
    sizes = {"n": n, "m": m, "q": q}
    parameters = {name: rng.uniform(-0.9, 0.9, [sizes[axis] for axis in axes]) for name, axes in module.AXES.items()}
    parameters |= {name: gain * value / np.sqrt(n) for name, value in parameters.items() if name[:2] == "W_"}
    starts = [rng.uniform(-0.9, 0.9, (B, n)) for _ in ("s_0", "kappa_0")[: 2 if module is lstm else 1]]
    return parameters, starts, rng.integers(m, size=(T, B)), rng.integers(q, size=(T, B))


def by_torch(module, parameters, starts, x, y):
    (n, m), gates = parameters["U_g"].shape, ORDER[module]
    layer = (torch.nn.LSTM if module is lstm else torch.nn.GRU)(m, n, dtype=torch.float64)
    stacked = {letter: np.concatenate([parameters[f"{letter}_{gate}"] for gate in gates]) for letter in "UWb"}
    second = np.zeros_like(stacked["b"])
    if module is gru:
        second[2 * n :] = parameters["beta"]
    with torch.no_grad():
        for name, value in zip(("weight_ih_l0", "weight_hh_l0", "bias_ih_l0", "bias_hh_l0"),
                               (stacked["U"], stacked["W"], stacked["b"], second), strict=True):  # fmt: skip
            getattr(layer, name).copy_(torch.tensor(value))
    V, c = (torch.tensor(parameters[name], requires_grad=True) for name in ("V", "c"))
    begun = [torch.tensor(start[np.newaxis], requires_grad=True) for start in starts]
    inputs = torch.nn.functional.one_hot(torch.tensor(x), m).double()
    s, last = layer(inputs, tuple(begun) if module is lstm else begun[0])
    logits = (s @ V.T + c).reshape(-1, len(V))
    E = torch.nn.functional.cross_entropy(logits, torch.tensor(y).reshape(-1), reduction="sum")
    E.backward()
    found = {"V": V.grad, "c": c.grad, "s_0": begun[0].grad[0]}
    if module is lstm:
        found["kappa_0"] = begun[1].grad[0]
    else:
        found["beta"] = layer.bias_hh_l0.grad[2 * n :]
    for letter, name in (("U", "weight_ih_l0"), ("W", "weight_hh_l0"), ("b", "bias_ih_l0")):
        found |= {f"{letter}_{gate}": getattr(layer, name).grad[k * n : (k + 1) * n] for k, gate in enumerate(gates)}
    s_T = last[0] if module is lstm else last
    return E.item(), {name: value.numpy() for name, value in found.items()}, s_T[0].detach().numpy()


@pytest.mark.parametrize("module", [lstm, gru], ids=["lstm", "gru"])
@settings(deadline=None, max_examples=60)
@given(
    seed=st.integers(0, 2**32 - 1),
    T=st.integers(1, 12),
    B=st.integers(1, 4),
    n=st.integers(1, 9),
    m=st.integers(1, 6),
    q=st.integers(1, 7),
    gain=st.sampled_from([0.5, 1.0, 1.5]),
)
def test_every_gradient_agrees_with_torch(module, seed, **how):
    parameters, starts, x, y = draw(module, seed, **how)
    E, told, s_T = by_torch(module, parameters, starts, x, y)
    found = module.gradients(parameters, *starts, x, y)
    assert pytest.approx(E, rel=1e-12, abs=1e-14) == found.E
    np.testing.assert_allclose(found.s_T, s_T, rtol=1e-12, atol=1e-14)
    assert set(told) == set(found.by)
    for name, gradient in told.items():
        assert found.by[name].shape == gradient.shape
        assert np.abs(found.by[name] - gradient).max() <= 1e-12 * np.abs(gradient).max() + 1e-14, name
    own = {name: start[0] for name, start in zip(("s_0", "kappa_0"), starts, strict=False)}
    if how["B"] == 1:
        plain = module.backward(**parameters, **own, x=x[:, 0], y=y[:, 0]).by
        for name, gradient in told.items():
            ours = plain[name].reshape(gradient.shape)
            assert np.abs(ours - gradient).max() <= 1e-12 * np.abs(gradient).max() + 1e-14, name
