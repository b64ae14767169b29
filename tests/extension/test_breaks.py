"""What breaks the build: every bad input, on the first build and on the second, with its place and what to do.

The bad inputs stand together in one book, one message is looked for at a time. Then the whole book is mended.
"""

from __future__ import annotations

from dataclasses import dataclass

import pytest

LETTERS = """
import numpy as np
from recompute import page
def letters(seed):
    draw = np.random.default_rng(seed).normal
    columns = {"u": draw(size=3), "v": draw(size=3), "x": draw(size=5)}
    matrices = {name: draw(size=(3, 3)) for name in "AB"}
    return {"a": draw(), "b": draw(), "c": draw(), **matrices, **columns}
page.draw(letters, sequences=["x"])
"""
CHECK_ALL = f"```{{code-cell}} python\n{LETTERS}page.check()\n```\n"

pytestmark = pytest.mark.xdist_group("breaks")  # one worker builds the book for all


@dataclass(frozen=True)
class Case:
    """Something bad on a page, what it should be, and what the message about it says.

    Attributes:
        bad, good: text of the page; `bad` stands on it once.
        at: words on the line that the message names.
        says: texts that the message holds.
        page: on which page it stands.
    """

    bad: str
    good: str
    at: str
    says: tuple[str, ...]
    page: str = "formulas"


def displayed(tex, label):
    return f"$$\n{tex}\n$$ ({label})\n"


def wrong(tex, right, label, *says, around="{}"):
    """A displayed formula with a comment before it, by which its line is found."""
    opening = f"<!-- {label} -->\n"
    bad, good = (opening + around.format(displayed(formula, label)) for formula in (tex, right))
    return Case(bad, good, f"<!-- {label} -->", (f"({label})", tex, *says))


TWO_SIDES = ("left side", "right side", "residual", "allowed", "Mend the formula")
MISPRINTS = {
    "sign": (r"(a - b)(a + b) = a^2 + b^2", r"(a - b)(a + b) = a^2 - b^2"),
    "index": (r"\sum_{t=1}^{T} x_t = x_1 + \sum_{t=2}^{T} x_{t-1}", r"\sum_{t=1}^{T} x_t = x_1 + \sum_{t=2}^{T} x_t"),
    "transpose": (r"u^\top A v = v^\top A u", r"u^\top A v = v^\top A^\top u"),
    "order": (r"(A B)^\top = A^\top B^\top", r"(A B)^\top = B^\top A^\top"),
}
EXERCISE = ":::{{exercise}} Why\nWhy?\n:::\n\n"
PLACES = {"text": "{}", "dropdown": ":::{{dropdown}} More\n{}:::\n", "solution": EXERCISE + ":::{{solution}}\n{}:::\n"}
CASES = {
    f"{name} in {place}": wrong(*formulas, f"{name}-{place}", "^", *TWO_SIDES, around=around)
    for name, formulas in MISPRINTS.items()
    for place, around in PLACES.items()
}
CASES |= {
    "vanishing summand": wrong("a + 0 b = a", "a + b = b + a", "vanishing", "vacuous", "    ^^^", "Draw the letters"),
    "infinity": wrong(r"\frac{a}{b - b} = a", r"\frac{a}{b} b = a", "infinite", "inf", "^^^^", "division by zero"),
    "nan": wrong(r"\frac{a - a}{b - b} = a", r"\frac{a - b}{b - a} = -1", "nan", "nan", "^^^^", "division by zero"),
    "outside the language": wrong(r"a \wr b = c", "a - b = -b + a", "language", r"\wr", "^^^", "can be written"),
    "unknown letter": wrong("a + q = q + a", "a + c = c + a", "letter", "q = q + a", "^", "Define it"),
    "row and column": wrong(r"u = u^\top", "u + v = v + u", "shape", "column", "row", "^", r"\top missing"),
}


def line_after(case, book):
    """The line that the message names: for a displayed formula its first, for all others that of `at`."""
    line = book.line(case.page, case.at)
    if not case.at.startswith("<!--"):
        return line
    lines = (book.docs / f"{case.page}.md").read_text(encoding="utf-8").splitlines()
    return next(number for number, text in enumerate(lines, 1) if number > line and text == "$$") + 1


