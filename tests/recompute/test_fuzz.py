"""Whatever is written: `check` gives a verdict or raises a FormulaError, in no time, and nothing else happens."""

import importlib.util
import random
import sys
import time
import tracemalloc
from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from recompute import examples
from recompute.errors import FormulaError
from recompute.verdict import Verdict
from recompute.world import World

SPEC = importlib.util.spec_from_file_location("fuzz", Path(__file__).with_name("fuzz.py"))  # tests are no package
fuzz = importlib.util.module_from_spec(SPEC)
SPEC.loader.exec_module(fuzz)

ACCEPTED, BOOK, TOKENS = fuzz.FORMULAS, fuzz.BOOK, fuzz.TOKENS
STRANGE = World(examples.LETTERS | {"b": 0.0, "x": [float("inf"), -1.0], "A": [[0.0, 0.0], [0.0, 0.0]], "T": 100})


def judged(tex, worlds=(fuzz.WORLD,)):
    """The verdict, or the refusal; within seconds, and without a warning."""
    began = time.process_time()
    found = fuzz.judged(tex, worlds)
    assert time.process_time() - began < 5, tex
    return found


@settings(max_examples=200, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.lists(st.sampled_from(TOKENS), max_size=25).map("".join))
def test_random_tokens(tex):
    judged(tex)
    judged(f"a = {tex}")


@st.composite
def mutated(draw):
    tex = draw(st.sampled_from(ACCEPTED))
    for _ in range(draw(st.integers(1, 4))):
        place = draw(st.integers(0, len(tex)))
        width = draw(st.integers(0, 6))
        tex = tex[:place] + draw(st.sampled_from(["", *TOKENS])) + tex[place + width :]
    return tex


