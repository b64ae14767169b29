"""Training a network to predict the next character.

It takes a fixed number of steps, and finds the same numbers every time.

What one can do with it::

    start = begin(RNN, learnt, vocabulary.size, 64, seed=0)
    training = train(RNN, start, learnt, T=25, B=16, steps=2000)
    weights, prompt = training.parameters, vocabulary.encode("The ")
    bits(RNN, weights, held_out)                                    # bits per character
    tokens = sample(RNN, weights, prompt, 300, seed=1, temperature=0.7)
    save("whale.bptt", training)                                    # whole, or not
    train(RNN, load("whale.bptt"), learnt, T=25, B=16, steps=2000)  # goes on, exactly

Ctrl-C while steps are taken ends `train` early, and it returns what it has.

Source: the optimiser is that of D. P. Kingma, J. Ba, Adam: a method for stochastic
optimization, 2015, arXiv:1412.6980.
"""

import contextlib
import hashlib
import io
import os
import secrets
import stat
import zipfile
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from types import MappingProxyType
from typing import Any, NamedTuple, TypeAlias

import numpy as np
from numpy.typing import ArrayLike
from tqdm import tqdm

from bptt import clip, fast, gru, lstm
from bptt.arguments import Array, count, number
from bptt.text import Tokens, check_tokens, minibatches

Arrays: TypeAlias = Mapping[str, Array]
"""Arrays by name."""

Gradients: TypeAlias = Callable[
    [Arrays, Arrays, Tokens, Tokens], tuple[float, Arrays, Arrays]
]

BETA_1, BETA_2, EPSILON = 0.9, 0.999, 1e-8
"""How slowly the two means of Adam forget, and what keeps its quotient finite, as its
paper proposes."""


class Model(NamedTuple):
    """What training has to know of a network."""

    start: Callable[[np.random.Generator, int, int], Arrays]
    """Draw the parameters, given the number of characters and of units; one of them is
    c, the bias of the logits."""

    rest: Callable[[Arrays, int], Arrays]
    """Give the initial states of B sequences."""

    gradients: Gradients
    """Compute E, its gradients by the parameters, and the last states, from parameters,
    states, x and y, shape (T, B)."""


class Training(NamedTuple):
    """How far training has come.

    Nothing in it is ever changed: each step makes a new one.
    """

    step: int
    """How many steps are done."""

    parameters: Arrays
    """The weights."""

    mean: Arrays
    """Adam's running mean of the gradients."""

    square: Arrays
    """Adam's running mean of their squares."""

    state: Arrays
    """The last states, carried into the next minibatch."""

    losses: tuple[float, ...]
    """The loss of each step in bits per character, measured before the step is taken;
    copied by each step, which is not felt below some hundred thousand of them."""

    how: Mapping[str, Any] = MappingProxyType({})
    """What it was trained with, T, B, steps, rate, threshold and the SHA-256 of the
    tokens; nothing before the first step."""


def begin(
    model: Model, tokens: ArrayLike, size: int, units: int, *, seed: int
) -> Training:
    """Draw the weights that training starts from.

    The bias of the logits is not drawn: it holds the logarithms of how often each
    character occurs, plus once for all of them. So the network begins with what a table
    of single characters knows.

    Args:
        model: the network.
        tokens: the text, shape (N,).
        size: the number of characters in the vocabulary.
        units: the number of units.
        seed: any integer >= 0.

    Returns:
        Step 0.

    Raises:
        TypeError: size, units, seed or a token is not a whole number.
        ValueError: size or units is below 1, seed below 0, or a token is not from 0 to
            size - 1.
    """
    whole = check_tokens("tokens", tokens, count("size", size))
    rng = np.random.default_rng(count("seed", seed, 0))
    parameters = dict(model.start(rng, size, count("units", units)))
    often = np.bincount(whole, minlength=size) + 1
    parameters["c"] = np.log(often / (len(whole) + size))
    mean = {name: np.zeros_like(value) for name, value in parameters.items()}
    square = {name: np.zeros_like(value) for name, value in parameters.items()}
    return Training(0, parameters, mean, square, {}, ())


