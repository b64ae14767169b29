"""The rules against a complex step, the sweeps on long and branching tapes, and what is refused."""

import re

import mpmath
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bptt import autodiff, oracle
from bptt.autodiff import RULES, Tape, dot, exp, log, log_softmax, tanh, total, write

SHAPES = {"n,n": [(3,), (3,)], "nm,m": [(3, 2), (2,)], "q": [(4,)]}
BROADCAST = [[(), ()], [(3,), (3,)], [(), (3,)], [(3,), ()], [(2, 3), (3,)], [(1, 3), (2, 1)], [(2, 1), (2, 3)]]


def shapes_of(op):
    takes = RULES[op].takes
    if takes == "*,*":
        return BROADCAST
    return [[()], [(3,)], [(2, 3)]] if takes == "*" else [SHAPES[takes]]


CASES = [(op, shapes) for op in RULES for shapes in shapes_of(op)]


def drawn(shapes, seed=0):
    """Numbers away from zero, and positive, so that log and / are smooth."""
    rng = np.random.default_rng(seed)
    return [rng.uniform(0.4, 1.6, shape) for shape in shapes]


def jacobians(op, arrays):
    """The derivative by every argument, from outside."""
    for i, array in enumerate(arrays):
        yield oracle.complex_step(lambda x, i=i: RULES[op].value(*arrays[:i], x, *arrays[i + 1 :]), array)


@pytest.mark.parametrize(("op", "shapes"), CASES)
def test_a_rule_agrees_with_a_complex_step_forwards_and_backwards(op, shapes):
    arrays, changes = drawn(shapes), drawn(shapes, 1)
    tape = Tape()
    lines = [tape.input(array) for array in arrays]
    z = write(op, *lines)
    J = list(jacobians(op, arrays))
    told = sum(np.tensordot(J_i, change, change.ndim) for J_i, change in zip(J, changes, strict=True))
    found = tape.forward(dict(zip(lines, changes, strict=True)))[z.index]
    assert found.shape == z.value.shape
    np.testing.assert_allclose(found, told, rtol=1e-13)
    g = np.random.default_rng(2).standard_normal(z.value.shape)
    adjoints = tape.backward(z, g)
    for line, J_i in zip(lines, J, strict=True):
        assert adjoints[line.index].shape == line.value.shape
        np.testing.assert_allclose(adjoints[line.index], np.tensordot(g, J_i, g.ndim), rtol=1e-12, atol=1e-15)


@pytest.mark.parametrize(("op", "shapes"), CASES)
def test_forward_and_back_belong_together(op, shapes):
    arrays, changes = drawn(shapes, 3), drawn(shapes, 4)
    tape = Tape()
    lines = [tape.input(array) for array in arrays]
    z = write(op, *lines)
    g = np.random.default_rng(5).standard_normal(z.value.shape)
    ahead, behind = tape.forward(dict(zip(lines, changes, strict=True))), tape.backward(z, g)
    inside = sum((behind[line.index] * change).sum() for line, change in zip(lines, changes, strict=True))
    assert (g * ahead[z.index]).sum() == pytest.approx(inside, rel=1e-13, abs=1e-14)


def test_a_rule_for_every_operation_and_an_operation_for_every_rule():
    assert {"+", "-", "*", "/", "@"} <= set(RULES)
    assert all(callable(getattr(autodiff, op)) for op in set(RULES) - {"+", "-", "*", "/", "@"})


def program(x, y):
    """A bit of everything, in operators that arrays and lines share."""
    return x * y + 2 / (x - 3) - y * (1 - x) + np.array([1.0, 2.0, 3.0]) * x


@settings(deadline=None)
@given(seed=st.integers(0, 2**32 - 1))
def test_operators_on_either_side(seed):
    x, y = np.random.default_rng(seed).uniform(0.2, 1, (2, 3))
    tape = Tape()
    x_line, y_line = tape.input(x), tape.input(y)
    z = total(program(x_line, y_line))
    assert z.value == pytest.approx(program(x, y).sum(), rel=1e-14)
    adjoints = tape.backward(z)
    for line, f in ((x_line, lambda x: program(x, y).sum()), (y_line, lambda y: program(x, y).sum())):
        np.testing.assert_allclose(adjoints[line.index], oracle.complex_step(f, line.value), rtol=1e-12)


