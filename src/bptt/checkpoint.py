"""Trading memory for time: keep a few states, and compute the others again.

The gradients are the same to the last bit.

What one can do with it::

    schedule = revolve(1000, 20)               # a list: advance, store, restore, back
    gradients(**letters, schedule=schedule).W  # bit for bit that of `bptt.backward`
    count(schedule, 1000)                      # Count(steps=3747, peak=20)
    segments(1000)                             # segments of about sqrt(T) steps
    dynamic(100, 5)                            # the price of revolve, by a table

A schedule is data. One function, `run`, executes any of them, with or without a
network::

    ("advance", t)   compute on to s_t, and keep nothing of what lies between
    ("store", t)     keep the state that one is at, s_t
    ("restore", t)   go back to s_t, which is stored
    ("back", t)      from s_{t-1}, compute step t once more, and sweep back through it

After that s_{t-1} has served, and if it was stored its place is free. The sweep needs
s_{t-1}, a_t and y_hat_t for one step at a time. So between the steps nothing is kept
but the stored states and the error term delta_t.

Prices are counts. `Count.steps` says how often a step of the network was computed, by
advancing or on the way back; T of them are the least. `Count.peak` says how many states
were stored at a time, with s_0 among them if it was stored. Beside these, one number
per step is kept: E_t.

Sources: A. Griewank, A. Walther, Algorithm 799: revolve, 2000,
doi:10.1145/347837.347846; T. Chen, B. Xu, C. Zhang, C. Guestrin, Training deep nets
with sublinear memory cost, 2016, arXiv:1604.06174; A. Gruslys, R. Munos, I. Danihelka,
M. Lanctot, A. Graves, Memory-efficient backpropagation through time, 2016,
arXiv:1606.03401.
"""

import math
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Literal, NamedTuple, TypeAlias, TypeVar

import numpy as np
from numpy.typing import ArrayLike, NDArray

from bptt import arguments, rnn
from bptt.arguments import Array
from bptt.backward import slopes


class Action(NamedTuple):
    """What to do next, and the step that it is about."""

    verb: Literal["advance", "store", "restore", "back"]
    t: int


Schedule: TypeAlias = Iterable[Action | tuple[str, int]]
"""Actions, one after the other, that sweep back through all steps."""

State = TypeVar("State")


class Count(NamedTuple):
    """What a schedule costs."""

    steps: int
    """How often a step was computed; with a schedule that computes each of them once,
    T."""

    peak: int
    """How many states were stored at a time, at most."""


@dataclass(frozen=True, eq=False)
class Gradients:
    """The loss, its gradient by every parameter, and what they cost.

    Attributes:
        U: by the input weights, shape (n, m).
        W: by the recurrent weights, shape (n, n).
        V: by the output weights, shape (q, n).
        b: by the bias of the states, shape (n,).
        c: by the bias of the logits, shape (q,).
        s_0: by the initial state, shape (n,).
        total: E, the loss in nats.
        count: the price of the schedule.
    """

    U: Array
    W: Array
    V: Array
    b: Array
    c: Array
    s_0: Array
    total: rnn.Number
    count: Count


def gradients(  # noqa: PLR0917  # eight letters in the formulas, eight arguments
    U: ArrayLike, W: ArrayLike, V: ArrayLike, b: ArrayLike,
    c: ArrayLike, s_0: ArrayLike, x: ArrayLike, y: ArrayLike,
    *, schedule: Schedule, mask: ArrayLike | None = None,
) -> Gradients:  # fmt: skip
    """Compute the gradients of `bptt.backward`, with the states that a schedule stores.

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
        schedule: what to do; for T steps.
        mask: m_1 ... m_T, each from 0 to 1, shape (T,); None for ones.

    Returns:
        Loss and gradients, bit for bit those of the plain sweep, and what the schedule
        cost.

    Raises:
        TypeError: as `bptt.arguments.sequence`.
        ValueError: as `bptt.arguments.sequence`, or as `run`.
        OverflowError: a_t, o_t, E_t, the sum E or a gradient leaves the range of
            floating point numbers.
    """
    letters = arguments.sequence(U, W, V, b, c, s_0, x, y, mask)
    walk = _Walk(**letters)
    # overflow is reported below, by name
    with np.errstate(over="ignore", under="ignore", invalid="ignore"):
        begin = letters["s_0"].astype(walk.dtype)
        counted = run(schedule, len(letters["x"]), begin, walk.forward, walk.back)
        return walk.finish(counted)


