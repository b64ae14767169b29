"""How long a route through the book takes, summed from what its pages say: {minutes}`product-rule, not-a-constant`.

Each page says *Reading time:* 12 minutes at its top. {minutes}`*` is the sum over all pages that say so.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from docutils import nodes
from sphinx.util.docutils import SphinxRole
from sphinx.util.logging import getLogger

if TYPE_CHECKING:
    from docutils.nodes import system_message
    from sphinx.application import Sphinx
    from sphinx.util.typing import ExtensionMetadata

SAYS = re.compile(r"\*Reading time:\*\s+(\d+) minutes")
HOUR = 60
SILENT = "the page “%s” says no *Reading time:* N minutes, or does not exist"

logger = getLogger(__name__)


class Minutes(SphinxRole):
    """The role."""

    def run(self) -> tuple[list[nodes.Node], list[system_message]]:
        """Sum up; the page is read again when one of the others has changed."""
        names = [name.strip() for name in self.text.split(",")]
        every = names == ["*"]
        total = 0
        for name in sorted(self.env.found_docs) if every else names:
            path = self.env.doc2path(name)
            found = SAYS.search(path.read_text(encoding="utf-8")) if path.exists() else None
            self.env.note_dependency(path)
            total += int(found[1]) if found else 0
            if not found and not every:
                logger.warning(SILENT, name, location=self.get_location(), type="minutes")
        return [nodes.Text(in_words(total))], []


def in_words(minutes: int) -> str:
    """A time as people say it.

    >>> in_words(54), in_words(60), in_words(215)
    ('54 minutes', '1 hour', '3 hours 35 minutes')
    """
    hours, rest = divmod(minutes, HOUR)
    parts = [f"{number} {unit}{'s' * (number != 1)}" for number, unit in ((hours, "hour"), (rest, "minute")) if number]
    return " ".join(parts) or "0 minutes"


def setup(app: Sphinx) -> ExtensionMetadata:
    """Register the role."""
    app.add_role("minutes", Minutes())
    return {"version": "1", "parallel_read_safe": True, "parallel_write_safe": True}
