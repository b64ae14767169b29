"""Every formula has its mark, every mark its row in the ledger, and `ledger.json` lists them all."""

from __future__ import annotations

import json
import posixpath
import re
from html.parser import HTMLParser

import pytest

PAGE = r"""# {title}

Some {{claim}}`a = 2`, again {{claim}}`a = 2`, and {{claim}}`b \ge a`.

$$
q = a^2
$$ ({name}-defined)

:::{{exercise}} Two letters
:label: exercise-{name}
Which?
:::

:::{{solution}} With {{claim}}`b = 3`
$$
a b = b a
$$ ({name}-holds)
:::

$$
a + b = a - b
$$ ({name}-wrong)

$$
a < b
$$ ({name}-less)

$$
a + b \approx 5.00
$$ ({name}-about)

```{{code-cell}} python
:tags: [remove-cell]
from recompute import page
page.draw({{"a": 2.0, "b": 3.0}})
page.example({{"a": 2.0, "b": 3.0}})
page.define("{name}-defined", by=lambda a, b: {{"q": a * a}})
page.refute("{name}-wrong")
```

```{{code-cell}} python
page.numbers("{name}-holds")
page.check()
```
"""
LABELS = ["defined", "holds", "wrong", "less", "about", "holds-in-numbers"]
CLAIMS = ["a = 2", r"b \ge a", "b = 3"]


class Links(HTMLParser):
    """The ids of a page, its links, and which of these stand in the line that unfolds something."""

    def __init__(self, html):
        super().__init__()
        self.ids, self.links, self.inside, self.open, self.verdicts = [], [], [], [], []
        self.feed(html)

    def handle_starttag(self, tag, attrs):
        given = dict(attrs)
        self.ids += [given["id"]] if "id" in given else []
        self.open += [tag] if tag == "summary" else []
        if tag == "a":
            self.links.append(given.get("href", ""))
            self.inside += [given.get("href")] if self.open else []
        if "verdict" in (given.get("class") or "").split():
            self.verdicts.append((tag, given["class"].split()[1]))

    def handle_endtag(self, tag):
        if tag == "summary":
            self.open.pop()


@pytest.fixture(scope="module")
def book(make_book):
    book = make_book()
    titles = {"first": "The first $a_2$", "second": "Second"}
    pages = {name: PAGE.format(title=title, name=name) for name, title in titles.items()}
    book.write(index="# Book\n\n```{toctree}\n:numbered:\nsecond\nfirst\nledger\n```\n", **pages)
    assert book.build().said == ""
    return book


def test_every_link_has_its_target(book):
    files = {path.relative_to(book.out).as_posix(): path for path in book.out.rglob("*.html")}
    pages = {name: Links(path.read_text(encoding="utf-8")) for name, path in files.items()}
    assert {"readings/first.html", "readings/second.html"} == {name for name in pages if "/" in name}
    for name, page in pages.items():
        assert len(page.ids) == len(set(page.ids)), name
        for link in page.links:
            target, _, anchor = link.partition("#")
            if not re.match(r"\w+:", link) and anchor:
                there = posixpath.normpath(posixpath.join(posixpath.dirname(name), target)) if target else name
                assert anchor in pages[there].ids, f"{name} links to {link}"


def test_a_mark_is_named_by_the_number_that_the_reader_sees(book):
    html = book.html("second")
    named = re.findall(r'aria-label="Verdict on formula ([^:]*): (\w+)" title="(\w+)"', html)
    assert [number for number, _, _ in named] == re.findall(r'<span class="eqno">(\([^)]*\))', html)
    assert [number for number, _, _ in named] == [f"(1.{count})" for count in range(1, 7)]
    assert all(said == shown for _, said, shown in named)


@pytest.mark.parametrize("page", ["first", "second"])
def test_every_formula_has_its_mark(book, page):
    html = book.html(page)
    for label in LABELS:
        box = html[html.index(f'id="equation-{page}-{label}"') :]
        assert f'href="ledger.html#formula-{page}-{label}"' in box[: box.index('class="eqno"')], label
    assert len(re.findall(r'<a class="verdict (?:holds|exact)" href="ledger.html#claim-', html)) == len(CLAIMS) + 1
    kinds = ["holds" if kind == "exact" else kind for tag, kind in Links(html).verdicts if tag == "details"]
    assert sorted(kinds) == ["agrees", "holds", "holds", "holds", "holds", "refuted"]


def test_the_ledger_has_a_row_for_every_formula(book):
    html = book.html("ledger")
    page = Links(html)
    rows = [name for name in page.ids if name.startswith(("formula-", "claim-"))]
    assert len(rows) == 2 * (len(LABELS) + len(CLAIMS))
    assert {f"formula-{name}-{label}" for name in ("first", "second") for label in LABELS} < set(rows)
    assert html.index(">Second<") < html.index("formula-second-holds") < html.index("formula-first-holds")
    assert set(re.findall(r'<(\w+) id="(?:formula|claim)-', html)) == {"p"}  # inside the row, which a link then unfolds
    assert page.inside == []  # a link in a summary is out of reach for many screen readers
    assert "18 formulas" in html
    assert re.search(r"2 refuted", html)
    assert len(re.findall(r'<a href="readings/(?:first|second)\.html#[^"]*">how it was read</a>', html)) == len(rows)


