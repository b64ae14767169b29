"""A strong check notices every misprint that is not equally true, and a weak one is found out."""

import numpy as np
import pytest

from bptt import draws, rnn
from recompute import trial
from recompute.notebook import Page
from recompute.tally import MIME, Tally

STATE = {"label": "state", "tex": r"s_t = \tanh(W s_{t-1} + U x_t + b) \qquad 1 \le t \le T", "abbreviation": False}


def page(**formulas):
    return Page(formulas, use=[STATE], strict=True)


def tried(made):
    tallies = trial.trials(made)
    return tallies[next(iter(made.formulas))]


def network(seed):
    return {name: value for name, value in draws.rnn(seed).items() if name not in {"y", "V", "c"}}


def drawn(made, change=lambda letters: letters):
    made.draw(lambda seed: change(network(seed)), sequences=["x"], sizes={"U": "n m"})
    return made


def test_a_good_check_notices_everything_that_is_not_equally_true():
    made = drawn(page(jacobian=r"\frac{\mathrm d s_3}{\mathrm d s_1} = \operatorname{diag}(1 - s_3^2) W "
                      r"\operatorname{diag}(1 - s_2^2) W"))  # fmt: skip
    made.check("jacobian")
    tally = tried(made)
    assert tally.missed == ()
    assert tally.tried == tally.noticed + tally.equal > 60
    assert tally.equal == 2  # either diagonal matrix transposed
    assert min(tally.numbers, tally.shape, tally.refused) > 0


def test_a_symmetric_matrix_lets_a_transpose_pass_and_is_found_out():
    def symmetric(letters):
        return letters | {"W": letters["W"] + letters["W"].T}

    made = drawn(page(step=r"\frac{\mathrm d s_1}{\mathrm d s_0} = \operatorname{diag}(1 - s_1^2) W"), symmetric)
    made.check("step")
    assert tried(made).missed == ()  # every draw has a symmetric W, those of other sizes too: nothing can tell
    unlike = drawn(page(step=made.formulas["step"]), lambda letters: letters)
    narrow = [symmetric(network(seed)) if seed < 3 else network(seed) for seed in range(220)]
    unlike.draw(lambda seed: narrow[seed], sequences=["x"], sizes={"U": "n m"})
    unlike.check("step")
    assert any(line.startswith("transpose") and r"W^\top" in line for line in tried(unlike).missed)


def test_draws_of_one_size_let_a_size_pass_for_another_and_are_found_out():
    made = page(count=r"\sum_{k=1}^{n} 2 = 2 n")
    made.draw(lambda seed: {"n": 3, "m": 3} if seed < 3 else {"n": 4, "m": 3})
    made.check("count")
    assert {"bound: \\sum_{k = 1}^{m} 2 = 2 \\cdot n", "name: \\sum_{k = 1}^{n} 2 = 2 \\cdot m"} & {*tried(made).missed}
    made = page(count=r"\sum_{k=1}^{n} 2 = 2 n")
    made.draw(lambda seed: {"n": 3 + seed, "m": 8 + seed % 5})
    made.check("count")
    assert tried(made).missed == ()


def test_what_says_the_same_is_counted_apart():
    made = drawn(page(trace=r"\operatorname{tr}(W U U^\top) = \operatorname{tr}(U U^\top W)"))
    made.check("trace")
    assert tried(made).missed == ()
    assert tried(made).equal >= 2  # W transposed on one side: the trace is the same, since U U^T is symmetric


def test_a_loose_inequality_is_found_out_and_a_tight_one_is_not():
    numbers = {"loose": lambda rng: (5.0, rng.uniform(0, 1), rng.uniform(0, 1)),
               "tight": lambda rng: (*rng.uniform(-1, 1, 2), rng.uniform(-1, 1))}  # fmt: skip
    tallies = {}
    for name, make in numbers.items():
        made = page(bound=r"2 a b \le a^2 + b^2")
        made.draw(lambda seed, make=make: dict(zip("abc", make(np.random.default_rng(seed)), strict=True)))
        made.check("bound")
        tallies[name] = tried(made)
    assert len(tallies["tight"].missed) < len(tallies["loose"].missed) + tallies["loose"].equal