@settings(max_examples=200, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(mutated())
@example(r"\sum_{k=1}^{3} \sum_{j=1}^{9999} j = 1")
@example("g(2) = 1")
@example("v_3 = 1")
@example(r"A^{-1} = A^{\frac{0}{0}}")
@example(r"\lVert \frac{1}{0} A \rVert = 1")
@example("x_{10^{400}} = 1")
@example("a^{b^{a^{b^{a^{b^{9}}}}}} = b")
@example(r"\lim_{h \to \frac{1}{0}} h = 1")
def test_accepted_and_refused_formulas_with_a_few_changes(tex):
    judged(tex)
    judged(tex, (STRANGE,))


@settings(max_examples=200, deadline=None)
@given(st.text(max_size=60))
def test_random_text(text):
    judged(text)


@pytest.mark.parametrize("tex", ACCEPTED)
def test_every_prefix_of_a_formula(tex):
    for end in range(len(tex)):
        judged(tex[:end])


CHUNKS, IN_CHUNK = 8, 2_600  # together more than 20,000 texts; in chunks, so that they spread over the cores


def text(rng):
    return "".join(chr(rng.choice((rng.randrange(32, 127), rng.randrange(0x3000)))) for _ in range(rng.randrange(40)))


def tokens(rng):
    return rng.choice(("", "a = ")) + "".join(rng.choices(TOKENS, k=rng.randrange(25)))


def changed(rng, tex):
    for _ in range(rng.choice((1, 1, 1, 2, 3))):
        place = rng.randrange(len(tex) + 1)
        tex = tex[:place] + rng.choice(("", rng.choice(TOKENS))) + tex[place + rng.choice((0, 1, 1, 2, 5)) :]
    return tex


LEAVES = ("a", "b", "w", "x", "y", "A", "s_2", "2", "0.5", "B_1", "0", "T", r"\mathbf 1_2")
SHAPES = (
    "({} + {})", "({} - {})", "({} {})", r"({} \odot {})", r"({} \otimes {})", r"\frac{{{}}}{{{}}}", r"{{({})}}^\top",
    r"\tanh({})", r"\sigma'({})", r"\lVert {} \rVert", r"\lvert {} \rvert", r"\max({}, {})", r"\binom{{{}}}{{{}}}",
    r"\rho({})", r"\sigma_{{\max}}({})", "({})^{{2}}", "({})^{{-1}}", r"\log({})", r"\operatorname{{tr}}({})",
    r"\frac{{\mathrm d}}{{\mathrm d w}}({})", r"(\sum_{{k=1}}^{{2}} (k {}))", r"(\lim_{{h \to 0}} ({} + h))", "({})'",
)  # fmt: skip


def derived(rng, depth=3):
    """An expression that the grammar contains."""
    if not depth or rng.random() < 0.3:
        return rng.choice(LEAVES)
    shape = rng.choice(SHAPES)
    return shape.format(*(derived(rng, depth - 1) for _ in range(shape.count("{}"))))


GENERATORS = (
    text,
    lambda rng: changed(rng, rng.choice(BOOK)),
    tokens,
    lambda rng: changed(rng, rng.choice(ACCEPTED)),
    lambda rng: f"{derived(rng)} = {derived(rng)}",
    lambda rng: f"{derived(rng)} = a",
    lambda rng: changed(rng, f"{derived(rng, 2)} = {derived(rng, 1)}"),
)


@pytest.mark.parametrize("chunk", range(CHUNKS))
def test_many_texts_at_random(chunk):
    """The same texts on every run; `nox -s fuzz` looks for others."""
    rng = random.Random(chunk)  # noqa: S311 - not for secrets
    read = 0
    for count in range(IN_CHUNK):
        generator = GENERATORS[count % len(GENERATORS)]
        tex = generator(rng)
        try:
            found = fuzz.judged(tex, (fuzz.BOOK_WORLD if generator is GENERATORS[1] else fuzz.WORLD,))
        except Exception as error:
            raise AssertionError(f"{type(error).__name__} from {tex!r}") from error
        read += isinstance(found, Verdict)
    assert read > IN_CHUNK / 20  # some of them have a value; else nothing but the grammar would be tried


def test_what_the_grammar_contains_is_read():
    rng = random.Random(9)  # noqa: S311 - not for secrets
    for _ in range(1_000):
        found = judged(f"{derived(rng)} = {derived(rng)}")
        assert not isinstance(found, FormulaError) or "cannot stand here" not in str(found)


@pytest.mark.parametrize("change", [" + 1", " + 0.001 x", " + A", "^2"])
def test_what_holds_is_equal(change):
    rng = random.Random(change)  # noqa: S311 - not for secrets
    found = 0
    for _ in range(300):
        tex = derived(rng)
        verdict = judged(f"({tex}) = ({tex}){change}")
        if isinstance(verdict, Verdict) and verdict.kind == "holds":
            found += 1
            left, right = (examples.value(side).array for side in (tex, f"({tex}){change}"))
            assert np.abs(left - right).max() <= 1e-11 * np.abs(left).max()
    assert found == 0 or change in {"^2", " + 1"}  # 1 = 1^2; numbers beyond 10^12 do not notice a one


LARGE = r"(\mathbf 1_{300} \mathbf 1_{300}^\top)"
MONSTERS = {
    "a sum to a billion": (r"\sum_{k=1}^{10^9} k = 1", "1,000,000,000 terms"),
    "tower": (r"2^{2^{2^{2^{2^{2^{2}}}}}} = 1", "this side is not finite"),
    "tower as a bound": (r"\sum_{k=1}^{10^{10^{10}}} k = 1", "an index must be a whole number, and this is inf"),
    "matrix power": (r"A^{10^9} = A", "this side is not finite"),
    "inverse power": (r"A^{-10^9} = A", "this side is not finite"),
    "nested sums": (r"\sum_{i=1}^{9999} \sum_{j=1}^{9999} i j = 1", "99,980,001 terms together"),
    "three sums": (r"\sum_{i=1}^{99} \sum_{j=1}^{99} \sum_{l=1}^{9} (i + j + l)^2 = 1", "150,000 steps"),
    "long body": (r"\sum_{i=1}^{9999} (" + "i + " * 4_000 + "1) = 1", "150,000 steps"),
    "brackets": ("(" * 9_000 + "a" + ")" * 9_000 + " = b", "more than 40 brackets"),
    "long": ("a" * 1_000_000 + " = b", "a formula of 1,000,004 characters"),
    "spaces": (" " * 1_000_000, "a formula of 1,000,000 characters"),
    "many factors": ("a " * 9_990 + "= b", "this side is not finite"),
    "million digits": ("9" * 1_000_000 + " = 1", "a formula of 1,000,004 characters"),
    "digits": ("9" * 19_000 + " = 1", "a number of 19,000 digits"),
    "small number": ("0." + "0" * 19_000 + "1 = a", "a number of 19,003 digits"),
    "exponent": ("1e308 = a", "a number as programs print it"),
    "subscripts": ("x_{" * 3_000 + "1" + "}" * 3_000 + " = b", "more than 40 brackets"),
    "primes": ("s" + "'" * 100_000 + " = 1", "a formula of 100,005 characters"),
    "fewer primes": ("s_1" + "'" * 19_000 + " = 1", "a second prime"),
    "circle": ("p = 1", "is defined by itself"),
    "both ways": ("r_2 = 1", "without a beginning"),
    "two steps back": ("c_3 = 1", "without a beginning"),
    "no first step": (r"v_{10^{15}} = 1", "without a beginning"),
    "recursion": ("g(2) = 1", "call one another too many times"),
    "doubling recursion": ("h(2) = 1", "call one another too many times"),
    "limits in a sum": (r"\sum_{k=1}^{9999} \lim_{z \to 0} \frac{(k + z)^2 - k^2}{z} = 1", "150,000 steps"),
    "limit in a limit": (r"\lim_{z \to 0} \lim_{i \to 0} (z + i) = 1", "a limit inside a limit"),
    "Kronecker chain": ("(" * 12 + "A" + r" \otimes A)" * 12 + " = 1", "a value with 262,144 entries"),
    "binomial": (r"\binom{10^6}{5 \cdot 10^5} = 1", "a binomial coefficient of 1e+06"),
    "ones": (r"\mathbf 1_{10^9} = x", "a column of 1,000,000,000 ones"),
    "outer product": (r"\mathbf 1_{1000} \mathbf 1_{1000}^\top = 1", "a value with 1,000,000 entries"),
    "products of large matrices": (" ".join([LARGE] * 300) + " = 1", "150,000 steps"),
    "singular values": (" + ".join([rf"\sigma_{{\max}}({LARGE})"] * 300) + " = 1", "150,000 steps"),
    "spectral radii": (" + ".join([rf"\rho({LARGE})"] * 300) + " = 1", "150,000 steps"),
    "norms": (" + ".join([rf"\lVert {LARGE} \rVert"] * 300) + " = 1", "150,000 steps"),
    "powers of large matrices": (" + ".join([rf"({LARGE})^{{999999}}"] * 300) + " = 1", "150,000 steps"),
    "derivative of a long column": (r"\frac{\mathrm d \mathbf q}{\mathrm d \mathbf q} = 1", "150,000 steps"),
    "two ranges": (r"a + i + j = 1 \qquad 1 \le i \le 9999, 1 \le j \le 9999", "10,000 values"),
    "wide range": (r"a + i = 1 \qquad 1 \le i \le 10^9", "1,000,000,000 values of the index i"),
    "endless range": (r"a + i = 1 \qquad 1 \le i \le 10^{99}", "values of the index i"),
    "fractions": (r"\frac{" * 2_000 + "a", "more than 40 brackets"),
    "chain": ("a = " * 4_900 + "a", "vacuous"),
    "backslashes": ("\\" * 19_999, "cannot stand here"),
    "powers of powers": ("a" + "^a" * 9_000 + " = 1", "^ cannot stand here"),
    "open braces": (r"a = \nabla_{" + "{x}" * 5_000, "this bracket is never closed"),
    "arguments": ("a = f(" + "(x)" * 5_000, "this bracket is never closed"),
    "long power": ("a^{" + "b" * 18_000, "this bracket is never closed"),
    "spaced fractions": ((r"\frac" + " " * 90) * 200, "a fraction or binomial without its braces"),
    "one sign": ("∑" * 19_999, "the character"),
    "zeros": ("\0" * 19_999, "cannot stand here"),
    "half a character": ("\ud800 = a", "the character"),
}


@pytest.mark.parametrize("name", MONSTERS)
def test_a_monster_ends_at_once(name):
    """An error, or a verdict: within a second on a machine at rest, for which the test is generous."""
    tex, problem = MONSTERS[name]
    began = time.perf_counter()
    found = fuzz.judged(tex, (fuzz.MONSTER_WORLD,))
    seconds = time.perf_counter() - began
    sys.stdout.write(f"{name}: {seconds:.2f} s\n")
    assert problem in (found.problem if isinstance(found, FormulaError) else found.kind)
    assert seconds < 5


def test_monsters_stay_small_in_memory():
    tracemalloc.start()
    try:
        for name in ("derivative of a long column", "Kronecker chain", "outer product", "matrix power", "digits"):
            fuzz.judged(MONSTERS[name][0], (fuzz.MONSTER_WORLD,))
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert peak < 200e6
