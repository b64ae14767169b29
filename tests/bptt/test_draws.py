"""The draws are what they promise for every seed, and the example on paper adds up in decimal arithmetic."""

from decimal import Decimal, getcontext

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bptt import draws, rnn, scalar

seeds = st.integers(0, 2**32 - 1)


@pytest.mark.parametrize(
    "draw", [draws.scalar, draws.rnn, draws.functions, draws.product, draws.logits, lambda _: draws.example()]
)
def test_the_same_seed_gives_the_same_new_arrays(draw):
    first, second = draw(3), draw(3)
    assert first.keys() == second.keys()
    for name, value in first.items():
        assert np.array_equal(value, second[name])
        assert np.ndim(value) == 0 or value is not second[name]


@pytest.mark.parametrize("draw", [draws.scalar, draws.rnn, draws.functions, draws.product, draws.logits])
def test_another_seed_gives_other_numbers(draw):
    first, second = draw(0), draw(1)
    assert not any(np.array_equal(first[name], second[name]) for name in first if name != "y")


def test_every_size_is_another_for_some_seed():
    assert all(len(set(sizes)) == 4 for sizes in draws.SIZES)
    for axis in zip(*draws.SIZES, strict=True):
        assert len(set(axis)) >= 3


def test_the_numbers_of_seed_0_stay_what_the_pages_were_written_with():
    assert rnn.loss(**draws.rnn()) == pytest.approx(4.416000911538143, rel=1e-13)
    assert scalar.derivative(**draws.scalar()) == pytest.approx(0.6890631698105424, rel=1e-13)
    assert draws.functions()["h"] == pytest.approx(0.40944831696449163, rel=1e-15)
    assert draws.product()["Δs"][0] == pytest.approx(-0.16035263, rel=1e-7)


@settings(deadline=None)
@given(seeds)
def test_logits_have_a_right_class_and_no_small_entry(seed):
    letters = draws.logits(seed)
    o, y = letters["o"], letters["y"]
    assert o.shape == y.shape == (3 + seed % 3,)
    assert sorted(y) == [*(len(y) - 1) * [0], 1]
    assert np.abs(o).min() >= 0.8
    assert np.abs(o).max() <= 2


@settings(deadline=None)
@given(seeds)
def test_a_network_is_never_degenerate(seed):
    letters = draws.rnn(seed)
    W, x, y = letters["W"], letters["x"], letters["y"]
    (T, m), n, q = x.shape, len(W), len(letters["c"])
    assert len({T, m, n, q}) == 4
    assert T >= 5
    assert (T, n, m, q) == draws.SIZES[seed % len(draws.SIZES)]
    assert np.linalg.norm(W - W.T) > 0.2 * np.linalg.norm(W)
    assert np.linalg.norm(W @ W.T - W.T @ W) > 0.2 * np.linalg.norm(W) ** 2
    assert (np.abs(W) >= 0.28).all()
    assert (np.abs(W) <= 1).all()
    assert (np.abs(letters["s_0"]) > 0.3).all()
    assert (y.sum(axis=0) > 0).all()
    s = rnn.forward(**letters).s
    assert np.abs(s).min() > 0.05
    assert np.abs(s[1:]).max() < 0.9


@settings(deadline=None)
@given(seeds)
def test_a_scalar_recursion_has_no_vanishing_term(seed):
    letters = draws.scalar(seed)
    assert letters["x"].shape == (draws.SIZES[seed % len(draws.SIZES)][0],)
    assert (np.abs(scalar.terms(**letters)) > 1e-6).all()
    assert np.abs(scalar.states(**letters)[1:]).max() < 0.9


