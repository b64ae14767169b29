r"""What is not in the language: how it is recognised, whether the answer is "not yet" or "never", and the way out.

`explain(text, position)` gives the most helpful reason why the grammar could not go on at a place. The table comes
first; then brackets that do not match, and characters that are no LaTeX; then what was read so far.
"""

from __future__ import annotations

import re
from typing import NamedTuple

from recompute.errors import AmbiguousError, FormulaError, NotYetError

NEAR = 2  # characters between a construct and the place where the grammar notices it
LONG = 60  # characters of what was read so far that are quoted
MORE = "The page “How formulas are checked here” lists what can be written."
BRACKET = r"(?=\s*(\\left|\\[bB]igg?l?)?\s*[(\[])"  # an opening bracket follows
FUNCTIONS = r"\\(tanh|exp|log|sinh|cosh|sin|cos)(?![a-zA-Z])"
WORDS = r"\\(text|textrm|textit|mathrm|mathit|mathsf|mathtt|rm)"


class Refusal(NamedTuple):
    """A construct outside the language: how it is recognised, why it is refused, what to write instead."""

    pattern: str
    error: type[FormulaError]
    problem: str
    advice: str
    example: str


NEVER, NOT_YET, WRONG = AmbiguousError, NotYetError, FormulaError
REFUSALS = (
    # powers, transposes, subscripts
    Refusal(
        r"\^\s*\{?\s*T\s*\}?(?![a-zA-Z_{}^])", NEVER, "a power T or a transpose?",
        r"For the transpose write ^\top; T is the last time step.",
        r"W^T s_1 = s_2"),
    Refusal(
        r"\^\s*\{?\s*(\\(mathsf|mathrm|mathit|text|rm)\s*\{?\s*[Tt]\s*\}?|\\intercal(?![a-zA-Z]))", NOT_YET,
        "another sign for the transpose",
        r"Write ^\top.",
        r"W^{\mathsf T} s_1 = s_2"),
    Refusal(
        r"\\dagger(?![a-zA-Z])", NEVER, "a dagger may be an adjoint or a pseudoinverse",
        r"Write ^\top for the transpose, and (A^\top A)^{-1} A^\top written out.",
        r"a = W^\dagger b"),
    Refusal(
        r"!", NOT_YET, "a factorial",
        r"Write \prod_{k=1}^{n} k.",
        r"a = n!"),
    Refusal(
        r"\\(leqslant|geqslant)(?![a-zA-Z])", NOT_YET, "another sign for \\le or \\ge",
        r"Write \le or \ge.",
        r"a \leqslant b"),
    Refusal(
        r"\\[lr]?(angle|floor|ceil)(?![a-zA-Z])", NOT_YET, "angle brackets, or rounding",
        r"Write a^\top b for an inner product.",
        r"a = \langle b, c \rangle"),
    Refusal(
        r"\\b?p?mod(?![a-zA-Z])", NOT_YET, "a remainder",
        "Nothing in this book needs one yet.",
        r"a = b \bmod c"),
    Refusal(
        r"_\s*\{[^{}]*:[^{}]*\}", NOT_YET, "a colon for a whole row or column",
        r"Write the product with a column, or name the row.",
        r"a = A_{1,:} b"),
    Refusal(
        r"\\(cdot|odot|otimes)\s*-", NOT_YET, "a minus right behind a product sign",
        r"Put brackets: a \cdot (-b).",
        r"a = b \cdot -c"),
    Refusal(
        r"\\(sum|prod)\s*_\s*\{[^{}=<>\\]*,[^{}]*\}", NOT_YET, "a sum over two indices at once",
        r"Write \sum_{i=1}^{n} \sum_{j=1}^{n}.",
        r"a = \sum_{i,j} W_{i,j}"),
    Refusal(
        r"\^\s*\{\s*-\s*\\top", NOT_YET, "the transpose of an inverse in one sign",
        r"Write (W^{-1})^\top.",
        r"a = W^{-\top} b"),
    Refusal(
        r"\\(sum|prod)(?![a-zA-Z])\s*(\\(no)?limits(?![a-zA-Z])\s*)?\^|\\(no)?limits(?![a-zA-Z])", NOT_YET,
        "a sum or product whose lower bound does not come first",
        r"Write \sum_{k=1}^{T}; in a displayed formula the bounds stand above and below by themselves.",
        r"a = \sum^{3}_{k=1} k"),
    Refusal(
        r"\^\s*(\{[^{}]*\}|\\[a-zA-Z]+|[^\\{])\s*_|'\s*_", NOT_YET, "an index behind a power or a prime",
        "Write the index first: x_2^{3}, s_2'.",
        "a = x^{3}_2"),
    Refusal(
        rf"_\s*\{{?\s*{WORDS}(?![a-zA-Z])", NOT_YET, "a word as an index",
        r"An index is a number or a letter that runs. For a name take another letter, or an accent as in \hat W.",
        r"a = W_{\mathrm{rec}} b"),
    Refusal(
        r"''|\^\s*\{?\s*\\prime", NOT_YET, "a second prime, or one written as a power",
        "Write s' for one derivative. For two give the first one a name and a formula of its own.",
        "a = s_2''"),
    Refusal(
        r"(?<=[])])\s*'", NOT_YET, "a prime behind the argument of a function",
        r"Write \tanh'(a) for the slope of tanh at a, and (\tanh(a))' for the derivative that a prime means here.",
        r"a = \tanh(b)'"),
    # signs with several readings
    Refusal(
        r"/", NEVER, "a slash leaves open what it divides by",
        r"Write \frac{…}{…}.",
        r"a = 1/2 b"),
    Refusal(
        r"\\partial\s*\^\s*\{?\+", NEVER,
        "the sign ∂⁺ means the total derivative in some texts and the immediate one in others",
        r"Write \frac{\mathrm d …}{\mathrm d …} for the total and \frac{\partial …}{\partial …} for the immediate one.",
        r"a = \frac{\partial^+ s_1}{\partial w}"),
    Refusal(
        r"\\times", NEVER, "a cross may be a product of numbers, of vectors, or of sets",
        r"Write a b or a \cdot b; \times stands in \mathbb R^{n \times m} alone.",
        r"a = b \times c"),
    Refusal(
        r"\*|\\(ast|star)(?![a-zA-Z])", NEVER, "a star may be a product, a convolution or an adjoint",
        r"Write a b or a \cdot b, and \odot entry by entry.",
        r"a = b * c"),
    Refusal(
        r"\\(circ|bullet)(?![a-zA-Z])", NEVER,
        "a ring may multiply entry by entry, or apply one function after another",
        r"Write \odot entry by entry, and u(v(w)) for functions.",
        r"a = b \circ c"),
    Refusal(
        r"\\(ldots|cdots|dots|vdots|ddots|dotsc|dotsb)(?![a-zA-Z])|…", NEVER, "dots leave open what they stand for",
        r"Write \sum_{k=1}^{T} or \prod_{T \ge j > k}.",
        r"a = b_1 + \cdots + b_3"),
    Refusal(
        r"(\\rVert|\\\|)\s*_\s*(?!2|\{\s*2\s*\})", NOT_YET, "a norm other than the Euclidean one",
        r"Write \lVert x \rVert; the Frobenius norm is \sqrt{\operatorname{tr}(W^\top W)}.",
        r"a = \lVert W \rVert_F"),
    Refusal(
        r"\\[bB]igg?\s*\\\||\\\||\\(Vert|parallel)(?![a-zA-Z])", NEVER,
        "a double bar does not say whether it opens or closes",
        r"Write \lVert … \rVert or \left\| … \right\| for a norm.",
        r"a = \|b\|"),
    Refusal(
        r"\||\\(vert|mid)(?![a-zA-Z])", NEVER, "a bar may be an absolute value, a determinant, or a condition",
        r"Write \lvert a \rvert for the absolute value of a number, \lVert x \rVert for a norm.",
        r"a = |b|"),
    Refusal(
        r"\\left\s*\.", NOT_YET, "a derivative at a point, written with a bar",
        "Define a function, u(w) = …, and write u'(w).",
        r"a = \left. b \right|_{w=1}"),
    Refusal(
        r"\\(pm|mp)(?![a-zA-Z])", NEVER, "two formulas in one",
        "Write both.",
        r"a = \pm b"),
    Refusal(
        r"\\quad(?![a-zA-Z])", NEVER, "a wide space may part two formulas",
        r"Write each formula on its own; \qquad stands before the range of an index.",
        r"a = b \quad c = d"),
    Refusal(
        r"\\equiv(?![a-zA-Z])", NEVER, "three bars may define, say that something holds always, or mean a remainder",
        "Write =.",
        r"a \equiv b"),
    Refusal(
        r"\\(sim|simeq|cong|asymp)(?![a-zA-Z])", NEVER,
        "a tilde may speak of a distribution, of growth, or of rough size",
        r"Write \approx with a printed number, or say it in prose.",
        r"a \sim b"),
    Refusal(
        r"\\(ll|gg|lesssim|gtrsim)(?![a-zA-Z])", NEVER, "much smaller or larger, and nothing says by how much",
        r"Write the factor: a \le 0.1 \cdot b.",
        r"a \ll b"),
    Refusal(
        r"\\(Alpha|Beta|Epsilon|Zeta|Eta|Iota|Kappa|Mu|Nu|Omicron|omicron|Rho|Tau|Chi)(?![a-zA-Z])", NEVER,
        "this Greek letter looks like a Latin one",
        "Write the Latin letter, or another Greek one.",
        r"\Alpha = b"),
    Refusal(
        r"\\mathbf\s*(\{\s*1\s*\}|1)|\\(mathbb|mathds|boldsymbol|bm)\s*(\{\s*1\s*\}|1)", NEVER,
        "a one in special type may be a column of ones, of whatever length, or an indicator",
        r"Write \mathbf 1_n for the column of n ones.",
        r"a = \mathbf 1^\top x"),
    Refusal(
        r"\\\{|\\\}|\\l?rbrace|\\lbrace", NEVER, "curly brackets may hold a set or an expression",
        r"Write ( … ) around an expression; an index has its range behind \qquad.",
        r"a = \{b + c\} d"),
    # sums and products
    Refusal(
        r"\\(sum|prod)\s*_\s*(\{\s*\\?[a-zA-Z]+\s*\}|\\[a-zA-Z]+|[a-zA-Z])|\\(sum|prod)(?![a-zA-Z])(?!\s*_)", NEVER,
        "a sum or product, and nothing says from where to where",
        r"Write \sum_{k=1}^{T} or \prod_{T \ge j > k}.",
        r"a = \sum_t s_t"),
    Refusal(
        r"\\(sum|prod)\s*_\s*\{[^{}]*\\in(?![a-zA-Z])", NOT_YET, "a sum or product over a set",
        r"Write \sum_{k=1}^{T} or \prod_{T \ge j > k}.",
        r"a = \sum_{k \in S} b_k"),
    # derivatives
    Refusal(
        r"\\partial\s*_", NOT_YET, "a derivative with its letter below the sign",
        r"Write \frac{\partial s}{\partial w} for the immediate and \frac{\mathrm d s}{\mathrm d w} for the total one.",
        r"a = \partial_w s_1"),
    Refusal(
        r"\\mathrm\s*(\{d\}|d)\s*\^|\\partial\s*\^", NOT_YET, "a second derivative",
        "Write it as two formulas.",
        r"a = \frac{\mathrm d^2 s_1}{\mathrm d w}"),
    Refusal(
        rf"(\\mathrm\s*(\{{d\}}|d(?![a-zA-Z]))|\\partial){BRACKET}", NOT_YET,
        "the derivative of an expression in brackets",
        r"Write \frac{\mathrm d}{\mathrm d w}(…) or \frac{\partial}{\partial w}(…).",
        r"a = \frac{\partial (b + c)}{\partial w}"),
    Refusal(
        r"\\partial(?![a-zA-Z])", NOT_YET, "a ∂ that is not over another ∂",
        r"Write \frac{\partial s}{\partial w}.",
        r"a = \partial s_1"),
    Refusal(
        r"\\nabla\s*_\s*\{[^{}]*\^", NOT_YET, "a gradient by a letter with something raised on it",
        r"Write the index below: \nabla_{h_t} E.",
        r"a = \nabla_{h^{(1)}} E"),
    Refusal(
        r"\\nabla\s*_\s*(\{(?:[^{}]|\{[^{}]*\})*\}|\\[a-zA-Z]+|[a-zA-Z])", NOT_YET, "the gradient of an expression",
        r"Give the expression a name in a formula of its own, L = …, and write \nabla_W L.",
        r"a = \nabla_W (E_1 + E_2)"),
    Refusal(
        r"\\nabla\s*[^\s_]", NEVER, "a gradient, and nothing says by what",
        r"Write \nabla_W E.",
        r"\nabla E = a"),
    Refusal(
        r"\\d?dot(?![a-zA-Z])", NOT_YET, "a dot for the derivative by time",
        r"Write \frac{\mathrm d s}{\mathrm d t}.",
        r"\dot s = a"),
    # functions
    Refusal(
        rf"{FUNCTIONS}\s*\^", NEVER, "a power of a function may be one of its value, or the inverse function",
        r"Write (\tanh a)^2.",
        r"a = \tanh^2 b"),
    Refusal(
        r"\\log\s*_", NOT_YET, "a logarithm to another base",
        r"Write \frac{\log a}{\log 2}.",
        r"a = \log_2 b"),
    Refusal(
        r"\\ln(?![a-zA-Z])", NOT_YET, "a second name for the logarithm",
        r"Write \log, which is the natural logarithm here.",
        r"a = \ln b"),
    Refusal(
        rf"{WORDS}\s*\{{\s*((tr|diag|vec|softmax|sign|sigmoid|tanh|exp|log|relu|ReLU)\s*\}}|[a-zA-Z]{{2,}}\s*\}}{BRACKET})",
        NOT_YET, "a function in upright letters",
        r"Write \operatorname{tr}(…), \operatorname{softmax}(…), \tanh(…).",
        r"a = \mathrm{tr}(W)"),
    Refusal(
        r"\\(arg)?(max|min)\s*_|\\operatorname\s*(\*|\{\s*arg)|\\(sup|inf|argmax|argmin)(?![a-zA-Z])", NOT_YET,
        "the largest or smallest of many",
        r"Write \max(a, b) for the larger of two numbers.",
        r"a = \max_t s_t"),
    Refusal(
        r"\\(max|min)\s*\(([^(),]*\)|[^(),]*,[^(),]*,)|\\(max|min)(?![a-zA-Z])", NOT_YET,
        "of two numbers in brackets the larger or smaller is taken",
        r"Write \max(a, b), or \max(a, \max(b, c)).",
        r"a = \max(b, c, d)"),
    Refusal(
        r"\\(tan|cot|arctan|arcsin|arccos|det|dim|ker|deg|Pr|arg|coth|sec|csc)(?![a-zA-Z])", NOT_YET,
        "a function that the language does not contain",
        r"Write it with \tanh, \exp, \log, \sin, \cos, \sinh, \cosh or \sqrt{…}, or define u(w) = … on the page.",
        r"a = \det(W)"),
    Refusal(
        rf"{FUNCTIONS}\s*'?|\\operatorname\{{[a-zA-Z]+\}}\s*'?", NOT_YET,
        "a function whose argument is not in brackets",
        r"Write \log(2); a single letter or a fraction may do without.",
        r"a = \log 2"),
    Refusal(
        r"\\mathbb\s*\{?\s*E", NOT_YET, "an expected value",
        "Write the sum that it stands for.",
        r"a = \mathbb E b"),
    Refusal(
        r"\\mathbb\s*\{?[^R\s{]", NOT_YET, r"a set other than \mathbb R",
        r"Write \mathbb R^{n} or \mathbb R^{n \times m}.",
        r"a \in \mathbb C"),
    Refusal(
        r"\\in(?![a-zA-Z])", NOT_YET, r"membership in another set than \mathbb R^{…}, or at the end of a chain",
        r"Write x \in \mathbb R^{n} as a formula of its own; a range of numbers is an inequality.",
        r"a \in (0, 1)"),
    Refusal(
        r"\[[^][]*[,;]", NOT_YET, "a list in square brackets",
        "Write what is computed with each part: W s + U x in place of a product with [s, x].",
        r"a = W [s_1, x]"),
    Refusal(
        r"(?<!\d),(?=\d{3}(?!\d))|(?<=\d),(?=\d{3}(?!\d))", NEVER, "a comma may part thousands, or two numbers",
        "Write 1000.",
        "a = 1,000"),
    Refusal(
        r"(?<!\d)\.(?=\d)", NOT_YET, "a number that begins with its point",
        "Write 0.5.",
        "a = .5"),
    Refusal(
        r"\((?:[^()]|\([^()]*\))*,", NOT_YET, "a function of several arguments",
        r"Write out what it computes: s_t = \tanh(U x_t + W s_{t-1}).",
        r"s_1 = f(s_0, x)"),
    Refusal(
        r"\\(int|oint|iint)(?![a-zA-Z])", NOT_YET, "an integral",
        "Nothing in this book needs one yet.",
        r"a = \int b"),
    # fractions and roots
    Refusal(
        r"\\[dt]?(frac|binom)(\s*\{[^{}]*\})?\s*[^{}\s]", NOT_YET, "a fraction or binomial without its braces",
        r"Write \frac{1}{2}, \binom{n}{k}.",
        r"a = \frac12 b"),
    Refusal(
        r"\\(over|choose|atop)(?![a-zA-Z])", NOT_YET, "an old way to write fractions",
        r"Write \frac{a}{b}, \binom{n}{k}.",
        r"a = {b \over c}"),
    Refusal(
        r"\\sqrt\s*[^{\s]", NOT_YET, "a root without its braces, or of another degree",
        r"Write \sqrt{a}, and a^{\frac{1}{3}} for other roots.",
        r"a = \sqrt[3]{b}"),
    # letters
    Refusal(
        r"\\(hat|tilde|bar|mathbf|mathcal|Delta)\s*\{\s*(?!(\\[a-zA-Z]+|[a-zA-Z])\s*\})[^{}]*", NOT_YET,
        "an accent on an accent, or on more than a letter",
        r"Write \hat y_t: one accent, on one letter.",
        r"a = \hat{\mathbf{g}} b"),
    Refusal(
        r"\\_", NOT_YET, "a name of several letters",
        r"Take one letter, or a letter with an accent as in \hat W.",
        r"a = F\_x b"),
    Refusal(
        r"\\Delta(?![a-zA-Z])", NOT_YET, "a Δ that belongs to no letter",
        r"Write \Delta W, which is one letter.",
        r"a = \Delta (b)"),
    Refusal(
        r"\\(boldsymbol|bm|pmb|vec|mathit|mathsf|mathtt|mathfrak|mathscr|widehat|widetilde|overline|underline|check)"
        r"(?![a-zA-Z])", NOT_YET, "a letter in a dress that the language does not know",
        r"Write \hat a, \tilde a, \bar a, \mathbf a or \mathcal a; each is a letter of its own.",
        r"a = \boldsymbol{W} b"),
    Refusal(
        r"\\infty", NOT_YET, "infinity",
        "Only limits at a finite point are computed.",
        r"a = \lim_{h \to \infty} b"),
    Refusal(
        rf"{WORDS}(?![a-zA-Z])|\\(textbf|mbox)\s*\{{", NOT_YET, "words inside a formula",
        r"Put them in the prose; \underbrace{…}_{\text{…}} may carry a remark.",
        r"a = b \text{ if } c"),
    # relations and what stands around formulas
    Refusal(
        r":=|=:|\\(coloneqq|triangleq|doteq|stackrel|overset)(?![a-zA-Z])", NOT_YET, "a sign that defines",
        "Write =; a code cell says which formulas define, page.define(label).",
        r"a := b"),
    Refusal(
        r"\\propto(?![a-zA-Z])", NOT_YET, "proportional to something, and the factor is left open",
        "Write the factor.",
        r"a \propto b"),
    Refusal(
        r"[<>!]=|==|\\not(?![a-zA-Z])", NOT_YET, "a relation that is written as in a program, or crossed out",
        r"Write \le, \ge, \ne or =.",
        r"a <= b"),
    Refusal(
        r"\\(Rightarrow|implies|iff|Leftrightarrow|to|mapsto|gets|leftarrow|rightarrow|longrightarrow|Longrightarrow"
        r"|xrightarrow)(?![a-zA-Z])", NOT_YET, "an arrow between formulas",
        "Write each formula on its own, with its own label.",
        r"a = b \implies c = d"),
    Refusal(
        r"\\(forall|exists|land|lor|wedge|vee)(?![a-zA-Z])", NOT_YET, "a word of logic",
        r"Write the range of an index behind \qquad: \qquad 1 \le t \le T.",
        r"\forall a = b"),
    Refusal(
        r"\\begin\s*\{([pbvVB]?matrix|smallmatrix|array|cases)\}", NOT_YET,
        "a matrix or a case distinction written out entry by entry",
        "Give the numbers in a code cell, and a letter in the formula.",
        r"W = \begin{pmatrix} a & b \end{pmatrix}"),
    Refusal(
        r"\\(begin|end)\s*\{(align|equation|eqnarray|multline|gather|alignat|flalign)\*?\}", NOT_YET,
        "an environment for a whole display",
        r"Write \begin{aligned} … \end{aligned} inside the dollar signs.",
        r"\begin{align} a = b \end{align}"),
    Refusal(
        r"\\(tag|label|ref|eqref)(?![a-zA-Z])", NOT_YET, "a label inside the formula",
        "Put it behind the closing dollar signs: $$ (a-label).",
        r"a = b \label{c}"),
    Refusal(
        r"\$|\\[][()]", WRONG, "a sign that begins or ends mathematics",
        "Leave it out: the formula has begun already.",
        r"a = $b$"),
)  # fmt: skip

