r"""What people write and the language does not contain is refused with a way out, at the right place."""

import re

import pytest

from recompute import examples
from recompute.errors import AmbiguousError, FormulaError, NotYetError
from recompute.parse import parse
from recompute.refusals import MORE, REFUSALS, UNICODE

CARETS = {
    r"W^T s_1 = s_2": "^^^",
    r"W^{\mathsf T} s_1 = s_2": " ^^^^^^^^^^^^",
    r"a = W^\dagger b": "      ^^^^^^^",
    r"a = n!": "     ^",
    r"a \leqslant b": "  ^^^^^^^^^",
    r"a = \langle b, c \rangle": "    ^^^^^^^",
    r"a = b \bmod c": "      ^^^^^",
    r"a = A_{1,:} b": "     ^^^^^^",
    r"a = b \cdot -c": "      ^^^^^^^",
    r"a = \sum_{i,j} W_{i,j}": "    ^^^^^^^^^^",
    r"a = W^{-\top} b": "     ^^^^^^^",
    r"a = \sum^{3}_{k=1} k": "    ^^^^^",
    r"a = x^{3}_2": "     ^^^^^",
    r"a = W_{\mathrm{rec}} b": "     ^^^^^^^^^",
    r"a = s_2''": "       ^^",
    r"a = \tanh(b)'": "            ^",
    r"a = 1/2 b": "     ^",
    r"a = \frac{\partial^+ s_1}{\partial w}": "          ^^^^^^^^^^",
    r"a = b \times c": "      ^^^^^^",
    r"a = b * c": "      ^",
    r"a = b \circ c": "      ^^^^^",
    r"a = b_1 + \cdots + b_3": "          ^^^^^^",
    r"a = \lVert W \rVert_F": "             ^^^^^^^",
    r"a = \|b\|": "    ^^",
    r"a = |b|": "    ^",
    r"a = \left. b \right|_{w=1}": "    ^^^^^^",
    r"a = \pm b": "    ^^^",
    r"a = b \quad c = d": "      ^^^^^",
    r"a \equiv b": "  ^^^^^^",
    r"a \sim b": "  ^^^^",
    r"a \ll b": "  ^^^",
    r"\Alpha = b": "^^^^^^",
    r"a = \mathbf 1^\top x": "    ^^^^^^^^^",
    r"a = \{b + c\} d": "    ^^",
    r"a = \sum_t s_t": "    ^^^^^^",
    r"a = \sum_{k \in S} b_k": "    ^^^^^^^^^^^",
    r"a = \partial_w s_1": "    ^^^^^^^^^",
    r"a = \frac{\mathrm d^2 s_1}{\mathrm d w}": "          ^^^^^^^^^^",
    r"a = \frac{\partial (b + c)}{\partial w}": "          ^^^^^^^^",
    r"a = \partial s_1": "    ^^^^^^^^",
    r"a = \nabla_{h^{(1)}} E": "    ^^^^^^^^^^",
    r"a = \nabla_W (E_1 + E_2)": "    ^^^^^^^^",
    r"\nabla E = a": "^^^^^^^^",
    r"\dot s = a": "^^^^",
    r"a = \tanh^2 b": "    ^^^^^^",
    r"a = \log_2 b": "    ^^^^^",
    r"a = \ln b": "    ^^^",
    r"a = \mathrm{tr}(W)": "    ^^^^^^^^^^^",
    r"a = \max_t s_t": "    ^^^^^",
    r"a = \max(b, c, d)": "    ^^^^^^^^^^",
    r"a = \det(W)": "    ^^^^",
    r"a = \log 2": "    ^^^^^",
    r"a \in (0, 1)": "  ^^^",
    r"a = W [s_1, x]": "      ^^^^^",
    r"a = 1,000": "     ^",
    r"a = .5": "    ^",
    r"s_1 = f(s_0, x)": "       ^^^^^",
    r"a = \int b": "    ^^^^",
    r"a = \frac12 b": "    ^^^^^^",
    r"a = {b \over c}": "       ^^^^^",
    r"a = \sqrt[3]{b}": "    ^^^^^^",
    r"a = \hat{\mathbf{g}} b": "    ^^^^^^^^^^^^",
    r"a = F\_x b": "     ^^",
    r"a = \Delta (b)": "    ^^^^^^",
    r"a = \boldsymbol{W} b": "    ^^^^^^^^^^^",
    r"a = \mathbb E b": "    ^^^^^^^^^",
    r"a \in \mathbb C": "      ^^^^^^^^^",
    r"a = \lim_{h \to \infty} b": "                ^^^^^^",
    r"a = b \text{ if } c": "      ^^^^^",
    r"a := b": "  ^^",
    r"a \propto b": "  ^^^^^^^",
    r"a <= b": "  ^^",
    r"a = b \implies c = d": "      ^^^^^^^^",
    r"\forall a = b": "^^^^^^^",
    r"W = \begin{pmatrix} a & b \end{pmatrix}": "    ^^^^^^^^^^^^^^^",
    r"\begin{align} a = b \end{align}": "^^^^^^^^^^^^^",
    r"a = b \label{c}": "      ^^^^^^",
    r"a = $b$": "    ^",
}