CASES |= {
    "sign in a chain": Case(
        "&= a b - a c", "&= a b + a c", "&= a b - a c", ("(chain) fails", "    &= a b - a c\n     ^", *TWO_SIDES)
    ),
    "no cell checks it": Case(
        'skipped = {"nobody"}',
        "skipped = set()",
        "<!-- nobody -->",
        ("(nobody) unchecked", "    b a = a b", "page.check()"),
    ),
    "no label": Case(
        "$$\nc + a = a + c\n$$\n",
        displayed("c + a = a + c", "labelled"),
        "<!-- no label -->",
        ("unchecked", "no label", "    c + a = a + c", "(a-label)"),
    ),
    "inline in the text": Case(
        "says $a b = b a$", "says {claim}`a b = b a`", "says $a b = b a$", ("a b = b a", "{claim}`a b = b a`")
    ),
    "inline in a table": Case(
        "| $a + 1 = 1 + a$ |", "| {claim}`a + 1 = 1 + a` |", "| $a + 1 = 1 + a$ |", ("{claim}`a + 1 = 1 + a`",)
    ),
    "inline in a caption": Case(
        "Where $a + 2 = 2 + a$", "Where {claim}`a + 2 = 2 + a`", "Where $", ("{claim}`a + 2 = 2 + a`",)
    ),
    "inline in a heading": Case(
        "## On $a + 3 = 3 + a$", "## On {claim}`a + 3 = 3 + a`", "## On $", ("{claim}`a + 3 = 3 + a`",)
    ),
    "inline in a solution": Case(
        "so $a + 4 = 4 + a$", "so {claim}`a + 4 = 4 + a`", "so $a + 4", ("{claim}`a + 4 = 4 + a`",)
    ),
    "false claim": Case(
        "{claim}`a \\le a - 1`",
        "{claim}`a \\le a + 1`",
        "{claim}`a \\le a - 1`",
        (r"a \le a - 1", "fails", "left side"),
    ),
    "check of nothing": Case(
        'page.check("nothere")', "", 'page.check("nothere")', ("names no formula", "'nothere'", "sign-text")
    ),
    "definition against itself": Case(
        'page.check("product")', "", "<!-- product -->", ("(product)", "d = a b", "  ^", "page.define(label, by=…)")
    ),
    "definition that the hand denies": Case(
        '"f": a - b', '"f": a + b', "<!-- minus -->", ("(minus) fails", "f = a + b", "left side", "residual")
    ),
    "check, then refute": Case(
        'page.check("both"); page.refute("both")',
        'page.refute("both")',
        "<!-- both -->",
        ("(both) fails", "residual", "page.refute"),
    ),
    "label twice on a page": Case(
        "a a = a^2\n$$ (twice)",
        "a a = a^2\n$$ (once)",
        "<!-- second -->",
        ("(twice)", "stands twice", "a a = a^2", "another label"),
    ),
    "other formula of one label": Case(
        "", "", "a a = a^2", ("(twice) unchecked", "not the one on the page", "    a a = a^2")
    ),
    "label twice in the book": Case(
        "(elsewhere)",
        "(here)",
        "<!-- elsewhere -->",
        ("(elsewhere)", "stands twice", "formulas, line", "another label"),
        "raises",
    ),
    "mathematics from a cell": Case('display(Latex("$$a = a$$"))', "", "display(", ("unchecked", "a = a"), "latex"),
    "cell raises": Case(
        "    1 / 0  # in a function",
        "    1",
        "1 / 0  # in a function",
        ("raised ZeroDivisionError", "    1 / 0  # in a function", "Mend the cell"),
        "raises",
    ),
    "syntax error": Case(
        "good = = 2", "good = 2", "good = = 2", ("raised SyntaxError", "good = = 2", "Mend the cell"), "syntax"
    ),
    "cell writes to stderr": Case(
        'print("dear me", file=sys.stderr)', "", "import sys", ("wrote to stderr", "    dear me"), "stderr"
    ),
    "cell kills Python": Case("os._exit(3)", "", "os._exit(3)", ("Python died in this cell",), "dies"),
    "cell never ends": Case(
        "while True: pass", "", "while True", ("did not end within 8 seconds", "recompute_timeout"), "endless"
    ),
    "unknown setting": Case(
        "recompute:\n  users: [state]",
        "recompute:\n  use: []",
        "recompute:",
        ("takes use, abbreviations and prime", "users"),
        "head",
    ),
    "head is no YAML": Case("recompute: [", "recompute:", "recompute: [", ("not YAML",), "yaml"),
    "unknown shared definition": Case(
        "use: [nowhere]", "use: [shared]", "recompute:", ("nowhere", "shared definitions are shared"), "use"
    ),
    "unknown abbreviation": Case(
        "abbreviations: [nowhere]", "abbreviations: []", "recompute:", ("nowhere", "abbreviations"), "abbreviations"
    ),
    "unresolved {ref}": Case("{ref}`nowhere-1`", "", "{ref}`nowhere-1`", ("nowhere-1",), "links"),
    "unresolved {eq}": Case("{eq}`nowhere-2`", "", "{eq}`nowhere-2`", ("nowhere-2",), "links"),
    "unresolved {doc}": Case("{doc}`nowhere-3`", "", "{doc}`nowhere-3`", ("nowhere-3",), "links"),
    "missing anchor": Case("[words](#nowhere-4)", "", "[words](#nowhere-4)", ("nowhere-4",), "links"),
    "missing page": Case("[words](nowhere-5.md)", "", "[words](nowhere-5.md)", ("nowhere-5",), "links"),
    "image without words": Case(
        "![](dot.png)", "![A dot](dot.png)", "![](dot.png)", ("no alternative text", "say in one sentence"), "links"
    ),
}

