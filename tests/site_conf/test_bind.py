"""The pages of the site are bound into one page without losing a link, a number or a verdict."""

import importlib.util
import re
from pathlib import Path

import pytest

PDF = Path(__file__).parents[2] / "conf" / "pdf"
SPEC = importlib.util.spec_from_file_location("bind", PDF / "bind.py")
bind = importlib.util.module_from_spec(SPEC)
SPEC.loader.exec_module(bind)

MATH = (
    '<span class="math short"><span class="katex"><span class="katex-mathml"><math><semantics><mrow></mrow>'
    '<annotation encoding="application/x-tex">s_2</annotation></semantics></math></span>'
    '<span class="katex-html" aria-hidden="true">s2</span></span>&#8288;</span>'
)
VERDICT = (
    '<details class="verdict exact"><summary aria-label="Verdict" title="exact">✓</summary><div><dl><dt>verdict</dt>'
    '<dd>exact</dd><dt>more</dt><dd><a href="ledger.html#formula-one">this formula in the ledger</a></dd></dl></div>'
    "</details>"
)
LEDGER = (
    '<section id="ledger"><h1>Ledger</h1><div class="ledger-rows"><details class="exact"><summary>'
    "<b>✓<i>exact</i></b> <span>(1.1)</span> <code>a = b</code></summary>"
    '<p id="formula-one">residual 3 · 10⁻¹⁶<br>allowed 1<br>'
    '<a href="one.html#equation-one">one</a> · <a href="readings/one.html#formula-one">how it was read</a></p>'
    "</details></div></section>"
)
PAGES = {
    "index": '<section id="book"><h1>Book<a class="headerlink" href="#book">¶</a></h1></section>',
    "one": (
        f'<section id="one"><h1>1. Why {MATH} moves</h1><section class="x" id="two"><h2>1.1. Part</h2>'
        f'<div class="equation" id="equation-one"><div class="eqbody">{MATH}</div>{VERDICT}'
        '<span class="eqno">(1.1)</span></div>'
        '<details class="solution"><summary>Solution</summary><p>It does.</p></details>'
        '<a href="#two">here</a> <a href="ledger.html">there</a> <a href="api.html#f">out</a> <a href="https://x.org/">x</a>'
        '<label for="r">a</label><input type="radio" name="path" id="r"><img src="_images/a.svg"></section></section>'
    ),
    "ledger": LEDGER,
    "api": '<section id="api"><h1>API</h1></section>',
}


@pytest.fixture
def book(tmp_path):
    tree = "".join(
        f'<li class="toctree-l1"><a class="reference" href="{n}.html">{n}</a></li>' for n in PAGES if n != "index"
    )
    head = '<head><link rel="stylesheet" href="_static/book.css"></head>'
    aside = f'<aside><div class="sidebar-tree"><span class="caption-text">Chapters</span>{tree}</div></aside>'
    for name, body in PAGES.items():
        page = f'{head}{aside}<article role="main" id="furo-main-content">{body}</article>'
        (tmp_path / f"{name}.html").write_text(page, encoding="utf-8")
    bound = bind.bind(tmp_path, tmp_path / "pdf" / "book.html", "1.2.3")
    bound.write({"one": 7})
    return bound, bound.out.read_text(encoding="utf-8")


def test_every_link_within_the_book_leads_to_an_id_that_is_there_once(book):
    ids = re.findall(r'\sid="([^"]*)"', book[1])
    assert sorted(set(ids)) == sorted(ids)
    links = re.findall(r'href="#([^"]*)"', book[1])
    assert {"one--two", "ledger", "one--equation-one", "ledger--formula-one"} <= set(links) <= set(ids)
    assert '<a href="https://x.org/">x</a>' in book[1]
    assert "<a data-elsewhere>out</a>" in book[1]
    assert 'for="one--r"' in book[1]
    assert 'name="one--path" id="one--r"' in book[1]
    assert 'src="../_images/a.svg"' in book[1]
    assert 'href="../_static/book.css"' in book[1]


def test_what_is_folded_is_unfolded_and_a_verdict_is_said_in_words(book):
    assert "<details" not in book[1]
    assert '<div data-summary="">Solution</div><p>It does.</p>' in book[1]
    assert '<a class="verdict exact" href="#ledger--formula-one">✓ exact</a><span class="eqno">(1.1)</span>' in book[1]
    assert "headerlink" not in book[1].split("<article")[1]


def test_the_ledger_has_a_line_for_a_formula(book):
    line = re.search(r'<p class="ledger-line".*?</p>', book[1])[0]
    assert re.sub(r"<[^>]*>", "", line).split() == ["exact", "(1.1)", "residual", "3", "·", "10⁻¹⁶"]
    assert 'href="#one--equation-one"' in line


def test_a_ledger_of_another_look_is_refused():
    page = bind.Page("ledger", LEDGER.replace("<b>", "<em>"))
    with pytest.raises(SystemExit, match="A row of the ledger looks otherwise than"):
        bind.adapt(page, {"ledger"}, "..")


def test_a_formula_is_set_as_on_the_site_and_read_out_as_it_was_written(book):
    assert f'<span class="katex" role="img" aria-label="{bind.SPOKEN}s_2"><span class="katex-html">s2</span>' in book[1]
    assert "<math" not in book[1]


def test_outline_and_contents_name_every_heading(book):
    assert book[0].headings == ["Contents", "Before the first chapter", "1. Why s₂ moves", "1.1. Part", "Ledger"]
    found = [(line.words, line.anchor, line.level) for line in book[0].contents]
    assert found[1:3] == [("1. Why s₂ moves", "one", 1), ("1.1. Part", "one--two", 2)]
    assert '<a href="#one"><span>1. Why s₂ moves</span><span class="page-number">7</span></a>' in book[1]
    assert '@page one { @top-center { content: "1. Why s₂ moves"; } }' in book[1]
    assert "Version 1.2.3" in book[1]


def test_a_page_that_is_no_page_is_named():
    with pytest.raises(SystemExit, match=r"one\.html has no <article role=main>"):
        bind.article("<p>", "one")
