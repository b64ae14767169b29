"""The recurrent network of the book: its forward pass and its loss, formula by formula.

What one can do with it::

    letters = draws.rnn()         # U, W, V, b, c, s_0, x, y
    run = forward(**letters)      # every a_t, s_t, o_t, y_hat_t, E_t
    run.total == loss(**letters)  # E = E_1 + ... + E_T
    forward(U, W, V, b, c, s_0, x=[3, 1, 4], y=[1, 4, 1])  # tokens and classes

These are the formulas::

    a_t = U x_t + W s_{t-1} + b     s_t = tanh(a_t)
    o_t = V s_t + c                 y_hat_t = softmax(o_t)     E_t = -y_t^T log y_hat_t

Steps are counted from 1; row t - 1 of x, y, a, o, y_hat and E belongs to step t, and
``s[t]`` is s_t with s_0 in row 0. A mask gives each step a weight m_t from 0 to 1, and
E is then the sum of m_t E_t; the states go on through every step.

All is computed in double precision, or in single precision when all parameters and
vectors are float32; the losses are added up in double precision even then. Complex
parameters are accepted and stay complex to the end, so that an oracle can differentiate
this program by a complex step: no conjugate, absolute value or comparison touches an
imaginary part.

Source: J. L. Elman, Finding structure in time, 1990, doi:10.1207/s15516709cog1402_1;
the output as softmax with cross entropy: J. S. Bridle, Probabilistic interpretation of
feedforward classification network outputs, 1990, doi:10.1007/978-3-642-76153-9_28.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TypeAlias

import numpy as np
from numpy.typing import ArrayLike

from bptt import arguments
from bptt.arguments import Array

Number: TypeAlias = float | complex


@dataclass(frozen=True, eq=False)
class Forward:
    """Everything that the forward pass computes.

    Attributes:
        a: the arguments of tanh, a_1 ... a_T, shape (T, n).
        s: the states, s_0 ... s_T, shape (T+1, n); a copy of s_0 is row 0.
        o: the logits, o_1 ... o_T, shape (T, q).
        y_hat: the predicted probabilities, shape (T, q); every row sums to 1.
        E: the losses E_1 ... E_T in nats, shape (T,).
        total: E, their sum, each multiplied by its m_t where there is a mask; a number
            in nats, 0 when T = 0.
    """

    a: Array
    s: Array
    o: Array
    y_hat: Array
    E: Array
    total: Number


def forward(  # noqa: PLR0917  # eight letters in the formulas, eight arguments
    U: ArrayLike, W: ArrayLike, V: ArrayLike, b: ArrayLike,
    c: ArrayLike, s_0: ArrayLike, x: ArrayLike, y: ArrayLike,
    *, mask: ArrayLike | None = None,
) -> Forward:  # fmt: skip
    """Run the network over all steps.

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
        Every intermediate result and the loss. No array shares memory with an argument.

    Raises:
        TypeError: as `bptt.arguments.sequence`.
        ValueError: as `bptt.arguments.sequence`.
        OverflowError: a_t, o_t, E_t or the sum E leaves the range of floating point
            numbers.
    """
    return steps(**arguments.sequence(U, W, V, b, c, s_0, x, y, mask))


def loss(  # noqa: PLR0917  # eight letters in the formulas, eight arguments
    U: ArrayLike, W: ArrayLike, V: ArrayLike, b: ArrayLike,
    c: ArrayLike, s_0: ArrayLike, x: ArrayLike, y: ArrayLike,
    *, mask: ArrayLike | None = None,
) -> Number:  # fmt: skip
    """Compute E, the sum of the losses of all steps, in nats.

    Arguments and errors as for `forward`.
    """
    return forward(U, W, V, b, c, s_0, x, y, mask=mask).total


def log_softmax(o: Array) -> Array:
    """Compute log softmax of the last axis, for logits of any size.

    The largest logit is taken out of the exponentials, so nothing overflows; its own
    exponential is then exactly 1, and log1p of the others keeps every digit of a loss
    near 0. This runs in every step and checks nothing; `bptt.softmax` has the same for
    one column, checked.

    Args:
        o: logits, shape (..., q); real or complex.

    Returns:
        The logarithms of the probabilities, same shape, all at most 0 in their real
        part.
    """
    largest = o.real.argmax(axis=-1, keepdims=True)
    shifted: Array = o - np.take_along_axis(o, largest, axis=-1)
    others = np.exp(shifted)
    np.put_along_axis(others, largest, 0, axis=-1)
    result: Array = shifted - np.log1p(others.sum(axis=-1, keepdims=True))
    return result


def steps(  # noqa: PLR0917  # nine letters in the formulas, nine arguments
    U: Array, W: Array, V: Array, b: Array, c: Array,
    s_0: Array, x: Array, y: Array, m: Array,
) -> Forward:  # fmt: skip
    """Do what `forward` does with arguments that have been checked.

    It was `bptt.arguments.sequence` that checked them.
    """
    # overflow is reported below, by name and step
    with np.errstate(over="ignore", under="ignore", invalid="ignore"):
        run = _steps(U, W, V, b, c, s_0, x, y, m)
    _check_range(run)
    return run


def _steps(  # noqa: PLR0917  # nine letters in the formulas, nine arguments
    U: Array, W: Array, V: Array, b: Array, c: Array,
    s_0: Array, x: Array, y: Array, m: Array,
) -> Forward:  # fmt: skip
    (T, q), n = y.shape, len(s_0)
    dtype = np.result_type(U, W, V, b, c, s_0, x)
    a, s = np.empty((T, n), dtype), np.empty((T + 1, n), dtype)
    o, log_y_hat = np.empty((T, q), dtype), np.empty((T, q), dtype)
    E = np.empty(T, dtype)
    s[0] = s_0
    for t in range(1, T + 1):
        a[t - 1] = U @ x[t - 1] + W @ s[t - 1] + b
        s[t] = np.tanh(a[t - 1])
        o[t - 1] = V @ s[t] + c
        log_y_hat[t - 1] = log_softmax(o[t - 1])
        E[t - 1] = -(y[t - 1] @ log_y_hat[t - 1])
    # a sum of float32 losses may need more range than they
    total = (m * E).sum(dtype=np.result_type(float, E))
    return Forward(a, s, o, np.exp(log_y_hat), E, total=total.item())


def _check_range(run: Forward) -> None:
    check_finite({"a": run.a, "o": run.o, "E": run.E})
    if not np.isfinite(run.total):
        raise OverflowError(
            "E is not finite: numbers became too large; make weights or x smaller."
        )


def check_finite(found: Mapping[str, Array]) -> None:
    """Raise OverflowError if a result of a step is not finite.

    The message has its name and the step; row t - 1 belongs to step t.
    """
    for name, values in found.items():
        wrong = ~np.isfinite(values).all(axis=tuple(range(1, values.ndim)))
        if wrong.any():
            t = int(np.argmax(wrong)) + 1
            raise OverflowError(
                f"{name}_{t} is {values[t - 1]}: numbers became too large; make "
                "weights or x smaller."
            )
