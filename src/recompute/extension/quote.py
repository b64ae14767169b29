"""The verdict on a formula of another page, wherever it is spoken of: {verdict}`label`."""

from __future__ import annotations

from html import escape
from pathlib import Path
from typing import TYPE_CHECKING

from docutils import nodes
from sphinx.util import logging
from sphinx.util.docutils import SphinxRole

from recompute.extension.badge import SIGNS
from recompute.extension.domain import domain_of

if TYPE_CHECKING:
    from docutils.nodes import system_message
    from sphinx.application import Sphinx
    from sphinx.environment import BuildEnvironment

    from recompute.outcome import Verdict

ROLE = "verdict"
UNKNOWN = "no formula of the book has the label %s, so there is no verdict on it"
logger = logging.getLogger(__name__)


class quoted(nodes.Inline, nodes.TextElement):  # noqa: N801 - docutils names nodes in lower case
    """Where a verdict goes, when every page has been read."""


class Quote(SphinxRole):
    """The role."""

    def run(self) -> tuple[list[nodes.Node], list[system_message]]:
        """Leave the place."""
        node = quoted("", "", label=self.text)
        self.set_source_info(node)
        return [node], []


def fill(app: Sphinx, document: nodes.document, docname: str) -> None:
    """Put the verdicts in, each a link to its row in the ledger."""
    rows = {row.formula.label: row for row in domain_of(app.env).book() if row.formula.label}
    for node in list(document.findall(quoted)):
        row = rows.get(node["label"])
        if row is None:
            logger.warning(UNKNOWN, node["label"], location=node, type="recompute")
            node.replace_self([])
            continue
        kind = row.verdict.kind
        uri = app.builder.get_relative_uri(docname, app.config.recompute_ledger)
        title = escape(row.verdict.summary())
        words = f"{SIGNS[kind]} {kind}{far(row.verdict)}"
        link = f'<a class="quoted {kind}" href="{escape(uri)}#{row.anchor}" title="{title}">{words}</a>'
        node.replace_self(nodes.raw("", link, format="html"))


def far(verdict: Verdict) -> str:
    """By how much a wrong formula misses, as a share of the larger side."""
    return f", off by {verdict.residual:.0%}" if verdict.kind == "refuted" and verdict.residual is not None else ""


def refresh(app: Sphinx, env: BuildEnvironment, docnames: list[str]) -> None:
    """Read the pages again that quote a verdict, whenever any page is read."""
    if docnames:
        rest = env.found_docs - set(docnames)
        mark = f"{{{ROLE}}}`"
        docnames += sorted(name for name in rest if mark in Path(env.doc2path(name)).read_text(encoding="utf-8"))


def setup(app: Sphinx) -> None:
    """Register the role, the node and the events."""
    app.add_node(quoted)
    app.add_role(ROLE, Quote())
    app.connect("doctree-resolved", fill)
    app.connect("env-before-read-docs", refresh)
