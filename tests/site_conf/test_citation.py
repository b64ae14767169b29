"""How to cite the book: what CITATION.cff says, in words and as BibTeX, with buttons that copy them."""

import re
from html import unescape
from pathlib import Path

import pytest
import yaml
from citation import bibtex, facts, sentence

CFF = yaml.safe_load((Path(__file__).parents[2] / "CITATION.cff").read_text(encoding="utf-8"))
ADA = {"authors": [{"given-names": "Ada", "family-names": "Lovelace"}, {"given-names": "G.", "family-names": "Peano"}]}


def test_a_sentence_and_an_entry():
    said = facts(ADA | {"title": "On Notes", "date-released": "1843-08-01", "version": "2"}, "https://a.example/")
    assert sentence(said) == "Ada Lovelace and G. Peano (1843). On Notes, version 2. https://a.example/"
    assert bibtex(said, people=True) == (
        "@misc{notes1843,\n  author  = {Ada Lovelace and G. Peano},\n  title   = {On Notes},\n  year    = {1843},\n"
        "  version = {2},\n  url     = {https://a.example/},\n}"
    )


def test_what_the_file_does_not_say_is_left_out():
    assert sentence(facts(ADA | {"title": "Notes"})) == "Ada Lovelace and G. Peano. Notes."


def test_a_group_keeps_its_name_whole():
    assert "author  = {{The authors of From the Product Rule to BPTT}}" in bibtex(facts(CFF))


@pytest.mark.parametrize("address", ["", "https://a.example/book/"])
def test_the_box_on_the_page_follows_the_file(build, monkeypatch, address):
    monkeypatch.setenv("SITE_URL", address)
    book = build(also=("citation",), index="# Book\n\n```{citation}\n```\n")
    assert book.status == 0, book.warnings
    blocks = re.findall(r"<pre[^>]*>(.*?)</pre>", book.html(), re.DOTALL)
    shown = [unescape(re.sub(r"<[^>]*>", "", block)).strip() for block in blocks]
    assert shown == [sentence(facts(CFF, address)), bibtex(facts(CFF, address))]
    assert f"({CFF['date-released'][:4]})" in shown[0]
    assert "copybutton.js" in book.html()
