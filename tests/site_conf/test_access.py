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
