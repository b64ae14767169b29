"""The gradients of a minibatch, the plain way: one sequence after the other.

What one can do with it::

    found = gradients(U, W, V, b, c, s_0, x, y)  # tokens and classes, shape (T, B)
    found.E, found.W                             # summed over all steps and sequences
    next_s_0 = found.s_T                         # go on where the states have come to

This says what the gradients of a minibatch are. `bptt.fast` computes the same, fast.

The loss is a **sum** over all steps and all sequences, not a mean: E of one sequence,
as on every page, added up over the sequences. For a mean, divide E and the gradients by
T B, or by the sum of the mask.

Source: as `bptt.backward` and `bptt.truncated`.
"""

import math
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from bptt import arguments, rnn, truncated
from bptt.arguments import Array
from bptt.backward import backward


@dataclass(frozen=True, eq=False)
class Gradients:
    """The loss of a minibatch, its gradients, and where the states have come to.

    Attributes:
        E: the loss in nats, summed over steps and sequences, each step multiplied by
            its mask; 0 when T = 0.
        U: the gradient by the input weights, shape (n, m).
        W: by the recurrent weights, shape (n, n).
        V: by the output weights, shape (q, n).
        b: by the bias of the states, shape (n,).
        c: by the bias of the logits, shape (q,).
        s_0: by the initial state, in the shape of that argument, (n,) or (B, n).
        s_T: the last states, shape (B, n): hand them in as s_0 to go on.
    """

    E: float
    U: Array
    W: Array
    V: Array
    b: Array
    c: Array
    s_0: Array
    s_T: Array


def gradients(  # noqa: PLR0917  # eight letters in the formulas, eight arguments
    U: ArrayLike, W: ArrayLike, V: ArrayLike, b: ArrayLike,
    c: ArrayLike, s_0: ArrayLike, x: ArrayLike, y: ArrayLike,
    *, mask: ArrayLike | None = None,
    window: int | None = None, chunk: int | None = None,
) -> Gradients:  # fmt: skip
    """Add up the losses and the gradients of B sequences.

    Args:
        U: input weights, shape (n, m).
        W: recurrent weights, shape (n, n).
        V: output weights, shape (q, n).
        b: bias of the states, shape (n,).
        c: bias of the logits, shape (q,).
        s_0: the initial state, shape (n,), or one for each sequence, shape (B, n).
        x: tokens, shape (T, B), or vectors, shape (T, B, m); T = 0 is allowed.
        y: classes, shape (T, B).
        mask: the weights of the losses, shape (T, B), each from 0 to 1; None for ones.
            The states go on where it is 0.
        window: let every loss walk back through at most so many steps, as
            `bptt.truncated.sliding`; at least 1.
        chunk: end the walks at the borders of chunks of so many steps, as
            `bptt.truncated.chunked`; at least 1.

    Returns:
        Loss and gradients in new arrays, in float32 if U, W, V, b, c, s_0 and vectors x
        are, and else in float64.

    Raises:
        TypeError: as `bptt.arguments.minibatch`, or `window` or `chunk` is not a whole
            number.
        ValueError: as `bptt.arguments.minibatch`, `window` or `chunk` is below 1, or
            both are given.
        OverflowError: as `bptt.rnn.forward` and `bptt.backward.backward`, with the
            number of the sequence, from 0; or a sum over the sequences leaves the range
            of floating point numbers.
    """
    arguments.check_truncation(window, chunk)
    given = arguments.minibatch(U, W, V, b, c, s_0, x, y, mask)
    parameters = {name: getattr(given, name) for name in ("U", "W", "V", "b", "c")}
    starts = np.broadcast_to(given.s_0, (given.y.shape[1], len(given.W)))
    runs, parts = [], []
    for i, start in enumerate(starts):
        own = {"s_0": start, "x": given.x[:, i], "y": given.y[:, i]}
        m = None if given.mask is None else given.mask[:, i]
        try:
            runs.append(rnn.forward(**parameters, **own, mask=m))
            parts.append(_walk(window, chunk, **parameters, **own, mask=m))
        except OverflowError as error:
            raise OverflowError(f"in sequence {i}, {error}") from error
    by_start = np.stack([part.s_0 for part in parts])
    # each part is finite, and their sum is reported below, by name
    with np.errstate(over="ignore", invalid="ignore"):
        found = Gradients(
            E=float(np.sum([run.total for run in runs])),
            **{
                name: np.sum([getattr(part, name) for part in parts], axis=0)
                for name in parameters
            },
            s_0=by_start if given.s_0.ndim > 1 else by_start.sum(axis=0),
            s_T=np.stack([run.s[-1] for run in runs]),
        )
    check_range(found)
    return found


def check_range(found: Gradients) -> None:
    """Raise OverflowError, with the name, if the loss or a gradient is not finite."""
    if not math.isfinite(found.E):
        raise OverflowError(
            "E is not finite: numbers became too large; make weights or x smaller."
        )
    for name in arguments.PARAMETERS:
        gradient = getattr(found, name)
        square = np.vdot(gradient, gradient)  # one pass; it may be too large by itself
        if not (math.isfinite(square) or np.isfinite(gradient).all()):
            raise OverflowError(
                f"the gradient by {name} is not finite: numbers became too large; make "
                "weights or x smaller."
            )


def _walk(
    window: int | None,
    chunk: int | None,
    **letters: Any,  # noqa: ANN401  # handed on as they are
) -> Any:  # noqa: ANN401  # what one of three returns
    if window is not None:
        return truncated.sliding(**letters, window=window)
    if chunk is not None:
        return truncated.chunked(**letters, chunk=chunk)
    return backward(**letters)