def test_an_array_times_a_line_is_one_line():
    tape = Tape()
    x = tape.input([1.0, 2.0])
    z = np.array([[1.0, 2.0], [3.0, 4.0]]) @ x
    assert isinstance(z, autodiff.Line)
    assert [line.op for line in tape.lines] == ["input", "input", "@"]
    assert z.value.tolist() == [5.0, 11.0]


@settings(deadline=None, max_examples=50)
@given(seed=st.integers(0, 2**32 - 1), length=st.integers(1, 25))
def test_random_programs_with_branches(seed, length):
    """Every line is made from any two earlier ones, the same one twice included."""
    rng = np.random.default_rng(seed)
    choices = [(int(rng.integers(3)), *(int(k) for k in rng.integers(0, 2 + i, 2))) for i in range(length)]

    def run(values, functions):
        values = list(values)
        for choice, j, k in choices:
            values.append(functions[choice](values[j], values[k]))
        return values[-1]

    point = rng.uniform(-1, 1, 2)
    plain = [lambda x, y: x * y, lambda x, y: np.tanh(x + y), lambda x, y: 0.5 * x - y]
    told = oracle.complex_step(lambda p: run(p, plain) + 0 * p.sum(), point)
    tape = Tape()
    inputs = [tape.input(number) for number in point]
    z = run(inputs, [plain[0], lambda x, y: tanh(x + y), plain[2]])
    adjoints = tape.backward(z)
    back = [adjoints[line.index] for line in inputs]
    ahead = [tape.forward({line: 1.0})[z.index] for line in inputs]
    scale = 1e-13 * max(1, np.abs(told).max())
    np.testing.assert_allclose(back, told, rtol=1e-11, atol=scale)
    np.testing.assert_allclose(ahead, told, rtol=1e-11, atol=scale)


def test_all_uses_of_a_line_add_up():
    tape = Tape()
    x = tape.input(3.0)
    z = x * x + x
    assert tape.backward(z)[x.index] == 7
    assert tape.forward({x: 1.0})[z.index] == 7


def test_a_line_that_is_used_again_later_waits_for_all_its_uses():
    """x -> y -> z, and y is used by the output too: y must have heard of both before it tells x."""
    tape = Tape()
    x = tape.input(0.7)
    y = x * x
    z = y * exp(y)
    told = oracle.complex_step(lambda x: x * x * np.exp(x * x), 0.7)
    assert tape.backward(z)[x.index] == pytest.approx(float(told), rel=1e-14)


def test_a_second_sweep_is_right():
    tape = Tape()
    x = tape.input([0.3, -0.5])
    y = dot(x, x)
    z = exp(y)
    first, second = tape.backward(z), tape.backward(z)
    assert all((one == two).all() for one, two in zip(first, second, strict=True))
    np.testing.assert_allclose(tape.backward(y)[x.index], 2 * x.value, rtol=1e-15)
    assert not tape.backward(y)[z.index].any()
    ahead = [tape.forward({x: [1.0, 0.0]})[z.index] for _ in range(2)]
    assert ahead[0] == ahead[1] == pytest.approx(first[x.index][0], rel=1e-14)


def test_a_million_uses_would_not_need_recursion():
    tape = Tape()
    x = s = tape.input(0.999)
    for _ in range(30_000):
        s = x * s
    assert tape.backward(s)[x.index] == pytest.approx(30_001 * 0.999**30_000, rel=1e-10, abs=0)
    assert tape.forward({x: 1.0})[s.index] == pytest.approx(30_001 * 0.999**30_000, rel=1e-10, abs=0)


def test_inputs_are_neither_changed_nor_shared():
    given, change = np.array([1.0, 2.0]), np.array([1.0, 0.5])
    tape = Tape()
    x, y = tape.input(given), tape.input([0.0, 0.0])
    z = x + x + y
    found = tape.backward(z, change)
    ahead = tape.forward({x: change})
    everything = [given, change, *(line.value for line in tape.lines), *found, *ahead]
    assert not any(np.shares_memory(a, b) for i, a in enumerate(everything) for b in everything[i + 1 :])
    found[0][:] = ahead[0][:] = given[:] = 7
    assert x.value.tolist() == [1.0, 2.0]
    assert tape.backward(z, change)[x.index].tolist() == [2.0, 1.0]
    with pytest.raises(ValueError, match="read-only"):
        x.value[0] = 3


