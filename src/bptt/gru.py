"""The GRU: its forward pass, every gradient by hand, and the same fast for a minibatch.

What one can do with it::

    letters = draws.gru()             # the parameters, s_0, x and y by name
    run = forward(**letters)          # every gate, state and loss
    found = backward(**letters)       # found.by["W_r"], found.delta["z"]
    parameters = {name: letters[name] for name in PARAMETERS}
    gradients(parameters, s_0, x, y)  # B sequences at once, x and y of shape (T, B)

These are the formulas, with gates r and z (reset, update), candidate g and state s::

    r_t = sigma(U_r x_t + W_r s_{t-1} + b_r)    likewise z_t
    mu_t = W_g s_{t-1} + beta                   g_t = tanh(U_g x_t + b_g + r_t * mu_t)
    s_t = (1 - z_t) * g_t + z_t * s_{t-1}
    o_t = V s_t + c    y_hat_t = softmax(o_t)   E_t = -y_t^T log y_hat_t

Here the reset gate multiplies what comes **after** the product with W_g, and this
product has a bias beta of its own: so does torch.nn.GRU, which stacks r, z, g and has
two biases for the gates as well, where one is enough. In the later versions of the
paper below, the reset gate multiplies s_{t-1} **before** the product, W_g (r_t *
s_{t-1}). Those are two networks, not two ways to write one; this module has the first
kind only.

`forward` and `backward` keep the digits of slopes where a gate is saturated;
`gradients` does not, see `bptt.lstm`.

Source: K. Cho and others, Learning phrase representations using RNN encoder-decoder for
statistical machine translation, 2014, arXiv:1406.1078.
"""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from bptt import arguments, fast, rnn
from bptt.arguments import Array
from bptt.backward import slopes
from bptt.lstm import OUTPUT, Axes, axes, check_range, inputs, sigma, sigma_slopes

GATES = ("r", "z", "g")
"""The gates and the candidate, in the order of the formulas."""

AXES: Axes = axes(*GATES) | {"beta": ("n",)} | OUTPUT
"""The shape of every parameter, in letters."""

PARAMETERS = tuple(AXES)
"""U_r, W_r, b_r, U_z ... b_g, beta, V, c."""

STARTS: Axes = {"s_0": ("n",)}


@dataclass(frozen=True, eq=False)
class Forward:
    """Everything that the forward pass of one sequence computes.

    Attributes:
        a: the arguments of the gates and of the candidate by name, each of shape (T,
            n).
        r: the reset gates r_1 ... r_T, shape (T, n).
        z: the update gates, shape (T, n).
        mu: the products that the reset gates let through, shape (T, n).
        g: the candidates, shape (T, n).
        s: the states s_0 ... s_T, shape (T+1, n).
        o: the logits, shape (T, q).
        y_hat: the predicted probabilities, shape (T, q).
        E: the losses E_1 ... E_T in nats, shape (T,).
        total: their sum, each multiplied by its m_t where there is a mask.
    """

    a: dict[str, Array]
    r: Array
    z: Array
    mu: Array
    g: Array
    s: Array
    o: Array
    y_hat: Array
    E: Array
    total: float


@dataclass(frozen=True, eq=False)
class Backward:
    """The gradients of one sequence.

    Attributes:
        by: the gradient of E by every parameter and by s_0, by name, in the shape of
            each.
        delta: the derivatives of E by the arguments of the gates and of the candidate,
            and by mu, each (T, n).
        by_s: the derivatives by s_1 ... s_T as columns, shape (T, n).
    """

    by: dict[str, Array]
    delta: dict[str, Array]
    by_s: Array


@dataclass(frozen=True, eq=False)
class Gradients:
    """The loss of a minibatch, its gradients, and where the states have come to.

    Attributes:
        E: the loss in nats, summed over steps and sequences; 0 when T = 0.
        by: the gradient by every parameter and by s_0, by name, in the shape of each.
        s_T: the last states, shape (B, n): hand them in as s_0 to go on.
    """

    E: float
    by: dict[str, Array]
    s_T: Array


def forward(
    *,
    s_0: ArrayLike,
    x: ArrayLike,
    y: ArrayLike,
    mask: ArrayLike | None = None,
    **parameters: ArrayLike,
) -> Forward:
    """Run the network over the steps of one sequence.

    Args:
        s_0: the initial state, shape (n,).
        x: the inputs as rows, shape (T, m), or tokens, shape (T,); T = 0 is allowed.
        y: the targets as one-hot rows, shape (T, q), or classes, shape (T,).
        mask: m_1 ... m_T, the weights of the losses, each from 0 to 1, shape (T,); None
            for ones.
        parameters: by name, see `AXES`.

    Returns:
        Every intermediate result and the loss. No array shares memory with an argument.

    Raises:
        TypeError: as `bptt.arguments.cell`.
        ValueError: as `bptt.arguments.cell`.
        OverflowError: a result leaves the range of floating point numbers.
    """
    own = {**parameters, "s_0": s_0}
    return _forward(arguments.cell(AXES | STARTS, own, x, y, mask, many=False))


