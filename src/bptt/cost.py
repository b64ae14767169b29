"""What a gradient costs: three ways to compute the same one.

They run on numbers that count how often they are multiplied.

What one can do with it::

    letters = given(**draws.rnn())       # what every way needs: W, V, s, D, x and g
    sweep(**letters)                     # the gradients by U, W and V in one walk back
    multiplications(sweep, **letters)    # how many multiplications that took

The three ways differ in what they do twice. `products_written_out` multiplies out the
product of Jacobians of every pair of steps k <= t. `walk_for_every_loss` carries a row
back instead of a matrix, but begins anew for every loss. `sweep` lets the losses share
one walk. For one unit, `terms_one_by_one` and `nested` are the same contrast on paper.

The ways are plain NumPy and know nothing of counting. They are run on arrays of
`Number`, each of which adds one to a tally when it is multiplied, whoever does it.
Additions, tanh and exp are not counted.

Row t - 1 of D, x and g belongs to step t, and ``s[t]`` is s_t. In every way D, x and g
have T rows, T at least 1.
"""

from collections.abc import Callable
from typing import Any, NamedTuple, TypeAlias

import numpy as np
from numpy.typing import ArrayLike, NDArray

from bptt import rnn

Array: TypeAlias = NDArray[Any]
"""An array of float64, or of `Number` while something is counted."""


class Gradients(NamedTuple):
    """The gradients of E by the three matrices, each in the shape of its matrix."""

    U: Array
    W: Array
    V: Array


class Tally:
    """How many multiplications there have been."""

    def __init__(self) -> None:
        self.multiplications = 0


class Number:
    """A number that counts how often it is multiplied.

    Args:
        value: the number.
        tally: where every multiplication is counted.
    """

    __slots__ = ("tally", "value")

    def __init__(self, value: float, tally: Tally) -> None:
        self.value, self.tally = value, tally

    def __mul__(self, other: "Number | float") -> "Number":
        self.tally.multiplications += 1
        return Number(self.value * _plain(other), self.tally)

    def __add__(self, other: "Number | float") -> "Number":
        return Number(self.value + _plain(other), self.tally)

    def __sub__(self, other: "Number | float") -> "Number":
        return Number(self.value - _plain(other), self.tally)

    def __rsub__(self, other: float) -> "Number":
        return Number(other - self.value, self.tally)

    __rmul__, __radd__ = __mul__, __add__

    def tanh(self) -> "Number":
        """Compute tanh; NumPy calls this for an array of such numbers."""
        return Number(float(np.tanh(self.value)), self.tally)


def multiplications(way: Callable[..., Any], **letters: ArrayLike) -> int:
    """Count the multiplications of numbers that a computation makes.

    Args:
        way: takes arrays by keyword and combines them by sums, products and tanh.
        letters: its arguments.

    Returns:
        How often two numbers were multiplied.
    """
    tally = Tally()
    way(**{name: _counting(value, tally) for name, value in letters.items()})
    return tally.multiplications


def given(  # noqa: PLR0917  # eight letters in the formulas, eight arguments
    U: ArrayLike, W: ArrayLike, V: ArrayLike, b: ArrayLike,
    c: ArrayLike, s_0: ArrayLike, x: ArrayLike, y: ArrayLike,
) -> dict[str, Array]:  # fmt: skip
    """Run the network, and collect what the three ways need.

    Args:
        U: input weights, shape (n, m).
        W: recurrent weights, shape (n, n).
        V: output weights, shape (q, n).
        b: bias of the states, shape (n,).
        c: bias of the logits, shape (q,).
        s_0: the initial state, shape (n,).
        x: the inputs x_1 ... x_T as rows, shape (T, m).
        y: the targets y_1 ... y_T as rows, one-hot, shape (T, q).

    Returns:
        W and V; the states s, shape (T+1, n); the slopes D = 1 - s**2, shape (T, n); x;
        and g = y_hat - y, shape (T, q).

    Raises:
        TypeError: as `bptt.rnn.forward`.
        ValueError: as `bptt.rnn.forward`.
        OverflowError: as `bptt.rnn.forward`.
    """
    run = rnn.forward(U, W, V, b, c, s_0, x, y)
    return {
        "W": np.asarray(W), "V": np.asarray(V), "s": run.s, "D": 1 - run.s[1:] ** 2,
        "x": np.asarray(x), "g": run.y_hat - np.asarray(y),
    }  # fmt: skip


