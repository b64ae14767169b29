"""True formulas of back-propagation through time hold; each misprint of a single symbol in them is noticed."""

import pytest

from bptt import draws
from recompute.errors import FormulaError
from recompute.parse import parse
from recompute.verdict import check
from recompute.world import Definition, World

RANGE = r" \qquad 1 \le t \le T"
NETWORK = {
    r"a_t = U x_t + W s_{t-1} + b" + RANGE: True,
    r"s_t = \tanh a_t" + RANGE: False,
    r"o_t = V s_t + c" + RANGE: False,
    r"\hat y_t = \operatorname{softmax}(o_t)" + RANGE: False,
    r"E_t = -y_t^\top \log \hat y_t" + RANGE: False,
    r"E = \sum_{t=1}^{T} E_t": False,
    r"D_t = \operatorname{diag}(1 - s_t^2)" + RANGE: True,
    r"\delta_t = \Bigl(\frac{\mathrm d E}{\mathrm d a_t}\Bigr)^\top" + RANGE: False,
}


def letters(seed):
    drawn = draws.rnn(seed)
    steps = {f"{name}_t": dict(enumerate(drawn.pop(name), 1)) for name in ("x", "y")}
    sizes = dict(zip(("T", "n", "m", "q"), draws.SIZES[seed], strict=True))
    return {**drawn, **steps, **sizes}


DEFINITIONS = [Definition.of(parse(tex), abbreviation=short) for tex, short in NETWORK.items()]
WORLDS = [World(letters(seed), DEFINITIONS) for seed in range(3)]

