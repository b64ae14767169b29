"""The Sphinx side: run the cells of a page, put the verdict beside every formula, and break the build if one fails.

`reader` gives MyST-NB the outputs of a page's cells: those that `kept` finds under the key of `cachekey`, or those of a
fresh `kernel`. `formulas` lists what is typeset, `domain` compares it with the verdicts, `problems` says what is wrong,
`badge`, `ledger`, `readings`, `picture` and `quote` show the rest; `renderer` typesets the formulas that cells make.

Settings in conf.py: `recompute_shared`, the pages whose labelled definitions other pages may load; `recompute_sources`,
the folders of the modules that cells import; `recompute_ledger`, the page with the `{ledger}` directive;
`recompute_timeout`, seconds for the slowest cell.
"""

from __future__ import annotations

from hashlib import sha256
from pathlib import Path
from typing import TYPE_CHECKING

from recompute.extension import badge, domain, ledger, picture, quote, reader, readings

if TYPE_CHECKING:
    from sphinx.application import Sphinx
    from sphinx.util.typing import ExtensionMetadata


def setup(app: Sphinx) -> ExtensionMetadata:
    """Register everything."""
    app.add_config_value("recompute_shared", [], "env", [list])
    app.add_config_value("recompute_sources", [], "env", [list])
    app.add_config_value("recompute_ledger", "ledger", "env", [str])
    app.add_config_value("recompute_timeout", 120, "", [int])
    for part in (domain, reader, badge, ledger, readings, picture, quote):
        part.setup(app)
    return {"version": "1", "env_version": state(), "parallel_read_safe": True, "parallel_write_safe": True}


def state() -> int:
    """A number that changes with this package: Sphinx then reads every page again instead of loading what it knows."""
    sources = sorted(Path(__file__).parent.glob("*.py"))
    return int(sha256(b"".join(source.read_bytes() for source in sources)).hexdigest()[:12], 16)
