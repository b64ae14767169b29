"""The text as numbers: its checksum, its characters, its minibatches, and counts against counts made by hand."""

import hashlib
import math
from collections import Counter, defaultdict

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bptt import text


def test_the_text_is_the_one_that_was_written_down():
    known, whole = text.about(), text.load()
    assert hashlib.sha256(whole.encode()).hexdigest() == known["sha256"]
    assert len(whole) == known["characters"]
    assert whole.startswith("Upon searching, it was found that the casks last struck into the hold")
    assert whole.endswith("rolled on as it rolled five thousand years ago.\n")
    assert {"source", "source_sha256", "licence", "changes"} <= known.keys()
    assert "CC0" in known["licence"]


def test_a_text_that_was_changed_is_refused(monkeypatch):
    monkeypatch.setattr(text, "about", lambda: {"sha256": "0" * 64})
    with pytest.raises(ValueError, match=r"SHA-256 f2cd5a88\w+; moby-dick.json says 0{64}. It was changed"):
        text.load()


@given(st.text(min_size=1))
def test_numbers_give_the_text_back(whole):
    vocabulary = text.Vocabulary.of(whole)
    tokens = vocabulary.encode(whole)
    assert vocabulary.decode(tokens) == whole
    assert set(tokens.tolist()) == set(range(vocabulary.size))


