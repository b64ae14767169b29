"""The unrolled network as a graph.

It has paths, and each carries a term of the derivative.

What one can do with it::

    network = unrolled(3)                     # three steps, one weight w
    found = paths(network, ("W",), ("s", 3))  # every way from the weight to s_3
    count(network, ("W",), ("s", 3))          # how many, without walking them
    term(network, found[0])                   # "D_3 w D_2 w D_1 s_0"
    numbers = letters(**draws.example())      # what the letters stand for
    value(network, found[0], numbers)         # the number of this term

A node is a name and its step: ("s", 2) is the state s_2, ("W", 2) the use of W in step
2, ("x", 2) an input, ("E", 2) the loss of a step. ("W",) without a step is the weight
itself, from which one edge leads to each use, and ("E",) is the sum of the losses. An
edge carries its local derivative as a product of names. The derivative along a path is
the product of its edges with the last one leftmost, and the total derivative is the sum
over all paths.

The graphs here are small enough to be looked at: `paths` lists every path, and their
number may double with each step.

Source: F. L. Bauer, Computational graphs and rounding error, 1974, doi:10.1137/0711010.
"""

import operator
from collections.abc import Iterable, Mapping
from graphlib import CycleError, TopologicalSorter
from itertools import pairwise
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import ArrayLike

from bptt import rnn, scalar
from bptt.arguments import Array
from bptt.rnn import Number

Node: TypeAlias = tuple[str | int, ...]
"""A name, followed by its step and, for single units, its number."""

Factors: TypeAlias = tuple[str, ...]
"""A local derivative as a product of names, in the order in which matrices multiply; ()
is 1."""

Graph: TypeAlias = dict[Node, dict[Node, Factors]]
"""For every node the nodes that it enters, with the local derivative of each edge."""

Path: TypeAlias = tuple[Node, ...]
"""Nodes, each joined to the next by an edge."""


def paths(graph: Graph, start: Node, end: Node) -> list[Path]:
    """List all paths by depth-first search.

    Args:
        graph: a graph without cycles.
        start: where the paths begin.
        end: where they end.

    Returns:
        The paths, in the order of the edges in the graph; from a node to itself there
        is one, without edges.

    Raises:
        ValueError: start or end is no node, or the search runs into a cycle.
    """
    _check_nodes(graph, start, end)
    found: list[Path] = []
    waiting: list[Path] = [(start,)]
    while waiting:
        path = waiting.pop()
        if path[-1] in path[:-1]:
            raise ValueError(
                f"the graph has a cycle through {path[-1]}; unroll it, step by step, "
                "before walking it."
            )
        if path[-1] == end:
            found.append(path)
        else:
            behind = reversed(graph[path[-1]])
            waiting.extend((*path, following) for following in behind)
    return found


def count(graph: Graph, start: Node, end: Node) -> int:
    """Count the paths without walking them.

    From a node there are as many as from all the nodes that it enters.

    Args:
        graph: a graph without cycles.
        start: where the paths begin.
        end: where they end.

    Returns:
        Their number, exactly, however large.

    Raises:
        ValueError: start or end is no node, or the graph has a cycle.
    """
    _check_nodes(graph, start, end)
    ways: dict[Node, int] = {}
    try:
        for node in TopologicalSorter(graph).static_order():  # the last nodes first
            onwards = sum(ways[following] for following in graph[node])
            ways[node] = 1 if node == end else onwards
    except CycleError as error:
        raise ValueError(
            f"the graph has a cycle through {error.args[1][0]}; unroll it, step by "
            "step."
        ) from error
    return ways[start]


def term(graph: Graph, path: Path) -> str:
    """Write the product of the local derivatives along a path.

    The last edge stands leftmost; "1" when there is none.
    """
    edges = reversed(list(pairwise(path)))
    return " ".join(factor for edge in edges for factor in local(graph, *edge)) or "1"


def value(
    graph: Graph,
    path: Path,
    letters: Mapping[str, ArrayLike],
) -> Any:  # noqa: ANN401  # a number or a matrix
    """Compute the product of the local derivatives along a path.

    The last edge stands leftmost.

    Args:
        graph: the graph.
        path: a path in it.
        letters: the value of every name that a factor on the path has, a number or a
            matrix.

    Returns:
        The product, a number or a matrix; 1 for a path without factors.

    Raises:
        ValueError: two nodes of the path are not joined, or a factor has no value.
    """
    product: Any = 1.0
    for edge in pairwise(path):
        for factor in reversed(local(graph, *edge)):
            if factor not in letters:
                raise ValueError(
                    f"{factor} has no value; letters holds {_listed(letters)}."
                )
            # the later factor stands to the left
            product = np.dot(letters[factor], product)
    return product


