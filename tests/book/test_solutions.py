"""The page of solutions lists every exercise of the book, with links that lead to it and into its folded solution."""

import io
import re
from pathlib import Path
from warnings import catch_warnings, simplefilter

import pytest
from docutils import nodes
from sphinx.application import Sphinx
from sphinx.util.docutils import docutils_namespace, patch_docutils

ROOT = Path(__file__).parents[2]
DOCS = ROOT / "docs"
ORDER = re.findall(r"(?m)^[a-z-]+$", (DOCS / "index.md").read_text(encoding="utf-8").partition("```{toctree}")[2])
# An exercise as it is typed: its title, and then its label.
TYPED = re.compile(r":{3,}\{exercise\} (?P<title>.+)\n:label: (?P<label>\S+)")


@pytest.fixture(scope="module")
def built(tmp_path_factory):
    """The page as it is built, no cell being run, and the ids that stand on each page."""
    out = tmp_path_factory.mktemp("book")
    extensions = ("myst_nb", "sphinx_design", "sphinxcontrib.bibtex", "recompute.extension", "mathenv", "solutions")
    override = {"extensions": extensions, "nb_custom_formats": {}}
    with catch_warnings(), patch_docutils(ROOT / "conf"), docutils_namespace():
        simplefilter("ignore")  # that formulas are not checked, and what libraries say of one another
        app = Sphinx(DOCS, ROOT / "conf", out, out / "trees", "pseudoxml", override, None, io.StringIO())
        app.build(filenames=[str(DOCS / "solutions.md")])
        page = app.env.get_and_resolve_doctree("solutions", app.builder)
        trees = {name: app.env.get_doctree(name) for name in app.env.found_docs}
    links = [(node["refuri"], node.astext()) for node in page.findall(nodes.reference) if "#" in node.get("refuri", "")]
    return links, {
        name: {i for node in tree.findall(nodes.Element) for i in node["ids"]} for name, tree in trees.items()
    }


def test_every_exercise_of_the_book_is_listed_in_its_order(built):
    texts = {
        name: (DOCS / f"{name}.md").read_text(encoding="utf-8") for name in ORDER if (DOCS / f"{name}.md").exists()
    }
    typed = [(name, *found) for name, text in texts.items() for found in TYPED.findall(text)]
    links = built[0]
    assert [uri for uri, _ in links[::2]] == [f"{name}#{label}" for name, _, label in typed]
    shown = [re.sub(r"^[\d.]+ ", "", words).replace("’", "'") for _, words in links[::2]]
    assert shown == [title.replace("$", "") for _, title, _ in typed]
    assert links[1::2] == [(f"{name}#solution-of-{label}", "solution") for name, _, label in typed]
    assert len(typed) == sum(text.count(":::{exercise}") for text in texts.values()) > 40


def test_every_link_leads_to_an_exercise_or_into_a_solution(built):
    links, ids = built
    assert [uri for uri, _ in links if uri.partition("#")[2] not in ids[uri.partition("#")[0]]] == []
