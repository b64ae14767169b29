import tomllib
from pathlib import Path

import pytest
from lint import COLUMN

SVG = '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 1 1"/>'

REFUSED = [  # Markdown, part of the message
    ("![](x.svg)", "the image x.svg has no alternative text: say in one sentence"),
    ("Some words and ![ ](x.svg).", "the image x.svg has no alternative text"),
    ("![x.svg](x.svg)", "the image x.svg has only its file name as alternative text (x.svg)"),
    ("![x](x.svg)", "the image x.svg has only its file name as alternative text (x)"),
    ("```{image} x.svg\n```", "the image x.svg has no alternative text"),
    ("```{figure} x.svg\nA caption.\n```", "the image x.svg has no alternative text"),
    (":::{note}\n![](x.svg)\n:::", "the image x.svg has no alternative text"),
    ('<img src="x.svg">', '<img src="x.svg"> has no alternative text'),
    ('Inline <img src="x.svg" alt=""> too.', '<img src="x.svg"> has no alternative text'),
    ('<svg viewBox="0 0 1 1"></svg>', "<svg> has no words"),
    ('<svg role="img" aria-label=""></svg>', "<svg> has no words"),
    ('<svg aria-label="words"></svg>', "<svg> has no words"),
    ('<svg aria-hidden="true"><g/></svg><svg/>', "<svg> has no words"),
    ("# Second", "a second heading of the first level"),
    ("<h1>Second</h1>", "a second heading of the first level"),
]

ACCEPTED = [
    "![A disc.](x.svg)",
    "```{figure} x.svg\n:alt: A disc.\n\nA caption.\n```",
    '<img src="x.svg" alt="A disc.">',
    '<img src="x.svg" aria-hidden="true" alt="">',
    '<svg role="img" aria-label="A disc."><svg/></svg>',
    '<svg aria-hidden="true"><svg></svg></svg>',
    "## Second level",
]


@pytest.mark.parametrize(("markdown", "message"), REFUSED)
def test_what_cannot_be_seen_by_all_is_refused_with_its_line(build, tmp_path, markdown, message):
    (tmp_path / "docs" / "x.svg").write_text(SVG)
    book = build(index=f"# One\n\nWords.\n\n{markdown}\n")
    assert book.status == 1
    assert message in book.warnings
    line = 6 if markdown.startswith(":::") else 5
    assert f"index.md:{line}: WARNING:" in book.warnings
    assert build().status == 1


@pytest.mark.parametrize("markdown", ACCEPTED)
def test_what_has_words_passes(build, tmp_path, markdown):
    (tmp_path / "docs" / "x.svg").write_text(SVG)
    book = build(index=f"# One\n\n{markdown}\n")
    assert (book.status, book.warnings) == (0, "")


def test_a_page_without_a_heading_is_refused(build):
    book = build(index="Only words.\n")
    assert book.status == 1
    assert "the page has no heading of the first level" in book.warnings


WIDE = "a = " + "0" * (COLUMN - 3)  # one character too many
TOO_WIDE = f"has {COLUMN + 1} characters, and begins with {WIDE[:40]!r}: at most {COLUMN} fit into the column of"


@pytest.mark.parametrize("block", ["```\n{}\n```", "```python\n1\n{}\n```", ":::{{note}}\n```\n{}\n```\n:::"])
def test_a_block_wider_than_the_column_is_refused_with_its_line(build, block):
    book = build(index="# One\n\nWords.\n\n" + block.format(WIDE) + "\n")
    assert book.status == 1
    line = 6 if block.startswith(":::") else 5
    assert f"index.md:{line}: WARNING: a line in a literal block {TOO_WIDE}" in book.warnings
    assert "a reader should not have to scroll; break the line [lint.column]" in book.warnings


def test_a_block_as_wide_as_the_column_passes_and_so_does_one_in_a_table_that_wraps_it(build):
    table = f"````{{list-table}}\n* - ```\n    {WIDE}\n    ```\n````"
    book = build(index=f"# One\n\n```\n{WIDE[:-1]}\n```\n\n{table}\n")
    assert (book.status, book.warnings) == (0, "")
    assert WIDE[4:] in book.article().partition("<table")[2]


CELL = "# One\n\n```{{code-cell}}\n{}\n```\n"
REPR = "class Words:\n    def __repr__(self):\n        return 'x' * 100\n"


@pytest.mark.parametrize(
    ("code", "message"),
    [
        (WIDE, f"index.md:4: WARNING: a line in the code of a cell {TOO_WIDE}"),
        ("print('x' * 100)", "index.md:4: WARNING: a line in what a cell prints has 100 characters"),
        ("import sys\nprint('x' * 100, file=sys.stdout)", "a line in what a cell prints has 100 characters"),
        (f"{REPR}Words()", "a line in what a cell prints has 100 characters"),
    ],
)
def test_a_cell_wider_than_the_column_is_refused_with_its_line(build, code, message):
    book = build(also=("recompute.extension",), cells=True, index=CELL.format(code))
    assert book.status == 1
    assert message in book.warnings


@pytest.mark.parametrize(
    "code",
    [
        WIDE[:-1],
        "print('x' * 88)",
        f":tags: [remove-input]\n{WIDE}",
        f"{REPR}    def _repr_html_(self):\n        return '<b>Words</b>'\nWords()",
    ],
)
def test_a_cell_that_fits_passes_and_so_does_what_the_page_does_not_show(build, code):
    book = build(also=("recompute.extension",), cells=True, index=CELL.format(code))
    assert (book.status, book.warnings) == (0, "")


FIGURE = """class Figure:
    def _repr_html_(self):
        return '<svg role="img" aria-label="A disc."></svg>'
"""


@pytest.mark.parametrize(
    "end", ["Figure();", "shown = Figure()", "Figure()\nprint(1)", ":tags: [remove-output]\nFigure()"]
)
def test_a_caption_without_a_figure_is_refused_with_its_line(build, end):
    tags, _, last = end.rpartition("]\n")
    code = f"{tags}]\n{FIGURE}{last}" if tags else f"{FIGURE}{last}"
    book = build(also=("recompute.extension",), cells=True, index=CELL.format(code) + "\n{.caption}\nA disc.\n")
    assert book.status == 1
    line = len(CELL.format(code).splitlines()) + 3
    assert (
        f"index.md:{line}: WARNING: no figure stands above the caption 'A disc.': let the cell above end in"
        in book.warnings
    )


def test_a_caption_at_the_beginning_is_refused(build):
    book = build(index="# One\n\nWords.\n\n{.caption}\nA disc.\n")
    assert "index.md:6: WARNING: no figure stands above the caption 'A disc.'" in book.warnings


def test_a_caption_below_its_figure_passes(build, tmp_path):
    (tmp_path / "docs" / "x.svg").write_text(SVG)
    cell = CELL.format(f"{FIGURE}Figure()")
    book = build(also=("recompute.extension",), cells=True, index=f"{cell}\n{{.caption}}\nA disc.\n")
    assert (book.status, book.warnings) == (0, "")
    book = build(index="# One\n\n![A disc.](x.svg)\n\n{.caption}\nA disc.\n")
    assert (book.status, book.warnings) == (0, "")


def test_the_package_that_the_pages_quote_is_as_narrow():
    settings = Path(__file__).parents[2] / "src" / "bptt" / "ruff.toml"
    assert tomllib.loads(settings.read_text(encoding="utf-8"))["line-length"] == COLUMN
