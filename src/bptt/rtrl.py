"""Real-time recurrent learning.

The derivatives of the state are carried forward, and no earlier state is kept.

What one can do with it::

    found = gradients(**draws.rnn())   # E, and what `bptt.backward` computes
    for one in online(**draws.rnn()):  # after every step its loss and gradients
        one.E, one.W
    column(**direction, **letters)     # what one direction does to the states

What is carried is the **influence** of every parameter on the state: a matrix with a
row for each unit, and a column for each entry of the parameter, columns stacked. With
D_t = diag(1 - s_t**2) the four influences follow::

    by W:    D_t ((s_{t-1}^T (x) I) + W before)      begins with zeros
    by U:    D_t ((x_t^T (x) I) + W before)          begins with zeros
    by b:    D_t (I + W before)                      begins with zeros
    by s_0:  D_t W before                            begins with I

The row (y_hat_t - y_t)^T V times an influence is the derivative of E_t by that
parameter. The influences hold n**2 (n + m + 2) numbers, however long the sequence is.

Source: R. J. Williams, D. Zipser, A learning algorithm for continually running fully
recurrent neural networks, 1989, doi:10.1162/neco.1989.1.2.270.
"""

from collections.abc import Iterator
from dataclasses import dataclass, fields
from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike

from bptt import arguments, rnn
from bptt.arguments import Array
from bptt.backward import output_errors, slopes
from bptt.rnn import Number


@dataclass(frozen=True, eq=False)
class Gradients:
    """A loss and its gradient by every parameter, each in the shape of the parameter.

    Attributes:
        E: the loss in nats, of one step or of all.
        U: by the input weights, shape (n, m).
        W: by the recurrent weights, shape (n, n).
        V: by the output weights, shape (q, n).
        b: by the bias of the states, shape (n,).
        c: by the bias of the logits, shape (q,).
        s_0: by the initial state, shape (n,).
    """

    E: Number
    U: Array
    W: Array
    V: Array
    b: Array
    c: Array
    s_0: Array


class Influence(NamedTuple):
    """The derivatives of s_t by four parameters.

    There is a row for each unit, a column for each entry, columns stacked.
    """

    U: Array
    """By vec U, shape (n, n m)."""

    W: Array
    """By vec W, shape (n, n n)."""

    b: Array
    """By b, shape (n, n)."""

    s_0: Array
    """By s_0, shape (n, n)."""


def gradients(  # noqa: PLR0917  # eight letters in the formulas, eight arguments
    U: ArrayLike, W: ArrayLike, V: ArrayLike, b: ArrayLike,
    c: ArrayLike, s_0: ArrayLike, x: ArrayLike, y: ArrayLike,
    *, mask: ArrayLike | None = None,
) -> Gradients:  # fmt: skip
    """Run the network once, forward, and add up the gradients of all steps on the way.

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
        E and its gradients; zeros when T = 0. No array shares memory with an argument.

    Raises:
        TypeError: as `bptt.arguments.sequence`.
        ValueError: as `bptt.arguments.sequence`.
        OverflowError: as `bptt.rnn.forward`, or a gradient leaves the range of floating
            point numbers.

    Source: Williams and Zipser 1989, doi:10.1162/neco.1989.1.2.270.
    """
    letters = arguments.sequence(U, W, V, b, c, s_0, x, y, mask)
    dtype = np.result_type(*(letters[name] for name in (*arguments.PARAMETERS, "x")))
    total = {name: np.zeros_like(letters[name], dtype) for name in arguments.PARAMETERS}
    E: Number = 0.0
    # overflow is reported below, by name
    with np.errstate(over="ignore", under="ignore", invalid="ignore"):
        for one in _online(letters):
            E = E + one.E
            for name in total:
                total[name] += getattr(one, name)
    found = Gradients(E, **total)
    _check_range(found)
    return found


