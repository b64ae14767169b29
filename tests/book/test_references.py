"""The bibliography: every entry can be found, is cited, and no page cites what is not there."""

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
BIB = (ROOT / "conf" / "references.bib").read_text(encoding="utf-8")
ENTRIES = {found[1]: found[2] for found in re.finditer(r"(?ms)^@\w+\{([^,\s]+),\n(.*?)^\}", BIB)}


def as_page(text):
    """A page without what it only quotes, such as the example of an exhibit."""
    return re.sub(r"(?ms)^(`{3,})(?:markdown|text)\n.*?^\1$", "", text)


CITED = {
    key.strip()
    for path in sorted((ROOT / "docs").glob("*.md"))
    for keys in re.findall(r"(?m)\{cite(?::\w+)?\}`([^`]+)`", as_page(path.read_text(encoding="utf-8")))
    for key in keys.split(",")
}
WAYS = {
    "doi": r"10\.\d{4,9}/\S+",
    "eprint": r"\d{4}\.\d{4,5}",
    "url": r"https?://\S+",
}


@pytest.mark.parametrize("key", ENTRIES)
def test_an_entry_has_an_identifier_or_an_address_of_the_right_form(key):
    found = dict(re.findall(r"(?m)^\s*(\w+)\s*=\s*\{(.*)\},?$", ENTRIES[key]))
    ways = {name: found[name] for name in WAYS if name in found}
    assert ways, "give it a doi, an arXiv number (eprint, archiveprefix) or an address (url)"
    assert [name for name, value in ways.items() if not re.fullmatch(WAYS[name], value)] == []
    assert ("eprint" in found) == (found.get("archiveprefix") == "arXiv")
    assert {"author", "title"} <= found.keys()


def test_no_entry_stands_twice():
    keys = re.findall(r"(?m)^@\w+\{([^,\s]+),", BIB)
    assert len(keys) == len(set(keys)) == len(ENTRIES)
    for way in ("doi", "eprint"):
        values = re.findall(rf"(?m)^\s*{way}\s*=\s*\{{(.*?)\}}", BIB)
        assert len(values) == len({value.lower() for value in values})


def test_every_entry_is_cited_and_everything_cited_is_there():
    assert sorted(ENTRIES.keys() - CITED) == []
    assert sorted(CITED - ENTRIES.keys()) == []
