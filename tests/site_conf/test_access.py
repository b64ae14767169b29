import re
import runpy
from pathlib import Path

import pytest

PAGE = """# One

```python
short = 1
```

```python
long = "a line that is too long for the window of a telephone"
```

Text {cite}`werbos1990`.

```{bibliography}
```
"""


def test_only_code_too_wide_for_a_phone_is_reached_by_the_keyboard(build):
    article = build(index=PAGE).article()
    assert re.findall(r"<pre(.*?)>", article) == ["", ' tabindex="0"']


def test_the_bibliography_is_a_list_of_items(build):
    article = build(index=PAGE).article()
    assert 'role="doc-biblioentry"' not in article
    assert re.search(r'role="list" class="citation-list">\s*<div class="citation" id="[^"]*" role="listitem"', article)


CELL = """---
file_format: mystnb
kernelspec: {name: python3, display_name: Python 3}
language_info: {name: python, pygments_lexer: ipython3}
---
# One

```{code-cell}
:tags: [hide-input]
1
```
"""


def test_the_line_that_folds_code_holds_phrases_only(build):
    article = build(index=CELL).article()
    fold = re.search(r"<summary.*?</summary>", article, re.DOTALL)[0]
    assert re.findall(r'<(\w+) class="(?:collapsed|expanded)">', fold) == ["span", "span"]
    assert "<p" not in fold


def test_both_asides_have_names_and_the_search_page_a_heading(build):
    book = build(index=PAGE)
    assert re.findall(r'<aside[^>]*aria-label="([^"]*)"', book.html()) == ["Contents", "On this page"]
    assert len(re.findall(r"<aside", book.html())) == 2
    assert "<h1>Search</h1>" in book.html("search")


def test_the_caption_of_a_table_of_contents_has_a_level(build):
    html = build(index="# One\n\n```{toctree}\n:caption: A part\ntwo\n```\n", two="# Two\n").html()
    assert html.count('role="heading"') == html.count('role="heading" aria-level="2"') == 2


def luminance(colour):
    parts = [int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)]
    linear = [part / 12.92 if part <= 0.03928 else ((part + 0.055) / 1.055) ** 2.4 for part in parts]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_every_colour_of_text_and_figures_is_readable(theme):
    options = runpy.run_path(str(Path(__file__).parents[2] / "conf" / "conf.py"))["html_theme_options"]
    colours = options[f"{theme}_css_variables"]
    signs = [name for name in colours if re.match(r"ink|accent|alarm|color-foreground|color-brand", name)]
    assert len(signs) >= 13
    for name in signs:
        for ground in ("paper", "color-background-secondary", "color-background-hover"):
            bright, dim = sorted((luminance(colours[name]), luminance(colours[ground])), reverse=True)
            assert (bright + 0.05) / (dim + 0.05) >= 4.5, (name, ground)


def test_a_page_is_called_by_words_in_the_tab_and_among_what_the_search_finds(build):
    book = build(index="# One\n\n```{toctree}\ntwo\n```\n", two="# Why $s_2$ & $w$ move\n")
    assert re.search(r"<title>(.*?)</title>", book.html("two"))[1].startswith("Why s₂ &amp; w move")
    found = (book.out / "searchindex.js").read_text(encoding="utf-8")
    assert re.search(r'"titles":\s*(\[.*?\])', found)[1] == '["One","Why s\\u2082 & w move"]'


MOVES = "# Why $s_2$ moves\n\n## And $a < s_1$?\n\nOf [the state $s_2$](https://example.org/), not $s_3$.\n"


def test_a_formula_in_a_heading_or_a_link_has_a_name_wherever_its_title_stands(build):
    index = f"# One\n\n```{{toctree}}\ntwo\n```\n\n{MOVES.partition(chr(10))[2]}"
    book = build(index=index, two=MOVES)
    assert re.findall(r'aria-label="([^"]*)" xmlns', book.article("two")) == ["s₂", "a &lt; s₁", "s₂"]
    for page in ("index", "two"):
        html = book.html(page)
        inside = re.findall(r"<(h\d|a)\b[^>]*>(.*?)</\1>", html, re.DOTALL)
        named = [text for _, text in inside if "<math" in text]
        assert len(named) >= 4
        assert all(text.count("<math aria-label=") == text.count("<math") == 1 for text in named), page
        assert html.count("<math ") == len(named) + 1
    menu = re.search(r'class="sidebar-tree".*?</aside>', book.html("two"), re.DOTALL)[0]
    below = re.search(r'class="next-page".*?</a>', book.html(), re.DOTALL)[0]
    assert '<math aria-label="s₂"' in menu
    assert '<math aria-label="s₂"' in below


CHINESE = """# 一, or one

全导数（“直接”偏导数）、路径 – the derivative of `变量` is “big”, “路径” too. 门。“截断”只用于截断的 BPTT。

<svg><text>图</text></svg> <abbr title="门">m</abbr>

## 门
"""


def test_chinese_words_say_their_language_and_nothing_else_does(build):
    html = build(index=CHINESE).html()
    runs = re.findall(r'<span lang="zh-Hans">(.*?)</span>', re.search(r"<article.*?</article>", html, re.DOTALL)[0])
    assert runs == ["一", "全导数（“直接”偏导数）、路径", "“路径”", "门。“截断”只用于截断的", "。", "门"]
    assert '<span class="pre">变量</span></code> is “big”, <span' in html
    assert "<text>图</text>" in html
    assert '<abbr title="门">m</abbr>' in html
    assert (
        '<li><a class="reference internal" href="#"><span lang="zh-Hans">一</span>, or one</a>' in html
    )  # on this page


def test_what_folds_a_cell_is_called_by_the_words_on_it(build):
    fold = re.search(r"<summary.*?</summary>", build(index=CELL).article(), re.DOTALL)[0]
    assert fold.startswith("<summary>")
    assert "Show code cell source" in fold


def test_the_lists_of_links_are_navigation_each_with_a_name_of_its_own(build):
    book = build(index="# One\n\n```{toctree}\ntwo\n```\n\n## Part\n", two="# Two\n")
    names = re.findall(r'<div class="([\w-]*)" role="navigation" aria-label="([^"]*)"', book.html())
    assert names == [
        ("sidebar-tree", "Chapters"),
        ("related-pages", "Previous and next page"),
        ("toc-tree", "Sections of this page"),
    ]
    assert '<div class="related-pages">' in book.html("search")  # empty there


def test_icons_say_nothing(build):
    html = build(index="# One\n\n```{toctree}\ntwo\n```\n\n## Part\n", two="# Two\n").html()
    symbols = re.findall(r"<symbol.*?</symbol>", html, re.DOTALL)
    assert len(symbols) >= 8
    assert not any("<title" in symbol for symbol in symbols)
    uses = re.findall(r"<svg([^>]*)><use", html)
    assert len(uses) >= 12
    assert all('aria-hidden="true"' in use for use in uses)
    assert html.count('<button class="theme-toggle" aria-label="') == 2