def refused(tex):
    with pytest.raises(FormulaError) as caught:
        parse(tex)
    return caught.value


@pytest.mark.parametrize("refusal", REFUSALS, ids=lambda r: r.example)
def test_a_construct_outside_the_language_is_refused_with_its_own_words_and_its_place(refusal):
    error = refused(refusal.example)
    assert type(error) is refusal.error
    expected = f"{refusal.problem}\n    {refusal.example}\n    {CARETS[refusal.example]}\n{refusal.advice}"
    assert str(error) == "\n".join(filter(None, (expected, refusal.error.standing)))


def test_a_person_sees_whether_the_answer_is_never_or_not_yet():
    never, not_yet = refused("W^T s = a"), refused(r"a = \ln b")
    assert str(never).splitlines()[-1] == "Never: this has more than one reading, and a program must not guess."
    assert (
        str(not_yet).splitlines()[-1] == "Not yet: this has one reading, but the language does not contain it so far."
    )
    assert not any(word in str(refused("a = + b")) for word in ("Never", "Not yet"))


def test_the_table_is_in_order():
    for refusal in REFUSALS:
        assert refusal.error in {AmbiguousError, NotYetError, FormulaError}
        assert re.search(refusal.pattern, refusal.example)
        assert refusal.problem[-1] != "."
        assert refusal.advice[-1] in ".}"
    assert CARETS.keys() == {refusal.example for refusal in REFUSALS}


@pytest.mark.parametrize("refusal", [r for r in REFUSALS if r"\in " not in r.example], ids=lambda r: r.example)
def test_the_same_words_are_found_in_the_middle_of_a_formula(refusal):
    """The table is searched in order: an entry that no text reaches would be dead."""
    error = refused(rf"c \odot d = c \odot d = {refusal.example}")
    assert error.problem == refusal.problem


@pytest.mark.parametrize("character", UNICODE)
def test_a_character_outside_latex_is_refused_with_its_latex(character):
    error = refused(f"a = {character} b")
    assert type(error) is NotYetError
    assert error.span == (4, 5)
    assert f"Write {UNICODE[character]}." in str(error)


def test_an_unknown_character_is_refused_too():
    assert "the character 'ж' is not read" in str(refused("a = ж"))


