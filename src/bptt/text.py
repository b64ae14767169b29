"""A text as numbers.

It is loaded and verified, cut into what is learnt from and what is held out, and read
in minibatches.

What one can do with it::

    moby_dick = load()                # the text, if its SHA-256 is right
    vocabulary = Vocabulary.of(moby_dick)
    tokens = vocabulary.encode(moby_dick)
    learnt, held_out = split(tokens)  # the last tenth is held out
    counts = WittenBell(learnt, vocabulary.size, order=5)
    counts.bits(held_out)             # what a table of counts achieves

All measures are in bits per character, the mean of -log2 of the probability that was
given to the right character.

Source: I. H. Witten, T. C. Bell, The zero-frequency problem: estimating the
probabilities of novel events in adaptive text compression, 1991, doi:10.1109/18.87000;
compared with others in S. F. Chen, J. Goodman, An empirical study of smoothing
techniques for language modeling, 1999, doi:10.1006/csla.1999.0128.
"""

import hashlib
import json
from collections.abc import Iterator
from importlib import resources
from typing import Any, NamedTuple, TypeAlias

import numpy as np
from numpy.typing import ArrayLike, NDArray

from bptt.arguments import count, number, plain

Tokens: TypeAlias = NDArray[np.intp]


def about() -> dict[str, Any]:
    """Tell what is known of the text.

    That is author, source, licence, checksum, and what was done to it.
    """
    path = resources.files("bptt.data").joinpath("moby-dick.json")
    known: dict[str, Any] = json.loads(path.read_text("utf-8"))
    return known


def load() -> str:
    """Read the text that the book learns from, and verify it.

    It is the last 26 chapters of Moby-Dick.

    Returns:
        The text.

    Raises:
        ValueError: its SHA-256 is not the one written down beside it.
    """
    content = resources.files("bptt.data").joinpath("moby-dick.txt").read_bytes()
    return verified(content, about()["sha256"]).decode("utf-8")


def verified(content: bytes, sha256: str) -> bytes:
    """Return the content if it has this SHA-256.

    Raises:
        ValueError: it has another one.
    """
    found = hashlib.sha256(content).hexdigest()
    if found != sha256:
        raise ValueError(
            f"the text has SHA-256 {found}; moby-dick.json says {sha256}. It was "
            "changed, or its line ends were: install the package anew."
        )
    return content


class Vocabulary(NamedTuple):
    """Which character has which number."""

    characters: str
    """Each character once; its place is its number."""

    @property
    def size(self) -> int:
        """How many characters there are."""
        return len(self.characters)

    @classmethod
    def of(cls, text: str) -> "Vocabulary":
        """Number the characters of a text in the order of their code points.

        Raises:
            ValueError: the text is empty.
        """
        if not text:
            raise ValueError("text is empty; it must have at least one character.")
        return cls("".join(sorted(set(text))))

    def encode(self, text: str) -> Tokens:
        """Write a text as numbers.

        Returns:
            The numbers, shape (len(text),).

        Raises:
            ValueError: a character has no number.
        """
        number = {character: i for i, character in enumerate(self.characters)}
        places = (i for i, character in enumerate(text) if character not in number)
        unknown = next(places, None)
        if unknown is not None:
            raise ValueError(
                f"text holds {text[unknown]!r} at index {unknown}; it must consist of "
                f"the {self.size} characters of the vocabulary, {self.characters!r}."
            )
        return np.array([number[character] for character in text], np.intp)

    def decode(self, tokens: ArrayLike) -> str:
        """Write numbers as text.

        Raises:
            TypeError: a number is not whole.
            ValueError: a number is below 0 or not below the number of characters.
        """
        whole = check_tokens("tokens", tokens, self.size)
        return "".join(self.characters[i] for i in whole.tolist())


def split(tokens: ArrayLike, held_out: float = 0.1) -> tuple[Tokens, Tokens]:
    """Cut the end off, to measure on it.

    Args:
        tokens: shape (N,).
        held_out: which share is cut off, above 0 and below 1.

    Returns:
        What may be learnt from and what may not, in new arrays.

    Raises:
        TypeError: a token is not a whole number, or held_out is no number.
        ValueError: a token is negative, held_out is out of range, or a side would have
            fewer than two tokens.
    """
    whole = check_tokens("tokens", tokens)
    if not 0 < number("held_out", held_out) < 1:
        raise ValueError(
            f"held_out is {held_out}; it must be a share above 0 and below 1."
        )
    cut = len(whole) - round(held_out * len(whole))
    if not 2 <= cut <= len(whole) - 2:  # noqa: PLR2004  # read and predict
        raise ValueError(
            f"tokens has shape ({len(whole)},); with held_out = {held_out} one side "
            "has fewer than two of them."
        )
    return whole[:cut].copy(), whole[cut:].copy()


def minibatches(tokens: ArrayLike, T: int, B: int) -> Iterator[tuple[Tokens, Tokens]]:
    """Read a text once: cut into B strips side by side, T characters of each at a time.

    Each minibatch goes on where the one before has ended, so a state can be carried
    from one to the next. What does not fill a minibatch at the end is left out.
    Arguments are checked when the first minibatch is asked for.

    Args:
        tokens: shape (N,).
        T: how many steps a minibatch has, at least 1.
        B: how many strips, at least 1.

    Yields:
        x and y, both of shape (T, B); y holds the character that follows that of x.

    Raises:
        TypeError: T or B or a token is not a whole number.
        ValueError: T or B is below 1, a token is negative, or there are fewer than T B
            + 1 tokens.
    """
    T, B, whole = count("T", T), count("B", B), check_tokens("tokens", tokens)
    steps = (len(whole) - 1) // B
    if steps < T:
        raise ValueError(
            f"tokens has shape ({len(whole)},); a minibatch of T = {T} and B = {B} "
            f"needs {T * B + 1}."
        )
    x = whole[: B * steps].reshape(B, steps).T
    y = whole[1 : B * steps + 1].reshape(B, steps).T
    for begin in range(0, steps - T + 1, T):
        yield x[begin : begin + T].copy(), y[begin : begin + T].copy()