def run(
    schedule: Schedule,
    T: int,
    s_0: State,
    forward: Callable[[int, State], State],
    back: Callable[[int, State], object],
) -> Count:
    """Execute a schedule, whatever a step may be.

    Args:
        schedule: what to do.
        T: how many steps there are, at least 0.
        s_0: the state before the first step.
        forward: from t and s_{t-1}, makes s_t, and leaves s_{t-1} as it is.
        back: from t and s_{t-1}, sweeps back through step t; called once for each step,
            from T down to 1.

    Returns:
        What it cost.

    Raises:
        TypeError: T is not a whole number.
        ValueError: T is negative, an action cannot be done, or a step is left over.
    """
    left, at, s = arguments.count("T", T, 0), 0, s_0
    stored: dict[int, State] = {}
    steps = peak = 0
    for place, action in enumerate(map(_plain, schedule), 1):
        match action:
            case ("advance", int(t)) if at < t < left:
                for j in range(at + 1, t + 1):
                    s = forward(j, s)
                steps, at = steps + t - at, t
            case ("store", int(t)) if t == at < left:
                stored[t] = s
                peak = max(peak, len(stored))
            case ("restore", int(t)) if t in stored:
                s, at = stored[t], t
            case ("back", int(t)) if t == left == at + 1:
                back(t, s)
                stored.pop(at, None)
                steps, left = steps + 1, left - 1
            case _:
                kept = ", ".join(f"s_{j}" for j in sorted(stored)) or "nothing"
                raise ValueError(
                    f"action {place} of the schedule is {action}, which cannot be done "
                    f"at s_{at} with {kept} stored and steps 1 to {left} left; advance "
                    f"goes to a later state below s_{left}, store keeps the state that "
                    "one is at, restore takes a stored one, and back takes step "
                    f"{left} from s_{left - 1}."
                )
    if left:
        raise ValueError(
            f"the schedule ends with steps 1 to {left} of {T} left; it must sweep back "
            "through all."
        )
    return Count(steps, peak)


def count(schedule: Schedule, T: int) -> Count:
    """Execute a schedule without a network.

    Args:
        schedule: what to do.
        T: how many steps there are.

    Returns:
        What it costs.

    Raises:
        TypeError: as `run`.
        ValueError: as `run`.
    """
    return run(schedule, T, None, lambda _, s: s, lambda _, s: s)


def segments(T: int, length: int | None = None) -> list[Action]:
    """Cut the steps into segments, and store where each begins.

    Then sweep them, the last first, each with all its states.

    Args:
        T: how many steps, at least 0.
        length: how many steps a segment has, at least 1; the last may be shorter. The
            root of T, rounded up, unless given; T for keeping every state.

    Returns:
        The schedule.

    Raises:
        TypeError: T or length is not a whole number.
        ValueError: T is negative, or length below 1.

    Source: Chen et al. 2016, arXiv:1604.06174.
    """
    T = arguments.count("T", T, 0)
    k = (
        max(math.isqrt(max(T - 1, 0)) + 1, 1)
        if length is None
        else arguments.count("length", length)
    )
    begins = range(0, T, k)
    schedule = [Action("store", 0)] if T else []
    for begin in begins[1:]:
        schedule += [Action("advance", begin), Action("store", begin)]
    for begin in reversed(begins):
        end = min(begin + k, T)
        if end < T:
            schedule.append(Action("restore", begin))
        for t in range(begin + 1, end):
            schedule += [Action("advance", t), Action("store", t)]
        schedule.append(Action("back", end))
        for t in range(end - 1, begin, -1):
            schedule += [Action("restore", t - 1), Action("back", t)]
    return schedule


