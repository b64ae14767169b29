"""What the functions of this package accept, checked once.

What is wrong is refused with a sentence that says why.

What one can do with it::

    numbers("W", W)          # a copy in double precision; float32 and complex stay so
    sequence(**letters)      # the arguments of a network for one sequence
    minibatch(**letters)     # the same for B sequences at once
    count("window", window)  # a whole number, at least 1

Every message names the argument, says what it was, and what it must be. No argument is
ever changed.

Tokens and classes are whole numbers from 0. A token x_t = i stands for the column with
its only 1 at place i, so that U x_t is column i of U; a class y_t = i stands for such a
column likewise.
"""

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import ArrayLike, NDArray

Array: TypeAlias = NDArray[Any]
"""An array of float64 or float32, or of complex128."""

PARAMETERS = ("W", "U", "V", "b", "c", "s_0")
"""The parameters, in the order in which they are checked; a size is settled by the
first argument that has it."""


@dataclass(frozen=True, eq=False)
class Minibatch:
    """The arguments of a network for B sequences.

    All that is not whole is in one precision.

    Attributes:
        U: input weights, shape (n, m).
        W: recurrent weights, shape (n, n).
        V: output weights, shape (q, n).
        b: bias of the states, shape (n,).
        c: bias of the logits, shape (q,).
        s_0: the initial state, shape (n,), or one for each sequence, shape (B, n).
        x: tokens, shape (T, B), or vectors, shape (T, B, m).
        y: classes, shape (T, B).
        mask: the weights of the losses, shape (T, B), or None.
    """

    U: Array
    W: Array
    V: Array
    b: Array
    c: Array
    s_0: Array
    x: Array
    y: Array
    mask: Array | None


def sequence(  # noqa: PLR0917  # eight letters in the formulas, eight arguments
    U: ArrayLike, W: ArrayLike, V: ArrayLike, b: ArrayLike,
    c: ArrayLike, s_0: ArrayLike, x: ArrayLike, y: ArrayLike,
    mask: ArrayLike | None = None,
) -> dict[str, Array]:  # fmt: skip
    """Check the arguments of a network for one sequence.

    Args:
        U: input weights, shape (n, m).
        W: recurrent weights, shape (n, n).
        V: output weights, shape (q, n).
        b: bias of the states, shape (n,).
        c: bias of the logits, shape (q,).
        s_0: the initial state, shape (n,).
        x: the inputs as rows, shape (T, m), or tokens, shape (T,).
        y: the targets as one-hot rows, shape (T, q), or classes, shape (T,).
        mask: the weights of the losses, shape (T,), each from 0 to 1; None for ones.

    Returns:
        Copies by name, x and y as rows and the mask as m.

    Raises:
        TypeError: an argument holds something else than numbers, or longer ones than
            double precision, or fractions where they must be whole; or it is a masked
            array.
        ValueError: a wrong shape, NaN or infinity, a token or class that there is not,
            a row of y that is not one-hot, or a mask outside 0 to 1.
    """
    given = {"U": U, "W": W, "V": V, "b": b, "c": c, "s_0": s_0}
    arrays = {name: numbers(name, given[name]) for name in PARAMETERS}
    x, y = plain("x", x), plain("y", y)
    arrays["x"] = (
        _whole("x", x, "(T,)", "and vectors need shape (T, m)")
        if x.ndim == 1
        else numbers("x", x)
    )
    arrays["y"] = (
        _whole("y", y, "(T,)", "and one-hot rows need shape (T, q)")
        if y.ndim == 1
        else numbers("y", y)
    )
    letters = (
        ("n",),
        ("T",) if x.ndim == 1 else ("T", "m"),
        ("T",) if y.ndim == 1 else ("T", "q"),
    )
    _check_shapes(*letters, *(array.shape for array in arrays.values()))
    precision = np.finfo(np.result_type(*(arrays[name] for name in PARAMETERS))).dtype
    if x.ndim == 1:
        m = arrays["U"].shape[1]
        tokens = _indices("x", arrays["x"], m, "columns of U")
        arrays["x"] = np.eye(m, dtype=precision)[tokens]
    if y.ndim == 1:
        q = len(arrays["V"])
        classes = _indices("y", arrays["y"], q, "rows of V")
        arrays["y"] = np.eye(q, dtype=precision)[classes]
    _check_one_hot(arrays["y"])
    m_t = _mask(np.ones(len(x)) if mask is None else mask, x.shape[:1], ("T",))
    return arrays | {"m": m_t.astype(precision)}