UNICODE = {
    "∑": r"\sum_{k=1}^{T}", "∏": r"\prod_{T \ge j > k}", "∂": r"\partial", "∇": r"\nabla_W", "√": r"\sqrt{…}",
    "≤": r"\le", "≥": r"\ge", "≠": r"\ne", "≈": r"\approx", "∈": r"\in", "ℝ": r"\mathbb R", "∞": r"a finite point",
    "−": "-", "–": "-", "·": r"\cdot", "⋅": r"\cdot", "×": r"\cdot", "⊙": r"\odot", "⊗": r"\otimes", "⊤": r"^\top",
    "ᵀ": r"^\top", "²": "^2", "³": "^3", "′": "'", "’": "'", "‖": r"\lVert … \rVert", "ŷ": r"\hat y",
    "α": r"\alpha", "β": r"\beta", "γ": r"\gamma", "Γ": r"\Gamma", "δ": r"\delta", "Δ": r"\Delta", "ε": r"\epsilon",
    "η": r"\eta", "θ": r"\theta", "Θ": r"\Theta", "κ": r"\kappa", "λ": r"\lambda", "Λ": r"\Lambda", "μ": r"\mu",
    "ν": r"\nu", "ξ": r"\xi", "π": r"\pi", "ρ": r"\rho", "σ": r"\sigma", "Σ": r"\Sigma", "τ": r"\tau", "φ": r"\phi",
    "ϕ": r"\phi", "Φ": r"\Phi", "χ": r"\chi", "ψ": r"\psi", "Ψ": r"\Psi", "ω": r"\omega", "Ω": r"\Omega",
    "½": r"\frac{1}{2}", "ℓ": r"\ell",
}  # fmt: skip
BRACKET_SIGNS = re.compile(
    r"%[^\n]*|\\\\|\\[{}]"  # comments, new rows and printed braces, which are no brackets
    r"|(?P<opens>[({[]|\\(left|[bB]igg?l)\s*\\?\||\\l[vV]ert(?![a-zA-Z]))"
    r"|(?P<closes>[])}]|\\(right|[bB]igg?r)\s*\\?\||\\r[vV]ert(?![a-zA-Z]))"
)
CLOSING = {"(": ")", "[": "]", "{": "}"}