def train(
    model: Model, training: Training, tokens: ArrayLike, *, T: int, B: int, steps: int,
    rate: float = 0.01, threshold: float = 1.0,
) -> Training:  # fmt: skip
    """Train until `steps` steps are done, or until Ctrl-C.

    That is heard from the first step on. Each step reads a minibatch, carries the state
    on and cuts the gradient (truncated BPTT), divides the gradient by T B, clips it,
    and moves the weights by Adam, with a rate that falls from `rate` to zero along a
    cosine. Whenever the text has been read, it is read again from states at rest. A
    terminal is shown a progress bar.

    Args:
        model: the network.
        training: where to start, from `begin` or from `load`; it stays as it is. One
            that has steps behind it goes on with the T, B, steps, rate, threshold and
            tokens that it began with, and others are refused.
        tokens: the text, shape (N,).
        T: steps of a minibatch.
        B: sequences of a minibatch.
        steps: how many steps there are in all, those that `training` has behind it
            among them.
        rate: Adam's first learning rate, above 0.
        threshold: the longest gradient that is not clipped, above 0.

    Returns:
        Where training has come to. It is short of `steps` after Ctrl-C alone.

    Raises:
        TypeError: T, B, steps or a token is not a whole number, or the rate or the
            threshold is no number.
        ValueError: one of them is out of range, `training` has more than `steps` behind
            it, began otherwise, or belongs to another network.
        OverflowError: loss or gradients leave the range of floating point numbers.
    """
    if not 0 < number("rate", rate) < np.inf:
        raise ValueError(f"rate is {rate}; it must be a finite number above 0.")
    if count("steps", steps) < training.step:
        raise ValueError(
            f"steps is {steps}, but training has {training.step} steps behind it; it "
            "must be at least that."
        )
    how = _how(tokens, T=T, B=B, steps=steps, rate=rate, threshold=threshold)
    for name, began in training.how.items():
        if how.get(name) != began:
            raise ValueError(
                f"{name} is {how.get(name)!r}, but training began with {began!r}; go "
                "on as it began, or begin anew."
            )
    batches = list(minibatches(tokens, T, B))
    with (
        contextlib.suppress(KeyboardInterrupt),
        # None: where is no terminal
        tqdm(total=steps, initial=training.step, unit="step", disable=None) as bar,
    ):
        for step in range(training.step, steps):
            x, y = batches[step % len(batches)]
            again = step % len(batches) == 0  # the text begins
            state = model.rest(training.parameters, B) if again else training.state
            E, gradients, state = model.gradients(training.parameters, state, x, y)
            means = {name: gradient / y.size for name, gradient in gradients.items()}
            clipped, _ = clip.by_norm(means, threshold)
            moved = adam(training, clipped, cosine(rate, step, steps))
            losses = (*training.losses, E / (y.size * np.log(2)))
            # One assignment: Ctrl-C comes before it or after it, never half-way.
            training = Training(step + 1, *moved, state, losses, how)
            bar.set_postfix_str(f"{losses[-1]:.3f} bits per character", refresh=False)
            bar.update()
    return training


def _how(tokens: ArrayLike, **numbers: float) -> Mapping[str, Any]:
    """Write down what training is done with."""
    # the same bytes on every machine
    whole = check_tokens("tokens", tokens).astype("<i8")
    digest = hashlib.sha256(whole.tobytes()).hexdigest()
    return MappingProxyType({**numbers, "SHA-256 of tokens": digest})


def cosine(rate: float, step: int, steps: int) -> float:
    """Compute the learning rate after `step` of `steps` steps.

    It is `rate` at first, then falls along half a cosine to zero.

    Source: I. Loshchilov, F. Hutter, SGDR: stochastic gradient descent with warm
    restarts, 2017, arXiv:1608.03983, here without restarts.
    """
    return float(rate * (1 + np.cos(np.pi * step / steps)) / 2)


