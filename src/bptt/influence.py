"""A line of units whose near and far influence have different signs.

That is why truncation leads astray.

What one can do with it::

    influence(23, 10, window=10)    # how s_1 seems to answer to theta, 10 steps back
    influence(23, 10, window=None)  # and how it does answer, in the end
    flip(23, 10)                    # the first window with the right sign
    descent(23, 10, window=10)      # the losses of a descent with this window

The state follows s_t = A s_{t-1} + theta v. Every unit keeps half of itself and takes
half of its right neighbour, so A has 1/2 on the diagonal and above it; v is +1 for the
first p units and -1 for the others. The loss (s_1 - 1)^2 / 2 looks at the first unit.
Raising theta raises s_1 at first, through the near units, and lowers it in the end if
most units have a minus.

Source: C. Tallec, Y. Ollivier, Unbiased online recurrent optimization, 2018,
arXiv:1702.05043.
"""

import numpy as np
from numpy.typing import NDArray

RealArray = NDArray[np.float64]


def line(n: int, p: int) -> tuple[RealArray, RealArray]:
    """Build A, shape (n, n), and v, shape (n,).

    Args:
        n: how many units.
        p: how many of them have a plus, from 0 to n.

    Raises:
        ValueError: p is out of range.
    """
    if not 0 <= p <= n:
        raise ValueError(f"p is {p}; of {n} units from 0 to {n} can have a plus.")
    return (np.eye(n) + np.eye(n, k=1)) / 2, np.where(np.arange(n) < p, 1.0, -1.0)


def influence(n: int, p: int, window: int | None) -> float:
    """Compute the derivative of s_1 by theta, truncated.

    The state `window` steps ago is held still.

    Args:
        n: how many units.
        p: how many of them have a plus.
        window: how many steps are looked at, at least 1; None for all, after infinitely
            many.

    Returns:
        The derivative.

    Raises:
        ValueError: the window is below 1, or p is out of range.
    """
    A, v = line(n, p)
    if window is None:
        return float(np.linalg.solve(np.eye(n) - A, v)[0])
    if window < 1:
        raise ValueError(f"window is {window}; it must be at least 1.")
    ds = np.zeros(n)
    for _ in range(window):
        ds = A @ ds + v
    return float(ds[0])


def flip(n: int, p: int) -> int:
    """Find the first window from which on the influence has its sign in the end.

    Args:
        n: how many units.
        p: how many of them have a plus, not half of them.

    Returns:
        The window.

    Raises:
        ValueError: p is out of range, or half of n, so that the influence vanishes in
            the end.
    """
    end = influence(n, p, None)
    if abs(end) < 1e-9:  # noqa: PLR2004  # rounding of zero
        raise ValueError(
            f"p is {p}, half of n = {n}; then the influence vanishes in the end, and "
            "has no sign."
        )
    window = 1
    while influence(n, p, window) * end <= 0:
        window += 1
    return window


def descent(
    n: int, p: int, window: int | None, *, steps: int = 400, rate: float = 1e-3
) -> RealArray:
    """Run the line, and train it on its way.

    After every step theta changes by what the truncated gradient says.

    Args:
        n: how many units.
        p: how many of them have a plus.
        window: as in `influence`.
        steps: how many steps.
        rate: the learning rate.

    Returns:
        The loss after every step, shape (steps,).

    Raises:
        ValueError: as `influence`.
    """
    A, v = line(n, p)
    slope = influence(n, p, window)
    s, theta, losses = np.ones(n), 0.5, []
    for _ in range(steps):
        s = A @ s + theta * v
        losses.append(float((s[0] - 1) ** 2) / 2)
        theta -= rate * (s[0] - 1) * slope
    return np.array(losses)