def test_a_row_holds_the_verdict_the_label_the_figures_and_the_place(book):
    html = book.html("ledger")
    (row,) = re.findall(r'<details class="exact">.*?<p id="formula-second-holds">.*?</details>', html)
    assert "<b>✓<i>exact</i></b> <span>(1.2)</span> <code>a b = b a</code></summary>" in row
    assert "residual 0<br>" in row
    assert "compared 1 time, on 1 draw of the letters" in row
    assert '<a href="second.html#equation-second-holds">second-holds</a>' in row
    assert len(row.encode()) < 500  # a thousand of them are half a megabyte


def test_the_readings_have_a_row_for_every_formula_of_a_page(book):
    for name in ("first", "second"):
        html = book.html(f"readings/{name}")
        article = html[html.index("<article") : html.index("</article>")]
        rows = [one for one in Links(article).ids if one.startswith(("formula-", "claim-"))]
        assert len(rows) == len(LABELS) + len(CLAIMS)
        assert article.count("<math") == len(rows)  # as MathML alone
        assert "katex-html" not in article
        assert "<annotation" not in article
        assert f'<a href="../{name}.html#equation-{name}-holds">' in article
        assert 'name="description"' in html


def test_a_page_of_readings_calls_its_page_by_words(book):
    html = book.html("readings/first")
    assert html.count("The first a₂") >= 4  # in its name, its description, its heading and its link
    assert "a_2" not in html.replace('<annotation encoding="application/x-tex">a_2<', "")  # but for the menu


def test_a_page_of_readings_is_written_when_its_page_is_and_goes_with_it(book):
    paths = {name: book.out / "readings" / f"{name}.html" for name in ("first", "second")}
    before = {name: (path.read_bytes(), path.stat().st_mtime_ns) for name, path in paths.items()}
    book.edit("docs/first.md", "a + b \\approx 5.00", "b + a \\approx 5.00")
    (book.out / "readings" / "gone.html").write_text("of a page that is no more", encoding="utf-8")
    assert book.build().status == 0
    assert not (book.out / "readings" / "gone.html").exists()
    assert "<mi>b</mi><mo>+</mo><mi>a</mi><mo>≈</mo>" in paths["first"].read_text(encoding="utf-8")
    assert paths["second"].stat().st_mtime_ns == before["second"][1]
    book.edit("docs/first.md", "b + a \\approx 5.00", "a + b \\approx 5.00")
    book.build()
    assert paths["first"].read_bytes() == before["first"][0]


def test_a_reading_shows_how_the_formula_was_read(book):
    html = book.html("readings/second")
    row = html[html.index('id="formula-second-holds"') :]
    row = row[: row.index("</section>")]
    assert re.search(
        r"<dt>read as</dt><dd>.*<mi>a</mi><mo>⋅</mo><mi>b</mi><mo>=</mo><mi>b</mi><mo>⋅</mo><mi>a</mi>", row
    )
    assert "<dt>shapes</dt><dd>everything here is a number</dd>" in row
    assert "<dt>looked at</dt><dd>draw 0</dd>" in row
    assert "<dt>letters</dt><dd><code>a</code> = 2<br><code>b</code> = 3</dd>" in row
    assert "<dt>sides</dt><dd><div>6</div><div>= 6</div></dd>" in row
    assert "<dt>verdict</dt><dd>exact: " in row
    wrong = html[html.index('id="formula-second-wrong"') :]
    assert "<div>5<ul><li><code>a</code>: 2</li><li><code>b</code>: 3</li></ul></div><div>= −1<ul>" in wrong


def test_the_data_lists_every_formula_and_nothing_else(book):
    data = json.loads((book.out / "ledger.json").read_text(encoding="utf-8"))
    assert set(data) == {"versions", "formulas"}
    found = [(row["page"], row["label"]) for row in data["formulas"] if not row["inline"]]
    assert sorted(found) == sorted((page, f"{page}-{label}") for page in ("first", "second") for label in LABELS)
    claims = [(row["page"], row["tex"]) for row in data["formulas"] if row["inline"]]
    assert sorted(claims) == sorted((page, tex) for page in ("first", "second") for tex in CLAIMS)
    assert all(row["passes"] for row in data["formulas"])
    assert [row["label"] for row in data["formulas"] if not row["reading"]] == []
    assert {row["reading"]["tex"] for row in data["formulas"] if row["label"] == "first-holds"} == {
        r"a \cdot b = b \cdot a"
    }
    assert [row["page"] for row in data["formulas"]] == ["second"] * 9 + ["first"] * 9
