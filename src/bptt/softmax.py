"""Softmax and cross-entropy of one column of logits.

With them stand their derivatives, to full precision for logits of any size.

What one can do with it::

    y_hat = softmax(o)       # positive, adds up to 1
    E = cross_entropy(o, y)  # -y^T log y_hat, in nats, without a logarithm of y_hat
    gradient(o, y)           # dE/do as a column: y_hat - y
    jacobian(o)              # dy_hat/do = diag(y_hat) - y_hat y_hat^T
    log_sum_exp(o)           # log of the sum of e^{o_i}; E is this minus y^T o

All of them start from `bptt.rnn.log_softmax`, which takes the largest logit out before
any exponential. So no exponential overflows, a loss near 0 keeps its digits, and 1 -
y_hat_i is never computed by a subtraction.

Real and complex logits are accepted, so that an oracle can differentiate these programs
by a complex step.

Source: J. S. Bridle, Probabilistic interpretation of feedforward classification network
outputs, 1990, doi:10.1007/978-3-642-76153-9_28.
"""

import numpy as np
from numpy.typing import ArrayLike

from bptt import arguments, rnn
from bptt.arguments import Array

NEARLY_ONE = 1e-12
"""How far the sum of a target may be from 1; rounding leaves far less."""


def softmax(o: ArrayLike) -> Array:
    """Compute the probabilities e^{o_i} / (e^{o_1} + ... + e^{o_q}).

    Args:
        o: logits, shape (q,).

    Returns:
        The probabilities, shape (q,). One that is below the smallest floating point
        number is 0.

    Raises:
        TypeError: o does not hold numbers.
        ValueError: o has another shape, no entry, or NaN or infinity in it.
        OverflowError: two logits are further apart than the largest floating point
            number.
    """
    probabilities: Array = np.exp(_log_softmax(o))
    return probabilities


def log_sum_exp(o: ArrayLike) -> float | complex:
    """Compute log(e^{o_1} + ... + e^{o_q}), a number in nats.

    Arguments and errors as for `softmax`.
    """
    log_y_hat = _log_softmax(o)
    largest = int(log_y_hat.real.argmax())
    result: float | complex = (np.asarray(o)[largest] - log_y_hat[largest]).item()
    return result


def cross_entropy(o: ArrayLike, y: ArrayLike) -> float | complex:
    """Compute E = -y^T log softmax(o).

    Args:
        o: logits, shape (q,).
        y: the target, one-hot or other probabilities, shape (q,).

    Returns:
        The loss, a number in nats.

    Raises:
        TypeError: as `softmax`, or y holds complex numbers.
        ValueError: as `softmax`, or y has another shape than o, a negative entry, or
            does not add up to 1.
        OverflowError: as `softmax`.
    """
    log_y_hat = _log_softmax(o)
    loss: float | complex = -(_target(y, len(log_y_hat)) @ log_y_hat).item()
    return loss


def gradient(o: ArrayLike, y: ArrayLike) -> Array:
    """Compute dE/do as a column: y_hat - y.

    Where y_i is 1, this is e^{log y_hat_i} - 1, for which NumPy has expm1; elsewhere a
    one-hot y is 0. So nothing is lost even where the prediction is nearly certain.

    Args:
        o: logits, shape (q,).
        y: the target, one-hot or other probabilities, shape (q,).

    Returns:
        The gradient, shape (q,); it adds up to 0.

    Raises:
        TypeError: as `cross_entropy`.
        ValueError: as `cross_entropy`.
        OverflowError: as `softmax`.
    """
    log_y_hat = _log_softmax(o)
    y = _target(y, len(log_y_hat))
    return np.where(y == 1, np.expm1(log_y_hat), np.exp(log_y_hat) - y)


def jacobian(o: ArrayLike) -> Array:
    """Compute dy_hat/do = diag(y_hat) - y_hat y_hat^T.

    On the diagonal that is y_hat_i (1 - y_hat_i).

    Args:
        o: logits, shape (q,).

    Returns:
        The Jacobian, shape (q, q). It is symmetric, and every row adds up to 0.

    Raises:
        TypeError: as `softmax`.
        ValueError: as `softmax`.
        OverflowError: as `softmax`.
    """
    log_y_hat = _log_softmax(o)
    y_hat = np.exp(log_y_hat)
    result: Array = -np.outer(y_hat, y_hat)
    np.fill_diagonal(result, -y_hat * np.expm1(log_y_hat))
    return result


def _log_softmax(o: ArrayLike) -> Array:
    logits = arguments.numbers("o", o)
    if logits.ndim != 1 or not logits.size:
        raise ValueError(
            f"o has shape {logits.shape}; it must be one column of logits, shape (q,) "
            "with q at least 1."
        )
    with np.errstate(over="ignore", invalid="ignore"):  # reported below
        result = rnn.log_softmax(logits)
    if not np.isfinite(result).all():
        low, high = logits.real.min(), logits.real.max()
        raise OverflowError(
            f"o goes from {low:g} to {high:g}: their distance is no finite number; "
            "make logits smaller."
        )
    return result


def _target(y: ArrayLike, q: int) -> Array:
    target = arguments.numbers("y", y)
    if np.iscomplexobj(target):
        raise TypeError(f"y has dtype {target.dtype}; it must hold real numbers.")
    if target.shape != (q,):
        raise ValueError(
            f"y has shape {target.shape}; it must have the shape of o, ({q},)."
        )
    if target.min() < 0 or abs(target.sum() - 1) > NEARLY_ONE:
        raise ValueError(
            f"y is {target.tolist()}; it must hold probabilities: none negative, and "
            "their sum 1."
        )
    return target
