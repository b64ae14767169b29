"""Automatic differentiation in a hundred lines.

A tape of assignments is read forwards for JVPs and backwards for VJPs.

What one can do with it::

    tape = Tape()
    w, x = tape.input(0.9), tape.input([0.3, -0.2])
    z = dot(x, tanh(w * x))          # every operation writes one line of the tape
    tape.backward(z)[w.index]        # dz/dw, from one sweep that knows dz/dx as well
    tape.forward({w: 1.0})[z.index]  # dz/dw, from one that knows d/dw of every line

A rule of `RULES` is all that is known of an operation. Let dx and dy be changes of the
arguments of z = f(x, y), and g the adjoint of z, which is the derivative of the output
by z in the shape of z::

    JVP    what z changes by             df/dx dx + df/dy dy
    VJP    what x and y get from z       (df/dx)^T g and (df/dy)^T g

A line may only use lines before it, so a tape is in order as it was written, and no
sweep has to search for one. Both sweeps are loops, so a tape may have any length, and
neither leaves anything on the tape, so both may be repeated. `bptt.taped` writes a
recurrent network onto a tape; `bptt.substitution` reads a tape as a system of
equations.
"""

# ruff: noqa: ARG005  # every rule is given the same arguments, and few need all of them
from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from bptt import arguments, rnn

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from numpy.typing import ArrayLike

    from bptt.arguments import Array


class Rule(NamedTuple):
    """An operation and its two derivatives."""

    takes: str
    """The shapes of the arguments, a letter for each axis; * for any shapes that NumPy
    can broadcast."""

    value: Callable[..., Any]
    """The operation."""

    jvp: Callable[..., Any]
    """From the value, the arguments and a change of every argument to the change of the
    value."""

    vjp: Callable[..., Any]
    """From the value, the arguments and the adjoint of the value to what every argument
    gets from it."""


def _slope(x: Array) -> Array:
    """Compute the slope of tanh.

    1 - tanh(x)**2 would lose its digits where tanh is flat.
    """
    e = np.exp(-2 * np.where(x.real < 0, -x, x))
    result: Array = 4 * e / (1 + e) ** 2
    return result


def _less_mean(dx: Array, z: Array) -> Array:
    """Subtract the mean under the probabilities exp(z).

    The likeliest entry goes first, so that no digit is lost.
    """
    dx = dx - dx[z.real.argmax()]
    result: Array = dx - np.exp(z) @ dx
    return result


def _less_share(g: Array, z: Array) -> Array:
    """Compute g - exp(z) sum(g) without a difference of nearly equal entries."""
    result: Array = -np.expm1(z) * g - np.exp(z) * (np.sum(g) - g)
    return result


RULES = {
    "+": Rule("*,*", np.add, lambda z, x, y, dx, dy: dx + dy,
                             lambda z, x, y, g: (g, g)),
    "-": Rule("*,*", np.subtract, lambda z, x, y, dx, dy: dx - dy,
                                  lambda z, x, y, g: (g, -g)),
    "*": Rule("*,*", np.multiply, lambda z, x, y, dx, dy: dx * y + x * dy,
                                  lambda z, x, y, g: (g * y, x * g)),
    "/": Rule("*,*", np.divide, lambda z, x, y, dx, dy: (dx - z * dy) / y,
                                lambda z, x, y, g: (g / y, -z * g / y)),
    "dot": Rule("n,n", np.dot, lambda z, x, y, dx, dy: dx @ y + x @ dy,
                               lambda z, x, y, g: (g * y, x * g)),
    "@": Rule("nm,m", np.dot, lambda z, A, x, dA, dx: dA @ x + A @ dx,
                              lambda z, A, x, g: (np.outer(g, x), A.T @ g)),
    "total": Rule("*", np.sum, lambda z, x, dx: np.sum(dx),
                               lambda z, x, g: (np.full(x.shape, g),)),
    "exp": Rule("*", np.exp, lambda z, x, dx: z * dx,
                             lambda z, x, g: (z * g,)),
    "log": Rule("*", np.log, lambda z, x, dx: dx / x,
                             lambda z, x, g: (g / x,)),
    "tanh": Rule("*", np.tanh, lambda z, x, dx: _slope(x) * dx,
                               lambda z, x, g: (_slope(x) * g,)),
    "log_softmax": Rule("q", rnn.log_softmax, lambda z, x, dx: _less_mean(dx, z),
                                              lambda z, x, g: (_less_share(g, z),)),
}  # fmt: skip
"""What the tape can differentiate. A new operation is a new line here; x and y are
arguments, z is the value."""