FORMULAS = {
    "recursion": (
        (
            r"\frac{\mathrm d s_t}{\mathrm d W} = \frac{\partial s_t}{\partial W} + \frac{\partial s_t}{\partial "
            r"s_{t-1}} \frac{\mathrm d s_{t-1}}{\mathrm d W} \qquad 2 \le t \le T"
        ),
        [
            ("a sign", r"\partial W} +", r"\partial W} -"),
            ("an index", r"{\mathrm d s_{t-1}}", r"{\mathrm d s_{t}}"),
            ("∂ for d", r"= \frac{\partial s_t}{\partial W}", r"= \frac{\mathrm d s_t}{\mathrm d W}"),
            (
                "d for ∂ in the Jacobian's numerator",
                r"\frac{\partial s_t}{\partial s_{t-1}}",
                r"\frac{\mathrm d s_t}{\partial s_{t-1}}",
            ),
            ("∂ for d at the end", r"\frac{\mathrm d s_{t-1}}{\mathrm d W}", r"\frac{\partial s_{t-1}}{\partial W}"),
            ("a term dropped", r" + \frac{\partial s_t}{\partial s_{t-1}} \frac{\mathrm d s_{t-1}}{\mathrm d W}", ""),
            (
                "factors exchanged",
                r"\frac{\partial s_t}{\partial s_{t-1}} \frac{\mathrm d s_{t-1}}{\mathrm d W}",
                r"\frac{\mathrm d s_{t-1}}{\mathrm d W} \frac{\partial s_t}{\partial s_{t-1}}",
            ),
            ("another letter", r"{\mathrm d W} =", r"{\mathrm d U} ="),
        ],
    ),
    "Jacobian of one step": (
        r"\frac{\partial s_t}{\partial s_{t-1}} = D_t W \qquad 1 \le t \le T",
        [
            ("an index", "D_t", "D_{t-1}"),
            ("factors exchanged", "D_t W", "W D_t"),
            ("a transpose", "D_t W", r"D_t W^\top"),
            ("a factor dropped", "D_t W", "W"),
            ("a sign", "= D_t", "= -D_t"),
            ("a power", "D_t", "D_t^2"),
            ("a letter", "W ", "V "),
        ],
    ),
    "product of Jacobians": (
        r"\frac{\mathrm d s_t}{\mathrm d s_k} = \prod_{t \ge j > k} D_j W \qquad 1 \le k < t \le T",
        [
            ("the order", r"\prod_{t \ge j > k}", r"\prod_{k < j \le t}"),
            ("upwards", r"\prod_{t \ge j > k}", r"\prod_{j=k+1}^{t}"),
            ("a factor too many", "j > k", r"j \ge k"),
            ("a factor too few", r"t \ge j", "t > j"),
            ("an index", "D_j", "D_k"),
            ("a transpose", "D_j W", r"D_j W^\top"),
            ("a sum", r"\prod", r"\sum"),
            ("∂ for d", r"\frac{\mathrm d s_t}{\mathrm d s_k}", r"\frac{\partial s_t}{\partial s_k}"),
        ],
    ),
    "row of the logits": (
        r"\frac{\mathrm d E_t}{\mathrm d o_t} = (\hat y_t - y_t)^\top \qquad 1 \le t \le T",
        [
            ("a sign", "- y_t", "+ y_t"),
            ("a dropped transpose", r")^\top", ")"),
            ("a dropped hat", r"\hat y_t", "y_t"),
            ("exchanged", r"\hat y_t - y_t", r"y_t - \hat y_t"),
            ("an index", r"\hat y_t", r"\hat y_{t-1}"),
            ("∂ for d", r"\frac{\mathrm d E_t}{\mathrm d o_t}", r"\frac{\partial E_t}{\partial o_t}"),
        ],
    ),
    "error term": (
        r"\delta_t = D_t \bigl(V^\top (\hat y_t - y_t) + W^\top \delta_{t+1}\bigr) \qquad 1 \le t < T",
        [
            ("an index", r"\delta_{t+1}", r"\delta_{t-1}"),
            ("a dropped transpose of V", r"V^\top", "V"),
            ("a dropped transpose of W", r"W^\top", "W"),
            ("a sign", r") + W", r") - W"),
            ("a dropped factor", r"= D_t \bigl", r"= \bigl"),
            ("an index of the slope", "D_t", "D_{t+1}"),
            ("a term dropped", r" + W^\top \delta_{t+1}", ""),
            ("a hat too many", "- y_t", r"- \hat y_t"),
            ("exchanged letters", r"V^\top", r"U^\top"),
        ],
    ),
    "error term with entrywise product": (
        r"\delta_t = (1 - s_t^2) \odot \bigl(V^\top (\hat y_t - y_t) + W^\top \delta_{t+1}\bigr) \qquad 1 \le t < T",
        [
            ("a matrix product", r"\odot ", ""),
            (r"⊗", r"\odot", r"\otimes"),
            ("no square", "s_t^2", "s_t"),
            ("a sign", "1 - s_t^2", "1 + s_t^2"),
            ("a cube", "s_t^2", "s_t^3"),
            ("an index", "s_t^2", "s_{t+1}^2"),
        ],
    ),
    "gradient as a sum over time": (
        r"\nabla_W E = \sum_{t=1}^{T} \delta_t s_{t-1}^\top",
        [
            ("an index", "s_{t-1}", "s_t"),
            ("a dropped transpose", r"}^\top", "}"),
            ("exchanged", r"\delta_t s_{t-1}^\top", r"s_{t-1} \delta_t^\top"),
            ("the lower bound", "t=1", "t=2"),
            ("the upper bound", "^{T}", "^{T-1}"),
            ("a letter", r"\nabla_W", r"\nabla_U"),
            ("a sign", r"= \sum", r"= -\sum"),
        ],
    ),
    "rows of the loss": (
        (
            r"\frac{\mathrm d E}{\mathrm d s_k} = \sum_{t=k}^{T} (\hat y_t - y_t)^\top V \Bigl(\prod_{t \ge j > k} "
            r"D_j W\Bigr) \frac{\mathrm d s_k}{\mathrm d s_k} \qquad 1 \le k < T"
        ),
        [
            ("the lower bound", "t=k}", "t=1}"),
            ("the upper bound", "^{T}", "^{T-1}"),
            ("a dropped transpose", r"y_t)^\top", "y_t)"),
            ("exchanged", r"\hat y_t - y_t", r"y_t - \hat y_t"),
            ("the order", r"t \ge j > k", r"k < j \le t"),
            ("an index", "D_j", "D_t"),
        ],
    ),
    "gradient by the bias": (
        r"\frac{\mathrm d E}{\mathrm d b} = \sum_{t=1}^{T} \delta_t^\top",
        [
            ("the lower bound", "t=1", "t=2"),
            ("a dropped transpose", r"\delta_t^\top", r"\delta_t"),
            ("an index", r"\delta_t^", r"\delta_1^"),
            ("a letter", r"\mathrm d b", r"\mathrm d c"),
            ("a sign", r"= \sum", r"= -\sum"),
            ("a product", r"\sum", r"\prod"),
        ],
    ),
    "loss of a step": (
        r"E_t = -y_t^\top o_t + \log\Bigl(\sum_{i=1}^{q} e^{o_{t,i}}\Bigr) \qquad 1 \le t \le T",
        [
            ("a sign", "= -y", "= y"),
            ("a dropped transpose", r"y_t^\top", "y_t"),
            ("a hat", "-y_t", r"-\hat y_t"),
            ("the lower bound", "i=1", "i=2"),
            ("an index", "o_{t,i}", "o_{i,t}"),
            ("a letter", "-y_t^\\top o_t", "-o_t^\\top o_t"),
            ("no exponential", "e^{o_{t,i}}", "o_{t,i}"),
        ],
    ),
    "immediate derivative, flattened": (
        r"\frac{\partial s_t}{\partial \operatorname{vec} W} = s_{t-1}^\top \otimes D_t \qquad 1 \le t \le T",
        [
            ("factors exchanged", r"s_{t-1}^\top \otimes D_t", r"D_t \otimes s_{t-1}^\top"),
            ("an index", "s_{t-1}", "s_t"),
            ("a dropped transpose", r"}^\top", "}"),
            ("d for ∂", r"\frac{\partial s_t}{\partial", r"\frac{\mathrm d s_t}{\mathrm d"),
        ],
    ),
}
MISPRINTS = {
    f"{name}: {what}": (tex, before, after)
    for name, (tex, changes) in FORMULAS.items()
    for what, before, after in changes
}