def revolve(T: int, snapshots: int) -> list[Action]:
    """Make a schedule that advances least, with snapshots at binomial places.

    The binomial coefficients say where a snapshot is set.

    Args:
        T: how many steps, at least 0.
        snapshots: how many states may be stored at a time, s_0 among them; at least 1.

    Returns:
        The schedule.

    Raises:
        TypeError: T or snapshots is not a whole number.
        ValueError: T is negative, or snapshots below 1.

    Source: Griewank and Walther 2000, doi:10.1145/347837.347846.
    """

    def cut(length: int, K: int) -> int:
        r = repeats(length, K)
        return min(longest(K, r - 1), length - longest(K - 1, r - 1))

    return _recursive(T, snapshots, cut)


def dynamic(T: int, snapshots: int) -> list[Action]:
    """Make a schedule that advances least, by its table of prices.

    The table of all least prices says where to cut.

    Args:
        T: how many steps, at least 0. The table takes T**2 min(T, snapshots) / 2
            additions.
        snapshots: how many states may be stored at a time, s_0 among them; at least 1.

    Returns:
        The schedule.

    Raises:
        TypeError: T or snapshots is not a whole number.
        ValueError: T is negative, or snapshots below 1.

    Source: Gruslys et al. 2016, arXiv:1606.03401.
    """
    C = prices(T, snapshots)

    def cut(length: int, K: int) -> int:
        return 1 + int(np.argmin(_by_cut(C, length, K)))

    return _recursive(T, snapshots, cut)


def prices(T: int, snapshots: int) -> NDArray[np.int64]:
    """Compute how often one has to advance by a step, at the least.

    The table is for every shorter length and fewer snapshots. With one snapshot, s_0, a
    piece of l steps takes l (l - 1) / 2. With K of them one sets the next one after h
    steps, sweeps back through what lies behind it with K - 1, and through what lies
    before it with all K again; so the price is the least of h + C[l - h, K - 1] + C[h,
    K] over all h.

    Args:
        T: how many steps, at least 0.
        snapshots: how many states may be stored at a time, at least 1.

    Returns:
        The prices, shape (T, snapshots); row l - 1 and column K - 1 are those of l
        steps and K snapshots.

    Raises:
        TypeError: T or snapshots is not a whole number.
        ValueError: T is negative, or snapshots below 1.

    Source: Gruslys et al. 2016, arXiv:1606.03401.
    """
    T, snapshots = arguments.count("T", T, 0), arguments.count("snapshots", snapshots)
    C = np.zeros((T, snapshots), np.int64)
    lengths = np.arange(1, T + 1)
    C[:, 0] = lengths * (lengths - 1) // 2
    most = max(min(T, snapshots), 1)
    for K in range(2, most + 1):
        for length in range(2, T + 1):
            C[length - 1, K - 1] = _by_cut(C, length, K).min()
    C[:, most:] = C[:, most - 1 : most]  # beyond T there is nothing to store
    return C


def longest(snapshots: int, r: int) -> int:
    """Compute how many steps can be swept back, each advanced at most r times.

    They are binomial(snapshots + r, r).

    Args:
        snapshots: how many states may be stored at a time, at least 1.
        r: how often; none can be swept back if it is negative.

    Raises:
        TypeError: snapshots or r is not a whole number.
        ValueError: snapshots is below 1.
    """
    snapshots = arguments.count("snapshots", snapshots)
    return math.comb(snapshots + r, r) if r >= 0 else 0


def repeats(T: int, snapshots: int) -> int:
    """Compute how often some step has to be advanced, at the least.

    It is the smallest r with `longest` at least T.

    Args:
        T: how many steps, at least 0.
        snapshots: how many states may be stored at a time, at least 1.

    Raises:
        TypeError: T or snapshots is not a whole number.
        ValueError: T is negative, or snapshots below 1.
    """
    T, r = arguments.count("T", T, 0), 0
    while longest(snapshots, r) < T:
        r += 1
    return r