def test_a_change_in_the_middle_of_the_program():
    tape = Tape()
    x = tape.input(2.0)
    y = x * x
    z = y * y
    assert tape.forward({y: 1.0})[z.index] == 8
    assert tape.forward({x: 1.0, y: 1.0})[z.index] == 8 * 4 + 8


def test_an_empty_tape_and_a_lonely_line():
    assert Tape().forward({}) == []
    tape = Tape()
    x = tape.input(np.zeros((0, 3)))
    assert tape.backward(x, np.zeros((0, 3)))[0].shape == (0, 3)
    assert total(x).value == 0
    assert tape.backward(tape.lines[-1])[0].shape == (0, 3)


def test_the_tape_can_be_differentiated_itself():
    """Nothing is conjugated, so a complex step through the backward sweep gives second derivatives."""

    def gradient(p):
        tape = Tape()
        x = tape.input(p)
        return tape.backward(dot(tanh(x), log_softmax(x * x)))[0]

    H = oracle.complex_step(gradient, [0.3, -0.7, 0.2])
    np.testing.assert_allclose(H, H.T, rtol=1e-13)
    assert np.abs(H).max() > 0.1


def test_rules_keep_their_digits_where_differences_would_not():
    """Where tanh is flat and where a class is nearly certain, the first or the last."""
    for a in (-40.0, -30.0, -20.0, 15.0, 20.0, 40.0):
        tape = Tape()
        x = tape.input(a)
        y = tanh(x)
        with mpmath.workdps(50):
            told = float(mpmath.sech(a) ** 2)
        assert tape.backward(y)[x.index] == pytest.approx(told, rel=1e-14, abs=0)
        assert tape.forward({x: 1.0})[y.index] == pytest.approx(told, rel=1e-14, abs=0)
    with mpmath.workdps(50):
        small = float(1 / (1 + mpmath.exp(30)))
    for order in (slice(None), slice(None, None, -1)):
        tape = Tape()
        o = tape.input([30.0, 0.0][order])
        p = log_softmax(o)
        first = tape.backward(p, [1.0, 0.0][order])[o.index]
        ahead = tape.forward({o: [1.0, 0.0][order]})[p.index]
        np.testing.assert_allclose(first[order], [small, -small], rtol=1e-14)
        np.testing.assert_allclose(ahead[order], [small, small - 1], rtol=1e-14)


def test_single_precision_stays_single():
    tape = Tape()
    x = tape.input(np.array([0.5, -0.25], np.float32))
    y = tanh(x * x)
    for adjoint in ([1.0, 2.0], np.array([1.0, 2.0], np.float32)):
        assert {found.dtype for found in tape.backward(y, adjoint)} == {np.dtype(np.float32)}
        assert {found.dtype for found in tape.forward({x: adjoint})} == {np.dtype(np.float32)}
    assert {found.dtype for found in tape.backward(total(y))} == {np.dtype(np.float32)}


@pytest.mark.parametrize("do", [
    lambda x: x + np.ones(3), lambda x: x / np.zeros(2), lambda x: np.ones(3) @ x,
    lambda x: write("dot", x, [1.0], [2.0]), lambda x: write("+", 1.0, x, "w"),
], ids=["shape", "division by zero", "sizes", "too many", "no number"])  # fmt: skip
def test_what_is_refused_leaves_the_tape_as_it_was(do):
    tape = Tape()
    x = tape.input([1.0, 2.0])
    with pytest.raises((ValueError, ArithmeticError, TypeError)):
        do(x)
    assert tape.lines == [x]


def test_a_line_says_what_it_is():
    tape = Tape()
    x = tape.input(2.0)
    assert repr(x) == "v_1 = input: 2.0"
    assert repr(x * x) == "v_2 = * of v_1, v_1: 4.0"


def a_line(value=1.0):
    return Tape().input(value)


def two_sweeps():
    x, y = a_line(), a_line()
    return x.tape.backward(y)