@pytest.mark.parametrize("tex", [tex for tex, _ in FORMULAS.values()], ids=list(FORMULAS))
def test_a_true_formula_holds(tex):
    verdict = check(parse(tex), WORLDS)
    assert verdict.kind == "holds", verdict.report(tex)


@pytest.mark.parametrize(("tex", "before", "after"), MISPRINTS.values(), ids=list(MISPRINTS))
def test_a_misprint_is_noticed(tex, before, after):
    assert before in tex
    wrong = tex.replace(before, after, 1)
    assert wrong != tex
    try:
        verdict = check(parse(wrong), WORLDS)
    except FormulaError as error:
        verdict, problem = None, str(error)
    assert verdict is None or (verdict.kind == "fails" and verdict.residual > 1e-3)
    assert verdict or "is not defined" not in problem  # a letter that the draw lacks would notice nothing


def test_there_are_enough_of_them():
    assert len(FORMULAS) >= 8
    assert len(MISPRINTS) >= 60


def test_with_a_start_at_zero_a_misprint_would_go_unnoticed_and_is_called_vacuous():
    tex = r"\frac{\mathrm d s_1}{\mathrm d \operatorname{vec} W} = 3 s_0^\top \otimes D_1"
    still = [World(letters(seed) | {"s_0": [0.0] * draws.SIZES[seed][1]}, DEFINITIONS) for seed in range(3)]
    assert check(parse(tex), still).kind == "vacuous"
    assert check(parse(tex), WORLDS).kind == "fails"