def minibatch(  # noqa: PLR0917  # eight letters in the formulas, eight arguments
    U: ArrayLike, W: ArrayLike, V: ArrayLike, b: ArrayLike,
    c: ArrayLike, s_0: ArrayLike, x: ArrayLike, y: ArrayLike,
    mask: ArrayLike | None = None,
) -> Minibatch:  # fmt: skip
    """Check the arguments of a network for B sequences.

    Nothing that has the right dtype is copied.

    Args:
        U: input weights, shape (n, m).
        W: recurrent weights, shape (n, n).
        V: output weights, shape (q, n).
        b: bias of the states, shape (n,).
        c: bias of the logits, shape (q,).
        s_0: the initial state, shape (n,), or one for each sequence, shape (B, n).
        x: tokens, shape (T, B), or vectors, shape (T, B, m).
        y: classes, shape (T, B).
        mask: the weights of the losses, shape (T, B), each from 0 to 1; None for ones.

    Returns:
        The arguments as arrays, in float32 if U, W, V, b, c, s_0 and vectors x all are,
        and in float64 otherwise.

    Raises:
        TypeError: an argument holds something else than real numbers, or longer ones
            than double precision, or fractions where they must be whole; or it is a
            masked array.
        ValueError: a wrong shape, NaN or infinity, a token or class that there is not,
            or a mask outside 0 to 1.
    """
    W, U, V, b = _real("W", W), _real("U", U), _real("V", V), _real("b", b)
    c, s_0 = _real("c", c), _real("s_0", s_0)
    x, y = plain("x", x), _whole("y", plain("y", y), "(T, B)", "one class each")
    tokens = x.ndim < 3  # noqa: PLR2004  # T, B, m
    x = (
        _whole("x", x, "(T, B)", "and vectors need shape (T, B, m)")
        if tokens
        else _real("x", x)
    )
    letters = (
        ("n",) if s_0.ndim <= 1 else ("B", "n"),
        ("T", "B") if tokens else ("T", "B", "m"),
        ("T", "B"),
    )
    _check_shapes(*letters, *(array.shape for array in (W, U, V, b, c, s_0, x, y)))
    if tokens:
        x = _indices("x", x, U.shape[1], "columns of U")
    y = _indices("y", y, len(V), "rows of V")
    fractions = [W, U, V, b, c, s_0] if tokens else [W, U, V, b, c, s_0, x]
    if len({array.dtype for array in fractions}) > 1:
        W, U, V, b, c, s_0, *vectors = [array.astype(float) for array in fractions]
        x = vectors[0] if vectors else x
    m = None if mask is None else _mask(mask, x.shape[:2], ("T", "B")).astype(W.dtype)
    return Minibatch(U, W, V, b, c, s_0, x, y, m)


def cell(
    axes: Mapping[str, tuple[str, ...]],
    given: Mapping[str, ArrayLike],
    x: ArrayLike,
    y: ArrayLike,
    mask: ArrayLike | None = None,
    *,
    many: bool,
) -> dict[str, Array]:
    """Check the arguments of a network with gates.

    Args:
        axes: the letters of the shape of every parameter and of every start, such as
            ("n", "m") for U_f; those of a start are ("n",), and for many sequences
            ("B", "n") fits as well.
        given: the parameters and starts by name.
        x: tokens, shape (T,), or vectors, shape (T, m); for many sequences with an axis
            B behind T.
        y: classes, shape (T,), or one-hot rows, shape (T, q); for many sequences
            classes, shape (T, B).
        mask: the weights of the losses, shape (T,) or (T, B), each from 0 to 1; None
            for ones.
        many: whether there are B sequences, and not one.

    Returns:
        The arguments by name, the mask as m, in float32 if all but classes and tokens
        are, and else in float64. For one sequence x and y are rows. What has the right
        dtype is not copied.

    Raises:
        TypeError: as `minibatch`; or the parameters are no mapping from names to
            arrays.
        ValueError: as `minibatch`, a row of y that is not one-hot; or a parameter is
            missing, or unknown.
    """
    if wrong := sorted({*axes} ^ {*given}):
        known = ", ".join(axes)
        what = (
            f"{wrong[0]} is missing"
            if wrong[0] in axes
            else f"{wrong[0]!r} is no letter of this network"
        )
        raise ValueError(f"{what}; it has {known}.")
    found = {name: _real(name, given[name]) for name in axes}
    time = ("T", "B") if many else ("T",)
    shape = written(time)
    x, y = plain("x", x), plain("y", y)
    tokens, classes = x.ndim <= len(time), many or y.ndim <= 1
    x = (
        _whole("x", x, shape, f"and vectors need shape {written((*time, 'm'))}")
        if tokens
        else _real("x", x)
    )
    y = _whole("y", y, shape, "one class each") if classes else _real("y", y)
    wanted = {
        name: ("B", "n")
        if many and name.endswith("_0") and found[name].ndim > 1
        else axes[name]
        for name in axes
    }
    wanted |= {
        "x": time if tokens else (*time, "m"),
        "y": time if classes else (*time, "q"),
    }
    _fit(wanted, [array.shape for array in (*found.values(), x, y)])
    U = next(name for name, letters in axes.items() if letters[-1] == "m")
    m, q = found[U].shape[1], len(found["V"])
    reals = [*found.values(), *(() if tokens else (x,))]
    precision = np.dtype(
        np.float32 if all(array.dtype == np.float32 for array in reals) else np.float64
    )
    found = {name: array.astype(precision, copy=False) for name, array in found.items()}
    x = (
        _indices("x", x, m, f"columns of {U}")
        if tokens
        else x.astype(precision, copy=False)
    )
    y = _indices("y", y, q, "rows of V") if classes else y.astype(precision, copy=False)
    steps = y.shape[: len(time)]
    if not many:
        x = np.eye(m, dtype=precision)[x] if tokens else x
        y = np.eye(q, dtype=precision)[y] if classes else y
        _check_one_hot(y)
    m_t = _mask(np.ones(steps) if mask is None else mask, steps, time).astype(precision)
    return found | {"x": x, "y": y, "m": m_t}