FORMULAS = """# Formulas

{formulas}

$$
\\begin{{aligned}}
a (b + c) &= b a + c a \\\\
&= a b - a c
\\end{{aligned}}
$$ (chain)

<!-- nobody -->
$$
b a = a b
$$ (nobody)

<!-- no label -->
$$
c + a = a + c
$$

A sentence with $t$ and $\\sum_{{t=1}}^T E_t$ claims nothing, one line on
it says $a b = b a$, and {{claim}}`a \\le a - 1`.

| letter | meaning |
|--|--|
| $a + 1 = 1 + a$ | nothing |

:::{{figure}} dot.png
:alt: A dot

Where $a + 2 = 2 + a$
:::

## On $a + 3 = 3 + a$

:::{{exercise}} Four
Why?
:::

:::{{solution}}
It is
so $a + 4 = 4 + a$.
:::

<!-- product -->
$$
d = a b
$$ (product)

<!-- minus -->
$$
f = a + b
$$ (minus)

<!-- both -->
$$
a + b = a - b
$$ (both)

$$
a^2 = a a
$$ (twice)

<!-- second -->
$$
a a = a^2
$$ (twice)

<!-- other -->
$$
a^3 = a a^2
$$ (elsewhere)

```{{code-cell}} python
:tags: [remove-output]
{letters}
skipped = {{"nobody"}}

page.define("product", "minus", by=lambda a, b, **_: {{"d": a * b, "f": a - b}})
page.check("product")
page.check("both"); page.refute("both")
page.check(*(name for name in page.unjudged() if name not in skipped))
page.check("nothere")
```
"""
CELL = "# {title}\n\n```{{code-cell}} python\n{code}\n```\n"


def cell(title, code, head=""):
    return f"{head}# {title}\n\n```{{code-cell}} python\n{code}\n```\n"


