"""Derivatives agree with an oracle that shares no code: sympy for numbers, central differences for a network."""

import numpy as np
import pytest
import sympy

from recompute.errors import AmbiguousError, FormulaError, NotYetError, ShapeError
from recompute.evaluate import Evaluate
from recompute.parse import parse, parse_expression
from recompute.world import Definition, World, given, show

T, n, m, q = 5, 3, 2, 4
RNG = np.random.default_rng(7)
NUMBERS = {
    "U": RNG.normal(size=(n, m)),
    "W": RNG.normal(size=(n, n)) / 2,
    "V": RNG.normal(size=(q, n)),
    "b": RNG.normal(size=n) / 3,
    "c": RNG.normal(size=q) / 3,
    "s_0": RNG.normal(size=n) / 2,
    "x_t": dict(enumerate(RNG.normal(size=(T, m)), 1)),
    "y_t": dict(enumerate(np.eye(q)[[0, 3, 1, 2, 1]], 1)),
    "T": T,
    "n": n,
    "m": m,
    "q": q,
}
RANGE = r" \qquad 1 \le t \le T"
NETWORK = {
    "a": (r"a_t = U x_t + W s_{t-1} + b" + RANGE, True),
    "s": (r"s_t = \tanh a_t" + RANGE, False),
    "o": (r"o_t = V s_t + c" + RANGE, False),
    "y_hat": (r"\hat y_t = \operatorname{softmax}(o_t)" + RANGE, False),
    "E_t": (r"E_t = -y_t^\top \log \hat y_t" + RANGE, False),
    "E": (r"E = \sum_{t=1}^{T} E_t", False),
    "D": (r"D_t = \operatorname{diag}(1 - s_t^2)" + RANGE, True),
}


def network(numbers=NUMBERS, **changes):
    entries = {**NETWORK, **changes}
    return World(numbers, [Definition.of(parse(tex), abbreviation=short) for tex, short in entries.values()])


def value(world, tex, **local):
    return Evaluate(world, {name: given({"i": i})["i", None] for name, i in local.items()}).visit(parse_expression(tex))


def by_hand(numbers, copies=None, upto=T):
    """The network as a loop; `copies` gives step t its own weight. Written for this test, with NumPy alone."""
    s, states, losses = numbers["s_0"], {0: numbers["s_0"]}, {}
    for t in range(1, upto + 1):
        weight = numbers["W"] if copies is None else copies[t]
        s = np.tanh(numbers["U"] @ numbers["x_t"][t] + weight @ s + numbers["b"])
        logits = numbers["V"] @ s + numbers["c"]
        shifted = logits - logits.max()
        losses[t] = float(np.log(np.exp(shifted).sum()) - shifted @ numbers["y_t"][t])
        states[t] = s
    return states, losses


def differences(function, point, step=1e-5):
    """Central differences with one step of Richardson's extrapolation; the axes of the point come last."""
    point = np.asarray(point, dtype=float)
    columns = []
    for entry in np.ndindex(point.shape):
        nudge = np.zeros_like(point)
        nudge[entry] = 1
        slope = lambda h, nudge=nudge: (np.asarray(function(point + h * nudge)) - function(point - h * nudge)) / (2 * h)  # noqa: E731
        columns.append((4 * slope(step) - slope(2 * step)) / 3)
    flat = np.stack(columns, axis=-1)
    return flat.reshape(*flat.shape[:-1], *point.shape)


def loss(numbers, **kwargs):
    return sum(by_hand(numbers, **kwargs)[1].values())


def close(found, expected):
    assert found.array.shape == np.shape(expected)
    np.testing.assert_allclose(found.array, expected, rtol=1e-7, atol=1e-9)
    assert np.abs(expected).max() > 1e-6


@pytest.mark.parametrize("letter", ["W", "U", "V", "b", "c", "s_0"])
def test_the_total_derivative_of_the_loss_by_every_parameter(letter):
    found = value(network(), rf"\frac{{\mathrm d E}}{{\mathrm d {letter}}}")
    close(found, differences(lambda p: loss({**NUMBERS, letter: p}), NUMBERS[letter]))
    assert found.kind == ((), NUMBERS[letter].shape)