def numbers(name: str, value: ArrayLike) -> Array:
    """Copy an array of finite numbers.

    What is float32 stays float32, other real numbers become float64, complex ones
    complex128.

    Args:
        name: what a message calls it.
        value: real or complex numbers, of any shape.

    Returns:
        The copy.

    Raises:
        TypeError: it does not hold numbers, they are longer than double precision, or
            it is a masked array.
        ValueError: its rows have different lengths, or a number is NaN or infinite.
    """
    array = plain(name, value)
    if array.dtype.kind not in "iufc":
        raise TypeError(
            f"{name} has dtype {array.dtype}; it must hold real or complex numbers."
        )
    if array.dtype.itemsize > (16 if array.dtype.kind == "c" else 8):
        raise TypeError(
            f"{name} has dtype {array.dtype}; it must hold numbers at most in double "
            "precision."
        )
    _check_finite(name, array)
    return array.astype(
        np.float32 if array.dtype == np.float32 else np.result_type(float, array)
    )


def count(name: str, value: int, least: int = 1) -> int:
    """Insist on a whole number of at least `least`, and return it.

    Raises:
        TypeError: it is not a whole number.
        ValueError: it is below `least`.
    """
    if isinstance(value, bool) or not isinstance(value, (int, np.integer)):
        raise TypeError(
            f"{name} is {value!r}; it must be a whole number, at least {least}."
        )
    if value < least:
        raise ValueError(f"{name} is {value}; it must be at least {least}.")
    return int(value)


def number(name: str, value: float) -> float:
    """Insist on a real number, and return it as a float.

    Raises:
        TypeError: it is none.
    """
    kinds = (int, float, np.integer, np.floating)
    if isinstance(value, bool) or not isinstance(value, kinds):
        raise TypeError(f"{name} is {value!r}; it must be a number.")
    return float(value)


def plain(name: str, value: ArrayLike) -> Array:
    """Read an array as it is, and copy nothing that is one.

    Raises:
        TypeError: it is a masked array, or holds one.
        ValueError: its rows have different lengths.
    """
    if isinstance(value, np.ma.MaskedArray):
        raise TypeError(
            f"{name} is a masked array, and a mask would be lost; give a plain array."
        )
    rows = value if isinstance(value, (list, tuple)) else ()
    if any(isinstance(row, np.ma.MaskedArray) for row in rows):
        raise TypeError(
            f"{name} holds a masked array, and a mask would be lost; give plain "
            "numbers."
        )
    try:
        return np.asarray(value)
    except ValueError as error:
        raise ValueError(
            f"{name} is no array: its rows must be equally long. NumPy says: {error}"
        ) from error


def check_truncation(window: int | None, chunk: int | None) -> None:
    """Insist on `window` or `chunk` or neither, and on whole numbers of at least 1.

    Raises:
        TypeError: as `count`.
        ValueError: as `count`, or both are given.
    """
    if window is not None and chunk is not None:
        raise ValueError(
            f"window is {window} and chunk is {chunk}; give one of them, or neither."
        )
    for name, value in (("window", window), ("chunk", chunk)):
        if value is not None:
            count(name, value)


def written(shape: tuple[int | str, ...]) -> str:
    """Write a shape of sizes and letters without quotes: (T, 3) or (n,)."""
    return f"({', '.join(str(size) for size in shape)}{',' if len(shape) == 1 else ''})"


_FAST = (np.dtype(np.float64), np.dtype(np.float32))
_DOUBLE = np.dtype(np.float64).itemsize