REFUSED = [
    (lambda: a_line([1.0, 2.0]) + np.ones(3), ValueError,
     "+ was given (2,) and (3,); it takes two shapes that NumPy broadcasts."),
    (lambda: a_line(np.ones((3, 2))) @ np.ones(3), ValueError,
     "@ was given (3, 2) and (3,); it takes (n, m) and (m,)."),
    (lambda: a_line(np.ones(2)) @ np.ones(2), ValueError, "@ was given (2,) and (2,); it takes (n, m) and (m,)."),
    (lambda: dot(a_line(np.ones(2)), 1.0), ValueError, "dot was given (2,) and (); it takes (n,) and (n,)."),
    (lambda: log_softmax(a_line()), ValueError, "log_softmax was given (); it takes (q,)."),
    (lambda: tanh(a_line(), 1.0), ValueError, "tanh was given () and (); it takes any shape."),
    (lambda: tanh(1.0), TypeError, "tanh was given no line; make one by Tape().input(...)."),
    (lambda: write("sinh", a_line()), KeyError, "there is no rule for 'sinh'; the rules are +, -, *, /, "),
    (lambda: a_line() * a_line(), ValueError, "* was given lines of two tapes; all must stand on one."),
    (lambda: a_line() * "w", TypeError, "an input of the tape has dtype <U1; it must hold real or complex numbers."),
    (lambda: Tape().input([1.0, np.nan]), ValueError,
     "an input of the tape holds nan at index (1,); every number must be finite."),
    (lambda: Tape().backward(3.0), ValueError, "3.0 is no line of this tape; it must be one."),
    (lambda: Tape().forward({3: 1.0}), ValueError, "3 is no line of this tape; it must be one."),
    (two_sweeps, ValueError, "v_1 = input: 1.0 is no line of this tape; it must be one."),
    (lambda: (x := a_line([1.0, 2.0])).tape.backward(x), ValueError,
     "the adjoint has shape (); it must be (2,), as its line."),
    (lambda: (x := a_line([1.0, 2.0])).tape.forward({x: [1.0]}), ValueError,
     "the change has shape (1,); it must be (2,), as its line."),
    (lambda: (x := a_line()).tape.forward({x: np.inf}), ValueError,
     "the change holds inf at index (); every number must be finite."),
    (lambda: exp(a_line(1000.0)), ArithmeticError,
     "the value of v_2 (exp) is inf; numbers became too large, or left its domain."),
    (lambda: log(a_line(-1.0)), ArithmeticError, "the value of v_2 (log) is nan; numbers became too large, or left"),
    (lambda: 1 / a_line(0.0), ArithmeticError, "the value of v_3 (/) is inf; numbers became too large, or left"),
    (lambda: (z := 1e200 * (x := a_line(1e-200))).tape.backward(z, 1e200) and x, ArithmeticError,
     "the adjoint of v_1 (input) is inf; numbers became too large"),
    (lambda: (z := 1e200 * (x := a_line(1e-200))).tape.forward({x: 1e200}) and z, ArithmeticError,
     "the change of v_3 (*) is inf; numbers became too large"),
]  # fmt: skip


@pytest.mark.filterwarnings("error")
@pytest.mark.parametrize(("do", "error", "message"), REFUSED)
def test_what_is_refused(do, error, message):
    with pytest.raises(error, match=re.escape(message)):
        do()


MISTAKES = {
    "the last use counts alone": ("g[k] + got_k", "got_k"),
    "the first use counts alone": ("g[k] + got_k", "g[k]"),
    "read in the order of writing": ("reversed(self.lines[: output.index + 1])", "self.lines[: output.index + 1]"),
    "a copied number gets one summand": ("_summed(got, ", "np.resize(got, "),
    "the change of the line itself is lost": ("change = change + jvp", "change = jvp"),
}  # fmt: skip


@pytest.mark.parametrize(("right", "wrong"), MISTAKES.values(), ids=MISTAKES)
def test_a_mistake_in_a_sweep_would_be_noticed(right, wrong):
    import inspect  # noqa: PLC0415  # for this test alone

    source = inspect.getsource(autodiff)
    assert source.count(right) == 1
    mistaken = {"__name__": "mistaken"}
    exec(compile(source.replace(right, wrong), "mistaken", "exec"), mistaken)  # noqa: S102  # our own source
    tape = mistaken["Tape"]()
    x, w = tape.input([0.3, -0.4]), tape.input(0.9)
    y = mistaken["tanh"](w * x)
    z = mistaken["dot"](y, mistaken["exp"](w * y))

    def outside(w):
        y = np.tanh(w * np.array([0.3, -0.4]))
        return y @ np.exp(w * y)

    told = float(oracle.complex_step(outside, 0.9))
    middle = float(oracle.complex_step(lambda r: (y.value + r) @ np.exp(0.9 * (y.value + r)), 0.0))
    ahead = tape.forward({y: np.ones(2)})[z.index]
    off = max(abs(float(tape.backward(z)[w.index]) - told), abs(float(ahead) - middle))
    assert off > 0.01