@pytest.mark.parametrize("t", [1, 3, 5])
@pytest.mark.parametrize("letter", ["W", "b", "s_0"])
def test_the_total_derivative_of_a_state(t, letter):
    found = value(network(), rf"\frac{{\mathrm d s_t}}{{\mathrm d {letter}}}", t=t)
    close(found, differences(lambda p: by_hand({**NUMBERS, letter: p})[0][t], NUMBERS[letter]))
    assert found.kind == ((n,), NUMBERS[letter].shape)


@pytest.mark.parametrize("t", [1, 2, 5])
def test_the_immediate_derivative_holds_the_state_before(t):
    before = by_hand(NUMBERS)[0][t - 1]
    step = lambda W: np.tanh(NUMBERS["U"] @ NUMBERS["x_t"][t] + W @ before + NUMBERS["b"])  # noqa: E731
    close(value(network(), r"\frac{\partial s_t}{\partial W}", t=t), differences(step, NUMBERS["W"]))


def test_an_immediate_jacobian_is_one_step_and_a_total_one_is_all_of_them():
    states, world = by_hand(NUMBERS)[0], network()
    step = lambda t, s: np.tanh(NUMBERS["U"] @ NUMBERS["x_t"][t] + NUMBERS["W"] @ s + NUMBERS["b"])  # noqa: E731
    close(value(world, r"\frac{\partial s_3}{\partial s_2}"), differences(lambda s: step(3, s), states[2]))
    close(value(world, r"\frac{\mathrm d s_4}{\mathrm d s_2}"), differences(lambda s: step(4, step(3, s)), states[2]))
    assert not value(world, r"\frac{\partial s_4}{\partial s_2}").array.any()
    assert not value(world, r"\frac{\mathrm d s_2}{\mathrm d s_3}").array.any()
    np.testing.assert_array_equal(value(world, r"\frac{\partial s_3}{\partial s_3}").array, np.eye(n))


def test_a_held_preactivation_would_make_the_immediate_derivative_zero():
    tex = NETWORK["a"][0]
    held = value(network(a=(tex, False)), r"\frac{\partial s_2}{\partial W}")
    assert not held.array.any()
    assert value(network(a=(tex, True)), r"\frac{\partial s_2}{\partial W}").array.any()
    for short in (True, False):
        assert value(network(a=(tex, short)), r"\frac{\mathrm d s_2}{\mathrm d W}").array.any()


def test_a_loss_does_not_depend_immediately_on_the_state_behind_its_prediction():
    world = network()
    assert not value(world, r"\frac{\partial E_3}{\partial s_3}").array.any()
    assert value(world, r"\frac{\partial E_3}{\partial \hat y_3}").array.any()
    assert value(world, r"\frac{\mathrm d E_3}{\mathrm d s_3}").array.any()


@pytest.mark.parametrize("short", [True, False], ids=["abbreviation", "node"])
def test_unshared_copies_of_the_weight(short):
    world = network(a=(r"a_t = U x_t + W_t s_{t-1} + b" + RANGE, True), copies=(r"W_t = W" + RANGE, short))
    total = np.zeros((n, n))
    for t in range(1, T + 1):
        expected = differences(
            lambda p, t=t: loss(NUMBERS, copies={**dict.fromkeys(range(1, T + 1), NUMBERS["W"]), t: p}), NUMBERS["W"]
        )
        close(value(world, r"\frac{\mathrm d E}{\mathrm d W_t}", t=t), expected)
        total += expected
    close(value(world, r"\frac{\mathrm d E}{\mathrm d W}"), total)


def test_vec_puts_the_entries_of_the_matrix_column_by_column():
    plain = value(network(), r"\frac{\mathrm d s_2}{\mathrm d W}").array
    found = value(network(), r"\frac{\mathrm d s_2}{\mathrm d \operatorname{vec} W}")
    assert found.kind == ((n,), (n * n,))
    np.testing.assert_array_equal(found.array, np.stack([plain[:, i, j] for j in range(n) for i in range(n)], axis=1))
    expected = value(network(), r"s_1^\top \otimes D_2 + D_2 W \frac{\mathrm d s_1}{\mathrm d \operatorname{vec} W}")
    np.testing.assert_allclose(found.array, expected.array, rtol=1e-12)


