import multiprocessing
import re
from itertools import pairwise

import pytest
import typeset
from sphinx.builders.html import StandaloneHTMLBuilder

FORMULAS = [
    r"s_t = \tanh(U x_t + W s_{t-1} + b)",
    r"\begin{aligned} a &= b \\ &= c \end{aligned}",
    r"[\text{条件}] = \begin{cases} 1 & \text{若 } i = j \\ 0 & \text{否则} \end{cases}",
    r"D = \begin{pmatrix} 1 - s_1^2 & 0 \\ 0 & 1 - s_2^2 \end{pmatrix}",
    r"\underbrace{\frac{\partial s_3}{\partial w}}_{\text{immediate}} + \sum_{\substack{i \\ j}} \{ x_{ij} \}",
    r"\prod_{t \ge j > k} \frac{\partial s_j}{\partial s_{j-1}}",
]

REFUSED = [  # formula, part of the message, the first character that is wrong (None: the formula as a whole)
    (r"s_t = \tanh}(x)", "Expected 'EOF', got '}'", 12),
    (r"a \foo b", r"Undefined control sequence: \foo", 3),
    (r"\frac{a}{", "Unexpected end of input", 10),
    (r"\begin{align} a &= b \\ c &= } \end{align}", "Expected & or", 30),
    ("损", "used in math mode", 1),
    (r"a \\ b", r"\\ breaks no line here", 3),
    (r"\left\{ a \right\} \\ b", r"\\ breaks no line here", 20),
    ("a\n\nb", "a blank line does not separate formulas", 2),
    (r"\textcolor{red}{x}", r"use \htmlClass", 1),
    (r"a \tag{7}", "the number comes from the label", 3),
    (r"\href{x}{y}", "a command that is not let through", None),
    (r"\sigma_{\max}", r"\sigma_{\mathrm{max}}, not \sigma_{\max}", None),
    (r"a^{\tanh}", "<msup> holds mi mi mo", None),
    (r"\overset{!}{\frac a b}", "<mi> holds mover", None),
    (r"\stackrel{!}{=}", "<mo> holds mover", None),
]

ACCEPTED = [
    r"\sigma_{\mathrm{max}}",
    r"a^{\mathrm{tanh}}",
    r"\underbrace{\frac a b}_{!}",
    r"\max_i x_i",
    r"\htmlClass{term}{x}",
    r"\begin{aligned} a &= b \\ &= c \end{aligned}",
]


@pytest.mark.parametrize("tex", FORMULAS)
@pytest.mark.parametrize("display", [True, False])
def test_a_formula_becomes_html_and_mathml(tex, display):
    html = typeset.render(tex, display)
    assert html.count("<math") == html.count('class="katex-html"') == 1
    assert "<script" not in html
    assert ('class="katex-display"' in html) == display


@pytest.mark.parametrize("tex", FORMULAS)
def test_the_same_formula_is_set_identically_by_a_fresh_engine(tex):
    first = typeset.render(tex, display=True)
    typeset.engine.cache_clear()
    typeset.set_formula.cache_clear()
    assert typeset.render(tex, display=True) == first


@pytest.mark.skipif("fork" not in multiprocessing.get_all_start_methods(), reason="Sphinx works in one process then")
@pytest.mark.filterwarnings("ignore::DeprecationWarning")  # forking beside threads: pytest-xdist has one
def test_the_engine_survives_a_fork():
    first = typeset.render(FORMULAS[0], display=True)
    with multiprocessing.get_context("fork").Pool(1) as pool:
        typeset.set_formula.cache_clear()
        assert pool.apply(typeset.render, (FORMULAS[0], True)) == first


