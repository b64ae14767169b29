"""The LSTM.

Here are its forward pass, every gradient by hand, and the same fast for a minibatch.

What one can do with it::

    letters = draws.lstm()                     # parameters, s_0, kappa_0, x, y by name
    run = forward(**letters)                   # every gate, cell, state and loss
    found = backward(**letters)                # found.by["W_f"], found.delta["f"]
    parameters = {name: letters[name] for name in PARAMETERS}
    gradients(parameters, s_0, kappa_0, x, y)  # B sequences, x and y of shape (T, B)

These are the formulas, with gates f, i, omega (forget, input, output), candidate g,
cell kappa and state s::

    f_t = sigma(U_f x_t + W_f s_{t-1} + b_f)         likewise i_t and omega_t
    g_t = tanh(U_g x_t + W_g s_{t-1} + b_g)
    kappa_t = f_t * kappa_{t-1} + i_t * g_t          s_t = omega_t * tanh(kappa_t)
    o_t = V s_t + c     y_hat_t = softmax(o_t)       E_t = -y_t^T log y_hat_t

Other texts call omega_t and kappa_t o_t and c_t, and the first ones h_0 and c_0: here
s_0 and kappa_0. The gates are those of torch.nn.LSTM, which stacks them in the order i,
f, g, omega and adds two biases, b_ih + b_hh, where one is enough.

`forward` and `backward` keep the digits of slopes where a gate is saturated.
`gradients` computes a slope from the gate, f (1 - f) or 1 - g**2, and loses them there,
as PyTorch does; `bptt.fast` says how many.

Source: S. Hochreiter, J. Schmidhuber, Long short-term memory, 1997,
doi:10.1162/neco.1997.9.8.1735; the forget gate: F. A. Gers, J. Schmidhuber, F. Cummins,
Learning to forget, 2000, doi:10.1162/089976600300015015.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TypeAlias

import numpy as np
from numpy.typing import ArrayLike

from bptt import arguments, fast, rnn
from bptt.arguments import Array
from bptt.backward import slopes

GATES = ("f", "i", "omega", "g")
"""The gates and the candidate, in the order of the formulas."""

Axes: TypeAlias = dict[str, tuple[str, ...]]


def axes(*gates: str) -> Axes:
    """The letters of the shapes of U, W and b, for every gate."""
    found: Axes = {}
    for gate in gates:
        found |= {f"U_{gate}": ("n", "m"), f"W_{gate}": ("n", "n"), f"b_{gate}": ("n",)}
    return found


OUTPUT: Axes = {"V": ("q", "n"), "c": ("q",)}
AXES: Axes = axes(*GATES) | OUTPUT
"""The shape of every parameter, in letters."""

PARAMETERS = tuple(AXES)
"""U_f, W_f, b_f, U_i ... b_g, V, c."""

STARTS: Axes = {"s_0": ("n",), "kappa_0": ("n",)}


@dataclass(frozen=True, eq=False)
class Forward:
    """Everything that the forward pass of one sequence computes.

    Attributes:
        a: the arguments of the gates and of the candidate by name, each of shape (T,
            n).
        f: the forget gates f_1 ... f_T, shape (T, n).
        i: the input gates, shape (T, n).
        omega: the output gates, shape (T, n).
        g: the candidates, shape (T, n).
        kappa: the cells kappa_0 ... kappa_T, shape (T+1, n).
        s: the states s_0 ... s_T, shape (T+1, n).
        o: the logits, shape (T, q).
        y_hat: the predicted probabilities, shape (T, q).
        E: the losses E_1 ... E_T in nats, shape (T,).
        total: their sum, each multiplied by its m_t where there is a mask.
    """

    a: dict[str, Array]
    f: Array
    i: Array
    omega: Array
    g: Array
    kappa: Array
    s: Array
    o: Array
    y_hat: Array
    E: Array
    total: float


@dataclass(frozen=True, eq=False)
class Backward:
    """The gradients of one sequence.

    Attributes:
        by: the gradient of E by every parameter and by s_0 and kappa_0, by name, in the
            shape of each.
        delta: the derivatives of E by the arguments of the gates and of the candidate,
            by name, each (T, n).
        by_s: the derivatives by s_1 ... s_T as columns, shape (T, n).
        by_kappa: the derivatives by kappa_1 ... kappa_T as columns, shape (T, n).
    """

    by: dict[str, Array]
    delta: dict[str, Array]
    by_s: Array
    by_kappa: Array


@dataclass(frozen=True, eq=False)
class Gradients:
    """The loss of a minibatch, its gradients, and where states and cells have come to.

    Attributes:
        E: the loss in nats, summed over steps and sequences; 0 when T = 0.
        by: the gradient by every parameter and by s_0 and kappa_0, by name, in the
            shape of each.
        s_T: the last states, shape (B, n): hand them in as s_0 to go on.
        kappa_T: the last cells, shape (B, n).
    """

    E: float
    by: dict[str, Array]
    s_T: Array
    kappa_T: Array


def sigma(a: Array) -> Array:
    """Compute the logistic function 1 / (1 + e^-a), entry by entry.

    It does not overflow, and loses no digits.
    """
    e = np.exp(-np.abs(a))
    result: Array = np.where(a < 0, e, 1) / (1 + e)
    return result


def sigma_slopes(a_t: Array) -> Array:
    """Compute diag(sigma'(a_t)) to full precision: sigma(a) is (1 + tanh(a/2)) / 2."""
    return slopes(a_t / 2) / 4


def forward(
    *,
    s_0: ArrayLike,
    kappa_0: ArrayLike,
    x: ArrayLike,
    y: ArrayLike,
    mask: ArrayLike | None = None,
    **parameters: ArrayLike,
) -> Forward:
    """Run the network over the steps of one sequence.

    Args:
        s_0: the initial state, shape (n,).
        kappa_0: the initial cell, shape (n,).
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
    own = {**parameters, "s_0": s_0, "kappa_0": kappa_0}
    return _forward(arguments.cell(AXES | STARTS, own, x, y, mask, many=False))


def backward(
    *,
    s_0: ArrayLike,
    kappa_0: ArrayLike,
    x: ArrayLike,
    y: ArrayLike,
    mask: ArrayLike | None = None,
    **parameters: ArrayLike,
) -> Backward:
    """Run the network, then walk back and collect the gradients.

    Arguments and errors as for `forward`.
    """
    own = {**parameters, "s_0": s_0, "kappa_0": kappa_0}
    given = arguments.cell(AXES | STARTS, own, x, y, mask, many=False)
    run = _forward(given)
    # overflow is reported below, by name
    with np.errstate(over="ignore", under="ignore", invalid="ignore"):
        found = _backward(given, run)
    check_range(found.by, run.total)
    return found


def check_range(by: Mapping[str, Array], E: float) -> None:
    """Raise OverflowError, with the name, if the loss or a gradient is not finite."""
    for name, value in {"E": np.asarray(E), **by}.items():
        if not np.isfinite(value).all():
            what = name if name == "E" else f"the gradient by {name}"
            raise OverflowError(
                f"{what} is not finite: numbers became too large; make weights or x "
                "smaller."
            )


def _forward(given: dict[str, Array]) -> Forward:
    U, W, b = ({gate: given[f"{letter}_{gate}"] for gate in GATES} for letter in "UWb")
    V, c, x, y = (given[name] for name in ("V", "c", "x", "y"))
    (T, q), n, dtype = y.shape, len(given["s_0"]), V.dtype
    a = {gate: np.empty((T, n), dtype) for gate in GATES}
    f, i, omega, g = (np.empty((T, n), dtype) for _ in GATES)
    kappa, s = np.empty((T + 1, n), dtype), np.empty((T + 1, n), dtype)
    o, E = np.empty((T, q), dtype), np.empty(T, dtype)
    y_hat = np.empty((T, q), dtype)
    s[0], kappa[0] = given["s_0"], given["kappa_0"]
    # overflow is reported below
    with np.errstate(over="ignore", under="ignore", invalid="ignore"):
        for t in range(1, T + 1):
            for gate in GATES:
                a[gate][t - 1] = U[gate] @ x[t - 1] + W[gate] @ s[t - 1] + b[gate]
            f_t, i_t = sigma(a["f"][t - 1]), sigma(a["i"][t - 1])
            omega_t, g_t = sigma(a["omega"][t - 1]), np.tanh(a["g"][t - 1])
            kappa[t] = f_t * kappa[t - 1] + i_t * g_t
            s[t] = omega_t * np.tanh(kappa[t])
            o[t - 1] = V @ s[t] + c
            log_y_hat = rnn.log_softmax(o[t - 1])
            y_hat[t - 1], E[t - 1] = np.exp(log_y_hat), -(y[t - 1] @ log_y_hat)
            f[t - 1], i[t - 1], omega[t - 1], g[t - 1] = f_t, i_t, omega_t, g_t
        total = float((given["m"] * E).sum(dtype=float))
    arguments_of = {f"a_{gate}": a[gate] for gate in GATES}
    rnn.check_finite({**arguments_of, "kappa": kappa[1:], "o": o, "E": E})
    return Forward(a, f, i, omega, g, kappa, s, o, y_hat, E, total)


def _backward(given: dict[str, Array], run: Forward) -> Backward:
    W = {gate: given[f"W_{gate}"] for gate in GATES}
    V, x, y, m = (given[name] for name in ("V", "x", "y", "m"))
    by = {
        name: np.zeros_like(array)
        for name, array in given.items()
        if name not in ("x", "y", "m")
    }
    delta = {gate: np.zeros_like(run.g) for gate in GATES}
    by_s, by_kappa = np.zeros_like(run.g), np.zeros_like(run.g)
    # what the steps behind say
    s_next, kappa_next = np.zeros_like(given["s_0"]), np.zeros_like(given["s_0"])
    for t in range(len(y), 0, -1):
        f, i, omega, g = run.f[t - 1], run.i[t - 1], run.omega[t - 1], run.g[t - 1]
        kappa, kappa_before, s_before = run.kappa[t], run.kappa[t - 1], run.s[t - 1]
        right = y[t - 1] == 1
        # y_hat_t - y_t
        error = m[t - 1] * np.where(right, np.expm1(-run.E[t - 1]), run.y_hat[t - 1])

        by_s_t = V.T @ error + s_next
        by_kappa_t = slopes(kappa) @ (omega * by_s_t) + kappa_next
        delta_t = {
            "f": sigma_slopes(run.a["f"][t - 1]) @ (kappa_before * by_kappa_t),
            "i": sigma_slopes(run.a["i"][t - 1]) @ (g * by_kappa_t),
            "omega": sigma_slopes(run.a["omega"][t - 1]) @ (np.tanh(kappa) * by_s_t),
            "g": slopes(run.a["g"][t - 1]) @ (i * by_kappa_t),
        }
        for gate in GATES:
            by[f"U_{gate}"] += np.outer(delta_t[gate], x[t - 1])
            by[f"W_{gate}"] += np.outer(delta_t[gate], s_before)
            by[f"b_{gate}"] += delta_t[gate]
            delta[gate][t - 1] = delta_t[gate]
        by["V"] += np.outer(error, run.s[t])
        by["c"] += error
        by_s[t - 1], by_kappa[t - 1] = by_s_t, by_kappa_t

        through = [W[gate].T @ delta_t[gate] for gate in GATES]
        s_next = sum(through, np.zeros_like(s_next))
        kappa_next = f * by_kappa_t
    by["s_0"], by["kappa_0"] = s_next, kappa_next
    return Backward(by, delta, by_s, by_kappa)


_ROWS = ("g", "f", "i", "omega")
"""How the fast way stacks them: the three gates together, and the three that the cell
hears together."""


def gradients(
    parameters: Mapping[str, ArrayLike],
    s_0: ArrayLike,
    kappa_0: ArrayLike,
    x: ArrayLike,
    y: ArrayLike,
    *,
    mask: ArrayLike | None = None,
) -> Gradients:
    """Compute the loss of B sequences and its gradients, the fast way.

    Args:
        parameters: by name, see `AXES`.
        s_0: the initial state, shape (n,), or one for each sequence, shape (B, n).
        kappa_0: the initial cell, likewise.
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
    own = {**parameters, "s_0": s_0, "kappa_0": kappa_0}
    given = arguments.cell(AXES | STARTS, own, x, y, mask, many=True)
    with np.errstate(all="ignore"):  # overflow is reported below, by name
        found = _gradients(given)
    check_range(found.by, found.E)
    return found


def _gradients(given: dict[str, Array]) -> Gradients:
    U, W, b = (
        np.concatenate([given[f"{letter}_{gate}"] for gate in _ROWS])
        for letter in "UWb"
    )
    V, c, x, y = (given[name] for name in ("V", "c", "x", "y"))
    (T, B), (q, n), m, dtype = y.shape, V.shape, U.shape[1], V.dtype
    # sigma(a) = (1 + tanh(a/2)) / 2: one tanh for all four
    half = np.repeat(np.array([1, 0.5, 0.5, 0.5], dtype), n)
    G, kappa = np.empty((T, B, 4, n), dtype), np.empty((T + 1, B, n), dtype)
    S = np.empty((T + 1, B, n), dtype)
    squashed, by_s = np.empty((T, B, n), dtype), np.empty((T, B, n), dtype)
    A, Z = np.empty((B, 4 * n), dtype), np.empty((q, T * B), dtype)
    inputs(half[:, np.newaxis] * U, half * b, x, G.reshape(T * B, 4 * n))
    S[0], kappa[0] = given["s_0"], given["kappa_0"]
    by_columns = (half[:, np.newaxis] * W).T
    for t in range(T):
        gates = G[t].reshape(B, 4 * n)
        np.dot(S[t], by_columns, A)
        gates += A
        np.tanh(gates, gates)
        sigmas = gates[:, n:]
        sigmas *= 0.5
        sigmas += 0.5
        g, f, i, omega = (G[t, :, k] for k in range(4))
        np.multiply(f, kappa[t], kappa[t + 1])
        np.multiply(i, g, S[t + 1])
        kappa[t + 1] += S[t + 1]
        np.tanh(kappa[t + 1], squashed[t])
        np.multiply(omega, squashed[t], S[t + 1])

    E = fast.output_errors(V, c, y, S, Z, given["m"])
    np.dot(Z.T, V, by_s.reshape(T * B, n))
    D = np.empty_like(G)  # the error terms; before that, by what the walk multiplies
    g, f, i, omega = (G[:, :, k] for k in range(4))
    np.multiply(1 - g * g, i, D[:, :, 0])
    np.multiply(f * (1 - f), kappa[:-1], D[:, :, 1])
    np.multiply(i * (1 - i), g, D[:, :, 2])
    np.multiply(omega * (1 - omega), squashed, D[:, :, 3])
    omega *= 1 - squashed * squashed
    by_kappa, s_next = np.zeros((B, n), dtype), np.zeros((B, n), dtype)
    R = np.empty((B, n), dtype)
    for t in range(T - 1, -1, -1):
        by_s[t] += s_next
        np.multiply(omega[t], by_s[t], R)
        by_kappa += R
        D[t, :, :3] *= by_kappa[:, np.newaxis]
        D[t, :, 3] *= by_s[t]
        by_kappa *= f[t]
        np.dot(D[t].reshape(B, 4 * n), W, s_next)

    delta = D.reshape(T * B, 4 * n)
    rows = {
        "W": delta.T @ S[:-1].reshape(T * B, n),
        "b": np.add.reduce(delta, 0),
        "U": fast.by_input(x, m, delta, G),
    }
    by = {
        f"{letter}_{gate}": rows[letter][k * n : (k + 1) * n].copy()
        for letter in "UWb"
        for k, gate in enumerate(_ROWS)
    }
    by = {name: by[name] for name in AXES if name in by}
    by |= {"V": Z @ S[1:].reshape(T * B, n), "c": np.add.reduce(Z, 1)}
    for name, start in (("s_0", s_next), ("kappa_0", by_kappa)):
        by[name] = start if given[name].ndim > 1 else np.add.reduce(start, 0)
    return Gradients(E, by, S[-1].copy(), kappa[-1].copy())


def inputs(U: Array, b: Array, x: Array, into: Array) -> None:
    """Fill `into`, one row for each step and sequence, with U x_t + b."""
    if x.ndim > 2:  # noqa: PLR2004  # T, B, m
        np.add(np.dot(x.reshape(-1, U.shape[1]), U.T, into), b, into)
    else:  # tokens: U x_t is a column of U
        # checked before; "raise" would copy first
        np.add(U.T, b, order="C").take(x.reshape(-1), 0, into, "clip")
