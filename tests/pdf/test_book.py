"""What stands in the printed book is what stands on the site: `nox -s pdf` runs this when the book is printed.

BOOK names the file and SITE the folder of the site; build/book.pdf and build/html unless given.
"""

import os
import re
from collections import Counter
from html import unescape
from pathlib import Path

import pytest

pikepdf = pytest.importorskip("pikepdf", reason="nox -s pdf brings it")
pypdfium2 = pytest.importorskip("pypdfium2", reason="nox -s pdf brings it")

ROOT = Path(__file__).parents[2]
BOOK = Path(os.environ.get("BOOK", ROOT / "build" / "book.pdf"))
SITE = Path(os.environ.get("SITE", ROOT / "build" / "html"))
NOT_IN_IT = {"api", "search", "genindex", "py-modindex", "404"}
KINDS = "holds|exact|agrees|measured|refuted|stated"
POINTS = 72 / 25.4  # in a millimetre

pytestmark = pytest.mark.skipif(not BOOK.is_file(), reason=f"there is no {BOOK}: nox -s pdf prints it")


@pytest.fixture(scope="module")
def pdf():
    with pikepdf.open(BOOK) as opened:
        yield opened


@pytest.fixture(scope="module")
def texts():
    with pypdfium2.PdfDocument(BOOK) as opened:
        return [page.get_textpage().get_text_bounded().replace("\r\n", "\n") for page in opened]


@pytest.fixture(scope="module")
def boxes():
    """The boxes of all pieces of text, page by page: left, bottom, right, top in millimetres."""
    with pypdfium2.PdfDocument(BOOK) as opened:
        pieces = [page.get_textpage() for page in opened]
        return [[[x / POINTS for x in page.get_rect(i)] for i in range(page.count_rects())] for page in pieces]


@pytest.fixture(scope="module")
def articles():
    pages = {path.stem: path.read_text(encoding="utf-8") for path in SITE.glob("*.html") if path.stem not in NOT_IN_IT}
    return {name: html[html.index("<article") : html.index("</article>")] for name, html in pages.items()}


def squeezed(text):
    """Without spaces, which no reader of PDF finds reliably."""
    return re.sub(r"[\s\u2060\u200b]", "", text)


def entries(pdf):
    """Level, words and page of every entry of the outline."""
    place = {page.objgen: number for number, page in enumerate(pdf.pages, start=1)}

    def below(item, level):
        while item is not None:
            yield level, str(item.Title), place[item.Dest[0].objgen]
            yield from below(item.get("/First"), level + 1)
            item = item.get("/Next")

    return list(below(pdf.Root.Outlines.First, 1))


def test_every_numbered_formula_has_its_number_and_its_verdict(texts, articles):
    on_site = Counter()
    for html in articles.values():
        found = re.findall(r'<div class="equation" id="equation-.*?<span class="eqno">\(([\d.]+)\)', html, re.DOTALL)
        kinds = re.findall(
            r'<details class="verdict (\w+)"(?:(?!class="equation").)*?<span class="eqno">\(([\d.]+)\)', html, re.DOTALL
        )
        assert [number for _, number in kinds] == found
        on_site.update(kinds)
    in_book = Counter(re.findall(rf"[✓≔✗–] ({KINDS})\s*\(([\d.]+)\)", "\n".join(texts)))
    assert len(on_site) > 500
    assert in_book == on_site


def test_the_ledger_counts_the_same_verdicts(pdf, texts, articles):
    begin = next(page for _, words, page in entries(pdf) if words == "Ledger")
    end = next(page for _, words, page in entries(pdf) if words == "References")
    text = squeezed("".join(texts[begin - 1 : end]))
    lines = Counter(re.findall(rf"({KINDS})(?=\([\d.]+\)|inthetext)", text))
    told = re.findall(rf'<span class="verdict (?:{KINDS})"[^>]*>.</span> (\d+) ({KINDS}):', articles["ledger"])
    assert lines == {kind: int(count) for count, kind in told}


def test_the_outline_has_every_heading(pdf, articles):
    def told(html):
        html = re.sub(r'<span class="katex">.*?&#8288;|<a class="headerlink".*?</a>', "", html, flags=re.DOTALL)
        return re.sub(r"\W", "", unescape(re.sub(r"<[^>]*>", "", html)))

    on_site = Counter(
        told(words)
        for html in articles.values()
        for _, words in re.findall(r"<h([1-4])\b[^>]*>(.*?)</h\1>", html, re.DOTALL)
        if "katex" not in words
    )
    in_book = Counter(re.sub(r"\W", "", words) for _, words, _ in entries(pdf))
    missing = on_site - in_book
    assert list(missing) == ["FromtheProductRuletoBPTT"]  # it stands on the title page
    assert "3. Why s₂ is not a constant" in [words for _, words, _ in entries(pdf)]