def online(  # noqa: PLR0917  # eight letters in the formulas, eight arguments
    U: ArrayLike, W: ArrayLike, V: ArrayLike, b: ArrayLike,
    c: ArrayLike, s_0: ArrayLike, x: ArrayLike, y: ArrayLike,
    *, mask: ArrayLike | None = None,
) -> Iterator[Gradients]:  # fmt: skip
    """Run the network, and give the gradients of every step's loss.

    Each comes as soon as its step is done. Between two steps nothing is kept but the
    last state and the influences on it. Arguments are checked when the first step is
    asked for.

    Args:
        U: input weights, shape (n, m).
        W: recurrent weights, shape (n, n).
        V: output weights, shape (q, n).
        b: bias of the states, shape (n,).
        c: bias of the logits, shape (q,).
        s_0: the initial state, shape (n,).
        x: the inputs x_1 ... x_T as rows, shape (T, m), or as tokens, shape (T,).
        y: the targets y_1 ... y_T as one-hot rows, shape (T, q), or as classes, shape
            (T,).
        mask: m_1 ... m_T, each from 0 to 1, shape (T,); None for ones.

    Yields:
        m_t E_t and its gradients, for t = 1 ... T.

    Raises:
        TypeError: as `bptt.arguments.sequence`.
        ValueError: as `bptt.arguments.sequence`.
        OverflowError: as `bptt.rnn.forward`, or a gradient leaves the range of floating
            point numbers; when the step is reached.
    """
    for found in _online(arguments.sequence(U, W, V, b, c, s_0, x, y, mask)):
        _check_range(found)
        yield found


def begin(s_0: Array, m: int) -> Influence:
    """Build the influences on s_0.

    Those of U, W and b are none, and that of s_0 on itself is the identity.

    Args:
        s_0: the initial state, shape (n,).
        m: how many inputs there are.
    """
    n, dtype = len(s_0), s_0.dtype
    by_U, by_W, by_b = (np.zeros((n, n * k), dtype) for k in (m, n, 1))
    return Influence(by_U, by_W, by_b, np.eye(n, dtype=dtype))


def carry(
    before: Influence, *, W: Array, D_t: Array, s: Array, x_t: Array
) -> Influence:
    """Carry the influences over one step.

    Args:
        before: the influences on s_{t-1}.
        W: recurrent weights, shape (n, n).
        D_t: the slopes of tanh at step t, shape (n,).
        s: the state s_{t-1}, shape (n,).
        x_t: the input, shape (m,).

    Returns:
        The influences on s_t.
    """
    slope = D_t[:, np.newaxis]
    return Influence(
        U=slope * (beside_identity(x_t, len(W)) + W @ before.U),
        W=slope * (beside_identity(s, len(W)) + W @ before.W),
        b=slope * (np.eye(len(W), dtype=W.dtype) + W @ before.b),
        s_0=slope * (W @ before.s_0),
    )


def beside_identity(row: Array, n: int) -> Array:
    """Build row (x) I.

    Times vec of a matrix with n rows, that is the matrix times the row as a column.

    Args:
        row: k numbers, shape (k,).
        n: the size of I.

    Returns:
        The matrix, shape (n, n k). No number is multiplied to make it.
    """
    product = np.zeros((n, n * len(row)), row.dtype)
    for i in range(n):
        product[i, i::n] = row
    return product


def forwards(
    *, W: Array, V: Array, s: Array, D: Array, x: Array, g: Array
) -> Influence:
    """Compute gradients from states that are given.

    It is what `bptt.cost` counts, beside its three ways.

    Args:
        W: recurrent weights, shape (n, n).
        V: output weights, shape (q, n).
        s: the states s_0 ... s_T, shape (T+1, n).
        D: the slopes of tanh at every step, shape (T, n).
        x: the inputs, shape (T, m).
        g: the derivatives of the losses by the logits, y_hat_t - y_t, shape (T, q).

    Returns:
        The derivatives of E by vec U, vec W, b and s_0, as rows; zeros when T = 0.
    """
    influence, total = begin(s[0], x.shape[1]), None
    for t in range(1, len(x) + 1):
        influence = carry(influence, W=W, D_t=D[t - 1], s=s[t - 1], x_t=x[t - 1])
        row = g[t - 1] @ V
        rows = [row @ matrix for matrix in influence]
        if total is None:
            total = rows
        else:
            total = [so_far + one for so_far, one in zip(total, rows, strict=True)]
    zeros = (np.zeros(matrix.shape[1], matrix.dtype) for matrix in influence)
    return Influence(*(total or zeros))


