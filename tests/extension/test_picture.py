"""The picture of the book: a cell for every formula in the order of the book, each a link to it, and words for all."""

import re
from xml.etree import ElementTree as ET

import pytest

from recompute.extension import picture

SVG = "{http://www.w3.org/2000/svg}"
INDEX = """# Book

```{state-of-the-book}
```

{claim}`1 + 1 = 2`

```{code-cell} python
from recompute import page
page.draw({"a": 2.0})
page.check()
```

```{toctree}
page
ledger
```
"""
PAGE = r"""# Page

$$
a + b = b + a
$$ (sum)

$$
a + b = a - b
$$ (wrong)

$$
q = \tanh a
$$ (defined)

$$
a + b \approx 5.00
$$ (about)

```{code-cell} python
from math import tanh
from recompute import page
page.draw({"a": 2.0, "b": 3.0})
page.example({"a": 2.0, "b": 3.0})
page.define("defined", by=lambda a, b: {"q": tanh(a)})
page.refute("wrong")
page.check()
```
"""
KINDS = ["exact", "exact", "refuted", "agrees", "holds"]
LINKS = [r"#claim-\w+", "page.html#equation-sum", "page.html#equation-wrong", "page.html#equation-defined",
         "page.html#equation-about"]  # fmt: skip


@pytest.fixture(scope="module")
def book(make_book):
    book = make_book()
    book.write(index=INDEX, page=PAGE)
    assert book.build().said == ""
    return book


def figure(book, page="index"):
    """The figure on a page as a tree."""
    html = book.html(page)
    found = html[html.index('<figure class="state"') : html.index("</figure>") + len("</figure>")]
    return ET.fromstring(found)  # noqa: S314 - our own


def cells(tree):
    """Of every cell the link, the verdict it looks like, the words of its title, and its place."""
    for link in (node for node in tree.iter() if node.tag.endswith("}a") or node.tag == "a"):
        title, drawn = link
        place = (int(drawn.get("x")), int(drawn.get("y")))
        yield link, drawn.get("href").removeprefix("#state-"), title.text, place


def test_a_cell_for_every_formula_in_the_order_of_the_book(book):
    found = list(cells(figure(book)))
    assert [kind for _, kind, _, _ in found] == KINDS
    for (link, *_), pattern in zip(found, LINKS, strict=True):
        assert re.fullmatch(pattern, link.get("href"))
    assert [title for *_, title, _ in found[1:]] == [f"{kind}: ({n}) in Page" for n, kind in enumerate(KINDS[1:], 1)]
    assert [place for *_, place in found] == [(1, 1), (13, 1), (25, 1), (37, 1), (49, 1)]


def test_every_link_has_its_target(book):
    for link, *_ in cells(figure(book)):
        page, _, anchor = link.get("href").partition("#")
        assert f'id="{anchor}"' in book.html(page.removesuffix(".html") or "index")


def test_who_listens_hears_the_counts_and_who_has_no_mouse_is_not_held_up(book):
    tree = figure(book)
    assert (tree.get("role"), tree.get("aria-label")) == (None, "State of the book")
    pictures = [node for node in tree.iter() if node.tag == "svg"]
    assert len(pictures) == 1 + 4
    assert {one.get("aria-hidden") for one in pictures} == {"true"}
    assert {link.get("tabindex") for link, *_ in cells(tree)} == {"-1"}
    words = " ".join("".join(tree.find("figcaption").itertext()).split())
    assert words.startswith("5 formulas:")
    for number, kind in ((1, "holds"), (2, "exact"), (1, "agrees"), (1, "refuted")):
        assert f"{number} {kind}: " in words


def test_the_verdicts_differ_by_more_than_their_colour():
    drawn = {kind: re.sub(r"--(?!paper)[\w-]+", "", picture.look(kind)).replace(kind, "") for kind in picture.LOOKS}
    alarm = {"fails", "vacuous", "unchecked"}  # such a book is not published
    assert len({look for kind, look in drawn.items() if kind not in alarm}) == len(picture.LOOKS) - len(alarm)
    assert not {drawn[kind] for kind in alarm} & {drawn[kind] for kind in picture.LOOKS.keys() - alarm}


def test_the_picture_as_a_file_stands_alone(book):
    text = (book.out / "state.svg").read_text(encoding="utf-8")
    tree = ET.fromstring(text)  # noqa: S314 - our own
    assert tree.get("role") == "img"
    assert tree.find(f"{SVG}title").text == "5 formulas: 1 holds, 2 exact, 1 agrees, 1 refuted"
    assert [kind for _, kind, _, _ in cells(tree)] == KINDS
    used = set(re.findall(r"var\((--[\w-]+)\)", text))
    light, dark = re.fullmatch(
        r"svg\{(.*)\}@media\(prefers-color-scheme:dark\)\{svg\{(.*)\}\}", tree.find(f"{SVG}style").text
    ).groups()
    for colours in (light, dark):
        assert used <= {pair.partition(":")[0] for pair in colours.split(";")}
    assert light != dark
    assert "script" not in text + "".join(node.tag for node in figure(book).iter())


def test_rows_go_on_below_one_another():
    rows = [None] * (2 * picture.COLUMNS + 1)
    assert picture.box(rows) == 'viewBox="0 0 336 36"'
    assert picture.box([]) == 'viewBox="0 0 336 12"'


def test_the_picture_follows_a_verdict_that_changes(make_book):
    """On a page that has nothing to do with the other, too: it is not read again, but written again."""
    book = make_book()
    show = "# Picture\n\n```{state-of-the-book}\n```\n"
    book.write(index=INDEX.replace("\nledger", "\nledger\nshow"), page=PAGE, show=show)
    assert book.build().status == 0
    book.edit("docs/page.md", "a + b = b + a", "a + b = b + 2 a")
    book.edit("docs/page.md", 'page.refute("wrong")', 'page.refute("wrong", "sum")')
    outcome = book.build()
    assert (outcome.status, outcome.said) == (0, "")
    assert [kind for _, kind, _, _ in cells(figure(book, "show"))] == ["exact", "refuted", "refuted", "agrees", "holds"]
    assert "2 refuted" in (book.out / "state.svg").read_text(encoding="utf-8")
    book.edit("docs/page.md", "a + b = b + 2 a", "a + b = b + a")
    outcome = book.build()  # red: it cannot be refuted
    assert outcome.status == 1
    assert [kind for _, kind, _, _ in cells(figure(book, "show"))][1] == "fails"