def check_tokens(name: str, value: ArrayLike, size: int | None = None) -> Tokens:
    """Insist on whole numbers in a row, from 0 and, if a size is given, below it.

    Args:
        name: what a message calls them.
        value: the numbers, shape (N,).
        size: the number of characters, or None.

    Returns:
        The numbers in a new array.

    Raises:
        TypeError: a number is not whole, or it is a masked array.
        ValueError: a wrong shape, rows of different length, or a number out of range.
    """
    array = plain(name, value)
    if array.size and array.dtype.kind not in "iu":
        raise TypeError(f"{name} has dtype {array.dtype}; it must hold whole numbers.")
    if array.ndim != 1:
        raise ValueError(f"{name} has shape {array.shape}; it must be (N,).")
    most = np.iinfo(np.intp).max if size is None else size - 1
    wrong = (array < 0) | (array > most)
    if wrong.any():
        place = int(np.argmax(wrong))
        must = (
            "at least 0 and below 2**63"
            if size is None
            else f"at least 0 and below {size}, the number of characters"
        )
        raise ValueError(
            f"{name} holds {array[place]} at index {place}; it must be {must}."
        )
    return array.astype(np.intp)


class WittenBell:
    """A table of counts that predicts a character from those before it.

    Let a context be the last characters, N how often it was followed by anything, R by
    how many different ones, and N_w how often by w. Then the probability of w is (N_w +
    R p) / (N + R), where p is its probability by the context that is one character
    shorter; below the empty context all characters are equally likely. A context that
    never occurred says nothing, and the shorter one decides.
    """

    def __init__(self, tokens: ArrayLike, size: int, order: int) -> None:
        """Count.

        Args:
            tokens: the text to learn from, shape (N,).
            size: the number of characters in the vocabulary.
            order: how many characters are counted together, the one that is predicted
                among them: 1 looks at single characters, 2 at pairs, and so on.

        Raises:
            TypeError: size or order or a token is not a whole number.
            ValueError: size or order is below 1, there are more strings of that order
                than numbers, or a token is not from 0 to size - 1.
        """
        self._size, order = count("size", size), count("order", order)
        # a greater power would take long, and decide nothing
        if size ** min(order, 63) >= 2**63:
            raise ValueError(
                f"order is {order}; with size = {size} there are more strings than "
                "numbers below 2**63."
            )
        whole = check_tokens("tokens", tokens, size)
        self._counts = []
        for k in range(1, min(order, len(whole)) + 1):
            strings, N_w = np.unique(_strings(whole, k, size), return_counts=True)
            contexts, first, R = np.unique(
                strings // size, return_index=True, return_counts=True
            )
            self._counts.append(
                (strings, N_w, contexts, np.add.reduceat(N_w, first), R)
            )

    def probabilities(self, tokens: ArrayLike) -> NDArray[np.float64]:
        """Compute the probability of every character but the first.

        Each is judged by the characters before it.

        Args:
            tokens: shape (N,).

        Returns:
            Shape (N-1,). Where fewer characters stand before one than the order asks
            for, these have to do.

        Raises:
            TypeError: a token is not a whole number.
            ValueError: a token is not from 0 to size - 1.
        """
        whole = check_tokens("tokens", tokens, self._size)
        p = np.full(max(len(whole) - 1, 0), 1 / self._size)
        for k, (strings, N_w, contexts, N, R) in enumerate(self._counts, 1):
            # p[i] belongs to tokens[i + 1], before which stand i + 1 characters
            first = max(k - 2, 0)
            seen = _strings(whole, k, self._size)[1 if k == 1 else 0 :]
            w, context = _find(strings, N_w, seen), seen // self._size
            n, r = _find(contexts, N, context), _find(contexts, R, context)
            mixed = (w + r * p[first:]) / np.maximum(n + r, 1)
            p[first:] = np.where(n > 0, mixed, p[first:])
        return p

    def bits(self, tokens: ArrayLike) -> float:
        """Compute the bits per character.

        Args:
            tokens: shape (N,), with N at least 2; the first one is read and not
                predicted.

        Returns:
            The mean of -log2 of `probabilities`.

        Raises:
            TypeError: a token is not a whole number.
            ValueError: a token is not from 0 to size - 1, or there are fewer than two.
        """
        p = self.probabilities(tokens)
        if not p.size:
            raise ValueError(
                f"tokens has shape {np.shape(tokens)}; it must have at least 2 of "
                "them, one to read and one to predict."
            )
        return float(-np.log2(p).mean())


def _strings(tokens: Tokens, k: int, size: int) -> NDArray[np.int64]:
    """Write every k tokens that stand together as one number.

    The last token is its last digit.
    """
    n = max(len(tokens) - k + 1, 0)
    numbers = np.zeros(n, np.int64)
    for i in range(k):
        numbers = numbers * size + tokens[i : i + n]
    return numbers


def _find(
    keys: NDArray[np.int64], values: NDArray[np.int64], wanted: NDArray[np.int64]
) -> NDArray[np.int64]:
    """Look up the values of sorted keys; 0 where there is no such key."""
    places = np.minimum(np.searchsorted(keys, wanted), len(keys) - 1)
    found: NDArray[np.int64] = np.where(keys[places] == wanted, values[places], 0)
    return found