def test_an_example_alone_is_decided_by_algebra():
    made = page(sum=r"2 w u = w u + u w")
    made.draw({"w": 2.0, "u": 2.0})
    made.check("sum")
    tally = tried(made)
    assert tally.equal == 5  # two factors exchanged, or three in reverse
    assert {r"name: 2 \cdot u \cdot u = w \cdot u + u \cdot w"} <= {*tally.missed}


def test_a_printed_number_has_its_last_digit_watched():
    made = page(value=r"w \approx 0.33")
    made.example({"w": 1 / 3})
    made.check("value")
    tally = tried(made)
    assert (tally.missed, tally.equal) == ((), 0)
    assert tally.numbers >= 4


def test_numbers_alone_that_round_to_the_same_are_true_as_printed():
    made = page(value=r"0.25 \cdot 0.1 \approx 0.0")
    made.example({"w": 1.0})
    made.check("value")
    assert tried(made).equal > 0
    assert tried(made).missed == ()


def test_letters_that_happen_to_be_equal_in_the_example_are_found_out():
    made = page(value=r"w \approx 0.5")
    made.draw(lambda seed: dict(zip("wu", np.random.default_rng(seed).uniform(1, 2, 2), strict=True)))
    made.example({"w": 0.5, "u": 0.5})
    made.check("value")
    assert tried(made).missed == (r"name: u \approx 0.5",)


def test_a_refuted_formula_needs_to_say_by_what_it_misses():
    wrong = r"\frac{\mathrm d s_2}{\mathrm d s_0} = \frac{\partial s_2}{\partial s_1}"
    lacks = r"\frac{\partial s_2}{\partial s_1} \frac{\mathrm d s_1}{\mathrm d s_0} - \frac{\partial s_2}{\partial s_1}"
    made = drawn(page(wrong=wrong))
    made.refute("wrong")
    assert len(tried(made).missed) > 10
    made = drawn(page(wrong=wrong))
    made.refute("wrong", misses_by=lacks)
    assert tried(made).missed == ()
    assert tried(made).noticed > 10


def test_a_definition_is_tried_as_well():
    made = Page({"state": STATE["tex"]}, strict=True)
    drawn(made)

    def by(U, W, b, s_0, x):
        run = rnn.forward(U=U, W=W, V=np.ones((1, len(W))), b=b, c=np.zeros(1), s_0=s_0, x=x, y=np.ones((len(x), 1)))
        return {"s_t": dict(enumerate(run.s[1:], 1))}

    made.define("state", by=by)
    tally = tried(made)
    assert tally.missed == ()
    assert tally.noticed > 20


def test_a_hypothesis_is_part_of_the_check():
    made = drawn(page(start="s_0 = 0", first=r"s_1 = \tanh(U x_1 + b)"))
    made.check("first", given="start")
    tallies = trial.trials(made)
    assert tallies["first"].missed == ()
    assert tallies["first"].noticed > 10


def test_of_two_checks_the_better_one_counts():
    made = page(sum=r"w + u = u + w")
    made.draw({"w": 2.0, "u": 2.0})
    made.check("sum")
    made.draw(lambda seed: dict(zip("wu", np.random.default_rng(seed).uniform(1, 2, 2), strict=True)))
    made.check("sum")
    assert tried(made).missed == ()


def test_what_fails_or_is_stated_is_not_tried():
    made = Page({"a": "w = 2", "b": "w = 3"}, strict=False)
    made.draw({"w": 2.5})
    made.check("a")
    made.state("b", reason="nobody knows the number")
    assert trial.trials(made) == {}


def test_counts_add_up_and_go_through_json():
    one, two = Tally(1, 2, 3, 4, ("a",)), Tally(10, 0, 0, 0, ("b", "c"))
    assert (one + two) == Tally(11, 2, 3, 4, ("a", "b", "c"))
    assert (one + two).tried == 23
    assert Tally.of(one.as_dict()) == one