SCALAR = [
    r"s_t = \tanh(u x_t + w s_{t-1}) \qquad 1 \le t \le T",
    r"E = \sum_{t=1}^{T} (s_t - c)^2",
    r"f(z) = \sin(w z) z^3",
]
POINT = {"u": 0.7, "w": -0.8, "c": 0.3, "s_0": 0.4, "x_t": {1: 0.5, 2: -0.9, 3: 1.1}, "T": 3, "h": 0.25}


def in_sympy():
    letters = {name: sympy.Symbol(name) for name in ("u", "w", "c", "s_0")}
    s = {0: letters["s_0"]}
    for t, x in POINT["x_t"].items():
        s[t] = sympy.tanh(letters["u"] * sympy.Rational(str(x)) + letters["w"] * s[t - 1])
    return letters, s, sum((s[t] - letters["c"]) ** 2 for t in (1, 2, 3))


def at_the_point(expression, letters):
    return float(expression.subs({symbol: POINT[name] for name, symbol in letters.items()}).evalf(30))


@pytest.mark.parametrize("letter", ["u", "w", "c", "s_0"])
@pytest.mark.parametrize("quantity", ["E", "s_1", "s_3"])
def test_total_derivatives_of_numbers_against_sympy(quantity, letter):
    letters, s, E = in_sympy()
    whole = {"E": E, "s_1": s[1], "s_3": s[3]}[quantity]
    world = World(POINT, [Definition.of(parse(tex)) for tex in SCALAR])
    found = value(world, rf"\frac{{\mathrm d {quantity}}}{{\mathrm d {letter}}}").array
    assert found == pytest.approx(at_the_point(sympy.diff(whole, letters[letter]), letters), rel=1e-13, abs=1e-15)


def test_immediate_derivatives_of_numbers_against_sympy():
    letters, s, _ = in_sympy()
    before = sympy.Symbol("before")
    last = sympy.tanh(letters["u"] * sympy.Rational("1.1") + letters["w"] * before)
    world = World(POINT, [Definition.of(parse(tex)) for tex in SCALAR])
    for tex, variable in {
        r"\frac{\partial s_3}{\partial w}": letters["w"],
        r"\frac{\partial s_3}{\partial s_2}": before,
    }.items():
        expected = at_the_point(sympy.diff(last, variable).subs(before, s[2]), letters)
        assert value(world, tex).array == pytest.approx(expected, rel=1e-13)


EXPRESSIONS = [
    r"\tanh(w) \exp(-w^2)",
    r"\frac{\sin(w)}{1 + w^2}",
    r"\sqrt{1 + w^2} \log(2 + w)",
    r"\cosh(w)^3 - \sinh(2 w)",
    r"w^5 - w^{-3}",
    r"2^{w}",
    r"\cos(u w) + \frac{u}{w}",
    r"\prod_{k=1}^{4} (w + k)",
    r"\sum_{k=0}^{5} k w^k",
    r"e^{w u}",
]


@pytest.mark.parametrize("tex", EXPRESSIONS)
def test_the_derivative_of_an_expression_against_sympy(tex):
    w, u = sympy.symbols("w u")
    in_python = {
        EXPRESSIONS[0]: sympy.tanh(w) * sympy.exp(-(w**2)),
        EXPRESSIONS[1]: sympy.sin(w) / (1 + w**2),
        EXPRESSIONS[2]: sympy.sqrt(1 + w**2) * sympy.log(2 + w),
        EXPRESSIONS[3]: sympy.cosh(w) ** 3 - sympy.sinh(2 * w),
        EXPRESSIONS[4]: w**5 - w**-3,
        EXPRESSIONS[5]: 2**w,
        EXPRESSIONS[6]: sympy.cos(u * w) + u / w,
        EXPRESSIONS[7]: (w + 1) * (w + 2) * (w + 3) * (w + 4),
        EXPRESSIONS[8]: sum(k * w**k for k in range(6)),
        EXPRESSIONS[9]: sympy.exp(w * u),
    }[tex]
    expected = float(sympy.diff(in_python, w).subs({w: POINT["w"], u: POINT["u"]}).evalf(30))
    found = value(World(POINT), rf"\frac{{\mathrm d}}{{\mathrm d w}}({tex})").array
    assert found == pytest.approx(expected, rel=1e-13)