def adam(
    training: Training, gradients: Arrays, rate: float
) -> tuple[Arrays, Arrays, Arrays]:
    """Take one step of Adam.

    Args:
        training: where training is.
        gradients: by name, in the shape of the parameters.
        rate: the learning rate.

    Returns:
        The new parameters, the new running mean of the gradients and that of their
        squares.

    Source: Kingma and Ba 2015, arXiv:1412.6980.
    """
    k = training.step + 1
    mean = {
        name: BETA_1 * training.mean[name] + (1 - BETA_1) * g
        for name, g in gradients.items()
    }
    square = {
        name: BETA_2 * training.square[name] + (1 - BETA_2) * g**2
        for name, g in gradients.items()
    }
    parameters = {}
    for name, value in training.parameters.items():
        first, second = mean[name] / (1 - BETA_1**k), square[name] / (1 - BETA_2**k)
        parameters[name] = value - rate * first / (np.sqrt(second) + EPSILON)
    return parameters, mean, square


def bits(model: Model, parameters: Arrays, tokens: ArrayLike) -> float:
    """Measure the bits per character on a text.

    It is read from its first character to its last with the state carried.

    Args:
        model: the network.
        parameters: its weights.
        tokens: shape (N,), with N at least 2; the first one is read and not predicted.

    Returns:
        E / (N ln 2) over the N - 1 characters that are predicted.

    Raises:
        TypeError: a token is not a whole number.
        ValueError: there are fewer than two tokens, or one that the network does not
            know.
    """
    whole = check_tokens("tokens", tokens)
    ((x, y),) = minibatches(whole, max(1, len(whole) - 1), 1)
    E, _, _ = model.gradients(parameters, model.rest(parameters, 1), x, y)
    return float(E / (y.size * np.log(2)))


def predictions(
    model: Model, parameters: Arrays, state: Arrays, token: int
) -> tuple[Array, Arrays]:
    """Read one character and say how likely each is to follow it.

    The gradient of a loss by c is y_hat - y, so any network that can be trained tells
    its prediction. For the character that the loss is about, here number 0, the
    difference has lost digits, and e^-E is its probability.

    Args:
        model: the network.
        parameters: its weights.
        state: the states of one sequence.
        token: the character.

    Returns:
        y_hat, shape (q,), and the state after the character.
    """
    one = np.array([[token]])
    E, gradients, state = model.gradients(parameters, state, one, np.zeros_like(one))
    y_hat = gradients["c"].copy()
    y_hat[0] = np.exp(-E)
    return y_hat, state


def tempered(y_hat: Array, temperature: float) -> Array:
    """Divide the logits of `y_hat` by the temperature.

    The result is their probabilities, shape (q,).
    """
    # a probability of zero stays zero, and some become zero
    with np.errstate(divide="ignore", over="ignore"):
        logits = np.log(y_hat)
        weights = np.exp((logits - logits.max()) / temperature)
    tempered: Array = weights / weights.sum()
    return tempered


def sample(
    model: Model,
    parameters: Arrays,
    prompt: ArrayLike,
    length: int,
    *,
    seed: int,
    temperature: float = 1.0,
) -> Tokens:
    """Let the network write.

    Each character is drawn from its prediction, and read in turn.

    Args:
        model: the network.
        parameters: its weights.
        prompt: what it reads first, shape (N,), at least one character.
        length: how many characters it writes.
        seed: any integer >= 0.
        temperature: the logits are divided by it, above 0: below 1 likely characters
            become likelier still.

    Returns:
        The characters that it wrote, shape (length,).

    Raises:
        TypeError: the length or the seed is not a whole number, or the temperature is
            no number.
        ValueError: the length is below 1, the seed below 0, the temperature not above
            0, or the prompt empty.
    """
    count("length", length)
    if not 0 < number("temperature", temperature) < np.inf:
        raise ValueError(
            f"temperature is {temperature}; it must be a finite number above 0."
        )
    start = check_tokens("prompt", prompt)
    if not start.size:
        raise ValueError(
            f"prompt has shape {start.shape}; it must be (N,) with N at least 1."
        )
    rng = np.random.default_rng(count("seed", seed, 0))
    state, written = model.rest(parameters, 1), list(start)
    for i in range(len(start) + length - 1):
        y_hat, state = predictions(model, parameters, state, written[i])
        if i >= len(start) - 1:
            up_to = tempered(y_hat, temperature).cumsum()
            drawn = rng.random() * up_to[-1]
            written.append(np.searchsorted(up_to, drawn, side="right"))
    return np.array(written[len(start) :], np.intp)


