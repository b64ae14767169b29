"""Turn the verdicts that cells published into nodes of the page; MyST-NB finds this class by its entry point."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from docutils import nodes

from recompute.notebook import MIME

if TYPE_CHECKING:
    from myst_nb.core.render import MimeData, NbElementRenderer


class verdict(nodes.Invisible, nodes.Element):  # type: ignore[misc]  # noqa: N801 - docutils names nodes in lower case
    """What one line of a code cell found out about one formula: its `record`, as published."""


class VerdictRenderer:
    """Handles the outputs that `recompute.notebook` publishes."""

    mime_priority_overrides = (("*", MIME, 1),)

    @staticmethod
    def handle_mime(renderer: NbElementRenderer, data: MimeData, inline: bool) -> list[nodes.Node] | None:  # noqa: FBT001 - called by MyST-NB
        """A verdict node, behind the formula itself if the cell has made that formula."""
        if data.mime_type != MIME:
            return None
        record: dict[str, Any] = data.content if isinstance(data.content, dict) else json.loads(data.content)
        found = verdict("", record=record)
        found.line = data.line
        if not record["typeset"] or not record["tex"]:
            return [found]
        block = nodes.math_block(record["tex"], record["tex"], nowrap=False, number=None, label=record["name"])
        block.line = data.line
        target = renderer.renderer.add_math_target(block)  # type: ignore[attr-defined]  # of MyST's renderer for Sphinx
        return [target, block, found]