def backward(
    *,
    s_0: ArrayLike,
    x: ArrayLike,
    y: ArrayLike,
    mask: ArrayLike | None = None,
    **parameters: ArrayLike,
) -> Backward:
    """Run the network, then walk back and collect the gradients.

    Arguments and errors as for `forward`.
    """
    own = {**parameters, "s_0": s_0}
    given = arguments.cell(AXES | STARTS, own, x, y, mask, many=False)
    run = _forward(given)
    # overflow is reported below, by name
    with np.errstate(over="ignore", under="ignore", invalid="ignore"):
        found = _backward(given, run)
    check_range(found.by, run.total)
    return found


def _forward(given: dict[str, Array]) -> Forward:
    U, W, b = ({gate: given[f"{letter}_{gate}"] for gate in GATES} for letter in "UWb")
    beta, V, c, x, y = (given[name] for name in ("beta", "V", "c", "x", "y"))
    (T, q), n, dtype = y.shape, len(given["s_0"]), V.dtype
    a = {gate: np.empty((T, n), dtype) for gate in GATES}
    r, z, mu, g = (np.empty((T, n), dtype) for _ in range(4))
    s, o = np.empty((T + 1, n), dtype), np.empty((T, q), dtype)
    y_hat, E = np.empty((T, q), dtype), np.empty(T, dtype)
    s[0] = given["s_0"]
    # overflow is reported below
    with np.errstate(over="ignore", under="ignore", invalid="ignore"):
        for t in range(1, T + 1):
            a["r"][t - 1] = U["r"] @ x[t - 1] + W["r"] @ s[t - 1] + b["r"]
            a["z"][t - 1] = U["z"] @ x[t - 1] + W["z"] @ s[t - 1] + b["z"]
            r_t, z_t = sigma(a["r"][t - 1]), sigma(a["z"][t - 1])
            mu_t = W["g"] @ s[t - 1] + beta
            a["g"][t - 1] = U["g"] @ x[t - 1] + b["g"] + r_t * mu_t
            g_t = np.tanh(a["g"][t - 1])
            # sigma(-a) = 1 - sigma(a), without the subtraction
            s[t] = sigma(-a["z"][t - 1]) * g_t + z_t * s[t - 1]
            o[t - 1] = V @ s[t] + c
            log_y_hat = rnn.log_softmax(o[t - 1])
            y_hat[t - 1], E[t - 1] = np.exp(log_y_hat), -(y[t - 1] @ log_y_hat)
            r[t - 1], z[t - 1], mu[t - 1], g[t - 1] = r_t, z_t, mu_t, g_t
        total = float((given["m"] * E).sum(dtype=float))
    arguments_of = {f"a_{gate}": a[gate] for gate in GATES}
    rnn.check_finite({**arguments_of, "mu": mu, "o": o, "E": E})
    return Forward(a, r, z, mu, g, s, o, y_hat, E, total)


def _backward(given: dict[str, Array], run: Forward) -> Backward:
    W = {gate: given[f"W_{gate}"] for gate in GATES}
    V, x, y, m = (given[name] for name in ("V", "x", "y", "m"))
    by = {
        name: np.zeros_like(array)
        for name, array in given.items()
        if name not in ("x", "y", "m")
    }
    delta = {name: np.zeros_like(run.g) for name in (*GATES, "mu")}
    # s_next is what the steps behind say
    by_s, s_next = np.zeros_like(run.g), np.zeros_like(given["s_0"])
    for t in range(len(y), 0, -1):
        r, z, mu, g = run.r[t - 1], run.z[t - 1], run.mu[t - 1], run.g[t - 1]
        one_minus_z, s_before = sigma(-run.a["z"][t - 1]), run.s[t - 1]
        right = y[t - 1] == 1
        # y_hat_t - y_t
        error = m[t - 1] * np.where(right, np.expm1(-run.E[t - 1]), run.y_hat[t - 1])

        by_s_t = V.T @ error + s_next
        delta_g = slopes(run.a["g"][t - 1]) @ (one_minus_z * by_s_t)
        delta_z = sigma_slopes(run.a["z"][t - 1]) @ ((s_before - g) * by_s_t)
        delta_r = sigma_slopes(run.a["r"][t - 1]) @ (mu * delta_g)
        delta_mu = r * delta_g
        for gate, delta_t in {"r": delta_r, "z": delta_z, "g": delta_g}.items():
            by[f"U_{gate}"] += np.outer(delta_t, x[t - 1])
            by[f"b_{gate}"] += delta_t
            delta[gate][t - 1] = delta_t
        for gate, delta_t in {"r": delta_r, "z": delta_z, "g": delta_mu}.items():
            by[f"W_{gate}"] += np.outer(delta_t, s_before)
        by["beta"] += delta_mu
        by["V"] += np.outer(error, run.s[t])
        by["c"] += error
        by_s[t - 1], delta["mu"][t - 1] = by_s_t, delta_mu

        kept = z * by_s_t
        s_next = kept + W["r"].T @ delta_r + W["z"].T @ delta_z + W["g"].T @ delta_mu
    by["s_0"] = s_next
    return Backward(by, delta, by_s)