_MAGIC = b"bptt checkpoint 1\n"


def save(path: str | Path, training: Training) -> None:
    """Write a checkpoint whole or not at all.

    Whatever happens meanwhile, the path holds the old file or the new one. The bytes go
    to a file beside it, down to the disk, and only then does that take the other's
    name. A process that is killed meanwhile leaves that file, .name.* with 16 digits,
    and one may delete it. The new file has the permissions of the old one, and where
    the path is a symbolic link, the file that it points to is replaced.

    Args:
        path: where to.
        training: what to keep.

    Raises:
        TypeError: an array is none, or does not hold numbers.
        OSError: the folder is not there, or cannot be written to; nothing is left
            behind.
    """
    path, content = Path(path).resolve(), io.BytesIO()
    groups = {name: getattr(training, name) for name in _GROUPS}
    arrays = {
        f"{group}.{name}": value
        for group, named in groups.items()
        for name, value in named.items()
    }
    for name, value in arrays.items():
        if type(value) is not np.ndarray or value.dtype.kind not in "biufc":
            raise TypeError(
                f"{name} is {value!r}; it must be an array of numbers, for no other "
                "comes back."
            )
    arrays |= {f"how.{name}": np.array(value) for name, value in training.how.items()}
    losses = np.array(training.losses, float)
    np.savez(content, step=np.int64(training.step), losses=losses, **arrays)
    digest = hashlib.sha256(content.getvalue()).hexdigest().encode()
    beside = path.with_name(f".{path.name}.{secrets.token_hex(8)}")
    try:
        with beside.open("xb") as file:
            if path.exists():
                beside.chmod(stat.S_IMODE(path.stat().st_mode))
            file.write(_MAGIC + digest + b"\n" + content.getvalue())
            file.flush()
            os.fsync(file.fileno())
        os.replace(beside, path)  # noqa: PTH105  # atomic, and named so in the manual
    except BaseException:  # Ctrl-C, too
        beside.unlink(missing_ok=True)
        raise
    _sync_folder(path.parent)


def load(path: str | Path) -> Training:
    """Read a checkpoint, bit for bit what was saved.

    Args:
        path: of a file that `save` has written.

    Returns:
        What was kept.

    Raises:
        ValueError: the file is no checkpoint, it is damaged, or it holds something
            else.
        OSError: it is not there, or cannot be read.
    """
    content = Path(path).read_bytes()
    if not content.startswith(_MAGIC):
        raise ValueError(
            f"{path} is no checkpoint of bptt.train: it begins with "
            f"{content[: len(_MAGIC)]!r}, and must begin with {_MAGIC!r}. Name a file "
            "that this version's `save` has written."
        )
    promised, _, archive = content[len(_MAGIC) :].partition(b"\n")
    found = hashlib.sha256(archive).hexdigest()
    if found.encode() != promised:
        raise ValueError(
            f"{path} is damaged: its {len(archive)} bytes of content have SHA-256 "
            f"{found}, and its second line promises "
            f"{promised.decode('ascii', 'replace')[:64]!r}. It was cut off or changed: "
            "take another copy, or train anew."
        )
    try:
        return _training(archive)
    except _FOREIGN as error:
        raise ValueError(
            f"{path} is whole, but holds something else than `save` writes ({error}). "
            "Take another copy, or train anew."
        ) from error


_GROUPS = ("parameters", "mean", "square", "state")
_FOREIGN = (
    *(ArithmeticError, LookupError, OSError, EOFError, TypeError, ValueError),
    zipfile.BadZipFile,
)


