"""The echo task: say which symbol came `lag` steps ago.

A window of at most `lag` steps does not teach it.

What one can do with it::

    train(window=5, lag=4)  # the loss after training, in nats; log 2 is a coin
    train(window=4, lag=4)

Symbols are 0 and 1, drawn independently, so that the symbol of t - lag says nothing
about any other. The answer at step t counts where t > lag. The network is that of
`bptt.rnn`, for a minibatch, trained by Adam for a fixed number of steps with gradients
that reach back through at most `window` steps; its weights start small, so that it has
no memory until it learns one. The same arguments give the same loss.

Source: the optimiser is that of D. P. Kingma, J. Ba, Adam: a method for stochastic
optimization, 2015, arXiv:1412.6980.
"""

from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from bptt.arguments import count

RealArray: TypeAlias = NDArray[np.float64]
Tokens: TypeAlias = NDArray[np.int64]
Parameters: TypeAlias = dict[str, RealArray]

T, B, UNITS = 14, 16, 8
"""Steps and sequences of a minibatch, and units of the network."""

GAIN, RATE = 0.2, 0.05
"""Size of the recurrent weights at the start, and the learning rate."""

TESTED = 500
"""How many fresh sequences the loss is measured on."""


def start(seed: int) -> Parameters:
    """Draw the weights that training starts from.

    Args:
        seed: any integer >= 0.

    Returns:
        U (n, 2), W (n, n), V (2, n), b (n,) and c (2,), with n = 8.
    """
    rng = np.random.default_rng(seed)
    return {
        "U": rng.normal(size=(UNITS, 2)) / 2,
        "W": rng.normal(size=(UNITS, UNITS)) * GAIN / np.sqrt(UNITS),
        "V": rng.normal(size=(2, UNITS)) / 3,
        "b": np.zeros(UNITS),
        "c": np.zeros(2),
    }


def loss(parameters: Parameters, x: Tokens, lag: int) -> float:
    """Compute the mean loss of an answer.

    Args:
        parameters: as from `start`.
        x: symbols, shape (T, B).
        lag: how many steps ago the symbol came, at least 1 and below T.

    Returns:
        The loss in nats.
    """
    _, errors = _answers(parameters, x, lag)
    right = x[:-lag]
    y_hat = np.take_along_axis(errors[lag:], right[:, np.newaxis], axis=1) + 1
    return float(-np.log(y_hat).mean())


def gradients(parameters: Parameters, x: Tokens, lag: int, window: int) -> Parameters:
    """Compute the gradients of the sum of all losses, truncated.

    Every loss reaches back through at most `window` steps. All losses walk at once:
    after i rounds, row t - 1 of ``back`` is dE_t/ds_{t-i}.

    Args:
        parameters: as from `start`.
        x: symbols, shape (T, B).
        lag: how many steps ago the symbol came, at least 1 and below T.
        window: how many steps, at least 1.

    Returns:
        The truncated gradients, by name and in the shape of the parameters.

    Raises:
        TypeError: the window is not a whole number.
        ValueError: the window is below 1.
    """
    count("window", window)
    s, errors = _answers(parameters, x, lag)
    one_hot = np.eye(2)[x]
    slopes = 1 - s[1:] ** 2
    found = {name: np.zeros_like(value) for name, value in parameters.items()}
    found["V"], found["c"] = np.einsum("tqb,tnb->qn", errors, s[1:]), errors.sum((0, 2))
    back = np.einsum("qn,tqb->tnb", parameters["V"], errors)
    for i in range(min(window, len(x))):
        delta = back[i:] * slopes[: len(x) - i]
        found["W"] += np.einsum("tnb,tmb->nm", delta, s[: len(x) - i])
        found["U"] += np.einsum("tnb,tbm->nm", delta, one_hot[: len(x) - i])
        found["b"] += delta.sum((0, 2))
        back = np.zeros_like(back)
        back[i + 1 :] = np.einsum("nm,tnb->tmb", parameters["W"], delta[1:])
    return found


def train(window: int, lag: int = 4, *, steps: int = 200, seed: int = 0) -> float:
    """Train a network, and measure its loss on sequences that it has not seen.

    Args:
        window: how many steps a gradient reaches back, at least 1.
        lag: how many steps ago the symbol came, from 1 to 13.
        steps: how many steps of training.
        seed: of the weights and the sequences.

    Returns:
        The loss in nats.

    Raises:
        TypeError: the window is not a whole number.
        ValueError: the window is below 1, or the lag out of range.
    """
    if not 1 <= lag < T:
        raise ValueError(
            f"lag is {lag}; the sequences have {T} steps, so it must be from 1 to "
            f"{T - 1}."
        )
    rng = np.random.default_rng([seed, 1])
    parameters = start(seed)
    mean = {name: np.zeros_like(value) for name, value in parameters.items()}
    square = {name: np.zeros_like(value) for name, value in parameters.items()}
    for step in range(1, steps + 1):
        found = gradients(parameters, rng.integers(2, size=(T, B)), lag, window)
        for name, gradient in found.items():
            g = gradient / ((T - lag) * B)
            mean[name] += 0.1 * (g - mean[name])
            square[name] += 0.01 * (g**2 - square[name])
            size = np.sqrt(square[name] / (1 - 0.99**step)) + 1e-8
            parameters[name] -= RATE * mean[name] / (1 - 0.9**step) / size
    return loss(parameters, rng.integers(2, size=(T, TESTED)), lag)


def _answers(
    parameters: Parameters, x: Tokens, lag: int
) -> tuple[RealArray, RealArray]:
    """Run the network, and compare its answers.

    The results are all states, shape (T+1, n, B), and y_hat - y where an answer counts,
    else 0, shape (T, 2, B).
    """
    U, W, V, b, c = (parameters[name] for name in ("U", "W", "V", "b", "c"))
    s = np.zeros((len(x) + 1, len(b), x.shape[1]))
    for t, x_t in enumerate(x, 1):
        s[t] = np.tanh(U[:, x_t] + W @ s[t - 1] + b[:, np.newaxis])
    o = np.einsum("qn,tnb->tqb", V, s[1:]) + c[:, np.newaxis]
    e = np.exp(o - o.max(axis=1, keepdims=True))
    wanted = np.eye(2)[np.roll(x, lag, axis=0)].transpose(0, 2, 1)
    errors = e / e.sum(axis=1, keepdims=True) - wanted
    errors[:lag] = 0
    return s, errors
