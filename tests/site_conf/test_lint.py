import pytest

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