BRACKETS = {
    "(a + b = 5": ("this bracket is never closed", "^", "Write ) behind what it holds.\nRead so far: (a + b"),
    "a + b) = 5": ("this bracket closes nothing", "     ^", "Open one before it, or leave it out.\nRead so far: a + b"),
    "a = {b": ("this bracket is never closed", "    ^", "Write } behind what it holds."),
    "a = b}": ("this bracket closes nothing", "     ^", "Open one before it"),
    "a = (b]": ("this bracket closes nothing", "      ^", "Before it, ) is expected."),
    "a = [b": ("this bracket is never closed", "    ^", "Write ] behind"),
    r"a = \frac{b}{c": ("this bracket is never closed", "            ^", "Write } behind"),
    r"a = \left\| b": ("this bracket is never closed", "    ^^^^^^^", r"Write \rVert behind"),
    r"a = \left( b": ("this bracket is never closed", "         ^", "Write ) behind"),
    r"a = b \right\|": ("this bracket closes nothing", "      ^^^^^^^^", "Open one before it"),
    r"a = \lvert b \rVert": ("this bracket closes nothing", "             ^^^^^^", r"Before it, \rvert is expected."),
}


@pytest.mark.parametrize(("tex", "expected"), BRACKETS.items(), ids=list(BRACKETS))
def test_a_bracket_without_its_partner_is_pointed_at(tex, expected):
    problem, carets, advice = expected
    error = refused(tex)
    assert str(error).startswith(f"{problem}\n    {tex}\n    {carets}\n")
    assert advice in str(error)


def test_brackets_that_match_are_not_blamed():
    assert refused("(a) = ? (b").problem == "? cannot stand here"
    assert refused(r"a = % ( \n ? + b").problem == "the formula ends too early"


def test_what_was_read_is_quoted_from_its_end():
    error = refused("a = " + "b + " * 40 + "+ c")
    assert f"\nRead so far: … b +{' b +' * 14}\n" in str(error)
    assert str(error).endswith(MORE)