BY_HAND = """from recompute import page
page.draw({"a": 2.0})
page.define("shared", by=lambda a: {"g": a})"""
RAISES = """```{code-cell} python
:tags: [hide-input]

def inner():
    1 / 0  # in a function

inner()
```
"""
LINKS = """# Links

{ref}`nowhere-1`

{eq}`nowhere-2`

{doc}`nowhere-3`

[words](#nowhere-4)

[words](nowhere-5.md)

![](dot.png)
"""
PAGES = {
    "formulas": FORMULAS.format(
        formulas="\n".join(case.bad for case in CASES.values() if case.bad.startswith("<!--")), letters=LETTERS
    ),
    "notation": displayed("g = 1 + 1", "shared").join(["# Notation\n\n", cell("By hand", BY_HAND)[2:]]),
    "raises": "# Raises\n\n<!-- elsewhere -->\n" + displayed("a^2 a = a^3", "elsewhere") + CHECK_ALL + RAISES,
    "syntax": cell("Syntax", "fine = 1\ngood = = 2"),
    "stderr": cell("Stderr", 'import sys\nprint("dear me", file=sys.stderr)'),
    "latex": cell("Latex", 'from IPython.display import Latex, display\ndisplay(Latex("$$a = a$$"))'),
    "dies": cell("Dies", "import os") + cell("Here", "os._exit(3)")[2:],
    "endless": cell("Endless", "while True: pass"),
    "head": cell("Head", "1", "---\ntitle: Head\nrecompute:\n  users: [state]\n---\n"),
    "yaml": cell("YAML", "1", "---\nrecompute: [\n---\n"),
    "use": cell("Use", "1", "---\nrecompute:\n  use: [nowhere]\n---\n"),
    "abbreviations": cell("Abbreviations", "1", "---\nrecompute:\n  abbreviations: [nowhere]\n---\n"),
    "links": LINKS,
}
DOT = bytes.fromhex(
    "89504e470d0a1a0a0000000d4948445200000001000000010806000000"
    "1f15c4890000000d49444154789c6360000002000001e221bc330000000049454e44ae426082"
)


@pytest.fixture(scope="module")
def builds(make_book):
    """The bad book built twice, and the mended one."""
    book = make_book(timeout=8)
    listed = "\n".join(PAGES)
    book.write(index=f"# Book\n\n```{{toctree}}\n:numbered:\n{listed}\nledger\n```\n", **PAGES)
    (book.docs / "dot.png").write_bytes(DOT)
    lines = {name: line_after(case, book) for name, case in CASES.items()}
    outcomes = {"first": book.build_apart("-j", "2"), "second": book.build()}
    for case in CASES.values():
        book.edit(f"docs/{case.page}.md", case.bad, case.good)
    outcomes["mended"] = book.build()
    outcomes["again"] = book.build()
    return lines, outcomes


@pytest.mark.parametrize("build", ["first", "second"])
@pytest.mark.parametrize("name", CASES)
def test_a_bad_input_is_reported_with_its_place(builds, name, build):
    lines, outcomes = builds
    case, outcome = CASES[name], outcomes[build]
    assert outcome.status == 1
    there = [message for message in outcome.messages if message.page == case.page]
    found = [message for message in there if all(words in message.text for words in case.says)]
    assert found, [message.text.partition("\n")[0] for message in there]
    assert lines[name] in {message.line for message in found}, found


def test_the_second_build_says_the_same_as_the_first(builds):
    _, outcomes = builds
    first, second = (
        {(m.page, m.line, m.text.strip()) for m in outcomes[build].messages if "[ref.equation]" not in m.text}
        for build in ("first", "second")
    )  # Sphinx itself notices a label of two pages only if one process reads both
    assert first == second


def test_nothing_else_is_reported(builds):
    lines, outcomes = builds
    allowed = {(case.page, lines[name]) for name, case in CASES.items()}
    others = [m for m in outcomes["second"].messages if (m.page, m.line) not in allowed and "uplicate" not in m.text]
    assert "\n".join(f"{m.page}:{m.line}: {m.text}" for m in others) == ""


@pytest.mark.parametrize("build", ["mended", "again"])
def test_a_mended_book_is_green(builds, build):
    _, outcomes = builds
    assert outcomes[build].said == ""
    assert outcomes[build].status == 0
