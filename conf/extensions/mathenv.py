"""Theorems, definitions, lemmas, proofs, exercises and folded solutions, as directives of the book.

:::{theorem} The product rule
:label: product-rule
If $f$ and $g$ have derivatives at $x$, then …
:::

{numref}`product-rule` is then "Theorem 2.1", also from other pages. `proof` and `solution` have no number.
A solution is folded until the reader opens it, and is printed unfolded. Code cells cannot stand in a directive.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from docutils import nodes
from docutils.parsers.rst import directives
from sphinx.locale import _
from sphinx.util.docutils import SphinxDirective
from sphinx.util.nodes import make_id

if TYPE_CHECKING:
    from sphinx.application import Sphinx
    from sphinx.config import Config
    from sphinx.util.typing import ExtensionMetadata, OptionSpec
    from sphinx.writers.html5 import HTML5Translator


class theorem(nodes.Admonition, nodes.Element):  # noqa: N801 (docutils names node classes so, here and below)
    """A theorem."""


class definition_block(nodes.Admonition, nodes.Element):  # noqa: N801 (docutils has a `definition` in its lists)
    """A definition."""


class lemma(nodes.Admonition, nodes.Element):  # noqa: N801
    """A lemma."""


class exercise(nodes.Admonition, nodes.Element):  # noqa: N801
    """An exercise."""


class proof(nodes.Admonition, nodes.Element):  # noqa: N801
    """A proof, which has no number."""


class solution(nodes.General, nodes.Element):  # noqa: N801
    """The solution of an exercise, folded; its first child is what the reader clicks on."""


class summary(nodes.TextElement):  # noqa: N801
    """The line of a solution that is always shown."""


NUMBERED = {"theorem": theorem, "definition": definition_block, "lemma": lemma, "exercise": exercise}


class Environment(SphinxDirective):
    """A numbered environment with an optional title, or a proof."""

    has_content = True
    optional_arguments = 1
    final_argument_whitespace = True
    option_spec: ClassVar[OptionSpec] = {
        "label": directives.unchanged_required,
        "class": directives.class_option,
    }

    def run(self) -> list[nodes.Node]:
        """Build the node: a title, which holds at least the number, and the content."""
        self.assert_has_content()
        node = {**NUMBERED, "proof": proof}[self.name]()
        node["classes"] = ["mathenv", self.name, *self.options.get("class", [])]
        self.set_source_info(node)
        title, messages = self.title()
        node += title
        if "label" in self.options:
            node["names"].append(nodes.fully_normalize_name(self.options["label"]))
            self.state.document.note_explicit_target(node, node)
        elif self.name in NUMBERED:
            node["ids"].append(make_id(self.env, self.state.document, self.name))
        node += self.parse_content_to_nodes()
        return [node, *messages]

    def title(self) -> tuple[nodes.title, list[nodes.system_message]]:
        """Parse the title; a proof says that it is one, the others get their number from Sphinx."""
        text = self.arguments[0] if self.arguments else ""
        inline, messages = self.parse_inline(text) if text else ([], [])
        title = nodes.title(text, "", *inline)
        if self.name == "proof":
            title.insert(0, nodes.inline("", _("Proof"), classes=["caption-number"]))
        self.set_source_info(title)
        return title, messages


class Solution(SphinxDirective):
    """A folded solution; the optional argument replaces the word on its first line."""

    has_content = True
    optional_arguments = 1
    final_argument_whitespace = True
    option_spec: ClassVar[OptionSpec] = {"class": directives.class_option}

    def run(self) -> list[nodes.Node]:
        """Build the node: the line to click on and the content."""
        self.assert_has_content()
        node = solution(classes=["solution", *self.options.get("class", [])])
        self.set_source_info(node)
        text = self.arguments[0] if self.arguments else _("Solution")
        inline, messages = self.parse_inline(text)
        line = summary(text, "", *inline)
        self.set_source_info(line)
        node += [line, *self.parse_content_to_nodes()]
        return [node, *messages]


def title_of(node: nodes.Element) -> str:
    """Name an environment for {numref}; Sphinx numbers only what has a name, so one without a title gets its kind."""
    return node[0].astext() or node["classes"][1].title()


def visit_environment(writer: HTML5Translator, node: nodes.Element) -> None:
    """Open an environment like an admonition: HTML, LaTeX and text all know these."""
    writer.visit_admonition(node)


def depart_environment(writer: HTML5Translator, node: nodes.Element) -> None:
    """Close an environment."""
    writer.depart_admonition(node)


def visit_solution(writer: HTML5Translator, node: solution) -> None:
    """Open the fold."""
    writer.body.append(writer.starttag(node, "details"))


def depart_solution(writer: HTML5Translator, _node: solution) -> None:
    """Close the fold."""
    writer.body.append("</details>\n")


def visit_summary(writer: HTML5Translator, node: summary) -> None:
    """Open the line that is always shown."""
    writer.body.append(writer.starttag(node, "summary", ""))


def depart_summary(writer: HTML5Translator, _node: summary) -> None:
    """Close the line that is always shown."""
    writer.body.append("</summary>\n")


def visit_paper(_writer: object, _node: nodes.Element) -> None:
    """Write nothing: on paper a solution is text like any other."""


def visit_paper_summary(writer: HTML5Translator, node: summary) -> None:
    """Write the first line of a solution as a paragraph."""
    writer.visit_paragraph(node)


def depart_paper_summary(writer: HTML5Translator, node: summary) -> None:
    """Close it."""
    writer.depart_paragraph(node)


def name_the_kinds(_app: Sphinx, config: Config) -> None:
    """Give each kind its name in English, unless conf.py gives another."""
    config.numfig_format = {kind: f"{kind.title()} %s" for kind in NUMBERED} | config.numfig_format


def setup(app: Sphinx) -> ExtensionMetadata:
    """Register the nodes and their directives."""
    pair, paper = (visit_environment, depart_environment), (visit_paper, visit_paper)
    for kind, node in NUMBERED.items():
        app.add_enumerable_node(node, kind, title_of, html=pair, latex=pair, text=pair)
        app.add_directive(kind, Environment)
    app.add_node(proof, html=pair, latex=pair, text=pair)
    app.add_directive("proof", Environment)
    app.add_node(solution, html=(visit_solution, depart_solution), latex=paper, text=paper)
    lines = (visit_paper_summary, depart_paper_summary)
    app.add_node(summary, html=(visit_summary, depart_summary), latex=lines, text=lines)
    app.add_directive("solution", Solution)
    app.connect("config-inited", name_the_kinds)
    return {"version": "1", "parallel_read_safe": True, "parallel_write_safe": True}
