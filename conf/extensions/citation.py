"""How to cite the book, from CITATION.cff: `{citation}` writes it as a sentence and as BibTeX.

Whatever the file does not say is left out; nothing is taken from a clock. Each is a block of code, so that it has a
button that copies it.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import yaml
from docutils import nodes
from sphinx.util.docutils import SphinxDirective

if TYPE_CHECKING:
    from sphinx.application import Sphinx
    from sphinx.util.typing import ExtensionMetadata

FILE = Path(__file__).parents[2] / "CITATION.cff"


def facts(cff: dict[str, Any], address: str = "") -> dict[str, str]:
    """What a citation says: author, title, year, version and address, as far as there is one.

    >>> facts({"authors": [{"given-names": "Ada", "family-names": "Lovelace"}], "title": "Notes"})
    {'author': 'Ada Lovelace', 'title': 'Notes'}
    """
    people = [one.get("name") or f"{one['given-names']} {one['family-names']}" for one in cff["authors"]]
    found = {
        "author": " and ".join(people),
        "title": cff["title"],
        "year": str(cff.get("date-released", ""))[:4],
        "version": str(cff.get("version", "")),
        "url": address or cff.get("url") or cff.get("repository-code") or "",
    }
    return {name: value for name, value in found.items() if value}


def sentence(said: dict[str, str]) -> str:
    """One line for a list of references."""
    year = f" ({said['year']})" if "year" in said else ""
    version = f", version {said['version']}" if "version" in said else ""
    return f"{said['author']}{year}. {said['title']}{version}.{' ' + said['url'] if 'url' in said else ''}"


def bibtex(said: dict[str, str], people: bool = False) -> str:  # noqa: FBT001, FBT002 - whether they are persons
    """An entry of BibTeX; a group that signs as one keeps its name whole, which a second pair of braces says."""
    author = said["author"] if people else f"{{{said['author']}}}"
    key = "".join(letter for letter in said["title"].split()[-1].lower() if letter.isalnum()) + said.get("year", "")
    rows = "".join(f"  {name:7} = {{{value}}},\n" for name, value in (said | {"author": author}).items())
    return f"@misc{{{key},\n{rows}}}"


class Citation(SphinxDirective):
    """`{citation}`: both of them."""

    def run(self) -> list[nodes.Node]:
        """Read the file; the page is read again when it has changed."""
        self.env.note_dependency(str(FILE))
        cff = yaml.safe_load(FILE.read_text(encoding="utf-8"))
        said = facts(cff, self.config.html_baseurl)
        people = all("family-names" in one for one in cff["authors"])
        texts = {"text": sentence(said), "bibtex": bibtex(said, people)}
        return [
            nodes.literal_block(text, text, language=name, classes=["citation-text"]) for name, text in texts.items()
        ]


def setup(app: Sphinx) -> ExtensionMetadata:
    """Register the directive."""
    app.add_directive("citation", Citation)
    return {"version": "1", "parallel_read_safe": True, "parallel_write_safe": True}
