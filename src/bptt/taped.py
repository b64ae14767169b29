"""Backpropagation through time without its formulas.

The network is written onto a tape, and the tape is read back.

What one can do with it::

    E, found = gradients(**draws.rnn())  # the loss, and what `backward` returns
    network(**draws.rnn()).tape.lines    # the network, one assignment a line

No line here differentiates anything. `bptt.autodiff` has a rule for each operation, and
knows nothing of networks.
"""

from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike

from bptt import arguments, autodiff
from bptt.autodiff import Line, Tape
from bptt.backward import Gradients


class Network(NamedTuple):
    """A network that was run on a tape."""

    tape: Tape
    """The whole program."""

    E: Line
    """The loss of the sequence."""

    parameters: dict[str, Line]
    """The lines of U, W, V, b, c and s_0."""

    a: list[Line]
    """The lines of a_1 ... a_T."""

    s: list[Line]
    """The lines of s_0 ... s_T."""

    o: list[Line]
    """The lines of o_1 ... o_T."""


def network(  # noqa: PLR0917  # eight letters in the formulas, eight arguments
    U: ArrayLike, W: ArrayLike, V: ArrayLike, b: ArrayLike,
    c: ArrayLike, s_0: ArrayLike, x: ArrayLike, y: ArrayLike,
    *, mask: ArrayLike | None = None,
) -> Network:  # fmt: skip
    """Run the network over all steps, and write every operation onto a tape.

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
        The tape, and the places on it that one wants to look at.

    Raises:
        TypeError: as `bptt.arguments.sequence`.
        ValueError: as `bptt.arguments.sequence`.
        ArithmeticError: a number became too large.
    """
    letters = arguments.sequence(U, W, V, b, c, s_0, x, y, mask)
    tape = Tape()
    p = {name: tape.input(letters[name]) for name in ("U", "W", "V", "b", "c", "s_0")}
    a, s, o = [], [p["s_0"]], []
    E = tape.input(np.zeros((), np.result_type(*(line.value for line in tape.lines))))
    for x_t, y_t, m_t in zip(letters["x"], letters["y"], letters["m"], strict=True):
        a.append(p["U"] @ x_t + p["W"] @ s[-1] + p["b"])
        s.append(autodiff.tanh(a[-1]))
        o.append(p["V"] @ s[-1] + p["c"])
        E -= m_t * autodiff.dot(y_t, autodiff.log_softmax(o[-1]))
    return Network(tape, E, p, a, s, o)


def gradients(  # noqa: PLR0917  # eight letters in the formulas, eight arguments
    U: ArrayLike, W: ArrayLike, V: ArrayLike, b: ArrayLike,
    c: ArrayLike, s_0: ArrayLike, x: ArrayLike, y: ArrayLike,
    *, mask: ArrayLike | None = None,
) -> tuple[float, Gradients]:  # fmt: skip
    """Compute the loss and all gradients of a network with the tape.

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
        The loss in nats, and the gradients as `bptt.backward.backward` returns them.
        The error terms delta_t are the adjoints of the lines of a_t.

    Raises:
        TypeError: as `bptt.arguments.sequence`.
        ValueError: as `bptt.arguments.sequence`.
        ArithmeticError: a number became too large.
    """
    run = network(U, W, V, b, c, s_0, x, y, mask=mask)
    adjoints = run.tape.backward(run.E)
    shape = (len(run.a), -1 if run.a else len(run.s[0].value))
    delta = np.reshape([adjoints[line.index] for line in run.a], shape)
    by_parameter = {name: adjoints[line.index] for name, line in run.parameters.items()}
    E = run.E.value
    return E.item(), Gradients(**by_parameter, delta=delta.astype(E.dtype))