# As printed by Pascanu et al. 2013, Goodfellow et al. 2016, d2l, Werbos 1990, WildML, and for LSTM and GRU in several
# places: either read, or refused with a problem, the marked text, and the way to write it here.
PRINTED = {
    r"\frac{\partial E}{\partial \theta} = \sum_{1 \leq t \leq T} \frac{\partial E_t}{\partial \theta}": None,
    r"\frac{\partial E_t}{\partial \theta} = \sum_{1 \le k \le t} \left( \frac{\partial E_t}{\partial x_t} \frac{\partial x_t}{\partial x_k} \frac{\partial^+ x_k}{\partial \theta} \right)": (  # noqa: E501 - as printed
        r"the sign ∂⁺ means the total derivative in some texts and the immediate one in others",
        r"\partial^+",
        r"Write \frac{\mathrm d …}{\mathrm d …} for the total and \frac{\partial …}{\partial …} for the immediate one.",
    ),
    r"\frac{\partial x_t}{\partial x_k} = \prod_{t \geq i > k} \frac{\partial x_i}{\partial x_{i-1}} = \prod_{t \ge i > k} W_{rec}^T diag(\sigma'(x_{i-1}))": (  # noqa: E501 - as printed
        r"a product of two letters, or two indices?",
        r"rec",
        r"Write W_{i,j} for two indices. If they are a name, as in W_{hh}, take another letter.",
    ),
    r"\mathbf{x}_t = \mathbf{W}_{rec} \sigma(\mathbf{x}_{t-1}) + \mathbf{W}_{in} \mathbf{u}_t + \mathbf{b}": (
        r"a product of two letters, or two indices?",
        r"rec",
        r"Write W_{i,j} for two indices. If they are a name, as in W_{hh}, take another letter.",
    ),
    r"\forall k, \left\| \frac{\partial x_{k+1}}{\partial x_k} \right\| \leq \left\| W_{rec}^T \right\| \left\| diag(\sigma'(x_k)) \right\| < \frac{1}{\gamma} \gamma < 1": (  # noqa: E501 - as printed
        r"a word of logic",
        r"\forall",
        r"Write the range of an index behind \qquad: \qquad 1 \le t \le T.",
    ),
    r"\left\| \frac{\partial E_t}{\partial x_t} \left( \prod_{i=k}^{t-1} \frac{\partial x_{i+1}}{\partial x_i} \right) \right\| \le \eta^{t-k} \left\| \frac{\partial E_t}{\partial x_t} \right\|": None,  # noqa: E501 - as printed
    r"\hat{\mathbf{g}} \leftarrow \frac{threshold}{\|\hat{\mathbf{g}}\|} \hat{\mathbf{g}}": (
        r"an accent on an accent, or on more than a letter",
        r"\hat{\mathbf",
        r"Write \hat y_t: one accent, on one letter.",
    ),
    r"\boldsymbol{h}^{(t)} = \tanh(\boldsymbol{a}^{(t)})": (
        r"a letter in a dress that the language does not know",
        r"\boldsymbol",
        r"Write \hat a, \tilde a, \bar a, \mathbf a or \mathcal a; each is a letter of its own.",
    ),
    r"h^{(t)} = f(h^{(t-1)}, x^{(t)}; \theta)": (
        r"a function of several arguments",
        r"(h^{(t-1)},",
        r"Write out what it computes: s_t = \tanh(U x_t + W s_{t-1}).",
    ),
    r"\nabla_{\boldsymbol{h}^{(t)}} L = V^\top \nabla_{o^{(t)}} L": (
        r"the gradient of an expression",
        r"\nabla_{\boldsymbol{h}^{(t)}}",
        r"Give the expression a name in a formula of its own, L = …, and write \nabla_W L.",
    ),
    r"(\nabla_{o^{(t)}} L)_i = \frac{\partial L}{\partial o_i^{(t)}} = \hat{y}_i^{(t)} - \mathbf{1}_{i = y^{(t)}}": (
        r"a gradient by a letter with something raised on it",
        r"\nabla_{o^",
        r"Write the index below: \nabla_{h_t} E.",
    ),
    r"\nabla_W L = \sum_t \operatorname{diag}(1 - (h^{(t)})^2) (\nabla_{h^{(t)}} L) h^{(t-1)\top}": (
        r"a sum or product, and nothing says from where to where",
        r"\sum_t",
        r"Write \sum_{k=1}^{T} or \prod_{T \ge j > k}.",
    ),
    r"\mathbf{H}_t = \phi(\mathbf{X}_t \mathbf{W}_{xh} + \mathbf{H}_{t-1} \mathbf{W}_{hh} + \mathbf{b}_h)": (
        r"a product of two letters, or two indices?",
        r"xh",
        r"Write W_{i,j} for two indices. If they are a name, as in W_{hh}, take another letter.",
    ),
    r"\frac{\partial L}{\partial w_h} = \frac{1}{T} \sum_{t=1}^T \frac{\partial l(y_t, o_t)}{\partial w_h}": (
        r"a function of several arguments",
        r"(y_t,",
        r"Write out what it computes: s_t = \tanh(U x_t + W s_{t-1}).",
    ),
    r"\frac{\partial h_t}{\partial w_\textrm{h}} = \frac{\partial f(x_t, h_{t-1}, w_h)}{\partial w_h} + \sum_{i=1}^{t-1} \left( \prod_{j=i+1}^t \frac{\partial f}{\partial h_{j-1}} \right) a": (  # noqa: E501 - as printed
        r"a word as an index",
        r"_\textrm",
        r"An index is a number or a letter that runs. For a name take another letter, or an accent as in \hat W.",
    ),
    r"\frac{\partial L}{\partial \mathbf{o}_t} = \frac{\partial l (\mathbf{o}_t, y_t)}{T \cdot \partial \mathbf{o}_t} \in \mathbb{R}^q": (  # noqa: E501 - as printed
        r"a function of several arguments",
        r"(\mathbf{o}_t,",
        r"Write out what it computes: s_t = \tanh(U x_t + W s_{t-1}).",
    ),
    r"f_t = \sigma(W_f \cdot [h_{t-1}, x_t] + b_f)": (
        r"a list in square brackets",
        r"[h_{t-1},",
        r"Write what is computed with each part: W s + U x in place of a product with [s, x].",
    ),
    r"i_t = \sigma(W_{ii} x_t + b_{ii} + W_{hi} h_{t-1} + b_{hi})": (
        r"a product of two letters, or two indices?",
        r"ii",
        r"Write W_{i,j} for two indices. If they are a name, as in W_{hh}, take another letter.",
    ),
    r"c_t = f_t \circ c_{t-1} + i_t \circ \tilde{c}_t": (
        r"a ring may multiply entry by entry, or apply one function after another",
        r"\circ",
        r"Write \odot entry by entry, and u(v(w)) for functions.",
    ),
    r"C_t = f_t * C_{t-1} + i_t * \tilde{C}_t": (
        r"a star may be a product, a convolution or an adjoint",
        r"*",
        r"Write a b or a \cdot b, and \odot entry by entry.",
    ),
    r"\tilde{h}_t = \tanh(W x_t + U(r_t \odot h_{t-1}))": None,
    r"z_t = \sigma_g(W_z x_t + U_z h_{t-1} + b_z)": None,
    r"h_t = (1 - z_t) \odot h_{t-1} + z_t \odot \tilde h_t": None,
    r"\frac{\partial^+ E}{\partial z_i} = \frac{\partial E}{\partial z_i} + \sum_{j > i} \frac{\partial^+ E}{\partial z_j} \cdot \frac{\partial z_j}{\partial z_i}": (  # noqa: E501 - as printed
        r"the sign ∂⁺ means the total derivative in some texts and the immediate one in others",
        r"\partial^+",
        r"Write \frac{\mathrm d …}{\mathrm d …} for the total and \frac{\partial …}{\partial …} for the immediate one.",
    ),
    r"F\_net_i(t) = F\_x_i(t) \cdot s'(net_i(t))": (
        r"a name of several letters",
        r"\_",
        r"Take one letter, or a letter with an accent as in \hat W.",
    ),
    r"E_t(y_t, \hat{y}_t) = - y_t \log \hat{y}_t": (
        r"a function of several arguments",
        r"(y_t,",
        r"Write out what it computes: s_t = \tanh(U x_t + W s_{t-1}).",
    ),
    r"E(y, \hat y) = -\sum_t y_t \log \hat{y}_t": (
        r"a function of several arguments",
        r"(y,",
        r"Write out what it computes: s_t = \tanh(U x_t + W s_{t-1}).",
    ),
    r"\frac{\partial E_3}{\partial W} = \sum\limits_{k=0}^{3} \frac{\partial E_3}{\partial \hat{y}_3}\frac{\partial\hat{y}_3}{\partial s_3}\frac{\partial s_3}{\partial s_k}\frac{\partial s_k}{\partial W}": (  # noqa: E501 - as printed
        r"a sum or product whose lower bound does not come first",
        r"\limits",
        r"Write \sum_{k=1}^{T}; in a displayed formula the bounds stand above and below by themselves.",
    ),
    r"\frac{\partial E_3}{\partial V} = (\hat{y}_3 - y_3) \otimes s_3": None,
    r"\text{softmax}(z)_i = \frac{e^{z_i}}{\sum_j e^{z_j}}": (
        r"a function in upright letters",
        r"\text{softmax}",
        r"Write \operatorname{tr}(…), \operatorname{softmax}(…), \tanh(…).",
    ),
    r"\sigma(z) = \frac{1}{1 + e^{-z}}": None,
    r"\sigma'(z) = \sigma(z) (1 - \sigma(z))": None,
    r"\rho(W) \le \lVert W \rVert_2 = \sigma_{\max}(W)": None,
    r"\delta_t = \text{diag}(f'(net_t)) \, W^\mathsf{T} \delta_{t+1}": (
        r"a function in upright letters",
        r"\text{diag}",
        r"Write \operatorname{tr}(…), \operatorname{softmax}(…), \tanh(…).",
    ),
    r"\vartheta_j(t) = f_j'(net_j(t)) \sum_i w_{ij} \vartheta_i(t+1)": (
        r"a sum or product, and nothing says from where to where",
        r"\sum_i",
        r"Write \sum_{k=1}^{T} or \prod_{T \ge j > k}.",
    ),
    r"\hat{\mathbf{g}} = \frac{c}{\lVert \hat g \rVert} \hat g": (
        r"an accent on an accent, or on more than a letter",
        r"\hat{\mathbf",
        r"Write \hat y_t: one accent, on one letter.",
    ),
    r"\frac{\partial L}{\partial h_t} = W_{hh}^\top \frac{\partial L}{\partial h_{t+1}}": (
        r"a product of two letters, or two indices?",
        r"hh",
        r"Write W_{i,j} for two indices. If they are a name, as in W_{hh}, take another letter.",
    ),
    r"P(y_t | x_1, \ldots, x_t) = a": (
        r"a bar may be an absolute value, a determinant, or a condition",
        r"|",
        r"Write \lvert a \rvert for the absolute value of a number, \lVert x \rVert for a norm.",
    ),
}