def forward(
    *, U: Array, W: Array, V: Array, b: Array, c: Array, s_0: Array, x: Array
) -> list[Array]:
    """Run the network up to its logits, and no further.

    Its cost is what that of the gradient is to be compared with.

    Args:
        U: input weights, shape (n, m).
        W: recurrent weights, shape (n, n).
        V: output weights, shape (q, n).
        b: bias of the states, shape (n,).
        c: bias of the logits, shape (q,).
        s_0: the initial state, shape (n,).
        x: the inputs x_1 ... x_T as rows, shape (T, m).

    Returns:
        The logits o_1 ... o_T, each of shape (q,).
    """
    o, s_t = [], s_0
    for x_t in x:
        s_t = np.tanh(U @ x_t + W @ s_t + b)
        o.append(V @ s_t + c)
    return o


def sweep(*, W: Array, V: Array, s: Array, D: Array, x: Array, g: Array) -> Gradients:
    """Compute the gradients in one walk back.

    Every step takes delta_t = D_t (V^T g_t + W^T delta_{t+1}).

    Args:
        W: recurrent weights, shape (n, n).
        V: output weights, shape (q, n).
        s: the states s_0 ... s_T, shape (T+1, n).
        D: the slopes of tanh at every step, shape (T, n).
        x: the inputs, shape (T, m).
        g: the derivatives of the losses by the logits, y_hat_t - y_t, shape (T, q).

    Returns:
        The gradients of E by U, W and V.
    """
    T = len(x)
    delta_t = D[T - 1] * (V.T @ g[T - 1])
    grad_U, grad_W = np.outer(delta_t, x[T - 1]), np.outer(delta_t, s[T - 1])
    grad_V = np.outer(g[T - 1], s[T])
    for t in range(T - 1, 0, -1):
        delta_t = D[t - 1] * (V.T @ g[t - 1] + W.T @ delta_t)
        grad_U = grad_U + np.outer(delta_t, x[t - 1])
        grad_W = grad_W + np.outer(delta_t, s[t - 1])
        grad_V = grad_V + np.outer(g[t - 1], s[t])
    return Gradients(grad_U, grad_W, grad_V)


def walk_for_every_loss(
    *, W: Array, V: Array, s: Array, D: Array, x: Array, g: Array
) -> Gradients:
    """Compute the gradients with a walk of its own for every loss.

    Each goes from its step t back to the first.

    Args:
        W: recurrent weights, shape (n, n).
        V: output weights, shape (q, n).
        s: the states s_0 ... s_T, shape (T+1, n).
        D: the slopes of tanh at every step, shape (T, n).
        x: the inputs, shape (T, m).
        g: the derivatives of the losses by the logits, y_hat_t - y_t, shape (T, q).

    Returns:
        The gradients of E by U, W and V.
    """
    grad_U, grad_W, grad_V = _zeros(W, V, x)
    for t in range(1, len(x) + 1):
        grad_V = grad_V + np.outer(g[t - 1], s[t])
        error = D[t - 1] * (V.T @ g[t - 1])
        for k in range(t, 0, -1):
            if k < t:
                error = D[k - 1] * (W.T @ error)
            grad_U = grad_U + np.outer(error, x[k - 1])
            grad_W = grad_W + np.outer(error, s[k - 1])
    return Gradients(grad_U, grad_W, grad_V)