@pytest.mark.parametrize(
    ("tally", "text"),
    [
        (
            Tally(20, 9, 1, 1),
            ("31 misprints: 20 noticed by numbers, 9 by shape alone, 1 without a value; 1 equally true"),
        ),
        (Tally(1), "1 misprint: 1 noticed by numbers"),
        (Tally(missed=("a",)), "1 misprint: none noticed; 1 missed"),
        (Tally(), "0 misprints: none noticed"),
    ],
)
def test_the_summary(tally, text):
    assert tally.summary() == text


def test_tallies_are_published_for_the_site(monkeypatch):
    shown = []
    made = drawn(page(step=r"\frac{\mathrm d s_1}{\mathrm d s_0} = \operatorname{diag}(1 - s_1^2) W"))
    made.check("step")
    monkeypatch.setattr(trial, "current", lambda: made)
    monkeypatch.setattr(trial, "display", lambda bundle, metadata: shown.append((bundle, metadata)))
    trial.publish()
    ((bundle, _),) = shown
    assert Tally.of(bundle[MIME]["step"]) == tried(made)
    assert bundle["text/plain"] == tried(made).summary()


def test_a_formula_that_holds_by_accident_is_found_out():
    made = drawn(page(cube=r"(T - 5) (T - 6) (T - 7) = 2 (T - 5) (T - 6) (T - 7) + 0"))
    made.formulas["cube"] = r"(T - 6)^3 = T - 6"
    made.check("cube")
    assert made.verdict("cube").kind == "holds"  # on the three values of T that are drawn, and no more
    first, *_ = tried(made).missed
    assert first.startswith("itself: it holds by accident, and fails on draw 20")


def test_a_letter_that_is_the_same_on_every_draw_is_found_out():
    made = page(square=r"(a + b)^2 = 4 a b")
    made.draw(lambda seed: {"a": 0.5, "b": 0.5 + 0 * seed})
    made.check("square")
    assert [line for line in tried(made).missed if line.startswith("drawn")] == [
        "drawn: a is the same on every draw; give it as a constant, or draw it",
        "drawn: b is the same on every draw; give it as a constant, or draw it",
    ]
    families = page(square=r"2 a x_1 = x_1 a + a x_1")
    families.draw(lambda seed: {"a": 0.5 + seed, "x_t": {1: np.ones(2), 2: np.ones(2)}})
    families.check("square")
    assert any(line.startswith("drawn: x_t is the same") for line in tried(families).missed)


def test_a_bound_that_holds_by_size_alone_is_found_out_where_letters_may_have_any_size():
    tex = r"\lVert W s \rVert \le \lVert W \rVert \lVert s \rVert"
    kept, spread = page(bound=tex), page(bound=tex)
    kept.draw(draws.product)
    spread.draw(draws.product, spread=["W", "s", "ΔW", "Δs"])
    for made in (kept, spread):
        made.check("bound")
    assert tried(kept).equal > tried(spread).equal  # ΔW for W on the left is smaller in every draw, or is not
    assert tried(spread).missed == ()


def test_rounding_on_a_draw_that_nobody_chose_is_no_accident():
    made = page(difference=r"a^2 - b^2 = (a - b) (a + b)")
    made.draw(lambda seed: {"a": 1.0 + seed, "b": 0.5 + seed / 3 if seed != 203 else seed + 1 - 1e-4})
    made.check("difference")
    assert not [line for line in tried(made).missed if line.startswith("itself")]


def test_an_example_without_draws_is_decided_by_algebra():
    made = page(value=r"w u \approx 0.40")
    made.example({"w": 0.5, "u": 0.8})
    made.check("value")
    assert tried(made).missed == ()
    assert tried(made).equal == 1  # the factors exchanged


def test_a_refuted_formula_with_a_dead_summand_is_vacuous():
    made = drawn(page(wrong=r"\frac{\mathrm d s_2}{\mathrm d s_0} = W + \frac{\partial s_1}{\partial s_2} W"))
    made.strict = False
    made.refute("wrong", misses_by=r"\frac{\mathrm d s_2}{\mathrm d s_0} - W")
    assert made.verdict("wrong").kind == "vacuous"
    assert "This summand vanishes" in made.verdict("wrong").note