@pytest.mark.parametrize(("tex", "expected"), PRINTED.items(), ids=list(PRINTED))
def test_a_formula_as_printed_elsewhere_is_read_or_comes_with_a_way_to_mend_it(tex, expected):
    if expected is None:
        assert parse(tex).relations
        return
    problem, marked, advice = expected
    error = refused(tex)
    assert (error.problem, tex[slice(*error.span)], error.advice.splitlines()[0]) == (problem, marked, advice)


VALUES = {
    "A x + x y^\\top = y": (
        "Computed so far: A x is a column (2)<-(); x y^\\top is a matrix (2)<-(2).",
        r"Write \operatorname{diag}",
    ),
    "A x y = y": (
        "Computed so far: A is a matrix (2)<-(2); x is a column (2)<-(); y is a column (2)<-().",
        r"Of two columns write x^\top y for a number",
    ),
    r"x \cdot y = b": ("Computed so far: x is a column (2)<-(); y is a column (2)<-().", r"x \odot y entry by entry"),
    r"f(a) x y = b": ("Computed so far: f(a) is a number ()<-(); x is a column", "Of two columns"),
    r"x \odot A = b": ("Computed so far: x is a column (2)<-(); A is a matrix (2)<-(2).", ""),
    r"\frac{a}{x + y} = b": ("Computed so far: a is a number ()<-(); x + y is a column (2)<-().", "Divide by a number"),
    r"y = A_q x": ("q has no value", "if it is a name, as in W_f, take another letter"),
    r"\sum_{1 \le i \le n} s_i = b": ("n has no value", "if it is a number, give it one"),
    r"\mathbf{A} x = y": (r"\mathbf A is not defined on this page", "It is another letter than A, which is defined."),
    r"\hat A x = y": (r"\hat A is not defined on this page", "It is another letter than A, which is defined."),
}