def explain(text: str, position: int) -> FormulaError:
    """The most helpful reason why `text` cannot be read on at `position`."""
    for pattern, kind, problem, advice, _ in REFUSALS:
        for match in re.finditer(pattern, text):
            if _is_cause(match, text, position):
                return kind(problem, advice, span=match.span())
    foreign = text[position : position + 1]
    if foreign in UNICODE or not foreign.isascii():
        advice = f"Write {UNICODE[foreign]}." if foreign in UNICODE else "Write it in LaTeX."
        problem = f"the character {foreign!r} is not read: formulas are written in plain LaTeX"
        return NotYetError(problem, advice, span=(position, position + 1))
    return _unbalanced(text, position) or _unknown(text, position)


def _is_cause(match: re.Match[str], text: str, position: int) -> bool:
    """Whether the grammar stopped in a construct, at its beginning, or right behind it."""
    start, end = match.span()
    return (
        start <= position < end or abs(start - position) <= NEAR or (end <= position and not text[end:position].strip())
    )


def _unbalanced(text: str, position: int) -> FormulaError | None:
    """The first bracket that closes nothing or is never closed, if the grammar stopped at it or behind it."""
    waiting: list[tuple[str, tuple[int, int]]] = []
    for match in BRACKET_SIGNS.finditer(text):
        if match["opens"]:
            waiting.append((CLOSING.get(match[0]) or _bar(match[0]), match.span()))
        elif match["closes"]:
            closing = match[0] if match[0] in CLOSING.values() else _bar(match[0])
            if waiting and waiting[-1][0] == closing:
                waiting.pop()
            elif match.start() > position:
                return None
            else:
                advice = (
                    f"Before it, {waiting[-1][0]} is expected." if waiting else "Open one before it, or leave it out."
                )
                return FormulaError(
                    "this bracket closes nothing", f"{advice}\n{read_so_far(text, match.start())}", span=match.span()
                )
    if not waiting or waiting[0][1][0] > position:
        return None
    closing, span = waiting[0]
    return FormulaError(
        "this bracket is never closed",
        f"Write {closing} behind what it holds.\n{read_so_far(text, position)}",
        span=span,
    )


def _bar(sign: str) -> str:
    """What closes a bar: of a norm or of an absolute value."""
    return r"\rVert" if "V" in sign or r"\|" in sign else r"\rvert"


def _unknown(text: str, position: int) -> FormulaError:
    """What stands at a place where the grammar has no use for it."""
    advice = f"{read_so_far(text, position)}\n{MORE}"
    if position >= len(text):
        return FormulaError("the formula ends too early", advice, span=(max(len(text) - 1, 0), len(text)))
    found = re.match(r"\\[a-zA-Z]+|\\.|.", text[position : position + LONG], re.DOTALL)
    width = len(found[0]) if found else 1
    problem = f"{text[position : position + width]} cannot stand here"
    return FormulaError(problem, advice, span=(position, position + width))


def read_so_far(text: str, position: int) -> str:
    """What stands before the place, on its line, shortened from the left."""
    line = text[text.rfind("\n", 0, position) + 1 : position].strip()
    understood = f"… {line[-LONG:].strip()}" if len(line) > LONG else line
    return f"Read so far: {understood}" if understood else "Nothing was read before it."
