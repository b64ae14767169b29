"""The first page: every page of the book is in its contents, and every chapter is spoken of."""

import re
from pathlib import Path

DOCS = Path(__file__).parents[2] / "docs"
TEXT = (DOCS / "index.md").read_text(encoding="utf-8")
TREES = [re.findall(r"(?m)^[a-z-]+$", tree) for tree in re.findall(r"(?s)```\{toctree\}\n(.*?)```", TEXT)]


def test_every_page_stands_in_the_contents_once():
    listed = [name for tree in TREES for name in tree]
    assert sorted(listed) == sorted(path.stem for path in DOCS.glob("*.md") if path.stem != "index")


def test_every_chapter_is_led_to():
    """From the question to the last page, in the text and not in the contents alone."""
    led = set(re.findall(r"\]\(([a-z-]+)\.md\)", TEXT))
    assert [name for name in TREES[0] if name not in led] == []


def test_every_route_tells_how_long_it_takes_and_leads_to_the_pages_that_it_counts():
    routes = re.findall(r"(?m)^(.+) \(\{minutes\}`(.*?)`\)\n: ((?:.*\n(?:  )?)+?)\n", TEXT)
    assert [name for name, _, _ in routes] == ["An afternoon", "A week", "Only the answer"]
    for _, counted, words in routes:
        if counted != "*":
            assert [name for name in counted.split(", ") if f"({name}.md)" not in words] == []