def products_written_out(
    *, W: Array, V: Array, s: Array, D: Array, x: Array, g: Array
) -> Gradients:
    """Compute the gradients as the double sum is printed.

    It takes a product of matrices for every pair of steps k <= t.

    Args:
        W: recurrent weights, shape (n, n).
        V: output weights, shape (q, n).
        s: the states s_0 ... s_T, shape (T+1, n).
        D: the slopes of tanh at every step, shape (T, n).
        x: the inputs, shape (T, m).
        g: the derivatives of the losses by the logits, y_hat_t - y_t, shape (T, q).

    Returns:
        The gradients of E by U, W and V.
    """
    grad_U, grad_W, grad_V = _zeros(W, V, x)
    for t in range(1, len(x) + 1):
        grad_V = grad_V + np.outer(g[t - 1], s[t])
        row = g[t - 1] @ V
        for k in range(1, t + 1):
            J: Array = np.eye(len(W))
            for j in range(k + 1, t + 1):
                J = (D[j - 1][:, np.newaxis] * W) @ J
            term = (row @ J) * D[k - 1]
            grad_U = grad_U + np.outer(term, x[k - 1])
            grad_W = grad_W + np.outer(term, s[k - 1])
    return Gradients(grad_U, grad_W, grad_V)


def terms_one_by_one(w: Array, s: Array, D: Array) -> Any:  # noqa: ANN401  # as nested
    """Compute ds_T/dw for one unit, every term of the sum by itself.

    The terms are D_T w ... D_{k+1} w D_k s_{k-1}.

    Args:
        w: the recurrent weight, an array without axes or a number.
        s: the states s_0 ... s_T, shape (T+1,).
        D: the slopes D_1 ... D_T, shape (T,).

    Returns:
        The derivative, a number.
    """
    total: Any = 0
    for k in range(1, len(D) + 1):
        term = D[k - 1] * s[k - 1]
        for j in range(k + 1, len(D) + 1):
            term = D[j - 1] * (w * term)
        total = total + term
    return total


def nested(w: Array, s: Array, D: Array) -> Any:  # noqa: ANN401  # a float or Number
    """Compute ds_T/dw for one unit in nested brackets.

    They are D_T (s_{T-1} + w D_{T-1} (s_{T-2} + ...)).

    Args:
        w: the recurrent weight, an array without axes or a number.
        s: the states s_0 ... s_T, shape (T+1,).
        D: the slopes D_1 ... D_T, shape (T,).

    Returns:
        The derivative, a number.
    """
    total: Any = D[0] * s[0]
    for t in range(2, len(D) + 1):
        total = D[t - 1] * (s[t - 1] + w * total)
    return total


def gather_back(errors: ArrayLike, *, at_once: bool = False) -> tuple[Array, int]:
    """Collect the gradient by a whole sequence from those by its entries.

    The entries are x_1 ... x_T. A program that takes ``x[t]`` once per step gets one
    gradient back for each. Seen as a function of all of x, each of them is as long as
    x, and zero but for one entry.

    Args:
        errors: the gradients by x_1 ... x_T, shape (T,).
        at_once: whether all entries were taken together, by one operation with T
            results (unbind), instead of one by one by T operations with one result
            each.

    Returns:
        The gradient by x, shape (T,), and how many numbers were written to make it.
    """
    errors = np.asarray(errors)
    if at_once:
        return errors.copy(), errors.size
    whole, written = np.zeros_like(errors), 0
    for t, error in enumerate(errors):
        single = np.zeros_like(errors)
        single[t] = error
        whole = whole + single
        written += single.size
    return whole, written


def _zeros(W: Array, V: Array, x: Array) -> tuple[Array, Array, Array]:
    return np.zeros((len(W), x.shape[1])), np.zeros(W.shape), np.zeros(V.shape)


def _plain(number: "Number | float") -> float:
    return number.value if isinstance(number, Number) else float(number)


def _counting(value: ArrayLike, tally: Tally) -> Any:  # noqa: ANN401  # array or Number
    array = np.asarray(value, dtype=float)
    if not array.ndim:
        return Number(float(array), tally)
    counting = np.empty(array.shape, dtype=object)
    for place in np.ndindex(array.shape):
        counting[place] = Number(float(array[place]), tally)
    return counting