def test_a_function_of_the_page_and_its_slope():
    world = World(POINT, [Definition.of(parse(tex)) for tex in SCALAR])
    z = sympy.Symbol("z")
    expected = sympy.sin(POINT["w"] * z) * z**3
    for tex, expression in {"f(2)": expected, "f'(2)": sympy.diff(expected, z)}.items():
        assert value(world, tex).array == pytest.approx(float(expression.subs(z, 2)), rel=1e-13)
    by_the_weight = value(world, r"\frac{\mathrm d}{\mathrm d w}(f(2))").array
    assert by_the_weight == pytest.approx(16 * np.cos(2 * POINT["w"]), rel=1e-13)


def test_primes_differentiate_by_the_letter_of_the_page():
    definitions = [Definition.of(parse(tex)) for tex in SCALAR]
    for letter in ("w", "u"):
        world = World(POINT, definitions, prime=letter)
        expected = value(world, rf"\frac{{\mathrm d s_3}}{{\mathrm d {letter}}}").array
        assert value(world, "s_3'").array == expected == value(world, "(s_3)'").array
        assert value(world, f"{letter}'").array == 1
        assert value(world, "e'").array == 0
    with pytest.raises(AmbiguousError, match="does not say what it differentiates by"):
        value(World(POINT, definitions), "s_3'")


REFUSED = {
    r"\frac{\mathrm d}{\mathrm d w}(s_1')": (NotYetError, "a derivative inside a derivative"),
    r"\frac{\mathrm d}{\mathrm d w}\Bigl(\frac{\mathrm d s_1}{\mathrm d w}\Bigr)": (NotYetError, "inside a derivative"),
    r"\frac{\mathrm d}{\mathrm d w}(f'(w))": (NotYetError, "f' inside a limit or a derivative"),
    r"\lim_{z \to 0} \frac{\mathrm d s_1}{\mathrm d w}": (NotYetError, "a derivative inside a limit"),
    r"\lim_{z \to 0} s_1'": (NotYetError, "a derivative inside a limit"),
    r"\lim_{z \to 0} f'(z)": (NotYetError, "f' inside a limit"),
    r"\lim_{z \to 0} \lim_{a \to 0} (z + a)": (NotYetError, "a limit inside a limit"),
    r"\frac{\mathrm d}{\mathrm d w}(\lim_{z \to 0} (z + w))": (NotYetError, "a limit inside a limit or a derivative"),
    r"\frac{\mathrm d}{\mathrm d w}(\lVert w \rVert)": (FormulaError, "a norm inside a derivative"),
    r"\frac{\mathrm d s_1}{\mathrm d s_1'}": (FormulaError, "something primed"),
    r"\frac{\mathrm d s_1}{\mathrm d z}": (FormulaError, "z is not defined"),
    r"\sum_{k=1}^{2} \frac{\mathrm d s_1}{\mathrm d k}": (NotYetError, "a derivative by k"),
    r"\frac{\mathrm d}{\mathrm d w}(\sqrt{w})": (FormulaError, "no derivative at this point"),
    r"\frac{\mathrm d}{\mathrm d w}(\log(w))": (FormulaError, "no derivative at this point"),
    r"\frac{\mathrm d}{\mathrm d w}(w^{0.5})": (FormulaError, "no derivative at this point"),
    r"\frac{\mathrm d}{\mathrm d w}(\frac{1}{w - w})": (FormulaError, "no derivative at this point"),
    r"\frac{\mathrm d}{\mathrm d w}(\exp(5000 w^2))": (FormulaError, "no derivative at this point"),
}


@pytest.mark.parametrize(("tex", "expected"), REFUSED.items(), ids=list(REFUSED))
def test_a_derivative_that_would_be_wrong_is_refused(tex, expected):
    world = World(POINT, [Definition.of(parse(tex)) for tex in SCALAR], prime="w")
    with pytest.raises(expected[0], match=expected[1]) as caught, np.errstate(all="ignore"):
        value(world, tex)
    assert type(caught.value) is expected[0]


