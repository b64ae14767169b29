"""How a page speaks of a formula: its number, the words of a link to it, and the address."""

from __future__ import annotations

from html import escape
from typing import TYPE_CHECKING

from docutils import nodes

if TYPE_CHECKING:
    from sphinx.application import Sphinx

    from recompute.extension.domain import Row


class Places:
    """The formulas of the book as seen from one page."""

    def __init__(self, app: Sphinx, docname: str) -> None:
        self.builder, self.env, self.docname = app.builder, app.env, docname

    def number(self, row: Row) -> str:
        """What the reader of the page sees beside the formula."""
        if row.formula.kind == "claim":
            return "in the text"
        known = self.env.toc_fignumbers.get(row.page, {}).get("displaymath", {})
        number = known.get(nodes.make_id(f"equation-{row.formula.label}"), ())
        return f"({'.'.join(map(str, number))})" if number else escape(row.formula.label or "no label")

    def place(self, row: Row) -> str:
        """The link's words, which say where it goes."""
        title = escape(self.env.longtitles[row.page].astext())
        return title if row.formula.kind == "claim" else f"{self.number(row)} in {title}"

    def uri(self, page: str, row: Row | None = None) -> str:
        """The address of a page, or of a formula on it."""
        uri = self.builder.get_relative_uri(self.docname, page)
        return f"{uri}#{row.place}" if row else uri