@pytest.mark.parametrize(("tex", "expected"), VALUES.items(), ids=list(VALUES))
def test_a_formula_without_a_value_says_what_was_computed(tex, expected):
    message = examples.message(tex)
    assert all(words in message for words in expected)
    assert "^" in message


@pytest.mark.parametrize(
    ("tex", "problem", "place"),
    [
        (r"a = 1e-8", "a number as programs print it, or Euler's number e?", "1e-8"),
        (r"a = 3 b + 2.5e3", "a number as programs print it, or Euler's number e?", "5e3"),
        (r"\begin{aligned} a = b", r"\begin{aligned} has no end", r"\begin{aligned}"),
        (r"\begin{aligned} a = b \end{split}", r"\end{split} ends what has not begun", r"\end{split}"),
        (r"a = b \end{split}", r"\end{split} ends what has not begun", r"\end{split}"),
    ],
)
def test_what_the_grammar_would_let_pass_and_no_reader_would_see_is_refused(tex, problem, place):
    error = refused(tex)
    assert error.problem == problem
    assert tex[slice(*error.span)] == place
    assert error.advice


@pytest.mark.parametrize("tex", [r"a = 2 e^{-8}", r"a = 1 - e", r"a = e b", r"a = 10^{-8} + 2e"])
def test_eulers_number_is_read(tex):
    assert parse(tex).relations