def _operator(op: str) -> tuple[Callable[..., Line], Callable[..., Line]]:
    """Make the methods of an operator.

    One is for a line on its left, one for a line on its right alone.
    """
    return lambda x, y: write(op, x, y), lambda y, x: write(op, x, y)


class Line:
    """A line of a tape.

    It is a value, and the operation and the earlier lines that it was made from. Lines
    are made by `Tape.input` and by operations, not by hand. They can be added,
    subtracted, multiplied, divided and, with @, multiplied as matrix and column;
    numbers and arrays among them become inputs of the tape.

    Attributes:
        tape: where the line stands.
        index: its place on the tape, from 0.
        op: a name in `RULES`, or "input".
        parents: the places of its arguments; none for an input.
        value: what it came to; an array that cannot be written to.
    """

    __slots__ = ("index", "op", "parents", "tape", "value")
    __array_ufunc__ = None  # an array on our left leaves the work to us

    def __init__(
        self, tape: Tape, op: str, parents: tuple[int, ...], value: Array
    ) -> None:
        self.tape, self.index, self.op = tape, len(tape.lines), op
        self.parents, self.value = parents, value
        value.flags.writeable = False
        tape.lines.append(self)

    __add__, __radd__ = _operator("+")
    __sub__, __rsub__ = _operator("-")
    __mul__, __rmul__ = _operator("*")
    __truediv__, __rtruediv__ = _operator("/")
    __matmul__, __rmatmul__ = _operator("@")

    def __repr__(self) -> str:
        of = " of " * bool(self.parents) + ", ".join(f"v_{k + 1}" for k in self.parents)
        return f"v_{self.index + 1} = {self.op}{of}: {self.value}"


class Tape:
    """A program as the list of its assignments, in the order in which they were made.

    Attributes:
        lines: the assignments.
    """

    def __init__(self) -> None:
        self.lines: list[Line] = []

    def input(self, value: ArrayLike) -> Line:
        """Write a line that is made from nothing.

        Args:
            value: finite numbers, of any shape; they are copied.

        Raises:
            TypeError: as `bptt.arguments.numbers`.
            ValueError: as `bptt.arguments.numbers`.
        """
        return Line(self, "input", (), _input(value))

    @np.errstate(all="ignore")  # what is not finite is reported by name
    def forward(self, changes: Mapping[Line, ArrayLike]) -> list[Array]:
        """Read the tape from the first line to the last.

        What does every line change by?

        Args:
            changes: for each line that is moved, what it is moved by, in its shape.

        Returns:
            The change of every line, in its shape and to first order; ``[line.index]``
            is that of a line.

        Raises:
            TypeError: as `bptt.arguments.numbers`.
            ValueError: no line, or one of another tape, another shape, NaN or infinity.
            ArithmeticError: a change is not finite.
        """
        moved = {}
        for line, change in changes.items():
            moved[line.index] = self._seed("the change", line, change)
        d: list[Array] = []
        for line in self.lines:
            change = moved.get(line.index, np.zeros_like(line.value))
            if line.parents:
                jvp, moves = RULES[line.op].jvp, [d[k] for k in line.parents]
                change = change + jvp(line.value, *self._read(line), *moves)
            d.append(_finite(change, "the change of", line.index, line.op))
        return d

    @np.errstate(all="ignore")  # what is not finite is reported by name
    def backward(self, output: Line, adjoint: ArrayLike = 1.0) -> list[Array]:
        """Read the tape from a line back to the first.

        How does this line answer to every other?

        Args:
            output: the line that is differentiated.
            adjoint: the weights of its entries, in its shape; for a number 1.

        Returns:
            The adjoint of every line, in its shape, which is the derivative of the
            weighted sum of the entries of the output. Zeros for a line that the output
            does not use; ``[line.index]`` is that of a line.

        Raises:
            TypeError: as `bptt.arguments.numbers`.
            ValueError: no line, or one of another tape, another shape, NaN or infinity.
            ArithmeticError: an adjoint is not finite.
        """
        g: list[Any] = [None] * len(self.lines)
        g[output.index] = self._seed("the adjoint", output, adjoint)
        for line in reversed(self.lines[: output.index + 1]):
            if line.parents and g[line.index] is not None:
                vjp = RULES[line.op].vjp
                gets = vjp(line.value, *self._read(line), g[line.index])
                for k, got in zip(line.parents, gets, strict=True):
                    got_k = _summed(got, self.lines[k].value.shape)
                    g[k] = got_k if g[k] is None else g[k] + got_k  # all uses add up
        for k, line in enumerate(self.lines):
            adjoint_k = np.zeros_like(line.value) if g[k] is None else np.array(g[k])
            g[k] = _finite(adjoint_k, "the adjoint of", k, line.op)
        return g

    def _read(self, line: Line) -> list[Array]:
        return [self.lines[k].value for k in line.parents]

    def _seed(self, name: str, line: Line, value: ArrayLike) -> Array:
        array = arguments.numbers(name, value)
        if getattr(line, "tape", None) is not self:
            raise ValueError(f"{line!r} is no line of this tape; it must be one.")
        if array.shape != line.value.shape:
            given, wanted = map(arguments.written, (array.shape, line.value.shape))
            raise ValueError(
                f"{name} has shape {given}; it must be {wanted}, as its line."
            )
        if array.dtype.kind == "f":
            array = array.astype(line.value.dtype)  # so that float32 stays float32
        return array