def column(
    by_U: ArrayLike, by_W: ArrayLike, by_b: ArrayLike, by_s_0: ArrayLike, *,
    U: ArrayLike, W: ArrayLike, b: ArrayLike, s_0: ArrayLike, x: ArrayLike,
    **others: ArrayLike,
) -> Array:  # fmt: skip
    """Carry one direction forward.

    It is how the states move when all parameters move along it. The influences times
    the direction, without the influences: at every step ds_t = D_t (dU x_t + dW s_{t-1}
    + db + W ds_{t-1}), a column with n numbers.

    Args:
        by_U: the direction of U, shape (n, m).
        by_W: the direction of W, shape (n, n).
        by_b: the direction of b, shape (n,).
        by_s_0: the direction of s_0, shape (n,).
        U: input weights, shape (n, m).
        W: recurrent weights, shape (n, n).
        b: bias of the states, shape (n,).
        s_0: the initial state, shape (n,).
        x: the inputs as rows, shape (T, m), or tokens, shape (T,).
        others: V, c and y, which the states do not depend on.

    Returns:
        The derivatives of s_0 ... s_T along the direction, shape (T+1, n).

    Raises:
        TypeError: as `bptt.arguments.sequence`, or a direction does not hold numbers.
        ValueError: as `bptt.arguments.sequence`, or a direction has another shape than
            its parameter.
        OverflowError: as `bptt.rnn.forward`, or a derivative leaves the range of
            floating point numbers.
    """
    letters = arguments.sequence(U=U, W=W, b=b, s_0=s_0, x=x, **others)
    directions = {
        name: arguments.numbers(f"by_{name}", value)
        for name, value in {"U": by_U, "W": by_W, "b": by_b, "s_0": by_s_0}.items()
    }
    for name, value in directions.items():
        if value.shape != letters[name].shape:
            wanted = arguments.written(letters[name].shape)
            raise ValueError(
                f"by_{name} has shape {arguments.written(value.shape)}; it must be "
                f"{wanted}, as {name}."
            )
    run = rnn.steps(**letters)
    moved = [directions["s_0"]]
    # overflow is reported below, by step
    with np.errstate(over="ignore", under="ignore", invalid="ignore"):
        for t in range(1, len(run.a) + 1):
            by_a = (
                directions["U"] @ letters["x"][t - 1]
                + directions["W"] @ run.s[t - 1]
                + directions["b"]
            )
            moved.append(slopes(run.a[t - 1]) @ (by_a + letters["W"] @ moved[t - 1]))
    found = np.array(moved)
    rnn.check_finite({"the change of s": found[1:]})
    return found


def _online(letters: dict[str, Array]) -> Iterator[Gradients]:
    W, V, x = letters["W"], letters["V"], letters["x"]
    (n, m), s = letters["U"].shape, letters["s_0"]
    influence = begin(s, m)
    for t in range(1, len(x) + 1):
        now = slice(t - 1, t)
        y, m_t = letters["y"][now], letters["m"][now]
        run = rnn.steps(**letters | {"s_0": s, "x": x[now], "y": y, "m": m_t})
        # overflow is reported by name
        with np.errstate(over="ignore", under="ignore", invalid="ignore"):
            error = output_errors(run, y, m_t)[0]  # m_t (y_hat_t - y_t)
            D_t = slopes(run.a[0]).diagonal()
            influence = carry(influence, W=W, D_t=D_t, s=s, x_t=x[t - 1])
            s, row = run.s[1], error @ V
            found = Gradients(
                E=run.total,
                U=(row @ influence.U).reshape(m, n).T,
                W=(row @ influence.W).reshape(n, n).T,
                V=np.outer(error, s),
                b=row @ influence.b,
                c=error,
                s_0=row @ influence.s_0,
            )
        yield found


def _check_range(found: Gradients) -> None:
    for name in (field.name for field in fields(found)):
        if not np.isfinite(getattr(found, name)).all():
            what = "E" if name == "E" else f"the gradient by {name}"
            raise OverflowError(
                f"{what} is not finite: numbers became too large; make weights or x "
                "smaller."
            )
