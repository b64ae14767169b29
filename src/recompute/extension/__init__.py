"""The Sphinx side: run the cells of a page, put the verdict beside every formula, and break the build if one fails.

`reader` runs the cells and keeps their outputs under the key of `cachekey`; `renderer` takes the verdicts out of the
outputs; `domain` compares every verdict with what is typeset; `badge` and `ledger` show them.

Settings in conf.py: `recompute_shared`, the pages whose labelled definitions other pages may load; `recompute_sources`,
the folders of the modules that cells import; `recompute_ledger`, the page with the `{ledger}` directive;
`recompute_timeout`, seconds for the slowest cell.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from recompute.extension import badge, domain, ledger, reader

if TYPE_CHECKING:
    from sphinx.application import Sphinx
    from sphinx.util.typing import ExtensionMetadata


def setup(app: Sphinx) -> ExtensionMetadata:
    """Register everything."""
    app.add_config_value("recompute_shared", [], "env", [list])
    app.add_config_value("recompute_sources", [], "env", [list])
    app.add_config_value("recompute_ledger", "ledger", "env", [str])
    app.add_config_value("recompute_timeout", 120, "", [int])
    for part in (domain, reader, badge, ledger):
        part.setup(app)
    return {"version": "1", "env_version": 1, "parallel_read_safe": True, "parallel_write_safe": True}