def _real(name: str, value: ArrayLike) -> Array:
    array = plain(name, value)
    if array.dtype not in _FAST:
        if array.dtype.kind not in "iuf" or array.dtype.itemsize > _DOUBLE:
            raise TypeError(
                f"{name} has dtype {array.dtype}; it must hold real numbers, at most "
                "in double precision."
            )
        array = array.astype(float)
    # one pass; a sum of squares may also be too large
    if not math.isfinite(np.vdot(array, array)):
        _check_finite(name, array)
    return array


def _whole(name: str, array: Array, shape: str, besides: str) -> Array:
    if array.size and array.dtype.kind not in "iu":
        raise TypeError(
            f"{name} has dtype {array.dtype} and shape {written(array.shape)}; "
            f"with shape {shape} it must hold whole numbers, {besides}."
        )
    return array


def _mask(value: ArrayLike, shape: tuple[int, ...], letters: tuple[str, ...]) -> Array:
    mask = plain("mask", value)
    if mask.dtype.kind not in "biuf":
        raise TypeError(
            f"mask has dtype {mask.dtype}; it must hold True and False, or numbers "
            "from 0 to 1."
        )
    if mask.shape != shape:
        sizes = " and ".join(
            f"{letter} = {size}" for letter, size in zip(letters, shape, strict=True)
        )
        raise ValueError(
            f"mask has shape {written(mask.shape)}; it must be {written(letters)} with "
            f"{sizes} as in x."
        )
    wrong = ~((mask >= 0) & (mask <= 1))
    if wrong.any():
        place = tuple(int(i) for i in np.argwhere(wrong)[0])
        raise ValueError(
            f"mask holds {mask[place]} at index {place}; every number must be from 0 "
            "to 1."
        )
    return mask


def _check_finite(name: str, array: Array) -> None:
    wrong = ~np.isfinite(array)
    if wrong.any():
        place = tuple(int(i) for i in np.argwhere(wrong)[0])
        raise ValueError(
            f"{name} holds {array[place]} at index {place}; every number must be "
            "finite."
        )


def _indices(name: str, given: Array, size: int, where: str) -> Array:
    indices = given.astype(np.intp, copy=False)
    if not indices.size:
        return indices
    if given.dtype == np.intp:
        # one pass, for negative ones become huge
        fit = np.maximum.reduce(indices.view(np.uintp), None) < size
    else:
        # as they were given, for a longer one may wrap around
        fit = given.min() >= 0 and given.max() < size
    if fit:
        return indices
    place = tuple(int(i) for i in np.argwhere((given < 0) | (given >= size))[0])
    raise ValueError(
        f"{name} holds {given[place]} at index {place}; it must be at least 0 and "
        f"below {size}, the number of {where}."
    )


@lru_cache
def _check_shapes(
    s_0: tuple[str, ...],
    x: tuple[str, ...],
    y: tuple[str, ...],
    *shapes: tuple[int, ...],
) -> None:
    """Compare the shapes of W, U, V, b, c, s_0, x and y with their letters.

    Shapes that fit are remembered.
    """
    wanted_letters = {
        "W": ("n", "n"), "U": ("n", "m"), "V": ("q", "n"), "b": ("n",), "c": ("q",),
        "s_0": s_0, "x": x, "y": y,
    }  # fmt: skip
    _fit(wanted_letters, shapes)


def _fit(
    wanted_letters: Mapping[str, tuple[str, ...]], shapes: Iterable[tuple[int, ...]]
) -> None:
    sizes: dict[str, tuple[int, str]] = {}
    for (name, letters), shape in zip(wanted_letters.items(), shapes, strict=True):
        if len(shape) == len(letters):
            for letter, size in zip(letters, shape, strict=True):
                sizes.setdefault(letter, (size, name))
        wanted = tuple(
            sizes[letter][0] if letter in sizes else letter for letter in letters
        )
        if shape != wanted:
            known = {
                letter: sizes[letter]
                for letter in letters
                if sizes.get(letter, (0, name))[1] != name
            }
            origin = " and ".join(
                f"{letter} = {size} as in {other}"
                for letter, (size, other) in known.items()
            )
            must = f"{written(letters)} with {origin}" if origin else written(letters)
            raise ValueError(f"{name} has shape {written(shape)}; it must be {must}.")
        if 0 in wanted[letters[0] == "T" :]:
            raise ValueError(
                f"{name} has shape {written(shape)}; only T may be 0, other sizes must "
                "be at least 1."
            )


def _check_one_hot(y: Array) -> None:
    if np.iscomplexobj(y):
        raise TypeError(
            f"y has dtype {y.dtype}; it must hold real numbers, one-hot in every row."
        )
    wrong = ~(((y == 0) | (y == 1)).all(axis=1) & (y.sum(axis=1) == 1))
    if wrong.any():
        t = int(np.argmax(wrong)) + 1
        raise ValueError(
            f"y_{t} is {y[t - 1].tolist()}; every row of y must be one-hot: one entry "
            "1, all others 0."
        )