def test_a_component_has_no_immediate_derivative_yet_and_nothing_is_differentiated_by_one():
    with pytest.raises(NotYetError, match="the immediate derivative of a component"):
        value(network(), r"\frac{\partial s_{1,2}}{\partial W}")
    with pytest.raises(NotYetError, match="with respect to a component"):
        value(network(), r"\frac{\mathrm d E}{\mathrm d W_{1,2}}")
    with pytest.raises(NotYetError, match=r"the derivative of a matrix \(3\)<-\(3\)"):
        value(network(), r"\frac{\mathrm d D_2}{\mathrm d W}")
    component = value(network(), r"\frac{\mathrm d s_{3,2}}{\mathrm d W}").array
    np.testing.assert_array_equal(component, value(network(), r"\frac{\mathrm d s_3}{\mathrm d W}").array[1])


def test_a_remembered_derivative_does_not_hide_what_it_was_computed_from():
    """The Jacobian is computed first, then defined; d of it must be refused, not come out as zero."""
    jacobian = Definition.of(parse(r"J_t = \frac{\partial s_t}{\partial s_{t-1}}" + RANGE))
    world = World(NUMBERS, [*network().definitions.values(), jacobian])
    value(world, r"\frac{\partial s_t}{\partial s_{t-1}}", t=2)
    assert value(world, "J_2").array.any()
    with pytest.raises(NotYetError, match="a derivative inside a derivative"):
        value(world, r"\frac{\mathrm d}{\mathrm d b}(J_2 b)")


def test_remembered_derivatives_of_different_places_are_kept_apart():
    function = Definition.of(parse(r"g(z) = \frac{\mathrm d}{\mathrm d W}(z^\top W b)"))
    world = World(NUMBERS, [function])
    for letter in ("b", "s_0"):
        expected = np.outer(NUMBERS[letter], NUMBERS["b"])
        np.testing.assert_allclose(value(world, f"g({letter})").array, expected, rtol=1e-14)
    world = network()
    assert len({value(world, r"\frac{\mathrm d s_t}{\mathrm d b}", t=t).array.tobytes() for t in range(1, T + 1)}) == T
    assert len({value(world, rf"\frac{{{d} s_3}}{{{d} W}}").array.tobytes() for d in (r"\mathrm d", r"\partial")}) == 2


def test_values_and_definitions():
    assert given({"W": 1, "s_0": 2, "x_t": {1: 3}, "y": {2: 4}}).keys() == {("W", None), ("s", 0), ("x", 1), ("y", 2)}
    assert (show(("s", 2)), show(("W", None))) == ("s_2", "W")
    states, losses = by_hand(NUMBERS)
    for t in range(T + 1):
        np.testing.assert_allclose(value(network(), "s_t", t=t).array, states[t], rtol=1e-13)
    assert value(network(), "E").array == pytest.approx(sum(losses.values()), rel=1e-13)


DEFINITIONS = {
    "a = b = c": "a definition has one letter, one =, and one expression",
    "a < b": "a definition has one letter, one =, and one expression",
    "a + b = c": "the left side of a definition is a letter",
    "s_t' = c": "the left side of a definition is a letter",
    "s_{t,i} = c": "the left side of a definition is a letter",
    "s_3 = c": "the index of a definition is a letter",
    "s_{t+1} = c": "the index of a definition is a letter",
    "u(3) = c": "the argument of a function is a letter",
    "u(w_1) = c": "the argument of a function is a letter",
}


@pytest.mark.parametrize(("tex", "problem"), DEFINITIONS.items(), ids=list(DEFINITIONS))
def test_what_defines_nothing_is_refused_with_its_formula(tex, problem):
    with pytest.raises(FormulaError) as caught:
        Definition.of(parse(tex))
    assert (caught.value.problem, caught.value.tex) == (problem, tex)


def world_of(letters, *definitions):
    return World(letters, [Definition.of(parse(tex)) for tex in definitions])