def local(graph: Graph, start: Node, end: Node) -> Factors:
    """Look up the local derivative of one edge, as a product of names.

    Args:
        graph: the graph.
        start: where the edge begins.
        end: where it ends.

    Returns:
        The names.

    Raises:
        ValueError: there is no such edge.
    """
    _check_nodes(graph, start, end)
    if end not in graph[start]:
        raise ValueError(
            f"no edge leads from {start} to {end}; from there one gets to "
            f"{_listed(graph[start])}."
        )
    return graph[start][end]


def unrolled(
    T: int,
    *,
    first: int = 1,
    zero_start: bool = False,
    every_loss: bool = False,
    matrices: bool = False,
) -> Graph:
    """Build the unrolled network s_t = tanh(U x_t + W s_{t-1}) up to step T.

    Args:
        T: the last step, at least first - 1, which is a network without steps.
        first: the first step. It is 1 in this book; the note from which the book began
            counts from 0.
        zero_start: whether the network starts from a state that is zero. W then meets a
            zero in the first step, and where a local derivative is zero there is no
            edge.
        every_loss: whether every step has a loss and ("E",) is their sum; otherwise the
            last step alone has one.
        matrices: whether factors are written for matrices, W and (s_2ᵀ ⊗ I), or for
            numbers, w and s_2.

    Returns:
        The graph. T paths lead from ("W",) to the last state, and T (T + 1) / 2 to the
        sum of the losses.

    Raises:
        TypeError: T or first is no whole number.
        ValueError: T is less than first - 1.
    """
    _check_least("T", T, operator.index(first) - 1)
    w, u, meets = ("W", "U", "({}ᵀ ⊗ I)") if matrices else ("w", "u", "{}")
    graph: Graph = {("W",): {}, ("U",): {}, ("s", first - 1): {}}
    for t in range(first, T + 1):
        D, s_t, s_prev = _name("D", t), ("s", t), ("s", t - 1)
        _join(graph, ("W",), ("W", t))
        _join(graph, ("U",), ("U", t))
        _join(graph, ("x", t), s_t, D, u)
        _join(graph, s_prev, s_t, D, w)
        _join(graph, ("U", t), s_t, D, meets.format(_name("x", t)))
        if not (zero_start and t == first):
            _join(graph, ("W", t), s_t, D, meets.format(_name("s", t - 1)))
        if every_loss or t == T:
            _join(graph, s_t, ("E", t), f"d{_name('E', t)}/d{_name('s', t)}")
        if every_loss:
            _join(graph, ("E", t), ("E",))
    return graph


def residual(T: int) -> Graph:
    """Build a network in which a step may be skipped.

    It is s_t = s_{t-1} + f_t with f_t = tanh(u x_t + w s_{t-1}).

    Args:
        T: the number of steps, at least 0.

    Returns:
        The graph. 2^T paths lead from ("s", 0) to ("s", T), for each step goes through
        f_t or past it.

    Raises:
        TypeError: T is no whole number.
        ValueError: T is negative.
    """
    _check_least("T", T, 0)
    graph: Graph = {("W",): {}, ("s", 0): {}}
    for t in range(1, T + 1):
        D, f_t, s_t, s_prev = _name("D", t), ("f", t), ("s", t), ("s", t - 1)
        _join(graph, ("W",), ("W", t))
        _join(graph, ("W", t), f_t, D, _name("s", t - 1))
        _join(graph, s_prev, f_t, D, "w")
        _join(graph, f_t, s_t)
        _join(graph, s_prev, s_t)
    return graph


def units(T: int, n: int) -> Graph:
    """Build the network of n units, unit by unit: ("s", 2, 3) is the third unit of s_2.

    Args:
        T: the number of steps, at least 0.
        n: the number of units, at least 1.

    Returns:
        The graph. From a unit of s_0 to a unit of s_T lead n^(T-1) paths when T is at
        least 1, for every state between them may be passed in any of its units.

    Raises:
        TypeError: T or n is no whole number.
        ValueError: T is negative, or n less than 1.
    """
    _check_least("T", T, 0)
    _check_least("n", n, 1)
    graph: Graph = {("s", 0, i): {} for i in range(1, n + 1)}
    for t in range(1, T + 1):
        for j in range(1, n + 1):
            for i in range(1, n + 1):
                D, w = _name("D", t, i), _name("W", i, j)
                _join(graph, ("s", t - 1, j), ("s", t, i), D, w)
    return graph


