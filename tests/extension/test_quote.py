"""A verdict that is quoted on another page is the verdict of that formula, now and after it has changed."""

import re

INDEX = """# Book

The sum: {verdict}`sum`.

```{toctree}
page
ledger
```
"""
PAGE = """# Page

$$
a + b = b + a
$$ (sum)

```{code-cell} python
from recompute import page
page.draw({"a": 2.0, "b": 3.0})
page.check()
```
"""


def quoted(book):
    return re.findall(r'<a class="quoted (\w+)" href="([^"]*)"[^>]*>([^<]*)</a>', book.html())


def test_a_quoted_verdict_follows_its_formula(make_book):
    book = make_book()
    book.write(index=INDEX, page=PAGE)
    assert book.build().status == 0
    assert quoted(book) == [("exact", "ledger.html#formula-sum", "✓ exact")]
    book.edit("docs/page.md", "b + a", "b - a")
    book.edit("docs/page.md", "page.check()", 'page.refute("sum")')
    assert book.build().status == 0
    assert quoted(book) == [("refuted", "ledger.html#formula-sum", "✗ refuted, off by 80%")]


def test_a_label_that_no_formula_has_breaks_the_build_again_and_again(make_book):
    book = make_book()
    book.write(index=INDEX.replace("`sum`", "`sun`"), page=PAGE)
    for outcome in (book.build(), book.build()):
        assert outcome.status == 1
        message = next(message for message in outcome.messages if "sun" in message.text)
        assert (message.page, message.line) == ("index", 3)
        assert "no formula of the book has the label sun" in message.text