@np.errstate(all="ignore")
def write(op: str, *given: ArrayLike | Line) -> Line:
    """Compute an operation, and write the line.

    Args:
        op: a name in `RULES`.
        given: its arguments, at least one of them a line; numbers and arrays become
            inputs of the tape.

    Returns:
        The new line, the last of its tape.

    Raises:
        KeyError: there is no such rule.
        TypeError: no argument is a line, or one does not hold numbers.
        ValueError: the shapes or the number of arguments do not fit, the lines stand on
            different tapes, or a number is NaN or infinite.
        ArithmeticError: the value is not finite.
    """
    if op not in RULES:
        raise KeyError(
            f"there is no rule for {op!r}; the rules are {', '.join(RULES)}."
        )
    tapes = [x.tape for x in given if isinstance(x, Line)]
    if not tapes:
        raise TypeError(f"{op} was given no line; make one by Tape().input(...).")
    if any(tape is not tapes[0] for tape in tapes):
        raise ValueError(f"{op} was given lines of two tapes; all must stand on one.")
    values = [x.value if isinstance(x, Line) else _input(x) for x in given]
    try:
        _check_axes(RULES[op].takes.split(","), values)
        value = RULES[op].value(*values)  # NumPy checks the sizes
    except ValueError:
        raise ValueError(_misfit(op, values)) from None
    place = len(tapes[0].lines) + len(given) - len(tapes)
    value = _finite(value, "the value of", place, op)
    # from here on nothing is refused, so what is written stays
    lines = [x if isinstance(x, Line) else tapes[0].input(x) for x in given]
    return Line(tapes[0], op, tuple(line.index for line in lines), value)


exp, log, tanh, total, dot, log_softmax = (
    partial(write, op) for op in ("exp", "log", "tanh", "total", "dot", "log_softmax")
)


def _input(value: ArrayLike) -> Array:
    return arguments.numbers("an input of the tape", value)


def _summed(g: Array, shape: tuple[int, ...]) -> Array:
    """Add up what an argument got in all places that it was broadcast to."""
    if g.shape == shape:
        return g
    new = g.ndim - len(shape)
    axes = tuple(i for i in range(g.ndim) if i < new or shape[i - new] == 1)
    result: Array = g.sum(axis=axes).reshape(shape)
    return result


def _check_axes(takes: list[str], values: list[Array]) -> None:
    for letters, x in zip(takes, values, strict=True):
        if letters != "*" and len(letters) != x.ndim:
            raise ValueError


def _misfit(op: str, values: list[Array]) -> str:
    given = " and ".join(arguments.written(x.shape) for x in values)
    takes = RULES[op].takes.split(",")
    wanted = " and ".join(arguments.written(tuple(letters)) for letters in takes)
    if "*" in takes:
        wanted = "any shape" if len(takes) == 1 else "two shapes that NumPy broadcasts"
    return f"{op} was given {given}; it takes {wanted}."


def _finite(value: ArrayLike, what: str, index: int, op: str) -> Array:
    array = np.asarray(value)
    if not np.isfinite(array).all():
        why = "numbers became too large, or left its domain"
        raise ArithmeticError(f"{what} v_{index + 1} ({op}) is {array}; {why}.")
    return array