def test_the_contents_name_the_pages(pdf, texts):
    first = next(page for _, words, page in entries(pdf) if words == "Before the first chapter")
    shown = "".join(page.partition("\n")[2] for page in texts[1 : first - 1])  # without the number at the foot
    expected = "".join(f"{words}{page}" for level, words, page in entries(pdf)[1:] if level <= 2)
    assert squeezed(shown) == squeezed(f"Contents{expected}")


def test_it_is_tagged_and_every_formula_can_be_read_out(pdf, articles):
    assert pdf.Root.MarkInfo.Marked
    assert pdf.Root.Lang == "en"
    nodes = [node for node in pdf.objects if isinstance(node, pikepdf.Dictionary) and "/S" in node and "/P" in node]
    formulas = [" ".join(str(node.get("/Alt", "")).split()) for node in nodes if node.S == "/Formula"]
    on_site = Counter(
        " ".join(unescape(tex).split())
        for html in articles.values()
        for tex in re.findall(r'<annotation encoding="application/x-tex">(.*?)</annotation>', html, re.DOTALL)
    )
    assert Counter(formulas) == on_site
    for node in nodes:
        assert node.S != "/Figure" or "/Alt" in node or "/K" in node


def test_every_link_leads_somewhere(pdf):
    targets = set(pdf.Root.Dests.keys())
    inside = [str(link.Dest) for page in pdf.pages for link in page.get("/Annots", []) if "/Dest" in link]
    assert len(inside) > 2000
    assert {f"/{name.removeprefix('/')}" for name in inside} <= targets


def test_a_link_to_another_chapter_says_its_number(texts, articles):
    def told(html):
        return " ".join(re.sub(r"<annotation.*?</annotation>|<math.*?</math>|<[^>]*>", "", html).split())

    chapters = {name: re.search(r'<h1><span class="section-number">(\d+)', html) for name, html in articles.items()}
    expected = Counter()
    for name, html in articles.items():
        if name in {"ledger", "solutions"}:  # their links stand below the name of the chapter
            continue
        found = re.findall(
            r'<a class="reference internal" href="([\w-]+)\.html(?:#[^"]*)?"[^>]*>(.*?)</a>', html, re.DOTALL
        )
        expected.update(
            chapters[to][1]
            for to, words in found
            if to != name and chapters.get(to) and not re.search(r"^\d+$|\d\.\d", told(words))
        )
    text = squeezed("".join(texts))
    assert Counter(re.findall(r"\((?:chapter|section)(\d+)[\d.]*\)", text)) == expected
    assert len(expected) > 20


def test_nothing_leaves_the_margins(boxes):
    wide = [(n, box) for n, page in enumerate(boxes, 1) for box in page if box[0] < 18 - 0.5 or box[2] > 192 + 0.5]
    assert wide == []


def test_no_heading_stands_alone_at_the_foot(pdf, boxes):
    place = {page.objgen: number for number, page in enumerate(pdf.pages)}
    items = [pdf.Root.Outlines.First]
    alone = []
    while items:
        item = items.pop()
        items += [item[key] for key in ("/First", "/Next") if key in item]
        number, top = place[item.Dest[0].objgen], float(item.Dest[3]) / POINTS
        below = [
            box for box in boxes[number] if 20 <= box[1] < top - 10
        ]  # 20 mm is the foot, 10 mm a heading of a line
        if not below:
            alone.append((number + 1, str(item.Title)))
    assert alone == []


def test_chinese_names_are_shown(texts, articles):
    names = set(re.findall(r"[\u4e00-\u9fff]+", re.sub(r"<[^>]*>", " ", articles["glossary"])))
    text = re.sub(r"\s", "", "".join(texts))
    assert len(names) > 20
    assert [name for name in names if name not in text] == []


def test_every_font_is_in_the_book(pdf):
    fonts = [node for node in pdf.objects if isinstance(node, pikepdf.Dictionary) and node.get("/Type") == "/Font"]
    outlines = [font for font in fonts if font.Subtype in {"/TrueType", "/CIDFontType0", "/CIDFontType2", "/Type1"}]
    assert any("KaTeX" in str(font.BaseFont) for font in outlines)
    for font in outlines:
        assert {"/FontFile", "/FontFile2", "/FontFile3"} & set(font.FontDescriptor.keys()), font.BaseFont