def _recursive(T: int, snapshots: int, cut: Callable[[int, int], int]) -> list[Action]:
    """Set a snapshot where `cut` says, do the piece behind it, then the other."""
    T, snapshots = arguments.count("T", T, 0), arguments.count("snapshots", snapshots)
    schedule = [Action("store", 0)] if T else []
    at, pieces = 0, [(0, T, snapshots)] if T else []
    while pieces:  # a loop, for a recursion would be as deep as there are snapshots
        begin, end, K = pieces.pop()
        if at != begin:
            schedule.append(Action("restore", begin))
        if end - begin == 1:
            schedule.append(Action("back", end))
            at = begin
        elif K == 1:
            schedule += [Action("advance", end - 1), Action("back", end)]
            at = end - 1
            pieces.append((begin, end - 1, 1))
        else:
            at = begin + cut(end - begin, K)
            schedule += [Action("advance", at), Action("store", at)]
            pieces += [(begin, at, K), (at, end, K - 1)]
    return schedule


def _by_cut(C: NDArray[np.int64], length: int, K: int) -> NDArray[np.int64]:
    """Compute the price of a piece for a cut after 1, 2 ... length - 1 steps."""
    h = np.arange(1, length)
    price: NDArray[np.int64] = h + C[length - h - 1, K - 2] + C[h - 1, K - 1]
    return price


def _plain(action: object) -> object:
    """Take a whole number of NumPy for one of Python's.

    All else is left for `run` to judge.
    """
    match action:
        case (verb, np.integer() as t):
            return verb, int(t)
    return action


class _Walk:
    """The network, one step at a time.

    The method `forward` goes on, `back` adds what a step brings to the gradients.
    """

    def __init__(  # noqa: PLR0917  # nine letters in the formulas, nine arguments
        self, U: Array, W: Array, V: Array, b: Array, c: Array,
        s_0: Array, x: Array, y: Array, m: Array,
    ) -> None:  # fmt: skip
        self.U, self.W, self.V, self.b, self.c = U, W, V, b, c
        self.x, self.y, self.m = x, y, m
        self.dtype = np.result_type(U, W, V, b, c, s_0, x)
        self.E = np.empty(len(x), self.dtype)
        parameters = {"U": U, "W": W, "V": V, "b": b, "c": c}
        self.grad = {
            name: np.zeros(value.shape, self.dtype)
            for name, value in parameters.items()
        }
        self.delta_next = np.zeros(len(s_0), self.dtype)  # delta_{T+1} = 0

    def forward(self, t: int, s: Array) -> Array:
        s_t: Array = np.tanh(self.argument(t, s))
        return s_t

    def argument(self, t: int, s: Array) -> Array:
        a_t = self.U @ self.x[t - 1] + self.W @ s + self.b
        return _finite("a", t, a_t.astype(self.dtype, copy=False))

    def back(self, t: int, s: Array) -> None:
        x_t, y_t, m_t = self.x[t - 1], self.y[t - 1], self.m[t - 1]
        a_t = self.argument(t, s)
        s_t = np.tanh(a_t)
        o_t = _finite("o", t, (self.V @ s_t + self.c).astype(self.dtype, copy=False))
        log_y_hat_t = rnn.log_softmax(o_t)
        self.E[t - 1] = E_t = _finite("E", t, -(y_t @ log_y_hat_t).astype(self.dtype))
        # as bptt.backward.output_errors
        error = m_t * np.where(y_t == 1, np.expm1(-E_t), np.exp(log_y_hat_t))
        delta_t = slopes(a_t) @ (self.V.T @ error + self.W.T @ self.delta_next)
        self.grad["W"] += np.outer(delta_t, s)
        self.grad["U"] += np.outer(delta_t, x_t)
        self.grad["b"] += delta_t
        self.grad["V"] += np.outer(error, s_t)
        self.grad["c"] += error
        self.delta_next = delta_t

    def finish(self, counted: Count) -> Gradients:
        total = (self.m * self.E).sum(dtype=np.result_type(float, self.E))
        grad = self.grad | {"s_0": self.W.T @ self.delta_next}
        found = {f"gradient by {name}": value for name, value in grad.items()}
        for name, value in {"loss E": total, **found}.items():
            if not np.isfinite(value).all():
                raise OverflowError(
                    f"the {name} is not finite: numbers became too large; make weights "
                    "or x smaller."
                )
        return Gradients(**grad, total=total.item(), count=counted)


def _finite(name: str, t: int, value: Array) -> Array:
    if not np.isfinite(value).all():
        raise OverflowError(
            f"{name}_{t} is {value}: numbers became too large; make weights or x "
            "smaller."
        )
    return value