@settings(deadline=None)
@given(N=st.integers(2, 60), T=st.integers(1, 9), B=st.integers(1, 5))
def test_minibatches_read_every_strip_on_and_on(N, T, B):
    tokens = np.arange(N)
    if (N - 1) // B < T:
        with pytest.raises(ValueError, match=rf"a minibatch of T = {T} and B = {B} needs {T * B + 1}"):
            list(text.minibatches(tokens, T, B))
        return
    parts = list(text.minibatches(tokens, T, B))
    x, y = (np.concatenate([part[i] for part in parts]) for i in (0, 1))
    assert all(part[i].shape == (T, B) for part in parts for i in (0, 1))
    assert (y == x + 1).all()  # the character that follows
    assert (np.diff(x, axis=0) == 1).all()  # across the border of two minibatches, too
    assert x[0].tolist() == [b * ((N - 1) // B) for b in range(B)]
    assert N - 1 - x.size < T * B + B  # no more is left out than does not fill a minibatch
    parts[0][0][:] = -1
    assert (tokens == np.arange(N)).all()


@pytest.mark.parametrize(("held_out", "cut"), [(0.1, 18), (0.5, 10), (0.12, 18)])
def test_the_end_is_held_out(held_out, cut):
    learnt, rest = text.split(np.arange(20), held_out)
    assert (learnt.tolist(), rest.tolist()) == ([*range(cut)], [*range(cut, 20)])
    assert learnt.flags.owndata
    assert rest.flags.owndata


def test_ragged_tokens_are_refused():
    with pytest.raises(ValueError, match=r"^tokens is no array: its rows must be equally long\. NumPy says: "):
        text.split([[1, 2], [3]])
    assert text.WittenBell([0, 1], 2, 62).bits([0, 1]) > 0  # the longest strings that there are


class Slowly:
    """Witten and Bell's estimate, one character after the other, with dictionaries."""

    def __init__(self, tokens, size, order):
        self.size, self.order = size, order
        self.followed = defaultdict(Counter)
        for i, token in enumerate(tokens):
            for k in range(min(order, i + 1)):
                self.followed[tuple(tokens[i - k : i])][token] += 1

    def probability(self, before, token):
        if before is None:
            return 1 / self.size
        shorter = self.probability(before[1:] if before else None, token)
        counts = self.followed.get(tuple(before))
        if not counts:
            return shorter
        return (counts[token] + len(counts) * shorter) / (sum(counts.values()) + len(counts))


@settings(deadline=None)
@given(
    size=st.integers(1, 4), order=st.integers(1, 6), learnt=st.integers(0, 40), read=st.integers(2, 15),
    seed=st.integers(0, 999),
)  # fmt: skip
def test_counts_in_arrays_are_counts_in_dictionaries(size, order, learnt, read, seed):
    rng = np.random.default_rng(seed)
    tokens, others = rng.integers(size, size=learnt), rng.integers(size, size=read)
    slowly = Slowly(tokens.tolist(), size, order)
    told = [
        slowly.probability(others[max(0, i - order + 1) : i].tolist() if learnt else None, int(others[i]))
        for i in range(1, read)
    ]
    fast = text.WittenBell(tokens, size, order)
    np.testing.assert_allclose(fast.probabilities(others), told, rtol=1e-12)
    assert fast.bits(others) == pytest.approx(-sum(map(math.log2, told)) / len(told), rel=1e-12, abs=1e-15)


def test_the_probabilities_of_all_characters_add_up_to_one():
    learnt, _ = text.split(text.Vocabulary.of(whole := text.load()[:3000]).encode(whole))
    size = text.Vocabulary.of(whole).size
    for order in (1, 2, 5):
        table = text.WittenBell(learnt, size, order)
        for context in (learnt[50:54], [1, 1, 1, 1]):
            total = sum(table.probabilities([*context, token])[-1] for token in range(size))
            assert total == pytest.approx(1, rel=1e-12)


@pytest.mark.parametrize(
    ("call", "error", "message"),
    [
        (lambda: text.Vocabulary.of(""), ValueError, "text is empty; it must have at least one character."),
        (lambda: text.Vocabulary("ab").encode("abc"), ValueError,
         "text holds 'c' at index 2; it must consist of the 2 characters of the vocabulary, 'ab'."),
        (lambda: text.Vocabulary("ab").decode([0, 2]), ValueError,
         "tokens holds 2 at index 1; it must be at least 0 and below 2, the number of characters."),
        (lambda: text.Vocabulary("ab").decode([-1]), ValueError,
         "tokens holds -1 at index 0; it must be at least 0 and below 2, the number of characters."),
        (lambda: text.Vocabulary("ab").decode([0.5]), TypeError,
         "tokens has dtype float64; it must hold whole numbers."),
        (lambda: text.split([[1, 2]]), ValueError, "tokens has shape (1, 2); it must be (N,)."),
        (lambda: text.split([1, 2, -3, 4]), ValueError,
         "tokens holds -3 at index 2; it must be at least 0 and below 2**63."),
        (lambda: text.split(np.array([1, 2**63], np.uint64)), ValueError,
         "tokens holds 9223372036854775808 at index 1; it must be at least 0 and below 2**63."),
        (lambda: text.split(np.ma.array([1, 2, 3], mask=[0, 1, 0])), TypeError,
         "tokens is a masked array, and a mask would be lost; give a plain array."),
        (lambda: text.split(np.arange(9), "a"), TypeError, "held_out is 'a'; it must be a number."),
        (lambda: text.split(np.arange(9), 1), ValueError, "held_out is 1; it must be a share above 0 and below 1."),
        (lambda: text.split(np.arange(9)), ValueError,
         "tokens has shape (9,); with held_out = 0.1 one side has fewer than two of them."),
        (lambda: list(text.minibatches(np.arange(9), 0, 1)), ValueError, "T is 0; it must be at least 1."),
        (lambda: list(text.minibatches(np.arange(9), 1, 1.5)), TypeError,
         "B is 1.5; it must be a whole number, at least 1."),
        (lambda: text.WittenBell([0, 1], 2, 0), ValueError, "order is 0; it must be at least 1."),
        (lambda: text.WittenBell([0, 1], 100, 10), ValueError,
         "order is 10; with size = 100 there are more strings than numbers below 2**63."),
        (lambda: text.WittenBell([0, 1], 2, 63), ValueError,
         "order is 63; with size = 2 there are more strings than numbers below 2**63."),
        (lambda: text.WittenBell([0, 1], 68, 10**12), ValueError,  # whoever computes that power has no memory left
         "order is 1000000000000; with size = 68 there are more strings than numbers below 2**63."),
        (lambda: text.WittenBell([0, 0, 2], 2, 1), ValueError,
         "tokens holds 2 at index 2; it must be at least 0 and below 2, the number of characters."),
        (lambda: text.WittenBell([0, 1], 2, 1).bits([0]), ValueError,
         "tokens has shape (1,); it must have at least 2 of them, one to read and one to predict."),
    ],
)  # fmt: skip
def test_bad_arguments(call, error, message):
    with pytest.raises(error) as caught:
        call()
    assert str(caught.value) == message
