"""What letters decide: identities are found, and nothing else is, however closely numbers agree."""

import pytest

from recompute.exact import decide
from recompute.notebook import Page
from recompute.parse import parse
from recompute.verdict import check
from recompute.world import Definition, World

NETWORK = World(
    {"w": 0.8, "u": 0.5, "x_t": {1: 0.4, 2: -0.5, 3: 0.7}, "s_0": 0.6, "T": 3},
    [
        Definition.of(parse(r"s_t = \tanh(u x_t + w s_{t-1}) \qquad 1 \le t \le T")),
        Definition.of(parse("D_t = 1 - s_t^2"), abbreviation=True),
        Definition.of(parse("R_t = 1 - s_t^2")),  # the same as a node
    ],
    "w",
)
FUNCTIONS = World(
    {"a_k": {0: 0.3, 1: -0.7, 2: 0.4}, "w": 0.8, "h": 0.37, "n": 2},
    [Definition.of(parse(r"u(w) = \sum_{k=0}^{2} a_k w^k")), Definition.of(parse(r"v(w) = a_1 w - w^2"))],
    "w",
)

IDENTITIES = (
    (NETWORK, "(w s_2)' = s_2 + w s_2'"),
    (NETWORK, r"\frac{\mathrm d s_3}{\mathrm d w} = D_3 s_2 + D_3 w D_2 s_1 + D_3 w D_2 w D_1 s_0"),
    (NETWORK, r"\frac{\partial s_3}{\partial w} = D_3 s_2"),
    (NETWORK, r"\frac{\mathrm d s_3}{\mathrm d s_1} = D_3 w D_2 w"),
    (NETWORK, r"\frac{\partial D_2}{\partial s_2} = -2 s_2"),
    (
        NETWORK,
        (
            r"\frac{\mathrm d s_t}{\mathrm d w} = \sum_{k=1}^{t} \Bigl( \prod_{t \ge j > k} D_j w \Bigr) D_k s_{k-1} "
            r"\qquad 1 \le t \le T"
        ),
    ),
    (FUNCTIONS, r"\lim_{h \to 0} \frac{u(w+h) v(w+h) - u(w) v(w)}{h} = u'(w) v(w) + u(w) v'(w)"),
    (FUNCTIONS, "(u(w)^2)' = 2 u(w) u'(w)"),
    (FUNCTIONS, r"\sigma(w) = \frac{1}{1 + \exp(-w)}"),
    (FUNCTIONS, r"\sigma'(w) = \sigma(w) (1 - \sigma(w))"),
    (FUNCTIONS, r"\tanh'(h) = 1 - \tanh(h)^2"),
    (FUNCTIONS, r"\binom{3}{1} w = 3 w"),
    (FUNCTIONS, r"\sum_{k=1}^{n} k w = w \sum_{k=1}^{n} k"),
)  # fmt: skip

NOT_DECIDED = {
    "wrong by much": (NETWORK, "(w s_2)' = s_2"),
    "wrong by less than numbers can tell": (FUNCTIONS, r"w = w + 10^{-15} h"),
    "the immediate for the total": (NETWORK, r"\frac{\mathrm d s_3}{\mathrm d w} = \frac{\partial s_3}{\partial w}"),
    "a node is held, and its abbreviation is not": (NETWORK, r"\frac{\partial (R_2 w)}{\partial w} = R_2"),
    "an inequality": (NETWORK, "w < 1"),
    "a rounded number": (NETWORK, r"s_1 \approx 0.5915"),
    "a true chain with a wrong link": (NETWORK, "w + w = 2 w = 3 w - u"),
    "true for this number alone": (FUNCTIONS, "w = 0.8"),
    "another slope": (FUNCTIONS, r"\sigma'(w) = \sigma(w) (1 + \sigma(w))"),
    "an absolute value": (FUNCTIONS, r"\lvert w \rvert = w"),
    "the larger of two": (FUNCTIONS, r"\max(w, h) = w"),
    "a spectral radius": (FUNCTIONS, r"\rho(w) = w"),
    "a singular value": (FUNCTIONS, r"\sigma_1(w) = w"),
    "true for the count that was drawn alone": (FUNCTIONS, r"\binom{n}{1} w = 2 w"),
    "a law for every count": (FUNCTIONS, r"\sum_{k=1}^{n} k = \frac{n (n + 1)}{2}"),
    "a binomial of letters": (FUNCTIONS, r"\binom{w}{h} = w"),
    "too many terms": (FUNCTIONS, r"((w + h)^2 + a_0 + a_1)^{99} = (w^2 + 2 w h + h^2 + a_0 + a_1)^{99}"),
    "too large a power": (FUNCTIONS, r"1.0000000001^{10^{10}} w = 1.0000000001^{10^{10}} w + 0"),
    "too many factors": (FUNCTIONS, r"\prod_{k=1}^{999} \frac{w}{h + k} = \prod_{k=1}^{999} \frac{w}{k + h} + 0"),
    "true at one index alone": (NETWORK, r"s_t = s_{t-1} + s_t - s_0 \qquad 1 \le t \le 2"),
}  # fmt: skip


@pytest.mark.parametrize(("world", "tex"), IDENTITIES, ids=[tex for _, tex in IDENTITIES])
def test_an_identity_is_found_and_holds_for_numbers_too(world, tex):
    assert decide(parse(tex), world) is True
    assert check(parse(tex), [world]).kind == "holds"


@pytest.mark.parametrize("name", NOT_DECIDED)
def test_nothing_else_is(name):
    world, tex = NOT_DECIDED[name]
    try:
        found = decide(parse(tex), world)
    except ValueError:  # it cannot be read at all
        found = None
    assert found is None


def test_numbers_come_first():
    page = Page({"near": "w = w + 10^{-15} h", "true": "w + h = h + w", "wrong": "w = h"}, strict=False)
    page.draw({"w": 0.8, "h": 0.37})
    page.check()
    assert [page.verdict(name).kind for name in ("near", "true", "wrong")] == ["vacuous", "exact", "fails"]


def test_columns_and_matrices_are_left_to_numbers():
    page = Page({"sum": "x + y = y + x"})
    page.draw({"x": [1.0, 2.0], "y": [3.0, 5.0]})
    page.check()
    assert page.verdict("sum").kind == "holds"
