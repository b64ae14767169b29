"""Backpropagation through time.

All gradients of the network in one walk back, formula by formula.

What one can do with it::

    gradients = backward(**draws.rnn())
    gradients.W      # the gradient of E by W, in its shape; likewise U, V, b, c, s_0
    gradients.delta  # the error terms delta_1 ... delta_T

Walks that end early are in `bptt.truncated`, many sequences at once in
`bptt.minibatch`, the fast way in `bptt.fast`.

These are the formulas. With D_t = diag(1 - s_t**2) and delta_{T+1} = 0, from t = T down
to 1::

    delta_t = D_t (V^T (y_hat_t - y_t) + W^T delta_{t+1})

    grad W = sum of delta_t s_{t-1}^T    grad V = sum of (y_hat_t - y_t) s_t^T
    grad U = sum of delta_t x_t^T        grad c = sum of y_hat_t - y_t
    grad b = sum of delta_t              grad s_0 = W^T delta_1

The gradient of E by a parameter has the shape of the parameter, and delta_t is the
derivative of E by a_t, as a column. Where a mask gives the steps weights m_t, it is m_t
(y_hat_t - y_t) in all of them. Complex parameters are accepted and stay complex, for
nothing is conjugated.

Two of these would lose digits if they were computed as they are written. Where tanh is
nearly flat, 1 - s_t**2 does; `slopes` computes it from a_t. Where the network is nearly
certain, y_hat_t - y_t does; `output_errors` computes it from E_t.

Source: P. J. Werbos, Backpropagation through time: what it does and how to do it, 1990,
doi:10.1109/5.58337.
"""

from dataclasses import dataclass, fields

import numpy as np
from numpy.typing import ArrayLike

from bptt import arguments, rnn
from bptt.arguments import Array


@dataclass(frozen=True, eq=False)
class Gradients:
    """The gradient of E by every parameter, and the error terms.

    Gradients are in nats per unit of the parameter.

    Attributes:
        U: by the input weights, shape (n, m).
        W: by the recurrent weights, shape (n, n).
        V: by the output weights, shape (q, n).
        b: by the bias of the states, shape (n,).
        c: by the bias of the logits, shape (q,).
        s_0: by the initial state, shape (n,).
        delta: the error terms delta_1 ... delta_T, shape (T, n).
    """

    U: Array
    W: Array
    V: Array
    b: Array
    c: Array
    s_0: Array
    delta: Array


def backward(  # noqa: PLR0917  # eight letters in the formulas, eight arguments
    U: ArrayLike, W: ArrayLike, V: ArrayLike, b: ArrayLike,
    c: ArrayLike, s_0: ArrayLike, x: ArrayLike, y: ArrayLike,
    *, mask: ArrayLike | None = None,
) -> Gradients:  # fmt: skip
    """Run the network over all steps, then walk back and collect the gradients.

    Args:
        U: input weights, shape (n, m).
        W: recurrent weights, shape (n, n).
        V: output weights, shape (q, n).
        b: bias of the states, shape (n,).
        c: bias of the logits, shape (q,).
        s_0: the initial state, shape (n,).
        x: the inputs x_1 ... x_T as rows, shape (T, m), or as tokens, shape (T,); T = 0
            is allowed.
        y: the targets y_1 ... y_T as one-hot rows, shape (T, q), or as classes, shape
            (T,).
        mask: m_1 ... m_T, each from 0 to 1, shape (T,); None for ones.

    Returns:
        All gradients; zeros when T = 0. No array shares memory with an argument.

    Raises:
        TypeError: as `bptt.arguments.sequence`.
        ValueError: as `bptt.arguments.sequence`.
        OverflowError: as `bptt.rnn.forward`, or a gradient leaves the range of floating
            point numbers.

    Source: Werbos 1990, doi:10.1109/5.58337.
    """
    letters = arguments.sequence(U, W, V, b, c, s_0, x, y, mask)
    run = rnn.steps(**letters)
    # overflow is reported below, by name
    with np.errstate(over="ignore", under="ignore", invalid="ignore"):
        errors = output_errors(run, letters["y"], letters["m"])
        gradients = _walk_back(letters["W"], letters["V"], letters["x"], errors, run)
    check_range(gradients)
    return gradients


def slopes(a_t: ArrayLike) -> Array:
    """Compute D_t = diag(1 - tanh(a_t)**2) to full precision.

    With e = exp(-2 ``|a_t|``) the slope is 4 e / (1 + e)**2. Nothing is subtracted, so
    no digit is lost.

    Args:
        a_t: the argument of tanh, shape (n,).

    Returns:
        The slopes on the diagonal of a matrix, shape (n, n).

    Raises:
        TypeError: a_t does not hold numbers.
        ValueError: a_t is no column, or holds NaN or infinity.
    """
    a_t = arguments.numbers("a_t", a_t)
    if a_t.ndim != 1:
        raise ValueError(
            f"a_t has shape {arguments.written(a_t.shape)}; it must be (n,)."
        )
    # |a_t|, with its imaginary part kept
    e = np.exp(-2 * np.where(a_t.real < 0, -a_t, a_t))
    return np.diag(4 * e / (1 + e) ** 2)


def output_errors(run: rnn.Forward, y: Array, m: Array) -> Array:
    """Compute dE/do_t = m_t (y_hat_t - y_t) for all steps, to full precision.

    At the right class y_hat_t - y_t is exp(-E_t) - 1, for which NumPy has expm1, and
    elsewhere y_t is zero. Nothing is subtracted, so no digit is lost.

    Args:
        run: what the forward pass has computed.
        y: the targets as one-hot rows, shape (T, q).
        m: the weights of the losses, shape (T,).

    Returns:
        The derivatives by the logits, as columns in the rows of an array, shape (T, q).
    """
    errors: Array = np.where(y == 1, np.expm1(-run.E)[:, np.newaxis], run.y_hat)
    return m[:, np.newaxis] * errors


def check_range(gradients: Gradients) -> None:
    """Raise OverflowError, with the name, if a gradient is not finite."""
    for name in (field.name for field in fields(gradients)):
        if not np.isfinite(getattr(gradients, name)).all():
            raise OverflowError(
                f"the gradient by {name} is not finite: numbers became too large; make "
                "weights or x smaller."
            )


def _walk_back(
    W: Array, V: Array, x: Array, errors: Array, run: rnn.Forward
) -> Gradients:
    (T, n), m, q = run.a.shape, x.shape[1], len(V)
    s, dtype = run.s, run.E.dtype
    grad_U, grad_W = np.zeros((n, m), dtype), np.zeros((n, n), dtype)
    grad_V = np.zeros((q, n), dtype)
    grad_b, grad_c = np.zeros(n, dtype), np.zeros(q, dtype)
    delta, delta_next = np.zeros((T, n), dtype), np.zeros(n, dtype)  # delta_{T+1} = 0
    for t in range(T, 0, -1):
        error = errors[t - 1]  # y_hat_t - y_t
        D_t = slopes(run.a[t - 1])
        delta_t = D_t @ (V.T @ error + W.T @ delta_next)
        grad_W += np.outer(delta_t, s[t - 1])
        grad_U += np.outer(delta_t, x[t - 1])
        grad_b += delta_t
        grad_V += np.outer(error, s[t])
        grad_c += error
        delta[t - 1] = delta_next = delta_t
    grad_s_0 = W.T @ delta_next
    return Gradients(
        U=grad_U, W=grad_W, V=grad_V, b=grad_b, c=grad_c, s_0=grad_s_0, delta=delta
    )
