"""The recurrent network of the book: its forward pass and its loss, formula by formula.

What one can do with it::

    letters = draws.rnn()                # U, W, V, b, c, s_0, x, y
    run = forward(**letters)             # every a_t, s_t, o_t, y_hat_t, E_t
    run.total == loss(**letters)         # E = E_1 + ... + E_T

These are the formulas::

    a_t = U x_t + W s_{t-1} + b     s_t = tanh(a_t)
    o_t = V s_t + c                 y_hat_t = softmax(o_t)     E_t = -y_t^T log y_hat_t

Steps are counted from 1; row t - 1 of x, y, a, o, y_hat and E belongs to step t, and ``s[t]`` is s_t with s_0 in row 0.
Complex parameters are accepted and stay complex to the end, so that an oracle can differentiate this program by a
complex step: no conjugate, absolute value or comparison touches an imaginary part.

Source: J. L. Elman, Finding structure in time, 1990, doi:10.1207/s15516709cog1402_1; the output as softmax with cross
entropy: J. S. Bridle, Probabilistic interpretation of feedforward classification network outputs, 1990,
doi:10.1007/978-3-642-76153-9_28.
"""

from dataclasses import dataclass
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import ArrayLike, NDArray

Array: TypeAlias = NDArray[Any]
"""An array of float64, or of complex128 when any parameter is complex."""

Number: TypeAlias = float | complex

SHAPES = {
    "W": ("n", "n"),
    "U": ("n", "m"),
    "V": ("q", "n"),
    "b": ("n",),
    "c": ("q",),
    "s_0": ("n",),
    "x": ("T", "m"),
    "y": ("T", "q"),
}
"""The shape of each argument. A size is settled by the first argument that has it, in this order."""


@dataclass(frozen=True, eq=False)
class Forward:
    """Everything that the forward pass computes.

    Attributes:
        a: the arguments of tanh, a_1 ... a_T, shape (T, n).
        s: the states, s_0 ... s_T, shape (T+1, n); a copy of s_0 is row 0.
        o: the logits, o_1 ... o_T, shape (T, q).
        y_hat: the predicted probabilities, shape (T, q); every row sums to 1.
        E: the losses E_1 ... E_T in nats, shape (T,).
        total: their sum E, a number in nats; 0 when T = 0.
    """

    a: Array
    s: Array
    o: Array
    y_hat: Array
    E: Array
    total: Number


def forward(  # noqa: PLR0917  # eight letters in the formulas, eight arguments
    U: ArrayLike, W: ArrayLike, V: ArrayLike, b: ArrayLike, c: ArrayLike, s_0: ArrayLike, x: ArrayLike, y: ArrayLike
) -> Forward:
    """Run the network over all steps.

    Args:
        U: input weights, shape (n, m).
        W: recurrent weights, shape (n, n).
        V: output weights, shape (q, n).
        b: bias of the states, shape (n,).
        c: bias of the logits, shape (q,).
        s_0: the initial state, shape (n,).
        x: the inputs x_1 ... x_T as rows, shape (T, m); T = 0 is allowed.
        y: the targets y_1 ... y_T as rows, one-hot, shape (T, q).

    Returns:
        Every intermediate result and the loss. No array shares memory with an argument.

    Raises:
        TypeError: an argument does not hold numbers, or y holds complex ones.
        ValueError: a wrong shape, NaN or infinity, or a row of y that is not one-hot.
        OverflowError: a_t, o_t or E_t leaves the range of floating point numbers.
    """
    given = {"U": U, "W": W, "V": V, "b": b, "c": c, "s_0": s_0, "x": x, "y": y}
    arrays = {name: _numbers(name, given[name]) for name in SHAPES}
    _check_shapes(arrays)
    _check_one_hot(arrays["y"])
    with np.errstate(over="ignore", under="ignore", invalid="ignore"):  # overflow is reported below, by name and step
        run = _steps(**arrays)
    _check_range(run)
    return run