@settings(deadline=None)
@given(seeds)
def test_functions_and_products_have_no_small_number(seed):
    letters = draws.functions(seed)
    assert list(letters) == ["a_0", "a_1", "a_2", "a_3", "b_0", "b_1", "b_2", "b_3", "w", "h"]
    assert all(isinstance(value, float) and abs(value) >= 0.3 for value in letters.values())
    letters = draws.product(seed)
    n = draws.SIZES[seed % len(draws.SIZES)][1]
    assert {name: value.shape for name, value in letters.items()} == {"W": (n, n), "s": (n,), "ΔW": (n, n), "Δs": (n,)}
    assert all((np.abs(value) > 0.1).all() for value in letters.values())


class Paper:
    """The worked example as a reader computes it: four decimals, rounded after every line."""

    def __init__(self, letters):
        getcontext().prec = 50
        self.w, self.u, self.s_0 = (Decimal(str(letters[name])) for name in ("w", "u", "s_0"))
        self.x = [Decimal(str(x_t)) for x_t in letters["x"]]

    @staticmethod
    def tanh(a):
        e = (2 * a).exp()
        return (e - 1) / (e + 1)

    def lines(self, rounded):
        """Every line of the example; `rounded` is applied to each result before it is used again."""
        s, a, slope, ds = [self.s_0], [None], [None], [Decimal(0)]
        for t, x_t in enumerate(self.x, start=1):
            a.append(rounded(self.u * x_t + self.w * s[t - 1]))
            s.append(rounded(self.tanh(self.u * x_t + self.w * s[t - 1])))
            slope.append(rounded(1 - s[t] ** 2))
            ds.append(rounded(slope[t] * (s[t - 1] + self.w * ds[t - 1])))
            yield f"a_{t}", a[t]
            yield f"s_{t}", s[t]
            yield f"s_{t} from a_{t}", rounded(self.tanh(a[t]))
            yield f"slope_{t}", slope[t]
            yield f"ds_{t}/dw", ds[t]
            yield f"ds_{t}/dw, bracket first", rounded(slope[t] * rounded(s[t - 1] + self.w * ds[t - 1]))
            yield f"ds_{t}/ds_{t - 1}", rounded(slope[t] * self.w)
        terms = [
            rounded(slope[3] * self.w * slope[2] * self.w * slope[1] * s[0]),
            rounded(slope[3] * self.w * slope[2] * s[1]),
            rounded(slope[3] * s[2]),
        ]
        yield from ((f"term {k}", term) for k, term in enumerate(terms, start=1))
        yield "sum of the terms", sum(terms)
        yield "frozen", rounded(slope[3] * s[2])


def four_decimals(number):
    return number.quantize(Decimal("0.0001"))


def test_the_example_adds_up_on_paper():
    letters = draws.example()
    exact, paper = dict(Paper(letters).lines(lambda number: number)), dict(Paper(letters).lines(four_decimals))
    for name, value in exact.items():
        assert paper[name] == four_decimals(value), f"{name}: {paper[name]} on paper, {value} in truth"
    assert paper["sum of the terms"] == paper["ds_3/dw"]


def test_the_example_is_the_one_that_the_program_computes():
    letters = draws.example()
    paper = dict(Paper(letters).lines(four_decimals))
    assert [f"{value:.4f}" for value in scalar.states(**letters)[1:]] == [str(paper[f"s_{t}"]) for t in (1, 2, 3)]
    assert [f"{value:.4f}" for value in scalar.terms(**letters)] == [str(paper[f"term {k}"]) for k in (1, 2, 3)]
    assert f"{scalar.derivative(**letters):.4f}" == str(paper["sum of the terms"])
    assert f"{scalar.frozen(**letters):.4f}" == str(paper["frozen"])


def test_the_example_impresses():
    letters = draws.example()
    terms, total = scalar.terms(**letters), scalar.derivative(**letters)
    assert (np.abs(terms) >= 0.03).all()
    assert 0 < scalar.frozen(**letters) / total <= 0.6
    numbers = [letters["w"], letters["u"], letters["s_0"], *letters["x"]]
    assert all(Decimal(str(number)).as_tuple().exponent >= -2 for number in numbers)
    assert len(set(numbers)) == len(numbers) == 6
