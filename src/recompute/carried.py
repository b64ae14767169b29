r"""Open a page that travels as a notebook: its first code cell holds the page's formulas, as data.

    from recompute.carried import open_notebook
    open_notebook("product-rule.ipynb", "4f0c…", {"formulas": {"square": r"…"}, "claims": [], …})

Whatever one changes by hand is what gets checked. A formula stands in the notebook twice, in the text and in that cell.
As long as the cell is as it was published, the text counts, if the file of the notebook can be found; once somebody has
changed the cell, the cell counts.
"""

from __future__ import annotations

import hashlib
import json
import os
import re
import sys
import textwrap
from pathlib import Path
from typing import TYPE_CHECKING, Any

from recompute.notebook import open_page

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    Data = dict[str, Any]

FORMULA = '<a id="equation-{label}"></a>\n\n$$\n{tex}{number}\n$$'  # how a formula stands in the text of a notebook,
CLAIM = '<span class="claim">${tex}$</span>'  # and a claim inside a sentence
IN_TEXT = re.compile(
    r'<a id="equation-([^"]+)"></a>\s*?\n([ \t]*)\$\$\n(.*?)(?:[ \t]*\\tag\{[^{}]*\})?\n\2\$\$', re.DOTALL
)
CLAIM_IN_TEXT = re.compile(r'<span class="claim">\$(.*?)\$</span>')


def digest(data: Data) -> str:
    """What tells whether somebody has changed the data."""
    return hashlib.sha256(json.dumps(data, sort_keys=True).encode()).hexdigest()[:16]


def in_text(texts: Iterable[str]) -> Data:
    """The formulas and the claims that stand in the text cells of a notebook."""
    whole = "\n\n".join(texts)
    formulas: dict[str, str] = {}
    for label, _, tex in IN_TEXT.findall(whole):
        formulas.setdefault(label, textwrap.dedent(tex))
    return {"formulas": formulas, "claims": list(dict.fromkeys(CLAIM_IN_TEXT.findall(whole)))}


def open_notebook(name: str, published: str, data: Data) -> None:
    """Make the page whose notebook is running the current one, and say where its formulas were read.

    Args:
        name: the file of the notebook as it was published.
        published: digest of the data as they were published.
        data: the data of the page, see `recompute.collect.Collected.data`.
    """
    path, found = next(readable(name), (None, {}))
    unseen = ""
    if digest(data) != published:
        said = "the formulas are those of this cell, which has been changed since it was published"
    elif path is None:
        unseen = f"NOT seen: a formula changed in the text, for no file {name} was found. Change it in this cell.\n"
        said = "the formulas are those of this cell"
    else:
        said = f"the formulas are those of the text, as it was last saved in {path.name}"
        data = data | found
    sys.stdout.write(f"{unseen}{len(data['formulas'])} formulas and {len(data['claims'])} claims: {said}.\n")
    open_page(json.dumps(data))


def readable(name: str) -> Iterator[tuple[Path, Data]]:
    """The file of the notebook that is running, with its formulas: what runs it may tell, or it lies in this folder."""
    told = (os.environ.get("JPY_SESSION_NAME"), getattr(sys.modules["__main__"], "__vsc_ipynb_file__", None), name)
    for path in (Path(one) for one in told if one):
        try:
            cells = json.loads(path.read_text(encoding="utf-8"))["cells"]
            texts = ["".join(cell["source"]) for cell in cells if cell["cell_type"] == "markdown"]
        except (OSError, ValueError, KeyError, TypeError):
            continue
        found = in_text(texts)
        if found["formulas"] or found["claims"]:
            yield path, found
