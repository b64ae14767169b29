"""The ledger: a page with a row for every formula of the book, and the same as `ledger.json` beside it."""

from __future__ import annotations

import json
from collections import Counter
from html import escape
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING, Any

from docutils import nodes
from sphinx.transforms.post_transforms import SphinxPostTransform
from sphinx.util.docutils import SphinxDirective

from recompute.extension.badge import SIGNS, anchor, facts
from recompute.verdict import PASSES

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sphinx.application import Sphinx
    from sphinx.environment import BuildEnvironment

    from recompute.extension.domain import RecomputeDomain, Row


class ledger(nodes.General, nodes.Element):  # type: ignore[misc]  # noqa: N801 - docutils names nodes in lower case
    """Where the rows go."""


class Ledger(SphinxDirective):
    """`{ledger}`: the formulas of the whole book."""

    def run(self) -> list[nodes.Node]:
        """Leave the place; the rows are known only when every page has been read."""
        return [ledger("")]


class Fill(SphinxPostTransform):
    """Puts the rows in."""

    default_priority = 49

    def run(self, **_: object) -> None:
        """Do so."""
        for node in list(self.document.findall(ledger)):
            node.replace_self(list(self.parts(domain_of(self.env))) if self.app.builder.format == "html" else [])

    def parts(self, domain: RecomputeDomain) -> Iterator[nodes.Node]:
        """A line of counts, then a section's worth of rows for every page."""
        rows = [row for page in domain.ordered() for row in domain.rows(page)]
        count = Counter(row.verdict.kind for row in rows)
        total = ", ".join(f"{number} {kind}" for kind, number in sorted(count.items(), key=lambda pair: -pair[1]))
        yield nodes.paragraph("", f"{len(rows)} formulas: {total}.")
        for page in domain.ordered():
            mine = list(domain.rows(page))
            if mine:
                yield nodes.rubric("", "", self.link(page, "", domain.env.titles[page].astext()))
                for row in mine:
                    yield from self.row(row)

    def row(self, row: Row) -> Iterator[nodes.Node]:
        """The formula's place, verdict and source; unfolded, the figures and the formula as it is set."""
        kind = row.verdict.kind
        where = "" if row.inline else f"equation-{row.label}"
        number = ".".join(map(str, self.env.toc_fignumbers.get(row.page, {}).get("displaymath", {}).get(nodes.make_id(where), ())))
        uri = escape(self.app.builder.get_relative_uri(self.env.current_document.docname, row.page) + (f"#{nodes.make_id(where)}" if where else ""))
        name = f"({number})" if number else "in a sentence" if row.inline else escape(row.name)
        head = f'<details class="ledger-row {kind}" id="{anchor(row)}"><summary><span class="verdict {kind}" aria-hidden="true">{SIGNS[kind]}</span> <a href="{uri}">{name}</a> <code>{escape(" ".join(row.tex.split()))}</code></summary>'
        figures = "".join(f"<dt>{name}</dt><dd>{escape(value)}</dd>" for name, value in [("label", row.label or "–"), *facts(row.verdict)])
        yield nodes.raw("", f"{head}<div>", format="html")
        yield nodes.math_block(row.tex, row.tex, nowrap=False, number=None)
        yield nodes.raw("", f"<dl>{figures}</dl></div></details>", format="html")

    def link(self, page: str, where: str, text: str) -> nodes.reference:
        """A link to a page."""
        uri = self.app.builder.get_relative_uri(self.env.current_document.docname, page)
        return nodes.reference("", text, internal=True, refuri=uri + where)


def domain_of(env: BuildEnvironment) -> RecomputeDomain:
    """The domain with the formulas."""
    return env.domains["recompute"]  # type: ignore[return-value]


def refresh(app: Sphinx, env: BuildEnvironment) -> list[str]:
    """Write the ledger page again whenever any page was read."""
    return [app.config.recompute_ledger] if app.config.recompute_ledger in env.found_docs else []


def as_json(env: BuildEnvironment) -> dict[str, Any]:
    """The ledger as data: every formula with its place and verdict, and the versions that computed it."""
    domain = domain_of(env)
    rows = [row for page in domain.ordered() for row in domain.rows(page)]
    entries = [{"page": row.page, "label": row.label, "tex": row.tex, "inline": row.inline, **row.verdict.as_dict(), "passes": row.verdict.kind in PASSES} for row in rows]
    return {"versions": {name: version(name) for name in ("numpy", "lark")}, "formulas": entries}


def publish(app: Sphinx, exception: Exception | None) -> None:
    """Write `ledger.json` beside the pages, whole or not at all."""
    if exception is None and app.builder.format == "html":
        path = Path(app.outdir, "ledger.json")
        part = path.with_suffix(".part")
        part.write_text(json.dumps(as_json(app.env), ensure_ascii=False, indent=1) + "\n", encoding="utf-8")
        part.replace(path)


def setup(app: Sphinx) -> None:
    """Register the directive, the node and the events."""
    app.add_node(ledger)
    app.add_directive("ledger", Ledger)
    app.add_post_transform(Fill)
    app.connect("env-updated", refresh)
    app.connect("build-finished", publish)