@pytest.mark.parametrize(("tex", "message", "character"), REFUSED)
def test_an_error_quotes_the_formula_and_the_place(tex, message, character):
    with pytest.raises(typeset.TypesettingError) as caught:
        typeset.render(tex, display=True)
    first, *quoted = str(caught.value).split("\n")
    assert message in first
    assert [row[4:] for row in quoted if row.strip() != "^"] == tex.split("\n")
    if character is None:
        assert "character" not in first
    else:
        assert f"from character {character} on" in first
        row, caret = next((a, b) for a, b in pairwise(quoted) if b.strip() == "^")
        before = "\n".join(quoted[: quoted.index(row)])
        offset = len(before.replace("    ", "")) + bool(before)
        assert caret.index("^") - 4 + offset == character - 1


@pytest.mark.parametrize("tex", ACCEPTED)
def test_the_way_out_that_a_message_names_is_accepted(tex):
    assert typeset.render(tex, display=True)


def test_macros_belong_to_the_call():
    written_out = typeset.render(r"\mathbb{E}", display=True)
    short = typeset.render(r"\E", display=True, macros=[(r"\E", r"\mathbb{E}")])
    assert re.sub(r"<annotation.*?</annotation>", "", short) == re.sub(r"<annotation.*?</annotation>", "", written_out)
    with pytest.raises(typeset.TypesettingError, match="Undefined control sequence"):
        typeset.render(r"\E", display=False)


def test_align_brings_no_number_of_its_own():
    assert "eqn-num" not in typeset.render(r"\begin{align} a &= b \\ &= c \end{align}", display=True)


PAGE = r"""# One

See {eq}`wide`. In the text $s_t = \tanh a_t$, and $\sigma$.

$$
a = b + c + d + e + f + g + h + i + j + k + l + m + n + o + p + q + r + s + t + u + v + w + x + y + z + \alpha + \beta
$$ (wide)

$$ x^2 $$

| a | b |
|--|--|
| $c$ | d |
"""


def test_a_displayed_formula_has_its_number_outside_of_the_box_that_scrolls(build):
    book = build(index=PAGE)
    assert (book.status, book.warnings) == (0, "")
    equation = re.search(r'<div class="equation" id="equation-wide">(.*)</div>\n', book.article())[1]
    body, number = equation.split('</div><span class="eqno">')
    assert body.startswith(
        '<div class="eqbody" tabindex="0" role="group" aria-label="Equation (1)"><span class="katex-display">'
    )
    assert number.startswith('(1)<a class="headerlink" href="#equation-wide"')
    assert 'href="#equation-wide">(1)</a>' in book.article().replace("<span>", "").replace("</span>", "")


def test_the_box_scrolls_and_the_number_stands_in_the_row(build):
    css = (build(index=PAGE).out / "_static" / "book.css").read_text(encoding="utf-8")
    rules = {selector.strip(): body for selector, body in re.findall(r"^(\.[^{}@]+)\{([^}]*)\}", css, re.MULTILINE)}
    assert "display: flex" in rules[".equation"]
    assert {"min-width: 0", "overflow-x: auto"} <= {part.strip() for part in rules[".eqbody"].split(";")}
    assert "flex: none" in rules[".eqmark, .equation .eqno"]
    assert not [selector for selector, body in rules.items() if "eqno" in selector and "absolute" in body]


def test_no_id_occurs_twice_and_furos_boxes_are_gone(build):
    ids = re.findall(r'\sid="([^"]*)"', (html := build(index=PAGE).html()))
    assert len(ids) == len(set(ids))
    assert "math-wrapper" not in html
    assert html.count('class="table-wrapper') == 1


def test_no_page_holds_a_script_for_formulas_or_asks_another_host(build):
    book = build(index=PAGE)
    assert "mathjax" not in book.html().lower()
    assert not re.search(r"<script[^>]*katex", book.html())
    for file in book.out.rglob("*"):
        if file.suffix in {".html", ".css"}:
            text = re.sub(r"<a\s[^>]*>", "", file.read_text(encoding="utf-8"))
            assert not re.findall(r"""(?:src|href|srcset|action)\s*=\s*["']?(?:https?:)?//[^"'> ]+""", text), file
            assert not re.findall(r"""(?:url\(|@import)\s*["']?(?:https?:)?//[^"') ]+""", text), file