def loss(  # noqa: PLR0917  # eight letters in the formulas, eight arguments
    U: ArrayLike, W: ArrayLike, V: ArrayLike, b: ArrayLike, c: ArrayLike, s_0: ArrayLike, x: ArrayLike, y: ArrayLike
) -> Number:
    """Compute E, the sum of the losses of all steps, in nats. Arguments and errors as for `forward`."""
    return forward(U, W, V, b, c, s_0, x, y).total


def log_softmax(o: Array) -> Array:
    """Compute log softmax of the last axis, for logits of any size.

    The largest logit is taken out of the exponentials, so nothing overflows; its own exponential is then exactly 1,
    and log1p of the others keeps every digit of a loss near 0.

    Args:
        o: logits, shape (..., q); real or complex.

    Returns:
        The logarithms of the probabilities, same shape, all at most 0 in their real part.
    """
    largest = o.real.argmax(axis=-1, keepdims=True)
    shifted: Array = o - np.take_along_axis(o, largest, axis=-1)
    others = np.exp(shifted)
    np.put_along_axis(others, largest, 0, axis=-1)
    result: Array = shifted - np.log1p(others.sum(axis=-1, keepdims=True))
    return result


def _steps(  # noqa: PLR0917  # eight letters in the formulas, eight arguments
    U: Array, W: Array, V: Array, b: Array, c: Array, s_0: Array, x: Array, y: Array
) -> Forward:
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
    return Forward(a, s, o, np.exp(log_y_hat), E, E.sum().item())


def _numbers(name: str, value: ArrayLike) -> Array:
    try:
        array = np.asarray(value)
    except ValueError as error:
        raise ValueError(f"{name} is no array: its rows must be equally long. NumPy says: {error}") from error
    if array.dtype.kind not in "iufc":
        raise TypeError(f"{name} has dtype {array.dtype}; it must hold real or complex numbers.")
    if not np.isfinite(array).all():
        place = tuple(int(i) for i in np.argwhere(~np.isfinite(array))[0])
        raise ValueError(f"{name} holds {array[place]} at index {place}; every number must be finite.")
    return array.astype(np.result_type(float, array))


def _check_shapes(arrays: dict[str, Array]) -> None:
    sizes: dict[str, tuple[int, str]] = {}
    for name, letters in SHAPES.items():
        shape = arrays[name].shape
        if len(shape) == len(letters):
            for letter, size in zip(letters, shape, strict=True):
                sizes.setdefault(letter, (size, name))
        wanted = tuple(sizes[letter][0] if letter in sizes else letter for letter in letters)
        if shape != wanted:
            known = {letter: sizes[letter] for letter in letters if sizes.get(letter, (0, name))[1] != name}
            origin = " and ".join(f"{letter} = {size} as in {other}" for letter, (size, other) in known.items())
            must = f"{_written(letters)} with {origin}" if origin else _written(letters)
            raise ValueError(f"{name} has shape {_written(shape)}; it must be {must}.")
        if 0 in wanted[letters[0] == "T" :]:
            raise ValueError(f"{name} has shape {_written(shape)}; only T may be 0, other sizes must be at least 1.")


def _written(shape: tuple[int | str, ...]) -> str:
    return f"({', '.join(str(size) for size in shape)}{',' if len(shape) == 1 else ''})"


def _check_one_hot(y: Array) -> None:
    if np.iscomplexobj(y):
        raise TypeError(f"y has dtype {y.dtype}; it must hold real numbers, one-hot in every row.")
    wrong = ~(((y == 0) | (y == 1)).all(axis=1) & (y.sum(axis=1) == 1))
    if wrong.any():
        t = int(np.argmax(wrong)) + 1
        raise ValueError(f"y_{t} is {y[t - 1].tolist()}; every row of y must be one-hot: one entry 1, all others 0.")


def _check_range(run: Forward) -> None:
    for name, values in (("a", run.a), ("o", run.o), ("E", run.E)):
        wrong = ~np.isfinite(values).all(axis=tuple(range(1, values.ndim)))
        if wrong.any():
            t = int(np.argmax(wrong)) + 1
            raise OverflowError(f"{name}_{t} is {values[t - 1]}: numbers became too large; make weights or x smaller.")
