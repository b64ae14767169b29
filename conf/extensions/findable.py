r"""Let the search find what has no words: symbols, signs, labels and numbers of formulas, and Chinese names.

Sphinx's search splits texts into words, so it finds neither ∂ nor δ nor a part of a Chinese sentence. What stands under
an entry of an index it finds as it was typed. So the rows of the index of symbols, the terms of the glossary, formulas
with labels and numbered exercises get entries of their own when the search index is made; no page shows them.
"""

from __future__ import annotations

import re
import unicodedata
from typing import TYPE_CHECKING

from access import in_words
from docutils import nodes
from mathenv import NUMBERED
from sphinx import addnodes

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from sphinx.application import Sphinx
    from sphinx.util.typing import ExtensionMetadata

SIGNS = {
    "partial": "∂",
    "nabla": "∇",
    "odot": "⊙",
    "otimes": "⊗",
    "sum": "∑",
    "prod": "∏",
    "top": "⊤",
    "ell": "ℓ",
    "lVert": "‖",
    "infty": "∞",
}
LOWERED = str.maketrans("0123456789", "₀₁₂₃₄₅₆₇₈₉")
COMMAND = re.compile(r"\\([A-Za-z]+) ?")
PLAIN = re.compile(r"(?P<letter>\\?[A-Za-z]+)(?:_(?P<index>\w|\{.*\}))?")  # without a hat, a tilde or a bar
INSTANCES = {"t": ("0", "1", "2", "3", "t-1"), "k": ("0", "1", "2", "3")}  # a reader types s_2 for the row of s_t
CHINESE = re.compile(r"[\u4e00-\u9fff]+")


def character(name: str) -> str:
    r"""The character that a command of LaTeX prints, or nothing.

    >>> character("delta"), character("Delta"), character("partial"), character("tanh")
    ('δ', 'Δ', '∂', '')
    """
    case = "CAPITAL" if name[0].isupper() else "SMALL"
    plain = name.removeprefix("var").replace("lambda", "lamda").replace("Lambda", "lamda")
    return SIGNS.get(name) or unicodedata.normalize("NFC", _looked_up(f"GREEK {case} LETTER {plain.upper()}"))


def _looked_up(name: str) -> str:
    try:
        return unicodedata.lookup(name)
    except KeyError:
        return ""


def names(tex: str, alone: frozenset[str] = frozenset()) -> list[str]:
    r"""All that a reader may type for a symbol.

    Args:
        tex: its LaTeX.
        alone: letters that also occur without an index: then a letter without one means these.

    >>> names(r"\delta_t")[1:5]
    ['delta_t', 'δ_t', 'delta', 'δ']
    >>> "s_2" in names("s_t"), "s2" in names("s_t"), "s₂" in names("s_t"), "s" in names("s_t", frozenset("s"))
    (True, True, True, False)
    """
    plain, written = tex.replace("\\", ""), COMMAND.sub(lambda found: character(found[1]) or found[1], tex)
    found = [tex, plain, written]
    if one := PLAIN.fullmatch(tex):
        letters = [name for name in (one["letter"].replace("\\", ""), written.partition("_")[0]) if name]
        found += letters if one["index"] is None or one["letter"] not in alone else []
        steps = [
            f"{name}_{step}" for name in letters for step in (one["index"], *INSTANCES.get(one["index"], ())) if step
        ]
        bare = [step.replace("_", "") for step in steps]
        found += [*steps, *bare, *(step.translate(LOWERED) for step in bare)]
    else:  # a sign such as ∂, or a function
        found += [sign for sign in map(character, COMMAND.findall(tex)) if sign in SIGNS.values()]
    return list(dict.fromkeys(found))


def entry(words: Iterable[str], anchor: str) -> addnodes.index:
    """Entries for the search: main ones, which come before mere occurrences."""
    kept = [word.replace(";", ",") for word in words if word.strip()]
    return addnodes.index(entries=[("single", word, anchor, "main", None) for word in kept])


def symbols(document: nodes.document) -> Iterator[addnodes.index]:
    """An entry for each row whose first cell is nothing but symbols."""
    rows = [(row, found) for row in document.findall(nodes.row) if (found := forms(row[0]))]
    alone = frozenset(tex for _, found in rows for tex in found if "_" not in tex)
    for place, (row, found) in enumerate(rows):
        row["ids"] = row["ids"] or [
            f"symbol-{len(rows) - place:03}"
        ]  # of equal results the search shows the last first
        yield entry((name for tex in found for name in names(tex, alone)), row["ids"][0])


def forms(cell: nodes.Element) -> list[str]:
    """The formulas of a cell that holds nothing else."""
    words = "".join(text for text in cell.findall(nodes.Text) if not isinstance(text.parent, nodes.math))
    return [] if words.strip(" ,;") else [node.astext() for node in cell.findall(nodes.math)]


def terms(document: nodes.document) -> Iterator[addnodes.index]:
    """Entries for the terms of a glossary, without their hyphens too, and for their Chinese names before the dash."""
    for item in document.findall(nodes.definition_list_item):
        for term in item.findall(nodes.term):
            word = next(iter(term.findall(nodes.Text)), "").strip()
            if "-" in word and term["ids"]:
                yield entry([word.replace("-", "")], term["ids"][0])
        term = next(item.findall(nodes.term))
        before, dash, _ = next(item.findall(nodes.definition)).astext().partition(" – ")
        if dash and term["ids"]:
            yield entry(CHINESE.findall(before), term["ids"][0])


def formulas(app: Sphinx, docname: str, document: nodes.document) -> Iterator[addnodes.index]:
    """An entry for the label of each formula, and two for its number."""
    numbers = app.env.toc_fignumbers.get(docname, {}).get("displaymath", {})
    for node in document.findall(nodes.math_block):
        if node.get("label") and node["ids"]:
            number = ".".join(map(str, next((numbers[one] for one in node["ids"] if one in numbers), ())))
            yield entry([node["label"], *([f"({number})", f"equation {number}"] if number else [])], node["ids"][0])


def numbered(app: Sphinx, docname: str) -> Iterator[addnodes.index]:
    """An entry for each theorem, exercise and the like: its kind and its number."""
    tables = app.env.toc_fignumbers.get(docname, {})
    for kind in NUMBERED.keys() & tables.keys():
        for anchor, number in tables[kind].items():
            yield entry([f"{kind} {'.'.join(map(str, number))}"], anchor)


def title(app: Sphinx, docname: str) -> addnodes.index:
    """An entry for each long word of a page's title: such a word is more than one in a heading further down."""
    return entry(re.findall(r"[^\W\d_]{6,}", in_words(app.env.titles[docname])), "")


def fill(app: Sphinx, document: nodes.document, docname: str) -> None:
    """Put the entries in."""
    pages = {app.config.findable_symbols: symbols, app.config.findable_glossary: terms}
    found = [*pages[docname](document)] if docname in pages else []
    document += [title(app, docname), *found, *formulas(app, docname, document), *numbered(app, docname)]


def setup(app: Sphinx) -> ExtensionMetadata:
    """Work on a page when all else is settled, before it is written and fed to the search."""
    app.add_config_value("findable_symbols", "symbols", "env", str)
    app.add_config_value("findable_glossary", "glossary", "env", str)
    app.connect("doctree-resolved", fill, priority=900)
    return {"version": "1", "parallel_read_safe": True, "parallel_write_safe": True}