MISTAKES = {
    "a letter without a value": (lambda: value(world_of({}), "a"), "a is not defined on this page"),
    "an index without a value": (lambda: value(world_of({"s_0": 1}), "s_1"), "s_1 has no value"),
    "a family without its index": (lambda: value(world_of({"s_0": 1}), "s"), "s has an index on this page"),
    "outside the range": (
        lambda: value(world_of({"T": 2}, r"s_t = t \qquad 1 \le t \le T"), "s_3"),
        "s_3 is outside the range",
    ),
    "a circle": (lambda: value(world_of({}, "a = b", "b = a"), "a"), "a is defined by itself"),
    "no beginning": (lambda: value(world_of({"w": 1}, "s_t = w s_{t-1}"), "s_4"), "s_4 is computed from s_-"),
    "no end": (lambda: value(world_of({"w": 1}, "s_t = w s_{t+1}"), "s_4"), "s_4 is computed from s_"),
    "given and defined": (lambda: world_of({"a": 1}, "a = 2"), "a is given as a number and defined by a formula"),
    "a member given and defined": (
        lambda: value(world_of({"s_0": 1, "s_2": 5, "T": 3}, r"s_t = s_{t-1} \qquad 1 \le t \le T"), "s_3"),
        "s_2 is given as a number and defined by a formula",
    ),
    "an index that is a quantity": (
        lambda: world_of({"t": 1}, "s_t = t"),
        "t is an index here and stands for a quantity",
    ),
    "a function without argument": (lambda: value(world_of({}, "u(w) = w"), "u"), "u is a function"),
    "a hidden dependence": (
        lambda: value(world_of({"w": 1}, "s = w", "u(w) = s + w"), "u(2)"),
        r"u\(w\) uses quantities",
    ),
}


@pytest.mark.parametrize(("compute", "problem"), MISTAKES.values(), ids=list(MISTAKES))
def test_a_quantity_without_one_value_is_refused(compute, problem):
    with pytest.raises(FormulaError, match=problem):
        compute()


def test_long_recursions_are_computed():
    world = world_of({"w": 0.5, "s_0": 1.0, "T": 1000}, r"s_t = w s_{t-1} + 1 \qquad 1 \le t \le T")
    assert value(world, "s_{1000}").array == pytest.approx(2, rel=1e-12)
    assert value(world, r"\frac{\mathrm d s_{1000}}{\mathrm d w}").array == pytest.approx(4, rel=1e-9)
    backwards = world_of({"w": 2.0, "v_500": 1.0, "T": 500}, r"v_t = w v_{t+1} \qquad 1 \le t < T")
    assert value(backwards, "v_1").array == pytest.approx(2.0**499, rel=1e-12)


def test_an_error_inside_a_definition_shows_the_definition():
    world = world_of({"x": [1.0, 2.0]}, "a = x x")
    with pytest.raises(ShapeError) as caught:
        value(world, "a + 1")
    assert str(caught.value).splitlines()[1:3] == ["    a = x x", "        ^^^"]


def test_a_member_without_a_value_is_told_which_ones_have_one():
    for letters, advice in (
        ({"s_0": 1, "s_-1": 2, "u_5": 3}, "s is given at -1, 0."),
        ({"x_t": {3: 1}}, "x is given at 3."),
    ):
        with pytest.raises(FormulaError) as caught:
            value(world_of(letters), f"{advice[0]}_1")
        assert caught.value.advice == advice
    with pytest.raises(FormulaError) as caught:
        value(world_of({"u_5": 3, "T": 2}, r"s_t = t \qquad 1 \le t \le T"), "s")
    assert caught.value.advice == "Write s_t, or s_1."


def test_what_a_world_knows_of_its_letters():
    world = world_of({"T": 5, "a": 5.0, "x_t": {1: 3}, "b": [1, 2]}, "r = a", "s_t = a")
    assert [name for name in ("T", "a", "x", "b", "r", "s", "q") if world.knows(name)] == ["T", "a", "x", "b", "r", "s"]
    keys = [("T", None), ("a", None), ("x", 1), ("b", None), ("r", None)]
    assert [key for key in keys if world.is_whole(key)] == [("T", None)]
    assert [key for key in keys if world.gives(key)] == keys[:4]


@pytest.mark.parametrize(("letters", "known"), [({}, "nothing"), ({"b": 1, "a": 2}, "a, b")])
def test_an_unknown_letter_comes_with_those_that_are_known(letters, known):
    with pytest.raises(FormulaError) as caught:
        value(world_of(letters), "q")
    assert caught.value.advice.endswith(f"Known: {known}.")