def letters(
    w: Number, u: Number, x: ArrayLike, s_0: Number, *, first: int = 1
) -> dict[str, Number]:
    """Give the factors of `unrolled` their numbers.

    Args:
        w: the recurrent weight, a number.
        u: the input weight, a number.
        x: the inputs from the first step on, shape (T,).
        s_0: the state before the first step, a number; with first = 0 its name is
            s_{-1}.
        first: the first step, as for `unrolled`.

    Returns:
        The values of w, u, x_t, s_t and D_t = 1 - s_t**2.
    """
    s = scalar.states(w, u, x, s_0).tolist()
    D = [1 - s_t**2 for s_t in s]
    return {"w": w, "u": u} | _steps(first, s, np.asarray(x).tolist(), D)


def residual_letters(
    w: Number, u: Number, x: ArrayLike, s_0: Number
) -> dict[str, Number]:
    """Give the factors of `residual` their numbers.

    Args:
        w: the recurrent weight, a number.
        u: the input weight, a number.
        x: the inputs, shape (T,).
        s_0: the initial state, a number.

    Returns:
        The values of w, s_t and D_t = 1 - f_t**2.
    """
    s, D = [s_0], [0.0 * s_0]
    for x_t in np.asarray(x).tolist():
        f_t = scalar.states(w, u, [x_t], s[-1])[1].item()
        s.append(s[-1] + f_t)
        D.append(1 - f_t**2)
    return {"w": w, "u": u} | _steps(1, s, np.asarray(x).tolist(), D)


def matrix_letters(  # noqa: PLR0917  # eight letters in the formulas, eight arguments
    U: ArrayLike, W: ArrayLike, V: ArrayLike, b: ArrayLike,
    c: ArrayLike, s_0: ArrayLike, x: ArrayLike, y: ArrayLike,
) -> dict[str, Array]:  # fmt: skip
    """Give the factors of ``unrolled(T, matrices=True)`` and of `units` their values.

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
        The matrices W, U, D_t (n, n), (s_tᵀ ⊗ I) (n, n n), (x_tᵀ ⊗ I) (n, n m), the
        rows dE_t/ds_t (1, n), and the entries W_{i,j} and D_{t,i}. A path from ("W",)
        to a loss then has a row of shape (1, n n).
    """
    run = rnn.forward(U, W, V, b, c, s_0, x, y)
    I = np.eye(np.size(s_0))  # noqa: E741  # the identity
    found = {"W": np.asarray(W), "U": np.asarray(U)}
    for (i, j), entry in np.ndenumerate(found["W"]):
        found[_name("W", i + 1, j + 1)] = entry
    for t, s_t in enumerate(run.s):
        found[f"({_name('s', t)}ᵀ ⊗ I)"] = np.kron(s_t, I)
        found[_name("D", t)] = np.diag(1 - s_t**2)
        for i, slope in enumerate(1 - s_t**2, start=1):
            found[_name("D", t, i)] = slope
    steps = zip(np.asarray(x), run.y_hat - np.asarray(y), strict=True)
    for t, (x_t, error) in enumerate(steps, start=1):
        found[f"({_name('x', t)}ᵀ ⊗ I)"] = np.kron(x_t, I)
        found[f"d{_name('E', t)}/d{_name('s', t)}"] = error[np.newaxis] @ np.asarray(V)
    return found


def _steps(
    first: int, s: Iterable[Number], x: Iterable[Number], D: Iterable[Number]
) -> dict[str, Number]:
    rows = {
        "s": enumerate(s, first - 1),
        "x": enumerate(x, first),
        "D": enumerate(D, first - 1),
    }
    return {_name(name, t): value for name, row in rows.items() for t, value in row}


def _name(letter: str, *index: int) -> str:
    """Write a letter with its index as LaTeX does: s_2, s_{-1}, W_{1,2}."""
    below = ",".join(map(str, index))
    return f"{letter}_{below}" if len(below) == 1 else f"{letter}_{{{below}}}"


def _join(graph: Graph, start: Node, end: Node, *factors: str) -> None:
    graph.setdefault(start, {})[end] = factors
    graph.setdefault(end, {})


def _check_nodes(graph: Graph, *nodes: Node) -> None:
    for node in nodes:
        if node not in graph:
            raise ValueError(
                f"{node} is no node of the graph; it has {_listed(graph)}."
            )


def _check_least(name: str, number: int, least: int) -> None:
    if operator.index(number) < least:
        raise ValueError(f"{name} is {number}; it must be at least {least}.")


def _listed(things: Iterable[object]) -> str:
    names = [str(thing) for thing in things]
    some, more = ", ".join(names[:8]), len(names) - 8  # as many as fit on a line
    return f"{some} and {more} more" if more > 0 else some or "none"
