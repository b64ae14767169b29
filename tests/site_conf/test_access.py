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


def test_both_asides_have_names_and_the_search_page_a_heading(build):
    book = build(index=PAGE)
    assert re.findall(r'<aside[^>]*aria-label="([^"]*)"', book.html()) == ["Contents", "On this page"]
    assert len(re.findall(r"<aside", book.html())) == 2
    assert "<h1>Search</h1>" in book.html("search")


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