def gradients(
    parameters: Mapping[str, ArrayLike],
    s_0: ArrayLike,
    x: ArrayLike,
    y: ArrayLike,
    *,
    mask: ArrayLike | None = None,
) -> Gradients:
    """Compute the loss of B sequences and its gradients, the fast way.

    Args:
        parameters: by name, see `AXES`.
        s_0: the initial state, shape (n,), or one for each sequence, shape (B, n).
        x: tokens, shape (T, B), or vectors, shape (T, B, m); T = 0 is allowed.
        y: classes, shape (T, B).
        mask: the weights of the losses, shape (T, B), each from 0 to 1; None for ones.
            The states go on where it is 0.

    Returns:
        Loss and gradients in new arrays, in float32 if all parameters, starts and
        vectors are, and else in float64.

    Raises:
        TypeError: as `bptt.arguments.cell`.
        ValueError: as `bptt.arguments.cell`.
        OverflowError: the loss or a gradient leaves the range of floating point
            numbers.
    """
    own = {**parameters, "s_0": s_0}
    given = arguments.cell(AXES | STARTS, own, x, y, mask, many=True)
    with np.errstate(all="ignore"):  # overflow is reported below, by name
        found = _gradients(given)
    check_range(found.by, found.E)
    return found


def _gradients(given: dict[str, Array]) -> Gradients:
    """Four blocks of n stand side by side: g, r, z, and mu, which has no inputs."""
    V, c, x, y = (given[name] for name in ("V", "c", "x", "y"))
    (T, B), (q, n), dtype = y.shape, V.shape, V.dtype
    zeros = np.zeros_like(given["U_g"])
    U = np.concatenate([given["U_g"], given["U_r"], given["U_z"], zeros])
    W = np.concatenate([given["W_r"], given["W_z"], given["W_g"]])
    b = np.concatenate([given["b_g"], given["b_r"], given["b_z"], given["beta"]])
    # sigma(a) = (1 + tanh(a/2)) / 2
    half = np.repeat(np.array([1, 0.5, 0.5, 1], dtype), n)
    G, S = np.empty((T, B, 4, n), dtype), np.empty((T + 1, B, n), dtype)
    A, R = np.empty((B, 3 * n), dtype), np.empty((B, n), dtype)
    by_s, Z = np.empty((T, B, n), dtype), np.empty((q, T * B), dtype)
    inputs(half[:, np.newaxis] * U, half * b, x, G.reshape(T * B, 4 * n))
    S[0] = given["s_0"]
    by_columns = (half[n:, np.newaxis] * W).T
    for t in range(T):
        gates = G[t].reshape(B, 4 * n)
        np.dot(S[t], by_columns, A)
        recurrent, sigmas = gates[:, n:], gates[:, n : 3 * n]
        recurrent += A
        np.tanh(sigmas, sigmas)
        sigmas *= 0.5
        sigmas += 0.5
        g, r, z, mu = (G[t, :, k] for k in range(4))
        g += np.multiply(r, mu, R)
        np.tanh(g, g)
        np.subtract(S[t], g, R)
        R *= z
        np.add(g, R, S[t + 1])  # g + z (s - g)

    E = fast.output_errors(V, c, y, S, Z, given["m"])
    np.dot(Z.T, V, by_s.reshape(T * B, n))
    D = np.empty_like(G)  # the error terms; before that, by what the walk multiplies
    g, r, z, mu = (G[:, :, k] for k in range(4))
    np.multiply(1 - g * g, 1 - z, D[:, :, 0])
    np.multiply(r * (1 - r), mu * D[:, :, 0], D[:, :, 1])
    np.multiply(z * (1 - z), S[:-1] - g, D[:, :, 2])
    np.multiply(r, D[:, :, 0], D[:, :, 3])
    s_next = np.zeros((B, n), dtype)
    for t in range(T - 1, -1, -1):
        by_s[t] += s_next
        D[t] *= by_s[t][:, np.newaxis]
        np.dot(D[t].reshape(B, 4 * n)[:, n:], W, s_next)
        s_next += np.multiply(z[t], by_s[t], R)

    delta = D.reshape(T * B, 4 * n)
    by_W = delta[:, n:].T @ S[:-1].reshape(T * B, n)
    by_U = fast.by_input(x, U.shape[1], delta, G)
    by_b = np.add.reduce(delta, 0)
    # where a gate stands in U and b, and where in W
    rows = {"g": (0, 2), "r": (1, 0), "z": (2, 1)}
    by: dict[str, Array] = {}
    for gate in GATES:
        k, j = (slice(n * at, n * (at + 1)) for at in rows[gate])
        by |= {
            f"U_{gate}": by_U[k].copy(),
            f"W_{gate}": by_W[j].copy(),
            f"b_{gate}": by_b[k].copy(),
        }
    by |= {
        "beta": by_b[3 * n :].copy(),
        "V": Z @ S[1:].reshape(T * B, n),
        "c": np.add.reduce(Z, 1),
    }
    by["s_0"] = s_next if given["s_0"].ndim > 1 else np.add.reduce(s_next, 0)
    return Gradients(E, by, S[-1].copy())
