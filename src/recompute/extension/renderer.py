"""Typeset the formulas that cells have made; MyST-NB finds this class by its entry point."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from docutils import nodes

from recompute.outcome import MIME

if TYPE_CHECKING:
    from myst_nb.core.render import MimeData, NbElementRenderer


class VerdictRenderer:
    """Handles the outputs that `recompute.notebook` publishes; their verdicts go another way, see `reader`."""

    mime_priority_overrides = (("*", MIME, 1),)

    @staticmethod
    def handle_mime(renderer: NbElementRenderer, data: MimeData, _inline: bool) -> list[nodes.Node] | None:  # noqa: FBT001 - called by MyST-NB
        """The formula itself, if the cell has made it; else nothing."""
        if data.mime_type != MIME:
            return None
        content: Any = data.content  # a dictionary from the kernel, a string from a file
        record: dict[str, Any] = content if isinstance(content, dict) else json.loads(content)
        if not record["typeset"] or not record["tex"]:
            return []
        block = nodes.math_block(record["tex"], record["tex"], nowrap=False, number=None, label=record["name"])
        block.line = data.line
        return [renderer.renderer.add_math_target(block), block]