def _training(archive: bytes) -> Training:
    groups: dict[str, dict[str, Any]] = {group: {} for group in (*_GROUPS, "how")}
    with np.load(io.BytesIO(archive), allow_pickle=False) as kept:
        step, losses = kept["step"], kept["losses"]
        for key in kept.files:  # in the order of writing, for a norm is added up in it
            group, dot, name = key.partition(".")
            if dot:
                groups[group][name] = kept[key]
    how = {name: value.item() for name, value in groups.pop("how").items()}
    kept_how = MappingProxyType(how)
    return Training(int(step), losses=tuple(losses.tolist()), how=kept_how, **groups)


def _sync_folder(folder: Path) -> None:
    """Bring the new name down to the disk as well.

    It is done on systems where a folder can be opened.
    """
    if os.name == "posix":
        handle = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)


def _model(
    axes: Mapping[str, tuple[str, ...]], starts: tuple[str, ...], gradients: Gradients
) -> Model:
    """Make a model of shapes, names and gradients.

    They are the shapes of its parameters in letters, the names of its initial states,
    and what computes its gradients.
    """

    def start(rng: np.random.Generator, size: int, units: int) -> Arrays:
        sizes = {"n": units, "m": size, "q": size}
        shapes = {
            name: tuple(sizes[letter] for letter in letters)
            for name, letters in axes.items()
        }
        parameters = {name: np.zeros(shape) for name, shape in shapes.items()}
        for name, shape in shapes.items():
            if len(shape) > 1:
                spread = _SPREAD[name[0]]
                parameters[name] = rng.normal(size=shape) * spread / np.sqrt(units)
        return parameters

    def rest(parameters: Arrays, B: int) -> Arrays:
        return {name: np.zeros((B, parameters["V"].shape[1])) for name in starts}

    def checked(
        parameters: Arrays, state: Arrays, x: Tokens, y: Tokens
    ) -> tuple[float, Arrays, Arrays]:
        pairs = (("parameters", parameters, axes), ("states", state, starts))
        for what, found, wanted in pairs:
            if {*found} != {*wanted}:
                raise ValueError(
                    f"the {what} are {_listed(found)}; this network has "
                    f"{_listed(wanted)}. Are they another network's?"
                )
        return gradients(parameters, state, x, y)

    return Model(start, rest, checked)


def _listed(names: Iterable[str]) -> str:
    return ", ".join(names) or "none"


_SPREAD = {"U": 1.0, "W": 0.5, "V": 1.0}
"""How far the weights spread at the start, in units of one over the root of the number
of units; biases are zero."""


def _rnn(
    parameters: Arrays, state: Arrays, x: Tokens, y: Tokens
) -> tuple[float, Arrays, Arrays]:
    U, W, V, b, c = (parameters[name] for name in ("U", "W", "V", "b", "c"))
    found = fast.gradients(U, W, V, b, c, state["s_0"], x, y)
    by = {name: getattr(found, name) for name in parameters}
    return found.E, by, {"s_0": found.s_T}


def _gru(
    parameters: Arrays, state: Arrays, x: Tokens, y: Tokens
) -> tuple[float, Arrays, Arrays]:
    found = gru.gradients(parameters, state["s_0"], x, y)
    return found.E, {name: found.by[name] for name in parameters}, {"s_0": found.s_T}


def _lstm(
    parameters: Arrays, state: Arrays, x: Tokens, y: Tokens
) -> tuple[float, Arrays, Arrays]:
    found = lstm.gradients(parameters, state["s_0"], state["kappa_0"], x, y)
    by = {name: found.by[name] for name in parameters}
    return found.E, by, {"s_0": found.s_T, "kappa_0": found.kappa_T}


_AXES = {"U": ("n", "m"), "W": ("n", "n"), "V": ("q", "n"), "b": ("n",), "c": ("q",)}

RNN = _model(_AXES, ("s_0",), _rnn)
"""The network of `bptt.rnn`, by the gradients of `bptt.fast`."""

GRU = _model(gru.AXES, ("s_0",), _gru)
"""The network of `bptt.gru`."""

LSTM = _model(lstm.AXES, ("s_0", "kappa_0"), _lstm)
"""The network of `bptt.lstm`."""