def test_every_formula_that_cannot_be_set_is_listed_with_its_place(build, tmp_path):
    page = "# One\n\n$$\ns_t = \\tanh}(x)\n$$ (curly)\n\nText $a \\foo b$ and\n$\\sigma_{\\max}$.\n"
    book = build(index=page)
    assert book.status == 1
    place = f"{tmp_path}/docs/index.md"
    assert f"{place}:3: WARNING: the formula (curly) cannot be set from character 12 on: " in book.warnings
    assert "    s_t = \\tanh}(x)\n               ^" in book.warnings
    assert f"{place}:7: WARNING: a formula cannot be set from character 3 on: " in book.warnings
    assert "its MathML would be invalid (<msub> holds mi mi mo)" in book.warnings
    assert book.article().count('<code class="formula-error">') == 3


def test_red_stays_red_until_it_is_mended(build):
    good, bad = "# One\n\n```{toctree}\ntwo\n```\n", "# Two\n\n$\\foo$\n"
    assert build(index=good, two=bad).status == 1
    second = build()
    assert second.status == 1
    assert "two.md:3: WARNING: a formula cannot be set" in second.warnings
    assert build(two="# Two\n\n$x$\n").status == 0
    assert build().status == 0


def test_an_interrupted_build_forgets_nothing(build, monkeypatch):
    def interrupt(_builder):
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(StandaloneHTMLBuilder, "finish", interrupt)
        with pytest.raises(KeyboardInterrupt):
            build(index="# One\n\n$\\foo$\n")
    assert build().status == 1


def test_a_warning_of_no_page_lets_every_page_be_read_again(build):
    book = build(index="# One\n\nText {doc}`nowhere`.\n")
    assert (book.status, build().status) == (1, 1)
    (book.out.parent / "trees" / "red-pages.txt").write_text("*")
    assert build().status == 1


def test_several_processes_write_the_same_pages(build):
    pages = {f"p{i}": f"# Page {i}\n\n$$\nx_{i} = {i}\n$$ (f{i})\n" for i in range(12)}
    pages["index"] = "# Book\n\n```{toctree}\n:numbered:\n:glob:\np*\n```\n"
    alone = build(**pages)
    before = {page: alone.html(page) for page in pages}
    together = build(jobs=2, fresh=True)
    assert together.warnings == ""
    assert {page: together.html(page) for page in pages} == before


def test_a_mark_stands_between_the_formula_and_its_number(build, monkeypatch):
    plain = typeset.OneIdEach.run

    def mark(transform, **given):
        plain(transform, **given)
        for node in transform.document.findall(lambda node: node.tagname in {"math", "math_block"}):
            node["mark"] = "<b>holds</b>"

    monkeypatch.setattr(typeset.OneIdEach, "run", mark)
    article = build(index=PAGE).article()
    assert '</div><div class="eqmark"><b>holds</b></div><span class="eqno">(1)' in article
    assert re.search(r'<span class="math short"><span class="katex">.*?<b>holds</b>&#8288;</span>, and', article)


@pytest.mark.parametrize("tex", dict.fromkeys([*FORMULAS, *ACCEPTED]))
def test_mathml_alone_is_the_mathml_of_the_whole(tex):
    alone = typeset.render(tex, display=True, output="mathml")
    assert "katex-html" not in alone
    assert typeset.mathml(alone) == typeset.mathml(typeset.render(tex, display=True))


@pytest.mark.parametrize(("tex", "message", "position"), REFUSED)
def test_mathml_alone_is_judged_as_the_whole_is(tex, message, position):
    with pytest.raises(typeset.TypesettingError) as raised:
        typeset.render(tex, display=True, output="mathml")
    assert message in str(raised.value)
    assert position is None or f"from character {position} on" in str(raised.value)
